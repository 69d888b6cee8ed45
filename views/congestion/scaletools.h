// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/congestion/chartbars.h"

#include <QWidget>

class QComboBox;

namespace qlogscope {

/// What the bars of the congestion chart count, and of which stream and path: choices in a row. UI thread.
class ScaleTools : public QWidget
{
    Q_OBJECT
public:
    explicit ScaleTools(QWidget* parent = nullptr);

    /// Lists the streams and paths of a trace; null: there is none. Cheap while they are the same. @param direction whose data is shown
    void setTrace(const Trace* trace, Direction direction);
    /// Without its direction.
    [[nodiscard]] BarChoice choice() const;
    void setScale(BarScale scale);

Q_SIGNALS:
    void choiceChanged();

private:
    void listStreams(const Trace& trace, Direction direction);
    void listPaths(const Trace& trace, bool isNew);
    void onStreamTyped();
    void showParts();

    QComboBox* m_scale;
    QComboBox* m_stream;
    QComboBox* m_path;
    const Trace* m_trace = nullptr;
    Direction m_direction = Direction::Sent;
    std::size_t m_streamsListed = 0;
    std::optional<std::uint64_t> m_chosenStream;
};

} // namespace qlogscope
