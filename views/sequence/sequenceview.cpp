// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sequence/sequenceview.h"

#include "views/sequence/sequencecanvas.h"
#include "views/texts.h"
#include "views/toolrow.h"

#include <QButtonGroup>
#include <QDataStream>
#include <QDoubleSpinBox>
#include <QIODevice>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWidgetAction>

#include <algorithm>
#include <cmath>

namespace qlogscope {

namespace {

constexpr quint32 sequenceStateVersion = 2;

} // namespace

SequenceView::SequenceView(const ViewServices& services, QWidget* parent)
    : View(services, parent)
    , m_emptyLabel(new QLabel(this))
    , m_pages(new QStackedWidget(this))
    , m_canvas(new SequenceCanvas(services.context, services.records, this))
{
    m_emptyLabel->setObjectName(QStringLiteral("emptyText"));
    m_emptyLabel->setAlignment(Qt::AlignCenter);
    m_emptyLabel->setWordWrap(true);
    m_pages->addWidget(m_canvas);
    m_pages->addWidget(m_emptyLabel);
    makeTools();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_tools);
    layout->addWidget(m_pages, 1);
    setFocusProxy(m_canvas);

    ViewContext* shared = context();
    connect(shared, &ViewContext::traceChanged, this, [this] { refreshSoon(); });
    connect(shared, &ViewContext::dataChanged, this, [this] { markDirty(); });
    connect(shared, &ViewContext::filterModeChanged, m_canvas, &SequenceCanvas::resetFilter);
    connect(shared->rowFilter(), &RowFilter::aboutToReset, m_canvas, &SequenceCanvas::resetFilter);
    connect(shared->rowFilter(), &RowFilter::resetDone, m_canvas, &SequenceCanvas::resetFilter);
    connect(shared->rowFilter(), &RowFilter::grown, this, [this] { markDirty(); });
    connect(shared->rowFilter(), &RowFilter::stateChanged, m_canvas, &SequenceCanvas::resetFilter);
    connect(shared->workspace(), &Workspace::documentAdded, this, [this](Document* document) { // it may be the other end
        connect(document, &Document::appended, this, [this] { markDirty(); });
        connect(document, &Document::stateChanged, this, [this] { markDirty(); });
    });
    connect(m_canvas, &SequenceCanvas::refreshNeeded, this, [this] { refreshSoon(); });
    connect(m_canvas, &SequenceCanvas::clockChanged, this, &SequenceView::updateTools);
    connect(m_canvas, &SequenceCanvas::modeKeyPressed, this,
            [this] { (m_canvas->mode() == SequenceMode::Compact ? m_linearButton : m_compactButton)->click(); });
    connect(m_canvas, &SequenceCanvas::foldKeyPressed, m_foldButton, &QToolButton::click);
    updateTools();
}

View* SequenceView::create(const ViewServices& services, QWidget* parent) { return new SequenceView(services, parent); }

void SequenceView::makeTools()
{
    m_tools = new ToolRow(this);
    m_compactButton = m_tools->addButton(tr("Compact"), tr("One row for each event, idle times folded (T switches)"));
    m_linearButton = m_tools->addButton(tr("Linear"), tr("True to time: slopes are delays (T switches)"));
    auto* modes = new QButtonGroup(m_tools);
    for (QToolButton* button : {m_compactButton, m_linearButton}) {
        button->setCheckable(true);
        modes->addButton(button);
    }
    connect(m_compactButton, &QToolButton::clicked, this, [this] {
        m_canvas->setMode(SequenceMode::Compact);
        updateTools();
    });
    connect(m_linearButton, &QToolButton::clicked, this, [this] {
        m_canvas->setMode(SequenceMode::Linear);
        updateTools();
    });
    m_foldButton = m_tools->addButton(tr("Fold"), tr("Runs of packets with data and ACKs alone are one row each; click a row to unfold it (C)"));
    m_foldButton->setCheckable(true);
    connect(m_foldButton, &QToolButton::clicked, m_canvas, &SequenceCanvas::setFolding);
    makeEventsMenu();
    makeClockMenu();
    m_exportButton = m_tools->addButton(tr("Export"), tr("Save the diagram as a picture or a table, or copy it (Ctrl+E)"));
    QMenu* exports = makeExportMenu(m_exportButton, [this](ChartExport what) { Q_EMIT exportRequested(what); });
    m_exportButton->setMenu(exports);
    m_exportButton->setPopupMode(QToolButton::InstantPopup);
    m_canvas->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_canvas, &QWidget::customContextMenuRequested, exports,
            [this, exports](const QPoint& position) { exports->popup(m_canvas->mapToGlobal(position)); });
    m_tools->addStretch();
    m_countsLabel = new QLabel(m_tools);
    m_countsLabel->setContentsMargins(0, 0, 8, 0);
    m_tools->addTool(m_countsLabel);
    m_tools->makeOptional(m_countsLabel);
    m_tools->makeOptional(m_exportButton);
}

