// SPDX-FileCopyrightText: Qlogscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/traceheader.h"

#include <string>
#include <string_view>

namespace qlogscope {

/// What the name of a log says of its connection and its side: `<odcid>_client.sqlog`, `<icid>.server.qlog`, `client-<cid>.sqlog`,
/// `<odcid>_server_<unix-ms>.qlog`, `retry_client1.qlog` (dialects 1.7). Pure text, nothing is looked up on disk.
struct FileStem {
    std::string folder;
    std::string connection; ///< lower-case, without endings, role and number; empty if the name tells no role
    Role role = Role::Unknown; ///< Client or Server where the name tells
    std::string number; ///< digits after the role, if any
    /// The connection is a hexadecimal id of 8 digits or more: no other connection is called so, in whatever folder it lies.
    [[nodiscard]] bool isConnectionId() const;
    bool operator==(const FileStem&) const = default;
};

[[nodiscard]] FileStem fileStemOf(std::string_view path);

} // namespace qlogscope
