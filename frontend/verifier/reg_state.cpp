// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/reg_state.h"

namespace weir {

using Kind = RegFact::Kind;

RegFact scalar(bool fits32) {
  return {.kind = Kind::kScalar, .fits32 = fits32};
}

RegFact constant(uint64_t value) {
  return {.kind = Kind::kScalar,
          .known = true,
          .fits32 = value <= UINT32_MAX,
          .value = static_cast<int64_t>(value)};
}

RegFact pointer(Region region, std::optional<int64_t> offset, bool near) {
  return {.kind = Kind::kPointer,
          .region = region,
          .known = offset.has_value(),
          .near = offset ? *offset >= 0 && *offset < kNearBytes : near,
          .value = offset.value_or(0)};
}

RegFact join(const RegFact& a, const RegFact& b, bool* lost_stack) {
  if (a == b || b.kind == Kind::kUnreached) return a;
  if (a.kind == Kind::kUnreached) return b;
  if (a.is_pointer() && b.is_pointer_to(a.region))
    return pointer(a.region, std::nullopt, a.near && b.near);
  if (a.is_pointer_to(Region::kStack) || b.is_pointer_to(Region::kStack)) *lost_stack = true;
  // A register that was never written holds 0.
  auto small = [](const RegFact& r) {
    return r.kind == Kind::kUninit || (r.kind == Kind::kScalar && r.fits32);
  };
  return scalar(small(a) && small(b));
}

bool join_into(State& into, const State& from, RegMask live, bool* lost_stack) {
  bool changed = false;
  for (unsigned r = 0; r < kRegisters; ++r) {
    const RegFact& incoming =
        (live >> r & 1) != 0 || r == kFrameReg ? from.regs[r] : RegFact{.kind = Kind::kUninit};
    const RegFact joined = join(into.regs[r], incoming, lost_stack);
    changed |= joined != into.regs[r];
    into.regs[r] = joined;
  }
  for (const auto& [offset, fact] : from.slots) {
    *lost_stack |= !into.slots.contains(offset) && fact.is_pointer_to(Region::kStack);
  }
  for (auto it = into.slots.begin(); it != into.slots.end();) {
    auto other = from.slots.find(it->first);
    if (other == from.slots.end()) {
      *lost_stack |= it->second.is_pointer_to(Region::kStack);
      it = into.slots.erase(it);
      changed = true;
      continue;
    }
    const RegFact joined = join(it->second, other->second, lost_stack);
    changed |= joined != it->second;
    it->second = joined;
    ++it;
  }
  return changed;
}

}  // namespace weir
