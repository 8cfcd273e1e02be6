// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a frame to the IP packet in it. Padding behind the length that the IP header states is cut
// off; a packet that is shorter than it states, or states none (segmentation offload, jumbograms),
// is given as it is.
#pragma once

#include <optional>

#include "frontend/support/bytes.h"

namespace weir {

// The IP packet of an Ethernet frame, from its IP header on, or nothing if it carries none. VLAN
// tags (0x8100, 0x88a8, 0x9100) are skipped.
std::optional<ByteSpan> ip_in_ethernet(ByteSpan frame);

// The same of any frame with an EtherType at `at` that tells of the bytes from `next` on.
std::optional<ByteSpan> ip_by_ethertype(ByteSpan frame, size_t at, size_t next);

// Of bytes that begin with an IP header: its first four bits are the version.
std::optional<ByteSpan> ip_by_version(ByteSpan packet);

}  // namespace weir
