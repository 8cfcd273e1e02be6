// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unix sockets by path: never blocking, closed on exec, and theirs alone who run this process.
#pragma once

#include "tools/attach/event_loop.h"

namespace weir::attach {

enum class SocketType { kStream, kDatagram };

// Makes the path anew: a socket that is there already is taken away, for it is what a process that
// has gone left behind. Anything else that is there is an error.
Result<Descriptor> bind_unix(const std::string& path, SocketType type);
Result<Descriptor> connect_unix(const std::string& path, SocketType type);

}  // namespace weir::attach
