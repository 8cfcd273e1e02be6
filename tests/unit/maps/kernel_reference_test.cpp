// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same operations on a map of weir's and on one of the kernel's: same results, same error
// codes, same contents. Skipped where bpf(2) cannot be had.
#include <set>

#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

struct Reference {
  MapSpec spec;
  uint32_t keys;     // how many different ones are used
  bool full = true;  // whether they may be more than max_entries
};

std::string describe(const MapSpec& spec) {
  return map_type_name(spec.type) + " key " + std::to_string(spec.key_size) + " value " +
         std::to_string(spec.value_size) + " entries " + std::to_string(spec.max_entries) +
         " flags " + std::to_string(spec.flags) + " extra " + std::to_string(spec.map_extra);
}

Bytes key_for(const MapSpec& spec, uint64_t number) {
  Bytes key = key_bytes(number, spec.key_size);
  if (spec.type == BPF_MAP_TYPE_LPM_TRIE) {
    const uint32_t bits = static_cast<uint32_t>(number * 7 % ((spec.key_size - 4) * 8 + 2));
    std::memcpy(key.data(), &bits, 4);
    for (uint32_t i = 4; i < spec.key_size; ++i) {
      key[i] = static_cast<uint8_t>(number >> i & 1 ? 0xa5 : 0x5a);
    }
  }
  return key;
}

std::vector<Reference> references() {
  const uint32_t cpus = possible_cpus();
  std::vector<Reference> all = {
      {spec_of(BPF_MAP_TYPE_ARRAY, 4, 8, 20), 25},
      {spec_of(BPF_MAP_TYPE_ARRAY, 4, 13, 7), 9},
      {spec_of(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 20), 25},
      {spec_of(BPF_MAP_TYPE_HASH, 4, 8, 20), 30},
      {spec_of(BPF_MAP_TYPE_HASH, 16, 24, 50, BPF_F_NO_PREALLOC), 70},
      {spec_of(BPF_MAP_TYPE_HASH, 3, 5, 8), 12},
      {spec_of(BPF_MAP_TYPE_PERCPU_HASH, 4, 12, 20), 30},
      {spec_of(BPF_MAP_TYPE_PERCPU_HASH, 8, 8, 20, BPF_F_NO_PREALLOC), 30},
      {spec_of(BPF_MAP_TYPE_LRU_HASH, 4, 8, 1000 * cpus), 60, false},
      {spec_of(BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 1000 * cpus), 60, false},
      {spec_of(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 40, BPF_F_NO_PREALLOC), 300},
      {spec_of(BPF_MAP_TYPE_LPM_TRIE, 20, 4, 100, BPF_F_NO_PREALLOC), 300},
      {spec_of(BPF_MAP_TYPE_LPM_TRIE, 5, 1, 10, BPF_F_NO_PREALLOC), 300},
      {spec_of(BPF_MAP_TYPE_QUEUE, 0, 12, 5), 1},
      {spec_of(BPF_MAP_TYPE_STACK, 0, 12, 5), 1},
  };
  return all;
}

Bytes host_value(const Map* map, uint64_t number) {
  Bytes value(map_host_value_size(map));
  for (uint32_t cpu = 0; cpu * value_stride(shape_of(map)) < value.size(); ++cpu) {
    const Bytes one = value_bytes(number + cpu, map->value_size);
    std::memcpy(value.data() + cpu * value_stride(shape_of(map)), one.data(), one.size());
  }
  return value;
}

