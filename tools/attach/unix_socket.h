// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unix sockets by path: never blocking, closed on exec, and theirs alone who run this process.
#pragma once

#include <string>
#include <string_view>

#include "tools/attach/event_loop.h"

namespace weir::attach {

enum class SocketType { kStream, kDatagram };

// Makes the path anew: a socket that is there already is taken away, for it is what a process that
// has gone left behind. Anything else that is there is an error.
Result<Descriptor> bind_unix(const std::string& path, SocketType type);
// A stream socket that listens at a path for this process alone: its folder is made if it is not
// there, and a process that listens there already is an error, whose hint is to give this one
// another `option`.
Result<Descriptor> listen_unix(const std::string& path, std::string_view option);
// $XDG_RUNTIME_DIR/weir/NAME; /run/weir/NAME where that is not set.
std::string default_socket_path(std::string_view name);
Result<Descriptor> connect_unix(const std::string& path, SocketType type);

}  // namespace weir::attach
