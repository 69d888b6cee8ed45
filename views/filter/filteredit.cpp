// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/filter/filteredit.h"

#include "views/texts.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QCoreApplication>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QStringListModel>
#include <QTextCharFormat>

#include <algorithm>

namespace qlogscope {

namespace {
constexpr int settleMs = 150;
constexpr qsizetype mostOffered = 200;
} // namespace

FilterEdit::FilterEdit(ViewContext* context, QWidget* parent)
    : QLineEdit(parent)
    , m_context(context)
    , m_completer(new QCompleter(this))
    , m_candidates(new QStringListModel(this))
{
    setClearButtonEnabled(true);
    m_completer->setModel(m_candidates);
    m_completer->setCompletionMode(QCompleter::PopupCompletion); // of an empty prefix: all are offered, none is chosen
    m_completer->setWidget(this); // not setCompleter(): it would replace the whole text
    m_completer->setMaxVisibleItems(12);
    connect(m_completer, QOverload<const QString&>::of(&QCompleter::activated), this, &FilterEdit::complete);
    m_settle.setSingleShot(true);
    connect(&m_settle, &QTimer::timeout, this, &FilterEdit::textSettled);
    connect(this, &QLineEdit::textChanged, this, [this] { m_settle.start(settleMs); });
    connect(this, &QLineEdit::textEdited, this, [this] {
        m_historyPosition = -1;
        showCompletions();
    });
}

void FilterEdit::remember()
{
    const QString entry = text().trimmed();
    m_historyPosition = -1;
    if (entry.isEmpty() || (!m_history.isEmpty() && m_history.front() == entry))
        return;
    m_history.removeAll(entry);
    m_history.prepend(entry);
    m_history = m_history.mid(0, mostRemembered);
    Q_EMIT historyChanged(m_history);
}

/// By the formats of an input method: the only way to format a part of a QLineEdit.
void FilterEdit::markError(const std::optional<FilterError>& error)
{
    QList<QInputMethodEvent::Attribute> attributes;
    if (error) {
        const QByteArray utf8 = text().toUtf8();
        const auto begin = QString::fromUtf8(utf8.left(static_cast<qsizetype>(error->position))).size();
        const auto end = QString::fromUtf8(utf8.left(static_cast<qsizetype>(error->position + error->length))).size();
        QTextCharFormat format;
        format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        format.setUnderlineColor(QColor(0xd5, 0x2b, 0x1e));
        format.setBackground(QColor(0xd5, 0x2b, 0x1e, 60));
        attributes.append({QInputMethodEvent::TextFormat, static_cast<int>(begin) - cursorPosition(),
                           static_cast<int>(std::max<qsizetype>(end - begin, 1)), format});
    }
    QInputMethodEvent event(QString(), attributes);
    QCoreApplication::sendEvent(this, &event);
}

// Keys

void FilterEdit::keyPressEvent(QKeyEvent* event)
{
    const bool isChoosing = m_completer->popup()->isVisible() && m_completer->popup()->currentIndex().isValid();
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (isChoosing) {
            event->ignore(); // the completer's
            return;
        }
        m_completer->popup()->hide();
        m_settle.stop();
        Q_EMIT textSettled();
        Q_EMIT entered();
        return;
    case Qt::Key_Escape:
        if (m_completer->popup()->isVisible())
            m_completer->popup()->hide();
        else
            Q_EMIT left();
        return;
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (!m_completer->popup()->isVisible()) {
            stepThroughHistory(event->key() == Qt::Key_Up ? 1 : -1);
            return;
        }
        break;
    case Qt::Key_Space:
        if (event->modifiers() == Qt::ControlModifier) {
            showCompletions();
            return;
        }
        break;
    default:
        break;
    }
    QLineEdit::keyPressEvent(event);
}

void FilterEdit::focusOutEvent(QFocusEvent* event)
{
    if (event->reason() != Qt::PopupFocusReason && event->reason() != Qt::ActiveWindowFocusReason)
        m_completer->popup()->hide();
    QLineEdit::focusOutEvent(event);
}

void FilterEdit::stepThroughHistory(int step)
{
    const qsizetype position = std::clamp<qsizetype>(m_historyPosition + step, -1, m_history.size() - 1);
    if (position == m_historyPosition)
        return;
    if (m_historyPosition < 0)
        m_draft = text();
    m_historyPosition = position;
    setText(position < 0 ? m_draft : m_history[position]);
}

