// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/live/liveview.h"

#include "views/palette.h"
#include "views/rowtable.h"
#include "views/severitylook.h"
#include "views/texts.h"

#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QDataStream>
#include <QDateTime>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QStackedLayout>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QToolButton>

#include <algorithm>

namespace qlogscope {

namespace {

constexpr QSize smallestTable(320, 160);
constexpr int ageTickMs = 1'000;
constexpr int visibleMs = 100;
constexpr quint32 stateMagic = 0x6c697665; // "live"
constexpr quint32 tableStateVersion = 2;
constexpr int windowDigits = 10; // room for the number beside the sparkline
constexpr int sparkMargin = 3;

/// A label that gives way: what does not fit is cut and in the tool tip.
class ElidedLabel : public QLabel
{
public:
    explicit ElidedLabel(Qt::TextElideMode mode)
        : m_mode(mode)
    {
    }
    QSize minimumSizeHint() const override { return {fontMetrics().averageCharWidth() * 8, QLabel::minimumSizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        const QString shown = fontMetrics().elidedText(text(), m_mode, contentsRect().width());
        style()->drawItemText(&painter, contentsRect(), Qt::AlignVCenter | Qt::AlignLeft, palette(), isEnabled(), shown, foregroundRole());
    }

private:
    Qt::TextElideMode m_mode;
};

/// The ends of names tell them apart.
class NameDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->textElideMode = Qt::ElideMiddle;
    }
};

/// A number and, right of it, the line of its past.
class WindowDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const QList<double> windows = index.data(LiveModel::WindowsRole).value<QList<double>>();
        QStyleOptionViewItem own = option;
        initStyleOption(&own, index);
        const int numberWidth = option.fontMetrics.horizontalAdvance(QLatin1Char('0')) * windowDigits;
        const QRect spark = option.rect.adjusted(numberWidth, sparkMargin, -sparkMargin, -sparkMargin);
        if (windows.size() < 2 || spark.width() < numberWidth / 2)
            return QStyledItemDelegate::paint(painter, option, index);
        const QWidget* widget = option.widget;
        const QString text = own.text;
        own.text.clear();
        widget->style()->drawControl(QStyle::CE_ItemViewItem, &own, painter, widget);

        const bool isSelected = (own.state & QStyle::State_Selected) != 0;
        const QPalette::ColorGroup group = (own.state & QStyle::State_Active) != 0 ? QPalette::Active : QPalette::Inactive;
        const QColor selectedText = own.palette.color(group, QPalette::HighlightedText);
        painter->save();
        painter->setFont(own.font);
        painter->setPen(isSelected ? selectedText : own.palette.color(group, QPalette::Text));
        painter->drawText(QRect(option.rect.left(), option.rect.top(), numberWidth - 2 * sparkMargin, option.rect.height()),
                          Qt::AlignRight | Qt::AlignVCenter, text);
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(isSelected ? selectedText : Palette::forWidget(widget).congestionWindow, 1.5));
        painter->drawPolyline(line(windows, spark));
        painter->restore();
    }

private:
    static QPolygonF line(const QList<double>& windows, const QRectF& area)
    {
        const double highest = std::max(1.0, *std::max_element(windows.begin(), windows.end()));
        const double step = area.width() / static_cast<double>(windows.size() - 1);
        QPolygonF points;
        for (qsizetype i = 0; i < windows.size(); ++i)
            points << QPointF(area.left() + static_cast<double>(i) * step,
                              area.bottom() - area.height() * std::max(0.0, windows[i]) / highest);
        return points;
    }
};

} // namespace

