// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What distinguishes one kind of map from another, as a row of functions. Each kind's source file
// defines its rows; map_kind.cpp lists them. A null function: the kind has no such operation.
#pragma once

#include <span>

#include "runtime/maps/map.h"

namespace weir {

struct MapSpec;

// A walk over all entries; starts all zero.
struct MapCursor {
  uint64_t position = 0;
  uint32_t next = 0;
};

struct MapKind {
  uint32_t type;
  const char* name;
  // False: what it holds (programs, sockets, other maps) means something in one process only.
  bool pinnable;

  // Offset at which the storage ends. The shape is checked, so that nothing overflows.
  uint64_t (*storage_end)(const MapSpec& spec);
  ValueSpan (*span)(MapShape shape, uint32_t cpu_slots);
  // On zeroed memory with a filled header.
  void (*initialise)(Map* map);

  // For programs: see map_ops.h.
  void* (*lookup)(Map* map, const void* key, uint32_t cpu);
  int64_t (*update)(Map* map, const void* key, const void* value, uint64_t flags, uint32_t cpu);
  int64_t (*erase)(Map* map, const void* key);
  int64_t (*push)(Map* map, const void* value, uint64_t flags);
  int64_t (*pop)(Map* map, void* value);
  int64_t (*peek)(Map* map, void* value);
  // The entry after the cursor; copies its key out. False: that was all.
  bool (*advance)(Map* map, MapCursor& cursor, uint32_t cpu, void* key, void** value);

  // For the host: all CPUs' values in one buffer.
  int64_t (*next_key)(Map* map, const void* key, void* next);
  int64_t (*host_lookup)(Map* map, const void* key, void* value, uint64_t flags);
  int64_t (*host_update)(Map* map, const void* key, const void* value, uint64_t flags);
  int64_t (*host_take)(Map* map, const void* key, void* value, uint64_t flags);
};

// Null: no map of weir's.
const MapKind* map_kind(uint32_t type);
std::span<const MapKind* const> map_kinds();

inline void initialise_nothing(Map*) {}
inline ValueSpan no_span(MapShape, uint32_t) {
  return {};
}

extern const MapKind kArrayKind;
extern const MapKind kPerCpuArrayKind;
extern const MapKind kHashKind;
extern const MapKind kPerCpuHashKind;
extern const MapKind kLruHashKind;
extern const MapKind kLruPerCpuHashKind;
extern const MapKind kLpmTrieKind;
extern const MapKind kQueueKind;
extern const MapKind kStackKind;
extern const MapKind kBloomFilterKind;
extern const MapKind kRingBufferKind;
extern const MapKind kPerfEventArrayKind;
extern const MapKind kArrayOfMapsKind;
extern const MapKind kHashOfMapsKind;
extern const MapKind kProgArrayKind;
extern const MapKind kCgroupArrayKind;
extern const MapKind kDevmapKind;
extern const MapKind kDevmapHashKind;
extern const MapKind kCpumapKind;
extern const MapKind kXskmapKind;
extern const MapKind kSockmapKind;
extern const MapKind kSockhashKind;
extern const MapKind kReuseportSockarrayKind;
extern const MapKind kStackTraceKind;

}  // namespace weir
