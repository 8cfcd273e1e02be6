// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/transfer.h"

namespace weir {

namespace {

using Kind = RegFact::Kind;

bool is_small(const RegFact& r) {
  return r.kind == Kind::kUninit || (r.kind == Kind::kScalar && r.fits32);
}
std::optional<uint64_t> value_of(const RegFact& r) {
  if (r.kind == Kind::kUninit) return 0;
  if (r.kind == Kind::kScalar && r.known) return static_cast<uint64_t>(r.value);
  return std::nullopt;
}

// 64-bit addition or subtraction where one side may be a pointer.
RegFact add_sub(const RegFact& a, const RegFact& b, bool subtract, bool* lost_stack) {
  if (a.is_pointer_to(Region::kMap) || b.is_pointer_to(Region::kMap)) return scalar();
  const auto x = value_of(a), y = value_of(b);
  if (x && y) return constant(subtract ? *x - *y : *x + *y);
  if (a.is_pointer() && !b.is_pointer()) {
    if (!a.known || !y) return pointer(a.region, std::nullopt);
    const uint64_t base = static_cast<uint64_t>(a.value);
    return pointer(a.region, static_cast<int64_t>(subtract ? base - *y : base + *y));
  }
  if (b.is_pointer() && !a.is_pointer() && !subtract) return add_sub(b, a, false, lost_stack);
  if (a.is_pointer() && b.is_pointer() && subtract) return scalar();  // a distance
  *lost_stack |= a.is_pointer_to(Region::kStack) || b.is_pointer_to(Region::kStack);
  return scalar();
}

RegFact alu64(Operation operation, const RegFact& a, const RegFact& b, bool* lost_stack) {
  const auto x = value_of(a), y = value_of(b);
  switch (operation) {
    case Operation::kMov: return b.kind == Kind::kUninit ? constant(0) : b;
    case Operation::kAdd: return add_sub(a, b, false, lost_stack);
    case Operation::kSub: return add_sub(a, b, true, lost_stack);
    default: break;
  }
  *lost_stack |= a.is_pointer_to(Region::kStack) || b.is_pointer_to(Region::kStack);
  switch (operation) {
    case Operation::kAnd:
      if (x && y) return constant(*x & *y);
      return scalar(is_small(a) || is_small(b));
    case Operation::kOr:
      if (x && y) return constant(*x | *y);
      return scalar(is_small(a) && is_small(b));
    case Operation::kXor: return scalar(is_small(a) && is_small(b));
    case Operation::kLsh:
      if (x && y) return constant(*x << (*y & 63));
      return scalar();
    case Operation::kRsh:
      if (x && y) return constant(*x >> (*y & 63));
      return scalar(is_small(a) || (y && (*y & 63) >= 32));
    case Operation::kDiv:
    case Operation::kMod: return scalar(is_small(a));
    default: return scalar();
  }
}

void apply_alu(State& state, const Instruction& insn, bool* lost_stack) {
  const OpInfo& op = insn.info();
  RegFact& dst = state.regs[insn.dst];
  const RegFact operand = op.format == Format::kAluImm   ? constant(static_cast<uint64_t>(insn.imm))
                          : op.format == Format::kAluReg ? state.regs[insn.src]
                                                         : RegFact{.kind = Kind::kUninit};
  const bool narrow = op.bits == 32 || op.operation == Operation::kMovsx32;
  switch (op.operation) {
    case Operation::kMovsx64:
      *lost_stack |= operand.is_pointer_to(Region::kStack);
      dst = scalar();
      return;
    case Operation::kToLe:
    case Operation::kToBe:
    case Operation::kBswap:
      *lost_stack |= dst.is_pointer_to(Region::kStack);
      dst = scalar(op.bits <= 32);
      return;
    default: break;
  }
  if (!narrow) {
    dst = alu64(op.operation, dst, operand, lost_stack);
    return;
  }
  const bool copies = op.operation == Operation::kMov || op.operation == Operation::kMovsx32;
  *lost_stack |=
      operand.is_pointer_to(Region::kStack) || (!copies && dst.is_pointer_to(Region::kStack));
  const auto v = value_of(operand);
  dst = op.operation == Operation::kMov && v ? constant(static_cast<uint32_t>(*v)) : scalar(true);
}

}  // namespace

void forget_slots(State& state, bool* lost_stack) {
  for (const auto& [offset, fact] : state.slots) {
    *lost_stack |= fact.is_pointer_to(Region::kStack);
  }
  state.slots.clear();
}

void forget_packet(State& state) {
  auto forget = [](RegFact& reg) {
    if (reg.is_pointer_to(Region::kData) || reg.is_pointer_to(Region::kMeta)) reg = scalar();
  };
  for (RegFact& reg : state.regs) forget(reg);
  for (auto& [offset, fact] : state.slots) forget(fact);
}

namespace {

void apply_store(State& state, const Instruction& insn, const RegFact& value, bool escapes,
                 bool* lost_stack) {
  const AccessFact access = describe_access(state, insn);
  const uint32_t size = insn.info().bits / 8;
  const bool spill =
      access.region == Region::kStack && access.proven && size == 8 && access.offset % 8 == 0;
  if (value.is_pointer_to(Region::kStack) && !spill) *lost_stack = true;
  if (access.region == Region::kData || access.region == Region::kContext ||
      access.region == Region::kMeta || access.region == Region::kMapValue ||
      access.region == Region::kSocket || (access.region == Region::kNone && !escapes))
    return;
  if (access.region == Region::kNone || !access.fixed) {
    forget_slots(state, lost_stack);
    return;
  }
  for (auto it = state.slots.begin(); it != state.slots.end();) {
    const bool overlaps =
        it->first < access.offset + static_cast<int64_t>(size) && access.offset < it->first + 8;
    it = overlaps ? state.slots.erase(it) : std::next(it);
  }
  if (spill) {
    state.slots[static_cast<int32_t>(access.offset)] =
        value.kind == Kind::kUninit ? constant(0) : value;
  }
}

RegFact loaded(const State& state, const Instruction& insn) {
  const OpInfo& op = insn.info();
  if (op.operation == Operation::kLoadSign) return scalar();
  const AccessFact access = describe_access(state, insn);
  if (access.region == Region::kContext && access.proven) {
    switch (find_field(state.context, access.offset, op.bits / 8, false)->kind) {
      case FieldKind::kData: return pointer(Region::kData, 0);
      case FieldKind::kDataEnd: return pointer(Region::kData, std::nullopt);
      case FieldKind::kDataMeta: return pointer(Region::kMeta, 0);
      case FieldKind::kNumber: return scalar(op.bits <= 32);
    }
  }
  if (op.bits == 64 && access.region == Region::kStack && access.proven) {
    auto slot = state.slots.find(static_cast<int32_t>(access.offset));
    if (slot != state.slots.end()) return slot->second;
  }
  return scalar(op.bits <= 32);
}

}  // namespace

AccessFact describe_access(const State& state, const Instruction& insn) {
  const OpInfo& op = insn.info();
  const bool load = op.format == Format::kLoad || op.format == Format::kLoadAcquire;
  const RegFact& base = state.regs[load ? insn.src : insn.dst];
  AccessFact access;
  if (!base.is_pointer()) return access;
  access.region = base.region;
  access.fixed = base.known;
  access.offset = base.known ? static_cast<int64_t>(static_cast<uint64_t>(base.value) +
                                                    static_cast<uint64_t>(int64_t{insn.offset}))
                             : 0;
  if (access.region == Region::kContext && access.fixed) {
    access.proven = base.value == 0 && op.format != Format::kAtomic &&
                    op.format != Format::kLoadAcquire && op.format != Format::kStoreRelease &&
                    op.operation != Operation::kLoadSign &&
                    find_field(state.context, access.offset, op.bits / 8, !load).has_value();
  }
  if (access.region == Region::kStack && access.fixed) {
    const int64_t size = op.bits / 8;
    const bool aligned = op.format != Format::kAtomic && op.format != Format::kLoadAcquire &&
                                 op.format != Format::kStoreRelease
                             ? true
                             : access.offset % size == 0;
    access.proven =
        access.offset >= -static_cast<int64_t>(kFrameBytes) && access.offset <= -size && aligned;
  }
  return access;
}

void apply(State& state, const Instruction& insn, bool escapes, bool* lost_stack) {
  const OpInfo& op = insn.info();
  switch (op.format) {
    case Format::kAluImm:
    case Format::kAluReg:
    case Format::kAluUnary: apply_alu(state, insn, lost_stack); return;
    case Format::kLoad:
    case Format::kLoadAcquire: state.regs[insn.dst] = loaded(state, insn); return;
    case Format::kStoreImm:
      apply_store(state, insn, constant(static_cast<uint64_t>(insn.imm)), escapes, lost_stack);
      return;
    case Format::kStoreReg:
    case Format::kStoreRelease:
      apply_store(state, insn, state.regs[insn.src], escapes, lost_stack);
      return;
    case Format::kAtomic: {
      // The new memory content is no value we follow, so the store leaves nothing behind. An
      // operand that points to the stack gets into memory; cmpxchg and xchg may also give back a
      // pointer that was spilled there.
      const bool cmpxchg = op.operation == Operation::kAtomicCmpxchg;
      *lost_stack |= state.regs[insn.src].is_pointer_to(Region::kStack) ||
                     (cmpxchg && state.regs[0].is_pointer_to(Region::kStack));
      const AccessFact access = describe_access(state, insn);
      const auto slot = state.slots.find(static_cast<int32_t>(access.offset));
      if (access.region == Region::kStack && access.fixed && slot != state.slots.end()) {
        *lost_stack |= slot->second.is_pointer_to(Region::kStack);
      }
      apply_store(state, insn, scalar(), escapes, lost_stack);
      if (access.region == Region::kStack && access.fixed) {
        state.slots.erase(static_cast<int32_t>(access.offset));
      }
      if (cmpxchg) {
        state.regs[0] = scalar(op.bits == 32);
      } else if (is_fetch(op.operation)) {
        state.regs[insn.src] = scalar(op.bits == 32);
      }
      return;
    }
    case Format::kLoadImm64:
      if (op.operation == Operation::kLoadMap || op.operation == Operation::kLoadMapIdx) {
        state.regs[insn.dst] = pointer(Region::kMap, insn.target);
        return;
      }
      if (op.operation == Operation::kLoadMapValue || op.operation == Operation::kLoadMapIdxValue) {
        state.regs[insn.dst] = pointer(Region::kMapValue, std::nullopt);
        return;
      }
      state.regs[insn.dst] = op.operation == Operation::kLoadFunc
                                 ? constant(kFunctionToken | insn.target)
                                 : constant(static_cast<uint64_t>(insn.imm));
      return;
    case Format::kPacketAbs:
    case Format::kPacketInd: apply_call(state, scalar(true), escapes, lost_stack); return;
    case Format::kJump:
    case Format::kJumpLong:
    case Format::kJumpImm:
    case Format::kJumpReg:
    case Format::kExit:
    case Format::kCall:
    case Format::kCallTarget:
    case Format::kCallKfunc:
    case Format::kCallReg: return;
  }
}

void apply_call(State& state, const RegFact& result, bool escapes, bool* lost_stack) {
  state.regs[0] = result;
  for (int r = 1; r <= 5; ++r) state.regs[r] = RegFact{.kind = Kind::kUninit};
  if (escapes) forget_slots(state, lost_stack);
}

}  // namespace weir
