// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One map's memory: how much of it there is, mapped and unmapped.
#pragma once

#include <any>
#include <cstdint>
#include <memory>
#include <mutex>

#include "frontend/support/result.h"
#include "runtime/maps/map.h"
#include "runtime/maps/map_spec.h"

namespace weir {

// Bytes of the parts of a block, from its start.
struct BlockPlan {
  uint64_t btf_offset = 0;
  uint64_t file_bytes = 0;    // whole pages
  uint64_t mirror_bytes = 0;  // the last bytes of the file, mapped a second time behind it
  uint64_t block_bytes() const { return file_bytes + mirror_bytes; }
};

// The spec is checked, and cpu_slots filled in. Nothing: it is larger than any memory.
std::optional<BlockPlan> plan_block(const MapSpec& spec);

class MapBlock {
 public:
  // `fd` < 0: anonymous memory of this process. Else the file is mapped, shared; borrowed.
  static Result<std::shared_ptr<MapBlock>> map(const BlockPlan& plan, int fd, bool writable);
  MapBlock(const MapBlock&) = delete;
  MapBlock& operator=(const MapBlock&) = delete;
  ~MapBlock();

  Map* base() const { return static_cast<Map*>(base_); }
  bool writable() const { return writable_; }

  // What a kind keeps in this process beside the map's memory.
  std::mutex mutex;
  std::any attached;

 private:
  MapBlock() = default;
  void* base_ = nullptr;
  uint64_t bytes_ = 0;
  bool writable_ = false;
};

// Writes header and BTF into zeroed memory and lets the kind prepare its storage.
void initialise_block(const MapSpec& spec, const BlockPlan& plan, Map* map, bool shared);

// The spec as create_map() goes on with it: checked, cpu_slots filled in.
Result<MapSpec> complete_spec(const MapSpec& spec);

}  // namespace weir
