// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>

#include <string_view>
#include <vector>

namespace qlogscope {

/// The JSON text of one record as a tree: members in the order of the file, numbers as they are written there. What cannot be
/// shown (broken text, nesting too deep, too many values) ends the tree and is said by problem(). UI thread.
class JsonModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { KeyColumn, ValueColumn };
    static constexpr int deepest = 256;
    static constexpr std::size_t mostValues = 100'000;

    using QAbstractItemModel::QAbstractItemModel;

    void setText(std::string_view json);
    void clear() { setText({}); }
    /// One sentence; empty if all of the text is in the tree.
    [[nodiscard]] QString problem() const { return m_problem; }
    [[nodiscard]] std::size_t valueCount() const { return m_nodes.empty() ? 0 : m_nodes.size() - 1; }

    /// "data.header.packet_number", "data.frames[0]".
    [[nodiscard]] QString path(const QModelIndex& index) const;
    /// The value as JSON; objects and arrays indented.
    [[nodiscard]] QString json(const QModelIndex& index) const;
    /// A string without its quotes; anything else as json().
    [[nodiscard]] QString plainValue(const QModelIndex& index) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Node {
        enum class Type : std::uint8_t { Object, Array, String, Other };
        Type type = Type::Other;
        std::uint32_t parent = 0;
        std::uint32_t rowInParent = 0;
        QString key;
        QString value; ///< a string's content; else as written
        std::vector<std::uint32_t> children;
    };
    class Builder;

    [[nodiscard]] std::uint32_t nodeOf(const QModelIndex& index) const;
    [[nodiscard]] QString displayValue(const Node& node) const;
    void writeJson(std::uint32_t node, int indent, QString& out) const;

    std::vector<Node> m_nodes; ///< 0 is the record itself and is not shown, unless it is a mere value
    QString m_problem;
};

} // namespace qlogscope
