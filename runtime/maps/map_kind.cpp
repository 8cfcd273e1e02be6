// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/map_kind.h"

#include <fmt/format.h>

#include <array>

#include "runtime/maps/map_spec.h"

namespace weir {

namespace {

constexpr const MapKind* kKinds[] = {
    &kHashKind,        &kArrayKind,         &kPerCpuHashKind, &kPerCpuArrayKind,
    &kLruHashKind,     &kLruPerCpuHashKind, &kLpmTrieKind,    &kQueueKind,
    &kStackKind,       &kBloomFilterKind,   &kRingBufferKind, &kPerfEventArrayKind,
    &kArrayOfMapsKind, &kHashOfMapsKind,    &kProgArrayKind,  &kCgroupArrayKind,
    &kDevmapKind,      &kDevmapHashKind,    &kCpumapKind,     &kXskmapKind,
    &kSockmapKind,     &kSockhashKind,      &kStackTraceKind, &kReuseportSockarrayKind,
};

}  // namespace

std::span<const MapKind* const> map_kinds() {
  return kKinds;
}

const MapKind* map_kind(uint32_t type) {
  static const auto by_type = [] {
    std::array<const MapKind*, 64> table = {};
    for (const MapKind* kind : kKinds) table[kind->type] = kind;
    return table;
  }();
  return type < by_type.size() ? by_type[type] : nullptr;
}

std::string map_type_name(uint32_t type) {
  const MapKind* kind = map_kind(type);
  return kind != nullptr ? kind->name : fmt::format("type {}", type);
}

}  // namespace weir
