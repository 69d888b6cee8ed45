// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/details/jsonmodel.h"

#include "views/texts.h"

#include <nlohmann/json.hpp>


namespace qlogscope {

namespace {

constexpr qsizetype longestShown = 1'000;

QString quoted(const QString& text)
{
    QString result(QLatin1Char('"'));
    for (const QChar character : text) {
        const char16_t code = character.unicode();
        if (code == u'"' || code == u'\\')
            result += QLatin1Char('\\');
        if (code == u'\n')
            result += QLatin1String("\\n");
        else if (code == u'\t')
            result += QLatin1String("\\t");
        else if (code == u'\r')
            result += QLatin1String("\\r");
        else if (code < 0x20)
            result += QStringLiteral("\\u%1").arg(code, 4, 16, QLatin1Char('0'));
        else
            result += character;
    }
    return result + QLatin1Char('"');
}

QString shortened(const QString& text)
{
    return text.size() <= longestShown ? text : text.left(longestShown) + QChar(0x2026);
}

} // namespace

/// Receives the values of the text one by one. Numbers come with their text where they are not plain integers: a double
/// would change 1795165007644.7588, and an integer type would not hold more than 64 bits.
class JsonModel::Builder
{
public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    explicit Builder(std::vector<Node>& nodes)
        : m_nodes(nodes)
    {
    }
    [[nodiscard]] QString problem() const { return m_problem; }

    bool null() { return addOther(QStringLiteral("null")); }
    bool boolean(bool value) { return addOther(value ? QStringLiteral("true") : QStringLiteral("false")); }
    // the only integer that comes as signed without being negative is "-0"
    bool number_integer(number_integer_t value) { return addOther(value == 0 ? QStringLiteral("-0") : QString::number(value)); }
    bool number_unsigned(number_unsigned_t value) { return addOther(QString::number(value)); }
    bool number_float(number_float_t, const string_t& text) { return addOther(toText(text)); }
    bool string(string_t& text) { return add(Node::Type::String, toText(text)); }
    bool binary(binary_t&) { return false; }
    bool key(string_t& name)
    {
        m_key = toText(name);
        return true;
    }
    bool start_object(std::size_t) { return open(Node::Type::Object); }
    bool start_array(std::size_t) { return open(Node::Type::Array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&)
    {
        m_problem = JsonModel::tr("Not valid JSON: the text cannot be read on at byte %1.").arg(countText(position));
        return false;
    }

private:
    bool addOther(const QString& text) { return add(Node::Type::Other, text); }
    bool add(Node::Type type, const QString& value)
    {
        if (m_nodes.size() > mostValues) {
            m_problem = JsonModel::tr("Only the first %1 values are shown here.").arg(countText(mostValues));
            return false;
        }
        Node node;
        node.type = type;
        node.value = value;
        if (!m_open.empty()) {
            Node& parent = m_nodes[m_open.back()];
            node.parent = m_open.back();
            node.rowInParent = static_cast<std::uint32_t>(parent.children.size());
            node.key = parent.type == Node::Type::Array ? QStringLiteral("[%1]").arg(node.rowInParent) : m_key;
            parent.children.push_back(static_cast<std::uint32_t>(m_nodes.size()));
        }
        m_nodes.push_back(std::move(node));
        return true;
    }
    bool open(Node::Type type)
    {
        if (m_open.size() >= deepest) {
            m_problem = JsonModel::tr("Values nested deeper than %1 levels are not shown here.").arg(deepest);
            return false;
        }
        const auto self = static_cast<std::uint32_t>(m_nodes.size());
        if (!add(type, {}))
            return false;
        m_open.push_back(self);
        return true;
    }
    bool close()
    {
        m_open.pop_back();
        return true;
    }

    std::vector<Node>& m_nodes;
    std::vector<std::uint32_t> m_open;
    QString m_key;
    QString m_problem;
};

void JsonModel::setText(std::string_view json)
{
    beginResetModel();
    m_nodes.clear();
    m_problem.clear();
    if (!json.empty()) {
        Builder strict(m_nodes);
        if (!nlohmann::json::sax_parse(json.begin(), json.end(), &strict) && m_nodes.size() <= mostValues) {
            // a record that was repaired when it was read: see whether this is enough to show it as well
            std::vector<Node> repaired;
            Builder tolerant(repaired);
            const std::string utf8 = toText(json).toStdString();
            const bool isWhole = nlohmann::json::sax_parse(utf8, &tolerant, nlohmann::json::input_format_t::json, true, true);
            m_problem = isWhole ? tr("Not quite JSON; shown after a repair.") : strict.problem();
            if (isWhole)
                m_nodes = std::move(repaired);
        } else {
            m_problem = strict.problem();
        }
    }
    if (m_nodes.size() == 1) { // a mere value or an empty object: it is shown as the one row under the record
        m_nodes.insert(m_nodes.begin(), Node{Node::Type::Array, 0, 0, {}, {}, {1}});
        m_nodes[1].parent = 0;
    }
    endResetModel();
}

std::uint32_t JsonModel::nodeOf(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<std::uint32_t>(index.internalId()) : 0;
}

QModelIndex JsonModel::index(int row, int column, const QModelIndex& parent) const
{
    if (row < 0 || row >= rowCount(parent) || column < 0 || column > ValueColumn)
        return {};
    return createIndex(row, column, quintptr{m_nodes[nodeOf(parent)].children[static_cast<std::size_t>(row)]});
}

QModelIndex JsonModel::parent(const QModelIndex& child) const
{
    if (!child.isValid())
        return {};
    const std::uint32_t parent = m_nodes[nodeOf(child)].parent;
    return parent == 0 ? QModelIndex() : createIndex(static_cast<int>(m_nodes[parent].rowInParent), KeyColumn, quintptr{parent});
}

int JsonModel::rowCount(const QModelIndex& parent) const
{
    if (m_nodes.empty() || parent.column() > KeyColumn)
        return 0;
    return static_cast<int>(m_nodes[nodeOf(parent)].children.size());
}

int JsonModel::columnCount(const QModelIndex&) const { return 2; }

QVariant JsonModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == KeyColumn ? tr("Member") : tr("Value");
}

QVariant JsonModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Node& node = m_nodes[nodeOf(index)];
    if (role == Qt::ToolTipRole && index.column() == ValueColumn)
        return node.children.empty() ? QVariant(shortened(node.value)) : QVariant();
    if (role != Qt::DisplayRole)
        return {};
    return index.column() == KeyColumn ? shortened(node.key) : displayValue(node);
}