LiveView::LiveView(QWidget* parent)
    : QWidget(parent)
    , m_model(new LiveModel(this))
    , m_proxy(new LiveProxy(m_model, this))
    , m_table(new QTableView)
    , m_folderLabel(new ElidedLabel(Qt::ElideMiddle))
    , m_counts(new ElidedLabel(Qt::ElideRight))
    , m_waiting(new QLabel)
    , m_problemLine(new QLabel)
    , m_empty(new QLabel)
    , m_filter(new QLineEdit)
    , m_hideRest(new QCheckBox(tr("Hide files at rest")))
{
    makeTable();
    makeToolBar();
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_empty->setMargin(12);

    auto* top = new QHBoxLayout;
    top->addWidget(m_folderLabel, 1);
    top->addWidget(m_waiting);
    top->addWidget(m_counts);
    top->addWidget(m_detach);
    auto* tools = new QHBoxLayout;
    tools->addWidget(m_filter, 1);
    tools->addWidget(m_hideRest);
    for (QToolButton* button : {m_pause, m_freeze, m_seen})
        tools->addWidget(button);
    auto* pages = new QWidget;
    m_pages = new QStackedLayout(pages);
    m_pages->addWidget(m_empty);
    m_pages->addWidget(m_table);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 2, 0, 0);
    layout->setSpacing(2);
    for (QHBoxLayout* row : {top, tools}) {
        row->setContentsMargins(6, 0, 4, 0);
        row->setSpacing(6);
        layout->addLayout(row);
    }
    layout->addWidget(m_problemLine);
    layout->addWidget(pages, 1);
    setFocusProxy(m_table);
    const QWidgetList inTurn{m_filter, m_hideRest, m_pause, m_freeze, m_seen, m_detach, m_table};
    for (qsizetype i = 1; i < inTurn.size(); ++i)
        setTabOrder(inTurn[i - 1], inTurn[i]);
    setMinimumSize(smallestTable);

    m_tick.setInterval(ageTickMs);
    connect(&m_tick, &QTimer::timeout, this, &LiveView::onTick);
    m_visible.setSingleShot(true);
    m_visible.setInterval(visibleMs);
    connect(&m_visible, &QTimer::timeout, this, &LiveView::announceVisible);
    const auto visibleSoon = [this] { m_visible.start(); };
    connect(m_table->verticalScrollBar(), &QScrollBar::valueChanged, this, visibleSoon);
    connect(m_proxy, &QAbstractItemModel::layoutChanged, this, visibleSoon);
    connect(m_proxy, &QAbstractItemModel::modelReset, this, visibleSoon);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) {
        connect(m_proxy, signal, this, visibleSoon);
        connect(m_proxy, signal, this, &LiveView::showPage);
    }
    connect(m_model, &LiveModel::announced, this, [this] {
        showCounts();
        showPage();
        m_visible.start(); // a row that is on screen may have got its other side
    });
    connect(m_model, &LiveModel::waitingChanged, this, &LiveView::showWaiting);
    showFolder();
    showCounts();
    setProblem({});
}

void LiveView::makeTable()
{
    m_table->setModel(m_proxy);
    m_table->setAccessibleName(tr("Connections of the directory"));
    setUpRowTable(m_table);
    m_table->setItemDelegateForColumn(LiveRow::FileColumn, new NameDelegate(m_table));
    m_table->setItemDelegateForColumn(LiveRow::WindowColumn, new WindowDelegate(m_table));
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionsMovable(true);
    header->setSortIndicator(LiveRow::StartedColumn, Qt::DescendingOrder);
    m_table->setSortingEnabled(true);
    setColumnWidths();
    m_table->installEventFilter(this);
    connect(m_table, &QTableView::doubleClicked, this, [this](const QModelIndex& index) { openRows({index}, true); });
    connect(m_table, &QTableView::customContextMenuRequested, this, &LiveView::showMenu);
}

