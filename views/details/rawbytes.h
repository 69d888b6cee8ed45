// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <cstdint>
#include <string>
#include <string_view>

class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace qlogscope {

/// Lines of "offset  hex bytes  ASCII"; the offset is that of the file, in decimal, as everywhere in the program.
[[nodiscard]] QString hexDump(std::string_view bytes, std::uint64_t offset, std::size_t bytesPerLine);

/// The bytes of one record as hex and ASCII, 64 KiB at a time.
class RawBytes : public QWidget
{
    Q_OBJECT
public:
    static constexpr std::size_t pageBytes = 64 * 1024;

    explicit RawBytes(QWidget* parent = nullptr);
    /// @param offset of the first byte in the file
    void setBytes(std::string bytes, std::uint64_t offset, const QString& note);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void showPage(std::size_t page);
    [[nodiscard]] std::size_t bytesPerLine() const;
    [[nodiscard]] std::size_t pageCount() const { return (m_bytes.size() + pageBytes - 1) / pageBytes; }

    QLabel* m_note;
    QToolButton* m_previous;
    QToolButton* m_next;
    QPlainTextEdit* m_text;
    std::string m_bytes;
    std::uint64_t m_offset = 0;
    QString m_noteText;
    std::size_t m_page = 0;
    std::size_t m_shownPerLine = 0;
};

} // namespace qlogscope
