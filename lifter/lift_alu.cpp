// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic. 32-bit operations are i32 operations, and their result stays an i32 (the upper half
// of the register is zero by definition, so nothing is emitted for it). Adding to a pointer is a
// GEP without `inbounds`: eBPF pointers may leave their region and come back, only accesses are
// checked. What RFC 9669 defines and LLVM does not (division by zero, smallest / -1, large shift
// counts) is made explicit; LLVM removes it again where the operand is known.
#include <llvm/IR/Intrinsics.h>

#include "lifter/program_lifter.h"

namespace weir::lifter {

llvm::Value* FunctionLifter::divide(Operation operation, Value* a, Value* b) {
  llvm::Type* type = a->getType();
  Value* const zero = llvm::ConstantInt::get(type, 0);
  Value* const one = llvm::ConstantInt::get(type, 1);
  const bool is_signed = operation == Operation::kSdiv || operation == Operation::kSmod;
  const bool modulo = operation == Operation::kMod || operation == Operation::kSmod;
  Value* const by_zero = builder_.CreateICmpEQ(b, zero);
  if (!is_signed) {
    Value* const divisor = builder_.CreateSelect(by_zero, one, b);
    return modulo ? builder_.CreateSelect(by_zero, a, builder_.CreateURem(a, divisor))
                  : builder_.CreateSelect(by_zero, zero, builder_.CreateUDiv(a, divisor));
  }
  // -1 is taken out too: smallest / -1 overflows.
  Value* const by_minus_one = builder_.CreateICmpEQ(b, llvm::Constant::getAllOnesValue(type));
  Value* const divisor = builder_.CreateSelect(builder_.CreateOr(by_zero, by_minus_one), one, b);
  if (modulo) {
    Value* rest = builder_.CreateSelect(by_minus_one, zero, builder_.CreateSRem(a, divisor));
    return builder_.CreateSelect(by_zero, a, rest);
  }
  Value* quotient =
      builder_.CreateSelect(by_minus_one, builder_.CreateNeg(a), builder_.CreateSDiv(a, divisor));
  return builder_.CreateSelect(by_zero, zero, quotient);
}

llvm::Value* FunctionLifter::compute(Operation operation, Value* a, Value* b) {
  const unsigned width = a->getType()->getIntegerBitWidth();
  auto count = [&] {
    return builder_.CreateAnd(b, llvm::ConstantInt::get(a->getType(), width - 1));
  };
  switch (operation) {
    case Operation::kAdd: return builder_.CreateAdd(a, b);
    case Operation::kSub: return builder_.CreateSub(a, b);
    case Operation::kMul: return builder_.CreateMul(a, b);
    case Operation::kOr: return builder_.CreateOr(a, b);
    case Operation::kAnd: return builder_.CreateAnd(a, b);
    case Operation::kXor: return builder_.CreateXor(a, b);
    case Operation::kLsh: return builder_.CreateShl(a, count());
    case Operation::kRsh: return builder_.CreateLShr(a, count());
    case Operation::kArsh: return builder_.CreateAShr(a, count());
    case Operation::kDiv:
    case Operation::kSdiv:
    case Operation::kMod:
    case Operation::kSmod: return divide(operation, a, b);
    default: return b;  // kMov
  }
}

// `inbounds` says that nothing wraps. To LLVM the object that a packet or a value of a map lies in
// is of unknown size: it reaches as far as the analysis knows offsets to reach. A frame is an
// object that LLVM knows.
bool FunctionLifter::stays_near(const RegFact& fact) {
  return fact.is_pointer() && fact.near &&
         (fact.region == Region::kData || fact.region == Region::kMeta ||
          fact.region == Region::kMapValue);
}

// Pointer plus number. `to` is the register that gets the sum.
llvm::Value* FunctionLifter::move_pointer(unsigned from, unsigned to, Value* by) {
  const RegFact* after = fact_after(to);
  const bool near = stays_near(fact_before(from)) && after && stays_near(*after);
  return near ? builder_.CreateInBoundsPtrAdd(get_ptr(from), by)
              : builder_.CreatePtrAdd(get_ptr(from), by);
}

void FunctionLifter::lift_alu(const Instruction& insn) {
  const OpInfo& op = insn.info();
  const unsigned dst = insn.dst;
  switch (op.operation) {
    case Operation::kNeg:
      set(dst, builder_.CreateNeg(op.bits == 32 ? get32(dst) : get64(dst)));
      return;
    case Operation::kMovsx64:
    case Operation::kMovsx32: {
      Value* part = builder_.CreateTrunc(get64(insn.src), builder_.getIntNTy(op.bits));
      set(dst,
          builder_.CreateSExt(part, op.operation == Operation::kMovsx64 ? builder_.getInt64Ty()
                                                                        : builder_.getInt32Ty()));
      return;
    }
    case Operation::kToLe:  // targets are little-endian: only the truncation is left
    case Operation::kToBe:
    case Operation::kBswap: {
      Value* part = builder_.CreateTrunc(get64(dst), builder_.getIntNTy(op.bits));
      if (op.operation != Operation::kToLe) {
        part = builder_.CreateUnaryIntrinsic(llvm::Intrinsic::bswap, part);
      }
      set(dst, op.bits == 16 ? builder_.CreateZExt(part, builder_.getInt32Ty()) : part);
      return;
    }
    default: break;
  }

  const bool imm = op.format == Format::kAluImm;
  if (op.bits == 32) {
    Value* b = imm ? c32(static_cast<uint32_t>(insn.imm)) : get32(insn.src);
    set(dst, op.operation == Operation::kMov ? b : compute(op.operation, get32(dst), b));
    return;
  }
  if (op.operation == Operation::kMov) {
    if (imm) {
      set(dst, c64(static_cast<uint64_t>(insn.imm)));
    } else if (repr_[insn.src] == Repr::kZero) {
      set_zero(dst);
    } else {
      set(dst, read(insn.src, repr_[insn.src]));
    }
    return;
  }
  if (op.operation == Operation::kAdd || op.operation == Operation::kSub) {
    const bool add = op.operation == Operation::kAdd;
    const bool dst_ptr = fact_before(dst).is_pointer();
    const bool src_ptr = !imm && fact_before(insn.src).is_pointer();
    if (dst_ptr && !src_ptr) {
      Value* by = imm ? c64(static_cast<uint64_t>(insn.imm)) : get64(insn.src);
      set(dst, move_pointer(dst, dst, add ? by : builder_.CreateNeg(by)));
      return;
    }
    if (src_ptr && !dst_ptr && add) {
      set(dst, move_pointer(insn.src, dst, get64(dst)));
      return;
    }
  }
  if (Value* small = compute_small(insn)) {
    set(dst, small);
    return;
  }
  Value* b = imm ? c64(static_cast<uint64_t>(insn.imm)) : get64(insn.src);
  set(dst, compute(op.operation, get64(dst), b));
}

// A 64-bit operation on numbers below 2^32 whose result is known to be below 2^32 too: done on i32,
// where it does not wrap. So a counter stays one variable of one width, as LLVM needs it to see how
// often a loop goes round. Null if it is none.
llvm::Value* FunctionLifter::compute_small(const Instruction& insn) {
  const bool imm = insn.info().format == Format::kAluImm;
  auto small = [&](unsigned reg) { return repr_[reg] == Repr::kI32 || repr_[reg] == Repr::kZero; };
  const RegFact* after = fact_after(insn.dst);
  if (!after || after->kind != RegFact::Kind::kScalar || !after->fits32 || !small(insn.dst) ||
      !(imm || small(insn.src))) {
    return nullptr;
  }
  Operation operation = insn.info().operation;
  int64_t constant = insn.imm;
  if (imm && constant < 0 && operation == Operation::kAdd) {
    operation = Operation::kSub;
    constant = -constant;
  }
  if (imm && (constant < 0 || constant > int64_t{UINT32_MAX})) return nullptr;
  Value* b = imm ? c32(static_cast<uint32_t>(constant)) : get32(insn.src);
  switch (operation) {
    case Operation::kAdd: return builder_.CreateNUWAdd(get32(insn.dst), b);
    case Operation::kSub: return builder_.CreateNUWSub(get32(insn.dst), b);
    case Operation::kMul: return builder_.CreateNUWMul(get32(insn.dst), b);
    case Operation::kAnd:
    case Operation::kOr:
    case Operation::kXor:
    case Operation::kDiv:
    case Operation::kMod: return compute(operation, get32(insn.dst), b);
    case Operation::kLsh:
      return imm && constant < 32 ? builder_.CreateShl(get32(insn.dst), b, "", true) : nullptr;
    case Operation::kRsh:
    case Operation::kArsh:
      return imm && constant < 32 ? builder_.CreateLShr(get32(insn.dst), b) : nullptr;
    default: return nullptr;
  }
}

}  // namespace weir::lifter
