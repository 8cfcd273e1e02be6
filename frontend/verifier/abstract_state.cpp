// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/abstract_state.h"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>

#include "frontend/verifier/reg_state.h"
#include "frontend/verifier/sums.h"

namespace weir {

using Kind = Value::Kind;
using Base = Value::Base;

Value Value::scalar(const ScalarRange& range) {
  Value v;
  v.kind = Kind::kScalar;
  v.range = range;
  return v;
}

Value Value::pointer(Base base, int64_t offset, uint8_t frame) {
  Value v;
  v.kind = Kind::kPointer;
  v.base = base;
  v.frame = frame;
  v.offset = offset;
  return v;
}

Value Value::half_of_dynptr(uint32_t id, uint32_t map, bool reserved, bool second) {
  Value v;
  v.kind = Kind::kDynptr;
  v.dynptr = id;
  v.record = reserved ? id : 0;
  v.object = map;
  v.offset = second ? 8 : 0;
  return v;
}

namespace {

// What is proven past a variable part is about small distances; a sum with a larger one could wrap.
constexpr int64_t kFar = int64_t{1} << 40;
bool near(int64_t distance) {
  return distance > -kFar && distance < kFar;
}

}  // namespace

int64_t AbstractState::proven_past(uint32_t id) const {
  if (id == 0) return static_cast<int64_t>(length.umin);
  auto it = proven.find(id);
  return it == proven.end() ? INT64_MIN / 4 : it->second;
}

int64_t AbstractState::proven_past(const Value& v) const {
  constexpr int64_t kNothing = INT64_MIN / 4;
  if (!v.is_scalar()) return kNothing;
  if (v.length) return near(v.offset) ? -v.offset : kNothing;
  if (v.range.is_constant()) {
    const auto c = static_cast<int64_t>(v.range.constant_value());
    return near(c) ? static_cast<int64_t>(length.umin) - c : kNothing;
  }
  if (v.id == 0 || v.low || !near(v.delta)) return kNothing;
  const int64_t past = proven_past(v.id);
  return past < -kFar ? kNothing : past - v.delta;
}

namespace {

int64_t wrapping_sub(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

bool same_place(const Value& a, const Value& b) {
  return a.base == b.base && (a.base != Base::kStack || a.frame == b.frame) &&
         a.object == b.object && a.or_null == b.or_null && a.read_only == b.read_only &&
         a.inner == b.inner && a.extent == b.extent && (a.record == 0) == (b.record == 0) &&
         (a.dynptr == 0) == (b.dynptr == 0) && a.derived == b.derived;
}

bool same_half(const Value& a, const Value& b) {
  return a.is_dynptr() && b.is_dynptr() && a.object == b.object && a.offset == b.offset &&
         (a.record == 0) == (b.record == 0);
}

// Records and dynptrs of two states, one to one: what is given back in one is then given back in
// the other.
class RecordPairs {
 public:
  bool pair(uint32_t a, uint32_t b) {
    const bool forth = there_.try_emplace(a, b).first->second == b;
    const bool back = back_.try_emplace(b, a).first->second == a;
    return forth && back;
  }

 private:
  std::map<uint32_t, uint32_t> there_, back_;
};

class Subsumption {
 public:
  Subsumption(const AbstractState& old, const AbstractState& now) : old_(old), now_(now) {}

  bool value(const Value& o, const Value& n) {
    if (o.id != 0 && !old_.sums.empty()) {
      Standing& standing = standing_[o.id];
      if (!standing.old && linked(o)) standing = {&o, &n};
    }
    switch (o.kind) {
      case Kind::kUninit:
        // Reads as 0: only what is certainly 0 (or just as unwritten) is covered.
        return n.kind == Kind::kUninit;
      case Kind::kScalar:
        if (n.kind == Kind::kUninit && now_.strict) return false;
        if (n.kind == Kind::kUninit) return o.range.contains(0) && o.id == 0 && !o.length;
        if (n.kind != Kind::kScalar || !o.range.includes(n.range)) return false;
        if (o.length && !(n.length && n.offset == o.offset)) return false;
        // A bound by the data's length must hold of the new number as well.
        if (o.id != 0 && !o.low && near(o.delta)) {
          auto past = old_.proven.find(o.id);
          if (past != old_.proven.end() && past->second - o.delta > now_.proven_past(n))
            return false;
        }
        return o.id == 0 || link(o, n);
      case Kind::kPointer:
        if (n.kind != Kind::kPointer || !same_place(o, n)) return false;
        if (o.or_null) {
          auto [it, fresh] = nulls_.try_emplace(o.null_id, n.null_id);
          if (!fresh && it->second != n.null_id) return false;
        }
        if (o.record != 0 && !records_.pair(o.record, n.record)) return false;
        if (o.dynptr != 0 && !records_.pair(o.dynptr, n.dynptr)) return false;
        if (o.fixed()) return n.fixed() && n.offset == o.offset;
        return pointer(o, n);
      case Kind::kDynptr: return same_half(o, n) && records_.pair(o.dynptr, n.dynptr);
    }
    return false;
  }

  // After all values: what bounds two of them together must hold of those that stand for them.
  bool sums() const {
    for (const auto& [ids, bytes] : old_.sums) {
      const auto x = standing_.find(ids.first), y = standing_.find(ids.second);
      if (x == standing_.end() || y == standing_.end()) continue;  // nobody can ask any more
      const Standing &a = x->second, &b = y->second;
      if (!a.old || !b.old ||
          bytes - linked(*a.old)->plus - linked(*b.old)->plus > sum_past(now_, *a.now, *b.now))
        return false;
    }
    return true;
  }

 private:
  // A value of the old state that has an identity, and the one that takes its place.
  struct Standing {
    const Value *old = nullptr, *now = nullptr;
  };
  // The old variable part must stand for the new one everywhere: v_old = v_new + (n.offset -
  // o.offset).
  bool pointer(const Value& o, const Value& n) {
    const int64_t delta = wrapping_sub(n.offset, o.offset);
    const ScalarRange part = n.fixed()
                                 ? ScalarRange::constant(static_cast<uint64_t>(delta))
                                 : arith(Arith::kAdd, n.range,
                                         ScalarRange::constant(static_cast<uint64_t>(delta)), true);
    if (!o.range.includes(part)) return false;
    const int64_t past = old_.proven_past(o.id);
    if (o.base == Base::kData && past > INT64_MIN / 8 &&
        (!near(delta) || past > now_.proven_past(n.id) - delta)) {
      return false;
    }
    return same(o.id, n.fixed() ? Number{'c', 0, delta} : Number{'i', n.id, delta});
  }

  // Registers that are linked in the old state must be linked in the new one, in the same way: by
  // an identity, or by being constants. Links of the low halves follow from those of the whole.
  bool link(const Value& o, const Value& n) {
    if (n.id != 0 && n.low && !o.low) return same(o.id, {'u', 0, ++unlinked_});
    if (n.id != 0) {
      return same(o.id, {'i', n.id, wrapping_sub(n.delta, o.delta)});
    }
    if (n.range.is_constant()) {
      const auto value = static_cast<int64_t>(n.range.constant_value());
      return same(o.id, {'c', 0, wrapping_sub(value, o.delta)});
    }
    return same(o.id, {'u', 0, ++unlinked_});
  }

  // The old state's number X is the new one's number `id` plus `distance` ('i'), or the constant
  // `distance` ('c'), or nothing that anybody else can be linked to ('u'). Where the new one is
  // linked by its low half, so is the old one, and no more is asked.
  struct Number {
    char kind;
    uint32_t id;
    int64_t distance;
    friend bool operator==(const Number&, const Number&) = default;
  };
  bool same(uint32_t from, const Number& to) {
    auto [it, fresh] = numbers_.try_emplace(from, to);
    return fresh || it->second == to;
  }

  const AbstractState &old_, &now_;
  FlatMap<uint32_t, Number> numbers_;
  FlatMap<uint32_t, uint32_t> nulls_;
  FlatMap<uint32_t, Standing> standing_;
  RecordPairs records_;
  int64_t unlinked_ = 0;
};

class Joiner {
 public:
  Joiner(const AbstractState& old, const AbstractState& now, bool widening,
         std::span<const uint64_t> landmarks, IdSource* ids, bool* lost, AbstractState* out)
      : old_(old),
        now_(now),
        widening_(widening),
        landmarks_(landmarks),
        ids_(ids),
        lost_(lost),
        out_(out) {}

  ScalarRange ranges(const ScalarRange& a, const ScalarRange& b) const {
    return widening_ && !a.includes(b) ? widen(a, b, landmarks_) : join(a, b);
  }

  Value value(const Value& a, const Value& b) {
    if (a.is_pointer() && b.is_pointer() && same_place(a, b)) {
      // Nobody else has a's numbers in the joined state.
      if (a.record != 0 && !records_.pair(a.record, b.record))
        return Value::scalar(ScalarRange::any());
      if (a.dynptr != 0 && !records_.pair(a.dynptr, b.dynptr))
        return Value::scalar(ScalarRange::any());
      return pointer(a, b);
    }
    if (same_half(a, b) && records_.pair(a.dynptr, b.dynptr)) return a;
    if (a.is_dynptr() || b.is_dynptr()) {
      *lost_ |= a.is_pointer_to(Base::kStack) || b.is_pointer_to(Base::kStack);
      return old_.strict ? Value() : Value::scalar(ScalarRange::any());
    }
    if (a.kind == Kind::kUninit && b.kind == Kind::kUninit) return a;
    if (old_.strict && (a.kind == Kind::kUninit || b.kind == Kind::kUninit)) {
      *lost_ |= a.is_pointer_to(Base::kStack) || b.is_pointer_to(Base::kStack);
      return {};
    }
    *lost_ |= a.is_pointer_to(Base::kStack) || b.is_pointer_to(Base::kStack);
    if (a.is_pointer() || b.is_pointer()) return Value::scalar(ScalarRange::any());
    Value v = Value::scalar(ranges(number(a), number(b)));
    if (a.is_scalar() && b.is_scalar()) {
      if (a.length && b.length && a.offset == b.offset) {
        v.length = true;
        v.offset = a.offset;
      }
      link(a, b, v);
    }
    return v;
  }

  // After all values: `v` is what `a` and `b` became.
  void collect(const Value& a, const Value& b, const Value& v) {
    if (!linked(v) || v.range.is_constant()) return;
    const bool counts = (a.is_scalar() && a.length) || (b.is_scalar() && b.length) ||
                        in_sums(old_, a.id) || in_sums(now_, b.id);
    together_.push_back({&a, &b, &v, counts});
    some_count_ |= counts;
  }

  // What bounds two numbers together in both states bounds what they became.
  void join_sums() {
    if (!some_count_) return;
    for (size_t i = 0; i < together_.size(); ++i) {
      for (size_t k = i; k < together_.size(); ++k) join_sum(together_[i], together_[k]);
    }
  }

  // Of what was constant in one of the states only that is linked which another number is linked
  // to.
  void unlink(Value& v) const {
    const auto of_constants = out_of_constants_.find(v.id);
    if (!v.is_scalar() || of_constants == out_of_constants_.end() || of_constants->second != 1)
      return;
    v.id = 0;
    v.delta = 0;
    v.low = false;
  }

 private:
  // Two numbers that are linked in both states are so in the joined one. What bounds both by the
  // data's length bounds what they become.
  void link(const Value& a, const Value& b, Value& v) {
    const int64_t past_a = old_.proven_past(a), past_b = now_.proven_past(b);
    // Of two constants only that is worth a note which says more than that they are near.
    const bool constants = a.range.is_constant() && b.range.is_constant();
    const bool bounded = std::min(past_a, past_b) >= (constants ? 0 : INT64_MIN / 8) && !v.length &&
                         !v.range.is_constant();
    const Part in_a = part_of(a), in_b = part_of(b);
    if (in_a.id != 0 && in_b.id != 0 && !v.range.is_constant()) {
      v.id = identity(in_a.id, in_b.id, wrapping_sub(in_b.delta, in_a.delta));
      v.delta = in_a.delta;
      v.low = (a.id != 0 && a.low) || (b.id != 0 && b.low);
      // A bound by the length is a use too.
      if (in_a.id == kConstant || in_b.id == kConstant) out_of_constants_[v.id] += bounded ? 2 : 1;
    } else if (bounded) {
      v.id = ++*ids_;
    }
    if (bounded && !v.low && near(v.delta)) {
      const int64_t both = shrink(past_a, std::min(past_a, past_b)) + v.delta;
      if (both > INT64_MIN / 8) out_->proven[v.id] = both;
    }
  }

  struct Joined {
    const Value *a, *b, *v;
    bool counts;  // may be bounded together with another one
  };

  void join_sum(const Joined& x, const Joined& y) {
    if (!x.counts && !y.counts) return;
    if (!bounded_together(old_, *x.a, *y.a) && !bounded_together(now_, *x.b, *y.b)) return;
    const int64_t before = sum_past(old_, *x.a, *y.a);
    const int64_t both = shrink(before, std::min(before, sum_past(now_, *x.b, *y.b)));
    if (!is_near(both) || both <= sum_past(*out_, *x.v, *y.v)) return;
    const auto p = linked(*x.v), q = linked(*y.v);
    prove_sum(*out_, p->id, q->id, both + p->plus + q->plus);
    for (const uint32_t id : {p->id, q->id}) {
      if (out_of_constants_.contains(id)) out_of_constants_[id] += 2;
    }
  }

  // What a number is linked by. Constants are linked to each other: by their distance from 0.
  struct Part {
    uint32_t id = 0;
    int64_t delta = 0;
  };
  static constexpr uint32_t kConstant = UINT32_MAX;
  static Part part_of(const Value& v) {
    if (v.id != 0) return {v.id, v.delta};
    if (v.range.is_constant()) return {kConstant, static_cast<int64_t>(v.range.constant_value())};
    return {};
  }

  // What shrinks shrinks in few steps.
  int64_t shrink(int64_t before, int64_t now) const {
    if (!widening_ || now >= before) return now;
    if (now >= 0) return static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(now)));
    return now > -kLeast ? -kLeast : INT64_MIN / 4;
  }

