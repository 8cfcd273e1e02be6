// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same loop compiled by clang for the host: with the map's code inlined, its shape constant;
// and with a call for each lookup.
#include "bench/maps/native.h"
#include "runtime/maps/array_map.h"
#include "runtime/maps/hash_map.h"
#include "runtime/maps/lpm_trie.h"

#include "bench/maps/lookup.h"

namespace {

using weir::Map;
using weir::MapShape;

constexpr MapShape kShape{MAP_TYPE, MAP_KEY_BYTES, 8, kEntries, MAP_FLAGS};

[[gnu::always_inline]] inline unsigned long long* look_up(
    Map* map, const key* key, unsigned cpu, decltype(MapBenchArguments::lookup) slow) {
  void* found;
  if constexpr (MAP_TYPE == BPF_MAP_TYPE_LPM_TRIE) {
    found = weir::lpm_lookup(kShape, map, key, [=] { return slow(map, key, cpu); });
  } else if constexpr (weir::is_hash(MAP_TYPE)) {
    found = weir::hash_lookup(kShape, map, key, cpu);
  } else {
    found = weir::array_lookup(kShape, map, key, cpu);
  }
  return static_cast<unsigned long long*>(found);
}

}  // namespace

#define NAME2(prefix, name) prefix##name
#define NAME(prefix, name) NAME2(prefix, name)

extern "C" unsigned long long NAME(map_inlined_, MAP_NAME)(const MapBenchArguments* arguments) {
  unsigned long long sum = 0;
#define MAP_LOOKUP(key) look_up(arguments->map, key, arguments->cpu, arguments->lookup)
  RUN_LOOKUPS(sum);
#undef MAP_LOOKUP
  return sum & 0x7fffffff;
}

extern "C" unsigned long long NAME(map_called_, MAP_NAME)(const MapBenchArguments* arguments) {
  unsigned long long sum = 0;
#define MAP_LOOKUP(key) \
  static_cast<unsigned long long*>(arguments->lookup(arguments->map, key, arguments->cpu))
  RUN_LOOKUPS(sum);
#undef MAP_LOOKUP
  return sum & 0x7fffffff;
}