// Completion

/// Where the term that ends at the cursor begins.
int FilterEdit::termBegin() const
{
    const QString before = text().left(cursorPosition());
    return static_cast<int>(before.lastIndexOf(QLatin1Char(' '))) + 1;
}

/// As logged and canonical, of all open documents, each once, and their categories.
QStringList FilterEdit::eventNames() const
{
    QStringList names;
    for (const auto& document : m_context->workspace()->documents()) {
        for (std::size_t i = 0; i < document->names().size(); ++i) {
            const NameTable::Entry& entry = document->names()[NameId(i)];
            for (const std::string* name : {&entry.loggedLower, &entry.canonical}) {
                const QString text = toText(*name);
                if (text.contains(QLatin1Char(':')) && !text.contains(QLatin1Char(' ')))
                    names << text << text.section(QLatin1Char(':'), 0, -2) + QLatin1String(":*");
            }
        }
    }
    names.sort();
    names.removeDuplicates();
    return names;
}

QStringList FilterEdit::completions() const
{
    const QString before = text().left(cursorPosition());
    if (before.count(QLatin1Char('"')) % 2 != 0)
        return {}; // inside a text
    QString term = before.mid(termBegin());
    QString prefix;
    if (!term.isEmpty() && QStringLiteral("!+-").contains(term.front())) {
        prefix = term.left(1);
        term.remove(0, 1);
    }
    QStringList offered;
    const auto offer = [&](const QString& head, const QString& begun, const QString& whole) {
        if (whole.startsWith(begun, Qt::CaseInsensitive) && whole.compare(begun, Qt::CaseInsensitive) != 0
            && offered.size() < mostOffered)
            offered << prefix + head + whole;
    };
    const qsizetype equals = term.indexOf(QLatin1Char('='));
    if (equals > 0) { // a word of a key, after the last comma
        const QString name = term.left(term[equals - 1] == QLatin1Char('!') ? equals - 1 : equals).toLower();
        const qsizetype begin = std::max(equals, term.lastIndexOf(QLatin1Char(','))) + 1;
        for (const FilterKeyInfo& info : filterKeys()) {
            if (toText(info.name) != name)
                continue;
            for (const std::string_view word : filterWords(info.key))
                offer(term.left(begin), term.mid(begin), toText(word));
            if (info.key != FilterKey::Trigger)
                continue;
            for (const auto& document : m_context->workspace()->documents()) {
                for (const std::string& trigger : document->triggers())
                    offer(term.left(begin), term.mid(begin), toText(trigger));
            }
        }
        offered.removeDuplicates();
        return offered;
    }
    if (prefix.isEmpty() || prefix == QLatin1String("!")) {
        for (const FilterKeyInfo& info : filterKeys())
            offer(QString(), term, toText(info.name) + QLatin1Char('='));
    }
    if (prefix != QLatin1String("!")) {
        for (const QString& name : eventNames()) {
            offer(QString(), term, name);
            // "packet_s" is a beginning too, of the name without its category
            if (!term.isEmpty() && !name.startsWith(term, Qt::CaseInsensitive)
                && name.section(QLatin1Char(':'), -1).startsWith(term, Qt::CaseInsensitive) && offered.size() < mostOffered)
                offered << prefix + name;
        }
    }
    return offered;
}

void FilterEdit::showCompletions()
{
    const QStringList offered = completions();
    m_candidates->setStringList(offered);
    if (offered.isEmpty() || !hasFocus()) {
        m_completer->popup()->hide();
        return;
    }
    QRect place = cursorRect();
    place.setLeft(std::max(0, place.left() - fontMetrics().horizontalAdvance(text().mid(termBegin(), cursorPosition() - termBegin()))));
    const int widest = m_completer->popup()->sizeHintForColumn(0);
    place.setWidth(widest + fontMetrics().averageCharWidth() * 6);
    place.setBottom(rect().bottom());
    m_completer->complete(place);
}

void FilterEdit::complete(const QString& completion)
{
    const int begin = termBegin();
    QString changed = text();
    changed.replace(begin, cursorPosition() - begin, completion);
    const int cursor = begin + static_cast<int>(completion.size());
    setText(changed);
    setCursorPosition(cursor);
    if (completion.endsWith(QLatin1Char('='))) // the words of the key come next
        QMetaObject::invokeMethod(this, &FilterEdit::showCompletions, Qt::QueuedConnection);
}

} // namespace qlogscope