TEST(KernelReference, SameResultsForRandomOperations) {
  NEEDS_KERNEL();
  for (const Reference& reference : references()) {
    const MapSpec& spec = reference.spec;
    SCOPED_TRACE(describe(spec));
    const MapHandle handle = make_map(spec);
    Map* map = handle.map();
    KernelMap kernel(spec);
    ASSERT_GE(kernel.fd(), 0) << std::strerror(static_cast<int>(-kernel.error()));
    std::minstd_rand random(spec.type * 1000 + spec.key_size);
    const bool keyless = spec.key_size == 0;
    for (int round = 0; round < 3000; ++round) {
      const uint64_t number = random() % reference.keys;
      const Bytes key_data = key_for(spec, number);
      const void* key = keyless ? nullptr : key_data.data();
      Bytes ours(map_host_value_size(map));
      Bytes theirs = ours;
      switch (random() % 8) {
        case 0:
        case 1: {
          const int64_t expected = kernel.lookup(key, theirs.data());
          ASSERT_EQ(map_host_lookup(map, key, ours.data(), 0), expected) << round;
          if (expected == 0) {
            ASSERT_EQ(ours, theirs) << round;
          }
          break;
        }
        case 2: ASSERT_EQ(map_host_delete(map, key), kernel.erase(key)) << round; break;
        case 3: {
          if (random() % 3 != 0) break;
          const int64_t expected = kernel.lookup_and_delete(key, theirs.data());
          ASSERT_EQ(map_host_lookup_and_delete(map, key, ours.data(), 0), expected) << round;
          if (expected == 0) {
            ASSERT_EQ(ours, theirs) << round;
          }
          break;
        }
        case 4: {
          // A lookup by odd flags.
          const uint64_t flags = random() % 6;
          const int64_t expected = kernel.lookup(key, theirs.data(), flags);
          ASSERT_EQ(map_host_lookup(map, key, ours.data(), flags), expected) << round << flags;
          break;
        }
        default: {
          const Bytes value = host_value(map, random());
          const uint64_t choices[] = {BPF_ANY, BPF_ANY, BPF_NOEXIST, BPF_EXIST, 3, BPF_F_LOCK};
          const uint64_t flags = choices[random() % 6];
          ASSERT_EQ(map_host_update(map, key, value.data(), flags),
                    kernel.update(key, value.data(), flags))
              << round << " flags " << flags;
        }
      }
    }
    if (keyless) continue;
    // The same contents. Tries are walked in the same order, too.
    auto walk = [&](auto&& next) {
      std::vector<Bytes> keys;
      Bytes key(spec.key_size);
      for (int64_t more = next(nullptr, key.data()); more == 0 && keys.size() < 10'000;
           more = next(key.data(), key.data())) {
        keys.push_back(key);
      }
      return keys;
    };
    auto ours = walk([&](const void* key, void* next) { return map_get_next_key(map, key, next); });
    auto theirs = walk([&](const void* key, void* next) { return kernel.next_key(key, next); });
    if (spec.type != BPF_MAP_TYPE_LPM_TRIE) {
      EXPECT_EQ(std::multiset<Bytes>(ours.begin(), ours.end()),
                std::multiset<Bytes>(theirs.begin(), theirs.end()));
    } else {
      EXPECT_EQ(ours, theirs);
    }
    for (const Bytes& key : theirs) {
      Bytes our_value(map_host_value_size(map));
      Bytes their_value = our_value;
      EXPECT_EQ(map_host_lookup(map, key.data(), our_value.data(), 0), 0);
      EXPECT_EQ(kernel.lookup(key.data(), their_value.data()), 0);
      EXPECT_EQ(our_value, their_value);
    }
  }
}

