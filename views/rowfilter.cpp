// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/rowfilter.h"

#include "model/textsearch.h"
#include "views/texts.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

#include <algorithm>

namespace qlogscope {

namespace {
constexpr qint64 matchSliceMs = 6; // of the 8 that a slice may take: the last step of it takes some time too
constexpr std::size_t stepRows = 32'768;
constexpr int rerunMs = 2'000;
} // namespace

/// What the pool and the UI thread both see of a search.
struct RowFilter::Search {
    std::atomic<bool> isCancelled = false;
    std::atomic<double> progress = 0;
};

RowFilter::RowFilter(QObject* parent)
    : QObject(parent)
{
    m_work.setSingleShot(true);
    connect(&m_work, &QTimer::timeout, this, &RowFilter::work);
    m_rerunTimer.setSingleShot(true);
    connect(&m_rerunTimer, &QTimer::timeout, this, &RowFilter::startRerun);
}

RowFilter::~RowFilter()
{
    if (m_search)
        m_search->isCancelled = true;
}

void RowFilter::setFilter(const Filter& filter)
{
    if (filter == m_filter)
        return;
    Q_EMIT aboutToReset();
    m_run.reset(); // refers to the old filter
    m_rerun.reset();
    m_filter = filter;
    restart();
}

void RowFilter::setDocument(const Document* document)
{
    if (document == m_document)
        return;
    Q_EMIT aboutToReset();
    disconnect(m_appendConnection);
    disconnect(m_stateConnection);
    m_run.reset();
    m_rerun.reset();
    m_document = document;
    m_zeros.clear();
    if (m_document != nullptr) {
        m_appendConnection = connect(m_document, &Document::appended, this, &RowFilter::onAppended);
        m_stateConnection = connect(m_document, &Document::stateChanged, this, &RowFilter::onStateChanged);
    }
    restart();
}

void RowFilter::setZero(TraceId trace, std::int64_t zeroNs)
{
    const auto [it, isNew] = m_zeros.try_emplace(trace.value, zeroNs);
    if (!isNew && it->second == zeroNs)
        return;
    const bool isOther = !isNew || (m_document != nullptr && m_document->trace(trace).zeroNs() != zeroNs);
    it->second = zeroNs;
    const bool usesTime = std::any_of(m_filter.predicates.begin(), m_filter.predicates.end(),
                                      [](const FilterPredicate& each) { return each.key == FilterKey::Time; });
    if (!usesTime || !isOther) {
        if (m_run)
            m_run->setZero(trace, zeroNs);
        return;
    }
    Q_EMIT aboutToReset();
    restart();
}

/// After aboutToReset().
void RowFilter::restart()
{
    if (m_search)
        m_search->isCancelled = true;
    m_search.reset();
    m_run.reset();
    m_rerun.reset();
    m_rows = {};
    m_newRows = {};
    m_textRows.assign(m_filter.texts.size(), {});
    m_searchedTo = 0;
    m_isCancelled = false;
    m_problem.clear();
    m_work.stop();
    m_rerunTimer.stop();
    if (isActive()) {
        m_run = std::make_unique<FilterRun>(m_filter, *m_document);
        setZeros(m_run.get());
    }
    Q_EMIT resetDone();
    goOn();
}

void RowFilter::setZeros(FilterRun* run) const
{
    for (const auto& [trace, zeroNs] : m_zeros)
        run->setZero(TraceId(trace), zeroNs);
}

void RowFilter::onAppended()
{
    if (!m_run)
        return;
    if (!m_work.isActive())
        m_work.start(0);
    if (m_filter.looksAhead() && !m_rerun && !m_rerunTimer.isActive())
        m_rerunTimer.start(rerunMs);
}

/// The last losses and ACKs are known when all is read.
void RowFilter::onStateChanged()
{
    if (m_run && m_filter.looksAhead() && m_document->state() != Document::State::Loading)
        startRerun();
}

void RowFilter::startRerun()
{
    if (!m_run || m_run->position() == 0)
        return;
    m_rerunTimer.stop();
    m_newRows = {};
    m_rerun = std::make_unique<FilterRun>(m_filter, *m_document);
    setZeros(m_rerun.get());
    for (std::size_t i = 0; i < m_textRows.size(); ++i)
        m_rerun->addTextMatches(i, m_textRows[i], m_searchedTo);
    goOn();
}

void RowFilter::goOn()
{
    if (!m_run) {
        setBusy(false);
        return;
    }
    work(); // a small document is judged at once
}

/// One slice.
void RowFilter::work()
{
    if (!m_run)
        return;
    QElapsedTimer clock;
    clock.start();
    std::vector<RowId> selected;
    const auto judge = [&](FilterRun* run, Column<RowId>* rows) {
        while (run->position() < run->searchedTo() && clock.elapsed() < matchSliceMs) {
            selected.clear();
            run->advance(run->position() + stepRows, &selected);
            for (const RowId row : selected)
                rows->push_back(row);
        }
        return run->position() >= run->searchedTo();
    };
    const std::size_t before = m_rows.size();
    bool isDone = judge(m_run.get(), &m_rows);
    if (m_rows.size() > before)
        Q_EMIT grown();
    if (isDone && m_rerun) {
        isDone = judge(m_rerun.get(), &m_newRows);
        if (isDone)
            finishRerun();
    }
    if (!isDone)
        m_work.start(0);
    if (!m_filter.texts.empty())
        startSearch();
    setBusy(!isDone || isSearching());
}

void RowFilter::finishRerun()
{
    bool isSame = m_newRows.size() == m_rows.size();
    for (std::size_t i = 0; i < m_rows.size() && isSame; ++i)
        isSame = m_rows[i] == m_newRows[i];
    const std::unique_ptr<FilterRun> rerun = std::move(m_rerun);
    if (isSame)
        return;
    Q_EMIT aboutToReset();
    std::swap(m_rows, m_newRows);
    Q_EMIT resetDone();
    m_newRows = {};
}

// Texts

void RowFilter::startSearch()
{
    if (m_search || m_isCancelled || !m_problem.isEmpty() || m_searchedTo >= m_document->events().size())
        return;
    TextSearch search;
    search.source = m_document->source();
    search.records = m_document->events().ranges();
    search.firstRow = m_searchedTo;
    for (const FilterText& text : m_filter.texts)
        search.texts.push_back(text.bytes);
    m_search = std::make_shared<Search>();
    QThreadPool::globalInstance()->start([search = std::move(search), shared = m_search, self = QPointer<RowFilter>(this)] {
        const auto report = [&](std::uint64_t done, std::uint64_t total) {
            shared->progress = static_cast<double>(done) / static_cast<double>(total);
            return !shared->isCancelled.load();
        };
        auto result = std::make_shared<TextSearchResult>(searchTexts(search, report));
        // by way of the application: the filter may go at any moment
        QMetaObject::invokeMethod(QCoreApplication::instance(), [self, shared, result] {
            if (self)
                self->onSearched(shared, *result);
        });
    });
    Q_EMIT stateChanged();
}

void RowFilter::onSearched(const std::shared_ptr<Search>& search, const TextSearchResult& result)
{
    if (search != m_search)
        return; // of a filter that is gone
    m_search.reset();
    m_isCancelled = result.isCancelled;
    m_problem = m_isCancelled ? tr("The search was stopped: the rest of the records is not judged.") : toText(result.problem);
    if (m_problem.isEmpty()) {
        m_searchedTo = result.searchedTo;
        for (std::size_t i = 0; i < result.rows.size(); ++i) {
            for (FilterRun* run : {m_run.get(), m_rerun.get()}) {
                if (run != nullptr)
                    run->addTextMatches(i, result.rows[i], m_searchedTo);
            }
            if (m_filter.looksAhead())
                m_textRows[i].insert(m_textRows[i].end(), result.rows[i].begin(), result.rows[i].end());
        }
    }
    work();
    Q_EMIT stateChanged();
}

void RowFilter::finish()
{
    if (!m_run)
        return;
    if (!m_filter.texts.empty() && m_searchedTo < m_document->events().size()) {
        cancelSearch();
        m_search = std::make_shared<Search>();
        TextSearch search{m_document->source(), m_document->events().ranges(), m_searchedTo, {}};
        for (const FilterText& text : m_filter.texts)
            search.texts.push_back(text.bytes);
        onSearched(m_search, searchTexts(search, [](std::uint64_t, std::uint64_t) { return true; }));
    }
    while (m_isBusy)
        work();
}

void RowFilter::cancelSearch()
{
    if (m_search)
        m_search->isCancelled = true;
}

double RowFilter::progress() const { return m_search ? m_search->progress.load() : 1; }

void RowFilter::setBusy(bool isBusy)
{
    const bool isChanged = isBusy != m_isBusy;
    m_isBusy = isBusy;
    if (isChanged)
        Q_EMIT stateChanged();
}

// Lookup

std::size_t RowFilter::lowerBound(RowId row) const
{
    std::size_t low = 0;
    std::size_t high = m_rows.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (m_rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool RowFilter::accepts(RowId row) const
{
    const std::size_t index = lowerBound(row);
    return index < m_rows.size() && m_rows[index] == row;
}

} // namespace qlogscope
