// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"

#include <QObject>

#include <memory>
#include <string>
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

/// Traces of one connection on one time axis.
struct TraceGroup {
    std::string groupId; ///< ODCID or group_id; empty if the log has none
    std::vector<TraceRef> members; ///< in order of opening
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
    /// All traces, those with the same group id together.
    [[nodiscard]] std::vector<TraceGroup> groups() const;

Q_SIGNALS:
    void documentAdded(qlogscope::Document* document);
    void documentAboutToClose(qlogscope::Document* document);
    void documentClosed();

private:
    std::vector<std::unique_ptr<Document>> m_documents;
};

} // namespace qlogscope
