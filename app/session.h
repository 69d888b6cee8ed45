// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/workspace.h"

#include <QObject>
#include <QString>

#include <memory>

namespace qlogscope {

class Loader;
struct EventBatch;
struct ReadResult;

/// One opened file: joins a loader to a document of the workspace. UI thread.
///
/// The document appears in the workspace at once and fills while the file is read. When the file cannot be read at all the
/// document's state is Failed, with a sentence in failure().
class Session : public QObject
{
    Q_OBJECT
public:
    /// @param follows whether the end of the file is waited at for growth, until endFollowing()
    Session(const QString& path, Workspace* workspace, bool follows = false, QObject* parent = nullptr);
    /// Cancels the load if it still runs. The document stays in the workspace.
    ~Session() override;

    /// Null after the document was closed.
    [[nodiscard]] Document* document() const { return m_document; }
    [[nodiscard]] QString path() const { return m_path; }
    void start();
    /// Stops reading; what was read stays.
    void cancel();
    /// A file that is followed is loading until its end is reached for the first time.
    [[nodiscard]] bool isLoading() const { return m_isLoading; }
    [[nodiscard]] bool isFollowing() const { return m_isFollowing; }
    /// What is there is read to its end, and the document is Complete.
    void endFollowing();
    /// 0 to 1, by bytes read.
    [[nodiscard]] double progress() const { return m_progress; }

Q_SIGNALS:
    void progressChanged();
    void finished();
    /// The file is read anew, see EventBatch::restart; document() is still the old one.
    void aboutToRestart();
    /// document() is another one, empty as yet.
    void restarted();

private:
    void append(const EventBatch& batch);
    void onStatus(const Document::FollowStatus& status);
    void onFinished(const ReadResult& result);

    QString m_path;
    Workspace* m_workspace;
    Document* m_document;
    std::unique_ptr<Loader> m_loader;
    double m_progress = 0;
    bool m_isLoading = false;
    bool m_isFollowing = false;
};

} // namespace qlogscope