QString JsonModel::displayValue(const Node& node) const
{
    const std::size_t count = node.children.size();
    switch (node.type) {
    case Node::Type::Object:
        return count == 0 ? QStringLiteral("{}") : count == 1 ? tr("{1 member}") : tr("{%1 members}").arg(countText(count));
    case Node::Type::Array:
        return count == 0 ? QStringLiteral("[]") : count == 1 ? tr("[1 item]") : tr("[%1 items]").arg(countText(count));
    case Node::Type::String:
        return shortened(quoted(node.value.left(longestShown + 1)));
    case Node::Type::Other:
        break;
    }
    return shortened(node.value);
}

QString JsonModel::path(const QModelIndex& index) const
{
    QString result;
    for (std::uint32_t node = nodeOf(index); node != 0; node = m_nodes[node].parent) {
        const bool isItem = m_nodes[m_nodes[node].parent].type == Node::Type::Array;
        const bool isFirst = m_nodes[node].parent == 0;
        result.prepend((isItem || isFirst ? QString() : QStringLiteral(".")) + m_nodes[node].key);
    }
    return result;
}

QString JsonModel::json(const QModelIndex& index) const
{
    QString text;
    if (index.isValid())
        writeJson(nodeOf(index), 0, text);
    return text;
}

QString JsonModel::plainValue(const QModelIndex& index) const
{
    if (index.isValid() && m_nodes[nodeOf(index)].type == Node::Type::String)
        return m_nodes[nodeOf(index)].value;
    return json(index);
}

void JsonModel::writeJson(std::uint32_t at, int indent, QString& out) const // at most `deepest` levels
{
    const Node& node = m_nodes[at];
    if (node.type == Node::Type::String || node.type == Node::Type::Other) {
        out += node.type == Node::Type::String ? quoted(node.value) : node.value;
        return;
    }
    const bool isObject = node.type == Node::Type::Object;
    out += QLatin1Char(isObject ? '{' : '[');
    for (const std::uint32_t child : node.children) {
        if (child != node.children.front())
            out += QLatin1Char(',');
        out += QLatin1Char('\n') + QString(2 * indent + 2, QLatin1Char(' '));
        if (isObject)
            out += quoted(m_nodes[child].key) + QLatin1String(": ");
        writeJson(child, indent + 1, out);
    }
    if (!node.children.empty())
        out += QLatin1Char('\n') + QString(2 * indent, QLatin1Char(' '));
    out += QLatin1Char(isObject ? '}' : ']');
}

} // namespace qlogscope
