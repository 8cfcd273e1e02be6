// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/host_values.h"

#include <cstring>

#include "runtime/maps/slow_paths.h"
#include "runtime/maps/spin_lock.h"

namespace weir {

bool lookup_flags_allowed(const Map* map, uint64_t flags) {
  if ((flags & ~uint64_t{BPF_F_LOCK}) != 0) return false;
  return flags == 0 || map->spin_lock_offset != kNoSpinLock;
}

int64_t copy_value_out(MapShape shape, Map* map, void* value, void* buffer, uint64_t flags) {
  if ((flags & BPF_F_LOCK) != 0) {
    if (const int64_t busy = value_lock(shape, map, value, map_slow_paths()); busy != 0) {
      return busy;
    }
    load_bytes(buffer, value, shape.value_size);
    value_unlock(shape, value);
  } else {
    load_bytes(buffer, value, shape.value_size);
  }
  if (shape.spin_lock_offset != kNoSpinLock) {
    std::memset(static_cast<uint8_t*>(buffer) + shape.spin_lock_offset, 0, 4);
  }
  return 0;
}

void copy_cpu_value_out(MapShape shape, const void* value, void* buffer, uint32_t cpu) {
  auto* to = static_cast<uint8_t*>(buffer) + cpu * value_stride(shape);
  load_bytes(to, value, shape.value_size);
  std::memset(to + shape.value_size, 0, value_stride(shape) - shape.value_size);
}

}  // namespace weir
