// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A map's memory and who keeps it: a MapHandle is a share in it, and the last one gives it back.
// The map of a pinned file stays in the file.
#pragma once

#include <memory>
#include <string>

#include "frontend/support/result.h"
#include "runtime/maps/map.h"
#include "runtime/maps/map_spec.h"

namespace weir {

class MapBlock;

class MapHandle {
 public:
  MapHandle() = default;
  explicit MapHandle(std::shared_ptr<MapBlock> block);

  // Null only in a default-made handle. Valid as long as any handle of the map is.
  Map* map() const { return map_; }
  explicit operator bool() const { return map_ != nullptr; }
  // False: opened to read only; the memory is write-protected.
  bool writable() const;
  // For those that keep something beside the map's memory (map_in_map.cpp).
  MapBlock& block() const { return *block_; }
  bool operator==(const MapHandle&) const = default;

 private:
  std::shared_ptr<MapBlock> block_;
  Map* map_ = nullptr;
};

// A new map in anonymous memory, which is reserved but not touched: a sparse map costs what it
// holds. Errors: kMapDefinition (what the kernel would refuse, and why), kOutOfMemory.
Result<MapHandle> create_map(const MapSpec& spec);

// The errno that BPF_MAP_CREATE gives for the spec, or 0; also what is too big for any memory.
int64_t create_map_errno(const MapSpec& spec);

}  // namespace weir