void SequenceView::makeEventsMenu()
{
    m_eventsButton = m_tools->addButton(tr("Events"), tr("Which events stand beside the packets"));
    m_eventsMenu = new QMenu(m_eventsButton);
    m_eventsButton->setMenu(m_eventsMenu);
    m_eventsButton->setPopupMode(QToolButton::InstantPopup);
    for (std::size_t i = 0; i < sequenceCategoryCount; ++i) {
        QAction* action = m_eventsMenu->addAction(nameOf(static_cast<SequenceCategory>(i)));
        action->setCheckable(true);
        action->setStatusTip(tr("Show or hide these events in the sequence diagram"));
        connect(action, &QAction::toggled, this, [this, i](bool isShown) {
            CategorySet categories = m_canvas->categories();
            categories[i] = isShown;
            m_canvas->setCategories(categories);
        });
    }
}

/// The offset by hand, in milliseconds, and the way back to the estimate.
void SequenceView::makeClockMenu()
{
    m_clockButton = m_tools->addButton({}, {});
    auto* menu = new QMenu(m_clockButton);
    m_clockButton->setMenu(menu);
    m_clockButton->setPopupMode(QToolButton::InstantPopup);
    auto* panel = new QWidget(menu);
    auto* layout = new QVBoxLayout(panel);
    m_clockNote = new QLabel(panel);
    m_clockNote->setWordWrap(true);
    m_clockNote->setMinimumWidth(fontMetrics().averageCharWidth() * 46);
    m_offsetBox = new QDoubleSpinBox(panel);
    m_offsetBox->setDecimals(6);
    m_offsetBox->setRange(-9e12, 9e12);
    m_offsetBox->setSuffix(tr(" ms"));
    m_offsetBox->setKeyboardTracking(false);
    m_offsetBox->setAccessibleName(tr("Server clock minus client clock"));
    auto* set = new QPushButton(tr("&Set this offset"), panel);
    auto* reset = new QPushButton(tr("&Use the estimate"), panel);
    layout->addWidget(m_clockNote);
    layout->addWidget(new QLabel(tr("Server clock minus client clock:"), panel));
    layout->addWidget(m_offsetBox);
    layout->addWidget(set);
    layout->addWidget(reset);
    auto* action = new QWidgetAction(menu);
    action->setDefaultWidget(panel);
    menu->addAction(action);
    connect(menu, &QMenu::aboutToShow, this, [this] {
        const SequenceTraces* traces = m_canvas->traces();
        m_clockNote->setText(traces != nullptr ? traces->clockExplanation() : QString());
        m_offsetBox->setValue(traces != nullptr ? static_cast<double>(traces->offsetNs()) / 1e6 : 0);
        m_offsetBox->selectAll();
    });
    connect(set, &QPushButton::clicked, this, [this, menu] {
        m_offsetBox->interpretText();
        m_canvas->setOffset(static_cast<std::int64_t>(std::llround(m_offsetBox->value() * 1e6)));
        menu->close();
    });
    connect(reset, &QPushButton::clicked, this, [this, menu] {
        m_canvas->setOffset(std::nullopt);
        menu->close();
    });
}

