// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/map_block.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "frontend/support/text.h"
#include "runtime/maps/key_hash.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_in_map.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/owner.h"

namespace weir {

namespace {

constexpr uint64_t kPage = kMapStorageOffset;

// A ring buffer's data is mapped twice, one behind the other (ring_buffer.h).
uint64_t mirror_bytes(const MapSpec& spec) {
  return spec.type == BPF_MAP_TYPE_RINGBUF ? spec.max_entries : 0;
}

Error no_memory(uint64_t bytes) {
  return Error(ErrorCode::kOutOfMemory,
               fmt::format("{} bytes of memory for a map: {}", bytes, std::strerror(errno)));
}

void fill_seed(const MapSpec& spec, Map* map) {
  map->seed[0] = kHashMix0;
  map->seed[1] = kHashMix1;
  if ((spec.flags & BPF_F_ZERO_SEED) != 0) return;
  uint64_t random[2] = {};
  if (::getrandom(random, sizeof random, 0) == sizeof random) {
    map->seed[0] ^= random[0];
    map->seed[1] ^= random[1];
  }
  map->seed[1] |= 1;
}

// -ENOMEM, or what map_alloc_check() says.
std::optional<SpecProblem> find_problem(const MapSpec& spec, std::optional<BlockPlan>& plan) {
  if (auto problem = find_spec_problem(spec)) return problem;
  plan = plan_block(spec);
  if (plan) return std::nullopt;
  return SpecProblem{-ENOMEM, fmt::format("more than {} bytes", kMaxMapBytes)};
}

void fill_defaults(MapSpec& spec) {
  if (spec.cpu_slots == 0) spec.cpu_slots = possible_cpus();
}

}  // namespace

std::optional<BlockPlan> plan_block(const MapSpec& spec) {
  const uint64_t end = map_kind(spec.type)->storage_end(spec);
  if (end > kMaxMapBytes) return std::nullopt;
  BlockPlan plan;
  plan.mirror_bytes = mirror_bytes(spec);
  plan.btf_offset = round_up(end, 8);
  // The mirror follows the data, so there is no room for BTF; a ring buffer has no value to print.
  const uint64_t btf = plan.mirror_bytes != 0 ? 0 : spec.btf.size();
  plan.file_bytes = round_up(plan.btf_offset + btf, kPage);
  return plan;
}

Result<std::shared_ptr<MapBlock>> MapBlock::map(const BlockPlan& plan, int fd, bool writable) {
  std::shared_ptr<MapBlock> block(new MapBlock);
  block->bytes_ = plan.block_bytes();
  block->writable_ = writable;
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  int own_fd = -1;
  if (fd < 0 && plan.mirror_bytes != 0) {
    own_fd = fd = ::memfd_create("weir-map", MFD_CLOEXEC);
    if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(plan.file_bytes)) != 0) {
      if (fd >= 0) ::close(fd);
      return no_memory(plan.file_bytes);
    }
  }
  const int sharing = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* base = ::mmap(nullptr, block->bytes_, protection, sharing | MAP_NORESERVE, fd, 0);
  bool good = base != MAP_FAILED;
  if (good) {
    block->base_ = base;
    if (plan.mirror_bytes != 0) {
      void* mirror = static_cast<uint8_t*>(base) + plan.file_bytes;
      good = ::mmap(mirror, plan.mirror_bytes, protection, MAP_SHARED | MAP_FIXED | MAP_NORESERVE,
                    fd, static_cast<off_t>(plan.file_bytes - plan.mirror_bytes)) != MAP_FAILED;
    }
  }
  Result<std::shared_ptr<MapBlock>> result = block;
  if (!good) result = no_memory(block->bytes_);
  if (own_fd >= 0) ::close(own_fd);
  return result;
}

MapBlock::~MapBlock() {
  attached.reset();
  if (base_ != nullptr) ::munmap(base_, bytes_);
}

void initialise_block(const MapSpec& spec, const BlockPlan& plan, Map* map, bool shared) {
  const MapKind& kind = *map_kind(spec.type);
  const ValueSpan span = kind.span(shape_of_spec(spec), spec.cpu_slots);
  map->format = kMapFormat;
  map->type = spec.type;
  map->key_size = spec.key_size;
  map->value_size = spec.value_size;
  map->max_entries = spec.max_entries;
  map->flags = spec.flags;
  map->map_extra = spec.map_extra;
  fill_seed(spec, map);
  map->cpu_slots = spec.cpu_slots;
  map->spin_lock_offset = spec.spin_lock_offset;
  map->block_bytes = plan.block_bytes();
  map->file_bytes = plan.file_bytes;
  map->values_offset = span.offset;
  map->values_stride = span.stride;
  map->values_count = span.count;
  map->shared = shared ? 1 : 0;
  map->pid_namespace = pid_namespace();
  map->buffer_bytes = spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY ? spec.buffer_bytes : 0;
  if (plan.mirror_bytes == 0 && !spec.btf.empty()) {
    map->btf_offset = plan.btf_offset;
    map->btf_bytes = static_cast<uint32_t>(spec.btf.size());
    map->key_type_id = spec.key_type_id;
    map->value_type_id = spec.value_type_id;
    std::memcpy(map_bytes(map) + plan.btf_offset, spec.btf.data(), spec.btf.size());
  }
  std::memcpy(map->name, spec.name.data(), std::min(spec.name.size(), kMaxMapName));
  kind.initialise(map);
  map->magic = kMapMagic;
}

Result<MapSpec> complete_spec(const MapSpec& given) {
  MapSpec spec = given;
  fill_defaults(spec);
  std::optional<BlockPlan> plan;
  if (const auto problem = find_problem(spec, plan)) {
    return Error(ErrorCode::kMapDefinition,
                 fmt::format("the map {} ({}) cannot be created: {}", printable(spec.name),
                             map_type_name(spec.type), problem->what));
  }
  return spec;
}

int64_t create_map_errno(const MapSpec& given) {
  MapSpec spec = given;
  fill_defaults(spec);
  std::optional<BlockPlan> plan;
  const auto problem = find_problem(spec, plan);
  return problem ? problem->error : 0;
}

MapHandle::MapHandle(std::shared_ptr<MapBlock> block)
    : block_(std::move(block)), map_(block_->base()) {}

bool MapHandle::writable() const {
  return block_->writable();
}

Result<MapHandle> create_map(const MapSpec& given) {
  WEIR_TRY(const MapSpec spec, complete_spec(given));
  const BlockPlan plan = *plan_block(spec);
  WEIR_TRY(std::shared_ptr<MapBlock> block, MapBlock::map(plan, -1, true));
  // A ring buffer's memory is mapped twice, so fork() copies nothing: the child has the same one.
  initialise_block(spec, plan, block->base(), plan.mirror_bytes != 0);
  const MapHandle handle(std::move(block));
  if (spec.inner) attach_inner_maps(handle, *spec.inner);
  return handle;
}

}  // namespace weir
