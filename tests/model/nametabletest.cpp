// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/nametable.h"

#include <QTest>

using namespace qlogscope;

/// Event names keep their spelling and know their meaning.
class NameTableTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void idsFollowTheOrderOfAppearance();
    void entriesKnowSpellingAndMeaning();
    void entriesKeepTheirAddress();
};

void NameTableTest::idsFollowTheOrderOfAppearance()
{
    NameTable names;
    QCOMPARE(names.append("transport:packet_sent"), NameId(0U));
    QCOMPARE(names.append("TRANSPORT:PACKET_SENT"), NameId(1U)); // another spelling is another name
    QCOMPARE(names.append(""), NameId(2U));
    QCOMPARE(names.size(), std::size_t{3});
}

void NameTableTest::entriesKnowSpellingAndMeaning()
{
    NameTable names;
    const NameTable::Entry& known = names[names.append("CONNECTIVITY:NEW CONNECTION")];
    QCOMPARE(known.logged, std::string("CONNECTIVITY:NEW CONNECTION"));
    QCOMPARE(known.loggedLower, std::string("connectivity:new connection"));
    QCOMPARE(known.canonical, std::string("quic:connection_started"));
    QCOMPARE(known.kind, EventKind::ConnectionStarted);

    const NameTable::Entry& unknown = names[names.append("MyApp:Something New")];
    QCOMPARE(unknown.canonical, std::string("myapp:something new"));
    QCOMPARE(unknown.kind, EventKind::Other);
}

void NameTableTest::entriesKeepTheirAddress()
{
    NameTable names;
    const NameTable::Entry* first = &names[names.append("quic:packet_sent")];
    for (int i = 0; i < 10'000; ++i)
        names.append("app:event_" + std::to_string(i));
    QCOMPARE(&names[NameId(0U)], first);
    QCOMPARE(names[NameId(10'000U)].logged, std::string("app:event_9999"));
}

QTEST_GUILESS_MAIN(NameTableTest)
#include "nametabletest.moc"
