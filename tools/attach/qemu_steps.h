// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a filter gets between a running VM and its network, and out again. The order matters: a
// filter-redirector to whose sockets nobody has connected loses every frame, and one whose peer has
// come back never reads what it sends (its handlers are gone). So: sockets, then the connection,
// then the filter; and after a lost connection the filter anew.
#pragma once

#include <functional>

#include "tools/attach/frame.h"
#include "tools/attach/qmp.h"

namespace weir::attach {

struct QemuPlace {
  std::string netdev;  // its id
  std::string folder;  // of the sockets
  uint8_t directions = kBothWays;
};

// The names that QEMU knows things by: "weir-hn0-rx" (filter), "weir-hn0-rx-out" (chardev).
std::string filter_id(const QemuPlace& place, Direction direction);
std::string chardev_id(const QemuPlace& place, Direction direction, bool out);
std::string socket_path(const QemuPlace& place, Direction direction, bool out);

// What connects to the sockets and gives up on them.
struct Connection {
  std::function<Status()> connect;  // returns when all of them are connected
  std::function<void()> disconnect;
};

// Whatever fails, QEMU is left as before. What an earlier attach has left is taken away first.
Status attach_filters(Qmp& qmp, const QemuPlace& place, const Connection& connection);
// Takes away what is there; false if nothing was.
Result<bool> detach_filters(Qmp& qmp, const QemuPlace& place,
                            const std::function<void()>& disconnect);
// The filters alone, on sockets that are connected: what cures a connection that was made anew.
Status renew_filters(Qmp& qmp, const QemuPlace& place);

struct FilterState {
  Direction direction = Direction::kRx;
  std::string id;
  bool on = false;
  bool reads = false;  // what comes back; false after a connection was lost
};
Result<std::vector<FilterState>> filter_states(Qmp& qmp, const std::string& netdev);

// The arguments that give a VM the same from its start on.
std::vector<std::string> qemu_arguments(const QemuPlace& place);

}  // namespace weir::attach
