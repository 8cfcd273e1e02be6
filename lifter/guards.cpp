// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Guards: an access that is not proven is checked against the region its pointer was made from, or
// against all regions if that is not known (docs/SEMANTICS.md, "Accesses"). A failed check jumps to
// one of a few cold blocks per function that note code and instruction in the ExecContext and
// return.
#include <algorithm>

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/MDBuilder.h>

#include "lifter/program_lifter.h"
#include "runtime/abi/packet_context.h"

namespace weir::lifter {

llvm::BasicBlock* FunctionLifter::trap_block(TrapCode code) {
  TrapBlock& trap = traps_[static_cast<size_t>(code)];
  if (!trap.block) {
    trap.block =
        llvm::BasicBlock::Create(context(), "trap." + std::string(trap_name(code)), function_);
    llvm::IRBuilder<> b(trap.block);
    trap.insn = b.CreatePHI(b.getInt32Ty(), 4);
  }
  return trap.block;
}

// Fills the trap blocks; called when every guard has added its edge.
void FunctionLifter::finish_traps() {
  for (size_t code = 0; code < traps_.size(); ++code) {
    TrapBlock& trap = traps_[code];
    if (!trap.block) continue;
    builder_.SetInsertPoint(trap.block);
    builder_.SetCurrentDebugLocation(llvm::DebugLoc());
    builder_.CreateStore(c32(static_cast<uint32_t>(code)),
                         context_field(offsetof(ExecContext, trap_code), "trap_code"));
    builder_.CreateStore(trap.insn, context_field(offsetof(ExecContext, trap_insn), "trap_insn"));
    return_ended();
  }
}

void FunctionLifter::require(Value* condition, TrapCode code) {
  if (auto* known = llvm::dyn_cast<llvm::ConstantInt>(condition); known && known->isOne()) return;
  llvm::BasicBlock* trap = trap_block(code);
  traps_[static_cast<size_t>(code)].insn->addIncoming(c32(insn_), builder_.GetInsertBlock());
  llvm::BasicBlock* next = llvm::BasicBlock::Create(context(), "", function_, trap);
  llvm::MDBuilder weights(context());
  builder_.CreateCondBr(condition, next, trap, weights.createLikelyBranchWeights());
  builder_.SetInsertPoint(next);
}

void FunctionLifter::trap_now(TrapCode code) {
  llvm::BasicBlock* trap = trap_block(code);
  traps_[static_cast<size_t>(code)].insn->addIncoming(c32(insn_), builder_.GetInsertBlock());
  builder_.CreateBr(trap);
}

// The number of offsets at which `size` bytes fit into the data: max(0, length - size + 1).
// Computed once per function, at its entry.
llvm::Value* FunctionLifter::data_limit(unsigned size) {
  if (env_.packet_moves)
    return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, data_size(), c64(size - 1));
  Value*& limit = limits_[size];
  if (!limit) {
    llvm::IRBuilder<> at_entry(entry_->getTerminator());
    limit = at_entry.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, function_->getArg(kParamSize),
                                           at_entry.getInt64(size - 1));
  }
  return limit;
}

// The packet as it is now. Where no helper moves it, as it was at the start.
llvm::Value* FunctionLifter::data() {
  return env_.packet_moves ? packet_pointer(offsetof(PacketContext, data), "data")
                           : function_->getArg(kParamData);
}
llvm::Value* FunctionLifter::data_end() {
  return env_.packet_moves ? packet_pointer(offsetof(PacketContext, data_end), "data_end")
                           : function_->getArg(kParamEnd);
}
llvm::Value* FunctionLifter::data_size() {
  if (!env_.packet_moves) return function_->getArg(kParamSize);
  auto as_int = [&](Value* p) { return builder_.CreatePtrToInt(p, builder_.getInt64Ty()); };
  return builder_.CreateSub(as_int(data_end()), as_int(data()));
}
llvm::Value* FunctionLifter::packet_pointer(size_t native_offset, const char* name) {
  Value* place = builder_.CreateConstInBoundsGEP1_64(
      builder_.getInt8Ty(), function_->getArg(kParamPacket), native_offset);
  return builder_.CreateAlignedLoad(builder_.getPtrTy(), place, llvm::Align(8), name);
}

