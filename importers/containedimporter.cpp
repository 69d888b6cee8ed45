// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "importers/containedimporter.h"

#include "importers/headerreader.h"
#include "model/characters.h"

#include <algorithm>
#include <iterator>

namespace qlogscope {

namespace {

constexpr std::size_t headerTextLimit = std::size_t{16} << 20;
constexpr std::size_t signatureBytes = 96; // an event's beginning can be told from so many bytes

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t skipBlanks(std::string_view text, std::size_t position)
{
    while (position < text.size() && isBlank(text[position]))
        ++position;
    return position;
}

/// `[12, "transport"`, `["12","transport"`, `[12, 0, "transport"`: what no nested array of an event begins with.
bool beginsEventArray(std::string_view text)
{
    std::size_t position = skipBlanks(text, 1);
    for (int cell = 0; cell < 3; ++cell) {
        const bool isQuoted = position < text.size() && text[position] == '"';
        if (isQuoted)
            ++position;
        if (cell > 0 && isQuoted && position < text.size() && isLetter(text[position]))
            return true;
        const std::size_t begin = position;
        while (position < text.size() && (isDigit(text[position]) || text[position] == '.' || text[position] == '-'))
            ++position;
        if (position == begin)
            return false;
        if (isQuoted && (position >= text.size() || text[position++] != '"'))
            return false;
        position = skipBlanks(text, position);
        if (position >= text.size() || text[position] != ',')
            return false;
        position = skipBlanks(text, position + 1);
    }
    return false;
}

/// `{"time": 1`, `{"name":"transport:`, `{"data":{`: the first member of an event object.
bool beginsEventObject(std::string_view text)
{
    const std::size_t quote = skipBlanks(text, 1);
    if (quote >= text.size() || text[quote] != '"')
        return false;
    const std::size_t end = text.find('"', quote + 1);
    if (end == std::string_view::npos)
        return false;
    const std::string_view key = text.substr(quote + 1, end - quote - 1);
    const std::size_t colon = skipBlanks(text, end + 1);
    if (colon >= text.size() || text[colon] != ':')
        return false;
    const std::size_t value = skipBlanks(text, colon + 1);
    if (value >= text.size())
        return false;
    const char c = text[value];
    if (key == "time" || key == "relative_time" || key == "delta_time")
        return isDigit(c) || c == '-' || c == '"';
    if (key == "data")
        return c == '{';
    if (key == "name" || key == "category") {
        const std::size_t nameEnd = text.find('"', value + 1);
        const std::string_view name = text.substr(value + 1, nameEnd == std::string_view::npos ? nameEnd : nameEnd - value - 1);
        return c == '"' && !name.empty() && isLetter(name.front()) && (key == "category" || name.find(':') != std::string_view::npos);
    }
    return false;
}

/// `{"qlog_version":`, `{"traces":`, ...: the first member of a qlog document.
bool beginsDocument(std::string_view text)
{
    constexpr std::string_view keys[]
        = {"qlog_version", "qlog_format", "file_schema", "serialization_format", "title", "description", "summary", "traces", "configuration"};
    const std::size_t quote = skipBlanks(text, 1);
    if (quote >= text.size() || text[quote] != '"')
        return false;
    const std::size_t end = text.find('"', quote + 1);
    return end != std::string_view::npos
        && std::find(std::begin(keys), std::end(keys), text.substr(quote + 1, end - quote - 1)) != std::end(keys);
}

} // namespace

ContainedImporter::ContainedImporter(Sink sink, TextSupply supply, const LogShape& known)
    : m_builder(std::move(sink), std::move(supply))
    , m_known(known.headers)
{
}

void ContainedImporter::commit(std::size_t count)
{
    m_builder.commit(count);
    run();
}

void ContainedImporter::flush()
{
    const bool inEvent = m_state == State::Event || m_state == State::Resync;
    if (m_state == State::Header)
        endHeaderRange();
    afterCut(m_builder.cut(inEvent && !m_isOversized ? m_eventStart : m_position));
}

std::uint64_t ContainedImporter::pending() const
{
    if (m_isOversized)
        return m_builder.base() + m_builder.text().size() - m_oversizedFrom;
    const bool inEvent = m_state == State::Event || m_state == State::Resync;
    return m_builder.text().size() - (inEvent ? m_eventStart : m_position);
}

void ContainedImporter::afterCut(std::size_t gone)
{
    m_position -= gone;
    m_eventStart -= std::min(gone, m_eventStart);
    m_resyncFrom -= std::min(gone, m_resyncFrom);
}

void ContainedImporter::run()
{
    do {
        m_goesOn = true;
        while (m_goesOn)
            m_goesOn = step();
        giveUpIfTooLong();
    } while (m_goesOn);
}

bool ContainedImporter::step()
{
    switch (m_state) {
    case State::Header:
        return stepHeader();
    case State::Between:
        return stepBetween();
    case State::Event:
        return m_isFinishing ? (finishEvent(), true) : stepEvent();
    case State::Comment:
        return stepComment();
    case State::Resync:
        break;
    }
    return stepResync();
}

bool ContainedImporter::stepHeader()
{
    while (m_position < m_builder.text().size()) { // reading a header may cut the text
        const char c = m_builder.text()[m_position];
        if (c == '/' && !m_inString) {
            const std::optional<bool> isComment = beginsComment();
            if (!isComment)
                return false;
            if (*isComment) {
                beginComment();
                return true;
            }
        }
        if (c == '{' && isAfterDocument()) {
            const std::string_view rest = m_builder.text().substr(m_position, signatureBytes);
            if (rest.size() < signatureBytes && !m_isFinishing)
                return false;
            if (beginsDocument(rest))
                beginDocument();
        }
        ++m_position;
        takeHeaderCharacter(c);
        if (m_state != State::Header)
            return true;
    }
    afterCut(m_builder.cutIfFull(m_position));
    return false;
}

bool ContainedImporter::isAfterDocument() const { return m_isClosed && m_levels.empty() && !m_inString && m_traceCount > 0; }

/// Another document in the same file: its traces are further traces of the file.
void ContainedImporter::beginDocument()
{
    m_builder.addDiagnostic({DiagnosticKind::SecondHeader, severityOf(DiagnosticKind::SecondHeader), RowId(),
                             {m_builder.base() + m_position, 0},
                             "Another qlog document follows in this file; its traces are listed after those of the first."});
    m_rootText.clear();
    m_traceText.clear();
    m_isBareArray = false;
    m_isClosed = false;
    m_headerTooLong = false;
    m_traceHasEvents = false;
    m_traceIsOver = false;
}

std::optional<bool> ContainedImporter::beginsComment() const
{
    const std::string_view text = m_builder.text();
    if (m_position + 1 >= text.size())
        return m_isFinishing ? std::optional(false) : std::nullopt;
    return text[m_position + 1] == '/' || text[m_position + 1] == '*';
}

void ContainedImporter::beginComment()
{
    m_isLineComment = m_builder.text()[m_position + 1] == '/';
    m_commentStart = m_builder.base() + m_position;
    m_position += 2;
    m_afterComment = m_state;
    m_state = State::Comment;
}

bool ContainedImporter::stepComment()
{
    const std::string_view text = m_builder.text();
    const std::size_t end = m_isLineComment ? text.find('\n', m_position) : text.find("*/", m_position);
    if (end != std::string_view::npos) {
        m_position = end + (m_isLineComment ? 1 : 2);
        endComment();
        return true;
    }
    // an asterisk at the end may be half of what ends it
    const bool keepsLast = !m_isLineComment && text.size() > m_position && text.back() == '*';
    m_position = std::max(m_position, text.size() - (keepsLast ? 1 : 0));
    afterCut(m_builder.cutIfFull(m_position));
    return false;
}

void ContainedImporter::endComment()
{
    m_state = m_afterComment;
    const std::uint64_t end = m_builder.base() + m_position;
    if (m_state == State::Between) // else it is in the range of the header
        m_builder.addHeaderRange({m_commentStart, end - m_commentStart});
}

void ContainedImporter::addHeaderText(char c)
{
    if (m_levels.empty() && c != '{' && c != '[' && c != '}' && c != ']')
        return; // a JavaScript assignment around the document
    if (m_rootText.size() + m_traceText.size() >= headerTextLimit) {
        if (!m_headerTooLong)
            m_builder.addDiagnostic({DiagnosticKind::HeaderProblem, severityOf(DiagnosticKind::HeaderProblem), RowId(),
                                     {m_headerRangeStart, 0}, "The header is over 16 MiB; the rest of it is not read."});
        m_headerTooLong = true;
        return;
    }
    if (m_levels.size() >= 3 && isTraceLevel(2))
        m_traceText += c;
    else if (!isTraceList() || c == '[' || c == ']') // what stands between traces is not needed, and there may be many
        m_rootText += c;
}

/// Directly in the array of traces.
bool ContainedImporter::isTraceList() const
{
    return m_levels.size() == 2 && m_levels[1].bracket == '[' && (m_levels[1].key == "traces" || m_levels[1].key == "connections");
}

/// Level 2 is an entry of traces (or connections, 0.1); a trace without a file around it has events at level 0.
bool ContainedImporter::isTraceLevel(std::size_t depth) const
{
    return depth == 2 && m_levels.size() > 2 && m_levels[2].bracket == '{' && m_levels[1].bracket == '['
        && (m_levels[1].key == "traces" || m_levels[1].key == "connections");
}

bool ContainedImporter::isEventsArray() const
{
    if (m_isBareArray)
        return m_levels.size() == 1;
    if (m_levels.empty() || m_levels.back().bracket != '[' || m_levels.back().key != "events")
        return false;
    return m_levels.size() == 2 || (m_levels.size() == 4 && isTraceLevel(2));
}

void ContainedImporter::takeHeaderCharacter(char c)
{
    if (m_inString) {
        addHeaderText(c);
        takeStringCharacter(c);
        return;
    }
    switch (c) {
    case '"':
        addHeaderText(c);
        m_inString = true;
        m_stringIsKey = !m_levels.empty() && m_levels.back().bracket == '{' && m_levels.back().expectsKey;
        if (m_stringIsKey)
            m_key.clear();
        break;
    case '{':
    case '[':
        openLevel(c);
        break;
    case '}':
    case ']':
        closeLevel(c);
        break;
    case ':':
        addHeaderText(c);
        if (!m_levels.empty())
            m_levels.back().expectsKey = false;
        break;
    case ',':
        addHeaderText(c);
        if (!m_levels.empty())
            m_levels.back().expectsKey = true;
        break;
    default:
        addHeaderText(c);
    }
}

void ContainedImporter::takeStringCharacter(char c)
{
    if (m_isEscaped) {
        m_isEscaped = false;
    } else if (c == '\\') {
        m_isEscaped = true;
        return;
    } else if (c == '"') {
        m_inString = false;
        return;
    }
    if (m_stringIsKey && m_key.size() < 256)
        m_key += c;
}

void ContainedImporter::openLevel(char bracket)
{
    if (isAfterDocument()) { // something after the document: events of the last trace, if they look like it
        m_levels = {{'{', {}}, {'[', "traces"}, {'{', {}}, {'[', "events"}};
        --m_position;
        endHeaderRange();
        m_traceHasEvents = true;
        m_state = State::Between;
        return;
    }
    if (m_levels.empty() && bracket == '[' && !m_isClosed)
        m_isBareArray = true;
    m_levels.push_back({bracket, m_levels.empty() || m_levels.back().bracket == '[' ? std::string() : m_key});
    if (m_traceIsOver && m_levels.size() == 3 && isTraceLevel(2)) {
        m_traceText.clear();
        m_traceIsOver = false;
    }
    addHeaderText(bracket);
    if (isEventsArray())
        beginEvents();
}

void ContainedImporter::closeLevel(char bracket)
{
    if (m_levels.empty())
        return; // stray brackets after the document
    const bool endsTrace = m_levels.size() == 3 && isTraceLevel(2);
    addHeaderText(bracket);
    m_levels.pop_back();
    if (endsTrace)
        endTrace();
    if (m_levels.empty()) {
        m_isClosed = true;
        if (m_traceCount > 0) // members of the file may come after its traces
            readHeader();
    }
}

std::string ContainedImporter::closedText(const std::string& text, std::size_t firstLevel) const
{
    std::string closed = text;
    while (!closed.empty() && (isBlank(closed.back()) || closed.back() == ','))
        closed.pop_back();
    const std::size_t levels = m_levels.size();
    for (std::size_t i = levels; i > firstLevel; --i)
        closed += m_levels[i - 1].bracket == '{' ? '}' : ']';
    return closed;
}

void ContainedImporter::readHeader()
{
    std::vector<Diagnostic> diagnostics;
    const bool inTrace = m_levels.size() >= 3 && isTraceLevel(2);
    const std::uint64_t offset = m_builder.base() + m_position;
    std::string root = m_rootText;
    if (inTrace) { // the root's own open levels are the first two
        root += "]}";
    } else {
        root = closedText(m_rootText, 0);
    }
    // without a file around it the trace is the root
    const std::string trace = m_traceText.empty() ? closedText(m_rootText, 0)
        : inTrace                                 ? closedText(m_traceText, 2)
                                                  : m_traceText;
    TraceHeader header = m_isBareArray ? TraceHeader()
                                       : readContainedHeader(root, trace, m_traceCount - 1, {offset, 0}, &diagnostics);
    for (Diagnostic& diagnostic : diagnostics)
        m_builder.addDiagnostic(std::move(diagnostic));
    if (const auto known = m_known.find(header.traceInFile); known != m_known.end())
        header = known->second;
    const bool isAmendment = m_hasLastHeader && m_lastHeader.traceInFile == header.traceInFile;
    if (isAmendment && header == m_lastHeader)
        return;
    if (m_isBareArray && !isAmendment)
        m_builder.addDiagnostic({DiagnosticKind::NoHeader, severityOf(DiagnosticKind::NoHeader), RowId(), {offset, 0},
                                 "The file is an array of events without a qlog header; it is read with default settings."});
    if (isAmendment && (header.changesEventsOf(m_lastHeader) || m_found.headers.contains(header.traceInFile)))
        m_found.headers.insert_or_assign(header.traceInFile, header); // too late: its events are handed out
    m_lastHeader = header;
    m_hasLastHeader = true;
    afterCut(m_builder.setHeader(std::make_shared<TraceHeader>(std::move(header)), m_position));
}

void ContainedImporter::endHeaderRange()
{
    const std::uint64_t end = m_builder.base() + m_position;
    m_builder.addHeaderRange({m_headerRangeStart, end - m_headerRangeStart});
    m_headerRangeStart = end;
}

void ContainedImporter::beginEvents()
{
    endHeaderRange();
    if (!m_traceHasEvents) {
        m_traceHasEvents = true;
        ++m_traceCount;
    }
    readHeader();
    m_state = State::Between;
}

void ContainedImporter::endEvents()
{
    m_state = State::Header;
    m_headerRangeStart = m_builder.base() + m_position;
    ++m_position;
    closeLevel(']');
}

void ContainedImporter::endTrace()
{
    if (m_traceHasEvents) {
        readHeader(); // m_levels lost the trace already: what is left to close are the root's own levels
        m_traceHasEvents = false;
    } else if (const std::optional<std::string> error = readTraceError(m_traceText)) {
        m_builder.addDiagnostic({DiagnosticKind::TraceError, severityOf(DiagnosticKind::TraceError), RowId(),
                                 {m_builder.base() + m_position, 0}, "The log has an entry for a failed trace: " + *error});
    }
    m_traceIsOver = true; // its text is kept for members of the file that come after it
}

bool ContainedImporter::stepBetween()
{
    const std::string_view text = m_builder.text();
    while (m_position < text.size()) {
        const char c = text[m_position];
        if (c == '{' || c == '[') {
            m_eventStart = m_position;
            m_scanner.reset();
            m_state = State::Event;
            return true;
        }
        if (c == ']') {
            endEvents();
            return true;
        }
        if (c == '/') {
            const std::optional<bool> isComment = beginsComment();
            if (!isComment)
                break;
            if (*isComment) {
                beginComment();
                return true;
            }
        }
        if (c != ',' && !isBlank(c)) { // no event begins like that
            m_eventStart = m_position;
            m_resyncFrom = m_position;
            m_state = State::Resync;
            return true;
        }
        ++m_position;
    }
    afterCut(m_builder.cutIfFull(m_position));
    return false;
}

bool ContainedImporter::stepEvent()
{
    const std::string_view event = m_builder.text().substr(m_eventStart);
    switch (m_scanner.scan(event)) {
    case JsonScanner::Result::NeedMore:
        m_position = m_builder.text().size();
        return false;
    case JsonScanner::Result::End:
        emitEvent(m_eventStart + m_scanner.position(), RecordRef::Kind::Event);
        return true;
    case JsonScanner::Result::Damaged:
        break;
    }
    m_resyncFrom = m_eventStart + 1;
    m_state = State::Resync;
    return true;
}

void ContainedImporter::emitEvent(std::size_t end, RecordRef::Kind kind)
{
    if (m_isOversized || end - m_eventStart > recordLimit) {
        if (!m_isOversized) {
            m_oversizedFrom = m_builder.base() + m_eventStart;
            const std::size_t gone = m_builder.cut(m_eventStart);
            afterCut(gone);
            end -= gone;
        }
        const std::uint64_t endOffset = m_builder.base() + end;
        m_builder.discard(end);
        m_builder.addOversized({m_oversizedFrom, endOffset - m_oversizedFrom});
        m_isOversized = false;
        m_position = 0;
        m_state = State::Between;
        return;
    }
    const std::string_view text = m_builder.text();
    std::size_t trimmed = end;
    if (kind == RecordRef::Kind::Damaged) {
        while (trimmed > m_eventStart && (isBlank(text[trimmed - 1]) || text[trimmed - 1] == ','))
            --trimmed;
    }
    const std::string_view event = text.substr(m_eventStart, trimmed - m_eventStart);
    if (event == "{}" || event == "[]") // the draft's way to end a stream of events
        m_builder.addHeaderRange({m_builder.base() + m_eventStart, event.size()});
    else
        m_builder.addRecord(m_eventStart, event.size(), kind);
    m_position = end;
    m_state = State::Between;
    afterCut(m_builder.cutIfFull(m_position));
}

/// Finds the beginning of the next event after a separator. Decides only where enough bytes are there to be sure, so the
/// result does not depend on how the bytes came in.
std::optional<std::size_t> ContainedImporter::findEventStart(std::size_t from, bool* isUndecided) const
{
    const std::string_view text = m_builder.text();
    for (std::size_t position = from; position < text.size(); ++position) {
        const char c = text[position];
        if (c != '{' && c != '[')
            continue;
        std::size_t before = position;
        while (before > 0 && isBlank(text[before - 1]))
            --before;
        if (before == 0 || text[before - 1] != ',')
            continue;
        if (text.size() - position < signatureBytes) {
            *isUndecided = true;
            return position;
        }
        const std::string_view beginning = text.substr(position, signatureBytes);
        if (c == '[' ? beginsEventArray(beginning) : beginsEventObject(beginning))
            return position;
    }
    return std::nullopt;
}

bool ContainedImporter::stepResync()
{
    bool isUndecided = false;
    const std::optional<std::size_t> found = findEventStart(m_resyncFrom, &isUndecided);
    if (found && !isUndecided) {
        emitEvent(*found, RecordRef::Kind::Damaged);
        return true;
    }
    m_resyncFrom = found.value_or(m_builder.text().size());
    m_position = m_builder.text().size();
    return false;
}

void ContainedImporter::giveUpIfTooLong()
{
    if (m_state != State::Event && m_state != State::Resync)
        return;
    const std::size_t length = m_builder.text().size() - m_eventStart;
    if (!m_isOversized && length <= recordLimit)
        return;
    if (m_state == State::Event && !m_isOversized) { // an event that was not closed swallows those after it
        bool isUndecided = false;
        const std::optional<std::size_t> next = findEventStart(m_eventStart + 1, &isUndecided);
        if (next && !isUndecided) {
            emitEvent(*next, RecordRef::Kind::Damaged);
            m_goesOn = true;
            return;
        }
    }
    if (!m_isOversized) {
        m_isOversized = true;
        m_oversizedFrom = m_builder.base() + m_eventStart;
        afterCut(m_builder.cut(m_eventStart));
    }
    // keep what the scanner or the search for the next event still looks at
    const std::size_t droppable = m_state == State::Event
        ? m_scanner.scannedBytes()
        : std::max(m_resyncFrom, signatureBytes) - signatureBytes;
    m_builder.discard(droppable);
    if (m_state == State::Event)
        m_scanner.discard(droppable);
    else
        m_resyncFrom -= droppable;
    m_position = m_builder.text().size();
    m_eventStart = 0;
}

/// With no more bytes to come, every candidate for the beginning of an event can be decided.
std::optional<std::size_t> ContainedImporter::findLastEventStart() const
{
    bool isUndecided = false;
    std::optional<std::size_t> next = findEventStart(m_resyncFrom, &isUndecided);
    while (next) {
        const std::string_view beginning = m_builder.text().substr(*next, signatureBytes);
        if (beginning.front() == '[' ? beginsEventArray(beginning) : beginsEventObject(beginning))
            break;
        next = findEventStart(*next + 1, &isUndecided);
    }
    return next;
}

/// An event of which no more bytes come. One that is not closed ends where the next one begins, so each is looked at once.
void ContainedImporter::finishEvent()
{
    const std::size_t end = m_builder.text().size();
    if (!m_isOversized) {
        m_resyncFrom = m_eventStart + 1;
        m_scanner.reset();
    }
    const std::size_t next = m_isOversized ? end : findLastEventStart().value_or(end);
    const JsonScanner::Result result
        = m_isOversized ? JsonScanner::Result::NeedMore : m_scanner.scan(m_builder.text().substr(m_eventStart, next - m_eventStart));
    if (result == JsonScanner::Result::End)
        emitEvent(m_eventStart + m_scanner.position(), RecordRef::Kind::Event);
    else
        emitEvent(next == end ? end - closingBrackets() : next, RecordRef::Kind::Damaged);
}

/// How many bytes at the end of the text close the levels that are open around the events.
std::size_t ContainedImporter::closingBrackets() const
{
    const std::string_view text = m_builder.text();
    std::size_t position = text.size();
    for (const Level& level : m_levels) { // the outermost closes last
        while (position > 0 && isBlank(text[position - 1]))
            --position;
        if (position <= m_eventStart + 1 || text[position - 1] != (level.bracket == '{' ? '}' : ']'))
            return 0;
        --position;
    }
    return text.size() - position;
}

void ContainedImporter::finish()
{
    m_isFinishing = true;
    run();
    while (m_state == State::Resync || m_isOversized) {
        if (m_isOversized) {
            emitEvent(m_builder.text().size(), RecordRef::Kind::Oversized);
        } else {
            const std::optional<std::size_t> next = findLastEventStart();
            emitEvent(next.value_or(m_builder.text().size() - closingBrackets()), RecordRef::Kind::Damaged);
        }
        run();
    }
    if (m_state == State::Comment) {
        m_position = m_builder.text().size();
        endComment();
    }
    if (m_state == State::Header) {
        m_position = m_builder.text().size();
        endHeaderRange();
    }
    afterCut(m_builder.cut(m_builder.text().size()));
}

} // namespace qlogscope
