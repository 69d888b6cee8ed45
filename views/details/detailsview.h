// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/details/jsonmodel.h"
#include "views/view.h"

class QLabel;
class QPlainTextEdit;
class QStackedLayout;
class QStackedWidget;
class QTabWidget;
class QTextBrowser;
class QTreeView;

namespace qlogscope {

class RawBytes;

/// Everything about the selected record: its JSON, its bytes in the file, and what was in force when it was logged.
class DetailsView : public View
{
    Q_OBJECT
public:
    static View* create(const ViewServices& services, QWidget* parent);
    explicit DetailsView(const ViewServices& services, QWidget* parent = nullptr);

protected:
    void refresh() override;

private:
    [[nodiscard]] QWidget* makeJsonPage();
    [[nodiscard]] QWidget* makeContent();
    void makeTreeActions();
    void showRecord(const TraceRef& trace, RowId row, QStringList notes);
    void showAtThisTime(const QString& html);
    void showJson(const std::string& record, bool isDecoded);
    void showNotes(const QStringList& notes);
    void showCorrections(const QStringList& notes);
    void followLink(const QString& href);
    void copyFromTree(QString (JsonModel::*textOf)(const QModelIndex&) const);

    QLabel* m_empty;
    QLabel* m_heading;
    QLabel* m_notes;
    QLabel* m_corrections;
    QTabWidget* m_tabs;
    JsonModel* m_json;
    QTreeView* m_tree;
    QPlainTextEdit* m_rawText;
    QStackedWidget* m_jsonOrText;
    QLabel* m_jsonProblem;
    RawBytes* m_bytes;
    QTextBrowser* m_atThisTime;
    QStackedLayout* m_pages;
    RowId m_shownRow; // its text need not be read again when the trace grows
    QString m_atThisTimeHtml;
};

} // namespace qlogscope