void LiveView::setColumnWidths()
{
    const int digit = m_table->fontMetrics().horizontalAdvance(QLatin1Char('0'));
    const auto digits = [](int column) {
        switch (column) {
        case LiveRow::FileColumn:
        case LiveRow::BytesColumn:
            return 20;
        case LiveRow::StateColumn:
        case LiveRow::PeerColumn:
        case LiveRow::WindowColumn:
            return 18;
        case LiveRow::PacketsColumn:
            return 15;
        case LiveRow::RoleColumn:
        case LiveRow::StartedColumn:
        case LiveRow::RttColumn:
            return 14;
        case LiveRow::DurationColumn:
        case LiveRow::VersionColumn:
        case LiveRow::UnreadColumn:
            return 10;
        default:
            return 12;
        }
    };
    for (int column = 0; column < LiveRow::ColumnCount; ++column)
        m_table->setColumnWidth(column, digits(column) * digit);
}

QToolButton* LiveView::makeButton(const QString& text, const QString& toolTip, bool isCheckable)
{
    auto* button = new QToolButton;
    button->setText(text);
    button->setToolTip(toolTip);
    button->setCheckable(isCheckable);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

void LiveView::makeToolBar()
{
    m_pause = makeButton(tr("Pause"), tr("The table stays as it is; the files are read on"), true);
    m_freeze = makeButton(tr("Freeze order"), tr("Rows stay where they are while their figures change; new ones come last"), true);
    m_seen = makeButton(tr("Mark all as seen"), tr("What appears from now on is bold and says \"new\""), false);
    m_detach = makeButton(tr("Detach"), tr("Watch this directory no longer; opened connections stay"), false);
    m_folderLabel->setMinimumWidth(fontMetrics().averageCharWidth() * 22);
    m_folderLabel->setAccessibleName(tr("Watched directory"));
    m_counts->setAccessibleName(tr("What is in the directory"));
    QFont bold = m_waiting->font();
    bold.setBold(true);
    m_waiting->setFont(bold);
    m_filter->setPlaceholderText(tr("Filter: file, role, peer, writer, group id, state"));
    m_filter->setToolTip(tr("Rows that have all these words in the file's name, the role, the writer, the group id or the state"));
    m_filter->setAccessibleName(tr("Filter of the live table"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 14);
    m_filter->installEventFilter(this);
    m_hideRest->setToolTip(tr("Leaves only files that wait for a header, grow or have stalled"));
    m_problemLine->setWordWrap(true);
    m_problemLine->setContentsMargins(6, 0, 6, 0);

    connect(m_pause, &QToolButton::toggled, this, &LiveView::setPaused);
    connect(m_freeze, &QToolButton::toggled, m_proxy, &LiveProxy::setFrozen);
    connect(m_seen, &QToolButton::clicked, m_model, &LiveModel::markAllSeen);
    connect(m_detach, &QToolButton::clicked, this, &LiveView::detachRequested);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_proxy->setFilterText(text);
        showCounts();
        showPage();
    });
    connect(m_hideRest, &QCheckBox::toggled, this, [this](bool isHidden) {
        m_proxy->setRestHidden(isHidden);
        showCounts();
        showPage();
    });
}

void LiveView::setFolder(const QString& path)
{
    m_folder = path;
    m_pause->setChecked(false);
    m_model->setNow(QDateTime::currentMSecsSinceEpoch());
    m_model->clear();
    showFolder();
    setProblem({});
}

void LiveView::showFolder()
{
    m_folderLabel->setText(m_folder);
    m_folderLabel->setToolTip(m_folder);
    m_detach->setEnabled(!m_folder.isEmpty());
}

void LiveView::setProblem(const QString& sentence)
{
    m_problem = sentence;
    m_problemLine->setText(sentence);
    showPage();
}

void LiveView::apply(const std::vector<LiveFile>& changed) { m_model->update(changed); }

void LiveView::onTick()
{
    m_model->setNow(QDateTime::currentMSecsSinceEpoch());
    if (m_model->rowCount() == 0)
        showPage(); // the directory may have come into being
}

