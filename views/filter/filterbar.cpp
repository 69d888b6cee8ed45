// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/filter/filterbar.h"

#include "views/severitylook.h"
#include "views/texts.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

namespace qlogscope {

namespace {
constexpr int errorDelayMs = 600; // while the user writes on
constexpr int progressDelayMs = 200;
constexpr int progressMs = 100;
constexpr int countMs = 100;
constexpr int narrowBarWidth = 700;
} // namespace

FilterBar::FilterBar(ViewContext* context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_label(new QLabel(tr("Fi&lter")))
    , m_edit(new FilterEdit(context))
    , m_count(new QLabel)
    , m_progress(new QProgressBar)
    , m_error(new QLabel)
{
    m_label->setBuddy(m_edit);
    m_edit->setPlaceholderText(tr("all events; for example: -recovery:* pn=100..200 frame=ack \"text\""));
    m_edit->setToolTip(tr("Selects events in all views (Ctrl+F). Terms, all of which must hold:\n"
                          "  category:name, -category:name, *    types of events, in order\n"
                          "  pn=100..200  frame=ack  size>1.2k  time=1.5s..2s    comparisons\n"
                          "  \"text\"    in the raw record\n"
                          "  !    before a comparison or a text: not\n"
                          "Up and Down: earlier filters. Ctrl+Space: what can stand here."));
    m_edit->setAccessibleName(tr("Filter"));
    m_count->setToolTip(tr("Records of this file that the filter selects"));
    m_progress->setRange(0, 1000);
    m_progress->setTextVisible(false);
    m_progress->setFixedWidth(fontMetrics().averageCharWidth() * 12);
    m_progress->setToolTip(tr("How much of the file is searched for the text"));
    m_error->setWordWrap(true);
    m_error->setTextFormat(Qt::RichText);
    m_error->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_error->hide();

    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(4, 1, 2, 1);
    layout->setHorizontalSpacing(6);
    layout->setVerticalSpacing(1);
    m_cancel = makeButton(tr("Stop"), tr("Stop the search; what was found stays"));
    m_hide = makeButton(QString(), QString());
    m_hide->setCheckable(true);
    QToolButton* help = makeButton(QStringLiteral("?"), tr("What a filter can say"));
    int column = 0;
    for (QWidget* widget : {static_cast<QWidget*>(m_label), static_cast<QWidget*>(m_edit), static_cast<QWidget*>(m_count),
                            static_cast<QWidget*>(m_progress), static_cast<QWidget*>(m_cancel), static_cast<QWidget*>(m_hide),
                            static_cast<QWidget*>(help)})
        layout->addWidget(widget, 0, column++);
    layout->setColumnStretch(1, 1);
    layout->addWidget(m_error, 1, 1, 1, column - 1);

    connect(m_edit, &FilterEdit::textSettled, this, &FilterBar::apply);
    connect(m_edit, &FilterEdit::entered, this, [this] {
        const ParsedFilter parsed = parseFilter(m_edit->text().toStdString());
        if (parsed.error)
            showError(toText(parsed.error->sentence));
        else
            m_edit->remember();
    });
    connect(m_edit, &FilterEdit::left, this, [this] {
        if (parseFilter(m_edit->text().toStdString()).error)
            m_edit->setText(m_lastGood);
        apply();
        Q_EMIT left();
    });
    connect(m_hide, &QToolButton::toggled, this,
            [this](bool isHiding) { m_context->setFilterMode(isHiding ? FilterMode::Hide : FilterMode::Dim); });
    connect(m_cancel, &QToolButton::clicked, context->rowFilter(), &RowFilter::cancelSearch);
    connect(help, &QToolButton::clicked, this, &FilterBar::helpRequested);
    connect(context, &ViewContext::filterModeChanged, this, &FilterBar::updateMode);
    connect(context, &ViewContext::dataChanged, this, [this] { m_countTimer.isActive() ? void() : m_countTimer.start(countMs); });
    RowFilter* rows = context->rowFilter();
    connect(rows, &RowFilter::resetDone, this, [this] { m_countTimer.start(0); });
    connect(rows, &RowFilter::grown, this, [this] { m_countTimer.isActive() ? void() : m_countTimer.start(countMs); });
    connect(rows, &RowFilter::stateChanged, this, [this] {
        updateProgress();
        m_countTimer.start(0);
    });
    for (QTimer* timer : {&m_errorDelay, &m_countTimer})
        timer->setSingleShot(true);
    connect(&m_countTimer, &QTimer::timeout, this, &FilterBar::updateCount);
    connect(&m_progressTimer, &QTimer::timeout, this, [this] {
        m_progressTimer.setInterval(progressMs);
        m_progress->setValue(static_cast<int>(m_context->rowFilter()->progress() * 1000));
        m_progress->show();
        m_cancel->show();
    });
    updateMode();
    updateProgress();
    updateCount();
}

QToolButton* FilterBar::makeButton(const QString& text, const QString& toolTip)
{
    auto* button = new QToolButton;
    button->setText(text);
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

void FilterBar::focusEdit()
{
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

void FilterBar::clear()
{
    m_edit->clear();
    apply();
}

/// What parses is in force at once; what does not says so after a while, unless Return asks.
void FilterBar::apply()
{
    const ParsedFilter parsed = parseFilter(m_edit->text().toStdString());
    m_edit->markError(parsed.error);
    m_errorDelay.stop();
    m_errorDelay.disconnect(this);
    if (parsed.error) {
        const QString sentence = toText(parsed.error->sentence);
        connect(&m_errorDelay, &QTimer::timeout, this, [this, sentence] { showError(sentence); });
        m_errorDelay.start(m_error->isHidden() ? errorDelayMs : 0);
        return;
    }
    showError(QString());
    m_lastGood = m_edit->text();
    m_context->setFilter(parsed.filter);
    updateCount();
}

void FilterBar::showError(const QString& sentence)
{
    m_errorDelay.stop();
    const QString good = m_lastGood.trimmed();
    m_errorText = sentence;
    if (!sentence.isEmpty())
        m_errorText += QLatin1Char(' ') + (good.isEmpty() ? tr("All events are shown.") : tr("In force: %1").arg(good));
    updateError();
    if (m_error->isHidden() == sentence.isEmpty())
        return;
    m_error->setVisible(!sentence.isEmpty());
    updateGeometry();
}

void FilterBar::updateError()
{
    const QString colour = severityColor(Severity::Error).name();
    m_error->setText(QStringLiteral("<font color='%1'>%2</font>").arg(colour, m_errorText.toHtmlEscaped()));
}

QString FilterBar::errorText() const { return m_errorText; }
QString FilterBar::countText() const { return m_count->text(); }

void FilterBar::updateCount()
{
    const RowFilter& rows = *m_context->rowFilter();
    QString text;
    if (rows.isActive()) {
        const QString matches = qlogscope::countText(rows.rows().size());
        const QString all = qlogscope::countText(rows.document()->events().size());
        text = width() < narrowBarWidth ? tr("%1 / %2").arg(matches, all) : tr("%1 of %2 events").arg(matches, all);
        if (!rows.problem().isEmpty())
            text += QLatin1String(" \u26a0");
        else if (rows.isBusy())
            text += QStringLiteral("…");
    }
    m_count->setText(text);
    m_count->setVisible(!text.isEmpty());
    m_count->setToolTip(rows.problem().isEmpty() ? tr("Records of this file that the filter selects") : rows.problem());
}

void FilterBar::updateMode()
{
    const bool isHiding = m_context->filterMode() == FilterMode::Hide;
    m_hide->setChecked(isHiding);
    m_hide->setText(isHiding ? tr("Hidden") : tr("Dimmed"));
    m_hide->setToolTip(isHiding ? tr("What the filter does not select is hidden; click to dim it")
                                : tr("What the filter does not select is dimmed; click to hide it"));
}

void FilterBar::updateProgress()
{
    if (m_context->rowFilter()->isSearching()) {
        if (!m_progressTimer.isActive())
            m_progressTimer.start(progressDelayMs);
        return;
    }
    m_progressTimer.stop();
    m_progress->hide();
    m_cancel->hide();
}

void FilterBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_label->setVisible(width() >= narrowBarWidth);
    updateCount();
}

void FilterBar::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        updateError();
}

} // namespace qlogscope
