// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <QObject>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qlogscope {

/// A trace of an opened document. Null document: none.
struct TraceRef {
    Document* document = nullptr;
    TraceId trace;
    [[nodiscard]] bool isValid() const { return document != nullptr && trace.isValid(); }
    [[nodiscard]] const Trace& get() const { return document->trace(trace); }
    bool operator==(const TraceRef&) const = default;
};

/// Why traces are taken to be of one connection.
enum class Pairing : std::uint8_t {
    Alone,
    ConnectionId, ///< the same ODCID or group_id
    FileName, ///< `x_client.qlog` and `x_server.qlog`: their ids differ (Retry) or are not logged
    ByHand,
};

/// Traces of one connection on one time axis.
struct TraceGroup {
    std::string groupId; ///< ODCID or group_id of the first member that has one; else what the file names share; may be empty
    std::vector<TraceRef> members; ///< in order of opening
    Pairing pairing = Pairing::Alone;
    bool operator==(const TraceGroup&) const = default;
};

/// Everything that is open. Owned by the UI thread.
class Workspace : public QObject
{
    Q_OBJECT
public:
    explicit Workspace(QObject* parent = nullptr);
    ~Workspace() override;

    /// Takes ownership.
    Document* add(std::unique_ptr<Document> document);
    /// Emits documentAboutToClose(), then deletes it.
    void close(Document* document);
    /// Puts an empty document of the same file in the place of one that is read anew: closes the one, adds the other.
    Document* replace(Document* document);

    [[nodiscard]] const std::vector<std::unique_ptr<Document>>& documents() const { return m_documents; }

    /// All traces, about in the order of opening, those of one connection together: what was said by hand, else ODCID or group_id,
    /// else the names of files with one trace each (fileStemOf()). Several clients or servers with one id are told apart by name.
    [[nodiscard]] std::vector<TraceGroup> groups() const;
    /// The group of a trace; invalid traces are in none.
    [[nodiscard]] TraceGroup groupOf(const TraceRef& trace) const;

    // By hand. What is said of a trace holds for its file and place in it, also when the file is read again.
    /// Puts @p other into the group of @p trace.
    void pair(const TraceRef& trace, const TraceRef& other);
    /// Takes a trace out of its group.
    void unpair(const TraceRef& trace);
    /// Takes back what was said of the trace and of the others of its group.
    void pairAutomatically(const TraceRef& trace);
    /// Unknown: what the log says.
    void setRole(const TraceRef& trace, Role role);

Q_SIGNALS:
    void documentAdded(qlogscope::Document* document);
    void documentAboutToClose(qlogscope::Document* document);
    void documentClosed();
    /// A trace was paired or unpaired, or got another role, by hand.
    void groupsChanged();

private:
    using TraceKey = std::pair<std::string, std::uint32_t>; // path, trace
    [[nodiscard]] static TraceKey keyOf(const TraceRef& trace);
    void applyRoles(Document* document);

    std::vector<std::unique_ptr<Document>> m_documents;
    std::map<TraceKey, int> m_groupsByHand;
    std::map<TraceKey, Role> m_rolesByHand;
    int m_nextGroupByHand = 0;
};

} // namespace qlogscope
