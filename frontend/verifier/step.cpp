// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/step.h"

#include <linux/bpf.h>

#include <algorithm>
#include <optional>

#include "runtime/abi/socket.h"

namespace weir {

namespace {

using Kind = Value::Kind;
using Base = Value::Base;

// Offsets beyond this are not reasoned about: addresses of data cannot wrap within it.
constexpr int64_t kFar = int64_t{1} << 40;

bool near(int64_t offset) {
  return offset > -kFar && offset < kFar;
}

Value number(const Value& v) {
  if (v.is_scalar()) return v;
  return v.kind == Kind::kUninit ? Value::scalar(ScalarRange::constant(0))
                                 : Value::scalar(ScalarRange::any());
}

int64_t wrap_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t wrap_sub(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

void lose(const Value& v, const StepContext& c) {
  *c.lost_stack |= v.is_pointer_to(Base::kStack);
}

void name(Value& v, IdSource* ids) {
  v.id = ++*ids;
  v.delta = 0;
  v.low = false;
}

// pointer + number or pointer - number. The register that holds the number, if one does, is linked
// with the pointer.
Value move_pointer(const Value& p, const Value& n, bool subtract, Value* source,
                   const StepContext& c) {
  // Maps do not move, and null plus something is no pointer.
  if (p.base == Base::kMap || p.or_null) return Value::scalar(ScalarRange::any());
  Value out = p;
  if (n.range.is_constant()) {
    const auto by = static_cast<int64_t>(n.range.constant_value());
    out.offset = subtract ? wrap_sub(p.offset, by) : wrap_add(p.offset, by);
    return out;
  }
  // data + length is the end of the data.
  if (!subtract && n.length && p.is_pointer_to(Base::kData) && p.fixed()) {
    return Value::pointer(Base::kDataEnd, wrap_add(p.offset, n.offset));
  }
  if (!subtract && p.fixed() && source && source->is_scalar()) {
    if (source->id == 0 || source->low) name(*source, c.ids);
    if (near(source->delta)) {
      out.id = source->id;
      out.offset = wrap_add(p.offset, source->delta);
      out.range = arith(Arith::kSub, n.range,
                        ScalarRange::constant(static_cast<uint64_t>(source->delta)), true);
      return out;
    }
  }
  out.range = arith(subtract ? Arith::kSub : Arith::kAdd, p.range, n.range, true);
  out.id = ++*c.ids;
  return out;
}

Value pointer_distance(const Value& a, const Value& b) {
  if (a.base == b.base && a.frame == b.frame && a.id == b.id) {
    return Value::scalar(
        ScalarRange::constant(static_cast<uint64_t>(wrap_sub(a.offset, b.offset))));
  }
  if (a.base == Base::kDataEnd && a.fixed() && b.is_pointer_to(Base::kData) && b.fixed() &&
      near(a.offset) && near(b.offset)) {
    Value v = Value::scalar(ScalarRange::any());
    v.length = true;
    v.offset = a.offset - b.offset;
    return v;
  }
  return Value::scalar(ScalarRange::any());
}

// The range of a value that is the data's length plus something.
ScalarRange length_range(const AbstractState& state, const Value& v) {
  ScalarRange r = arith(Arith::kAdd, state.length,
                        ScalarRange::constant(static_cast<uint64_t>(v.offset)), true);
  ScalarRange both = r;
  return intersect(both, v.range) ? both : r;
}

std::optional<Arith> arith_of(Operation operation) {
  switch (operation) {
    case Operation::kAdd: return Arith::kAdd;
    case Operation::kSub: return Arith::kSub;
    case Operation::kMul: return Arith::kMul;
    case Operation::kDiv: return Arith::kDiv;
    case Operation::kMod: return Arith::kMod;
    case Operation::kSdiv: return Arith::kSdiv;
    case Operation::kSmod: return Arith::kSmod;
    case Operation::kAnd: return Arith::kAnd;
    case Operation::kOr: return Arith::kOr;
    case Operation::kXor: return Arith::kXor;
    case Operation::kLsh: return Arith::kLsh;
    case Operation::kRsh: return Arith::kRsh;
    case Operation::kArsh: return Arith::kArsh;
    default: return std::nullopt;
  }
}

// The sum or difference of a number with an identity and a constant keeps the identity. At 32 bits
// the whole is linked only if nothing is cut off.
void link_sum(Value& out, const Value& a, const Value& n, bool add, bool narrow) {
  const bool commuted = add && a.range.is_constant();
  const Value &linked = commuted ? n : a, &by = commuted ? a : n;
  if (linked.id == 0 || !by.range.is_constant() || linked.range.is_constant()) return;
  const auto constant = static_cast<int64_t>(by.range.constant_value());
  const auto narrow_constant = int64_t{static_cast<int32_t>(constant)};
  const int64_t step = narrow ? narrow_constant : constant;
  out.id = linked.id;
  out.delta = add ? wrap_add(linked.delta, step) : wrap_sub(linked.delta, step);
  out.low = linked.low;
  if (!narrow) return;
  const ScalarRange whole = arith(add ? Arith::kAdd : Arith::kSub, linked.range,
                                  ScalarRange::constant(static_cast<uint64_t>(step)), true);
  const bool cut = !linked.range.fits32() || whole.smin < 0 || whole.smax > int64_t{UINT32_MAX};
  out.low |= cut;
}

void step_alu(AbstractState& state, const Instruction& insn, const StepContext& c) {
  const OpInfo& op = insn.info();
  Frame& frame = state.top();
  Value& dst = frame.regs[insn.dst];
  Value* source = op.format == Format::kAluReg ? &frame.regs[insn.src] : nullptr;
  const Value b =
      source ? *source : Value::scalar(ScalarRange::constant(static_cast<uint64_t>(insn.imm)));
  const bool narrow = op.bits == 32;

  if (op.operation == Operation::kMov) {
    const bool whole = !narrow || (b.is_scalar() && b.range.fits32());
    if (!whole) {
      lose(b, c);
      const bool linked = source && source->is_scalar() && !source->range.is_constant();
      if (linked && source->id == 0) name(*source, c.ids);
      Value low = Value::scalar(truncate32(number(b).range));
      if (linked) {
        low.id = source->id;
        low.delta = source->delta;
        low.low = true;
      }
      dst = low;
      return;
    }
    if (b.kind == Kind::kUninit) {
      dst = Value::scalar(ScalarRange::constant(0));
      return;
    }
    // Equal from now on: what a check tells of one is true of the other.
    if (source && source->is_scalar() && source->id == 0 && !source->range.is_constant())
      name(*source, c.ids);
    dst = source ? *source : b;
    if (narrow && !source) dst = Value::scalar(truncate32(b.range));
    return;
  }
  if (op.operation == Operation::kMovsx64 || op.operation == Operation::kMovsx32) {
    lose(b, c);
    const ScalarRange wide = sign_extend(number(b).range, op.bits);
    dst = Value::scalar(op.operation == Operation::kMovsx64 ? wide : truncate32(wide));
    return;
  }
  if (op.format == Format::kAluUnary) {
    lose(dst, c);
    const ScalarRange a = number(dst).range;
    if (op.operation == Operation::kNeg) {
      dst = Value::scalar(arith(Arith::kSub, ScalarRange::constant(0), a, !narrow));
    } else if (op.operation == Operation::kToLe) {
      const uint64_t mask = op.bits == 64 ? UINT64_MAX : (uint64_t{1} << op.bits) - 1;
      dst = Value::scalar(arith(Arith::kAnd, a, ScalarRange::constant(mask), true));
    } else {
      dst = Value::scalar(ScalarRange::bits_wide(op.bits));
    }
    return;
  }

  const bool add = op.operation == Operation::kAdd, sub = op.operation == Operation::kSub;
  if (!narrow && (add || sub) && (dst.is_pointer() || b.is_pointer())) {
    if (dst.is_pointer() && !b.is_pointer()) {
      dst = move_pointer(dst, number(b), sub, source, c);
    } else if (add && !dst.is_pointer()) {
      dst = move_pointer(b, number(dst), false, &dst, c);
    } else if (sub && dst.is_pointer()) {
      dst = pointer_distance(dst, b);
    } else {
      lose(dst, c);
      lose(b, c);
      dst = Value::scalar(ScalarRange::any());
    }
    return;
  }
  lose(dst, c);
  lose(b, c);
  const Value a = number(dst), n = number(b);
  Value out = Value::scalar(arith(*arith_of(op.operation), a.range, n.range, !narrow));
  if (!narrow && a.length && n.range.is_constant() && (add || sub)) {
    const auto by = static_cast<int64_t>(n.range.constant_value());
    out.offset = add ? wrap_add(a.offset, by) : wrap_sub(a.offset, by);
    out.length = near(out.offset);
  } else if (add && !narrow && n.length && a.range.is_constant()) {
    out.offset = wrap_add(n.offset, static_cast<int64_t>(a.range.constant_value()));
    out.length = near(out.offset);
  }
  if (!out.length) out.offset = 0;
  if (add || sub) link_sum(out, a, n, add, narrow);
  dst = out;
}

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
  Slot slot{.size = static_cast<uint8_t>(access.size), .value = number(value)};
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
  if (sign && bits < 64) return Value::scalar(sign_extend(number(out).range, bits));
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
  // length + offset does not wrap: lengths are small, offsets near. As an unsigned 64-bit number it
  // is negative where the length is below -offset.
  if (before.length) {
    return bound_length(state,
                        std::max<int64_t>(wrap_sub(std::max(range.smin, -kFar), before.offset), 0),
                        std::min(range.smax, kFar) - before.offset);
  }
  return true;
}

// v < length + c or v <= length + c: what bounds the number v bounds every pointer made from it.
void learn_below_length(AbstractState& state, Compare compare, bool wide, const Value& a,
                        const Value& b) {
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
    if (!v.is_scalar() || v.length || v.id == 0 || v.low || v.range.is_constant() || !e.length ||
        !near(e.offset) || !near(v.delta))
      return;
    const ScalarRange length = length_range(state, e);
    // As signed 64-bit numbers they are in the order that the comparison found.
    const bool small = v.range.smin >= 0 && v.range.smax <= INT32_MAX && length.smin >= 0 &&
                       length.smax <= INT32_MAX;
    if (!small && !(wide && (is_signed || length.smin >= 0))) return;
    // Unsigned and below what is not negative: not negative itself.
    if (!small && is_signed && v.range.smin < -kFar) return;
    const int64_t past = (strict ? 1 : 0) - e.offset + v.delta;
    int64_t& proven = state.proven.try_emplace(v.id, past).first->second;
    proven = std::max(proven, past);
    limit_variable_part(state, v.id, static_cast<int64_t>(state.length.umax) - past);
  };
  if (a_below) learn_one(a, b);
  if (b_below) learn_one(b, a);
}

bool branch_on_numbers(AbstractState& state, Compare compare, bool taken, bool wide, Value* a,
                       Value* b, const Value& constant) {
  auto current = [&](const Value& v) {
    return v.length ? length_range(state, v) : number(v).range;
  };
  ScalarRange x = current(*a), y = b ? current(*b) : constant.range;
  if (!refine(compare, taken, wide, x, y)) return false;
  if (a->is_scalar() && !learn(state, *a, x)) return false;
  if (b && b->is_scalar() && b != a && !learn(state, *b, y)) return false;
  if (b && b != a) learn_below_length(state, taken ? compare : negate(compare), wide, *a, *b);
  return true;
}

// p < e or p <= e (strict or not) with p into the data and e its end (plus a constant).
bool learn_inside(AbstractState& state, const Value& p, const Value& e, bool strict) {
  if (!near(p.offset) || !near(e.offset) || static_cast<int64_t>(state.length.umin) + e.offset < 0)
    return true;
  const int64_t bytes = p.offset - e.offset + (strict ? 1 : 0);
  const bool limited = state.strict && context_shape(state.context) == ContextShape::kPacket;
  if (limited && p.fixed() && p.offset > kMaxPacketOffset) return true;
  if (p.fixed()) return p.offset < 0 || bound_length(state, bytes, INT64_MAX);
  // Only if the variable part cannot have wrapped below the data.
  if (p.range.smin < -kFar || p.range.smax > kFar || p.range.smin + p.offset < 0) return true;
  if (limited && p.range.smax + p.offset > kMaxPacketOffset) return true;
  int64_t& proven = state.proven.try_emplace(p.id, bytes).first->second;
  proven = std::max(proven, bytes);
  const int64_t least = p.range.smin + bytes;
  // What fits into the data is no larger than the data can be.
  limit_variable_part(state, p.id, static_cast<int64_t>(state.length.umax) - bytes);
  return bound_length(state, least, INT64_MAX);
}

// p > e or p >= e.
bool learn_outside(AbstractState& state, const Value& p, const Value& e, bool strict) {
  if (!p.fixed() || p.offset < 0 || !near(p.offset) || !near(e.offset) ||
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

bool branch_on_pointers(AbstractState& state, Compare compare, bool taken, const Value& a,
                        const Value& b) {
  const bool a_first = is_limit(a, b), b_first = is_limit(b, a);
  if (!a_first && !b_first) return true;
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
    if (p.fixed() && near(p.offset) && (relation == kLess || relation == kLessEqual)) {
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
      if (e.offset == 0 && near(p.offset) && state.proven_past(p.id) >= p.offset)
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
  const bool low = p.range.smin >= -kFar && near(p.offset);
  const bool high = p.range.smax <= kFar && near(p.offset);
  return {low ? p.range.smin + p.offset : -2 * kFar, high ? p.range.smax + p.offset : 2 * kFar};
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
    case Base::kMeta: return base.fixed() && low >= 0 && near(low) && low + size <= state.meta;
    case Base::kData: {
      if (!near(base.offset)) return false;
      const int64_t end = base.offset + size;
      if (base.fixed()) return base.offset >= 0 && end <= state.proven_past(0);
      if (base.range.smin < -kFar || base.range.smax > kFar) return false;
      return base.range.smin + base.offset >= 0 &&
             (end <= state.proven_past(base.id) || base.range.smax + end <= state.proven_past(0));
    }
    case Base::kDataEnd:
      // end - k is inside if the data has k bytes.
      return near(base.offset) && base.fixed() && base.offset <= -size &&
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
  if (!access.is_pointer || base.base != Base::kData || !near(base.offset)) return;
  const int64_t end = base.offset + static_cast<int64_t>(access.size);
  if (base.fixed()) {
    if (base.offset >= 0) (void)bound_length(state, end, INT64_MAX);
    return;
  }
  int64_t& proven = state.proven.try_emplace(base.id, end).first->second;
  proven = std::max(proven, end);
  limit_variable_part(state, base.id, static_cast<int64_t>(state.length.umax) - end);
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
      if (value.is_scalar() && value.id == 0 && !value.range.is_constant()) name(value, c.ids);
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
  if (a.is_scalar() && a.length && nameless(b)) name(b, ids);
  if (b.is_scalar() && b.length && nameless(a)) name(a, ids);
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