void LiveView::showCounts()
{
    const LiveCounts counts = m_model->counts();
    QStringList parts;
    if (m_proxy->hasFilter())
        parts << tr("%1 of %2 rows shown").arg(countText(static_cast<std::uint64_t>(m_proxy->rowCount())),
                                               countText(static_cast<std::uint64_t>(m_model->rowCount())));
    parts << (counts.connections == 1 ? tr("1 connection") : tr("%1 connections").arg(countText(counts.connections)));
    const auto add = [&parts](std::size_t count, const QString& text) {
        if (count > 0)
            parts << text.arg(countText(count));
    };
    add(counts.handshaking, tr("%1 handshaking"));
    add(counts.active, tr("%1 active"));
    add(counts.stalled, tr("%1 stalled"));
    add(counts.endpoints, counts.endpoints == 1 ? tr("%1 endpoint log") : tr("%1 endpoint logs"));
    add(counts.notQlog, tr("%1 no qlog"));
    m_counts->setText(m_model->rowCount() == 0 ? QString() : parts.join(QLatin1String(", ")));
    m_counts->setToolTip(m_counts->text());
    m_seen->setEnabled(counts.unseen > 0);
}

void LiveView::showWaiting()
{
    const std::size_t count = m_model->waitingCount();
    m_waiting->setText(!m_model->isPaused() ? QString() : count == 0 ? tr("paused") : tr("paused, %1 changed").arg(countText(count)));
    m_waiting->setVisible(m_model->isPaused());
}

void LiveView::setPaused(bool isPaused)
{
    m_pause->setText(isPaused ? tr("Resume") : tr("Pause"));
    m_model->setPaused(isPaused);
    m_model->setNow(QDateTime::currentMSecsSinceEpoch());
    showWaiting();
}

void LiveView::showPage()
{
    const bool isEmpty = m_proxy->rowCount() == 0;
    if (isEmpty)
        m_empty->setText(emptyText());
    m_pages->setCurrentIndex(isEmpty ? 0 : 1);
    // an empty table says it in its place
    m_problemLine->setVisible(!m_problem.isEmpty() && m_model->rowCount() > 0);
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, severityColor(Severity::DataLoss));
    m_problemLine->setPalette(colors);
}

QString LiveView::emptyText() const
{
    if (m_model->rowCount() > 0) {
        if (m_filter->text().trimmed().isEmpty())
            return tr("All files are at rest and hidden (%1 rows); they come back by themselves when they grow.")
                .arg(countText(static_cast<std::uint64_t>(m_model->rowCount())));
        return tr("No row has \"%1\" in its file's name, role, peer, writer, group id or state.").arg(m_filter->text().trimmed())
            + (m_hideRest->isChecked() ? QLatin1Char('\n') + tr("Files at rest are hidden.") : QString());
    }
    if (m_folder.isEmpty())
        return tr("No directory is watched.");
    if (!m_problem.isEmpty())
        return m_problem;
    if (m_model->waitingCount() > 0)
        return tr("Paused; files have appeared that are shown when the table goes on.");
    return tr("No files as yet; they appear here by themselves when a client or server writes them");
}

QByteArray LiveView::saveState() const
{
    QByteArray state;
    QDataStream stream(&state, QIODevice::WriteOnly);
    const QHeaderView* header = m_table->horizontalHeader();
    stream << stateMagic << tableStateVersion << qint32{LiveRow::ColumnCount} << qint32{header->sortIndicatorSection()}
           << qint32{header->sortIndicatorOrder()} << header->saveState();
    return state;
}

bool LiveView::restoreState(const QByteArray& state)
{
    QDataStream stream(state);
    quint32 magic = 0;
    quint32 version = 0;
    qint32 columns = 0;
    qint32 section = 0;
    qint32 order = 0;
    QByteArray header;
    stream >> magic >> version >> columns >> section >> order >> header;
    if (stream.status() != QDataStream::Ok || magic != stateMagic || version != tableStateVersion || columns != LiveRow::ColumnCount
        || section < 0 || section >= columns || !m_table->horizontalHeader()->restoreState(header))
        return false;
    m_table->sortByColumn(section, order == Qt::AscendingOrder ? Qt::AscendingOrder : Qt::DescendingOrder);
    return true;
}