  static ScalarRange number(const Value& v) {
    return v.is_scalar() ? v.range : ScalarRange::constant(0);
  }

  Value pointer(const Value& a, const Value& b) {
    if (a.fixed() && b.fixed() && a.offset == b.offset) {
      Value v = a;
      if (a.or_null) v.null_id = identity(a.null_id, b.null_id, INT64_MAX);
      return v;
    }
    // b's variable part, seen from a's fixed offset.
    const int64_t delta = wrapping_sub(b.offset, a.offset);
    const ScalarRange shifted =
        arith(Arith::kAdd, b.range, ScalarRange::constant(static_cast<uint64_t>(delta)), true);
    Value v = a;
    if (a.or_null) v.null_id = identity(a.null_id, b.null_id, INT64_MAX);
    // Bounds are widened as distances from the base. Two places of a loop have different fixed
    // offsets; what one of them bounds at a landmark must not look larger than it to the other.
    // And what is not below its base stays so.
    const ScalarRange fixed = ScalarRange::constant(static_cast<uint64_t>(a.offset));
    auto distance = [&](const ScalarRange& part) { return arith(Arith::kAdd, part, fixed, true); };
    v.range = join(a.range, shifted);
    if (widening_ && !a.range.includes(shifted)) {
      v.range =
          arith(Arith::kSub, widen(distance(a.range), distance(shifted), landmarks_), fixed, true);
      // Another form of the same may look smaller than subsumption takes for covered.
      if (!v.range.includes(a.range) || !v.range.includes(shifted)) {
        v.range = widen(a.range, shifted, landmarks_);
        const int64_t lowest = std::min(a.range.smin, shifted.smin);
        if (a.offset >= 0 && lowest >= -a.offset && v.range.smin < -a.offset) {
          v.range.smin = -a.offset;
          v.range.normalize();
        }
      }
    }
    v.id = identity(a.id, b.id, delta);
    if (a.base == Base::kData && near(delta)) {
      int64_t both = std::min(old_.proven_past(a.id), now_.proven_past(b.id) - delta);
      // What shrinks shrinks in few steps.
      if (widening_ && a.id != 0 && both < old_.proven_past(a.id)) {
        both = both <= 0 ? INT64_MIN / 4
                         : static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(both)));
      }
      if (both > INT64_MIN / 8) out_->proven[v.id] = both;
    }
    return v;
  }

  // The number that is `a` in the old state and `b` + `delta` in the new one.
  uint32_t identity(uint32_t a, uint32_t b, int64_t delta) {
    auto [it, fresh] = pairs_.try_emplace(std::tuple(a, b, delta), 0);
    if (fresh) it->second = ++*ids_;
    return it->second;
  }

  // A bound by the length that shrinks below zero stops here before it is given up.
  static constexpr int64_t kLeast = 65536;
  const AbstractState &old_, &now_;
  bool widening_;
  std::span<const uint64_t> landmarks_;
  IdSource* ids_;
  bool* lost_;
  AbstractState* out_;
  FlatMap<std::tuple<uint32_t, uint32_t, int64_t>, uint32_t> pairs_;
  std::map<uint32_t, unsigned> out_of_constants_;  // new identities of what was constant -> users
  std::vector<Joined> together_;
  bool some_count_ = false;
  RecordPairs records_;
};

}  // namespace

