// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/workspace.h"

#include "model/filestem.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace qlogscope {

namespace {

/// The position in @p groups of what belongs to a key; a new group for a new key.
template <typename Positions, typename Key>
TraceGroup& groupAt(Positions* positions, const Key& key, std::vector<TraceGroup>* groups)
{
    const auto [it, isNew] = positions->emplace(key, groups->size());
    if (isNew)
        groups->emplace_back();
    return (*groups)[it->second];
}

/// A trace that is still alone, with what its file's name says.
struct Named {
    std::size_t group = 0;
    FileStem stem;
};

/// Joins the later of two groups into the earlier one.
void join(const Named& a, const Named& b, std::vector<TraceGroup>* groups)
{
    TraceGroup& first = (*groups)[std::min(a.group, b.group)];
    TraceGroup& second = (*groups)[std::max(a.group, b.group)];
    first.members.push_back(second.members.front());
    first.pairing = Pairing::FileName;
    if (first.groupId.empty())
        first.groupId = second.groupId.empty() ? a.stem.connection : second.groupId;
    second.members.clear();
}

/// The only one of a role with this number (any number, if null); null if there is none or more than one.
const Named* onlyOne(const std::vector<Named>& traces, Role role, const std::string* number)
{
    const Named* found = nullptr;
    for (const Named& each : traces) {
        if (each.stem.role != role || (number != nullptr && each.stem.number != *number))
            continue;
        if (found != nullptr)
            return nullptr;
        found = &each;
    }
    return found;
}

void pairByName(std::vector<Named> traces, std::vector<TraceGroup>* groups)
{
    const auto tryToPair = [&](const std::string* number) {
        const Named* client = onlyOne(traces, Role::Client, number);
        const Named* server = onlyOne(traces, Role::Server, number);
        if (client == nullptr || server == nullptr)
            return;
        join(*client, *server, groups);
        std::erase_if(traces, [a = client->group, b = server->group](const Named& each) { return each.group == a || each.group == b; });
    };
    std::vector<std::string> numbers;
    for (const Named& each : traces)
        numbers.push_back(each.stem.number);
    for (const std::string& number : numbers) // client1 and server1
        tryToPair(&number);
    tryToPair(nullptr); // client1 and server
}

bool hasRoleTwice(const TraceGroup& group)
{
    const auto count = [&group](Role role) {
        return std::count_if(group.members.begin(), group.members.end(), [role](const TraceRef& each) { return each.get().role() == role; });
    };
    return count(Role::Client) > 1 || count(Role::Server) > 1;
}

/// A connection has one client and one server: two logs of a role with one id are of several connections (runs of a simulation
/// whose ids are always the same). Then the names of the files must agree, too.
void splitByName(std::vector<TraceGroup>* groups)
{
    const std::size_t count = groups->size();
    for (std::size_t i = 0; i < count; ++i) {
        if ((*groups)[i].pairing != Pairing::ConnectionId || !hasRoleTwice((*groups)[i]))
            continue;
        const TraceGroup whole = std::exchange((*groups)[i], {});
        std::map<std::string, std::size_t> byName;
        for (const TraceRef& member : whole.members) {
            const std::string& path = member.document->facts().path;
            const FileStem stem = fileStemOf(path);
            const std::string name = stem.role == Role::Unknown ? path : stem.folder + '/' + stem.connection;
            const std::size_t next = byName.empty() ? i : groups->size();
            const auto [it, isNew] = byName.emplace(name, next);
            if (isNew && next == groups->size())
                groups->emplace_back();
            TraceGroup& part = (*groups)[it->second];
            part.groupId = whole.groupId;
            part.members.push_back(member);
            if (part.members.size() > 1)
                part.pairing = Pairing::ConnectionId;
        }
    }
}

/// Traces of files with one trace each that no id joins with another file's.
void pairByNames(std::vector<TraceGroup>* groups)
{
    std::map<std::pair<std::string, std::string>, std::vector<Named>> byName;
    for (std::size_t i = 0; i < groups->size(); ++i) {
        const TraceGroup& group = (*groups)[i];
        if (group.pairing == Pairing::ByHand || group.members.size() != 1 || group.members.front().document->traceCount() != 1)
            continue;
        FileStem stem = fileStemOf(group.members.front().document->facts().path);
        if (stem.role == Role::Unknown)
            continue;
        // a connection id is the same connection in any folder; "tiny" is one in each
        byName[{stem.isConnectionId() ? std::string() : stem.folder, stem.connection}].push_back({i, std::move(stem)});
    }
    for (auto& [name, traces] : byName)
        pairByName(std::move(traces), groups);
    std::erase_if(*groups, [](const TraceGroup& group) { return group.members.empty(); });
}

} // namespace

