// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Map operations that the compiler may put into a program in place of a helper call. They do what
// the helper does, with the same functions (runtime/maps), but for maps of a known shape.
#pragma once

namespace weir {

// void* (Map* map, const void* key, uint32_t cpu, shape): the six numbers of a MapShape, in its
// order, each a uint32_t.
inline constexpr const char* kInlinedMapLookup = "weir_inlined_map_lookup";
// void* (Map* map, const void* key, ExecContext* context, shape), for LPM tries. Where the trie
// changes faster than it can be read, the context's helper is called after all.
inline constexpr const char* kInlinedLpmLookup = "weir_inlined_lpm_lookup";
// int64_t (Map* map, const void* key, const void* value, uint64_t flags, uint32_t cpu, shape), for
// arrays, with flags that do not ask for a lock.
inline constexpr const char* kInlinedMapUpdate = "weir_inlined_map_update";

}  // namespace weir
