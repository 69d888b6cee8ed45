// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/details/rawbytes.h"

#include "views/texts.h"

#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace qlogscope {

QString hexDump(std::string_view bytes, std::uint64_t offset, std::size_t bytesPerLine)
{
    static constexpr char digits[] = "0123456789abcdef";
    const qsizetype offsetWidth = QString::number(offset + bytes.size()).size();
    QString out;
    for (std::size_t line = 0; line < bytes.size(); line += bytesPerLine) {
        const std::string_view part = bytes.substr(line, bytesPerLine);
        out += QString::number(offset + line).rightJustified(offsetWidth) + QLatin1String("  ");
        for (std::size_t i = 0; i < bytesPerLine; ++i) {
            if (i < part.size()) {
                const auto byte = static_cast<unsigned char>(part[i]);
                out += QLatin1Char(digits[byte >> 4]);
                out += QLatin1Char(digits[byte & 15]);
            } else {
                out += QLatin1String("  ");
            }
            out += QLatin1Char(' ');
        }
        out += QLatin1Char(' ');
        for (const char byte : part)
            out += QLatin1Char(byte >= 0x20 && byte < 0x7f ? byte : '.');
        out += QLatin1Char('\n');
    }
    out.chop(1);
    return out;
}

RawBytes::RawBytes(QWidget* parent)
    : QWidget(parent)
    , m_note(new QLabel)
    , m_previous(new QToolButton)
    , m_next(new QToolButton)
    , m_text(new QPlainTextEdit)
{
    m_note->setWordWrap(true);
    m_note->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_previous->setArrowType(Qt::LeftArrow);
    m_previous->setToolTip(tr("64 KiB back"));
    m_next->setArrowType(Qt::RightArrow);
    m_next->setToolTip(tr("64 KiB on"));
    m_text->setReadOnly(true);
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));

    auto* top = new QHBoxLayout;
    top->setContentsMargins(4, 2, 4, 2);
    top->addWidget(m_note, 1);
    top->addWidget(m_previous);
    top->addWidget(m_next);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addWidget(m_text);
    connect(m_previous, &QToolButton::clicked, this, [this] { showPage(m_page - 1); });
    connect(m_next, &QToolButton::clicked, this, [this] { showPage(m_page + 1); });
}

void RawBytes::setBytes(std::string bytes, std::uint64_t offset, const QString& note)
{
    m_bytes = std::move(bytes);
    m_offset = offset;
    m_noteText = note;
    showPage(0);
}

std::size_t RawBytes::bytesPerLine() const
{
    const int column = m_text->fontMetrics().horizontalAdvance(QLatin1Char('0'));
    const int columns = m_text->viewport()->width() / std::max(column, 1) - 1;
    const auto offsetWidth = static_cast<int>(QString::number(m_offset + m_bytes.size()).size());
    for (const int count : {16, 8}) {
        if (offsetWidth + 3 + count * 4 <= columns)
            return static_cast<std::size_t>(count);
    }
    return 4;
}

void RawBytes::showPage(std::size_t page)
{
    m_page = page;
    m_shownPerLine = bytesPerLine();
    const std::size_t begin = std::min(page * pageBytes, m_bytes.size());
    const std::string_view part = std::string_view(m_bytes).substr(begin, pageBytes);
    m_text->setPlainText(hexDump(part, m_offset + begin, m_shownPerLine));
    QString note = m_noteText;
    if (pageCount() > 1) {
        note += tr(" Bytes %1 to %2 are shown.")
                    .arg(countText(m_offset + begin), countText(m_offset + begin + part.size() - 1));
    }
    m_note->setText(note);
    m_previous->setVisible(pageCount() > 1);
    m_next->setVisible(pageCount() > 1);
    m_previous->setEnabled(page > 0);
    m_next->setEnabled(page + 1 < pageCount());
}

void RawBytes::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (bytesPerLine() != m_shownPerLine)
        showPage(m_page);
}

} // namespace qlogscope
