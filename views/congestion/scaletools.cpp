// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/congestion/scaletools.h"

#include "views/units.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSignalBlocker>

#include <algorithm>

namespace qlogscope {

namespace {

constexpr std::size_t mostStreamsListed = 500; // any other can be typed

const StreamTotals& totalsOf(const StreamIndex::Stream& stream, Direction direction)
{
    return direction == Direction::Sent ? stream.sent : stream.received;
}

} // namespace

ScaleTools::ScaleTools(QWidget* parent)
    : QWidget(parent)
    , m_scale(new QComboBox(this))
    , m_stream(new QComboBox(this))
    , m_path(new QComboBox(this))
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    for (QComboBox* box : {m_scale, m_stream, m_path}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        layout->addWidget(box);
    }
    m_scale->addItem(tr("Bytes on the wire"), static_cast<int>(BarScale::WireBytes));
    m_scale->addItem(tr("Packet numbers"), static_cast<int>(BarScale::PacketNumber));
    m_scale->addItem(tr("Stream offsets"), static_cast<int>(BarScale::StreamOffset));
    m_scale->setToolTip(tr("What the left axis of the data counts"));
    m_scale->setAccessibleName(tr("Left axis"));
    m_stream->setEditable(true);
    m_stream->setInsertPolicy(QComboBox::NoInsert);
    m_stream->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_stream->setMinimumContentsLength(14);
    m_stream->setToolTip(tr("Offsets of which stream; an ID can be typed"));
    m_stream->setAccessibleName(tr("Stream"));
    m_path->setToolTip(tr("Packets of which multipath path"));
    m_path->setAccessibleName(tr("Path"));
    connect(m_scale, &QComboBox::currentIndexChanged, this, [this] {
        showParts();
        Q_EMIT choiceChanged();
    });
    connect(m_stream, &QComboBox::activated, this, [this](int index) {
        const QVariant id = m_stream->itemData(index);
        m_chosenStream = id.isValid() ? std::optional<std::uint64_t>(id.toULongLong()) : std::nullopt;
        Q_EMIT choiceChanged();
    });
    connect(m_stream->lineEdit(), &QLineEdit::editingFinished, this, &ScaleTools::onStreamTyped);
    connect(m_path, &QComboBox::currentIndexChanged, this, &ScaleTools::choiceChanged);
    showParts();
}

BarChoice ScaleTools::choice() const
{
    BarChoice choice;
    choice.scale = static_cast<BarScale>(m_scale->currentData().toInt());
    if (choice.scale == BarScale::StreamOffset)
        choice.stream = m_chosenStream;
    if (const QVariant path = m_path->currentData(); path.isValid())
        choice.path = path.toUInt();
    return choice;
}

void ScaleTools::setScale(BarScale scale) { m_scale->setCurrentIndex(m_scale->findData(static_cast<int>(scale))); }

void ScaleTools::showParts()
{
    m_stream->setVisible(choice().scale == BarScale::StreamOffset);
    m_path->setVisible(m_path->count() > 2);
}

void ScaleTools::setTrace(const Trace* trace, Direction direction)
{
    const bool isNew = trace != m_trace;
    m_trace = trace;
    setEnabled(trace != nullptr);
    if (isNew) {
        m_chosenStream.reset();
        m_streamsListed = 0;
    }
    if (trace == nullptr)
        return;
    const bool isOtherSide = isNew || direction != m_direction;
    m_direction = direction;
    const bool isInUse = m_stream->hasFocus() || m_stream->view()->isVisible(); // what is being typed or chosen stays
    if (isOtherSide || (!isInUse && trace->streams().streams().size() != m_streamsListed))
        listStreams(*trace, direction);
    if (isOtherSide || trace->packets(direction).pathIds().size() + 1 != static_cast<std::size_t>(m_path->count()))
        listPaths(*trace, isNew);
    showParts();
}

/// Those with the most data first.
void ScaleTools::listStreams(const Trace& trace, Direction direction)
{
    const QSignalBlocker quiet(m_stream);
    m_streamsListed = trace.streams().streams().size();
    std::vector<const StreamIndex::Stream*> streams;
    for (const StreamIndex::Stream& stream : trace.streams().streams()) {
        if (totalsOf(stream, direction).frames > 0)
            streams.push_back(&stream);
    }
    const auto listed = static_cast<std::ptrdiff_t>(std::min(streams.size(), mostStreamsListed));
    std::partial_sort(streams.begin(), streams.begin() + listed, streams.end(), [direction](const auto* a, const auto* b) {
        const std::uint64_t bytesA = totalsOf(*a, direction).largestOffset;
        const std::uint64_t bytesB = totalsOf(*b, direction).largestOffset;
        return bytesA != bytesB ? bytesA > bytesB : a->id < b->id;
    });
    m_stream->clear();
    m_stream->addItem(tr("all streams"));
    for (std::ptrdiff_t i = 0; i < listed; ++i) {
        const StreamIndex::Stream& stream = *streams[static_cast<std::size_t>(i)];
        m_stream->addItem(tr("stream %1: %2").arg(QString::number(stream.id), bytesText(totalsOf(stream, direction).largestOffset)),
                          static_cast<qulonglong>(stream.id));
    }
    if (!m_chosenStream)
        return;
    if (const int index = m_stream->findData(static_cast<qulonglong>(*m_chosenStream)); index >= 0)
        m_stream->setCurrentIndex(index);
    else
        m_stream->setEditText(tr("stream %1").arg(*m_chosenStream));
}

void ScaleTools::listPaths(const Trace& trace, bool isNew)
{
    const QSignalBlocker quiet(m_path);
    const QVariant before = isNew ? QVariant() : m_path->currentData();
    m_path->clear();
    m_path->addItem(tr("all paths"));
    for (const std::uint32_t path : trace.packets(m_direction).pathIds())
        m_path->addItem(tr("path %1").arg(path), path);
    m_path->setCurrentIndex(before.isValid() ? std::max(m_path->findData(before), 0) : 0);
}

/// An ID, or one of the entries; anything else is taken back.
void ScaleTools::onStreamTyped()
{
    const QString text = m_stream->currentText().trimmed();
    int index = m_stream->findText(text, Qt::MatchFixedString);
    bool isNumber = false;
    const qulonglong typed = text.toULongLong(&isNumber);
    std::optional<std::uint64_t> chosen = m_chosenStream;
    if (isNumber) {
        chosen = typed;
        index = m_stream->findData(typed);
    } else if (index >= 0) {
        const QVariant id = m_stream->itemData(index);
        chosen = id.isValid() ? std::optional<std::uint64_t>(id.toULongLong()) : std::nullopt;
    }
    const bool isChanged = chosen != m_chosenStream;
    m_chosenStream = chosen;
    const QSignalBlocker quiet(m_stream);
    if (!isNumber && index < 0)
        index = chosen ? m_stream->findData(static_cast<qulonglong>(*chosen)) : 0;
    if (index >= 0)
        m_stream->setCurrentIndex(index);
    m_stream->setEditText(index >= 0 ? m_stream->itemText(index) : tr("stream %1").arg(*chosen));
    if (isChanged)
        Q_EMIT choiceChanged();
}

} // namespace qlogscope