namespace {

// Whether what is known of the data's length says something of a value.
bool tells_of_length(const AbstractState& state, const Value& v) {
  if (v.is_pointer())
    return v.base == Base::kData || v.base == Base::kDataEnd || v.base == Base::kMeta;
  return v.length || tells_of_length(state, v.id);
}

// Whether what is known of the data's length can still prove anything: through a pointer, or
// through the context, which gives new ones.
bool needs_length(const AbstractState& state, RegMask live) {
  auto needs = [&](const Value& v) {
    return v.is_pointer_to(Base::kContext) || tells_of_length(state, v);
  };
  for (size_t f = 0; f < state.frames.size(); ++f) {
    const Frame& frame = state.frames[f];
    const bool top = f + 1 == state.frames.size();
    for (unsigned r = 0; r < kFrameReg; ++r) {
      if ((!top || (live >> r & 1) != 0) && needs(frame.regs[r])) return true;
    }
    for (const auto& [offset, slot] : frame.slots) {
      if (needs(slot.value)) return true;
    }
  }
  return false;
}

template <class Function>
void for_each_value(AbstractState& state, Function function) {
  for (Frame& frame : state.frames) {
    for (Value& v : frame.regs) function(v);
    for (auto& [offset, slot] : frame.slots) function(slot.value);
  }
}

}  // namespace