void LiveView::announceVisible()
{
    std::vector<std::uint32_t> ids;
    const int height = m_table->viewport()->height();
    if (m_table->isVisible() && height > 0 && m_proxy->rowCount() > 0) {
        const int first = std::max(0, m_table->rowAt(0));
        const int below = m_table->rowAt(height - 1);
        const int last = below >= 0 ? below : m_proxy->rowCount() - 1;
        for (int i = first; i <= last; ++i) {
            const std::vector<std::uint32_t> ofRow = m_model->fileIds(m_proxy->mapToSource(m_proxy->index(i, 0)).row());
            ids.insert(ids.end(), ofRow.begin(), ofRow.end());
        }
    }
    if (ids == m_visibleIds)
        return;
    m_visibleIds = ids;
    Q_EMIT visibleFilesChanged(ids);
}

QModelIndexList LiveView::selectedRows() const { return m_table->selectionModel()->selectedRows(); }

QStringList LiveView::paths(const QModelIndexList& rows, bool isBothSides) const
{
    QStringList paths;
    for (const QModelIndex& index : rows) {
        const LiveRow row = m_model->row(m_proxy->mapToSource(index).row());
        paths << toText(row.main().path);
        if (isBothSides && row.other() != nullptr)
            paths << toText(row.other()->path);
    }
    return paths;
}

void LiveView::openRows(const QModelIndexList& rows, bool isBothSides)
{
    const QStringList opened = paths(rows, isBothSides);
    if (!opened.isEmpty())
        Q_EMIT openRequested(opened);
}

void LiveView::copyPaths()
{
    const QStringList copied = paths(selectedRows(), true);
    if (!copied.isEmpty())
        QGuiApplication::clipboard()->setText(copied.join(QLatin1Char('\n')));
}

void LiveView::showMenu(const QPoint& position)
{
    const QModelIndexList rows = selectedRows();
    if (rows.isEmpty())
        return;
    const bool isPair = paths(rows, true).size() > rows.size();
    QMenu menu(this);
    // what a double-click does comes first
    QAction* both = menu.addAction(tr("Open both sides"));
    both->setEnabled(isPair);
    QAction* open = menu.addAction(isPair ? tr("Open the side whose figures are shown") : tr("Open"));
    menu.setDefaultAction(isPair ? both : open);
    menu.addSeparator();
    const QAction* copy = menu.addAction(rows.size() > 1 || isPair ? tr("Copy paths") : tr("Copy path"));
    // rows may come and go while the menu is open
    const QList<QPersistentModelIndex> kept(rows.begin(), rows.end());
    const QAction* chosen = menu.exec(m_table->viewport()->mapToGlobal(position));
    QModelIndexList left;
    for (const QPersistentModelIndex& index : kept) {
        if (index.isValid())
            left << index;
    }
    if (chosen == both || chosen == open)
        openRows(left, chosen == both);
    else if (chosen == copy)
        QGuiApplication::clipboard()->setText(paths(left, true).join(QLatin1Char('\n')));
}

bool LiveView::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    auto* key = static_cast<QKeyEvent*>(event);
    if (watched == m_table) {
        if (key->matches(QKeySequence::Copy)) {
            copyPaths();
            return true;
        }
        if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && (key->modifiers() & ~Qt::KeypadModifier) == 0) {
            openRows(selectedRows(), true);
            return true;
        }
    }
    if (watched == m_filter) {
        if (key->key() == Qt::Key_Escape && !m_filter->text().isEmpty()) {
            m_filter->clear();
            return true;
        }
        if (key->key() == Qt::Key_Down && m_proxy->rowCount() > 0) {
            m_table->setFocus();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void LiveView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    onTick();
    m_tick.start();
    m_visible.start();
}

void LiveView::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_tick.stop();
    m_visible.start();
}

void LiveView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_visible.start();
}

void LiveView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_pages != nullptr)
        showPage();
}

} // namespace qlogscope
