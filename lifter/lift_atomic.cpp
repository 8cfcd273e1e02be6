// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Atomics. With the fetch flag, and for xchg and cmpxchg, eBPF promises full ordering (the kernel:
// Documentation/bpf/standardization, and LKMM's rule for value-returning atomics): seq_cst here.
// Without it there is none: monotonic. Load-acquire and store-release are what they say. Addresses
// are aligned (the guard has checked it), so LLVM never needs a library call.
#include "lifter/program_lifter.h"

namespace weir::lifter {

void FunctionLifter::lift_atomic(const Instruction& insn) {
  const OpInfo& op = insn.info();
  const llvm::Align align(op.bits / 8);
  auto operand = [&](unsigned reg) { return op.bits == 32 ? get32(reg) : get64(reg); };
  Value* source = operand(insn.src);
  if (op.operation == Operation::kAtomicCmpxchg) {
    Value* expected = operand(0);
    Value* address = guarded_address(insn, insn.dst);
    if (!address) return;
    auto* exchange = builder_.CreateAtomicCmpXchg(address, expected, source, align,
                                                  llvm::AtomicOrdering::SequentiallyConsistent,
                                                  llvm::AtomicOrdering::SequentiallyConsistent);
    set(0, builder_.CreateExtractValue(exchange, 0));
    return;
  }
  llvm::AtomicRMWInst::BinOp kind = llvm::AtomicRMWInst::Xchg;
  switch (op.operation) {
    case Operation::kAtomicAdd:
    case Operation::kAtomicFetchAdd: kind = llvm::AtomicRMWInst::Add; break;
    case Operation::kAtomicOr:
    case Operation::kAtomicFetchOr: kind = llvm::AtomicRMWInst::Or; break;
    case Operation::kAtomicAnd:
    case Operation::kAtomicFetchAnd: kind = llvm::AtomicRMWInst::And; break;
    case Operation::kAtomicXor:
    case Operation::kAtomicFetchXor: kind = llvm::AtomicRMWInst::Xor; break;
    default: break;
  }
  Value* address = guarded_address(insn, insn.dst);
  if (!address) return;
  const bool fetch = is_fetch(op.operation);
  Value* old = builder_.CreateAtomicRMW(
      kind, address, source, align,
      fetch ? llvm::AtomicOrdering::SequentiallyConsistent : llvm::AtomicOrdering::Monotonic);
  if (fetch) set(insn.src, old);
}

void FunctionLifter::lift_load_acquire(const Instruction& insn) {
  const unsigned bits = insn.info().bits;
  Value* address = guarded_address(insn, insn.src);
  if (!address) return;
  auto* load = builder_.CreateAlignedLoad(builder_.getIntNTy(bits), address, llvm::Align(bits / 8));
  load->setAtomic(llvm::AtomicOrdering::Acquire);
  set(insn.dst, bits < 32 ? builder_.CreateZExt(load, builder_.getInt32Ty()) : load);
}

void FunctionLifter::lift_store_release(const Instruction& insn) {
  const unsigned bits = insn.info().bits;
  Value* value = bits == 64 ? get64(insn.src)
                            : builder_.CreateTrunc(get64(insn.src), builder_.getIntNTy(bits));
  Value* address = guarded_address(insn, insn.dst);
  if (!address) return;
  auto* store = builder_.CreateAlignedStore(value, address, llvm::Align(bits / 8));
  store->setAtomic(llvm::AtomicOrdering::Release);
}

}  // namespace weir::lifter