void forget_length(AbstractState& state) {
  bool needed = false;
  for_each_value(state, [&](const Value& v) { needed |= tells_of_length(state, v); });
  if (needed) return;
  state.length = ScalarRange::between(0, kMaxDataBytes);
  state.meta = 0;
}

bool subsumes(const AbstractState& old, const AbstractState& now, RegMask live, bool straight) {
  if (old.frames.size() != now.frames.size()) return false;
  if ((!old.length.includes(now.length) || old.meta > now.meta) &&
      (!straight || needs_length(old, live)))
    return false;
  if (old.strict && (old.reserved.size() != now.reserved.size() || old.locked != now.locked)) {
    return false;
  }
  Subsumption check(old, now);
  for (size_t f = 0; f < old.frames.size(); ++f) {
    const Frame &o = old.frames[f], &n = now.frames[f];
    if (o.subprogram != n.subprogram || o.call_site != n.call_site) return false;
    const bool top = f + 1 == old.frames.size();
    for (unsigned r = 0; r < kFrameReg; ++r) {
      if (top && (live >> r & 1) == 0) continue;
      if (!check.value(o.regs[r], n.regs[r])) return false;
    }
    for (const auto& [offset, slot] : o.slots) {
      auto it = n.slots.find(offset);
      if (it == n.slots.end() || it->second.size != slot.size ||
          !check.value(slot.value, it->second.value))
        return false;
    }
  }
  return check.sums();
}

