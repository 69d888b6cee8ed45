// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/outputfile.h"

#include "app/cli/output.h"

#include <QFileInfo>

namespace qlogscope {

OutputFile::OutputFile(const QString& path)
    : m_path(path)
    , m_device(path)
    , m_file(path)
{
}

bool OutputFile::fail(const QString& reason)
{
    m_problem = reason;
    writeError(m_path.toStdString(), reason.toStdString());
    return false;
}

bool OutputFile::open()
{
    if (m_path == QStringLiteral("-"))
        return true;
    const QFileInfo target(m_path);
    if (target.isDir())
        return fail(QStringLiteral("is a directory"));
    const bool isDevice = target.exists() && !target.isFile(); // never replaced
    if (isDevice)
        m_target = &m_device;
    else
        m_target = &m_file;
    const bool isOpen = isDevice ? m_device.open(QIODevice::WriteOnly | QIODevice::Unbuffered) : m_file.open(QIODevice::WriteOnly);
    return isOpen || fail(QStringLiteral("cannot be written: ") + m_target->errorString());
}

bool OutputFile::write(std::string_view bytes)
{
    if (m_target == nullptr)
        return writeOut(bytes);
    const auto size = static_cast<qint64>(bytes.size());
    return m_target->write(bytes.data(), size) == size || fail(QStringLiteral("cannot be written: ") + m_target->errorString());
}

bool OutputFile::commit()
{
    if (m_target != &m_file)
        return true;
    return m_file.commit() || fail(QStringLiteral("cannot be written: ") + m_file.errorString());
}

} // namespace qlogscope