Workspace::Workspace(QObject* parent)
    : QObject(parent)
{
}

Workspace::~Workspace() = default;

Document* Workspace::add(std::unique_ptr<Document> document)
{
    Document* added = document.get();
    m_documents.push_back(std::move(document));
    watch(added);
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
    watch(added);
    Q_EMIT documentClosed();
    connect(added, &Document::appended, this, [this, added] { applyRoles(added); });
    Q_EMIT documentAdded(added);
    return added;
}

Workspace::TraceKey Workspace::keyOf(const TraceRef& trace) { return {trace.document->facts().path, trace.trace.value}; }

std::vector<TraceGroup> Workspace::groups() const
{
    std::vector<TraceGroup> groups;
    std::unordered_map<std::string, std::size_t> byId;
    std::unordered_map<int, std::size_t> byHand;
    for (const auto& document : m_documents) {
        for (std::size_t i = 0; i < document->traceCount(); ++i) {
            const TraceRef ref{document.get(), TraceId(i)};
            const std::string& id = ref.get().header().groupId;
            const auto said = m_groupsByHand.find(keyOf(ref));
            const bool isByHand = said != m_groupsByHand.end();
            if (!isByHand && id.empty()) {
                groups.push_back({id, {ref}, Pairing::Alone});
                continue;
            }
            TraceGroup& group = isByHand ? groupAt(&byHand, said->second, &groups) : groupAt(&byId, id, &groups);
            if (group.groupId.empty())
                group.groupId = id;
            if (isByHand)
                group.pairing = Pairing::ByHand;
            else if (!group.members.empty())
                group.pairing = Pairing::ConnectionId;
            group.members.push_back(ref);
        }
    }
    splitByName(&groups);
    pairByNames(&groups);
    return groups;
}

TraceGroup Workspace::groupOf(const TraceRef& trace) const
{
    for (TraceGroup& group : groups()) {
        if (std::find(group.members.begin(), group.members.end(), trace) != group.members.end())
            return std::move(group);
    }
    return {};
}

void Workspace::pair(const TraceRef& trace, const TraceRef& other)
{
    const int number = m_nextGroupByHand++;
    for (const TraceRef& member : groupOf(trace).members)
        m_groupsByHand[keyOf(member)] = number;
    m_groupsByHand[keyOf(other)] = number;
    Q_EMIT groupsChanged();
}

void Workspace::unpair(const TraceRef& trace)
{
    m_groupsByHand[keyOf(trace)] = m_nextGroupByHand++;
    Q_EMIT groupsChanged();
}

void Workspace::pairAutomatically(const TraceRef& trace)
{
    for (const TraceRef& member : groupOf(trace).members)
        m_groupsByHand.erase(keyOf(member));
    Q_EMIT groupsChanged();
}

void Workspace::setRole(const TraceRef& trace, Role role)
{
    if (role == Role::Unknown)
        m_rolesByHand.erase(keyOf(trace));
    else
        m_rolesByHand[keyOf(trace)] = role;
    trace.document->setRoleByHand(trace.trace, role);
    Q_EMIT groupsChanged();
}

void Workspace::watch(Document* document)
{
    connect(document, &Document::appended, this, [this, document] { applyRoles(document); });
    applyRoles(document);
}

void Workspace::applyRoles(Document* document)
{
    if (m_rolesByHand.empty())
        return;
    for (std::size_t i = 0; i < document->traceCount(); ++i) {
        const auto said = m_rolesByHand.find(keyOf({document, TraceId(i)}));
        if (said != m_rolesByHand.end())
            document->setRoleByHand(TraceId(i), said->second);
    }
}

} // namespace qlogscope
