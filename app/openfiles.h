// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "views/viewcontext.h"

#include <QObject>
#include <QString>

#include <memory>
#include <optional>
#include <vector>

namespace qlogscope {

class Session;

/// What the user asks to open.
struct OpenRequest {
    QString path;
    std::optional<std::uint64_t> offset; ///< the record at this byte is to be selected
    bool follows = false; ///< its end is waited at for growth

    /// FILE or FILE@OFFSET; a file whose real name ends so is that file.
    [[nodiscard]] static OpenRequest fromArgument(const QString& argument);
};

/// The open files, one session each: opens, reloads and closes them, and decides which trace comes into view. UI thread.
class OpenFiles : public QObject
{
    Q_OBJECT
public:
    explicit OpenFiles(ViewContext* context, QObject* parent = nullptr);
    ~OpenFiles() override;

    /// Shows the first trace of these files that has data. A file that is open is read again, unless it is followed and is to be.
    void open(const std::vector<OpenRequest>& requests);
    /// Reads the file again; the visible range stays if the trace is still there.
    void reload(const Document* document);
    void close(Document* document);
    /// Stops all loads; what was read stays.
    void cancel();
    [[nodiscard]] bool isFollowing(const Document* document) const;
    /// Reads the file again and goes on following it, or ends following: what is there is read to its end.
    void setFollowing(const Document* document, bool follows);

    [[nodiscard]] bool isLoading() const;
    [[nodiscard]] std::vector<const Session*> loading() const;

Q_SIGNALS:
    void failed(const QString& path, const QString& sentence);
    /// A load began, went on or ended.
    void progressChanged();

private:
    /// What was shown of a file before it is read again.
    struct Shown {
        TraceId trace;
        std::string groupId;
        TimeRange visible;
        bool isFitted = true;
        std::optional<std::uint64_t> selectedOffset;
    };
    struct File;

    void start(const OpenRequest& request);
    [[nodiscard]] std::optional<Shown> shownOf(const Document* document) const;
    [[nodiscard]] File* findPath(const QString& path);
    [[nodiscard]] File* findDocument(const Document* document);
    void remove(Document* document);
    void onAppended(Session* session);
    void onAboutToRestart(Session* session);
    void onRestarted(Session* session);
    void onFinished(Session* session);
    void onTraceChanged();
    void showWanted();
    bool showTraceOf(File& file);
    void selectOffset(File& file);
    void restore(File& file);

    ViewContext* m_context;
    std::vector<std::unique_ptr<File>> m_files;
    bool m_isSwitching = false; // the shown trace changes because of us, not of the user
};

} // namespace qlogscope
