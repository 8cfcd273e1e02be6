// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shape of a map: what compiled code knows of it as constants. The operations in this folder
// take it by value, so that with a constant shape every size, stride, mask and offset folds, and
// a lookup in an array is a comparison and an address.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>

// Lookups are small once the shape is known, and know it only where they are inlined.
#define WEIR_MAP_INLINE [[gnu::always_inline]] inline

namespace weir {

// No bpf_spin_lock in the value.
inline constexpr uint32_t kNoSpinLock = UINT32_MAX;

// Sizes in bytes. Must agree with the header of the map it is used with (shape_of, map.h).
struct MapShape {
  uint32_t type = BPF_MAP_TYPE_UNSPEC;
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;
  uint32_t flags = 0;                       // BPF_F_* of the map's creation
  uint32_t spin_lock_offset = kNoSpinLock;  // of the bpf_spin_lock in the value; a multiple of 4
  bool operator==(const MapShape&) const = default;
};

// The storage starts one page behind the header, so that a host may map it by itself.
inline constexpr uint64_t kMapStorageOffset = 4096;

constexpr uint64_t round_up(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// From one value to the next: values are aligned to 8 bytes, as in the kernel.
constexpr uint64_t value_stride(MapShape shape) {
  return round_up(shape.value_size, 8);
}

// Per-CPU values lie together by CPU, and each CPU's part is a multiple of 128 bytes (two lines:
// the adjacent one is prefetched), so that CPUs never share a line. 16 values of at least 8 bytes
// each make one.
constexpr uint64_t per_cpu_count(uint64_t entries) {
  return round_up(entries, 16);
}
constexpr uint64_t per_cpu_stride(MapShape shape, uint64_t entries) {
  return per_cpu_count(entries) * value_stride(shape);
}

constexpr bool is_lru(uint32_t type) {
  return type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}
constexpr bool is_per_cpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}
// The maps that hash_map.h serves.
constexpr bool is_hash(uint32_t type) {
  return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH || is_lru(type) ||
         type == BPF_MAP_TYPE_HASH_OF_MAPS || type == BPF_MAP_TYPE_DEVMAP_HASH ||
         type == BPF_MAP_TYPE_SOCKHASH;
}

// Where the values are that a program can hold pointers to: `count` values of `size` bytes, the
// first at `offset` from the map's base, one every `stride` bytes. count 0: the map gives out none.
struct ValueSpan {
  uint64_t offset = 0;
  uint64_t stride = 8;
  uint64_t count = 0;
  uint64_t size = 0;
  bool operator==(const ValueSpan&) const = default;
};

}  // namespace weir
