// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Maps: reached through the table in the ExecContext, which is the same all the run long. Lookups
// in arrays, hashes and tries, and updates of arrays, are not calls of a helper but of functions
// that are inlined (runtime/abi/inlined.h), with the map's shape as constants.
#include <linux/bpf.h>

#include "frontend/support/text.h"
#include "lifter/program_lifter.h"
#include "runtime/abi/inlined.h"

namespace weir::lifter {

namespace {

bool is_array(uint32_t type) {
  return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}
bool has_inlined_lookup(uint32_t type) {
  return is_array(type) || type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH ||
         type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}
// Prefixes of at most an IPv6 address: they stay in registers, and longer ones make long code.
constexpr uint32_t kMaxInlinedLpmKey = 4 + 16;
bool is_short_lpm(const MapDef& def) {
  return def.type == BPF_MAP_TYPE_LPM_TRIE && def.key_size <= kMaxInlinedLpmKey;
}

}  // namespace

// The result of a helper call that need not be one; null if it must.
llvm::Value* FunctionLifter::inlined_helper(const HelperInfo& helper) {
  if (!env_.verified.options().inlining) return nullptr;
  const bool lookup = helper.number == BPF_FUNC_map_lookup_elem;
  const bool update = helper.number == BPF_FUNC_map_update_elem;
  if (helper.set != HelperSet::kKernel || (!lookup && !update)) return nullptr;
  const CallFact* call = env_.facts().call_at(insn_);
  if (!call || !call->map) return nullptr;
  const MapDef& def = env_.program().maps[*call->map];
  const bool lpm = lookup && is_short_lpm(def);
  if (lookup ? !lpm && !has_inlined_lookup(def.type) : !is_array(def.type)) return nullptr;
  std::vector<Value*> arguments = {get_ptr(1), get_ptr(2)};
  if (update) {
    const RegFact& flags = fact_before(4);
    if (flags.kind != RegFact::Kind::kScalar || !flags.known || flags.value < 0 ||
        flags.value > BPF_EXIST) {
      return nullptr;
    }
    arguments.push_back(get_ptr(3));
    arguments.push_back(c64(static_cast<uint64_t>(flags.value)));
  }
  if (lpm) {
    arguments.push_back(function_->getArg(kParamContext));
  } else {
    llvm::LoadInst* cpu = builder_.CreateAlignedLoad(
        builder_.getInt32Ty(), context_field(offsetof(ExecContext, cpu), "cpu"), llvm::Align(4));
    cpu->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context(), {}));
    arguments.push_back(cpu);
  }
  for (uint32_t number : {def.type, def.key_size, def.value_size, def.max_entries, def.flags,
                          def.spin_lock_offset.value_or(UINT32_MAX)}) {
    arguments.push_back(c32(number));
  }
  std::vector<llvm::Type*> types;
  for (Value* argument : arguments) types.push_back(argument->getType());
  llvm::Type* result =
      lookup ? static_cast<llvm::Type*>(builder_.getPtrTy()) : builder_.getInt64Ty();
  llvm::FunctionCallee callee =
      env_.module.getOrInsertFunction(lpm      ? kInlinedLpmLookup
                                      : lookup ? kInlinedMapLookup
                                               : kInlinedMapUpdate,
                                      llvm::FunctionType::get(result, types, false));
  return builder_.CreateCall(callee, arguments);
}

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