llvm::Value* FunctionLifter::field_address(const FieldAccess& field) {
  return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), function_->getArg(kParamPacket),
                                             field.native_offset, field.name.data());
}

// Whether `size` bytes (at least 1) at an address without a region are inside something that the
// program may touch: the data (with the meta data before a packet), the frames where they escape,
// a value of a map, or what is held.
llvm::Value* FunctionLifter::anywhere_inside(Value* number, Value* size, bool write) {
  auto as_int = [&](Value* p) { return builder_.CreatePtrToInt(p, builder_.getInt64Ty()); };
  Value* more = builder_.CreateSub(size, c64(1));
  auto within = [&](Value* from, Value* bytes) {
    Value* limit = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, bytes, more);
    return builder_.CreateICmpULT(builder_.CreateSub(number, from), limit);
  };
  Value* inside;
  if (env_.has_packet()) {
    Value* meta = as_int(load_field({.name = "data_meta",
                                     .kind = FieldKind::kDataMeta,
                                     .native_offset = offsetof(PacketContext, data_meta),
                                     .native_size = 8}));
    inside = within(meta, builder_.CreateSub(as_int(data_end()), meta));
  } else {
    inside = within(as_int(data()), data_size());
  }
  if (env_.facts().stack_escapes) {
    const uint64_t bytes = uint64_t{env_.facts().max_frames} * kFrameBytes;
    Value* on_stack = within(as_int(function_->getArg(kParamFrame)), c64(bytes));
    inside = builder_.CreateOr(inside, on_stack);
  }
  const bool maps = !env_.program().maps.empty();
  if (!maps && !env_.takes_things) return inside;
  // The runtime knows the maps, and what is held.
  llvm::BasicBlock* from = builder_.GetInsertBlock();
  llvm::BasicBlock* ask = llvm::BasicBlock::Create(context(), "ask", function_);
  llvm::BasicBlock* known = llvm::BasicBlock::Create(context(), "", function_);
  builder_.CreateCondBr(inside, known, ask);
  builder_.SetInsertPoint(ask);
  auto* type = llvm::FunctionType::get(
      builder_.getInt1Ty(),
      {builder_.getPtrTy(), builder_.getInt64Ty(), builder_.getInt64Ty(), builder_.getInt1Ty()},
      false);
  Value* holds = builder_.CreateLoad(builder_.getPtrTy(),
                                     context_field(offsetof(ExecContext, holds), "holds"));
  llvm::BasicBlock* absent = nullptr;
  if (!maps) {  // nothing has been held
    absent = builder_.GetInsertBlock();
    ask = llvm::BasicBlock::Create(context(), "ask", function_);
    builder_.CreateCondBr(builder_.CreateIsNull(holds), known, ask);
    builder_.SetInsertPoint(ask);
  }
  llvm::CallInst* answer = builder_.CreateCall(
      type, holds, {function_->getArg(kParamContext), number, size, builder_.getInt1(write)});
  // A C++ bool: one byte, 0 or 1.
  answer->addRetAttr(llvm::Attribute::ZExt);
  answer->addParamAttr(3, llvm::Attribute::ZExt);
  builder_.CreateBr(known);
  builder_.SetInsertPoint(known);
  llvm::PHINode* result = builder_.CreatePHI(builder_.getInt1Ty(), 3);
  result->addIncoming(builder_.getTrue(), from);
  if (absent) result->addIncoming(builder_.getFalse(), absent);
  result->addIncoming(answer, ask);
  return result;
}

