// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plain loads and stores: alignment 1 (eBPF promises none; LLVM raises it where it knows the
// object). A pointer that is spilled is stored as a pointer and filled as one, so that it keeps its
// provenance.
#include <llvm/IR/MDBuilder.h>

#include "lifter/program_lifter.h"

namespace weir::lifter {

// Regions do not overlap: tells LLVM so, where the access is known to stay inside one.
llvm::Instruction* FunctionLifter::in_region(llvm::Instruction* access) {
  const AccessFact& fact = env_.facts().insns[insn_].access;
  if (!fact.proven && (env_.trusted() || fact.region != Region::kData)) return access;
  if (!env_.scopes[0]) {
    llvm::MDBuilder metadata(context());
    llvm::MDNode* domain = metadata.createAnonymousAliasScopeDomain("weir");
    for (llvm::MDNode*& scope : env_.scopes)
      scope = metadata.createAnonymousAliasScope(domain, "region");
  }
  size_t mine;
  switch (fact.region) {
    case Region::kData:
    case Region::kMeta: mine = 0; break;
    case Region::kMapValue: mine = 1; break;
    case Region::kStack:
    case Region::kFrames: mine = 2; break;
    default: return access;
  }
  std::vector<llvm::Metadata*> others;
  for (size_t i = 0; i < env_.scopes.size(); ++i) {
    if (i != mine) others.push_back(env_.scopes[i]);
  }
  access->setMetadata(llvm::LLVMContext::MD_alias_scope,
                      llvm::MDNode::get(context(), {env_.scopes[mine]}));
  access->setMetadata(llvm::LLVMContext::MD_noalias, llvm::MDNode::get(context(), others));
  return access;
}

void FunctionLifter::lift_load(const Instruction& insn) {
  const OpInfo& op = insn.info();
  const AccessFact& access = env_.facts().insns[insn_].access;
  if (access.region == Region::kContext && access.proven) {
    set(insn.dst, load_field(*find_field(env_.context(), access.offset, op.bits / 8, false)));
    return;
  }
  Value* address = guarded_address(insn, insn.src);
  if (!address) return;
  if (op.bits == 64) {
    const RegFact* after = fact_after(insn.dst);
    llvm::Type* type = after && after->is_pointer() ? static_cast<llvm::Type*>(builder_.getPtrTy())
                                                    : builder_.getInt64Ty();
    set(insn.dst, in_region(builder_.CreateAlignedLoad(type, address, llvm::Align(1))));
    return;
  }
  Value* part =
      in_region(builder_.CreateAlignedLoad(builder_.getIntNTy(op.bits), address, llvm::Align(1)));
  if (op.operation == Operation::kLoadSign) {
    set(insn.dst, builder_.CreateSExt(part, builder_.getInt64Ty()));
  } else {
    set(insn.dst, op.bits < 32 ? builder_.CreateZExt(part, builder_.getInt32Ty()) : part);
  }
}

llvm::Value* FunctionLifter::store_operand(const Instruction& insn) {
  const unsigned bits = insn.info().bits;
  if (insn.info().format == Format::kStoreImm) {
    return builder_.getInt(llvm::APInt(64, static_cast<uint64_t>(insn.imm)).trunc(bits));
  }
  if (bits == 64) return repr_[insn.src] == Repr::kPtr ? get_ptr(insn.src) : get64(insn.src);
  Value* whole = repr_[insn.src] == Repr::kI32 ? get32(insn.src) : get64(insn.src);
  return builder_.CreateTrunc(whole, builder_.getIntNTy(bits));
}

void FunctionLifter::lift_store(const Instruction& insn, Value* value) {
  Value* address = guarded_address(insn, insn.dst);
  if (!address) return;
  in_region(builder_.CreateAlignedStore(value, address, llvm::Align(1)));
}

}  // namespace weir::lifter
