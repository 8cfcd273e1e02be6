// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a map is created from, and whether the kernel would create it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frontend/isa/program.h"
#include "frontend/support/result.h"
#include "runtime/maps/map_shape.h"

namespace weir {

// The kernel's own, which leaks out of bpf(): an operation that the kind of map does not have.
inline constexpr int64_t kENotSupp = 524;

// Of one map, however sparse: what is left of the address space is for others.
inline constexpr uint64_t kMaxMapBytes = uint64_t{1} << 44;
inline constexpr uint32_t kMaxCpuSlots = 4096;
inline constexpr uint64_t kMaxMapBtfBytes = 16u << 20;
// KMALLOC_MAX_SIZE of a kernel with pages of 4 KiB: the limit of a key with its value.
inline constexpr uint64_t kKmallocMaxBytes = 4u << 20;
// PCPU_MIN_UNIT_SIZE: the limit of a per-CPU value.
inline constexpr uint64_t kMaxPerCpuValueBytes = 32u << 10;
// LPM_DATA_SIZE_MAX: bytes of the prefix behind its length.
inline constexpr uint32_t kMaxLpmDataBytes = 256;
inline constexpr uint64_t kDefaultPerfBufferBytes = 64u << 10;

struct MapSpec {
  std::string name;  // raw; at most kMaxMapName bytes of it are kept
  uint32_t type = 0;
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;
  uint32_t flags = 0;
  uint64_t map_extra = 0;
  // Values of a per-CPU map. 0: as many as the machine can have CPUs.
  uint32_t cpu_slots = 0;
  uint32_t spin_lock_offset = kNoSpinLock;
  // Each CPU's buffer of a perf event array; a power of two of at least a page.
  uint64_t buffer_bytes = kDefaultPerfBufferBytes;
  // Maps of maps: the shape every inner map must have (map_in_map.h).
  std::optional<MapShape> inner;
  // To print values: BTF (raw .BTF section) and the ids of the types in it; 0 = unknown.
  std::vector<uint8_t> btf;
  uint32_t key_type_id = 0;
  uint32_t value_type_id = 0;
};

inline MapShape shape_of_spec(const MapSpec& spec) {
  return {spec.type,        spec.key_size, spec.value_size,
          spec.max_entries, spec.flags,    spec.spin_lock_offset};
}

// From a definition in an object, with what libbpf fills in: the number of CPUs for a perf event
// array that says 0 entries, ring buffers rounded up to a power of two of whole pages.
MapSpec map_spec(const MapDef& def);

// Possible CPUs of this machine; at least 1, at most kMaxCpuSlots.
uint32_t possible_cpus();

// What the kernel's map_alloc_check() of the type would object to.
struct SpecProblem {
  int64_t error = 0;  // negative errno, as BPF_MAP_CREATE gives
  std::string what;   // for an Error: what was found and what was expected
};
std::optional<SpecProblem> find_spec_problem(const MapSpec& spec);

// "hash", "percpu_array": as bpftool prints it; "type N" if unknown.
std::string map_type_name(uint32_t type);

}  // namespace weir