AbstractState join(const AbstractState& old, const AbstractState& now, bool widening,
                   std::span<const uint64_t> landmarks, IdSource* ids, bool* lost_stack) {
  AbstractState out = old;
  out.proven.clear();
  out.sums.clear();
  Joiner joiner(old, now, widening, landmarks, ids, lost_stack, &out);
  out.length = joiner.ranges(old.length, now.length);
  out.meta = std::min(old.meta, now.meta);
  if (now.reserved.size() > out.reserved.size()) out.reserved = now.reserved;
  out.locked |= now.locked;
  for (size_t f = 0; f < out.frames.size(); ++f) {
    Frame& frame = out.frames[f];
    const Frame& other = now.frames[f];
    for (unsigned r = 0; r < kFrameReg; ++r)
      frame.regs[r] = joiner.value(frame.regs[r], other.regs[r]);
    for (auto it = frame.slots.begin(); it != frame.slots.end();) {
      auto match = other.slots.find(it->first);
      if (match == other.slots.end() || match->second.size != it->second.size) {
        *lost_stack |= it->second.value.is_pointer_to(Base::kStack);
        it = frame.slots.erase(it);
        continue;
      }
      it->second.value = joiner.value(it->second.value, match->second.value);
      ++it;
    }
    for (const auto& [offset, slot] : other.slots) {
      if (!frame.slots.contains(offset)) *lost_stack |= slot.value.is_pointer_to(Base::kStack);
    }
  }
  for (size_t f = 0; f < out.frames.size(); ++f) {
    const Frame &a = old.frames[f], &b = now.frames[f];
    for (unsigned r = 0; r < kFrameReg; ++r)
      joiner.collect(a.regs[r], b.regs[r], out.frames[f].regs[r]);
    for (const auto& [offset, slot] : out.frames[f].slots)
      joiner.collect(a.slots.find(offset)->second.value, b.slots.find(offset)->second.value,
                     slot.value);
  }
  joiner.join_sums();
  for_each_value(out, [&](Value& v) { joiner.unlink(v); });
  return out;
}

