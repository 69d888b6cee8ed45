// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/filter/findbar.h"

#include "views/texts.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace qlogscope {

FindBar::FindBar(ViewContext* context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_matches(new RowFilter(this))
    , m_edit(new FilterEdit(context))
    , m_status(new QLabel)
{
    m_edit->setPlaceholderText(tr("text, or a filter such as pn=17"));
    m_edit->setToolTip(tr("What is no filter is searched as a text in the records. Return, F3: next; Shift+F3: previous; Esc: close"));
    m_edit->setAccessibleName(tr("Find"));
    auto* label = new QLabel(tr("Find"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(4, 1, 2, 1);
    layout->setSpacing(6);
    layout->addWidget(label);
    layout->addWidget(m_edit, 1);
    layout->addWidget(m_status);
    const auto addButton = [&](const QString& text, Qt::ArrowType arrow, const QString& toolTip) {
        auto* button = new QToolButton;
        button->setText(text);
        button->setArrowType(arrow);
        button->setToolTip(toolTip);
        button->setAccessibleName(toolTip);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        layout->addWidget(button);
        return button;
    };
    connect(addButton({}, Qt::UpArrow, tr("Previous match (Shift+F3)")), &QToolButton::clicked, this, [this] { step(false); });
    connect(addButton({}, Qt::DownArrow, tr("Next match (F3)")), &QToolButton::clicked, this, [this] { step(true); });
    connect(addButton(QString(QChar(0x00d7)), Qt::NoArrow, tr("Close (Esc)")), &QToolButton::clicked, m_edit, &FilterEdit::left);

    connect(m_edit, &FilterEdit::textSettled, this, &FindBar::apply);
    connect(m_edit, &FilterEdit::entered, this, [this] {
        m_edit->remember();
        step(true);
    });
    connect(m_edit, &FilterEdit::left, this, [this] {
        m_pending.reset();
        hide();
        m_matches->setFilter({}); // a text is not searched for nobody
        Q_EMIT left();
    });
    connect(m_matches, &RowFilter::resetDone, this, [this] { showStatus(); });
    connect(m_matches, &RowFilter::grown, this, &FindBar::onFound);
    connect(m_matches, &RowFilter::stateChanged, this, &FindBar::onFound);
    connect(context, &ViewContext::selectionChanged, this, [this] { showStatus(); });
    // at once: the document that is left may be about to go
    const auto follow = [this] {
        const TraceRef trace = m_context->trace();
        m_matches->setDocument(trace.document);
        if (trace.isValid() && !trace.get().timeRange().isEmpty())
            m_matches->setZero(trace.trace, m_context->zeroNs());
    };
    connect(context, &ViewContext::traceChanged, this, follow);
    follow();
    hide();
}

void FindBar::open()
{
    show();
    apply();
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

void FindBar::apply()
{
    const std::string text = m_edit->text().toStdString();
    const ParsedFilter parsed = parseFilter(text);
    m_isText = parsed.error.has_value();
    Filter filter = parsed.filter;
    if (m_isText)
        filter.texts.push_back({text, false});
    m_matches->setFilter(isVisible() ? filter : Filter());
    showStatus();
}

void FindBar::step(bool forward)
{
    if (!isVisible() || m_edit->text().trimmed().isEmpty()) {
        const bool isFirst = m_edit->text().trimmed().isEmpty();
        open();
        if (isFirst)
            return;
    }
    apply();
    if (m_matches->isBusy())
        m_pending = forward;
    else
        go(forward);
}

void FindBar::onFound()
{
    if (m_pending && !m_matches->isBusy())
        go(*std::exchange(m_pending, std::nullopt));
    else
        showStatus();
}

void FindBar::go(bool forward)
{
    const Column<RowId>& rows = m_matches->rows();
    if (rows.empty()) {
        showStatus();
        return;
    }
    const RowId selected = m_context->selectedRow();
    std::size_t index = selected.isValid() ? m_matches->lowerBound(selected) : 0;
    QString wrapped;
    if (forward) {
        if (index < rows.size() && rows[index] == selected)
            ++index;
        if (index == rows.size()) {
            index = 0;
            wrapped = tr("from the start");
        }
    } else {
        if (index == 0 || !selected.isValid()) {
            index = rows.size();
            wrapped = selected.isValid() ? tr("from the end") : QString();
        }
        --index;
    }
    m_context->reveal(rows[index]);
    showStatus(wrapped);
}

QString FindBar::statusText() const { return m_status->text(); }

void FindBar::showStatus(const QString& wrapped)
{
    const Column<RowId>& rows = m_matches->rows();
    QString text;
    if (!m_matches->isActive()) {
        text.clear();
    } else if (!m_matches->problem().isEmpty()) {
        text = m_matches->problem();
    } else if (m_matches->isBusy()) {
        text = tr("searching…");
    } else if (rows.empty()) {
        text = m_isText ? tr("no record contains this text") : tr("no match");
    } else {
        const RowId selected = m_context->selectedRow();
        const std::size_t index = selected.isValid() ? m_matches->lowerBound(selected) : rows.size();
        if (index < rows.size() && rows[index] == selected)
            text = tr("%1 of %2").arg(countText(index + 1), countText(rows.size()));
        else
            text = rows.size() == 1 ? tr("1 match") : tr("%1 matches").arg(countText(rows.size()));
        if (!wrapped.isEmpty())
            text += QLatin1String(", ") + wrapped;
    }
    m_status->setText(text);
}

} // namespace qlogscope
