// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/congestionview.h"

#include "views/congestion/congestionchart.h"
#include "views/congestion/congestionlayout.h"
#include "views/units.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace qlogscope {

CongestionView::CongestionView(const ViewServices& services, QWidget* parent)
    : View(services, parent)
    , m_emptyLabel(new QLabel(this))
    , m_pages(new QStackedWidget(this))
    , m_chart(new CongestionChart(services.context, this))
{
    m_emptyLabel->setObjectName(QStringLiteral("emptyText"));
    m_emptyLabel->setAlignment(Qt::AlignCenter);
    m_emptyLabel->setWordWrap(true);
    m_pages->addWidget(m_chart);
    m_pages->addWidget(m_emptyLabel);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeTools());
    layout->addWidget(m_pages, 1);
    setFocusProxy(m_chart);

    ViewContext* shared = context();
    connect(shared, &ViewContext::traceChanged, this, [this] {
        m_chart->setPerspective(std::nullopt);
        refreshSoon();
    });
    connect(shared, &ViewContext::dataChanged, this, [this] { markDirty(); });
    connect(shared, &ViewContext::visibleRangeChanged, this, [this] {
        if (!context()->isFollowingGrowth())
            refreshSoon();
    });
    connect(shared, &ViewContext::filterModeChanged, this, [this] { refreshSoon(); });
    connect(shared->rowFilter(), &RowFilter::aboutToReset, m_chart, &CongestionChart::resetFilter);
    connect(shared->rowFilter(), &RowFilter::resetDone, m_chart, &CongestionChart::resetFilter);
    connect(shared->rowFilter(), &RowFilter::grown, this, [this] { markDirty(); });
    connect(shared->rowFilter(), &RowFilter::stateChanged, this, [this] { markDirty(); });
    connect(shared, &ViewContext::historyChanged, this, &CongestionView::updateTools);
    connect(m_chart, &CongestionChart::refreshNeeded, this, [this] { refreshSoon(); });
    connect(m_chart, &CongestionChart::derived, this, [this] { markDirty(); });
    connect(shared->workspace(), &Workspace::groupsChanged, this, [this] { markDirty(); }); // a role was set
    updateTools();
}

View* CongestionView::create(const ViewServices& services, QWidget* parent) { return new CongestionView(services, parent); }

QWidget* CongestionView::makeTools()
{
    auto* row = new QWidget(this);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(6, 3, 6, 3);
    layout->setSpacing(2);
    const auto makeButton = [row, layout](const QString& text, const QString& toolTip) {
        auto* button = new QToolButton(row);
        button->setText(text);
        button->setToolTip(toolTip);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        layout->addWidget(button);
        return button;
    };
    m_sentButton = makeButton(tr("Sent"), tr("Bytes that this endpoint sent, with their ACKs and losses"));
    m_receivedButton = makeButton(tr("Received"), tr("Bytes that this endpoint received, with the ACKs it sent for them"));
    auto* perspectives = new QButtonGroup(row);
    for (QToolButton* button : {m_sentButton, m_receivedButton}) {
        button->setCheckable(true);
        perspectives->addButton(button);
    }
    connect(m_sentButton, &QToolButton::clicked, this, [this] { setPerspective(Direction::Sent); });
    connect(m_receivedButton, &QToolButton::clicked, this, [this] { setPerspective(Direction::Received); });

    layout->addStretch(1);
    m_rangeLabel = new QLabel(row);
    m_rangeLabel->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_rangeLabel);
    layout->addSpacing(8);
    m_backButton = makeButton(tr("Back"), tr("Back to the time range before (Alt+Left)"));
    m_forwardButton = makeButton(tr("Forward"), tr("Forward in the history of time ranges (Alt+Right)"));
    m_backButton->setArrowType(Qt::LeftArrow);
    m_forwardButton->setArrowType(Qt::RightArrow);
    m_fitButton = makeButton(tr("Fit"), tr("Show the whole trace (Home, double-click)"));
    connect(m_backButton, &QToolButton::clicked, context(), &ViewContext::back);
    connect(m_forwardButton, &QToolButton::clicked, context(), &ViewContext::forward);
    connect(m_fitButton, &QToolButton::clicked, context(), &ViewContext::fitAll);
    m_exportMenu = makeExportMenu();
    m_exportButton = makeButton(tr("Export"), tr("Save the chart as a picture or a table, or copy it"));
    m_exportButton->setMenu(m_exportMenu);
    m_exportButton->setPopupMode(QToolButton::InstantPopup);
    return row;
}

