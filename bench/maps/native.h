// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "runtime/maps/map.h"

// What the native contenders are given.
struct MapBenchArguments {
  weir::Map* map;
  unsigned cpu;
  void* (*lookup)(weir::Map* map, const void* key, uint32_t cpu);
};

#define WEIR_MAP_BENCH(name, ...)                                             \
  extern "C" unsigned long long map_inlined_##name(const MapBenchArguments*); \
  extern "C" unsigned long long map_called_##name(const MapBenchArguments*);
#include "bench/maps/cases.def"
#undef WEIR_MAP_BENCH
