// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What only kPacket hook kinds have: fields of the context, and the legacy loads that name a place
// in the packet by its offset.
#include <llvm/IR/Intrinsics.h>

#include "lifter/program_lifter.h"
#include "runtime/abi/packet_context.h"

namespace weir::lifter {

llvm::Value* FunctionLifter::load_field(const FieldAccess& field) {
  if (field.kind == FieldKind::kData) return data();
  if (field.kind == FieldKind::kDataEnd) return data_end();
  Value* address = field_address(field);
  if (field.kind == FieldKind::kDataMeta)
    return builder_.CreateAlignedLoad(builder_.getPtrTy(), address, llvm::Align(8));
  const unsigned bits = field.native_size * 8u;
  Value* value = builder_.CreateAlignedLoad(
      builder_.getIntNTy(bits), address, llvm::Align(field.native_size), llvm::Twine(field.name));
  return bits < 32 ? builder_.CreateZExt(value, builder_.getInt32Ty()) : value;
}

// r0 = bytes of the packet in network order; where they are not all there, the function returns 0.
// Offsets below zero count from the IP header (SKF_NET_OFF) or the Ethernet header (SKF_LL_OFF).
void FunctionLifter::lift_packet_load(const Instruction& insn) {
  const unsigned size = insn.info().bits / 8;
  Value* offset = c64(static_cast<uint64_t>(int64_t{static_cast<int32_t>(insn.imm)}));
  if (insn.info().format == Format::kPacketInd) {
    Value* sum = builder_.CreateAdd(get32(insn.src), c32(static_cast<uint32_t>(insn.imm)));
    offset = builder_.CreateSExt(sum, builder_.getInt64Ty());
  }
  auto as_int = [&](Value* p) { return builder_.CreatePtrToInt(p, builder_.getInt64Ty()); };
  auto is_below = [&](int64_t bound) {
    return builder_.CreateICmpSLT(offset, c64(static_cast<uint64_t>(bound)));
  };
  // Each base is chosen by a test that folds where the offset is a constant.
  Value* base = data();
  Value* distance = offset;
  if (auto* known = llvm::dyn_cast<llvm::ConstantInt>(offset); !known || known->isNegative()) {
    Value *negative = is_below(0), *link = is_below(kSkfNetOff);
    Value* other =
        builder_.CreateSelect(link, packet_pointer(offsetof(PacketContext, mac), "mac"),
                              packet_pointer(offsetof(PacketContext, network), "network"));
    Value* start = builder_.CreateSelect(link, c64(static_cast<uint64_t>(kSkfLlOff)),
                                         c64(static_cast<uint64_t>(kSkfNetOff)));
    base = builder_.CreateSelect(negative, other, base);
    distance = builder_.CreateSelect(negative, builder_.CreateSub(offset, start), offset);
  }
  // All bytes from there to the packet's end; a base behind the end has none.
  Value *end = as_int(data_end()), *from = as_int(base);
  Value* bytes = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, end, from);
  Value* limit = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, bytes, c64(size - 1));
  Value* inside = builder_.CreateICmpULT(distance, limit);
  llvm::BasicBlock* found = llvm::BasicBlock::Create(context(), "", function_);
  llvm::BasicBlock* missing = llvm::BasicBlock::Create(context(), "too_short", function_);
  builder_.CreateCondBr(inside, found, missing);
  builder_.SetInsertPoint(missing);
  return_value(c64(0));
  builder_.SetInsertPoint(found);
  Value* part = builder_.CreateAlignedLoad(builder_.getIntNTy(size * 8),
                                           builder_.CreatePtrAdd(base, distance), llvm::Align(1));
  if (size > 1) part = builder_.CreateUnaryIntrinsic(llvm::Intrinsic::bswap, part);
  after_call(size < 4 ? builder_.CreateZExt(part, builder_.getInt32Ty()) : part);
}

}  // namespace weir::lifter
