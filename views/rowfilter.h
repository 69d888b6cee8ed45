// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/eventfilter.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>

#include <atomic>
#include <map>
#include <memory>

namespace qlogscope {

struct TextSearchResult;

/// The rows of a document that a filter selects, judged in slices of at most 8 ms and as the document grows; texts are searched in
/// the thread pool on a snapshot. UI thread.
class RowFilter : public QObject
{
    Q_OBJECT
public:
    explicit RowFilter(QObject* parent = nullptr);
    /// Cancels a search that still runs.
    ~RowFilter() override;

    void setFilter(const Filter& filter);
    [[nodiscard]] const Filter& filter() const { return m_filter; }
    /// Null: no rows. The document must outlive the filter or be replaced before it goes.
    void setDocument(const Document* document);
    [[nodiscard]] const Document* document() const { return m_document; }
    /// The trace time of T = 0, where it is fixed by who shows the trace.
    void setZero(TraceId trace, std::int64_t zeroNs);

    /// There is a document and a filter that selects.
    [[nodiscard]] bool isActive() const { return m_document != nullptr && !m_filter.isEmpty(); }
    /// The selected ones of the rows judged so far, ascending. Without a filter there are none.
    [[nodiscard]] const Column<RowId>& rows() const { return m_rows; }
    /// Index of the first selected row that is not before @p row.
    [[nodiscard]] std::size_t lowerBound(RowId row) const;
    /// False also for rows that are not judged yet.
    [[nodiscard]] bool accepts(RowId row) const;
    /// Rows before this are judged.
    [[nodiscard]] std::size_t judgedTo() const { return m_run ? m_run->position() : 0; }
    /// Judges everything that the document has now before it returns: for pictures that are made without an event loop.
    void finish();
    /// There are rows that are not judged yet, though they could be.
    [[nodiscard]] bool isBusy() const { return m_isBusy; }
    /// A text is searched in the background.
    [[nodiscard]] bool isSearching() const { return m_search != nullptr; }
    /// Of that search, 0 to 1.
    [[nodiscard]] double progress() const;
    /// Stops a search; rows that are not searched stay unjudged until the filter changes.
    void cancelSearch();
    /// A sentence about why the rows cannot all be judged; empty if they can.
    [[nodiscard]] QString problem() const { return m_problem; }

Q_SIGNALS:
    /// rows() are about to become others, not only more; then they have.
    void aboutToReset();
    void resetDone();
    /// There are more rows().
    void grown();
    /// isBusy(), isSearching(), progress() or problem() changed.
    void stateChanged();

private:
    struct Search;

    void restart();
    void onAppended();
    void onStateChanged();
    void startRerun();
    void work();
    void goOn();
    void finishRerun();
    void startSearch();
    void onSearched(const std::shared_ptr<Search>& search, const TextSearchResult& result);
    void setBusy(bool isBusy);
    void setZeros(FilterRun* run) const;

    Filter m_filter;
    const Document* m_document = nullptr;
    QMetaObject::Connection m_appendConnection;
    QMetaObject::Connection m_stateConnection;
    std::map<std::uint32_t, std::int64_t> m_zeros;
    std::unique_ptr<FilterRun> m_run; ///< judges into m_rows
    Column<RowId> m_rows;
    std::unique_ptr<FilterRun> m_rerun; ///< judges all rows again, into m_newRows: later rows told more about earlier ones
    Column<RowId> m_newRows;
    std::vector<std::vector<std::uint32_t>> m_textRows; ///< of each text, for reruns
    std::size_t m_searchedTo = 0;
    std::shared_ptr<Search> m_search;
    bool m_isCancelled = false;
    bool m_isBusy = false;
    QString m_problem;
    QTimer m_work;
    QTimer m_rerunTimer;
};

} // namespace qlogscope