namespace {

// How far a number may be from those it is linked with for the distance to be added without care.
bool within32(const ScalarRange& range, int64_t distance) {
  constexpr int64_t kFar = int64_t{1} << 40;
  return range.smin > -kFar && range.smax < kFar && distance > -kFar && distance < kFar &&
         range.smin + distance >= 0 && range.smax + distance <= int64_t{UINT32_MAX};
}

bool learn_from(const Value& number, const ScalarRange& range, Value& v) {
  if (v.id != number.id) return true;
  if (v.is_pointer()) {
    if (number.low) return true;
    const ScalarRange part =
        arith(Arith::kSub, range, ScalarRange::constant(static_cast<uint64_t>(number.delta)), true);
    return intersect(v.range, part);
  }
  if (!v.is_scalar()) return true;
  const int64_t distance = wrapping_sub(v.delta, number.delta);
  const ScalarRange by = ScalarRange::constant(static_cast<uint64_t>(distance));
  if (!number.low && !v.low) return intersect(v.range, arith(Arith::kAdd, range, by, true));
  ScalarRange low = arith(Arith::kAdd, range, by, false);
  return refine(Compare::kEq, true, false, v.range, low);
}

// Where nothing is cut off any more, the whole is linked: `v` is linked to `whole` by its low half.
void link_whole(const Value& whole, Value& v) {
  if (v.is_scalar() && v.id == whole.id && v.low && v.range.fits32() &&
      within32(whole.range, wrapping_sub(v.delta, whole.delta)))
    v.low = false;
}

}  // namespace

