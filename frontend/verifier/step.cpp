// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/step.h"

#include <linux/bpf.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "frontend/verifier/step_alu.h"
#include "frontend/verifier/sums.h"
#include "runtime/abi/socket.h"

namespace weir {

namespace {

using Kind = Value::Kind;
using Base = Value::Base;

// ---- Memory

Frame* frame_of(AbstractState& state, const Value& base) {
  return base.is_pointer_to(Base::kStack) && base.frame < state.frames.size()
             ? &state.frames[base.frame]
             : nullptr;
}

void forget_slots(AbstractState& state, size_t depth, const StepContext& c) {
  end_dynptrs(state, depth, -int64_t{kFrameBytes}, 0);
  Frame& frame = state.frames[depth];
  for (const auto& [offset, slot] : frame.slots) lose(slot.value, c);
  frame.slots.clear();
}

void store(AbstractState& state, const PathAccess& access, const Value& value,
           const StepContext& c) {
  const Value& base = access.base;
  Frame* frame = frame_of(state, base);
  const bool whole =
      frame && access.proven && base.fixed() && (access.size == 8 || !value.is_pointer());
  if (!whole) lose(value, c);
  if (!access.is_pointer) {
    if (c.escapes) forget_memory(state, c);
    return;
  }
  if (!frame) return;  // the data region: no values are followed there
  if (!base.fixed() || !access.proven) {
    forget_slots(state, base.frame, c);
    // An access that leaves the frame it was made from, but stays in the block, hits other frames.
    if (c.escapes && !access.proven) forget_memory(state, c);
    return;
  }
  const auto at = static_cast<int32_t>(base.offset);
  end_dynptrs(state, base.frame, at, at + int64_t{access.size});
  for (auto it = frame->slots.begin(); it != frame->slots.end();) {
    const bool overlaps =
        it->first < at + static_cast<int32_t>(access.size) && at < it->first + it->second.size;
    it = overlaps ? frame->slots.erase(it) : std::next(it);
  }
  Slot slot{.size = static_cast<uint8_t>(access.size), .value = as_number(value)};
  if (value.is_pointer()) slot.value = value;
  if (access.size < 8 && slot.value.is_pointer()) {
    // Part of an address is a number.
    slot.value = Value::scalar(ScalarRange::bits_wide(access.size * 8));
  } else if (access.size < 8) {
    const ScalarRange mask = ScalarRange::constant((uint64_t{1} << access.size * 8) - 1);
    const bool same = slot.value.range.umax <= mask.umax;
    if (!same) {
      const Value whole = slot.value;
      slot.value = Value::scalar(arith(Arith::kAnd, whole.range, mask, true));
      if (access.size == 4 && whole.id != 0) {
        slot.value.id = whole.id;
        slot.value.delta = whole.delta;
        slot.value.low = true;
      }
    }
  }
  frame->slots[at] = slot;
}

// What a proven load from the context gives.
Value load_field(const AbstractState& state, const PathAccess& access) {
  const auto field = find_field(state.context, access.base.offset, access.size, false);
  switch (field ? field->kind : FieldKind::kNumber) {
    case FieldKind::kData: return Value::pointer(Base::kData, 0);
    case FieldKind::kDataEnd: return Value::pointer(Base::kDataEnd, 0);
    case FieldKind::kDataMeta: return Value::pointer(Base::kMeta, 0);
    case FieldKind::kNumber: break;
  }
  return Value::scalar(ScalarRange::bits_wide(access.size * 8));
}

// A constant that the host freezes before the program runs.
std::optional<uint64_t> load_constant(const Program& program, const PathAccess& access) {
  const Value& base = access.base;
  if (!base.is_pointer_to(Base::kMapValue) || !base.fixed() || !access.proven) return std::nullopt;
  const MapDef& map = program.maps[base.object];
  if (!map.read_only || map.max_entries != 1 || base.offset < 0 ||
      base.offset + static_cast<int64_t>(access.size) > int64_t{map.value_size})
    return std::nullopt;
  uint64_t value = 0;  // little-endian, as eBPF is here
  for (unsigned i = access.size; i-- > 0;) {
    const auto at = static_cast<size_t>(base.offset) + i;
    value = value << 8 | (at < map.initial.size() ? map.initial[at] : 0);
  }
  return value;
}

Value load(const AbstractState& state, const PathAccess& access, bool sign, const StepContext& c) {
  if (access.base.is_pointer_to(Base::kContext) && access.proven && !sign)
    return load_field(state, access);
  const unsigned bits = access.size * 8;
  Value out = Value::scalar(ScalarRange::bits_wide(bits));
  if (access.base.is_pointer_to(Base::kStack) && access.base.fixed() && access.proven &&
      access.base.frame < state.frames.size()) {
    const Frame& frame = state.frames[access.base.frame];
    auto it = frame.slots.find(static_cast<int32_t>(access.base.offset));
    if (it != frame.slots.end() && it->second.size == access.size && !it->second.value.is_dynptr())
      out = it->second.value;
  }
  if (const auto constant = load_constant(*c.program, access))
    out = Value::scalar(ScalarRange::constant(*constant));
  if (sign && bits < 64) return Value::scalar(sign_extend(as_number(out).range, bits));
  return out;
}

void step_atomic(AbstractState& state, const Instruction& insn, const PathAccess& access,
                 const StepContext& c) {
  const OpInfo& op = insn.info();
  const bool cmpxchg = op.operation == Operation::kAtomicCmpxchg;
  lose(state.top().regs[insn.src], c);
  if (cmpxchg) lose(state.top().regs[0], c);
  const Value old = load(state, access, false, c);
  lose(old, c);
  store(state, access, Value::scalar(ScalarRange::any()), c);
  const ScalarRange result = ScalarRange::bits_wide(op.bits);
  if (cmpxchg) {
    state.top().regs[0] = Value::scalar(result);
  } else if (is_fetch(op.operation)) {
    state.top().regs[insn.src] = Value::scalar(result);
  }
}

// ---- Branches

}  // namespace

std::optional<Compare> compare_of(Operation operation) {
  switch (operation) {
    case Operation::kJeq: return Compare::kEq;
    case Operation::kJne: return Compare::kNe;
    case Operation::kJgt: return Compare::kGt;
    case Operation::kJge: return Compare::kGe;
    case Operation::kJlt: return Compare::kLt;
    case Operation::kJle: return Compare::kLe;
    case Operation::kJsgt: return Compare::kSgt;
    case Operation::kJsge: return Compare::kSge;
    case Operation::kJslt: return Compare::kSlt;
    case Operation::kJsle: return Compare::kSle;
    case Operation::kJset: return Compare::kSet;
    default: return std::nullopt;
  }
}

namespace {

// The data's length is now known to be in [min, max] too.
bool bound_length(AbstractState& state, int64_t min, int64_t max) {
  if (max < 0 || min > static_cast<int64_t>(kMaxDataBytes)) return false;
  return intersect(state.length,
                   ScalarRange::between(static_cast<uint64_t>(std::max<int64_t>(min, 0)),
                                        static_cast<uint64_t>(max)));
}

// Writes a learned range to a register and to all that are equal to it.
bool learn(AbstractState& state, Value& reg, const ScalarRange& range) {
  const Value before = reg;
  // The other operand, if linked, may have told this one already.
  if (!intersect(reg.range, range)) return false;
  if (!learn_linked(state, before, range)) return false;
  learn_least(state, reg);
  // length + offset does not wrap: lengths are small, offsets near. As an unsigned 64-bit number it
  // is negative where the length is below -offset.
  if (before.length) {
    return bound_length(
        state, std::max<int64_t>(wrap_sub(std::max(range.smin, -kFarAway), before.offset), 0),
        std::min(range.smax, kFarAway) - before.offset);
  }
  return true;
}

// Of two numbers that are not equal, the least that they can be apart: both are multiples of it.
int64_t least_step(const ScalarRange& a, const ScalarRange& b) {
  const uint64_t bits = a.bits.value | a.bits.mask | b.bits.value | b.bits.mask;
  return int64_t{1} << std::min(std::countr_zero(bits), 16);
}

// a < b or a <= b: what bounds b by the data's length bounds a, and pointers made from it.
void learn_below(AbstractState& state, Compare compare, bool wide, const Value& a, const Value& b) {
  const bool a_below = compare == Compare::kLt || compare == Compare::kLe ||
                       compare == Compare::kSlt || compare == Compare::kSle ||
                       compare == Compare::kEq;
  const bool b_below = compare == Compare::kGt || compare == Compare::kGe ||
                       compare == Compare::kSgt || compare == Compare::kSge ||
                       compare == Compare::kEq;
  const bool strict = compare == Compare::kLt || compare == Compare::kSlt ||
                      compare == Compare::kGt || compare == Compare::kSgt;
  const bool is_signed = compare == Compare::kSlt || compare == Compare::kSle ||
                         compare == Compare::kSgt || compare == Compare::kSge;
  auto learn_one = [&](const Value& v, const Value& e) {
    if (!v.is_scalar() || !e.is_scalar() || v.length || v.id == 0 || v.low ||
        v.range.is_constant() || !is_near(v.delta) || (e.length && !is_near(e.offset)) ||
        !(e.length || tells_of_length(state, e.id)))
      return;
    const ScalarRange end = e.length ? length_range(state, e) : e.range;
    // As signed 64-bit numbers they are in the order that the comparison found.
    const int64_t most = wide || is_signed ? INT32_MAX : int64_t{UINT32_MAX};
    const bool small =
        v.range.smin >= 0 && v.range.smax <= most && end.smin >= 0 && end.smax <= most;
    if (!small && !(wide && (is_signed || end.smin >= 0) && is_near(end.smax))) return;
    // Unsigned and below what is not negative: not negative itself.
    if (!small && is_signed && v.range.smin < -kFarAway) return;
    learn_order(state, v, strict ? least_step(v.range, end) : 0, e);
  };
  if (a_below) learn_one(a, b);
  if (b_below) learn_one(b, a);
}

bool branch_on_numbers(AbstractState& state, Compare compare, bool taken, bool wide, Value* a,
                       Value* b, const Value& constant) {
  auto current = [&](const Value& v) {
    return v.length ? length_range(state, v) : as_number(v).range;
  };
  ScalarRange x = current(*a), y = b ? current(*b) : constant.range;
  if (!refine(compare, taken, wide, x, y)) return false;
  if (a->is_scalar() && !learn(state, *a, x)) return false;
  if (b && b->is_scalar() && b != a && !learn(state, *b, y)) return false;
  if (b && b != a) learn_below(state, taken ? compare : negate(compare), wide, *a, *b);
  return true;
}

// p < e or p <= e (strict or not) with p into the data and e its end (plus a constant).
bool learn_inside(AbstractState& state, const Value& p, const Value& e, bool strict) {
  if (!is_near(p.offset) || !is_near(e.offset) ||
      static_cast<int64_t>(state.length.umin) + e.offset < 0)
    return true;
  const int64_t bytes = p.offset - e.offset + (strict ? 1 : 0);
  const bool limited = state.strict && context_shape(state.context) == ContextShape::kPacket;
  if (limited && p.fixed() && p.offset > kMaxPacketOffset) return true;
  if (p.fixed()) return p.offset < 0 || bound_length(state, bytes, INT64_MAX);
  // Only if the variable part cannot have wrapped below the data.
  if (p.range.smin < -kFarAway || p.range.smax > kFarAway || p.range.smin + p.offset < 0)
    return true;
  if (limited && p.range.smax + p.offset > kMaxPacketOffset) return true;
  const int64_t least = p.range.smin + bytes;
  prove_past(state, p.id, bytes);
  return bound_length(state, least, INT64_MAX);
}

// p > e or p >= e.
bool learn_outside(AbstractState& state, const Value& p, const Value& e, bool strict) {
  if (!p.fixed() || p.offset < 0 || !is_near(p.offset) || !is_near(e.offset) ||
      static_cast<int64_t>(state.length.umin) + e.offset < 0)
    return true;
  return bound_length(state, 0, p.offset - e.offset - (strict ? 1 : 0));
}

// A comparison that tells how far a pointer lies inside: one into the data with the data's end, or
// one into the meta data with the start of the data.
bool is_limit(const Value& p, const Value& e) {
  if (p.is_pointer_to(Base::kData)) return e.is_pointer_to(Base::kDataEnd) && e.fixed();
  return p.is_pointer_to(Base::kMeta) && e.is_pointer_to(Base::kData) && e.fixed() && e.offset == 0;
}

// Two pointers into the data, neither of them its end.
void learn_order_of_pointers(AbstractState& state, Compare compare, const Value& a,
                             const Value& b) {
  if (!a.is_pointer_to(Base::kData) || !b.is_pointer_to(Base::kData)) return;
  const auto x = bounds(state, a), y = bounds(state, b);
  if (!x || !y || x->min < 0 || y->min < 0) return;
  switch (compare) {
    case Compare::kLt: learn_order(state, a, 1, b); return;
    case Compare::kLe: learn_order(state, a, 0, b); return;
    case Compare::kGt: learn_order(state, b, 1, a); return;
    case Compare::kGe: learn_order(state, b, 0, a); return;
    case Compare::kEq:
      learn_order(state, a, 0, b);
      learn_order(state, b, 0, a);
      return;
    default: return;
  }
}

bool branch_on_pointers(AbstractState& state, Compare compare, bool taken, const Value& a,
                        const Value& b) {
  const bool a_first = is_limit(a, b), b_first = is_limit(b, a);
  if (!a_first && !b_first) {
    learn_order_of_pointers(state, taken ? compare : negate(compare), a, b);
    return true;
  }
  const Value &p = a_first ? a : b, &e = a_first ? b : a;
  // Turn the condition into one on (p, e).
  enum { kLess, kLessEqual, kMore, kMoreEqual, kEqual, kNotEqual, kNothing } relation = kNothing;
  switch (compare) {
    case Compare::kLt: relation = taken ? kLess : kMoreEqual; break;
    case Compare::kLe: relation = taken ? kLessEqual : kMore; break;
    case Compare::kGt: relation = taken ? kMore : kLessEqual; break;
    case Compare::kGe: relation = taken ? kMoreEqual : kLess; break;
    case Compare::kEq: relation = taken ? kEqual : kNotEqual; break;
    case Compare::kNe: relation = taken ? kNotEqual : kEqual; break;
    default: break;
  }
  if (b_first) {
    relation = relation == kLess        ? kMore
               : relation == kLessEqual ? kMoreEqual
               : relation == kMore      ? kLess
               : relation == kMoreEqual ? kLessEqual
                                        : relation;
  }
  if (p.is_pointer_to(Base::kMeta)) {
    if (p.fixed() && is_near(p.offset) && (relation == kLess || relation == kLessEqual)) {
      state.meta = std::max(state.meta, p.offset + (relation == kLess ? 1 : 0));
    }
    return true;
  }
  switch (relation) {
    case kLess: return learn_inside(state, p, e, true);
    case kLessEqual: return learn_inside(state, p, e, false);
    case kMore: return learn_outside(state, p, e, true);
    case kMoreEqual: return learn_outside(state, p, e, false);
    case kEqual: return learn_inside(state, p, e, false);
    case kNotEqual:
      // At most the end, and not the end: before it.
      if (e.offset == 0 && is_near(p.offset) && state.proven_past(p.id) >= p.offset)
        return learn_inside(state, p, e, true);
      return true;
    case kNothing: break;
  }
  return true;
}

}  // namespace

namespace {

// The least and the most that a pointer is away from its base; far if that is not known.
std::pair<int64_t, int64_t> extremes(const Value& p) {
  if (p.fixed()) return {p.offset, p.offset};
  const bool low = p.range.smin >= -kFarAway && is_near(p.offset);
  const bool high = p.range.smax <= kFarAway && is_near(p.offset);
  return {low ? p.range.smin + p.offset : -2 * kFarAway,
          high ? p.range.smax + p.offset : 2 * kFarAway};
}

// A multiple of `size` from a base that is one.
bool aligned_offset(const Value& p, unsigned size) {
  if (p.fixed()) return p.offset % size == 0;
  const uint64_t low = p.range.bits.value + static_cast<uint64_t>(p.offset);
  return ((p.range.bits.mask | low) & (size - 1)) == 0;
}

}  // namespace

bool proven_inside(const AbstractState& state, const Value& base, int64_t size) {
  const auto [low, high] = extremes(base);
  switch (base.base) {
    case Base::kStack:
      if (base.extent != 0) {  // a part of the frame
        const auto start = static_cast<int32_t>(base.object);
        return low >= start && high <= start + int64_t{base.extent} - size;
      }
      return low >= -static_cast<int64_t>(kFrameBytes) && high <= -size;
    case Base::kMapValue:
      return !base.or_null && low >= 0 && high <= int64_t{base.extent} - size &&
             !may_touch_lock(base, size);
    case Base::kSocket:
      return !base.or_null && base.fixed() &&
             may_read_socket(static_cast<SocketKind>(base.object), base.offset,
                             static_cast<uint32_t>(size));
    case Base::kMap:
    case Base::kContext: return false;
    case Base::kMeta: return base.fixed() && low >= 0 && is_near(low) && low + size <= state.meta;
    case Base::kData: {
      if (!is_near(base.offset)) return false;
      const int64_t end = base.offset + size;
      if (base.fixed()) return base.offset >= 0 && end <= state.proven_past(0);
      if (base.range.smin < -kFarAway || base.range.smax > kFarAway) return false;
      return base.range.smin + base.offset >= 0 &&
             (end <= state.proven_past(base.id) || base.range.smax + end <= state.proven_past(0));
    }
    case Base::kDataEnd:
      // end - k is inside if the data has k bytes.
      return is_near(base.offset) && base.fixed() && base.offset <= -size &&
             static_cast<int64_t>(state.length.umin) + base.offset >= 0;
  }
  return false;
}

bool may_touch_lock(const Value& base, int64_t size) {
  if (base.base != Base::kMapValue || base.lock_end == 0) return false;
  const auto [low, high] = extremes(base);
  return low < int64_t{base.lock_end} && high + size > int64_t{base.lock_end} - 4;
}

PathAccess path_access(const AbstractState& state, const Instruction& insn) {
  const OpInfo& op = insn.info();
  const bool loads = op.format == Format::kLoad || op.format == Format::kLoadAcquire;
  PathAccess access;
  access.size = op.bits / 8;
  access.base = state.top().regs[loads ? insn.src : insn.dst];
  access.is_pointer = access.base.is_pointer();
  if (!access.is_pointer) return access;
  Value& base = access.base;
  base.offset = wrap_add(base.offset, insn.offset);
  const bool atomic = op.format == Format::kAtomic || op.format == Format::kLoadAcquire ||
                      op.format == Format::kStoreRelease;
  if (base.base == Base::kContext) {
    // As in the kernel: by a pointer that nobody has moved.
    access.proven = base.fixed() && base.offset == insn.offset && !atomic &&
                    op.operation != Operation::kLoadSign &&
                    find_field(state.context, base.offset, access.size, !loads).has_value();
    return access;
  }
  access.proven = proven_inside(state, base, access.size) && !(base.read_only && !loads);
  if (atomic && access.size > 1) {
    // Frames and values of maps are aligned; data may start anywhere.
    access.proven &= (base.base == Base::kStack || base.base == Base::kMapValue) &&
                     aligned_offset(base, access.size);
  }
  return access;
}

void assume_access(AbstractState& state, const PathAccess& access) {
  const Value& base = access.base;
  if (!access.is_pointer || base.base != Base::kData || !is_near(base.offset)) return;
  const int64_t end = base.offset + static_cast<int64_t>(access.size);
  if (base.fixed()) {
    if (base.offset >= 0) (void)bound_length(state, end, INT64_MAX);
    return;
  }
  prove_past(state, base.id, end);
}

void forget_packet(AbstractState& state) {
  auto forget = [](Value& v) {
    const bool number = v.is_scalar() && v.length;
    const bool pointer = v.is_pointer() && (v.base == Base::kData || v.base == Base::kDataEnd ||
                                            v.base == Base::kMeta);
    if (pointer) {
      v = Value::scalar(ScalarRange::any());
      v.lost = Value::Lost::kMoved;
    }
    if (number) v.length = false, v.offset = 0;
  };
  for (Frame& frame : state.frames) {
    for (Value& v : frame.regs) forget(v);
    for (auto& [offset, slot] : frame.slots) forget(slot.value);
  }
  state.length = ScalarRange::between(0, kMaxDataBytes);
  state.meta = 0;
  state.proven.clear();
  state.sums.clear();
  forget_moves(state);
}

void forget_memory(AbstractState& state, const StepContext& c) {
  for (size_t depth = 0; depth < state.frames.size(); ++depth) forget_slots(state, depth, c);
}

void step(AbstractState& state, const Instruction& insn, const StepContext& c) {
  const OpInfo& op = insn.info();
  Frame& frame = state.top();
  switch (op.format) {
    case Format::kAluImm:
    case Format::kAluReg:
    case Format::kAluUnary: step_alu(state, insn, c); return;
    case Format::kLoad:
    case Format::kLoadAcquire:
      frame.regs[insn.dst] =
          load(state, path_access(state, insn), op.operation == Operation::kLoadSign, c);
      return;
    case Format::kStoreImm:
      store(state, path_access(state, insn),
            Value::scalar(ScalarRange::constant(static_cast<uint64_t>(insn.imm))), c);
      return;
    case Format::kStoreReg:
    case Format::kStoreRelease: {
      // Spilled, checked and filled again: the slot and the register stay equal.
      Value& value = frame.regs[insn.src];
      if (value.is_scalar() && value.id == 0 && !value.range.is_constant())
        name_number(value, c.ids);
      store(state, path_access(state, insn), value, c);
      return;
    }
    case Format::kAtomic: step_atomic(state, insn, path_access(state, insn), c); return;
    case Format::kLoadImm64:
      if (op.operation == Operation::kLoadMap || op.operation == Operation::kLoadMapIdx) {
        frame.regs[insn.dst] = Value::pointer(Base::kMap, 0);
        frame.regs[insn.dst].object = insn.target;
        return;
      }
      if (op.operation == Operation::kLoadMapValue || op.operation == Operation::kLoadMapIdxValue) {
        Value& v = frame.regs[insn.dst];
        v = Value::pointer(Base::kMapValue, insn.imm);
        v.object = insn.target;
        v.extent = c.program->maps[insn.target].value_size;
        v.lock_end = lock_end(c.program->maps[insn.target]);
        v.read_only = (c.program->maps[insn.target].flags & BPF_F_RDONLY_PROG) != 0;
        return;
      }
      frame.regs[insn.dst] = Value::scalar(ScalarRange::constant(
          op.operation == Operation::kLoadFunc ? kFunctionToken | insn.target
                                               : static_cast<uint64_t>(insn.imm)));
      return;
    default: return;
  }
}

namespace {

// A pointer that may be null was compared with 0: so were its copies.
void settle_null(AbstractState& state, uint32_t null_id, bool null) {
  auto settle = [&](Value& v) {
    if (!v.is_pointer() || !v.or_null || v.null_id != null_id) return;
    if (null) {
      // There is nothing to give back.
      if (v.record != 0 && !v.derived)
        std::erase_if(state.reserved, [&](const Reservation& r) { return r.record == v.record; });
      v = Value::scalar(ScalarRange::constant(0));
    } else {
      v.or_null = false;
      v.null_id = 0;
    }
  };
  for (Frame& frame : state.frames) {
    for (Value& v : frame.regs) settle(v);
    for (auto& [offset, slot] : frame.slots) settle(slot.value);
  }
}

// Whether a pointer is certainly not null.
bool never_null(const Value& v) {
  return v.is_pointer() && !v.or_null && v.fixed() && v.offset == 0 &&
         (v.base == Base::kMapValue || v.base == Base::kStack || v.base == Base::kContext ||
          v.base == Base::kSocket);
}

}  // namespace

void name_operands(AbstractState& state, const Instruction& insn, IdSource* ids) {
  if (insn.info().format != Format::kJumpReg) return;
  Value &a = state.top().regs[insn.dst], &b = state.top().regs[insn.src];
  auto nameless = [](const Value& v) {
    return v.is_scalar() && !v.length && v.id == 0 && !v.range.is_constant();
  };
  auto tells = [&](const Value& v) {
    return v.is_scalar() && (v.length || tells_of_length(state, v.id));
  };
  if (tells(a) && nameless(b)) name_number(b, ids);
  if (tells(b) && nameless(a)) name_number(a, ids);
}

bool assume_branch(AbstractState& state, const Instruction& insn, bool taken) {
  const std::optional<Compare> compare = compare_of(insn.info().operation);
  if (!compare) return true;
  const bool wide = insn.info().bits == 64;
  Value* a = &state.top().regs[insn.dst];
  Value* b = insn.info().format == Format::kJumpReg ? &state.top().regs[insn.src] : nullptr;
  if (wide && a->is_pointer() && (*compare == Compare::kEq || *compare == Compare::kNe)) {
    const bool with_zero =
        b ? b->is_scalar() && b->range.is_constant() && b->range.constant_value() == 0
          : insn.imm == 0;
    const bool null = (*compare == Compare::kEq) == taken;
    if (with_zero && a->or_null) {
      settle_null(state, a->null_id, null);
      return true;
    }
    if (with_zero && never_null(*a)) return !null;
  }
  if (a->is_pointer() || (b && b->is_pointer())) {
    return !wide || !b || branch_on_pointers(state, *compare, taken, *a, *b);
  }
  const Value constant = Value::scalar(ScalarRange::constant(static_cast<uint64_t>(insn.imm)));
  return branch_on_numbers(state, *compare, taken, wide, a, b, constant);
}

}  // namespace weir
