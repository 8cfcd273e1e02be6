// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What bounds two numbers together: programs move a pointer on while they count down what is left,
// split the data in two, or subtract an offset from the length. Then X + Y + n <= length holds of
// two numbers of which neither alone says where the data ends; as soon as Y is known to be at least
// m, X is known to have n + m bytes behind it (AbstractState::proven).
//
// Everything here is about signed numbers and sums that do not wrap.
#pragma once

#include <optional>

#include "frontend/verifier/abstract_state.h"

namespace weir {

// Values beyond this, or further apart, are not reasoned about: no sum of a few of them wraps.
inline constexpr int64_t kFarAway = int64_t{1} << 40;
inline bool is_near(int64_t distance) {
  return distance > -kFarAway && distance < kFarAway;
}

// X + plus, X the number of the identity that a number or a pointer into the data has. Pointers
// count as their distance from the data's start here.
struct Linked {
  uint32_t id = 0;
  int64_t plus = 0;
};
std::optional<Linked> linked(const Value& v);

// The least and the most of such a value, where both are near.
struct Bounds {
  int64_t min = 0, max = 0;
};
std::optional<Bounds> bounds(const AbstractState& state, const Value& v);

// The largest n for which a + b + n is known to be no more than the data's length; very small if
// there is none.
int64_t sum_past(const AbstractState& state, const Value& a, const Value& b);
// Whether the number of an identity is part of a sum.
bool in_sums(const AbstractState& state, uint32_t id);
// Whether it is worth a note in a state where the two are not what they are here.
bool bounded_together(const AbstractState& state, const Value& a, const Value& b);

// X + `bytes` <= length, X the number of an identity. What fits into the data is no larger than the
// data can be.
void prove_past(AbstractState& state, uint32_t id, int64_t bytes);
// X + Y + `bytes` <= length.
void prove_sum(AbstractState& state, uint32_t x, uint32_t y, int64_t bytes);

// a + `by` <= b.
void learn_order(AbstractState& state, const Value& a, int64_t by, const Value& b);
// More may be known of the least that `v` can be.
void learn_least(AbstractState& state, const Value& v);
// The least that a - b can be, as far as comparisons have told; very small if they have not.
int64_t least_difference(const AbstractState& state, const Value& a, const Value& b);

// `out` is a + b or a - b, without a wrap, or at most a, or at most half of it: names it where that
// bounds it. It has no identity yet, or one that nothing is known of.
void bound_sum(AbstractState& state, Value& out, const Value& a, const Value& b, IdSource* ids);
void bound_difference(AbstractState& state, Value& out, const Value& a, const Value& b,
                      IdSource* ids);
void bound_part(AbstractState& state, Value& out, const Value& a, bool half, IdSource* ids);

// Whether numbers of this identity are bounded by the data's length.
bool tells_of_length(const AbstractState& state, uint32_t id);

// What holds only until paths meet.
void forget_moves(AbstractState& state);

}  // namespace weir