/// Of the button, and of a right click on the chart.
QMenu* CongestionView::makeExportMenu()
{
    auto* menu = new QMenu(this);
    menu->setToolTipsVisible(true);
    const auto add = [this, menu](const QString& text, const QString& tip, ChartExport what) {
        QAction* action = menu->addAction(text);
        action->setToolTip(tip);
        action->setStatusTip(tip);
        connect(action, &QAction::triggered, this, [this, what] { Q_EMIT exportRequested(what); });
    };
    add(tr("&Save as PNG, SVG, PDF or CSV…"), tr("Save the chart as it is shown, or the table of what is in it"), ChartExport::Save);
    add(tr("&Copy Image"), tr("Copy the chart as it is shown to the clipboard"), ChartExport::CopyImage);
    add(tr("Copy E&xport Command"), tr("Copy the command that makes this picture; it does not know which series are switched off"), ChartExport::CopyCommand);
    m_chart->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_chart, &QWidget::customContextMenuRequested, menu,
            [this, menu](const QPoint& position) { menu->popup(m_chart->mapToGlobal(position)); });
    return menu;
}

CongestionPicture CongestionView::picture() const
{
    CongestionPicture picture;
    picture.trace = context()->trace();
    picture.range = context()->visibleRange();
    picture.size = m_chart->size();
    picture.theme = Palette::forWidget(m_chart).theme;
    picture.perspective = m_chart->direction();
    picture.filter = context()->filter();
    picture.filterMode = context()->filterMode();
    picture.state = m_chart->saveState();
    return picture;
}

bool CongestionView::hasPicture() const { return emptyText().isEmpty(); }

void CongestionView::setPerspective(Direction direction)
{
    m_chart->setPerspective(direction);
    updateTools();
}

void CongestionView::updateTools()
{
    const bool hasTrace = context()->trace().isValid();
    const Direction direction = m_chart->direction();
    m_sentButton->setChecked(direction == Direction::Sent);
    m_receivedButton->setChecked(direction == Direction::Received);
    for (QToolButton* button : {m_sentButton, m_receivedButton, m_fitButton})
        button->setEnabled(hasTrace);
    m_backButton->setEnabled(hasTrace && context()->canGoBack());
    m_forwardButton->setEnabled(hasTrace && context()->canGoForward());
    m_exportButton->setEnabled(hasPicture());
    const TimeRange range = context()->visibleRange();
    m_rangeLabel->setText(hasTrace ? tr("%1  (%2)").arg(timeRangeText(range.beginNs, range.endNs), durationText(range.lengthNs()))
                                   : QString());
    m_rangeLabel->setToolTip(hasTrace ? tr("The visible time, since the first event, and its length") : QString());
}

QString CongestionView::emptyText() const
{
    if (!context()->trace().isValid())
        return tr("Open a qlog file to see its congestion chart.");
    return emptyTextOf(context()->trace().get());
}

void CongestionView::refresh()
{
    updateTools();
    const QString empty = emptyText();
    m_emptyLabel->setText(empty);
    m_pages->setCurrentWidget(empty.isEmpty() ? static_cast<QWidget*>(m_chart) : m_emptyLabel);
    if (empty.isEmpty())
        m_chart->refresh();
}

QByteArray CongestionView::saveState() const { return m_chart->saveState(); }

bool CongestionView::restoreState(const QByteArray& state) { return m_chart->restoreState(state); }

} // namespace qlogscope
