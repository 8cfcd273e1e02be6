// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF_MAP_TYPE_LPM_TRIE: the value of the longest stored prefix of a key. A key is 4 bytes of
// prefix length in bits (native order), then the prefix, most significant bit first.
//
// A binary trie in which only nodes with an entry or with two children exist. `Map::root` and
// the children are one more than a node's number; 0 is none. Bits on the way from a node to its
// child that nothing branches on are skipped, and compared when the child is reached.
//
// Writers hold the map's lock. Each change becomes visible with one store of a link. Nodes that
// leave are used again at once, so Map::sequence counts up after a node left and before it is used
// again; a reader that sees it changed starts again, since it may have been carried off. After a
// crash the trie is whole, and what hangs in it is what is in use: repair_lpm_trie() collects the
// rest. `count` is the number of entries; Map::tail that of the nodes in use.
//
// Freestanding (map.h). Kernel: kernel/bpf/lpm_trie.c.
#pragma once

#include <cerrno>

#include "runtime/maps/lock.h"
#include "runtime/maps/map.h"
#include "runtime/maps/words.h"

namespace weir {

// Then the prefix, in whole words of 8 bytes, then the value.
struct LpmNode {
  uint32_t child[2];
  uint32_t kind;  // prefix length in bits, shifted left by 1; bit 0: there is an entry
  uint32_t reserved;
};

inline constexpr uint32_t kMaxLpmPrefixBytes = 256;  // kMaxLpmDataBytes of map_spec.h

struct LpmLayout {
  uint64_t nodes = 0;
  uint32_t data_size = 0;  // bytes of a prefix, as the map's user has them
  uint32_t value_offset = 0;
  uint64_t stride = 0;
};

constexpr LpmLayout lpm_layout(MapShape shape) {
  LpmLayout layout;
  // n entries need at most n - 1 nodes that only branch, and an update one more for a moment.
  layout.nodes = 2 * uint64_t{shape.max_entries} + 1;
  // The shape of a map that others have mapped too may be anything by now.
  const uint32_t data_size = shape.key_size - 4;
  layout.data_size = data_size < kMaxLpmPrefixBytes ? data_size : kMaxLpmPrefixBytes;
  layout.value_offset = static_cast<uint32_t>(sizeof(LpmNode) + round_up(layout.data_size, 8));
  layout.stride = layout.value_offset + value_stride(shape);
  return layout;
}
constexpr ValueSpan lpm_span(MapShape shape, uint32_t) {
  const LpmLayout layout = lpm_layout(shape);
  return {kMapStorageOffset + layout.value_offset, layout.stride, layout.nodes, shape.value_size};
}

inline LpmNode* lpm_node(const LpmLayout& layout, Map* map, uint32_t index) {
  return reinterpret_cast<LpmNode*>(map_bytes(map) + kMapStorageOffset +
                                    (index - 1) * layout.stride);
}
inline uint8_t* lpm_value(const LpmLayout& layout, LpmNode* node) {
  return reinterpret_cast<uint8_t*>(node) + layout.value_offset;
}
inline uint8_t* lpm_data(LpmNode* node) {
  return reinterpret_cast<uint8_t*>(node + 1);
}

// Bytes [at, at + 8) of a prefix of `size` bytes as a number, missing ones as zeros.
inline uint64_t lpm_word(const uint8_t* prefix, uint32_t size, uint32_t at) {
  const uint32_t left = size - at;
  if (left >= 8) return __builtin_bswap64(read_plain64(prefix + at));
  if (left == 4) return uint64_t{__builtin_bswap32(read_plain32(prefix + at))} << 32;
  uint64_t word = 0;
  for (uint32_t i = 0; i < left; ++i) word |= uint64_t{prefix[at + i]} << (56 - 8 * i);
  return word;
}

// How many bits a node's prefix and the key's have in common; at most the shorter one's length.
inline uint32_t lpm_common_bits(const LpmLayout& layout, LpmNode* node, uint32_t node_bits,
                                const uint8_t* prefix, uint32_t key_bits) {
  const uint32_t limit = node_bits < key_bits ? node_bits : key_bits;
  const auto* stored = reinterpret_cast<const Word64*>(lpm_data(node));
  for (uint32_t at = 0; at < layout.data_size && at * 8 < limit; at += 8) {
    const uint64_t differ =
        __builtin_bswap64(load_relaxed(stored + at / 8)) ^ lpm_word(prefix, layout.data_size, at);
    if (differ != 0) {
      const uint32_t common = at * 8 + static_cast<uint32_t>(__builtin_clzll(differ));
      return common < limit ? common : limit;
    }
  }
  return limit;
}

inline uint32_t lpm_bit(const uint8_t* prefix, uint32_t bit) {
  return prefix[bit / 8] >> (7 - bit % 8) & 1;
}

// A key's prefix in words of the machine, most significant bit first.
struct LpmPrefix {
  uint64_t words[kMaxLpmPrefixBytes / 8];
};
WEIR_MAP_INLINE void lpm_load_prefix(const LpmLayout& layout, const uint8_t* bytes,
                                     LpmPrefix& prefix) {
  for (uint32_t at = 0; at < layout.data_size; at += 8)
    prefix.words[at / 8] = lpm_word(bytes, layout.data_size, at);
}

// Whether the key begins with all of a node's prefix.
WEIR_MAP_INLINE bool lpm_begins_with(const LpmLayout& layout, LpmNode* node, uint32_t node_bits,
                                     const LpmPrefix& prefix) {
  const auto* stored = reinterpret_cast<const Word64*>(lpm_data(node));
  for (uint32_t at = 0; at < layout.data_size && at * 8 < node_bits; at += 8) {
    uint64_t differ = __builtin_bswap64(load_relaxed(stored + at / 8)) ^ prefix.words[at / 8];
    const uint32_t left = node_bits - at * 8;
    if (left < 64) differ >>= 64 - left;
    if (differ != 0) return false;
  }
  return true;
}

// The node with the entry, or 0. What a reader waits for is the way from one node to the next: the
// bit to branch on comes from a register, and the prefix is compared meanwhile.
WEIR_MAP_INLINE uint32_t lpm_walk(const LpmLayout& layout, Map* map, const uint8_t* bytes,
                                  uint32_t key_bits) {
  LpmPrefix prefix;
  lpm_load_prefix(layout, bytes, prefix);
  uint32_t found = 0;
  uint32_t index = load_acquire(&map->root);
  // A reader that is carried off may go deeper than the trie is.
  for (uint32_t depth = 0; index != 0 && index <= layout.nodes && depth <= layout.data_size * 8;
       ++depth) {
    LpmNode* const node = lpm_node(layout, map, index);
    const uint32_t kind = load_acquire(&node->kind);
    const uint32_t node_bits = kind >> 1;
    if (node_bits > key_bits || !lpm_begins_with(layout, node, node_bits, prefix)) break;
    if ((kind & 1) != 0) found = index;
    if (node_bits == key_bits) break;
    const uint64_t word = prefix.words[node_bits / 64];
    index = load_acquire(&node->child[word >> (63 - node_bits % 64) & 1]);
  }
  return found;
}

// The value, or null; also for a prefix length above the map's. `locked`() looks it up where the
// trie changes faster than it can be read.
template <typename Locked>
WEIR_MAP_INLINE void* lpm_lookup(MapShape shape, Map* map, const void* key, Locked locked) {
  const LpmLayout layout = lpm_layout(shape);
  const auto* bytes = static_cast<const uint8_t*>(key);
  const uint32_t key_bits = read_plain32(bytes);
  if (key_bits > layout.data_size * 8) return nullptr;
  for (uint32_t attempt = 0; attempt < 64; ++attempt) {
    const uint32_t before = load_acquire(&map->sequence);
    const uint32_t found = lpm_walk(layout, map, bytes + 4, key_bits);
    if (__builtin_expect(load_acquire(&map->sequence) == before, true)) {
      return found != 0 ? lpm_value(layout, lpm_node(layout, map, found)) : nullptr;
    }
  }
  return locked();
}

// The rest is not inlined (lpm_trie.cpp): it changes links all over the trie under one lock.
// -EINVAL: flags, or the prefix is too long. -EEXIST, -ENOENT: as the flags say. -ENOSPC: full.
// Of a trie that changes faster than it can be read.
void* lpm_lookup_locked(Map* map, const void* key);
int64_t lpm_update(Map* map, const void* key, const void* value, uint64_t flags);
int64_t lpm_delete(Map* map, const void* key);

}  // namespace weir
