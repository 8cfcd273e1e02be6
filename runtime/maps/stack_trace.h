// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF_MAP_TYPE_STACK_TRACE: stacks by a number that is made from what is in them. Programs fill it
// with get_stackid, hosts read it. Kernel: kernel/bpf/stackmap.c.
#pragma once

#include <span>

#include "runtime/maps/map.h"

namespace weir {

// Addresses that a stack of the map can have.
uint32_t stack_depth(const Map* map);

// Keeps a stack, the innermost address first; of more than stack_depth() the first ones. `flags` of
// get_stackid: BPF_F_FAST_STACK_CMP, BPF_F_REUSE_STACKID; the others are the caller's. Its number,
// or -EEXIST where another stack has that number already.
int64_t store_stack(Map* map, std::span<const uint64_t> addresses, uint64_t flags);

}  // namespace weir