bool learn_linked(AbstractState& state, const Value& number, const ScalarRange& range) {
  const Value from = number;  // it may be one of those that change
  if (from.id == 0) return true;
  bool possible = true, some_low = false;
  const Value* whole = nullptr;
  for_each_value(state, [&](Value& v) {
    if (!possible || v.id != from.id) return;
    possible = learn_from(from, range, v);
    if (!v.is_scalar()) return;
    some_low |= v.low;
    if (!v.low) whole = &v;
  });
  if (possible && some_low && whole)
    for_each_value(state, [&](Value& v) { link_whole(*whole, v); });
  return possible;
}

void end_dynptr(AbstractState& state, uint32_t dynptr) {
  for_each_value(state, [&](Value& v) {
    if (v.is_pointer() && v.dynptr == dynptr) v = Value::scalar(ScalarRange::any());
  });
  for (Frame& frame : state.frames) {
    frame.slots.remove_if([&](const auto& entry) {
      return entry.second.value.is_dynptr() && entry.second.value.dynptr == dynptr;
    });
  }
}

void end_dynptrs(AbstractState& state, size_t frame, int64_t low, int64_t high) {
  std::vector<uint32_t> gone;
  for (const auto& [offset, slot] : state.frames[frame].slots) {
    if (slot.value.is_dynptr() && offset < high && low < offset + slot.size)
      gone.push_back(slot.value.dynptr);
  }
  for (const uint32_t dynptr : gone) end_dynptr(state, dynptr);
}

const Slot* dynptr_within(const AbstractState& state, size_t frame, int64_t low, int64_t high) {
  for (const auto& [offset, slot] : state.frames[frame].slots) {
    if (slot.value.is_dynptr() && offset < high && low < offset + slot.size) return &slot;
  }
  return nullptr;
}

void forget_record(AbstractState& state, uint32_t record) {
  std::vector<uint32_t> dynptrs;
  for_each_value(state, [&](Value& v) {
    if (v.dynptr != 0 && (record == 0 || v.dynptr == record)) dynptrs.push_back(v.dynptr);
    if (!v.is_pointer() || v.record == 0 || (record != 0 && v.record != record)) return;
    v = Value::scalar(ScalarRange::any());
  });
  for (const uint32_t dynptr : dynptrs) end_dynptr(state, dynptr);
  std::erase_if(state.reserved,
                [&](const Reservation& r) { return record == 0 || r.record == record; });
}

void limit_variable_part(AbstractState& state, uint32_t id, int64_t max) {
  if (id == 0) return;
  auto limit = [&](Value& v) {
    if (v.id != id || (v.is_scalar() && v.low)) return;
    const auto delta = static_cast<uint64_t>(v.is_scalar() ? v.delta : 0);
    ScalarRange part = arith(Arith::kSub, v.range, ScalarRange::constant(delta), true);
    if (part.smax <= max) return;
    part.smax = max;
    if (!part.normalize()) return;
    part = arith(Arith::kAdd, part, ScalarRange::constant(delta), true);
    if (ScalarRange cut = v.range; intersect(cut, part)) v.range = cut;
  };
  for (Frame& frame : state.frames) {
    for (Value& v : frame.regs) limit(v);
    for (auto& [offset, slot] : frame.slots) limit(slot.value);
  }
}

