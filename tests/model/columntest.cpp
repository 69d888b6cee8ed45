// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/column.h"

#include <QTest>

#include <numeric>

using namespace qlogscope;

/// A column keeps every value, and the address of those in filled blocks, while it grows over block borders.
class ColumnTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void startsEmpty();
    void keepsValuesOverBlockBorders();
    void keepsAddressesWhileGrowing();
    void keepsWhatIsBeforeACut_data();
    void keepsWhatIsBeforeACut();
    void runsAreTheElementsInOrder();
};

namespace {

using Numbers = Column<std::uint64_t>;
constexpr std::size_t block = Numbers::blockSize;

Numbers numbersBelow(std::size_t size)
{
    Numbers column;
    for (std::size_t i = 0; i < size; ++i)
        column.push_back(i * 3);
    return column;
}

/// Index of the first element that is not what numbersBelow() put there; the size if all are.
std::size_t firstWrong(const Numbers& column)
{
    for (std::size_t i = 0; i < column.size(); ++i) {
        if (column[i] != i * 3)
            return i;
    }
    return column.size();
}

} // namespace

void ColumnTest::startsEmpty()
{
    const Numbers column;
    QVERIFY(column.empty());
    QCOMPARE(column.size(), std::size_t{0});
    QCOMPARE(column.memoryBytes(), std::size_t{0});
}

void ColumnTest::keepsValuesOverBlockBorders()
{
    const Numbers column = numbersBelow(3 * block + 1);
    QCOMPARE(column.size(), 3 * block + 1);
    QCOMPARE(firstWrong(column), column.size());
    QCOMPARE(column.back(), std::uint64_t{9 * block});
    QCOMPARE(column.memoryBytes(), 4 * block * sizeof(std::uint64_t));
}

void ColumnTest::keepsAddressesWhileGrowing()
{
    Numbers column;
    std::vector<const std::uint64_t*> addresses;
    for (std::size_t i = 0; i < 5 * block; ++i) {
        column.push_back(i);
        addresses.push_back(&column.back());
    }
    for (std::size_t i = block; i < column.size(); i += 100) // the first block moves while it fills
        QCOMPARE(&std::as_const(column)[i], addresses[i]);
}

void ColumnTest::keepsWhatIsBeforeACut_data()
{
    QTest::addColumn<std::size_t>("size");
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, block - 1, block, block + 1, 2 * block, 2 * block + 5})
        QTest::addRow("%zu", size) << size;
}

void ColumnTest::keepsWhatIsBeforeACut()
{
    QFETCH(std::size_t, size);
    Numbers column = numbersBelow(2 * block + 5);
    column.truncate(size);
    QCOMPARE(column.size(), size);
    QCOMPARE(firstWrong(column), size);
    QCOMPARE(column.memoryBytes(), (size + block - 1) / block * block * sizeof(std::uint64_t));

    while (column.size() < 3 * block)
        column.push_back(column.size() * 3);
    QCOMPARE(firstWrong(column), 3 * block);
}

void ColumnTest::runsAreTheElementsInOrder()
{
    const Numbers numbers = numbersBelow(3 * block + 5);
    for (const auto& [begin, end] : std::vector<std::pair<std::size_t, std::size_t>>{
             {0, 0}, {0, 1}, {3, block}, {block - 1, block + 1}, {block, 3 * block}, {1, 3 * block + 5}}) {
        std::vector<std::uint64_t> visited;
        numbers.forEachRun(begin, end, [&](std::span<const std::uint64_t> run) { visited.insert(visited.end(), run.begin(), run.end()); });
        QCOMPARE(visited.size(), end - begin);
        for (std::size_t i = 0; i < visited.size(); ++i)
            QCOMPARE(visited[i], numbers[begin + i]);
    }
}

QTEST_GUILESS_MAIN(ColumnTest)
#include "columntest.moc"
