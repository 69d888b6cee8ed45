// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "importers/importer.h"
#include "importers/jsonscanner.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qlogscope {

/// One JSON document `{"traces":[{"events":[...]}]}` (dialects 1.2), cut into events as they arrive. Everything outside the events
/// is header text and is kept apart, so headers can be read before, and amended after, the events. Damaged events are
/// skipped to the next thing that looks like the beginning of an event; the rest loads. Also a trace without a file around it, a
/// bare array of events, a JavaScript assignment around the document, and comments outside events.
class ContainedImporter : public Importer
{
public:
    /// @param known what an earlier reading found
    explicit ContainedImporter(Sink sink, TextSupply supply = {}, const LogShape& known = {});

    [[nodiscard]] char* prepare(std::size_t count) override { return m_builder.prepare(count); }
    void commit(std::size_t count) override;
    void flush() override;
    void finish() override;
    [[nodiscard]] std::uint64_t pending() const override;
    [[nodiscard]] FileFormat format() const override { return FileFormat::Json; }
    [[nodiscard]] bool endsInside() const override { return !m_isClosed; }
    [[nodiscard]] bool foundHeader() const override { return m_traceCount > 0; }
    [[nodiscard]] LogShape found() const override { return m_found; }
    /// Entries of `traces` that have events.
    [[nodiscard]] std::uint32_t traceCount() const { return m_traceCount; }

private:
    enum class State : std::uint8_t {
        Header, ///< outside events: character by character, with the path of keys
        Between, ///< in an events array, between events
        Event, ///< in an event
        Resync, ///< in a damaged event, looking for the next one
        Comment, ///< outside events
    };
    /// An open object or array of the header.
    struct Level {
        char bracket;
        std::string key; ///< of the value in its parent
        bool expectsKey = true;
    };

    void run();
    [[nodiscard]] bool step();
    [[nodiscard]] bool stepHeader();
    [[nodiscard]] bool stepBetween();
    [[nodiscard]] bool stepEvent();
    [[nodiscard]] bool stepResync();
    [[nodiscard]] bool stepComment();
    [[nodiscard]] bool isAfterDocument() const;
    void beginDocument();
    /// At a slash. @return nullopt if there are too few bytes to tell
    [[nodiscard]] std::optional<bool> beginsComment() const;
    void beginComment();
    void endComment();

    void takeHeaderCharacter(char c);
    void takeStringCharacter(char c);
    void openLevel(char bracket);
    void closeLevel(char bracket);
    [[nodiscard]] bool isTraceLevel(std::size_t depth) const;
    [[nodiscard]] bool isTraceList() const;
    [[nodiscard]] bool isEventsArray() const;
    void beginEvents();
    void endEvents();
    void endTrace();
    void readHeader();
    [[nodiscard]] std::string closedText(const std::string& text, std::size_t firstLevel) const;
    void addHeaderText(char c);
    void endHeaderRange();
    void emitEvent(std::size_t end, RecordRef::Kind kind);
    void giveUpIfTooLong();
    void afterCut(std::size_t gone);
    [[nodiscard]] std::optional<std::size_t> findEventStart(std::size_t from, bool* isUndecided) const;
    [[nodiscard]] std::optional<std::size_t> findLastEventStart() const;
    void finishEvent();
    [[nodiscard]] std::size_t closingBrackets() const;

    BlockBuilder m_builder;
    JsonScanner m_scanner;
    State m_state = State::Header;
    std::size_t m_position = 0; // next byte to look at
    std::size_t m_eventStart = 0;
    std::size_t m_resyncFrom = 0;
    bool m_isOversized = false;
    std::uint64_t m_oversizedFrom = 0;

    std::vector<Level> m_levels;
    std::string m_key; // last string read in key position
    bool m_inString = false;
    bool m_isEscaped = false;
    bool m_stringIsKey = false;
    std::string m_rootText; // header text outside traces
    std::string m_traceText; // header text of the current trace
    std::uint64_t m_headerRangeStart = 0;
    bool m_isBareArray = false; // of events, without header
    State m_afterComment = State::Header;
    bool m_isLineComment = false;
    std::uint64_t m_commentStart = 0; // offset in the file
    bool m_headerTooLong = false;
    bool m_traceHasEvents = false;
    bool m_traceIsOver = false;
    std::uint32_t m_traceCount = 0;
    bool m_isClosed = false; // the document's last bracket was read, whatever came after it
    TraceHeader m_lastHeader;
    bool m_hasLastHeader = false;
    std::map<std::uint32_t, TraceHeader> m_known; // headers of an earlier reading
    LogShape m_found;
    bool m_goesOn = false; // run() has something to do
    bool m_isFinishing = false;
};

} // namespace qlogscope
