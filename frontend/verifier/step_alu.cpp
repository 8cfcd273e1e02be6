// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/step_alu.h"

#include <algorithm>
#include <optional>

#include "frontend/verifier/sums.h"

namespace weir {

using Kind = Value::Kind;
using Base = Value::Base;

Value as_number(const Value& v) {
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

void name_number(Value& v, IdSource* ids) {
  v.id = ++*ids;
  v.delta = 0;
  v.low = false;
}

ScalarRange length_range(const AbstractState& state, const Value& v) {
  ScalarRange r = arith(Arith::kAdd, state.length,
                        ScalarRange::constant(static_cast<uint64_t>(v.offset)), true);
  ScalarRange both = r;
  return intersect(both, v.range) ? both : r;
}

namespace {

// Whether what is known of `v` can bound what is made of it and of another one by the data's
// length.
bool bounds_others(const AbstractState& state, const Value& v) {
  return v.length || v.is_pointer_to(Base::kData) || tells_of_length(state, v.id);
}

// pointer + number or pointer - number. The register that holds the number, if one does, is linked
// with the pointer.
Value move_pointer(AbstractState& state, const Value& p, const Value& n, bool subtract,
                   Value* source, const StepContext& c) {
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
    if (source->id == 0 || source->low) name_number(*source, c.ids);
    if (is_near(source->delta)) {
      out.id = source->id;
      out.offset = wrap_add(p.offset, source->delta);
      out.range = arith(Arith::kSub, n.range,
                        ScalarRange::constant(static_cast<uint64_t>(source->delta)), true);
      return out;
    }
  }
  out.range = arith(subtract ? Arith::kSub : Arith::kAdd, p.range, n.range, true);
  out.id = ++*c.ids;
  if (p.is_pointer_to(Base::kData) && bounds(state, p) && bounds(state, n)) {
    const bool nameless = source && source->is_scalar() && source->id == 0 && !source->length;
    if (nameless) name_number(*source, c.ids);
    const Value& by = nameless ? *source : n;
    if (subtract) {
      bound_difference(state, out, p, by, c.ids);
    } else {
      bound_sum(state, out, p, by, c.ids);
    }
  }
  return out;
}

// a - b, which does not wrap, from what comparisons have told of them.
Value difference(AbstractState& state, const Value& a, const Value& b, Value out,
                 const StepContext& c) {
  const int64_t least = least_difference(state, a, b);
  const auto most = bounds(state, a), less = bounds(state, b);
  if (least >= 0 && most && less && most->max - less->min >= least) {
    ScalarRange range = ScalarRange::between(static_cast<uint64_t>(least),
                                             static_cast<uint64_t>(most->max - less->min));
    if (intersect(range, out.range)) out.range = range;
  }
  if (!out.range.is_constant()) bound_difference(state, out, a, b, c.ids);
  return out;
}

Value pointer_distance(AbstractState& state, const Value& a, const Value& b, const StepContext& c) {
  if (a.base == b.base && a.frame == b.frame && a.id == b.id) {
    return Value::scalar(
        ScalarRange::constant(static_cast<uint64_t>(wrap_sub(a.offset, b.offset))));
  }
  if (a.base == Base::kDataEnd && a.fixed() && b.is_pointer_to(Base::kData) && b.fixed() &&
      is_near(a.offset) && is_near(b.offset)) {
    Value v = Value::scalar(ScalarRange::any());
    v.length = true;
    v.offset = a.offset - b.offset;
    return v;
  }
  if (!b.is_pointer_to(Base::kData) || !bounds(state, b)) return Value::scalar(ScalarRange::any());
  // From the data's start on, the end is the length.
  Value from = a;
  if (a.is_pointer_to(Base::kDataEnd) && a.fixed() && is_near(a.offset)) {
    from = Value::scalar(ScalarRange::any());
    from.length = true;
    from.offset = a.offset;
  }
  const auto high = bounds(state, from), low = bounds(state, b);
  if (!high) return Value::scalar(ScalarRange::any());
  Value out = Value::scalar(ScalarRange::any());
  out.range.smin = high->min - low->max;
  out.range.smax = high->max - low->min;
  if (!out.range.normalize()) return Value::scalar(ScalarRange::any());
  return difference(state, from, b, out, c);
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

// Whether the instruction wraps nowhere, and 32-bit ones cut nothing off; of others than sums and
// differences, whether their result is at most `a` as signed numbers.
bool exact(const AbstractState& state, Operation operation, const Value& a, const Value& n,
           bool narrow) {
  const auto x = bounds(state, a), y = bounds(state, n);
  if (!x) return false;
  const bool small = x->min >= 0 && (!narrow || x->max <= int64_t{UINT32_MAX});
  if (operation != Operation::kAdd && operation != Operation::kSub) return small;
  if (!y) return false;
  if (!narrow) return true;
  if (!small || y->min < 0 || y->max > int64_t{UINT32_MAX}) return false;
  return operation == Operation::kAdd ? x->max + y->max <= int64_t{UINT32_MAX}
                                      : x->min - y->max >= 0 || least_difference(state, a, n) >= 0;
}

// What is known of a and n by the data's length bounds `out`, which the instruction made of them.
// `source`: the register that n is in; it still has its value.
void bound_result(AbstractState& state, const Instruction& insn, Value& out, const Value& a,
                  Value n, Value* source, const StepContext& c) {
  const Operation operation = insn.info().operation;
  const bool narrow = insn.info().bits == 32, constant = n.range.is_constant();
  const bool moves = operation == Operation::kAdd || operation == Operation::kSub;
  if (out.range.is_constant() || a.range.is_constant() || (moves && constant)) return;
  if (!bounds_others(state, a) && !(operation == Operation::kAdd && bounds_others(state, n)))
    return;
  if (!exact(state, operation, a, n, narrow)) return;
  if (moves && source && source->is_scalar() && source->id == 0 && !source->length) {
    name_number(*source, c.ids);
    n = *source;
  }
  const auto by = constant ? n.range.constant_value() : 0;
  switch (operation) {
    case Operation::kAdd: bound_sum(state, out, a, n, c.ids); return;
    case Operation::kSub: out = difference(state, a, n, out, c); return;
    case Operation::kRsh:
      bound_part(state, out, a, constant && (by & (narrow ? 31 : 63)) != 0, c.ids);
      return;
    case Operation::kDiv: bound_part(state, out, a, constant && by >= 2, c.ids); return;
    case Operation::kAnd:
    case Operation::kMod: bound_part(state, out, a, false, c.ids); return;
    default: return;
  }
}

// The data's length plus a constant is followed as such. At 32 bits, only where nothing is cut off.
void keep_length(const AbstractState& state, Value& out, const Value& a, const Value& n, bool add,
                 bool narrow) {
  const bool commuted = add && a.range.is_constant();
  const Value &length = commuted ? n : a, &by = commuted ? a : n;
  if (!length.length || !by.range.is_constant()) return;
  const auto constant = static_cast<int64_t>(by.range.constant_value());
  const int64_t step = narrow ? int64_t{static_cast<int32_t>(constant)} : constant;
  const int64_t offset = add ? wrap_add(length.offset, step) : wrap_sub(length.offset, step);
  if (!is_near(offset)) return;
  if (narrow) {
    const auto whole = bounds(state, length);
    const int64_t moved = offset - length.offset;
    if (!whole || whole->min < 0 || whole->max > int64_t{UINT32_MAX} || whole->min + moved < 0 ||
        whole->max + moved > int64_t{UINT32_MAX})
      return;
  }
  out.length = true;
  out.offset = offset;
}

}  // namespace

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
      if (linked && source->id == 0) name_number(*source, c.ids);
      Value low = Value::scalar(truncate32(as_number(b).range));
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
      name_number(*source, c.ids);
    dst = source ? *source : b;
    if (narrow && !source) dst = Value::scalar(truncate32(b.range));
    return;
  }
  if (op.operation == Operation::kMovsx64 || op.operation == Operation::kMovsx32) {
    lose(b, c);
    const ScalarRange wide = sign_extend(as_number(b).range, op.bits);
    dst = Value::scalar(op.operation == Operation::kMovsx64 ? wide : truncate32(wide));
    return;
  }
  if (op.format == Format::kAluUnary) {
    lose(dst, c);
    const ScalarRange a = as_number(dst).range;
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
      dst = move_pointer(state, dst, as_number(b), sub, source, c);
    } else if (add && !dst.is_pointer()) {
      dst = move_pointer(state, b, as_number(dst), false, &dst, c);
    } else if (sub && dst.is_pointer()) {
      dst = pointer_distance(state, dst, b, c);
    } else {
      lose(dst, c);
      lose(b, c);
      dst = Value::scalar(ScalarRange::any());
    }
    return;
  }
  lose(dst, c);
  lose(b, c);
  const Value a = as_number(dst);
  // A constant plus a register: the sum and the register are linked.
  if (add && source && source != &dst && source->is_scalar() && source->id == 0 &&
      !source->length && !source->range.is_constant() && a.range.is_constant())
    name_number(*source, c.ids);
  const Value n = source ? as_number(*source) : b;
  Value out = Value::scalar(arith(*arith_of(op.operation), a.range, n.range, !narrow));
  if (add || sub) keep_length(state, out, a, n, add, narrow);
  if (add || sub) link_sum(out, a, n, add, narrow);
  bound_result(state, insn, out, a, n, source, c);
  dst = out;
}

}  // namespace weir
