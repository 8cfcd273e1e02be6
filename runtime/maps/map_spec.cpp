// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the kernel's map_alloc_check() functions demand, type by type, in their order, so that the
// first objection is the kernel's and so is its errno. Sources: kernel/bpf/arraymap.c, hashtab.c,
// lpm_trie.c, queue_stack_maps.c, ringbuf.c, bloom_filter.c, devmap.c, cpumap.c, stackmap.c,
// net/xdp/xskmap.c, net/core/sock_map.c, syscall.c.
#include "runtime/maps/map_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <fstream>

#include "runtime/maps/map_kind.h"

namespace weir {

namespace {

using Problem = std::optional<SpecProblem>;

// Flags that <linux/bpf.h> may be too old to name.
constexpr uint32_t kAccessFlags =
    BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;
constexpr uint32_t kHostAccessFlags = BPF_F_RDONLY | BPF_F_WRONLY;
// sizeof(struct htab_elem), and sizeof(struct lpm_trie_node).
constexpr uint64_t kKernelHashElement = 48;
constexpr uint64_t kKernelLpmNode = 40;
// Buckets of 16 bytes each, counted in 32 bits.
constexpr uint32_t kMaxBuckets = 1u << 27;
constexpr uint32_t kMaxDeviceBuckets = 1u << 31;
constexpr uint32_t kMaxStackDepth = 127;  // kernel.perf_event_max_stack
constexpr uint32_t kMaxStacks = 1u << 31;
constexpr uint32_t kMaxKernelCpus = 8192;
constexpr uint32_t kMaxBpfStack = 512;

Problem invalid(std::string what) {
  return SpecProblem{-EINVAL, std::move(what)};
}
Problem too_big(std::string what) {
  return SpecProblem{-E2BIG, std::move(what)};
}

Problem check_flags(const MapSpec& spec, uint32_t allowed) {
  if ((spec.flags & ~allowed) != 0) {
    return invalid(fmt::format("map_flags {:#x} holds {:#x}, which this type does not take",
                               spec.flags, spec.flags & ~allowed));
  }
  constexpr uint32_t kProg = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;
  if ((spec.flags & kProg) == kProg) {
    return invalid("map_flags has both BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG");
  }
  return std::nullopt;
}
Problem need_entries(const MapSpec& spec) {
  if (spec.max_entries != 0) return std::nullopt;
  return invalid("max_entries is 0, expected at least 1");
}
Problem need_key(const MapSpec& spec, uint32_t size) {
  if (spec.key_size == size) return std::nullopt;
  return invalid(fmt::format("key_size is {}, expected {}", spec.key_size, size));
}
Problem need_value(const MapSpec& spec, std::initializer_list<uint32_t> sizes) {
  if (std::ranges::find(sizes, spec.value_size) != sizes.end()) return std::nullopt;
  return invalid(
      fmt::format("value_size is {}, expected {}", spec.value_size, fmt::join(sizes, " or ")));
}
Problem limit_per_cpu(const MapSpec& spec) {
  if (!is_per_cpu(spec.type) || round_up(spec.value_size, 8) <= kMaxPerCpuValueBytes) {
    return std::nullopt;
  }
  return too_big(fmt::format("value_size is {}, expected at most {} in a per-CPU map",
                             spec.value_size, kMaxPerCpuValueBytes));
}

// The first objection of several.
template <typename... Problems>
Problem first(Problems... problems) {
  Problem found;
  // Not `found = found ? ...`: a string that is moved to itself is empty.
  (void(found ? false : (found = std::move(problems), true)), ...);
  return found;
}

Problem check_array(const MapSpec& spec) {
  uint32_t flags = BPF_F_NUMA_NODE | kAccessFlags;
  if (spec.type == BPF_MAP_TYPE_ARRAY) flags |= BPF_F_MMAPABLE | BPF_F_INNER_MAP;
  if (spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY) flags |= BPF_F_PRESERVE_ELEMS;
  if (is_per_cpu(spec.type)) flags &= ~BPF_F_NUMA_NODE;
  if (auto problem = first(need_entries(spec), need_key(spec, 4), check_flags(spec, flags))) {
    return problem;
  }
  if (spec.value_size == 0) return invalid("value_size is 0, expected at least 1");
  if (spec.value_size > INT32_MAX) {
    return too_big(
        fmt::format("value_size is {}, expected at most {}", spec.value_size, INT32_MAX));
  }
  return limit_per_cpu(spec);
}

// Arrays whose values are file descriptors.
Problem check_fd_array(const MapSpec& spec) {
  if (auto problem = need_value(spec, {4})) return problem;
  if ((spec.flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)) != 0) {
    return invalid(
        "map_flags has BPF_F_RDONLY_PROG or BPF_F_WRONLY_PROG, which this type does "
        "not take");
  }
  return check_array(spec);
}

Problem check_hash(const MapSpec& spec) {
  const bool lru = is_lru(spec.type);
  if (auto problem = check_flags(spec, BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE |
                                           kAccessFlags | BPF_F_ZERO_SEED)) {
    return problem;
  }
  if (!lru && (spec.flags & BPF_F_NO_COMMON_LRU) != 0) {
    return invalid("BPF_F_NO_COMMON_LRU is for LRU maps");
  }
  if (lru && (spec.flags & BPF_F_NO_PREALLOC) != 0) {
    return SpecProblem{-kENotSupp, "LRU maps cannot have BPF_F_NO_PREALLOC"};
  }
  if ((spec.flags & BPF_F_NUMA_NODE) != 0 &&
      (is_per_cpu(spec.type) || (spec.flags & BPF_F_NO_COMMON_LRU) != 0)) {
    return invalid("BPF_F_NUMA_NODE does not go with per-CPU memory");
  }
  if (auto problem = need_entries(spec)) return problem;
  if (spec.key_size == 0) return invalid("key_size is 0, expected at least 1");
  if (spec.value_size == 0) return invalid("value_size is 0, expected at least 1");
  const uint64_t element = uint64_t{spec.key_size} + spec.value_size;
  const uint64_t limit = kKmallocMaxBytes - kKernelHashElement;
  if (element >= limit) {
    return too_big(fmt::format("key_size and value_size are {} together, expected less than {}",
                               element, limit));
  }
  if (auto problem = limit_per_cpu(spec)) return problem;
  if (spec.max_entries > kMaxBuckets) {
    return too_big(
        fmt::format("max_entries is {}, expected at most {}", spec.max_entries, kMaxBuckets));
  }
  return std::nullopt;
}

Problem check_lpm_trie(const MapSpec& spec) {
  if (auto problem = need_entries(spec)) return problem;
  if ((spec.flags & BPF_F_NO_PREALLOC) == 0) return invalid("map_flags lacks BPF_F_NO_PREALLOC");
  if (auto problem = check_flags(spec, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | kAccessFlags)) {
    return problem;
  }
  if (spec.key_size < 5 || spec.key_size > 4 + kMaxLpmDataBytes) {
    return invalid(
        fmt::format("key_size is {}, expected 5 to {}: 4 bytes of prefix length, then "
                    "the prefix",
                    spec.key_size, 4 + kMaxLpmDataBytes));
  }
  constexpr uint64_t kLimit = kKmallocMaxBytes - kMaxLpmDataBytes - kKernelLpmNode;
  if (spec.value_size == 0 || spec.value_size > kLimit) {
    return invalid(fmt::format("value_size is {}, expected 1 to {}", spec.value_size, kLimit));
  }
  return std::nullopt;
}

Problem check_queue(const MapSpec& spec) {
  if (auto problem = first(need_entries(spec), need_key(spec, 0),
                           check_flags(spec, BPF_F_NUMA_NODE | kAccessFlags))) {
    return problem;
  }
  if (spec.value_size == 0) return invalid("value_size is 0, expected at least 1");
  if (spec.value_size > kKmallocMaxBytes) {
    return too_big(
        fmt::format("value_size is {}, expected at most {}", spec.value_size, kKmallocMaxBytes));
  }
  return std::nullopt;
}

Problem check_bloom_filter(const MapSpec& spec) {
  if (spec.value_size > kKmallocMaxBytes) {
    return too_big(
        fmt::format("value_size is {}, expected at most {}", spec.value_size, kKmallocMaxBytes));
  }
  if (auto problem = first(need_key(spec, 0), need_entries(spec),
                           check_flags(spec, BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | kAccessFlags))) {
    return problem;
  }
  if (spec.value_size == 0) return invalid("value_size is 0, expected at least 1");
  if (spec.map_extra > 15) {
    return invalid(fmt::format("map_extra is {}, expected the number of hash functions, at most 15",
                               spec.map_extra));
  }
  return std::nullopt;
}

Problem check_ring_buffer(const MapSpec& spec) {
  if (auto problem =
          first(check_flags(spec, BPF_F_NUMA_NODE), need_key(spec, 0), need_value(spec, {0}))) {
    return problem;
  }
  if (!std::has_single_bit(spec.max_entries) || spec.max_entries % 4096 != 0) {
    return invalid(fmt::format("max_entries is {}, expected a power of two and a multiple of 4096",
                               spec.max_entries));
  }
  return std::nullopt;
}

Problem check_perf_event_array(const MapSpec& spec) {
  if (auto problem = check_fd_array(spec)) return problem;
  if (!std::has_single_bit(spec.buffer_bytes) || spec.buffer_bytes < 4096 ||
      spec.buffer_bytes > 1u << 30) {
    return invalid(fmt::format("a buffer has {} bytes, expected a power of two from 4096 to 2^30",
                               spec.buffer_bytes));
  }
  if (spec.max_entries > kMaxCpuSlots) {
    return too_big(
        fmt::format("max_entries is {}, expected at most {}", spec.max_entries, kMaxCpuSlots));
  }
  return std::nullopt;
}

Problem check_map_of_maps(const MapSpec& spec) {
  if (!spec.inner) return invalid("nothing says what its inner maps are");
  const uint32_t inner = spec.inner->type;
  if (inner == BPF_MAP_TYPE_PROG_ARRAY || inner == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
      inner == BPF_MAP_TYPE_HASH_OF_MAPS) {
    return SpecProblem{inner == BPF_MAP_TYPE_PROG_ARRAY ? -kENotSupp : -EINVAL,
                       fmt::format("its inner maps cannot be of type {}", map_type_name(inner))};
  }
  if (spec.type == BPF_MAP_TYPE_ARRAY_OF_MAPS) return check_fd_array(spec);
  return first(need_value(spec, {4}), check_hash(spec));
}

Problem check_devmap(const MapSpec& spec) {
  if (auto problem = first(need_entries(spec), need_key(spec, 4), need_value(spec, {4, 8}),
                           check_flags(spec, BPF_F_NUMA_NODE | kHostAccessFlags))) {
    return problem;
  }
  if (spec.type == BPF_MAP_TYPE_DEVMAP_HASH && spec.max_entries > kMaxDeviceBuckets) {
    return invalid(
        fmt::format("max_entries is {}, expected at most {}", spec.max_entries, kMaxDeviceBuckets));
  }
  return std::nullopt;
}

Problem check_cpumap(const MapSpec& spec) {
  if (auto problem = first(need_entries(spec), need_key(spec, 4), need_value(spec, {4, 8}),
                           check_flags(spec, BPF_F_NUMA_NODE))) {
    return problem;
  }
  if (spec.max_entries > kMaxKernelCpus) {
    return too_big(
        fmt::format("max_entries is {}, expected at most {}", spec.max_entries, kMaxKernelCpus));
  }
  return std::nullopt;
}

Problem check_xskmap(const MapSpec& spec) {
  return first(need_entries(spec), need_key(spec, 4), need_value(spec, {4}),
               check_flags(spec, BPF_F_NUMA_NODE | kHostAccessFlags));
}

Problem check_sockmap(const MapSpec& spec) {
  const bool hash = spec.type == BPF_MAP_TYPE_SOCKHASH;
  if (auto problem = need_entries(spec)) return problem;
  if (hash ? spec.key_size == 0 : spec.key_size != 4) {
    return invalid(
        fmt::format("key_size is {}, expected {}", spec.key_size, hash ? "at least 1" : "4"));
  }
  if (auto problem =
          first(need_value(spec, {4, 8}), check_flags(spec, BPF_F_NUMA_NODE | kHostAccessFlags))) {
    return problem;
  }
  if (hash && spec.key_size > kMaxBpfStack) {
    return too_big(fmt::format("key_size is {}, expected at most {}", spec.key_size, kMaxBpfStack));
  }
  if (hash && spec.max_entries > kMaxBuckets) {
    return invalid(
        fmt::format("max_entries is {}, expected at most {}", spec.max_entries, kMaxBuckets));
  }
  return std::nullopt;
}

Problem check_reuseport_sockarray(const MapSpec& spec) {
  if (auto problem = need_value(spec, {4, 8})) return problem;
  return check_array(spec);
}

Problem check_stack_trace(const MapSpec& spec) {
  if (auto problem =
          first(check_flags(spec, BPF_F_NUMA_NODE | kHostAccessFlags | BPF_F_STACK_BUILD_ID),
                need_entries(spec), need_key(spec, 4))) {
    return problem;
  }
  const uint32_t frame = (spec.flags & BPF_F_STACK_BUILD_ID) != 0 ? sizeof(bpf_stack_build_id) : 8;
  if (spec.value_size < 8 || spec.value_size % frame != 0 ||
      spec.value_size / frame > kMaxStackDepth) {
    return invalid(fmt::format("value_size is {}, expected a multiple of {} for at most {} frames",
                               spec.value_size, frame, kMaxStackDepth));
  }
  if (spec.max_entries > kMaxStacks) {
    return too_big(
        fmt::format("max_entries is {}, expected at most {}", spec.max_entries, kMaxStacks));
  }
  return std::nullopt;
}

Problem check_type(const MapSpec& spec) {
  switch (spec.type) {
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_ARRAY: return check_array(spec);
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_CGROUP_ARRAY: return check_fd_array(spec);
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY: return check_perf_event_array(spec);
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH: return check_hash(spec);
    case BPF_MAP_TYPE_LPM_TRIE: return check_lpm_trie(spec);
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK: return check_queue(spec);
    case BPF_MAP_TYPE_BLOOM_FILTER: return check_bloom_filter(spec);
    case BPF_MAP_TYPE_RINGBUF: return check_ring_buffer(spec);
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS: return check_map_of_maps(spec);
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH: return check_devmap(spec);
    case BPF_MAP_TYPE_CPUMAP: return check_cpumap(spec);
    case BPF_MAP_TYPE_XSKMAP: return check_xskmap(spec);
    case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY: return check_reuseport_sockarray(spec);
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH: return check_sockmap(spec);
    case BPF_MAP_TYPE_STACK_TRACE: return check_stack_trace(spec);
    default: return invalid("weir has no maps of this type");
  }
}

Problem check_spin_lock(const MapSpec& spec) {
  if (spec.spin_lock_offset == kNoSpinLock) return std::nullopt;
  if (spec.type != BPF_MAP_TYPE_ARRAY && spec.type != BPF_MAP_TYPE_HASH) {
    return SpecProblem{-EOPNOTSUPP, "values of this type cannot have a bpf_spin_lock"};
  }
  if (spec.spin_lock_offset % 4 != 0 || spec.value_size < 4 ||
      spec.spin_lock_offset > spec.value_size - 4) {
    return invalid(fmt::format("the bpf_spin_lock at offset {} is not inside the value of {} bytes",
                               spec.spin_lock_offset, spec.value_size));
  }
  return std::nullopt;
}

}  // namespace

