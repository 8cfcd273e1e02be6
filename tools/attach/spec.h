// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a link is made of, as users write it.
//
//   stream:PATH            listens; QEMU's -netdev stream,server=off connects
//   stream-connect:PATH    connects; QEMU's -netdev stream,server=on listens
//   dgram:LOCAL,REMOTE     QEMU's -netdev dgram, whose paths are the other way round
//   tap:NAME[,vnet]        a tap device
//   interface:NAME         a network interface, by a packet socket (veth, Ethernet)
//   redirector:DIR[,QUEUE] both sides at once: QEMU's filter-redirectors, which listen at
//                          DIR/rx-out, rx-in, tx-out and tx-in; QUEUE is all, rx or tx
#pragma once

#include "tools/attach/link.h"

namespace weir::attach {

struct LinkSpec {
  std::string name;
  std::string guest, net;  // net is empty for a redirector
  Rules rules;
  size_t queue_bytes = kDefaultQueueBytes;
  bool operator==(const LinkSpec& other) const {
    return name == other.name && guest == other.guest && net == other.net &&
           queue_bytes == other.queue_bytes;
  }
};

struct Ports {
  std::unique_ptr<Port> guest, net;
};
// Made, not started. Errors: kUsage.
Result<Ports> make_ports(const LinkSpec& spec);

// "all", "rx", "tx".
std::optional<uint8_t> directions_from_name(std::string_view name);
std::string_view directions_name(uint8_t directions);
// "pass", "drop", "arp".
std::optional<NotTaken> not_taken_from_name(std::string_view name);
std::string_view not_taken_name(NotTaken rule);
// Links and programs: 1 to 63 letters, digits, '_', '-' and '.'.
Status check_name(std::string_view what, std::string_view name);

}  // namespace weir::attach
