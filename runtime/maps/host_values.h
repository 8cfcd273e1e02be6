// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the host's operations on several kinds of map have in common.
#pragma once

#include "runtime/maps/map.h"

namespace weir {

// For every map whose keys are 0 .. max_entries-1. A key that is null or none of them: the first.
int64_t array_next_key(Map* map, const void* key, void* next);

// BPF_F_LOCK, if the value has a bpf_spin_lock.
bool lookup_flags_allowed(const Map* map, uint64_t flags);

// A value into the host's buffer; its bpf_spin_lock reads as 0. BPF_F_LOCK: under that lock; 0 or
// -EBUSY.
int64_t copy_value_out(MapShape shape, Map* map, void* value, void* buffer, uint64_t flags);

// Into the place of `cpu` in a buffer of value_stride() bytes for each CPU.
void copy_cpu_value_out(MapShape shape, const void* value, void* buffer, uint32_t cpu);

}  // namespace weir
