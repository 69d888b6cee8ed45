// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/workspace.h"

#include <algorithm>

namespace qlogscope {

Workspace::Workspace(QObject* parent)
    : QObject(parent)
{
}

Workspace::~Workspace() = default;

Document* Workspace::add(std::unique_ptr<Document> document)
{
    Document* added = document.get();
    m_documents.push_back(std::move(document));
    Q_EMIT documentAdded(added);
    return added;
}

void Workspace::close(Document* document)
{
    const auto it = std::find_if(m_documents.begin(), m_documents.end(),
                                 [document](const auto& each) { return each.get() == document; });
    if (it == m_documents.end())
        return;
    Q_EMIT documentAboutToClose(document);
    m_documents.erase(it);
    Q_EMIT documentClosed();
}

Document* Workspace::replace(Document* document)
{
    const auto isIt = [document](const auto& each) { return each.get() == document; };
    auto fresh = std::make_unique<Document>(document->facts().path);
    Document* added = fresh.get();
    fresh->setFileFacts(document->facts());
    fresh->setSource(document->source());
    Q_EMIT documentAboutToClose(document);
    std::swap(*std::find_if(m_documents.begin(), m_documents.end(), isIt), fresh);
    fresh.reset();
    Q_EMIT documentClosed();
    Q_EMIT documentAdded(added);
    return added;
}

std::vector<TraceGroup> Workspace::groups() const
{
    std::vector<TraceGroup> groups;
    for (const auto& document : m_documents) {
        for (std::size_t i = 0; i < document->traceCount(); ++i) {
            const TraceRef ref{document.get(), TraceId(i)};
            const std::string& id = ref.get().header().groupId;
            const auto it = id.empty() ? groups.end()
                                       : std::find_if(groups.begin(), groups.end(),
                                                      [&id](const TraceGroup& group) { return group.groupId == id; });
            if (it == groups.end())
                groups.push_back({id, {ref}});
            else
                it->members.push_back(ref);
        }
    }
    return groups;
}

} // namespace qlogscope
