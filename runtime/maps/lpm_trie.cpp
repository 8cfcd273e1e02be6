// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/lpm_trie.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "runtime/maps/host_values.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"
#include "runtime/maps/slow_paths.h"

namespace weir {

static_assert(kMaxLpmPrefixBytes == kMaxLpmDataBytes);

namespace {

// The words of the header that a trie uses for its nodes: the list of free ones and how many were
// ever used. Changed under the lock only.
uint32_t take_node(const LpmLayout& layout, Map* map) {
  const auto first = static_cast<uint32_t>(load_relaxed(&map->free_list));
  if (first != 0) {
    if (first > layout.nodes) return 0;
    store_relaxed<uint64_t>(&map->free_list, load_relaxed(&lpm_node(layout, map, first)->child[0]));
    return first;
  }
  // 64 bits: there may be 2^33 nodes, though links reach only the first 2^32.
  const uint64_t used = map->tail;
  if (used >= layout.nodes || used >= UINT32_MAX - 1) return 0;
  store_relaxed(&map->tail, used + 1);
  return static_cast<uint32_t>(used + 1);
}

// Tells readers that a node left, then puts it among the free ones.
void give_node(const LpmLayout& layout, Map* map, uint32_t index) {
  store_release(&map->sequence, load_relaxed(&map->sequence) + 1);
  LpmNode* const node = lpm_node(layout, map, index);
  store_relaxed(&node->kind, 0u);
  store_release(&node->child[0], static_cast<uint32_t>(load_relaxed(&map->free_list)));
  store_release<uint64_t>(&map->free_list, index);
}

struct Place {
  uint32_t* link = nullptr;         // that leads to the node, or to where it would be
  uint32_t* parent_link = nullptr;  // that leads to the node with `link` in it; null for the root
  uint32_t common = 0;              // bits that the node has in common with the key
};

// Where the walk for a key ends: at no node, at one that differs, or at the key's own.
Place find_place(const LpmLayout& layout, Map* map, const uint8_t* prefix, uint32_t key_bits) {
  Place place{&map->root};
  for (;;) {
    const uint32_t index = load_relaxed(place.link);
    if (index == 0 || index > layout.nodes) return place;
    LpmNode* const node = lpm_node(layout, map, index);
    const uint32_t node_bits = node->kind >> 1;
    place.common = lpm_common_bits(layout, node, node_bits, prefix, key_bits);
    if (place.common != node_bits || node_bits == key_bits) return place;
    place.parent_link = place.link;
    place.link = &node->child[lpm_bit(prefix, node_bits)];
  }
}

int64_t update_held(const LpmLayout& layout, Map* map, const uint8_t* prefix, uint32_t key_bits,
                    const void* value, uint64_t flags) {
  const Place place = find_place(layout, map, prefix, key_bits);
  const uint32_t there = load_relaxed(place.link);
  LpmNode* const node = there != 0 ? lpm_node(layout, map, there) : nullptr;
  const uint32_t node_bits = node != nullptr ? node->kind >> 1 : 0;
  const bool same = node != nullptr && node_bits == key_bits && place.common == key_bits;
  const bool exists = same && (node->kind & 1) != 0;
  if (exists && flags == BPF_NOEXIST) return -EEXIST;
  if (!exists && flags == BPF_EXIST) return -ENOENT;
  if (!exists && load_relaxed(&map->count) == map->max_entries) return -ENOSPC;

  const uint32_t fresh_index = take_node(layout, map);
  if (fresh_index == 0) return -ENOSPC;
  LpmNode* const fresh = lpm_node(layout, map, fresh_index);
  store_value(lpm_value(layout, fresh), value, map->value_size, kNoSpinLock);
  // With the bits behind the prefix as they were given: a walk by keys shows them, as in the
  // kernel.
  store_bytes(lpm_data(fresh), prefix, layout.data_size);
  store_relaxed(&fresh->child[0], 0u);
  store_relaxed(&fresh->child[1], 0u);
  store_release(&fresh->kind, key_bits << 1 | 1);

  if (node == nullptr) {
    store_release(place.link, fresh_index);
  } else if (same) {
    // In the place of the old entry, or of a node that only branched.
    store_relaxed(&fresh->child[0], load_relaxed(&node->child[0]));
    store_relaxed(&fresh->child[1], load_relaxed(&node->child[1]));
    store_release(place.link, fresh_index);
    give_node(layout, map, there);
  } else if (place.common == key_bits) {
    // Above the node, which is longer.
    store_relaxed(&fresh->child[lpm_bit(lpm_data(node), key_bits)], there);
    store_release(place.link, fresh_index);
  } else {
    // Beside the node, below one that branches.
    const uint32_t branch_index = take_node(layout, map);
    if (branch_index == 0) {
      give_node(layout, map, fresh_index);
      return -ENOSPC;
    }
    LpmNode* const branch = lpm_node(layout, map, branch_index);
    store_bytes(lpm_data(branch), prefix, layout.data_size);
    const uint32_t side = lpm_bit(prefix, place.common);
    store_relaxed(&branch->child[side], fresh_index);
    store_relaxed(&branch->child[1 - side], there);
    store_release(&branch->kind, place.common << 1);
    store_release(place.link, branch_index);
  }
  if (!exists) store_relaxed(&map->count, load_relaxed(&map->count) + 1);
  return 0;
}

int64_t delete_held(const LpmLayout& layout, Map* map, const uint8_t* prefix, uint32_t key_bits) {
  const Place place = find_place(layout, map, prefix, key_bits);
  const uint32_t there = load_relaxed(place.link);
  if (there == 0) return -ENOENT;
  LpmNode* const node = lpm_node(layout, map, there);
  if (node->kind != (key_bits << 1 | 1) || place.common != key_bits) return -ENOENT;
  store_relaxed(&map->count, load_relaxed(&map->count) - 1);
  const uint32_t left = load_relaxed(&node->child[0]);
  const uint32_t right = load_relaxed(&node->child[1]);
  if (left != 0 && right != 0) {
    store_release(&node->kind, key_bits << 1);  // only branches from now on
    return 0;
  }
  if (left == 0 && right == 0 && place.parent_link != nullptr) {
    // A parent that only branched has one child left: that one takes the parent's place.
    const uint32_t parent_index = load_relaxed(place.parent_link);
    LpmNode* const parent = lpm_node(layout, map, parent_index);
    if ((parent->kind & 1) == 0) {
      const uint32_t sibling =
          load_relaxed(&parent->child[place.link == &parent->child[0] ? 1 : 0]);
      store_release(place.parent_link, sibling);
      give_node(layout, map, parent_index);
      give_node(layout, map, there);
      return 0;
    }
  }
  store_release(place.link, left != 0 ? left : right);
  give_node(layout, map, there);
  return 0;
}

template <typename Body>
int64_t with_lock(Map* map, const Body& body) {
  if (const int64_t busy = lock_word(map, &map->lock, map_slow_paths()); busy != 0) return busy;
  const int64_t result = body();
  unlock_word(&map->lock);
  return result;
}

// Walks go over the trie children first, left before right: longer prefixes before shorter ones, as
// in the kernel. The entry after `key`, or the first one if there is no such entry (null: none).
int64_t next_held(const LpmLayout& layout, Map* map, const uint8_t* key, uint8_t* next) {
  // The links from the root to the node that is looked at.
  uint32_t path[kMaxLpmDataBytes * 8 + 2];
  uint32_t depth = 0;
  uint32_t index = load_relaxed(&map->root);
  if (index == 0) return -ENOENT;
  const uint32_t key_bits = key != nullptr ? read_plain32(key) : UINT32_MAX;
  bool found = false;
  if (key_bits <= layout.data_size * 8) {
    while (index != 0) {
      LpmNode* const node = lpm_node(layout, map, index);
      const uint32_t bits = node->kind >> 1;
      path[depth++] = index;
      if (lpm_common_bits(layout, node, bits, key + 4, key_bits) < bits) break;
      if (bits == key_bits) {
        found = (node->kind & 1) != 0;
        break;
      }
      index = load_relaxed(&node->child[lpm_bit(key + 4, bits)]);
    }
  }
  if (!found) depth = 0;

  auto descend = [&](uint32_t from) {
    while (from != 0) {
      path[depth++] = from;
      LpmNode* const node = lpm_node(layout, map, from);
      from = load_relaxed(&node->child[0]);
      if (from == 0) from = load_relaxed(&node->child[1]);
    }
  };
  // The top of the path has been given already, or (at the start) is to be.
  if (depth == 0) {
    descend(load_relaxed(&map->root));
  } else {
    const uint32_t done = path[--depth];
    if (depth == 0) return -ENOENT;
    LpmNode* const parent = lpm_node(layout, map, path[depth - 1]);
    if (load_relaxed(&parent->child[0]) == done) descend(load_relaxed(&parent->child[1]));
  }
  for (;;) {
    LpmNode* const node = lpm_node(layout, map, path[depth - 1]);
    if ((node->kind & 1) != 0) {
      const uint32_t bits = node->kind >> 1;
      std::memcpy(next, &bits, 4);
      load_bytes(next + 4, lpm_data(node), layout.data_size);
      return 0;
    }
    const uint32_t done = path[--depth];
    if (depth == 0) return -ENOENT;
    LpmNode* const parent = lpm_node(layout, map, path[depth - 1]);
    if (load_relaxed(&parent->child[0]) == done) descend(load_relaxed(&parent->child[1]));
  }
}

int64_t next_key(Map* map, const void* key, void* next) {
  return with_lock(map, [&] {
    return next_held(lpm_layout(shape_of(map)), map, static_cast<const uint8_t*>(key),
                     static_cast<uint8_t*>(next));
  });
}

uint64_t storage_end(const MapSpec& spec) {
  const ValueSpan span = lpm_span(shape_of_spec(spec), 0);
  return kMapStorageOffset + span.stride * span.count;
}
void* lookup(Map* map, const void* key, uint32_t) {
  // IPv4 and IPv6 addresses as prefixes: with the size known, the prefix stays in registers.
  MapShape shape = shape_of(map);
  const auto locked = [map, key] { return lpm_lookup_locked(map, key); };
  if (shape.key_size == 8) {
    shape.key_size = 8;
    return lpm_lookup(shape, map, key, locked);
  }
  if (shape.key_size == 20) {
    shape.key_size = 20;
    return lpm_lookup(shape, map, key, locked);
  }
  return lpm_lookup(shape, map, key, locked);
}
int64_t update(Map* map, const void* key, const void* value, uint64_t flags, uint32_t) {
  return lpm_update(map, key, value, flags);
}

// By nodes, not by links, so that it needs no lock.
bool advance(Map* map, MapCursor& cursor, uint32_t, void* key, void** value) {
  const LpmLayout layout = lpm_layout(shape_of(map));
  while (cursor.position < std::min(load_relaxed(&map->tail), layout.nodes)) {
    LpmNode* const node = lpm_node(layout, map, static_cast<uint32_t>(++cursor.position));
    const uint32_t kind = load_acquire(&node->kind);
    if ((kind & 1) == 0) continue;
    const uint32_t bits = kind >> 1;
    std::memcpy(key, &bits, 4);
    load_bytes(static_cast<uint8_t*>(key) + 4, lpm_data(node), layout.data_size);
    *value = lpm_value(layout, node);
    return true;
  }
  return false;
}

// Never takes the lock: the map may be open to read only (pin.h).
int64_t host_lookup(Map* map, const void* key, void* value, uint64_t flags) {
  if (flags != 0) return -EINVAL;
  const MapShape shape = shape_of(map);
  const LpmLayout layout = lpm_layout(shape);
  const auto* bytes = static_cast<const uint8_t*>(key);
  const uint32_t key_bits = read_plain32(bytes);
  if (key_bits > layout.data_size * 8) return -ENOENT;
  for (uint32_t attempt = 0; attempt < 1'000'000; ++attempt) {
    const uint32_t before = load_acquire(&map->sequence);
    const uint32_t found = lpm_walk(layout, map, bytes + 4, key_bits);
    if (load_acquire(&map->sequence) != before) continue;
    if (found == 0) return -ENOENT;
    return copy_value_out(shape, map, lpm_value(layout, lpm_node(layout, map, found)), value, 0);
  }
  return -EBUSY;
}
int64_t host_update(Map* map, const void* key, const void* value, uint64_t flags) {
  if ((flags & BPF_F_LOCK) != 0) return -EINVAL;
  return lpm_update(map, key, value, flags);
}

}  // namespace

int64_t lpm_update(Map* map, const void* key, const void* value, uint64_t flags) {
  if (flags > BPF_EXIST) return -EINVAL;
  const LpmLayout layout = lpm_layout(shape_of(map));
  const auto* bytes = static_cast<const uint8_t*>(key);
  const uint32_t key_bits = read_plain32(bytes);
  if (key_bits > layout.data_size * 8) return -EINVAL;
  return with_lock(map,
                   [&] { return update_held(layout, map, bytes + 4, key_bits, value, flags); });
}

int64_t lpm_delete(Map* map, const void* key) {
  const LpmLayout layout = lpm_layout(shape_of(map));
  const auto* bytes = static_cast<const uint8_t*>(key);
  const uint32_t key_bits = read_plain32(bytes);
  if (key_bits > layout.data_size * 8) return -EINVAL;
  return with_lock(map, [&] { return delete_held(layout, map, bytes + 4, key_bits); });
}

void* lpm_lookup_locked(Map* map, const void* key) {
  const LpmLayout layout = lpm_layout(shape_of(map));
  const auto* bytes = static_cast<const uint8_t*>(key);
  uint32_t found = 0;
  (void)with_lock(map, [&] {
    found = lpm_walk(layout, map, bytes + 4, read_plain32(bytes));
    return 0;
  });
  return found != 0 ? lpm_value(layout, lpm_node(layout, map, found)) : nullptr;
}

// A writer died with the lock: finds out which nodes hang in the trie, and makes a new list of the
// others.
void repair_lpm_trie(Map* map) {
  const LpmLayout layout = lpm_layout(shape_of(map));
  store_release(&map->sequence, load_relaxed(&map->sequence) + 1);
  const uint64_t used = std::min<uint64_t>(load_relaxed(&map->tail), layout.nodes);
  std::vector<bool> linked(used);
  std::vector<uint32_t*> links = {&map->root};
  uint32_t entries = 0;
  while (!links.empty()) {
    uint32_t* const link = links.back();
    links.pop_back();
    const uint32_t index = load_relaxed(link);
    if (index == 0) continue;
    if (index > used || linked[index - 1]) {
      store_release(link, 0u);  // garbage; never left by a writer of ours
      continue;
    }
    linked[index - 1] = true;
    LpmNode* const node = lpm_node(layout, map, index);
    entries += node->kind & 1;
    links.push_back(&node->child[0]);
    links.push_back(&node->child[1]);
  }
  store_release<uint64_t>(&map->free_list, 0);
  uint32_t first = 0;
  for (uint64_t index = used; index > 0; --index) {
    if (linked[index - 1]) continue;
    LpmNode* const node = lpm_node(layout, map, static_cast<uint32_t>(index));
    store_relaxed(&node->kind, 0u);
    store_relaxed(&node->child[0], first);
    first = static_cast<uint32_t>(index);
  }
  store_relaxed(&map->count, entries);
  store_release<uint64_t>(&map->free_list, first);
}

constinit const MapKind kLpmTrieKind = {
    .type = BPF_MAP_TYPE_LPM_TRIE,
    .name = "lpm_trie",
    .pinnable = true,
    .storage_end = storage_end,
    .span = lpm_span,
    .initialise = initialise_nothing,
    .lookup = lookup,
    .update = update,
    .erase = lpm_delete,
    .push = nullptr,
    .pop = nullptr,
    .peek = nullptr,
    .advance = advance,
    .next_key = next_key,
    .host_lookup = host_lookup,
    .host_update = host_update,
    .host_take = nullptr,
};

}  // namespace weir
