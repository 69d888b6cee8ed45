// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/document.h"
#include "model/recordreader.h"
#include "views/rowfilter.h"
#include "views/viewcontext.h"

#include <QAbstractTableModel>
#include <QCache>
#include <QIcon>
#include <QTimer>

#include <optional>
#include <vector>

namespace qlogscope {

/// The rows of one document as a table. Reads the columns of the event store in place; the summary of a row is made from the
/// file when the row is painted. Growth is announced at most 4 times a second. UI thread.
class EventModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { NumberColumn, TimeColumn, DeltaColumn, EventColumn, SummaryColumn, TraceColumn };
    enum class Order : std::uint8_t { File, Time };

    /// @param records may be null: no summaries. Must outlive the model.
    explicit EventModel(const RecordReader* records, QObject* parent = nullptr);

    /// Null: no rows. The document must outlive the model or be replaced before it goes.
    void setDocument(const Document* document);
    /// Nanoseconds since the trace's origin of T = 0, where it is fixed by who shows the trace. Else the earliest event.
    void setZero(TraceId trace, std::int64_t zeroNs);
    void setOrder(Order order);
    /// Lists only the rows that the filter selects, or all and the others dimmed. Null: no filter. Must outlive the model.
    void setFilter(RowFilter* filter, FilterMode mode);
    void setFilterMode(FilterMode mode);
    /// While paused, growth is not announced: for a view nobody sees.
    void setPaused(bool isPaused);

    [[nodiscard]] const Document* document() const { return m_document; }
    [[nodiscard]] Order order() const { return m_order; }
    [[nodiscard]] RowId rowId(int position) const;
    /// Where a row stands in the table; -1 if it is not there (yet).
    [[nodiscard]] int positionOf(RowId row) const;
    /// What is known of the row in one line, as in the Summary column.
    [[nodiscard]] QString summary(RowId row) const;
    [[nodiscard]] QString traceTitle(TraceId trace) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    [[nodiscard]] bool isHiding() const;
    [[nodiscard]] bool isDimmed(RowId row) const;
    [[nodiscard]] std::size_t availableRows() const;
    [[nodiscard]] RowId rowInFile(std::size_t index) const;
    void beginRows();
    void endRows();
    void onFilterGrown();
    void repaintRows();
    void onAppended();
    void announce();
    void announceTraceColumn();
    void findDecimals(int first);
    void appendToOrder(std::size_t first);
    [[nodiscard]] std::size_t firstDisplaced(std::size_t first) const;
    void reorder(std::size_t first);
    void arrange(std::size_t first);
    void sortFrom(std::size_t first);
    [[nodiscard]] bool isTimeBefore(std::uint32_t a, std::uint32_t b) const;
    [[nodiscard]] std::int64_t timeOf(RowId row) const;
    [[nodiscard]] std::int64_t zeroOf(TraceId trace) const;

    [[nodiscard]] QString displayText(RowId row, int position, int column) const;
    [[nodiscard]] QString timeText(RowId row) const;
    [[nodiscard]] QString deltaText(RowId row, int position) const;
    [[nodiscard]] QString eventText(RowId row) const;
    [[nodiscard]] QString toolTip(RowId row, int column) const;
    [[nodiscard]] bool isUndecoded(RowId row) const;

    const RecordReader* m_records;
    const Document* m_document = nullptr;
    RowFilter* m_filter = nullptr;
    FilterMode m_filterMode = FilterMode::Dim;
    int m_resets = 0; // begun and not ended
    QMetaObject::Connection m_appendConnection;
    QMetaObject::Connection m_stateConnection;
    int m_rowCount = 0; // announced
    int m_decimals = 0; // of the times, as many as the finest needs
    bool m_hasTraceColumn = false;
    bool m_isPaused = false;
    Order m_order = Order::File;
    std::vector<std::uint32_t> m_byTime; // announced rows in time order; empty in file order
    mutable std::vector<std::optional<std::int64_t>> m_zeros; // by trace, fixed at first use
    mutable QCache<std::uint32_t, QString> m_summaries;
    QTimer m_announceTimer;
    qint64 m_announceMs = 0; // that the last announcement took
    QTimer m_repaintTimer;
    QIcon m_warningIcon;
};

} // namespace qlogscope
