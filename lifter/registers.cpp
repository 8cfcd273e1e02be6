// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading and writing registers in their current representation; see program_lifter.h.
#include "lifter/program_lifter.h"

namespace weir::lifter {

Repr repr_of(const RegFact& fact) {
  switch (fact.kind) {
    case RegFact::Kind::kUnreached:
    case RegFact::Kind::kUninit: return Repr::kZero;
    case RegFact::Kind::kPointer: return Repr::kPtr;
    case RegFact::Kind::kScalar: return fact.fits32 ? Repr::kI32 : Repr::kI64;
  }
  return Repr::kI64;
}

llvm::AllocaInst* FunctionLifter::slot(unsigned reg, Repr repr) {
  llvm::AllocaInst*& alloca = slots_[reg][static_cast<size_t>(repr)];
  if (!alloca) {
    llvm::IRBuilder<> at_entry(entry_, entry_->begin());
    llvm::Type* type = repr == Repr::kI32   ? at_entry.getInt32Ty()
                       : repr == Repr::kI64 ? static_cast<llvm::Type*>(at_entry.getInt64Ty())
                                            : at_entry.getPtrTy();
    alloca = at_entry.CreateAlloca(type, nullptr, "r" + llvm::Twine(reg));
  }
  return alloca;
}

llvm::Value* FunctionLifter::read(unsigned reg, Repr as) {
  const Repr have = repr_[reg];
  if (have == Repr::kZero) {
    switch (as) {
      case Repr::kI32: return c32(0);
      case Repr::kPtr: return llvm::ConstantPointerNull::get(builder_.getPtrTy());
      default: return c64(0);
    }
  }
  // r10 never changes: no slot needed.
  Value* value = reg == kFrameReg
                     ? frame_top_
                     : builder_.CreateLoad(slot(reg, have)->getAllocatedType(), slot(reg, have));
  if (have == as) return value;
  switch (as) {
    case Repr::kI64:
      return have == Repr::kI32 ? builder_.CreateZExt(value, builder_.getInt64Ty())
                                : builder_.CreatePtrToInt(value, builder_.getInt64Ty());
    case Repr::kI32:
      if (have == Repr::kPtr) value = builder_.CreatePtrToInt(value, builder_.getInt64Ty());
      return builder_.CreateTrunc(value, builder_.getInt32Ty());
    case Repr::kPtr:
      if (have == Repr::kI32) value = builder_.CreateZExt(value, builder_.getInt64Ty());
      return builder_.CreateIntToPtr(value, builder_.getPtrTy());
    case Repr::kZero: break;
  }
  return value;
}

llvm::Value* FunctionLifter::get64(unsigned reg) {
  return read(reg, Repr::kI64);
}
llvm::Value* FunctionLifter::get32(unsigned reg) {
  return read(reg, Repr::kI32);
}
llvm::Value* FunctionLifter::get_ptr(unsigned reg) {
  return read(reg, Repr::kPtr);
}

const RegFact* FunctionLifter::fact_after(unsigned reg) const {
  const Block& block = env_.cfg.blocks[env_.cfg.block_of[insn_]];
  uint32_t next = insn_ + 1;
  if (insn_ == block.last()) {
    if (block.successor_count != 1) return nullptr;
    next = env_.cfg.blocks[block.successors[0]].first;
  }
  const InsnFacts& facts = env_.facts().insns[next];
  return facts.reached ? &facts.before[reg] : nullptr;
}

void FunctionLifter::set(unsigned reg, Value* value) {
  llvm::Type* type = value->getType();
  Repr repr = type->isPointerTy() ? Repr::kPtr : type->isIntegerTy(32) ? Repr::kI32 : Repr::kI64;
  // The facts may know that a 64-bit result is small.
  const RegFact* after = fact_after(reg);
  if (repr == Repr::kI64 && after && after->kind == RegFact::Kind::kScalar && after->fits32) {
    value = builder_.CreateTrunc(value, builder_.getInt32Ty());
    repr = Repr::kI32;
  }
  builder_.CreateStore(value, slot(reg, repr));
  repr_[reg] = repr;
}

// Before a jump: registers that the successor expects in another representation are stored in it
// too.
void FunctionLifter::convert_for(uint32_t successor_block) {
  const InsnFacts& facts = env_.facts().insns[env_.cfg.blocks[successor_block].first];
  if (!facts.reached) return;
  for (unsigned reg = 0; reg < kFrameReg; ++reg) {
    const Repr wanted = repr_of(facts.before[reg]);
    if (wanted == Repr::kZero || wanted == repr_[reg]) continue;
    builder_.CreateStore(read(reg, wanted), slot(reg, wanted));
  }
}

}  // namespace weir::lifter