RegFact fact_of(const Value& v, uint8_t depth) {
  switch (v.kind) {
    case Kind::kUninit: return {.kind = RegFact::Kind::kUninit};
    case Kind::kScalar:
      return {.kind = RegFact::Kind::kScalar,
              .known = v.range.is_constant(),
              .fits32 = v.range.fits32(),
              .value = v.range.is_constant() ? static_cast<int64_t>(v.range.constant_value()) : 0};
    case Kind::kDynptr: return {.kind = RegFact::Kind::kScalar};
    case Kind::kPointer: break;
  }
  const auto close = [](int64_t offset) { return offset > -kNearBytes && offset < kNearBytes; };
  const int64_t least = v.fixed() ? 0 : v.range.smin, most = v.fixed() ? 0 : v.range.smax;
  const bool near = close(v.offset) && close(least) && close(most) && v.offset + least >= 0 &&
                    v.offset + most < kNearBytes;
  switch (v.base) {
    case Base::kData:
      return pointer(Region::kData, v.fixed() ? std::optional(v.offset) : std::nullopt, near);
    case Base::kDataEnd: return pointer(Region::kData, std::nullopt, near);
    case Base::kContext:
      return pointer(Region::kContext, v.fixed() ? std::optional(v.offset) : std::nullopt);
    case Base::kMeta:
      return pointer(Region::kMeta, v.fixed() ? std::optional(v.offset) : std::nullopt, near);
    case Base::kMap:
      return pointer(Region::kMap, v.inner ? std::nullopt : std::optional<int64_t>(v.object));
    case Base::kMapValue: return pointer(Region::kMapValue, std::nullopt, near && !v.or_null);
    case Base::kSocket: return pointer(Region::kSocket, std::nullopt);
    case Base::kStack: break;
  }
  if (v.frame != depth) return pointer(Region::kFrames, std::nullopt);
  return pointer(Region::kStack, v.fixed() ? std::optional(v.offset) : std::nullopt);
}

PointersHeld pointers_held(const AbstractState& state) {
  PointersHeld held;
  auto note = [&](const Value& v, uint64_t where) {
    const bool missing = state.strict && v.kind == Kind::kUninit;
    // Where a frame's address is lost, joining tells.
    if (!missing && !v.is_dynptr() && (!v.is_pointer() || v.base == Base::kStack)) return;
    const uint64_t what = missing         ? 1
                          : v.is_dynptr() ? 2 + v.object * 64 + 60 + (v.record != 0 ? 1 : 0)
                                          : 2 + v.object * 64 + static_cast<uint64_t>(v.base) * 4 +
                                                v.inner * 2 + v.or_null;
    held.all = (held.all + where) * 1'000'003 + what;
    if (v.is_pointer_to(Base::kMap) || v.is_pointer_to(Base::kContext) || v.is_dynptr())
      held.vital = (held.vital + where) * 1'000'003 + what;
  };
  for (const Frame& frame : state.frames) {
    for (unsigned r = 0; r < kFrameReg; ++r) note(frame.regs[r], r);
    for (const auto& [offset, slot] : frame.slots) note(slot.value, static_cast<uint64_t>(offset));
  }
  return held;
}

void collect_garbage(AbstractState& state) {
  if (state.proven.empty() && state.sums.empty()) return;
  auto used = [&](uint32_t id) {
    for (const Frame& frame : state.frames) {
      for (const Value& v : frame.regs) {
        if (v.id == id) return true;
      }
      for (const auto& [offset, slot] : frame.slots) {
        if (slot.value.id == id) return true;
      }
    }
    return false;
  };
  state.proven.remove_if([&](const auto& entry) { return !used(entry.first); });
  state.sums.remove_if(
      [&](const auto& entry) { return !used(entry.first.first) || !used(entry.first.second); });
}

}  // namespace weir
