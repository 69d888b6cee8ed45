// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/export/viewexport.h"

#include <QObject>

#include <functional>

namespace qlogscope {

class CongestionView;
class SequenceView;
class Settings;
enum class ChartExport : std::uint8_t;

/// Answers what a user wants of the chart in front: a file, by a dialog; its image or the command that makes it on the clipboard. UI thread.
class ChartExporter : public QObject
{
    Q_OBJECT
public:
    /// All must outlive this. @param filterText of the filter in force
    ChartExporter(CongestionView* congestion, SequenceView* sequence, std::function<QString()> filterText, Settings& settings, QWidget* window);

    /// Asks where to, and in which format by the suffix.
    void chooseFile();
    void copyImage();
    void copyCommand();
    /// The format follows from the suffix.
    void save(const QString& path);

Q_SIGNALS:
    void done(const QString& sentence);
    void failed(const QString& path, const QString& sentence);

private:
    void answer(ChartExport what);
    [[nodiscard]] ViewExport request(ExportFormat format) const;
    [[nodiscard]] QString suggestedName() const;

    [[nodiscard]] bool isSequence() const;
    [[nodiscard]] bool hasPicture() const;

    CongestionView* m_congestion;
    SequenceView* m_sequence;
    std::function<QString()> m_filterText;
    Settings& m_settings;
    QWidget* m_window;
};

} // namespace qlogscope
