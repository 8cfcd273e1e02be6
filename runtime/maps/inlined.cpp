// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The map operations of runtime/abi/inlined.h. Compiled to bitcode when weir is built, without
// optimisation: that comes when they are inlined where the shape is known, and all but one way
// through each of them goes away.
#include "runtime/abi/exec_context.h"
#include "runtime/maps/array_map.h"
#include "runtime/maps/hash_map.h"
#include "runtime/maps/lpm_trie.h"

using weir::Map;
using weir::MapShape;

extern "C" [[gnu::always_inline]] void* weir_inlined_map_lookup(
    Map* map, const void* key, uint32_t cpu, uint32_t type, uint32_t key_size, uint32_t value_size,
    uint32_t max_entries, uint32_t flags, uint32_t spin_lock_offset) {
  const MapShape shape{type, key_size, value_size, max_entries, flags, spin_lock_offset};
  return weir::is_hash(type) ? weir::hash_lookup(shape, map, key, cpu)
                             : weir::array_lookup(shape, map, key, cpu);
}

extern "C" [[gnu::always_inline]] void* weir_inlined_lpm_lookup(
    Map* map, const void* key, weir::ExecContext* context, uint32_t type, uint32_t key_size,
    uint32_t value_size, uint32_t max_entries, uint32_t flags, uint32_t spin_lock_offset) {
  const MapShape shape{type, key_size, value_size, max_entries, flags, spin_lock_offset};
  return weir::lpm_lookup(shape, map, key, [=]() -> void* {
    const weir::HelperFn helper = context->helpers[BPF_FUNC_map_lookup_elem];
    if (helper == nullptr) return nullptr;
    return reinterpret_cast<void*>(
        helper(reinterpret_cast<uint64_t>(map), reinterpret_cast<uint64_t>(key), 0, 0, 0, context));
  });
}

extern "C" [[gnu::always_inline]] int64_t weir_inlined_map_update(
    Map* map, const void* key, const void* value, uint64_t flags, uint32_t cpu, uint32_t type,
    uint32_t key_size, uint32_t value_size, uint32_t max_entries, uint32_t map_flags,
    uint32_t spin_lock_offset) {
  const MapShape shape{type, key_size, value_size, max_entries, map_flags, spin_lock_offset};
  return weir::array_update(shape, map, key, value, flags, cpu, nullptr);
}
