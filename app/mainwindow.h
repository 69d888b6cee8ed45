// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/openfiles.h"
#include "app/settings.h"
#include "model/recordreader.h"
#include "views/viewregistry.h"

#include <QHash>
#include <QMainWindow>
#include <QTimer>

#include <memory>
#include <utility>
#include <vector>

class QDockWidget;
class QLabel;
class QMenu;
class QStackedWidget;
class QTabWidget;
class QToolBar;

namespace qlogscope {

class Banner;
class ChartExporter;
class CongestionView;
class SequenceView;
class FilterBar;
class FindBar;
class LiveView;
class QlogDir;
class StartPage;
class TraceTreeView;

/// The window: puts the views of the registry into the centre and into docks, and joins menus to what they do.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// All must outlive the window.
    MainWindow(ViewContext* context, const RecordReader& records, Settings& settings);
    ~MainWindow() override;

    /// A directory is attached; files are opened.
    void open(const std::vector<OpenRequest>& requests);
    /// Watches a directory, which may not exist yet, in place of the one before.
    void attach(const QString& folder);
    void detach();
    /// Brings a view to the front, by the id of the registry.
    void showView(const QString& id);
    void resetLayout();
    /// Puts a filter that parses into force, as if it were entered.
    void setFilter(const QString& filter);
    /// The visible range of the first trace that is shown; ends as on the command line, open where empty.
    void setWantedRange(const QString& from, const QString& to);
    [[nodiscard]] FilterBar* filterBar() const { return m_filterBar; }
    [[nodiscard]] FindBar* findBar() const { return m_findBar; }
    [[nodiscard]] const Banner* banner() const { return m_banner; }
    [[nodiscard]] ChartExporter* chartExporter() const { return m_exporter; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void makeCentre();
    void makeViews(const RecordReader& records);
    void addDock(const ViewEntry& entry, View* view);
    void connectTree(TraceTreeView* tree);
    void makeExporter(CongestionView* congestion, SequenceView* sequence);
    void makeFilterBar();
    void makeFindMenu();
    void focusView();
    void showWantedRange();
    void makeStatusBar();
    void makeMenus();
    void makeFileMenu();
    void makeViewMenu();
    void makeThemeMenu(QMenu* menu);
    void makeGoMenu();
    void chooseFolder();
    void openFollowed(const QStringList& paths);
    void updateFollowing();
    void makeHelpMenu();
    void restoreLayout();
    void arrangeDocks();
    void arrangeCompactly();
    void setDockSizes();
    void adaptLayout();
    void updateDocks();
    void putDocksBack();
    [[nodiscard]] QList<QDockWidget*> docks() const;

    void chooseFiles();
    void openSample();
    void fillRecentMenu();
    void reloadShown();
    void closeShown();
    void showTheme(ThemeChoice theme);
    void onFailed(const QString& path, const QString& sentence);
    void updateCentre();
    void updateTitle();
    void updateTraceText();
    void updateRangeText();
    void updateCursorText();
    void updateActions();

    ViewContext* m_context;
    Settings& m_settings;
    ThemeSwitch m_theme;
    OpenFiles* m_files;
    Banner* m_banner = nullptr;
    StartPage* m_startPage = nullptr;
    QToolBar* m_filterTools = nullptr;
    FilterBar* m_filterBar = nullptr;
    FindBar* m_findBar = nullptr;
    ChartExporter* m_exporter = nullptr;
    QString m_wantedFrom;
    QString m_wantedTo;
    LiveView* m_live; // in the centre while a directory is attached
    std::unique_ptr<QlogDir> m_qlogDir; // null: none is
    QStackedWidget* m_pages = nullptr; // start page, centre
    QTabWidget* m_centre = nullptr;
    QHash<QString, QWidget*> m_views; // by id: the view in the centre, else its dock
    std::vector<std::pair<QString, View*>> m_rememberedViews; // with their ids: what is chosen in them is kept
    bool m_isCompact = false;
    QByteArray m_wideLayout; // while the window is too small for it
    struct PutAway {
        QDockWidget* dock;
        bool wasOnTop; // of the docks that are tabs with it
    };
    std::vector<PutAway> m_putAway; // while there is only the live table: nothing is in them
    QMenu* m_recentMenu = nullptr;
    QLabel* m_traceText = nullptr;
    QLabel* m_rangeText = nullptr;
    QLabel* m_cursorText = nullptr;
    QLabel* m_followText = nullptr;
    QTimer m_followTick; // "last growth 3 s ago"
    QAction* m_followAction = nullptr;
    QAction* m_newestAction = nullptr;
    QAction* m_detachAction = nullptr;
    QAction* m_reloadAction = nullptr;
    QAction* m_closeAction = nullptr;
    QAction* m_backAction = nullptr;
    QAction* m_forwardAction = nullptr;
    std::vector<QAction*> m_traceActions; // need a shown trace
};

} // namespace qlogscope
