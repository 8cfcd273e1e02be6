// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets that a test's programs may look up, as its file says them.
#pragma once

#include <vector>

#include "frontend/support/result.h"
#include "runtime/abi/socket.h"
#include "tools/output.h"

namespace weir::tool {

// A list of {"protocol": "tcp", "state": "listen", "local": "10.0.0.1:80"}. `remote` is the peer's
// address, `tcp` an object with members of struct bpf_tcp_sock; others are members of struct
// bpf_sock. kUsage: what is wrong with which.
Result<std::vector<Socket>> parse_sockets(const Json& json);

}  // namespace weir::tool