void SequenceView::updateTools()
{
    m_compactButton->setChecked(m_canvas->mode() == SequenceMode::Compact);
    m_linearButton->setChecked(m_canvas->mode() == SequenceMode::Linear);
    m_foldButton->setChecked(m_canvas->isFolding());
    m_foldButton->setEnabled(m_canvas->mode() == SequenceMode::Compact);
    for (std::size_t i = 0; i < sequenceCategoryCount; ++i) {
        QAction* action = m_eventsMenu->actions().at(static_cast<qsizetype>(i));
        const QSignalBlocker quiet(action);
        action->setChecked(m_canvas->categories()[i]);
    }
    const SequenceTraces* traces = m_canvas->traces();
    const bool isPair = traces != nullptr && traces->isPair();
    m_exportButton->setEnabled(hasPicture());
    m_clockButton->setVisible(isPair);
    m_clockButton->setEnabled(isPair && traces->isMatched());
    m_clockButton->setText(isPair ? traces->clockText() : QString());
    m_clockButton->setToolTip(isPair ? tr("How far the clocks of the two logs are apart; click to set it by hand") : QString());
    QString counts;
    if (isPair && traces->isMatched()) {
        const PacketMatches::Counts& up = traces->matches()->counts(Flow::ClientToServer);
        const PacketMatches::Counts& down = traces->matches()->counts(Flow::ServerToClient);
        counts = tr("%1 packets in both logs, %2 not received, %3 unknown")
                     .arg(countText(up.matched + down.matched), countText(up.lost + down.lost), countText(up.unknown + down.unknown));
    } else if (traces != nullptr && !isPair) {
        counts = tr("the other end is not logged: its times are inferred");
    }
    m_countsLabel->setText(counts);
    m_countsLabel->setToolTip(isPair ? tr("Unknown: the other log does not cover the time, or does not log such packets") : QString());
    m_tools->fit();
}

QString SequenceView::emptyText() const
{
    if (!context()->trace().isValid())
        return tr("Open a qlog file to see its packets as a sequence diagram.");
    return context()->trace().get().rowCount() == 0 ? tr("There are no events in this trace.") : QString();
}

void SequenceView::refresh()
{
    const QString empty = emptyText();
    m_emptyLabel->setText(empty);
    m_pages->setCurrentWidget(empty.isEmpty() ? static_cast<QWidget*>(m_canvas) : m_emptyLabel);
    if (empty.isEmpty())
        m_canvas->refresh();
    updateTools();
}

SequencePicture SequenceView::picture() const
{
    SequencePicture picture;
    picture.trace = context()->trace();
    picture.range = m_canvas->shownRange();
    if (m_canvas->mode() == SequenceMode::Compact)
        picture.range.endNs = std::max(picture.range.endNs, context()->fullRange().endNs);
    picture.size = m_canvas->size();
    picture.theme = Palette::forWidget(m_canvas).theme;
    picture.filter = context()->filter();
    picture.filterMode = context()->filterMode();
    picture.workspace = context()->workspace();
    picture.records = services().records;
    picture.mode = m_canvas->mode();
    picture.categories = m_canvas->categories();
    picture.isFolding = m_canvas->isFolding();
    return picture;
}

QByteArray SequenceView::saveState() const
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream << sequenceStateVersion << quint8(m_canvas->mode()) << m_canvas->isFolding();
    for (const bool isShown : m_canvas->categories())
        stream << isShown;
    return bytes;
}

bool SequenceView::restoreState(const QByteArray& state)
{
    QDataStream stream(state);
    quint32 version = 0;
    quint8 mode = 0;
    bool isFolding = false;
    CategorySet categories{};
    stream >> version >> mode >> isFolding;
    for (bool& isShown : categories)
        stream >> isShown;
    if (stream.status() != QDataStream::Ok || version != sequenceStateVersion || mode > quint8(SequenceMode::Linear))
        return false;
    m_canvas->setMode(static_cast<SequenceMode>(mode));
    m_canvas->setFolding(isFolding);
    m_canvas->setCategories(categories);
    updateTools();
    return true;
}

} // namespace qlogscope
