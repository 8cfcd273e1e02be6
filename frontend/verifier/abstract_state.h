// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the path-sensitive analysis knows at one point of one path.
//
// A pointer is base + variable part + fixed offset. The variable part is a number in a range; its
// identity says which pointers share it, so that a comparison with the end of the data proves
// something for all of them: `proven[id]` bytes past the variable part lie inside the data.
// Identity 0 means there is no variable part; then the length of the data alone decides.
//
// Numbers have identities too: all that carry the same one are some number X plus a constant each
// (`delta`), and a pointer with that identity has X as its variable part. So what a check tells of
// one of them is told of all, as the kernel does for registers linked by BPF_ADD_CONST.
#pragma once

#include <bitset>
#include <vector>

#include "frontend/verifier/facts.h"
#include "frontend/verifier/flat_map.h"
#include "frontend/verifier/liveness.h"
#include "frontend/verifier/scalar_range.h"
#include "runtime/abi/exec_context.h"

namespace weir {

// A packet's pointers beyond this many bytes are nothing that the kernel compares with the end of
// the data (its MAX_PACKET_OFF).
inline constexpr int64_t kMaxPacketOffset = 0xffff;

struct Value {
  // Why a pointer is one no more; for messages.
  enum class Lost : uint8_t { kNot, kMoved, kGone };
  // kDynptr: in slots only, two in a row: the bytes that a helper has set up as a dynptr.
  enum class Kind : uint8_t { kUninit, kScalar, kPointer, kDynptr };
  enum class Base : uint8_t { kData, kDataEnd, kStack, kContext, kMeta, kMap, kMapValue, kSocket };
  Kind kind = Kind::kUninit;
  Base base = Base::kData;  // of pointers
  uint8_t frame = 0;        // kStack: depth of the frame it points to
  bool length = false;      // scalar: equal to the data's length + offset
  Lost lost = Lost::kNot;   // scalar: what it was before a helper or a return ended that
  bool low = false;         // scalar: only its low 32 bits are those of X + delta
  uint32_t id = 0;          // scalar: X + delta, X the number of this identity; pointer: see above
  // kMap, kMapValue, kDynptr: index of the map; kStack with an extent: where it starts, as an
  // int32_t; kSocket: a SocketKind
  uint32_t object = 0;
  bool inner = false;  // kMap: one of the maps in that map
  // kMapValue: bytes of a value, or of a record; kStack: of the part of the frame that the pointer
  // is for, 0 = all of it
  uint32_t extent = 0;
  uint32_t lock_end = 0;  // kMapValue: where the bpf_spin_lock in the value ends; 0: there is none
  // kMapValue, kDynptr: of a ring buffer; which of the records that the path reserved. kSocket:
  // which of the sockets that it has found
  uint32_t record = 0;
  bool derived = false;  // kSocket: another view of that socket, which may be null where it is not
  uint32_t dynptr = 0;   // kDynptr: which; kMapValue: what dynptr_data gave of that one
  bool read_only = false;  // kMapValue, kStack: programs may not write there
  bool or_null = false;    // kMap, kMapValue, kSocket: not yet compared with null...
  uint32_t null_id = 0;    // ...and those with the same identity are null together
  int64_t offset = 0;      // kDynptr: 0 in its first slot, 8 in the second
  int64_t delta = 0;       // scalar with an identity; modulo 2^64, or 2^32 if `low`
  ScalarRange range = ScalarRange::constant(0);  // scalar: the value; pointer: the variable part

