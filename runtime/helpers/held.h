// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets that a run holds: found, and not yet released. Internal to runtime/helpers.
#pragma once

#include "runtime/abi/exec_context.h"
#include "runtime/abi/socket.h"

namespace weir::helpers {

// Notes a socket that the host has found. False: the run holds as much as it can; the host has it
// back.
bool hold_socket(ExecContext* c, const Socket* socket);
// The socket whose bpf_sock or bpf_tcp_sock lies there, if the run holds it; else null.
const Socket* held_socket(const ExecContext* c, uint64_t address);
// Gives it back to the host, if the run holds it.
void release_held_socket(ExecContext* c, uint64_t address);

}  // namespace weir::helpers
