// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packets from a list of their headers, outermost first:
//   [{"ethernet": {"dst": "02:00:00:00:00:02"}}, {"vlan": {"id": 7}}, {"ipv4": {"dst":
//   "10.0.0.2"}},
//    {"udp": {"dport": 53}}, {"payload": "text or hex:00ff"}, {"pad": 60}]
// What a header says of the next one (types, lengths) and checksums are filled in, unless given.
#pragma once

#include <vector>

#include "tools/output.h"

namespace weir::tool {

// kUsage: no such header or field, or a value that does not fit.
Result<std::vector<uint8_t>> build_packet(const Json& layers);

}  // namespace weir::tool