  static Value scalar(const ScalarRange& range);
  static Value pointer(Base base, int64_t offset, uint8_t frame = 0);
  static Value half_of_dynptr(uint32_t id, uint32_t map, bool reserved, bool second);
  bool is_dynptr() const { return kind == Kind::kDynptr; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_pointer() const { return kind == Kind::kPointer; }
  bool is_pointer_to(Base b) const { return is_pointer() && base == b; }
  bool fixed() const { return id == 0; }  // of a pointer: no variable part
  friend bool operator==(const Value&, const Value&) = default;
};

// Bytes of a frame that hold one stored value whole.
struct Slot {
  uint8_t size = 8;
  Value value;
  friend bool operator==(const Slot&, const Slot&) = default;
};

struct Frame {
  std::array<Value, kRegisters> regs;
  FlatMap<int32_t, Slot> slots;  // by offset from the frame's top (negative); never overlapping
  uint32_t subprogram = 0;
  uint32_t call_site = 0;  // instruction that called; of the entry: unused
};

// A record of a ring buffer, or a dynptr of one, that the path has reserved and not given back; or
// a socket that it has found and not released.
struct Reservation {
  uint32_t record = 0;
  uint32_t insn = 0;  // that reserved it
  bool socket = false;
};

// X + n <= Y, by their identities.
struct Order {
  uint32_t x = 0, y = 0;
  int64_t n = 0;
};

// X + Y + S + n <= the data's length, or X + Y - S + n: what a sum of two numbers (sums.h) became
// when one of them was moved by S. The other one may be moved by it the other way.
struct MovedSum {
  uint32_t x = 0, y = 0, s = 0;
  bool minus = false;
  int64_t n = 0;
};

// Z = X + S + n.
struct MadeSum {
  uint32_t z = 0, x = 0, s = 0;
  int64_t n = 0;
};

struct AbstractState {
  std::vector<Frame> frames;
  ScalarRange length = ScalarRange::between(0, kMaxDataBytes);
  FlatMap<uint32_t, int64_t> proven;
  // X + Y + n <= length, by the identities, the smaller one first. See sums.h.
  FlatMap<std::pair<uint32_t, uint32_t>, int64_t> sums;
  // Of this path since the last place where paths meet.
  std::vector<Order> orders;
  std::vector<MovedSum> moved;
  std::vector<MadeSum> made;
  int64_t meta = 0;  // so many bytes before the packet are known to be meta data
  ContextKind context = ContextKind::kMemory;
  // For strict: what must be given back before the program ends. Which records there are, whether
  // given back or not, is what pointers say.
  std::vector<Reservation> reserved;
  bool locked = false;  // some value's bpf_spin_lock is held
  // As the kernel counts: a register that is not written on some path is not written, instead of 0;
  // a packet reaches no further than kMaxPacketOffset; arrays have what a constant key names.
  bool strict = false;

  Frame& top() { return frames.back(); }
  const Frame& top() const { return frames.back(); }
  uint8_t depth() const { return static_cast<uint8_t>(frames.size() - 1); }
  // How many bytes past the variable part `id` are known to lie inside the data.
  int64_t proven_past(uint32_t id) const;
  // The same from a number: the largest n for which v + n is known to be no more than the data's
  // length, in signed arithmetic that does not wrap; very small if there is none.
  int64_t proven_past(const Value& v) const;
};

// What is told of a value in a frame of that depth.
RegFact fact_of(const Value& value, uint8_t depth);

// Forgets the data's length where nothing in the state depends on it but through the context.
void forget_length(AbstractState& state);

// Identities must be fresh within one analysis, nothing else.
using IdSource = uint32_t;

// True if every concrete state of `now` is one of `old`: what was proven from `old` holds for
// `now`. `live` are the registers of the top frame that matter. `straight`: no loop and no call
// lies ahead, whose bounds could depend on the data's length.
bool subsumes(const AbstractState& old, const AbstractState& now, RegMask live,
              bool straight = false);

// The states of both. `widening`: bounds that grew jump ahead, so that repeating this ends; to
// which numbers, the `landmarks` say (see widen()). Sets *lost_stack if a pointer to a frame
// stopped being known as one.
AbstractState join(const AbstractState& old, const AbstractState& now, bool widening,
                   std::span<const uint64_t> landmarks, IdSource* ids, bool* lost_stack);

// A number with an identity is now known to be in `range`: so are, shifted, all that are linked
// with it. False if that cannot be.
bool learn_linked(AbstractState& state, const Value& number, const ScalarRange& range);

// The record is given back: pointers to it are numbers, and dynptrs of it none. 0: some record, no
// telling which.
void forget_record(AbstractState& state, uint32_t record);

// The dynptr is one no more: what dynptr_data gave of it are numbers.
void end_dynptr(AbstractState& state, uint32_t dynptr);
// All of which a part lies there, offsets from the top of that frame.
void end_dynptrs(AbstractState& state, size_t frame, int64_t low, int64_t high);
// Half of a dynptr that lies there, or null.
const Slot* dynptr_within(const AbstractState& state, size_t frame, int64_t low, int64_t high);

// Cuts the number `id` to [.., max] wherever it is part of a pointer or a scalar.
void limit_variable_part(AbstractState& state, uint32_t id, int64_t max);

// Numbers for which pointers are in which registers and slots: all of them (and, under strict,
// which registers have no value), and those that helpers insist on, maps and the context.
struct PointersHeld {
  uint64_t all = 0, vital = 0;
};
PointersHeld pointers_held(const AbstractState& state);

// Forgets what nobody can refer to any more.
void collect_garbage(AbstractState& state);

}  // namespace weir
