// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Who holds a lock: a process, as the number that goes into a lock word. It is made from the
// process id and the time the process started, so that a later process with the same id is not
// taken for the owner.
#pragma once

#include <cstdint>

namespace weir {

// Never 0. Changes in a child after fork().
uint32_t this_owner();

// False if the process is gone, a zombie, or another one with its id. When in doubt, true.
bool owner_lives(uint32_t owner);

// The name space of process ids that this process is in; 0 if the system does not say.
uint64_t pid_namespace();

}  // namespace weir