std::optional<SpecProblem> find_spec_problem(const MapSpec& spec) {
  if (map_kind(spec.type) == nullptr) return invalid("weir has no maps of this type");
  // syscall.c: map_create() and bpf_get_file_flag().
  if (spec.type != BPF_MAP_TYPE_BLOOM_FILTER && spec.map_extra != 0) {
    return invalid(fmt::format("map_extra is {}, expected 0", spec.map_extra));
  }
  if ((spec.flags & kHostAccessFlags) == kHostAccessFlags) {
    return invalid("map_flags has both BPF_F_RDONLY and BPF_F_WRONLY");
  }
  if (auto problem = first(check_type(spec), check_spin_lock(spec))) return problem;
  if (spec.cpu_slots > kMaxCpuSlots) {
    return too_big(fmt::format("{} CPUs, expected at most {}", spec.cpu_slots, kMaxCpuSlots));
  }
  if (spec.btf.size() > kMaxMapBtfBytes) {
    return too_big(
        fmt::format("{} bytes of BTF, expected at most {}", spec.btf.size(), kMaxMapBtfBytes));
  }
  return std::nullopt;
}

MapSpec map_spec(const MapDef& def) {
  MapSpec spec;
  spec.name = def.name;
  spec.type = def.type;
  spec.key_size = def.key_size;
  spec.value_size = def.value_size;
  spec.max_entries = def.max_entries;
  spec.flags = def.flags;
  spec.map_extra = def.map_extra;
  if (!def.inner.empty()) spec.inner = shape_of_spec(map_spec(def.inner.front()));
  if (def.spin_lock_offset) spec.spin_lock_offset = *def.spin_lock_offset;
  spec.key_type_id = def.key_type_id;
  spec.value_type_id = def.value_type_id;
  if (spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && spec.max_entries == 0) {
    spec.max_entries = possible_cpus();
  }
  if (spec.type == BPF_MAP_TYPE_RINGBUF && spec.max_entries != 0 && spec.max_entries <= 1u << 31) {
    spec.max_entries = std::bit_ceil(std::max(spec.max_entries, 4096u));
  }
  return spec;
}

uint32_t possible_cpus() {
  static const uint32_t count = [] {
    // "0-1" or "0-3,8": one more than the last number.
    std::ifstream file("/sys/devices/system/cpu/possible");
    uint32_t last = 0;
    for (char separator = 0; file >> last && file >> separator;) {
    }
    return std::clamp(last + 1, 1u, kMaxCpuSlots);
  }();
  return count;
}

}  // namespace weir
