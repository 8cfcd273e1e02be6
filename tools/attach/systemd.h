// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a service manager is told, and gives: sd_notify(3) and sd_listen_fds(3). Both protocols are
// a datagram and two variables, which is less than the library that has them.
#pragma once

#include <optional>
#include <string_view>

#include "tools/attach/event_loop.h"

namespace weir::attach {

// "READY=1"; nothing happens where nobody listens (NOTIFY_SOCKET).
void notify_manager(std::string_view state);
// The socket that was opened for this process (LISTEN_FDS), if there is one. Clears the variables.
std::optional<Descriptor> take_passed_socket();
// Half of WATCHDOG_USEC: how often "WATCHDOG=1" is expected. Nothing if it is not.
std::optional<std::chrono::milliseconds> watchdog_interval();

}  // namespace weir::attach
