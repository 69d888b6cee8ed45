// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/bytesource.h"
#include "model/diagnostics.h"
#include "model/eventbatch.h"
#include "model/eventstore.h"
#include "model/nametable.h"
#include "model/trace.h"

#include <QObject>

#include <memory>
#include <string>
#include <vector>

namespace qlogscope {

/// One opened file: its rows, names, traces and diagnostics, grown by append(). Owned and read by the UI thread only.
class Document : public QObject
{
    Q_OBJECT
public:
    enum class State : std::uint8_t {
        Loading,
        Following, ///< read to where its writer is; it may grow, see followStatus()
        Complete, ///< read to its end
        Cancelled, ///< what was read is shown
        Failed, ///< could not be read at all; see failure()
    };
    /// How a file that is followed stands.
    struct FollowStatus {
        enum class State : std::uint8_t {
            Waiting, ///< for the file, or for enough of it to tell what it is; see detail
            Growing,
            Gone, ///< deleted or renamed; what was read stays
            Unreadable, ///< see detail
            NotQlog, ///< see detail
        };
        State state = State::Waiting;
        std::uint64_t pending = 0; ///< bytes of a record that is not complete: the writer holds back the rest
        std::uint64_t size = 0; ///< bytes on disk
        std::int64_t lastGrowthMs = 0; ///< Unix time; 0: it did not grow since it is followed
        std::uint32_t restarts = 0; ///< how often it was truncated or replaced, and read anew
        std::string detail; ///< a sentence without the path; may be empty
        bool operator==(const FollowStatus&) const = default;
    };
    /// What is known about the file itself; set by whoever loads it.
    struct FileFacts {
        std::string path;
        FileFormat format = FileFormat::Unknown;
        Compression compression = Compression::None;
        std::uint64_t bytes = 0; ///< length of the text after decompression, as far as read
        bool isTruncated = false; ///< the last record is cut, or the document is not closed
        double loadMs = 0;
    };

    explicit Document(std::string path, QObject* parent = nullptr);
    ~Document() override;

    /// Takes over the next facts of the file. Emits appended() once. A batch marked `restart` goes to a fresh document.
    void append(const EventBatch& batch);
    void setFileFacts(const FileFacts& facts) { m_facts = facts; }
    void setSource(std::shared_ptr<ByteSource> source) { m_source = std::move(source); }
    /// @param failure for Failed: one sentence, without the path
    void setState(State state, const std::string& failure = {});
    /// Emits followChanged() if it differs.
    void setFollowStatus(const FollowStatus& status);
    [[nodiscard]] const FollowStatus& followStatus() const { return m_followStatus; }

    /// The bytes behind the rows, after decompression; null while there are none.
    [[nodiscard]] const std::shared_ptr<ByteSource>& source() const { return m_source; }
    [[nodiscard]] const FileFacts& facts() const { return m_facts; }
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const std::string& failure() const { return m_failure; }
    /// File name without folders.
    [[nodiscard]] std::string shortName() const;

    [[nodiscard]] const EventStore& events() const { return m_events; }
    [[nodiscard]] const NameTable& names() const { return m_names; }
    /// The `trigger` of records that have one, as logged, in order of rows.
    [[nodiscard]] std::size_t triggerCount() const { return m_triggerRows.size(); }
    [[nodiscard]] RowId triggerRow(std::size_t index) const { return RowId(m_triggerRows[index]); }
    /// An index into triggers().
    [[nodiscard]] std::size_t triggerOf(std::size_t index) const { return m_triggerOf[index]; }
    /// Every trigger once.
    [[nodiscard]] const std::vector<std::string>& triggers() const { return m_triggers; }
    [[nodiscard]] const Diagnostics& diagnostics() const { return m_diagnostics; }
    [[nodiscard]] std::size_t traceCount() const { return m_traces.size(); }
    [[nodiscard]] const Trace& trace(TraceId id) const { return *m_traces[id.value]; }
    [[nodiscard]] const Trace& traceOf(RowId row) const { return *m_traces[m_events.trace(row).value]; }
    /// Overrides what the log says of who wrote it; Unknown takes that back.
    void setRoleByHand(TraceId trace, Role role) { m_traces[trace.value]->setRoleByHand(role); }
    /// Records of the file that are no headers: rows, and those that share the row of a malformed run.
    [[nodiscard]] std::uint64_t recordCount() const { return m_events.size() + m_foldedRecords; }
    [[nodiscard]] std::uint64_t malformedCount() const { return m_malformedCount + m_foldedRecords; }

    /// The record's text, read again from the file. Empty, with a sentence in @p problem, if it cannot be read or the file on
    /// disk is not the one that was read: bytes of another file are never returned.
    [[nodiscard]] std::string recordText(RowId row, std::string* problem = nullptr) const;
    [[nodiscard]] std::size_t memoryBytes() const;

Q_SIGNALS:
    /// Once per batch, after everything in it can be read.
    void appended();
    void stateChanged();
    void followChanged();

private:
    Trace& traceAt(TraceId id) { return id.value < m_traces.size() ? *m_traces[id.value] : addTracesUpTo(id); }
    Trace& addTracesUpTo(TraceId id);
    Trace& traceAtRow(RowId row) { return traceAt(m_events.trace(row)); }

    FileFacts m_facts;
    State m_state = State::Loading;
    FollowStatus m_followStatus;
    std::string m_failure;
    std::shared_ptr<ByteSource> m_source;
    EventStore m_events;
    NameTable m_names;
    std::vector<std::string> m_triggers;
    Column<std::uint32_t> m_triggerRows;
    Column<std::uint16_t> m_triggerOf;
    Diagnostics m_diagnostics;
    std::vector<std::unique_ptr<Trace>> m_traces;
    std::uint64_t m_malformedCount = 0;
    std::uint64_t m_foldedRecords = 0;
};

} // namespace qlogscope
