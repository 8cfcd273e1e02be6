// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The links and programs that a filter process keeps: from its options, or from a YAML file, which
// is read again when it is told to (SIGHUP).
//
//   fail: closed            # or open; for all links that do not say
//   not_taken: arp          # or pass, drop
//   links:
//     vm1:
//       guest: dgram:/run/vm1/f,/run/vm1/q
//       net: tap:tap0
//       programs:
//         - {file: /etc/weir/ip_dst.bpf.o, direction: tx}
//     vm2: {redirector: /run/vm2, queue: all, programs: [{file: other.bpf.o}]}
#pragma once

#include "tools/attach/spec.h"
#include "tools/attach_program.h"

namespace weir::tool {

struct AttachConfig {
  std::vector<attach::LinkSpec> links;
  std::vector<AttachedChoice> programs;
};

// What must hold of every configuration: no two links, and no two programs of a link, of one name.
Status check_config(const AttachConfig& config);

Result<AttachConfig> read_config(const std::string& path);

}  // namespace weir::tool
