// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/textsearch.h"

#include <QTemporaryFile>
#include <QTest>

#include <fcntl.h>
#include <random>
#include <unistd.h>

using namespace qlogscope;

/// Text search: the vector loop against std::string::find(), and matches against record borders and pieces of the file.
class TextSearchTest : public QObject
{
    Q_OBJECT

private:
    /// A file of records with one byte between them, made of few letters so that texts are found often and nearly.
    struct File {
        QTemporaryFile file;
        std::string bytes;
        EventStore events;
        std::shared_ptr<ByteSource> source;

        File(std::size_t size, unsigned seed)
        {
            std::mt19937 random(seed);
            bytes = "abba{header}\n";
            while (bytes.size() < size) {
                EventRow row;
                row.offset = bytes.size();
                row.length = static_cast<std::uint32_t>(random() % 90);
                for (std::uint32_t i = 0; i < row.length; ++i)
                    bytes += static_cast<char>('a' + random() % 3);
                events.append(row);
                bytes += random() % 2 == 0 ? '\n' : 'a';
            }
            if (file.open() && file.write(bytes.data(), static_cast<qint64>(bytes.size())) > 0 && file.flush())
                source = ByteSource::adopt(::dup(file.handle()), "made");
        }
        [[nodiscard]] std::vector<std::uint32_t> rowsWith(const std::string& text) const
        {
            std::vector<std::uint32_t> rows;
            for (std::size_t i = 0; i < events.size(); ++i) {
                if (bytes.substr(events.offset(RowId(i)), events.length(RowId(i))).find(text) != std::string::npos)
                    rows.push_back(static_cast<std::uint32_t>(i));
            }
            return rows;
        }
    };

private Q_SLOTS:
    void findsWhatFindFinds()
    {
        std::mt19937 random(1);
        for (int round = 0; round < 300; ++round) {
            std::string bytes;
            for (std::size_t i = 0, size = random() % 600; i < size; ++i)
                bytes += static_cast<char>('a' + random() % 3);
            std::string text;
            for (std::size_t i = 0, size = 1 + random() % 6; i < size; ++i)
                text += static_cast<char>('a' + random() % 3);
            const ByteFinder finder(text, round % 2 == 0 ? std::string_view(bytes) : std::string_view());
            std::size_t from = 0;
            while (true) {
                const std::size_t expected = bytes.find(text, from);
                QCOMPARE(finder.find(bytes, from), expected);
                if (expected == std::string::npos)
                    break;
                from = expected + 1;
            }
            QCOMPARE(finder.find(bytes, bytes.size() + 1), std::string::npos);
        }
    }

    void findsRowsAcrossPiecesButNotAcrossRecords()
    {
        const File made(700'000, 2); // several pieces
        QVERIFY(made.source != nullptr);
        TextSearch search{made.source, made.events.ranges(), 0, {"aabbc", "c", "abcabcabcabca", "header", "a\na", std::string(80, 'b')}};
        std::uint64_t last = 0;
        const TextSearchResult found = searchTexts(search, [&](std::uint64_t done, std::uint64_t total) {
            last = done;
            return done <= total;
        });
        QCOMPARE(found.problem, std::string());
        QCOMPARE(found.searchedTo, made.events.size());
        QVERIFY(last > 600'000);
        for (std::size_t i = 0; i < search.texts.size(); ++i)
            QCOMPARE(found.rows[i], made.rowsWith(search.texts[i]));
        QVERIFY(found.rows[0].size() > 100);
        QVERIFY(found.rows[3].empty());
        QVERIFY(found.rows[4].empty());

        // in two goes, as in a file that grows
        std::vector<std::uint32_t> joined;
        search.firstRow = made.events.size() / 2;
        const TextSearchResult rest = searchTexts(search, [](std::uint64_t, std::uint64_t) { return true; });
        for (const std::uint32_t row : found.rows[0]) {
            if (row >= search.firstRow)
                joined.push_back(row);
        }
        QCOMPARE(rest.rows[0], joined);
    }

    void canBeCancelled()
    {
        const File made(100'000, 3);
        const TextSearchResult found
            = searchTexts({made.source, made.events.ranges(), 0, {"a"}}, [](std::uint64_t, std::uint64_t) { return false; });
        QVERIFY(found.isCancelled);
    }

    void saysWhenTheFileIsShorter()
    {
        const File made(100'000, 4);
        QCOMPARE(::ftruncate(made.file.handle(), 50'000), 0);
        const TextSearchResult found
            = searchTexts({made.source, made.events.ranges(), 0, {"a"}}, [](std::uint64_t, std::uint64_t) { return true; });
        QVERIFY2(QString::fromStdString(found.problem).contains(QStringLiteral("shorter")), found.problem.c_str());
    }

    void searchesASnapshot()
    {
        File made(50'000, 5);
        const EventStore::Ranges then = made.events.ranges();
        const std::size_t rows = then.size();
        for (int i = 0; i < 20'000; ++i)
            made.events.append(EventRow{0, made.bytes.size(), 1, {}, TraceId(std::size_t{0}), 0});
        QCOMPARE(then.size(), rows);
        const TextSearchResult found = searchTexts({made.source, then, 0, {"abc"}}, [](std::uint64_t, std::uint64_t) { return true; });
        QCOMPARE(found.searchedTo, rows);
        QVERIFY(!found.rows[0].empty());
    }
};

QTEST_APPLESS_MAIN(TextSearchTest)
#include "textsearchtest.moc"
