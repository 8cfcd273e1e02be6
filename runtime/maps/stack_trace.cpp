// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF_MAP_TYPE_STACK_TRACE is accepted, so that programs that define one load. There are no stacks
// of a kernel here, so it stays empty. Kernel: kernel/bpf/stackmap.c.
#include <bit>
#include <cerrno>

#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"
#include "runtime/maps/words.h"

namespace weir {

namespace {

uint64_t storage_end(const MapSpec&) {
  return kMapStorageOffset;
}
int64_t update(Map*, const void*, const void*, uint64_t) {
  return -EINVAL;
}
int64_t erase(Map* map, const void* key) {
  const uint32_t id = read_plain32(static_cast<const uint8_t*>(key));
  return id >= std::bit_ceil(map->max_entries) ? -E2BIG : -ENOENT;
}
int64_t next_key(Map*, const void*, void*) {
  return -ENOENT;
}
int64_t host_lookup(Map*, const void*, void*, uint64_t flags) {
  return flags != 0 ? -EINVAL : -ENOENT;
}

}  // namespace

constinit const MapKind kStackTraceKind = {
    .type = BPF_MAP_TYPE_STACK_TRACE,
    .name = "stack_trace",
    .pinnable = true,
    .storage_end = storage_end,
    .span = no_span,
    .initialise = initialise_nothing,
    .lookup = nullptr,
    .update = nullptr,
    .erase = erase,
    .push = nullptr,
    .pop = nullptr,
    .peek = nullptr,
    .advance = nullptr,
    .next_key = next_key,
    .host_lookup = host_lookup,
    .host_update = update,
    .host_take = nullptr,
};

}  // namespace weir
