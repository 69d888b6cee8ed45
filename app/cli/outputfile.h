// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QSaveFile>
#include <QString>

#include <string_view>

namespace qlogscope {

/// Where an export goes: standard output ("-"), a device or pipe that is written to, or a file that appears when it is complete:
/// nothing half-written is left behind. What goes wrong is said on standard error, once.
class OutputFile
{
public:
    explicit OutputFile(const QString& path);

    [[nodiscard]] bool open();
    [[nodiscard]] bool write(std::string_view bytes);
    /// After the last write.
    [[nodiscard]] bool commit();
    /// There is nothing to write, for this reason.
    void refuse(const QString& reason) { fail(reason); }
    /// What went wrong, without the path; empty if nothing did.
    [[nodiscard]] QString problem() const { return m_problem; }

private:
    bool fail(const QString& reason);

    QString m_path;
    QString m_problem;
    QFile m_device;
    QSaveFile m_file;
    QIODevice* m_target = nullptr; // none: standard output
};

} // namespace qlogscope
