// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a captured frame to the IP packet in it.
#pragma once

#include <optional>
#include <string>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/contexts.h"

namespace weir::tool {

// "Ethernet (EN10MB)": libpcap's name of a link type (DLT_*).
std::string link_name(int link_type);

// That frames of this link type can be given to a program at `at`; the error names the link type.
Status check_link_type(int link_type, ContextKind at);

// The IP packet in a frame, from its IP header on, or nothing if it carries none. VLAN tags
// (0x8100, 0x88a8, 0x9100) are skipped. Padding behind the length that the IP header states is cut
// off; a packet that is shorter than it states, or states none (segmentation offload, jumbograms),
// is given as it is. `link_type` has passed check_link_type() for kIp.
std::optional<ByteSpan> find_ip(int link_type, ByteSpan frame);

}  // namespace weir::tool
