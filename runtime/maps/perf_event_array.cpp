// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/perf_event_array.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "runtime/maps/host_values.h"
#include "runtime/maps/lock.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"
#include "runtime/maps/slow_paths.h"
#include "runtime/maps/wakeup.h"

namespace weir {

namespace {

// In front of each buffer. Positions count bytes and never go back.
struct Buffer {
  alignas(64) uint64_t head;  // producers', behind the last whole sample
  uint64_t lost;
  uint32_t lock;
  uint32_t open;
  alignas(64) uint64_t tail;  // the consumer's
};
// A sample: its size, then as many bytes, rounded up to 8 together.
constexpr uint64_t kSizeBytes = 4;
constexpr uint64_t kBufferHeader = 128;
static_assert(sizeof(Buffer) <= kBufferHeader);

uint64_t storage_end(const MapSpec& spec) {
  return kMapStorageOffset + spec.max_entries * (kBufferHeader + spec.buffer_bytes);
}
Buffer* buffer_of(Map* map, uint32_t index) {
  return reinterpret_cast<Buffer*>(map_bytes(map) + kMapStorageOffset +
                                   index * (kBufferHeader + map->buffer_bytes));
}

// Bytes into the ring at a position, or out of it. Head and tail order them.
void copy_in(Map* map, Buffer* buffer, uint64_t position, const void* from, uint64_t size) {
  auto* data = reinterpret_cast<uint8_t*>(buffer) + kBufferHeader;
  const auto* bytes = static_cast<const uint8_t*>(from);
  const uint64_t at = position & (map->buffer_bytes - 1);
  const uint64_t first = std::min(size, map->buffer_bytes - at);
  std::memcpy(data + at, bytes, first);
  std::memcpy(data, bytes + first, size - first);
}
void copy_out(Map* map, Buffer* buffer, uint64_t position, void* to, uint64_t size) {
  const auto* data = reinterpret_cast<uint8_t*>(buffer) + kBufferHeader;
  const uint64_t at = position & (map->buffer_bytes - 1);
  const uint64_t first = std::min(size, map->buffer_bytes - at);
  std::memcpy(to, data + at, first);
  std::memcpy(static_cast<uint8_t*>(to) + first, data, size - first);
}

int64_t host_update(Map* map, const void* key, const void*, uint64_t flags) {
  if (flags != BPF_ANY) return -EINVAL;
  return perf_buffer_open(map, read_plain32(static_cast<const uint8_t*>(key)));
}
int64_t erase(Map* map, const void* key) {
  const uint32_t index = read_plain32(static_cast<const uint8_t*>(key));
  if (index >= map->max_entries) return -E2BIG;
  return __atomic_exchange_n(&buffer_of(map, index)->open, 0, __ATOMIC_ACQ_REL) != 0 ? 0 : -ENOENT;
}

}  // namespace

int64_t perf_event_output(Map* map, uint64_t flags, uint32_t cpu, SamplePart first,
                          SamplePart second) {
  if ((flags & ~uint64_t{BPF_F_INDEX_MASK}) != 0) return -EINVAL;
  const uint64_t index = (flags & BPF_F_INDEX_MASK) == BPF_F_CURRENT_CPU ? cpu : flags;
  if (index >= map->max_entries) return -E2BIG;
  Buffer* const buffer = buffer_of(map, static_cast<uint32_t>(index));
  if (load_acquire(&buffer->open) == 0) return -ENOENT;
  if (index != cpu) return -EOPNOTSUPP;
  if (first.size > kMaxPerfSampleBytes || second.size > kMaxPerfSampleBytes - first.size) {
    return -E2BIG;
  }
  if (const int64_t busy = lock_word(map, &buffer->lock, map_slow_paths()); busy != 0) return busy;
  const auto size = static_cast<uint32_t>(first.size + second.size);
  const uint64_t whole = round_up(kSizeBytes + size, 8);
  const uint64_t head = load_relaxed(&buffer->head);
  const bool fits = head - load_acquire(&buffer->tail) + whole <= map->buffer_bytes;
  if (fits) {
    copy_in(map, buffer, head, &size, kSizeBytes);
    copy_in(map, buffer, head + kSizeBytes, first.data, first.size);
    copy_in(map, buffer, head + kSizeBytes + first.size, second.data, second.size);
    store_release(&buffer->head, head + whole);
  } else {
    __atomic_fetch_add(&buffer->lost, 1, __ATOMIC_RELAXED);
  }
  unlock_word(&buffer->lock);
  if (!fits) return -ENOSPC;
  wake_waiters(map);
  return 0;
}

int64_t perf_buffer_open(Map* map, uint32_t index) {
  if (index >= map->max_entries) return -E2BIG;
  store_release(&buffer_of(map, index)->open, 1u);
  return 0;
}

int64_t perf_buffer_close(Map* map, uint32_t index) {
  return erase(map, &index);
}

uint64_t perf_buffer_lost(const Map* map, uint32_t index) {
  if (index >= map->max_entries) return 0;
  return load_relaxed(&buffer_of(const_cast<Map*>(map), index)->lost);
}

int64_t perf_buffer_consume(Map* map, uint32_t index, uint64_t limit, SampleFn callback,
                            void* context) {
  if (index >= map->max_entries) return -E2BIG;
  Buffer* const buffer = buffer_of(map, index);
  std::vector<uint8_t> sample;
  uint64_t tail = load_relaxed(&buffer->tail);
  int64_t given = 0;
  while (static_cast<uint64_t>(given) < limit && tail != load_acquire(&buffer->head)) {
    uint32_t size = 0;
    copy_out(map, buffer, tail, &size, kSizeBytes);
    if (size > kMaxPerfSampleBytes) break;  // garbage from another process
    sample.resize(size);
    copy_out(map, buffer, tail + kSizeBytes, sample.data(), size);
    tail += round_up(kSizeBytes + size, 8);
    store_release(&buffer->tail, tail);
    ++given;
    const int64_t result = callback(context, index, sample.data(), size);
    if (result < 0) return result;
    if (result > 0) break;
  }
  return given;
}

bool perf_buffer_wait(Map* map, int timeout) {
  const auto ready = [&] {
    for (uint32_t index = 0; index < map->max_entries; ++index) {
      const Buffer* const buffer = buffer_of(map, index);
      if (load_relaxed(&buffer->tail) != load_acquire(&buffer->head)) return true;
    }
    return false;
  };
  const uint32_t seen = __atomic_load_n(&map->wakeups, __ATOMIC_SEQ_CST);
  if (ready()) return true;
  wait_for_wakeup(map, seen, timeout);
  return ready();
}

constinit const MapKind kPerfEventArrayKind = {
    .type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
    .name = "perf_event_array",
    .pinnable = true,
    .storage_end = storage_end,
    .span = no_span,
    .initialise = initialise_nothing,
    .lookup = nullptr,
    .update = nullptr,
    .erase = erase,
    .push = nullptr,
    .pop = nullptr,
    .peek = nullptr,
    .advance = nullptr,
    .next_key = array_next_key,
    .host_lookup = nullptr,
    .host_update = host_update,
    .host_take = nullptr,
};

}  // namespace weir
