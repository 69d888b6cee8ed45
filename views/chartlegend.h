// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/palette.h"

#include <QAbstractButton>
#include <QWidget>

#include <cstdint>
#include <vector>

namespace qlogscope {

/// Between the stripes of what is inferred; the stripes have the colour itself.
[[nodiscard]] QColor inferredColour(const QColor& colour, const Palette& palette);

/// One series in a legend: a swatch as the series is painted, its name, and why it is not there. Click or Space toggles it.
class LegendButton : public QAbstractButton
{
    Q_OBJECT
public:
    enum class Swatch : std::uint8_t { Bars, HatchedBars, Line, ThinLine, Dashes, Band, Sign, Triangle };
    struct Entry {
        QString name;
        QString note; ///< "not logged"
        QString toolTip;
        QColor colour;
        Swatch swatch = Swatch::Line;
        int group = 0; ///< a gap stands between groups
        bool canToggle = true; ///< false: there is nothing to show
        bool operator==(const Entry&) const = default;
    };

    explicit LegendButton(QWidget* parent);
    void setEntry(const Entry& entry, const Palette& colours);
    [[nodiscard]] const Entry& entry() const { return m_entry; }
    [[nodiscard]] QSize sizeHint() const override;
    /// As the entry looks when nothing points at it; for exports.
    void paint(QPainter& painter) const;

Q_SIGNALS:
    void isolated();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    [[nodiscard]] QRect swatchRect() const;
    void paintSwatch(QPainter& painter) const;

    Entry m_entry;
    Palette m_colours;
};

/// A small button in the style of the legend: a word in a frame.
class LegendTextButton : public QAbstractButton
{
    Q_OBJECT
public:
    explicit LegendTextButton(QWidget* parent);
    void setColours(const Palette& colours);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Palette m_colours;
};

/// The legend of a chart, beside it or under it, never over it. Every series can be switched off, or all others.
class ChartLegend : public QWidget
{
    Q_OBJECT
public:
    explicit ChartLegend(QWidget* parent = nullptr);

    void setColours(const Palette& colours);
    void setEntries(const std::vector<LegendButton::Entry>& entries);
    [[nodiscard]] std::size_t count() const { return m_buttons.size(); }
    [[nodiscard]] const LegendButton::Entry& entry(std::size_t index) const { return m_buttons[index]->entry(); }
    [[nodiscard]] bool isShown(std::size_t entry) const { return m_shown[entry]; }
    [[nodiscard]] std::vector<bool> shown() const { return m_shown; }
    void setShown(const std::vector<bool>& shown);
    [[nodiscard]] QAbstractButton* button(std::size_t entry) const { return m_buttons[entry]; }

    struct Form {
        Qt::Orientation orientation = Qt::Vertical; ///< one entry a line, or as many as fit
        bool isSingleLine = false; ///< horizontal; what does not fit goes into a menu at its end
        std::vector<bool> listed; ///< false: not in the chart now, left out; empty: all
        bool operator==(const Form&) const = default;
    };
    void setForm(const Form& form);
    [[nodiscard]] const Form& form() const { return m_form; }
    [[nodiscard]] int widthOf(const Form& form) const;
    [[nodiscard]] int heightOf(const Form& form, int width) const { return arrange(form, width, true); }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] int heightForWidth(int width) const override { return heightOf(m_form, width); }
    /// The entries at their places; for exports.
    void paint(QPainter& painter) const;

Q_SIGNALS:
    void shownChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    /// Places the buttons, unless it is only asked for the height that they need.
    int arrange(const Form& form, int width, bool isDryRun) const;
    [[nodiscard]] bool isListed(const Form& form, std::size_t entry) const;
    void arrangeLine();
    void arrangeNow();
    void openMenu();
    void isolate(std::size_t entry);
    void setOneShown(std::size_t entry, bool shown);

    std::vector<LegendButton*> m_buttons;
    std::vector<bool> m_shown;
    std::vector<bool> m_shownBeforeClick;
    LegendTextButton* m_more;
    Form m_form;
    Palette m_colours;
};

} // namespace qlogscope
