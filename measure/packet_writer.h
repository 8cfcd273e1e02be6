// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes one random packet of a kind: mostly well-formed traffic as networks carry it, some that is
// rare (tunnels, options, fragments) and a little that is cut short.
#pragma once

#include <cstdint>
#include <vector>

#include "measure/random.h"

namespace weir::measure {

// An Ethernet frame.
std::vector<uint8_t> write_frame(Random& random);
// An IPv4 or IPv6 packet from its IP header on.
std::vector<uint8_t> write_ip_packet(Random& random);
// An Ethernet frame with a DNS query in UDP over IPv4, now and then behind a VLAN tag or over IPv6.
std::vector<uint8_t> write_dns_query(Random& random);

}  // namespace weir::measure
