// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers about maps.
#include "runtime/helpers/helpers.h"
#include "runtime/maps/map_ops.h"

namespace weir::helpers {

namespace {
Map* map(uint64_t r) {
  return reinterpret_cast<Map*>(r);
}
void* memory(uint64_t r) {
  return reinterpret_cast<void*>(r);
}
uint64_t error(int64_t result) {
  return static_cast<uint64_t>(result);
}
}  // namespace

uint64_t MapLookupElem(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  return reinterpret_cast<uint64_t>(map_lookup(map(r1), memory(r2), c->cpu));
}
uint64_t MapLookupPercpuElem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t,
                             ExecContext*) {
  return reinterpret_cast<uint64_t>(
      map_lookup_percpu(map(r1), memory(r2), static_cast<uint32_t>(r3)));
}
uint64_t MapUpdateElem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                       ExecContext* c) {
  return error(map_update(map(r1), memory(r2), memory(r3), r4, c->cpu));
}
uint64_t MapDeleteElem(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return error(map_delete(map(r1), memory(r2)));
}
uint64_t MapPushElem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  return error(map_push(map(r1), memory(r2), r3));
}
uint64_t MapPopElem(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return error(map_pop(map(r1), memory(r2)));
}
uint64_t MapPeekElem(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return error(map_peek(map(r1), memory(r2)));
}

}  // namespace weir::helpers