// The address of an access from its base register.
llvm::Value* FunctionLifter::displaced(unsigned base_reg, const Instruction& insn) {
  Value* by = c64(static_cast<uint64_t>(int64_t{insn.offset}));
  return stays_near(fact_before(base_reg)) ? builder_.CreateInBoundsPtrAdd(get_ptr(base_reg), by)
                                           : builder_.CreatePtrAdd(get_ptr(base_reg), by);
}

llvm::Value* FunctionLifter::guarded_address(const Instruction& insn, unsigned base_reg) {
  const AccessFact& access = env_.facts().insns[insn_].access;
  const unsigned size = insn.info().bits / 8;
  const bool atomic = insn.info().format == Format::kAtomic ||
                      insn.info().format == Format::kLoadAcquire ||
                      insn.info().format == Format::kStoreRelease;
  const bool check = !env_.trusted() && !access.proven;
  auto as_int = [&](Value* p) { return builder_.CreatePtrToInt(p, builder_.getInt64Ty()); };

  Value* address = nullptr;
  switch (access.region) {
    case Region::kStack: {
      address = access.fixed ? frame_place(access.offset) : displaced(base_reg, insn);
      if (!check) break;
      if (access.fixed) {
        if (access.offset < -static_cast<int64_t>(kFrameBytes) ||
            access.offset > -static_cast<int64_t>(size)) {
          trap_now(TrapCode::kAccess);
          return nullptr;
        }
      } else {
        Value* bottom = builder_.CreatePtrAdd(frame_top_, c64(-static_cast<uint64_t>(kFrameBytes)));
        Value* offset = builder_.CreateSub(as_int(address), as_int(bottom));
        require(builder_.CreateICmpULT(offset, c64(kFrameBytes - size + 1)), TrapCode::kAccess);
      }
      break;
    }
    case Region::kData: {
      if (access.fixed) {
        address = builder_.CreatePtrAdd(data(), c64(static_cast<uint64_t>(access.offset)));
        if (!check) break;
        if (access.offset < 0) {
          trap_now(TrapCode::kAccess);
          return nullptr;
        }
        // In the same form as the program's own length checks, so that LLVM sees which one implies
        // which.
        require(
            builder_.CreateICmpUGE(data_size(), c64(static_cast<uint64_t>(access.offset) + size)),
            TrapCode::kAccess);
      } else {
        address = displaced(base_reg, insn);
        if (!check || std::ranges::binary_search(checked_, insn_)) break;
        Value* offset = builder_.CreateSub(as_int(address), as_int(data()));
        require(builder_.CreateICmpULT(offset, data_limit(size)), TrapCode::kAccess);
      }
      break;
    }
    case Region::kContext: {
      // A field, or nothing: there is no address to check.
      const auto field = access.proven ? find_field(env_.context(), access.offset, size,
                                                    insn.info().format == Format::kStoreImm ||
                                                        insn.info().format == Format::kStoreReg)
                                       : std::nullopt;
      if (!field) {
        trap_now(TrapCode::kAccess);
        return nullptr;
      }
      return field_address(*field);
    }
    case Region::kMeta:
    case Region::kMap:
    case Region::kMapValue:
    case Region::kSocket:
    case Region::kFrames:
      if (!check) {
        address = displaced(base_reg, insn);
        break;
      }
      [[fallthrough]];
    case Region::kNone: {
      Value* number =
          builder_.CreateAdd(get64(base_reg), c64(static_cast<uint64_t>(int64_t{insn.offset})));
      if (check) {
        const Format format = insn.info().format;
        const bool write = format != Format::kLoad && format != Format::kLoadAcquire;
        require(anywhere_inside(number, c64(size), write), TrapCode::kAccess);
      }
      address = builder_.CreateIntToPtr(number, builder_.getPtrTy());
      break;
    }
  }
  if (check && atomic && size > 1) {
    Value* rest = builder_.CreateAnd(as_int(address), c64(size - 1));
    require(builder_.CreateICmpEQ(rest, c64(0)), TrapCode::kAlignment);
  }
  return address;
}

}  // namespace weir::lifter
