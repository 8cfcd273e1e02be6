// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF_MAP_TYPE_BLOOM_FILTER: values are added and asked for, never taken out; "not there" is
// certain, "there" is probable. The number of bits and of hash functions (map_extra, 5 if 0) is the
// kernel's; the i-th bit is found by double hashing, so a value is hashed once.
//
// Kernel: kernel/bpf/bloom_filter.c.
#include <bit>
#include <cerrno>

#include "runtime/maps/key_hash.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"

namespace weir {

namespace {

uint32_t hash_functions(uint64_t map_extra) {
  return map_extra == 0 ? 5 : static_cast<uint32_t>(map_extra);
}

// A power of two. The best number is entries * functions / ln(2); 7/5 is about 1 / ln(2).
uint64_t bit_count(uint32_t entries, uint64_t map_extra) {
  constexpr uint64_t kMost = uint64_t{1} << 32;
  const uint64_t product = uint64_t{entries} * hash_functions(map_extra);
  if (product > UINT32_MAX) return kMost;
  const uint64_t bits = product / 5 * 7;
  if (bits > uint64_t{1} << 31) return kMost;
  return bits <= 64 ? 64 : std::bit_ceil(bits);
}

uint64_t storage_end(const MapSpec& spec) {
  return kMapStorageOffset + bit_count(spec.max_entries, spec.map_extra) / 8;
}

// The next bit of a value; starts at the value's hash.
struct Bits {
  Bits(Map* map, const void* value)
      : hash(key_hash64(value, map->value_size, map->seed)),
        mask(bit_count(map->max_entries, map->map_extra) - 1),
        words(reinterpret_cast<Word64*>(map_bytes(map) + kMapStorageOffset)) {}
  Word64* word() const { return words + (hash & mask) / 64; }
  uint64_t bit() const { return uint64_t{1} << (hash & 63); }
  void next() { hash += step; }

  uint64_t hash;
  uint64_t mask;
  Word64* words;
  uint64_t step = hash >> 32 | 1;
};

int64_t push(Map* map, const void* value, uint64_t flags) {
  if (flags != BPF_ANY) return -EINVAL;
  Bits bits(map, value);
  for (uint32_t i = hash_functions(map->map_extra); i > 0; --i, bits.next()) {
    if ((load_relaxed(bits.word()) & bits.bit()) == 0) {
      __atomic_fetch_or(bits.word(), bits.bit(), __ATOMIC_RELAXED);
    }
  }
  return 0;
}

int64_t peek(Map* map, void* value) {
  Bits bits(map, value);
  for (uint32_t i = hash_functions(map->map_extra); i > 0; --i, bits.next()) {
    if ((load_relaxed(bits.word()) & bits.bit()) == 0) return -ENOENT;
  }
  return 0;
}

int64_t pop(Map*, void*) {
  return -EOPNOTSUPP;
}
int64_t erase(Map*, const void*) {
  return -EOPNOTSUPP;
}
int64_t next_key(Map*, const void*, void*) {
  return -EOPNOTSUPP;
}
int64_t host_lookup(Map* map, const void*, void* value, uint64_t flags) {
  return flags != 0 ? -EINVAL : peek(map, value);
}
int64_t host_update(Map* map, const void*, const void* value, uint64_t flags) {
  return push(map, value, flags);
}

}  // namespace

constinit const MapKind kBloomFilterKind = {
    .type = BPF_MAP_TYPE_BLOOM_FILTER,
    .name = "bloom_filter",
    .pinnable = true,
    .storage_end = storage_end,
    .span = no_span,
    .initialise = initialise_nothing,
    .lookup = nullptr,
    .update = nullptr,
    .erase = erase,
    .push = push,
    .pop = pop,
    .peek = peek,
    .advance = nullptr,
    .next_key = next_key,
    .host_lookup = host_lookup,
    .host_update = host_update,
    .host_take = nullptr,
};

}  // namespace weir
