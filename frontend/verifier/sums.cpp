// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/sums.h"

#include <algorithm>

namespace weir {

namespace {

using Base = Value::Base;

constexpr int64_t kUnknown = INT64_MIN / 4;
// Of each kind, since the last place where paths meet; a path with more is no loop of a few lines.
constexpr size_t kMostNotes = 16;

bool known(int64_t past) {
  return past > -2 * kFarAway;
}

std::optional<int64_t> constant(const Value& v) {
  if (v.is_pointer_to(Base::kData) && v.fixed() && is_near(v.offset)) return v.offset;
  if (!v.is_scalar() || !v.range.is_constant()) return std::nullopt;
  const auto c = static_cast<int64_t>(v.range.constant_value());
  return is_near(c) ? std::optional(c) : std::nullopt;
}

// The largest n with v + n <= length.
int64_t past(const AbstractState& state, const Value& v) {
  if (!v.is_pointer_to(Base::kData)) return state.proven_past(v);
  const int64_t part = state.proven_past(v.id);
  return is_near(v.offset) && known(part) ? part - v.offset : kUnknown;
}

int64_t explicit_sum(const AbstractState& state, const Value& a, const Value& b) {
  if (state.sums.empty()) return kUnknown;
  const auto x = linked(a), y = linked(b);
  if (!x || !y) return kUnknown;
  const auto it = state.sums.find(std::minmax(x->id, y->id));
  return it == state.sums.end() ? kUnknown : it->second - x->plus - y->plus;
}

template <class Note>
void note(std::vector<Note>& notes, const Note& now) {
  if (is_near(now.n) && notes.size() < kMostNotes) notes.push_back(now);
}

uint32_t name(Value& v, IdSource* ids) {
  if (v.id == 0) {
    v.id = ++*ids;
    v.delta = 0;
    v.low = false;
  }
  return v.id;
}

// The least that the number of an identity can be, if anything in the state has it.
std::optional<int64_t> least_of(const AbstractState& state, uint32_t id) {
  for (const Frame& frame : state.frames) {
    auto of = [&](const Value& v) -> std::optional<int64_t> {
      const auto x = linked(v);
      const auto range = x && x->id == id ? bounds(state, v) : std::nullopt;
      return range ? std::optional(range->min - x->plus) : std::nullopt;
    };
    for (const Value& v : frame.regs) {
      if (const auto least = of(v)) return least;
    }
    for (const auto& [offset, slot] : frame.slots) {
      if (const auto least = of(slot.value)) return least;
    }
  }
  return std::nullopt;
}

// Of a sum that `id` is part of, the other part.
std::optional<uint32_t> partner(const std::pair<uint32_t, uint32_t>& ids, uint32_t id) {
  if (ids.first == id) return ids.second;
  if (ids.second == id) return ids.first;
  return std::nullopt;
}

}  // namespace

std::optional<Linked> linked(const Value& v) {
  if (v.is_pointer_to(Base::kData) && !v.fixed() && is_near(v.offset))
    return Linked{v.id, v.offset};
  if (v.is_scalar() && v.id != 0 && !v.low && is_near(v.delta)) return Linked{v.id, v.delta};
  return std::nullopt;
}

std::optional<Bounds> bounds(const AbstractState& state, const Value& v) {
  if (const auto c = constant(v)) return Bounds{*c, *c};
  ScalarRange range = v.range;
  int64_t plus = 0;
  if (v.is_pointer()) {
    if (!v.is_pointer_to(Base::kData) || !is_near(v.offset)) return std::nullopt;
    plus = v.offset;
  } else if (!v.is_scalar()) {
    return std::nullopt;
  } else if (v.length && is_near(v.offset)) {
    ScalarRange length = arith(Arith::kAdd, state.length,
                               ScalarRange::constant(static_cast<uint64_t>(v.offset)), true);
    if (intersect(length, range)) range = length;
  }
  if (!is_near(range.smin) || !is_near(range.smax)) return std::nullopt;
  return Bounds{range.smin + plus, range.smax + plus};
}

int64_t sum_past(const AbstractState& state, const Value& a, const Value& b) {
  int64_t best = explicit_sum(state, a, b);
  auto consider = [&](const Value& bounded, const Value& small) {
    const int64_t most = past(state, bounded);
    if (!known(most)) return;
    if (const auto range = bounds(state, small)) best = std::max(best, most - range->max);
  };
  consider(a, b);
  consider(b, a);
  return best;
}

bool in_sums(const AbstractState& state, uint32_t id) {
  return id != 0 && std::ranges::any_of(state.sums, [&](const auto& sum) {
           return partner(sum.first, id).has_value();
         });
}

bool bounded_together(const AbstractState& state, const Value& a, const Value& b) {
  // Together with a constant, what bounds the other one.
  auto with_constant = [&](const Value& v, const Value& c) {
    return constant(c) && ((v.is_scalar() && v.length) || in_sums(state, v.id));
  };
  return known(explicit_sum(state, a, b)) || with_constant(a, b) || with_constant(b, a);
}

void prove_past(AbstractState& state, uint32_t id, int64_t bytes) {
  if (id == 0 || !is_near(bytes)) return;
  int64_t& proven = state.proven.try_emplace(id, bytes).first->second;
  proven = std::max(proven, bytes);
  for (size_t i = 0; i < state.made.size(); ++i) {
    const MadeSum sum = state.made[i];
    if (sum.z != id) continue;
    prove_sum(state, sum.x, sum.s, sum.n + bytes);
    if (const auto least = least_of(state, sum.s)) prove_past(state, sum.x, sum.n + bytes + *least);
    if (const auto least = least_of(state, sum.x)) prove_past(state, sum.s, sum.n + bytes + *least);
  }
  limit_variable_part(state, id, static_cast<int64_t>(state.length.umax) - bytes);
}

void prove_sum(AbstractState& state, uint32_t x, uint32_t y, int64_t bytes) {
  if (x == 0 || y == 0 || !is_near(bytes)) return;
  int64_t& proven = state.sums.try_emplace(std::minmax(x, y), bytes).first->second;
  proven = std::max(proven, bytes);
}

void learn_order(AbstractState& state, const Value& a, int64_t by, const Value& b) {
  const auto x = linked(a), y = linked(b);
  if (!x) return;
  // a + by + n <= b + n <= length.
  const int64_t behind = past(state, b);
  if (known(behind)) prove_past(state, x->id, behind + by + x->plus);
  if (!y || x->id == y->id) return;
  const int64_t n = x->plus + by - y->plus;  // X + n <= Y
  std::vector<std::pair<uint32_t, int64_t>> learned;
  for (const auto& [ids, bytes] : state.sums) {
    if (const auto other = partner(ids, y->id)) learned.emplace_back(*other, bytes + n);
  }
  for (const auto& [other, bytes] : learned) {
    prove_sum(state, x->id, other, bytes);
    // Twice Y: then twice X, too.
    if (other == y->id) prove_sum(state, x->id, x->id, bytes + n);
  }
  note(state.orders, Order{x->id, y->id, n});
}

void learn_least(AbstractState& state, const Value& v) {
  const auto x = linked(v);
  if (!x || !tells_of_length(state, x->id)) return;
  const auto range = bounds(state, v);
  if (!range) return;
  const int64_t least = range->min - x->plus;
  for (const auto& [ids, bytes] : state.sums) {
    if (const auto other = partner(ids, x->id)) prove_past(state, *other, bytes + least);
  }
  const int64_t behind = state.proven_past(x->id);
  if (!known(behind) || least + behind <= static_cast<int64_t>(state.length.umin)) return;
  ScalarRange longer = state.length;
  longer.umin = static_cast<uint64_t>(least + behind);
  if (longer.umin <= longer.umax && longer.normalize()) state.length = longer;
}

int64_t least_difference(const AbstractState& state, const Value& a, const Value& b) {
  int64_t best = kUnknown;
  const int64_t behind = past(state, b);
  // b + behind <= length = a - offset
  if (a.is_scalar() && a.length && is_near(a.offset) && known(behind)) best = behind + a.offset;
  const auto x = linked(b), y = linked(a);
  if (!x || !y) return best;
  for (const Order& order : state.orders) {
    if (order.x == x->id && order.y == y->id) best = std::max(best, order.n - x->plus + y->plus);
  }
  return best;
}

void bound_sum(AbstractState& state, Value& out, const Value& a, const Value& b, IdSource* ids) {
  const int64_t both = sum_past(state, a, b);
  const auto x = linked(a), s = linked(b);
  if (!known(both) && !(x && s)) return;
  const uint32_t z = name(out, ids);
  const auto to = linked(out);
  if (!to) return;
  // out = Z + to.plus
  if (known(both)) prove_past(state, z, both + to->plus);
  if (!x || !s) return;
  // a + b = out: Z = X + S - shift
  const int64_t shift = to->plus - s->plus - x->plus;
  note(state.made, MadeSum{z, x->id, s->id, -shift});
  std::vector<std::pair<uint32_t, int64_t>> learned;
  for (const auto& [pair, n] : state.sums) {
    if (const auto other = partner(pair, x->id))
      note(state.moved, MovedSum{z, *other, s->id, true, n + shift});
  }
  for (const MovedSum& sum : state.moved) {
    // X + Y + S + n <= length
    if (sum.minus || sum.s != s->id) continue;
    if (sum.x == x->id) learned.emplace_back(sum.y, sum.n + shift);
    if (sum.y == x->id) learned.emplace_back(sum.x, sum.n + shift);
  }
  for (const auto& [other, n] : learned) prove_sum(state, z, other, n);
}

void bound_difference(AbstractState& state, Value& out, const Value& a, const Value& b,
                      IdSource* ids) {
  const auto s = linked(b);
  const auto less = bounds(state, b);
  const int64_t whole = past(state, a);
  const auto x = linked(a);
  const bool moves = x && s && (!state.sums.empty() || !state.moved.empty());
  if (!known(whole) && !moves) return;
  const uint32_t z = name(out, ids);
  const auto to = linked(out);
  if (!to) return;
  if (known(whole)) {
    // b + out = a, and a + whole <= length.
    if (s) prove_sum(state, s->id, z, whole + s->plus + to->plus);
    if (less) prove_past(state, z, whole + less->min + to->plus);
  }
  if (moves) {
    // a = out + b: X = Z + S + shift
    const int64_t shift = to->plus + s->plus - x->plus;
    std::vector<std::pair<uint32_t, int64_t>> learned;
    for (const auto& [pair, n] : state.sums) {
      const auto other = partner(pair, x->id);
      if (other && *other != z) note(state.moved, MovedSum{z, *other, s->id, false, n + shift});
    }
    for (const MovedSum& sum : state.moved) {
      // X + Y - S + n <= length, and X - S = Z + shift.
      if (!sum.minus || sum.s != s->id) continue;
      if (sum.x == x->id) learned.emplace_back(sum.y, sum.n + shift);
      if (sum.y == x->id) learned.emplace_back(sum.x, sum.n + shift);
    }
    for (const auto& [other, n] : learned) prove_sum(state, z, other, n);
  }
  learn_least(state, out);
}

void bound_part(AbstractState& state, Value& out, const Value& a, bool half, IdSource* ids) {
  const int64_t whole = past(state, a);
  if (!known(whole) || out.range.is_constant()) return;
  const uint32_t z = name(out, ids);
  prove_past(state, z, whole);
  if (half) prove_sum(state, z, z, whole);
  learn_least(state, out);
}

bool tells_of_length(const AbstractState& state, uint32_t id) {
  return id != 0 && (state.proven.contains(id) || in_sums(state, id));
}

void forget_moves(AbstractState& state) {
  state.orders.clear();
  state.moved.clear();
  state.made.clear();
}

}  // namespace weir
