// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers about maps.
#include <linux/bpf.h>

#include "runtime/abi/helpers.h"
#include "runtime/helpers/arguments.h"
#include "runtime/maps/map_in_map.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/target_map.h"

namespace weir::helpers {

// Of a map of maps, the inner map; of a map of sockets, 1 where there is one: programs can only
// compare it with null.
uint64_t MapLookupElem(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  Map* const m = map(r1);
  switch (m->type) {
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      return reinterpret_cast<uint64_t>(map_of_maps_lookup(shape_of(m), m, memory(r2)));
    case BPF_MAP_TYPE_XSKMAP:
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH: return target_lookup(shape_of(m), m, memory(r2)) != nullptr;
    default: return reinterpret_cast<uint64_t>(map_lookup(m, memory(r2), c->cpu));
  }
}
uint64_t MapLookupPercpuElem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t,
                             ExecContext*) {
  return reinterpret_cast<uint64_t>(
      map_lookup_percpu(map(r1), memory(r2), static_cast<uint32_t>(r3)));
}
uint64_t MapUpdateElem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                       ExecContext* c) {
  return result(map_update(map(r1), memory(r2), memory(r3), r4, c->cpu));
}
uint64_t MapDeleteElem(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return result(map_delete(map(r1), memory(r2)));
}
uint64_t MapPushElem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  return result(map_push(map(r1), memory(r2), r3));
}
uint64_t MapPopElem(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return result(map_pop(map(r1), memory(r2)));
}
uint64_t MapPeekElem(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return result(map_peek(map(r1), memory(r2)));
}

// The cursor is the program's memory, of any alignment, and may hold anything.
uint64_t MapAdvance(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext* c) {
  MapCursor cursor;
  static_assert(sizeof(cursor) == kMapCursorBytes);
  std::memcpy(&cursor, memory(r2), sizeof(cursor));
  void* value = nullptr;
  const bool more = map_advance(map(r1), cursor, c->cpu, memory(r3), &value);
  std::memcpy(memory(r2), &cursor, sizeof(cursor));
  return more ? reinterpret_cast<uint64_t>(value) : 0;
}

}  // namespace weir::helpers
