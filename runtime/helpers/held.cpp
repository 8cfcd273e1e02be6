// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a run takes and must give back: records of ring buffers, sockets, and the lock of a value.
// Each is noted in the ExecContext; what is left there when a program ends, its engine has given
// back by release_held(). What a program hands over to be given back is looked up first, so it may
// be anything.
#include "runtime/helpers/held.h"

#include <optional>

#include "runtime/abi/host_services.h"
#include "runtime/helpers/arguments.h"
#include "runtime/helpers/dynptr.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/ring_buffer.h"
#include "runtime/maps/slow_paths.h"
#include "runtime/maps/spin_lock.h"

namespace weir::helpers {

namespace {

// In ExecContext::held_lock after a wait that found nobody who lets go: the run waits for no other.
uint32_t gave_up;

void let_go(ExecContext* c) {
  if (c->held_lock != nullptr && c->held_lock != &gave_up) unlock_word(c->held_lock);
  c->held_lock = nullptr;
}

// There are only sockets if there is a host that finds them.
void to_host(const ExecContext* c, const Socket* socket) {
  if (c->services->release_socket != nullptr)
    c->services->release_socket(c->services->user, socket);
}
const Socket* socket_in(const HeldRecord& record) {
  return record.map == nullptr ? reinterpret_cast<const Socket*>(record.bytes) : nullptr;
}

void release_held(ExecContext* c) {
  for (uint32_t i = 0; i < c->held_records; ++i) {
    if (const Socket* const socket = socket_in(c->records[i])) {
      to_host(c, socket);
    } else {
      ring_buffer_discard(c->records[i].map, c->records[i].bytes, 0);
    }
  }
  c->held_records = 0;
  let_go(c);
  c->held = 0;
}

void note_held(ExecContext* c) {
  c->release = &release_held;
  c->held = c->held_records + (c->held_lock != nullptr ? 1 : 0);
}

// Null: no room.
uint8_t* take_record(ExecContext* c, Map* ring, uint64_t size, uint64_t flags) {
  if (c->held_records == kMaxHeldRecords) return nullptr;
  auto* const bytes = static_cast<uint8_t*>(ring_buffer_reserve(ring, size, flags));
  if (bytes == nullptr) return nullptr;
  c->records[c->held_records++] = {ring, bytes, size};
  note_held(c);
  return bytes;
}

using GiveBack = void (*)(Map*, void*, uint64_t);

void give_back(ExecContext* c, uint8_t* bytes, uint64_t flags, GiveBack function) {
  for (uint32_t i = 0; i < c->held_records; ++i) {
    if (c->records[i].map == nullptr || c->records[i].bytes != bytes) continue;
    function(c->records[i].map, bytes, flags);
    c->records[i] = c->records[--c->held_records];
    note_held(c);
    return;
  }
}

void give_back_dynptr(ExecContext* c, uint64_t r, uint64_t flags, GiveBack function) {
  const Dynptr dynptr = load_dynptr(r);
  if (dynptr.data == nullptr) return;  // there was no room for it
  give_back(c, dynptr.data, flags, function);
  store_dynptr(r, {});
}

// The map whose value holds a lock at that address.
Map* map_of_lock(const ExecContext* c, const uint8_t* at, MapShape* shape) {
  for (uint32_t i = 0; i < c->map_count; ++i) {
    Map* const m = c->maps[i];
    *shape = shape_of(m);
    if (shape->spin_lock_offset == kNoSpinLock) continue;
    if (map_holds(m, at - shape->spin_lock_offset, shape->value_size)) return m;
  }
  return nullptr;
}

// Which of the records is the socket that a program sees at that address.
std::optional<uint32_t> socket_at(const ExecContext* c, uint64_t address) {
  for (uint32_t i = 0; i < c->held_records; ++i) {
    const Socket* const socket = socket_in(c->records[i]);
    if (socket == nullptr) continue;
    if (address == reinterpret_cast<uint64_t>(socket->sock) ||
        address == reinterpret_cast<uint64_t>(socket->tcp_sock))
      return i;
  }
  return std::nullopt;
}

// For programs without maps, where nobody else answers.
bool only_held(const ExecContext* context, uint64_t address, uint64_t size, bool write) {
  return held_holds(*context, address, size, write);
}

}  // namespace

bool hold_socket(ExecContext* c, const Socket* socket) {
  if (c->held_records == kMaxHeldRecords) {
    to_host(c, socket);
    return false;
  }
  // Nobody writes there: a record without map is only read.
  auto* const bytes = const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(socket));
  c->records[c->held_records++] = {nullptr, bytes, sizeof(Socket)};
  if (c->holds == nullptr) c->holds = &only_held;
  note_held(c);
  return true;
}
const Socket* held_socket(const ExecContext* c, uint64_t address) {
  const std::optional<uint32_t> at = socket_at(c, address);
  return at ? socket_in(c->records[*at]) : nullptr;
}
void release_held_socket(ExecContext* c, uint64_t address) {
  const std::optional<uint32_t> at = socket_at(c, address);
  if (!at) return;
  to_host(c, socket_in(c->records[*at]));
  c->records[*at] = c->records[--c->held_records];
  note_held(c);
}

uint64_t RingbufReserve(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext* c) {
  return reinterpret_cast<uint64_t>(take_record(c, map(r1), r2, r3));
}
uint64_t RingbufSubmit(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  give_back(c, memory(r1), r2, &ring_buffer_submit);
  return 0;
}
uint64_t RingbufDiscard(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  give_back(c, memory(r1), r2, &ring_buffer_discard);
  return 0;
}

uint64_t RingbufReserveDynptr(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                              ExecContext* c) {
  const auto size = static_cast<uint32_t>(r2);
  Dynptr dynptr{};
  int problem = r3 != 0 ? EINVAL : size > kMaxDynptrBytes ? E2BIG : 0;
  if (problem == 0) {
    dynptr = {take_record(c, map(r1), size, 0), size};
    if (dynptr.data == nullptr) problem = EINVAL;
  }
  store_dynptr(r4, problem != 0 ? Dynptr{} : dynptr);
  return error(problem);
}
uint64_t RingbufSubmitDynptr(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t,
                             ExecContext* c) {
  give_back_dynptr(c, r1, r2, &ring_buffer_submit);
  return 0;
}
uint64_t RingbufDiscardDynptr(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t,
                              ExecContext* c) {
  give_back_dynptr(c, r1, r2, &ring_buffer_discard);
  return 0;
}

// The analysis knows that r1 is a lock of a value. One at a time; where the lock cannot be had (its
// owner does not let go for a second) the program goes on without, since it must not wait for ever.
uint64_t SpinLock(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  if (c->held_lock != nullptr) return 0;
  MapShape shape{};
  Map* const m = map_of_lock(c, memory(r1), &shape);
  if (m == nullptr) return 0;
  uint8_t* const value = memory(r1) - shape.spin_lock_offset;
  const bool busy = value_lock(shape, m, value, map_slow_paths()) != 0;
  c->held_lock = busy ? &gave_up : reinterpret_cast<uint32_t*>(r1);
  note_held(c);
  return 0;
}
uint64_t SpinUnlock(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  if (c->held_lock != reinterpret_cast<uint32_t*>(r1)) return 0;
  let_go(c);
  note_held(c);
  return 0;
}

}  // namespace weir::helpers
