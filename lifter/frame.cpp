// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The frame and the budget of a function. While nobody but the function itself can know where its
// frame is, the frame is an alloca of just the bytes that are used, and LLVM turns it into
// registers. Bytes that only the function's own accesses at fixed offsets use (spilled registers,
// mostly) are an alloca of their own, so that a pointer to an array or a key beside them does not
// keep them in memory. Once an address escapes, all frames lie in one block as docs/SEMANTICS.md
// says, at fixed distances.
#include <algorithm>

#include <llvm/IR/MDBuilder.h>

#include "lifter/program_lifter.h"

namespace weir::lifter {

// Whether any instruction of the subprogram names r10, be it only as a number.
bool FunctionLifter::uses_frame() const {
  for (uint32_t i = bounds_.first; i < bounds_.first + bounds_.count; ++i) {
    const Instruction& insn = env_.program().insns[i];
    if (insn.dst == kFrameReg || insn.src == kFrameReg) return true;
  }
  return false;
}

void FunctionLifter::make_frame() {
  uint32_t bytes = env_.facts().frames[sub_].bytes;
  Value* bottom;
  if (env_.facts().stack_escapes) {
    // Depth 0 is at the top of the block.
    Value* depth = builder_.CreateZExt(function_->getArg(kParamDepth), builder_.getInt64Ty());
    Value* below = builder_.CreateMul(depth, c64(kFrameBytes));
    const uint64_t block = uint64_t{env_.facts().max_frames} * kFrameBytes;
    frame_top_ = builder_.CreatePtrAdd(function_->getArg(kParamFrame),
                                       builder_.CreateSub(c64(block), below));
    bottom = builder_.CreatePtrAdd(frame_top_, c64(-static_cast<uint64_t>(kFrameBytes)));
    bytes = kFrameBytes;
  } else if (!uses_frame()) {
    frame_top_ = llvm::ConstantPointerNull::get(builder_.getPtrTy());
    return;
  } else {
    // r10 is a multiple of 16 in every engine; a frame that is not accessed still has an address.
    bytes = std::max((bytes + 15) & ~15u, 16u);
    auto make = [&](const char* name) {
      auto* alloca =
          builder_.CreateAlloca(llvm::ArrayType::get(builder_.getInt8Ty(), bytes), nullptr, name);
      alloca->setAlignment(llvm::Align(16));
      return builder_.CreatePtrAdd(alloca, c64(bytes));
    };
    own_top_ = make("own");
    frame_top_ = make("frame");
    zero_frame(bytes);
    return;
  }
  builder_.CreateMemSetInline(bottom, llvm::Align(8), builder_.getInt8(0), c64(bytes));
}

// Each run of bytes where it lies.
void FunctionLifter::zero_frame(uint32_t bytes) {
  const auto& shared = env_.facts().frames[sub_].shared;
  for (uint32_t low = kFrameBytes - bytes, high; low < kFrameBytes; low = high) {
    high = low + 1;
    while (high < kFrameBytes && shared[high] == shared[low]) ++high;
    Value* start = builder_.CreatePtrAdd(shared[low] ? frame_top_ : own_top_,
                                         c64(uint64_t{low} - kFrameBytes));
    builder_.CreateMemSetInline(start, llvm::Align(low % 8 == 0 ? 8 : 1), builder_.getInt8(0),
                                c64(high - low));
  }
}

// Where the byte at a fixed offset from r10 lies.
llvm::Value* FunctionLifter::frame_place(int64_t offset) {
  const bool own = own_top_ && offset < 0 && offset >= -int64_t{kFrameBytes} &&
                   !env_.facts().frames[sub_].shared[static_cast<size_t>(offset + kFrameBytes)];
  return builder_.CreatePtrAdd(own ? own_top_ : frame_top_, c64(static_cast<uint64_t>(offset)));
}

void FunctionLifter::load_budget() {
  if (!budget_) return;
  Value* field = context_field(offsetof(ExecContext, budget), "budget");
  llvm::LoadInst* left = builder_.CreateLoad(builder_.getInt64Ty(), field);
  // ExecContext's contract. One may be added to it.
  left->setMetadata(
      llvm::LLVMContext::MD_range,
      llvm::MDBuilder(context()).createRange(llvm::APInt(64, 0), llvm::APInt(64, kMaxBudget + 1)));
  builder_.CreateStore(left, budget_);
}

void FunctionLifter::store_budget() {
  if (!budget_) return;
  Value* field = context_field(offsetof(ExecContext, budget), "budget");
  builder_.CreateStore(builder_.CreateLoad(builder_.getInt64Ty(), budget_), field);
}

}  // namespace weir::lifter
