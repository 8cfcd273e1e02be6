// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF_MAP_TYPE_RINGBUF: programs reserve a record, fill it and submit it; one consumer reads them
// in the order they were reserved. In memory it is what the kernel shows by mmap: a page with the
// consumer's position, one with the producers', then the data, mapped twice in a row so that a
// record never wraps. Each record is behind 8 bytes of header (BPF_RINGBUF_HDR_SZ): its length with
// the bits BUSY and DISCARD, and, where the kernel keeps a page offset, the owner (owner.h) who
// reserved it, so that the consumer can pass what a dead process left.
//
// Kernel: kernel/bpf/ringbuf.c.
#pragma once

#include <cstdint>

#include "runtime/maps/map.h"

namespace weir {

// ---- Producers: any thread ----

// `size` bytes to fill, aligned to 8, or null: no room. `flags` must be 0. What is reserved must be
// submitted or discarded; later records wait for it.
void* ring_buffer_reserve(Map* map, uint64_t size, uint64_t flags);
// `flags`: BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP. `record`: what reserve gave. Anything else is
// ignored if it is not in the data or not waiting to be submitted, and never harms but what the
// caller could write himself.
void ring_buffer_submit(Map* map, void* record, uint64_t flags);
void ring_buffer_discard(Map* map, void* record, uint64_t flags);
// 0; -EINVAL: flags; -EAGAIN: no room.
int64_t ring_buffer_output(Map* map, const void* data, uint64_t size, uint64_t flags);
// BPF_RB_AVAIL_DATA, BPF_RB_RING_SIZE, BPF_RB_CONS_POS, BPF_RB_PROD_POS; 0 for others.
uint64_t ring_buffer_query(const Map* map, uint64_t flags);
// Whether [address, address + size) lies in the record that reserve gave. For run-time checks.
bool ring_buffer_holds(const Map* map, const void* record, const void* address, uint64_t size);

// ---- The consumer: one thread of one process at a time ----

// Not 0: stop; a negative number becomes ring_buffer_consume's result.
using RecordFn = int64_t (*)(void* context, const void* data, uint32_t size);
// Hands over what is there, at most `limit` records, in order. How many, or the callback's error.
int64_t ring_buffer_consume(Map* map, uint64_t limit, RecordFn callback, void* context);

// ---- Whoever looks on: any thread of any process, also where the map is read-only ----

// Hands over copies of the records that wait for the consumer, from `position` on (earlier ones
// that still wait if it is 0), and takes none. `position` is then behind the last one. How many, or
// the callback's error. Records that the consumer takes meanwhile are left out.
int64_t ring_buffer_look(const Map* map, uint64_t& position, RecordFn callback, void* context);

// ---- The consumer again ----

// Sleeps until a producer wakes the consumer or `timeout` milliseconds (-1: no limit) are over.
// True if there is something to consume.
bool ring_buffer_wait(Map* map, int timeout);

}  // namespace weir
