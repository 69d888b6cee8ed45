// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/viewregistry.h"

#include "views/congestion/congestionview.h"
#include "views/details/detailsview.h"
#include "views/diagnostics/diagnosticsview.h"
#include "views/events/eventsview.h"
#include "views/sequence/sequenceview.h"
#include "views/tree/tracetreeview.h"

#include <QCoreApplication>

namespace qlogscope {

namespace {

struct ViewWords {
    Q_DECLARE_TR_FUNCTIONS(ViewRegistry)
};

} // namespace

const std::vector<ViewEntry>& viewRegistry()
{
    static const std::vector<ViewEntry> entries{
        {"tree", ViewWords::tr("Traces"), ViewWords::tr("Open files and their traces"), QStringLiteral("Ctrl+1"), ViewPlace::Left,
         &TraceTreeView::create},
        {"congestion", ViewWords::tr("Congestion"), ViewWords::tr("Data sent, acked and lost, congestion window and round-trip time"),
         QStringLiteral("Ctrl+2"), ViewPlace::Centre, &CongestionView::create},
        {"sequence", ViewWords::tr("Sequence"), ViewWords::tr("Packets between client and server, one below the other"), QStringLiteral("Ctrl+6"),
         ViewPlace::Centre, &SequenceView::create},
        {"events", ViewWords::tr("Events"), ViewWords::tr("Every record of the trace, in file order"), QStringLiteral("Ctrl+3"),
         ViewPlace::Bottom, &EventsView::create},
        {"details", ViewWords::tr("Details"), ViewWords::tr("The selected record as the log has it"), QStringLiteral("Ctrl+4"),
         ViewPlace::Right, &DetailsView::create},
        {"diagnostics", ViewWords::tr("Diagnostics"), ViewWords::tr("What is wrong or noteworthy in the file"),
         QStringLiteral("Ctrl+5"), ViewPlace::Bottom, &DiagnosticsView::create},
    };
    return entries;
}

} // namespace qlogscope
