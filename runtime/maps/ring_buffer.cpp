// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/ring_buffer.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "runtime/maps/lock.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_spec.h"
#include "runtime/maps/slow_paths.h"
#include "runtime/maps/wakeup.h"

namespace weir {

namespace {

constexpr uint64_t kConsumerOffset = kMapStorageOffset;
constexpr uint64_t kProducerOffset = kConsumerOffset + 4096;
constexpr uint64_t kDataOffset = kProducerOffset + 4096;
constexpr uint64_t kMaxRecord = UINT32_MAX / 4;  // RINGBUF_MAX_RECORD_SZ
constexpr uint32_t kBusy = BPF_RINGBUF_BUSY_BIT;
constexpr uint32_t kDiscard = BPF_RINGBUF_DISCARD_BIT;

struct Header {
  uint32_t length;
  uint32_t owner;
};
static_assert(sizeof(Header) == BPF_RINGBUF_HDR_SZ);

uint64_t* consumer_position(Map* map) {
  return reinterpret_cast<uint64_t*>(map_bytes(map) + kConsumerOffset);
}
uint64_t* producer_position(Map* map) {
  return reinterpret_cast<uint64_t*>(map_bytes(map) + kProducerOffset);
}
Header* header_at(Map* map, uint64_t position) {
  return reinterpret_cast<Header*>(map_bytes(map) + kDataOffset +
                                   (position & (map->max_entries - 1)));
}
uint64_t whole_length(uint32_t length) {
  return round_up((length & ~(kBusy | kDiscard)) + sizeof(Header), 8);
}

uint64_t storage_end(const MapSpec& spec) {
  return kDataOffset + spec.max_entries;
}

// The header of a record that waits to be submitted, or null.
Header* waiting_header(Map* map, void* record) {
  const uint64_t offset = reinterpret_cast<uintptr_t>(record) -
                          reinterpret_cast<uintptr_t>(map_bytes(map) + kDataOffset);
  if (offset % 8 != 0 || offset < sizeof(Header) ||
      offset > map->max_entries) {  // a record starts in the first copy of the data
    return nullptr;
  }
  Header* const header = static_cast<Header*>(record) - 1;
  return (load_relaxed(&header->length) & kBusy) != 0 ? header : nullptr;
}

void commit(Map* map, void* record, uint64_t flags, uint32_t extra) {
  Header* const header = waiting_header(map, record);
  if (header == nullptr) return;
  const uint64_t mask = map->max_entries - 1;
  const uint64_t place =
      static_cast<uint64_t>(reinterpret_cast<uint8_t*>(header) - map_bytes(map)) - kDataOffset;
  const uint32_t length = (load_relaxed(&header->length) & ~kBusy) | extra;
  __atomic_exchange_n(&header->length, length, __ATOMIC_SEQ_CST);
  // As in the kernel: only if the consumer has come to this record does it have to be told.
  const uint64_t consumed = __atomic_load_n(consumer_position(map), __ATOMIC_SEQ_CST) & mask;
  if ((flags & BPF_RB_FORCE_WAKEUP) != 0 ||
      (consumed == place && (flags & BPF_RB_NO_WAKEUP) == 0)) {
    wake_waiters(map);
  }
}

int64_t refuse_key(Map*, const void*) {
  return -kENotSupp;
}
int64_t refuse_update(Map*, const void*, const void*, uint64_t) {
  return -kENotSupp;
}

}  // namespace

void* ring_buffer_reserve(Map* map, uint64_t size, uint64_t flags) {
  if (flags != 0 || size > kMaxRecord) return nullptr;
  const uint64_t length = round_up(size + sizeof(Header), 8);
  if (length > map->max_entries) return nullptr;
  const MapSlowPaths* slow = map_slow_paths();
  if (lock_word(map, &map->lock, slow) != 0) return nullptr;
  void* record = nullptr;
  const uint64_t from = load_relaxed(producer_position(map));
  const uint64_t consumed = load_acquire(consumer_position(map));
  if (from + length - consumed <= map->max_entries - 1) {
    Header* const header = header_at(map, from);
    store_relaxed(&header->owner, slow->owner);
    store_relaxed(&header->length, static_cast<uint32_t>(size) | kBusy);
    store_release(producer_position(map), from + length);
    record = header + 1;
  }
  unlock_word(&map->lock);
  return record;
}

void ring_buffer_submit(Map* map, void* record, uint64_t flags) {
  commit(map, record, flags, 0);
}

void ring_buffer_discard(Map* map, void* record, uint64_t flags) {
  commit(map, record, flags, kDiscard);
}

int64_t ring_buffer_output(Map* map, const void* data, uint64_t size, uint64_t flags) {
  if ((flags & ~uint64_t{BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP}) != 0) return -EINVAL;
  void* const record = ring_buffer_reserve(map, size, 0);
  if (record == nullptr) return -EAGAIN;
  __builtin_memcpy(record, data, size);
  ring_buffer_submit(map, record, flags);
  return 0;
}

uint64_t ring_buffer_query(const Map* map, uint64_t flags) {
  auto* const own = const_cast<Map*>(map);
  const uint64_t consumed = load_acquire(consumer_position(own));
  const uint64_t produced = load_acquire(producer_position(own));
  switch (flags) {
    case BPF_RB_AVAIL_DATA: return produced - consumed;
    case BPF_RB_RING_SIZE: return map->max_entries;
    case BPF_RB_CONS_POS: return consumed;
    case BPF_RB_PROD_POS: return produced;
    default: return 0;
  }
}

bool ring_buffer_holds(const Map* map, const void* record, const void* address, uint64_t size) {
  const Header* const header = waiting_header(const_cast<Map*>(map), const_cast<void*>(record));
  if (header == nullptr || size == 0) return false;
  const uint64_t length = load_relaxed(&header->length) & ~(kBusy | kDiscard);
  const uint64_t from = reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(record);
  return length <= map->max_entries && size <= length && from <= length - size;
}

int64_t ring_buffer_consume(Map* map, uint64_t limit, RecordFn callback, void* context) {
  const MapSlowPaths* slow = map_slow_paths();
  uint64_t position = load_relaxed(consumer_position(map));
  int64_t given = 0;
  while (static_cast<uint64_t>(given) < limit) {
    const uint64_t produced = load_acquire(producer_position(map));
    if (position == produced) break;
    Header* const header = header_at(map, position);
    uint32_t length = load_acquire(&header->length);
    if ((length & kBusy) != 0) {
      if (!lock_is_orphaned(map, load_relaxed(&header->owner), slow)) break;
      // Its producer died before it was done.
      length = (length & ~kBusy) | kDiscard;
      store_relaxed(&header->length, length);
    }
    const uint64_t whole = whole_length(length);
    // Garbage from another process.
    if (whole > produced - position || whole > map->max_entries) break;
    int64_t result = 0;
    if ((length & kDiscard) == 0) {
      result = callback(context, header + 1, length);
      ++given;
    }
    position += whole;
    __atomic_store_n(consumer_position(map), position, __ATOMIC_SEQ_CST);
    if (result < 0) return result;
    if (result > 0) break;
  }
  return given;
}

int64_t ring_buffer_look(const Map* map, uint64_t& position, RecordFn callback, void* context) {
  auto* const own = const_cast<Map*>(map);
  std::vector<uint8_t> copy;
  int64_t given = 0;
  for (;;) {
    position = std::max(position, load_acquire(consumer_position(own)));
    const uint64_t produced = load_acquire(producer_position(own));
    if (position >= produced) break;
    Header* const header = header_at(own, position);
    const uint32_t length = load_acquire(&header->length);
    if ((length & kBusy) != 0) break;
    const uint64_t whole = whole_length(length);
    if (whole > produced - position || whole > map->max_entries) break;
    const uint32_t size = (length & kDiscard) == 0 ? length : 0;
    copy.resize(size);
    load_bytes(copy.data(), header + 1, size);
    // What the consumer has given back, a producer may have written over.
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (load_relaxed(consumer_position(own)) > position) continue;
    position += whole;
    if ((length & kDiscard) != 0) continue;
    ++given;
    const int64_t result = callback(context, copy.data(), size);
    if (result < 0) return result;
    if (result > 0) break;
  }
  return given;
}

bool ring_buffer_wait(Map* map, int timeout) {
  const auto ready = [&] {
    const uint64_t position = load_relaxed(consumer_position(map));
    if (position == load_acquire(producer_position(map))) return false;
    const Header* const header = header_at(map, position);
    return (__atomic_load_n(&header->length, __ATOMIC_SEQ_CST) & kBusy) == 0 ||
           lock_is_orphaned(map, load_relaxed(&header->owner), map_slow_paths());
  };
  const uint32_t seen = __atomic_load_n(&map->wakeups, __ATOMIC_SEQ_CST);
  if (ready()) return true;
  wait_for_wakeup(map, seen, timeout);
  return ready();
}

constinit const MapKind kRingBufferKind = {
    .type = BPF_MAP_TYPE_RINGBUF,
    .name = "ringbuf",
    .pinnable = true,
    .storage_end = storage_end,
    .span = no_span,
    .initialise = initialise_nothing,
    .lookup = nullptr,
    .update = nullptr,
    .erase = refuse_key,
    .push = nullptr,
    .pop = nullptr,
    .peek = nullptr,
    .advance = nullptr,
    .next_key = nullptr,
    .host_lookup = nullptr,
    .host_update = refuse_update,
    .host_take = nullptr,
};

}  // namespace weir
