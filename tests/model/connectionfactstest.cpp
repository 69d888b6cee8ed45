// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/connectionfacts.h"

#include <QTest>

using namespace qlogscope;

/// Transport parameters by name and side, and the lists of facts.
class ConnectionFactsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesOfParameters();
    void lastValueCounts();
    void defaultsNeedParameters();
    void ackDelaysByDirection();
    void ackDelaysOfAnySize();
};

void ConnectionFactsTest::namesOfParameters()
{
    for (int i = 0; i < transportParameterCount; ++i) {
        const auto parameter = static_cast<TransportParameter>(i);
        QVERIFY(transportParameterOf(text(parameter)) == parameter);
    }
    QVERIFY(transportParameterOf("idle_timeout") == TransportParameter::MaxIdleTimeout);
    QVERIFY(transportParameterOf("max_packet_size") == TransportParameter::MaxUdpPayloadSize);
    QVERIFY(transportParameterOf("disable_migration") == TransportParameter::DisableActiveMigration);
    QVERIFY(!transportParameterOf("initial_source_connection_id"));
    QVERIFY(!transportParameterOf(""));
    QCOMPARE(defaultOf(TransportParameter::MaxAckDelay).value_or(0), std::uint64_t{25});
    QVERIFY(!defaultOf(TransportParameter::MaxIdleTimeout));
}

void ConnectionFactsTest::lastValueCounts()
{
    const EventStore store;
    ConnectionFacts facts(&store);
    facts.append(ParameterFact{9, RowId(0U), TransportParameter::InitialMaxData, ParameterOwner::Remote, true});
    QVERIFY(!facts.parameter(ParameterOwner::Remote, TransportParameter::InitialMaxData)); // remembered is not set
    QVERIFY(!facts.hasParametersOf(ParameterOwner::Remote));
    facts.append(ParameterFact{1, RowId(1U), TransportParameter::InitialMaxData, ParameterOwner::Remote, false});
    facts.append(ParameterFact{2, RowId(2U), TransportParameter::InitialMaxData, ParameterOwner::Remote, false});
    facts.append(ParameterFact{3, RowId(3U), TransportParameter::InitialMaxData, ParameterOwner::Local, false});
    QCOMPARE(facts.parameter(ParameterOwner::Remote, TransportParameter::InitialMaxData).value_or(0), std::uint64_t{2});
    QCOMPARE(facts.parameter(ParameterOwner::Local, TransportParameter::InitialMaxData).value_or(0), std::uint64_t{3});
    QCOMPARE(facts.parameters().size(), std::size_t{4});
}

void ConnectionFactsTest::defaultsNeedParameters()
{
    const EventStore store;
    ConnectionFacts facts(&store);
    QVERIFY(!facts.parameterOrDefault(ParameterOwner::Local, TransportParameter::MaxAckDelay));
    facts.append(ParameterFact{3, RowId(0U), TransportParameter::InitialMaxData, ParameterOwner::Local, false});
    QCOMPARE(facts.parameterOrDefault(ParameterOwner::Local, TransportParameter::MaxAckDelay).value_or(0), std::uint64_t{25});
    QVERIFY(!facts.parameterOrDefault(ParameterOwner::Remote, TransportParameter::MaxAckDelay));
    QVERIFY(!facts.parameterOrDefault(ParameterOwner::Local, TransportParameter::MaxIdleTimeout)); // none means no limit
}

void ConnectionFactsTest::ackDelaysByDirection()
{
    const EventStore store;
    ConnectionFacts facts(&store);
    facts.append(AckDelayFact{RowId(4U), 10, Direction::Sent});
    facts.append(AckDelayFact{RowId(5U), 20, Direction::Received});
    facts.append(AckDelayFact{RowId(6U), 30, Direction::Received});
    QCOMPARE(facts.ackDelays(Direction::Sent).size(), std::size_t{1});
    QCOMPARE(facts.ackDelays(Direction::Received).size(), std::size_t{2});
    QCOMPARE(facts.ackDelays(Direction::Received)[1].row.value, 6U);
    QCOMPARE(facts.ackDelays(Direction::Received)[1].delayUs, 30U);
    QVERIFY(facts.memoryBytes() > 0);
}

void ConnectionFactsTest::ackDelaysOfAnySize()
{
    AckDelays delays;
    std::vector<AckDelays::Item> expected;
    std::uint32_t row = 0;
    for (std::uint32_t i = 0; i < 3'000; ++i) {
        row += i % 7 == 0 ? 70'000 : i % 3; // far apart, near, and the same row again
        const std::uint32_t delayUs = i % 5 == 0 ? UINT32_MAX - i : i % 11 == 0 ? 65'534 + i % 3 : i;
        delays.append(RowId(row), delayUs);
        expected.push_back({RowId(row), delayUs});
    }
    QCOMPARE(delays.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        QCOMPARE(delays[i].row.value, expected[i].row.value);
        QCOMPARE(delays[i].delayUs, expected[i].delayUs);
    }
}

QTEST_GUILESS_MAIN(ConnectionFactsTest)
#include "connectionfactstest.moc"