TEST(KernelReference, SameRefusalsOnCreation) {
  NEEDS_KERNEL();
  const uint32_t key_sizes[] = {0, 1, 4, 4, 4, 5, 8, 260, 261, 512, 513, 1u << 22, UINT32_MAX};
  const uint32_t value_sizes[] = {
      0,        1,         4, 4, 8, 8, 9, 1016, 1024, 32768, 32769, 1u << 22, (1u << 22) + 1,
      1u << 31, UINT32_MAX};
  const uint32_t entries[] = {0, 1, 3, 4096, 5000, 8192, 8193, (1u << 27) + 1, UINT32_MAX};
  const uint32_t flag_bits[] = {BPF_F_NO_PREALLOC,    BPF_F_NO_PREALLOC, BPF_F_NO_COMMON_LRU,
                                BPF_F_NUMA_NODE,      BPF_F_RDONLY,      BPF_F_WRONLY,
                                BPF_F_STACK_BUILD_ID, BPF_F_ZERO_SEED,   BPF_F_RDONLY_PROG,
                                BPF_F_WRONLY_PROG,    BPF_F_MMAPABLE,    BPF_F_PRESERVE_ELEMS,
                                BPF_F_INNER_MAP};
  const uint32_t types[] = {BPF_MAP_TYPE_ARRAY,       BPF_MAP_TYPE_PERCPU_ARRAY,
                            BPF_MAP_TYPE_HASH,        BPF_MAP_TYPE_PERCPU_HASH,
                            BPF_MAP_TYPE_LRU_HASH,    BPF_MAP_TYPE_LRU_PERCPU_HASH,
                            BPF_MAP_TYPE_LPM_TRIE,    BPF_MAP_TYPE_QUEUE,
                            BPF_MAP_TYPE_STACK,       BPF_MAP_TYPE_BLOOM_FILTER,
                            BPF_MAP_TYPE_RINGBUF,     BPF_MAP_TYPE_PERF_EVENT_ARRAY,
                            BPF_MAP_TYPE_PROG_ARRAY,  BPF_MAP_TYPE_CGROUP_ARRAY,
                            BPF_MAP_TYPE_DEVMAP,      BPF_MAP_TYPE_DEVMAP_HASH,
                            BPF_MAP_TYPE_CPUMAP,      BPF_MAP_TYPE_XSKMAP,
                            BPF_MAP_TYPE_STACK_TRACE, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY};
  std::minstd_rand random(11);
  auto pick = [&](auto& list) { return list[random() % std::size(list)]; };
  uint32_t accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    MapSpec spec = spec_of(pick(types), pick(key_sizes), pick(value_sizes), pick(entries));
    if (random() % 2 == 0) spec.flags |= pick(flag_bits);
    if (random() % 6 == 0) spec.flags |= pick(flag_bits);
    if (spec.type == BPF_MAP_TYPE_LPM_TRIE && random() % 4 != 0) spec.flags |= BPF_F_NO_PREALLOC;
    if (random() % 8 == 0) spec.map_extra = random() % 18;
    // Do not make the kernel hold gigabytes for us.
    const uint64_t bytes = (uint64_t{spec.value_size} + spec.key_size) * spec.max_entries;
    const int64_t ours = create_map_errno(spec);
    if (ours == 0 && bytes > 64u << 20) continue;
    const KernelMap kernel(spec);
    if (kernel.error() == -ENOMEM || ours == -ENOMEM) continue;
    // Limits that only weir has: it maps the CPUs' buffers, and the kernel is asked for the CPUs.
    if (spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && ours == -E2BIG) continue;
    if (spec.type == BPF_MAP_TYPE_CPUMAP && spec.max_entries > 1) continue;
    accepted += ours == 0 ? 1 : 0;
    EXPECT_EQ(ours, kernel.error()) << describe(spec);
  }
  EXPECT_GT(accepted, 100u);
}

// Needs a real device in the kernel: the loopback is number 1.
TEST(KernelReference, Devmaps) {
  NEEDS_KERNEL();
  for (const uint32_t type : {BPF_MAP_TYPE_DEVMAP, BPF_MAP_TYPE_DEVMAP_HASH}) {
    const MapSpec spec = spec_of(type, 4, 4, 8);
    const MapHandle handle = make_map(spec);
    KernelMap kernel(spec);
    if (kernel.fd() < 0) GTEST_SKIP() << "this kernel has no devmaps";
    std::minstd_rand random(type);
    for (int round = 0; round < 2000; ++round) {
      const auto key = static_cast<uint32_t>(random() % 12);
      const uint32_t device = random() % 4 == 0 ? 0 : 1;
      const uint64_t flags = random() % 4;
      uint32_t ours = 0;
      uint32_t theirs = 0;
      switch (random() % 3) {
        case 0: ASSERT_EQ(map_host_delete(handle.map(), &key), kernel.erase(&key)); break;
        case 1:
          ASSERT_EQ(map_host_lookup(handle.map(), &key, &ours, 0), kernel.lookup(&key, &theirs));
          ASSERT_EQ(ours, theirs);
          break;
        default:
          ASSERT_EQ(map_host_update(handle.map(), &key, &device, flags),
                    kernel.update(&key, &device, flags))
              << "key " << key << " device " << device << " flags " << flags;
      }
    }
  }
}

TEST(KernelReference, FrozenMaps) {
  NEEDS_KERNEL();
  const MapSpec spec = spec_of(BPF_MAP_TYPE_ARRAY, 4, 4, 1);
  const MapHandle handle = make_map(spec);
  KernelMap kernel(spec);
  const uint32_t zero = 0;
  EXPECT_EQ(map_freeze(handle.map()), kernel.freeze());
  EXPECT_EQ(map_freeze(handle.map()), kernel.freeze());
  EXPECT_EQ(map_host_update(handle.map(), &zero, &zero, 0), kernel.update(&zero, &zero));
  EXPECT_EQ(map_host_delete(handle.map(), &zero), kernel.erase(&zero));
}

}  // namespace
}  // namespace weir
