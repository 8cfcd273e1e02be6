// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Maps: reached through the table in the ExecContext, which is the same all the run long.
#include "frontend/support/text.h"
#include "lifter/program_lifter.h"

namespace weir::lifter {

void FunctionLifter::lift_load_map(const Instruction& insn) {
  const MapDef& def = env_.program().maps[insn.target];
  llvm::MDNode* const none = llvm::MDNode::get(context(), {});
  auto load = [&](Value* place, const std::string& name) {
    llvm::LoadInst* value =
        builder_.CreateAlignedLoad(builder_.getPtrTy(), place, llvm::Align(8), name);
    value->setMetadata(llvm::LLVMContext::MD_invariant_load, none);
    value->setMetadata(llvm::LLVMContext::MD_nonnull, none);
    return value;
  };
  Value* table = load(context_field(offsetof(ExecContext, maps), "maps"), "maps");
  Value* map = load(builder_.CreateConstInBoundsGEP1_64(builder_.getPtrTy(), table, insn.target),
                    "map." + printable(def.name, 64));
  if (insn.info().operation == Operation::kLoadMapValue) {
    map = builder_.CreatePtrAdd(map, c64(kGlobalDataOffset + static_cast<uint64_t>(insn.imm)));
  }
  set(insn.dst, map);
}

}  // namespace weir::lifter
