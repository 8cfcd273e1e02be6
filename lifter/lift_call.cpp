// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls. A subprogram returns {r0, ended}: `ended` says that the run is over (a trap, or a helper
// that unwinds), and every caller passes it on. Helpers are reached through the table in the
// ExecContext; callx is a switch over the functions whose address the program takes and the helpers
// of its set, so that no register value ever becomes a code address.
#include "lifter/program_lifter.h"

namespace weir::lifter {

namespace {

llvm::FunctionType* helper_type(llvm::IRBuilder<>& b) {
  llvm::Type* i64 = b.getInt64Ty();
  return llvm::FunctionType::get(i64, {i64, i64, i64, i64, i64, b.getPtrTy()}, false);
}

}  // namespace

llvm::Value* FunctionLifter::context_field(size_t offset, const char* name) {
  return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), function_->getArg(kParamContext),
                                             offset, name);
}

void FunctionLifter::return_value(Value* r0) {
  store_budget();
  Value* result = llvm::PoisonValue::get(function_->getReturnType());
  result = builder_.CreateInsertValue(result, r0, 0);
  builder_.CreateRet(builder_.CreateInsertValue(result, builder_.getFalse(), 1));
}

void FunctionLifter::return_ended() {
  store_budget();
  Value* result = llvm::ConstantStruct::get(
      llvm::cast<llvm::StructType>(function_->getReturnType()), {c64(0), builder_.getTrue()});
  builder_.CreateRet(result);
}

void FunctionLifter::after_call(Value* r0) {
  for (unsigned reg = 1; reg <= 5; ++reg) set_zero(reg);
  set(0, r0);
}

void FunctionLifter::lift_call_local(uint32_t callee) {
  if (!env_.facts().insns[insn_].no_budget) take_budget();
  const bool counts = !env_.facts().frames[callee].made;
  if (env_.facts().depth_unbounded && counts) {
    require(builder_.CreateICmpULT(function_->getArg(kParamCalls), c32(kMaxCallFrames - 1)),
            TrapCode::kCallDepth);
  }
  store_budget();
  llvm::Function* target = env_.functions[callee];
  std::vector<Value*> arguments = {
      function_->getArg(kParamContext),
      function_->getArg(kParamData),
      function_->getArg(kParamSize),
      function_->getArg(kParamEnd),
      function_->getArg(kParamPacket),
      function_->getArg(kParamFrame),
      builder_.CreateAdd(function_->getArg(kParamDepth), c32(1)),
      builder_.CreateAdd(function_->getArg(kParamCalls), c32(counts ? 1 : 0))};
  const InsnFacts& entry = env_.facts().insns[env_.program().subprograms[callee].first];
  for (unsigned reg = 1; reg <= 5; ++reg) {
    const Repr repr = repr_of(entry.before[reg]);
    if (repr != Repr::kZero) arguments.push_back(read(reg, repr));
  }
  llvm::CallInst* call = builder_.CreateCall(target, arguments);
  llvm::BasicBlock* ended = llvm::BasicBlock::Create(context(), "ended", function_);
  llvm::BasicBlock* next = llvm::BasicBlock::Create(context(), "", function_);
  builder_.CreateCondBr(builder_.CreateExtractValue(call, 1), ended, next);
  builder_.SetInsertPoint(ended);
  // The callee has stored the budget.
  builder_.CreateRet(llvm::ConstantStruct::get(
      llvm::cast<llvm::StructType>(function_->getReturnType()), {c64(0), builder_.getTrue()}));
  builder_.SetInsertPoint(next);
  load_budget();
  after_call(builder_.CreateExtractValue(call, 0));
}

void FunctionLifter::lift_call_helper(const HelperInfo* helper) {
  if (!helper) {
    trap_now(TrapCode::kUnknownHelper);
    return;
  }
  check_arguments(*helper);
  if (Value* r0 = inlined_helper(*helper)) {
    after_call(r0);
    return;
  }
  Value* table = builder_.CreateLoad(builder_.getPtrTy(),
                                     context_field(offsetof(ExecContext, helpers), "helpers"));
  require(builder_.CreateIsNotNull(table), TrapCode::kUnknownHelper);
  Value* entry = builder_.CreateConstInBoundsGEP1_64(builder_.getPtrTy(), table, helper->number);
  Value* function = builder_.CreateLoad(builder_.getPtrTy(), entry);
  require(builder_.CreateIsNotNull(function), TrapCode::kUnknownHelper);
  std::vector<Value*> arguments;
  for (unsigned reg = 1; reg <= 5; ++reg) {
    if (reg > helper->argument_count) {
      arguments.push_back(c64(0));
    } else if (helper->arguments[reg - 1] == HelperArgument::kContext) {
      // By the pointer that LLVM knows to be the only way to the context.
      arguments.push_back(
          builder_.CreatePtrToInt(function_->getArg(kParamPacket), builder_.getInt64Ty()));
    } else {
      arguments.push_back(get64(reg));
    }
  }
  arguments.push_back(function_->getArg(kParamContext));
  // The helper sees what is left of the budget, and may spend it.
  store_budget();
  Value* r0 = builder_.CreateCall(helper_type(builder_), function, arguments);
  load_budget();
  if (helper->effect == HelperEffect::kUnwinds) {
    llvm::BasicBlock* unwind = llvm::BasicBlock::Create(context(), "unwind", function_);
    llvm::BasicBlock* next = llvm::BasicBlock::Create(context(), "", function_);
    builder_.CreateCondBr(builder_.CreateIsNull(r0), unwind, next);
    builder_.SetInsertPoint(unwind);
    return_ended();
    builder_.SetInsertPoint(next);
  }
  if (helper->effect == HelperEffect::kTailCalls) leave_if_entered(r0);
  after_call(r0);
  if (helper->result == HelperResult::kVoid) set_zero(0);
}

// After a tail call: where another program was entered, its result is the function's, or its trap
// the run's.
void FunctionLifter::leave_if_entered(Value* r0) {
  Value* place = context_field(offsetof(ExecContext, after_call), "after_call");
  Value* after = builder_.CreateAlignedLoad(builder_.getInt32Ty(), place, llvm::Align(4));
  auto block = [&](const char* name) {
    return llvm::BasicBlock::Create(context(), name, function_);
  };
  llvm::BasicBlock *entered = block("entered"), *leave = block("leave"), *end = block("end"),
                   *next = block("");
  builder_.CreateCondBr(builder_.CreateIsNull(after), next, entered);
  builder_.SetInsertPoint(entered);
  builder_.CreateAlignedStore(c32(static_cast<uint32_t>(AfterCall::kGoOn)), place, llvm::Align(4));
  builder_.CreateCondBr(builder_.CreateICmpEQ(after, c32(static_cast<uint32_t>(AfterCall::kLeave))),
                        leave, end);
  builder_.SetInsertPoint(leave);
  return_value(r0);
  builder_.SetInsertPoint(end);
  return_ended();
  builder_.SetInsertPoint(next);
}

// Memory arguments that the analysis could not prove.
void FunctionLifter::check_arguments(const HelperInfo& helper) {
  const CallFact* call = env_.facts().call_at(insn_);
  if (!call || env_.trusted()) return;
  for (unsigned reg = 1; reg <= helper.argument_count; ++reg) {
    const CallFact::Argument& argument = call->arguments[reg - 1];
    if (!argument.memory || (argument.proven && argument.size_proven)) continue;
    Value* size = argument.size_reg != 0 ? get64(argument.size_reg) : c64(argument.size);
    Value* empty = builder_.CreateICmpEQ(size, c64(0));
    if (!argument.size_proven) require(builder_.CreateNot(empty), TrapCode::kAccess);
    if (argument.proven) continue;
    Value* inside = anywhere_inside(get64(reg), size, argument.write);
    if (argument.faults) {
      set(reg, builder_.CreateSelect(builder_.CreateOr(empty, inside), get64(reg), c64(0)));
    } else {
      require(builder_.CreateOr(empty, inside), TrapCode::kAccess);
    }
  }
}

void FunctionLifter::lift_callx(const Instruction& insn) {
  Value* callee = get64(insn.dst);
  llvm::BasicBlock* other = llvm::BasicBlock::Create(context(), "callx.other", function_);
  llvm::BasicBlock* done = llvm::BasicBlock::Create(context(), "callx.done", function_);
  std::vector<std::pair<uint64_t, const HelperInfo*>> helpers;
  const HelperSet set = env_.verified.options().helpers;
  for (uint32_t number = 0; number < kHelperSlots; ++number) {
    if (set != HelperSet::kConformance) break;  // these take more than numbers: never by register
    if (const HelperInfo* helper = find_helper(set, number)) helpers.emplace_back(number, helper);
  }
  llvm::SwitchInst* cases = builder_.CreateSwitch(callee, other);
  const std::array<Repr, kRegisters> before = repr_;

  // After each way, r0 is an i64 in its slot, so that all ways agree at `done`.
  auto one_case = [&](uint64_t value, auto&& lift) {
    llvm::BasicBlock* block = llvm::BasicBlock::Create(context(), "callx.case", function_);
    cases->addCase(c64(value), block);
    builder_.SetInsertPoint(block);
    repr_ = before;
    lift();
    builder_.CreateStore(get64(0), slot(0, Repr::kI64));
    builder_.CreateBr(done);
  };
  for (uint32_t sub : env_.address_taken) {
    one_case(kFunctionToken | sub, [&] { lift_call_local(sub); });
  }
  for (const auto& [number, helper] : helpers) {
    one_case(number, [&, h = helper] { lift_call_helper(h); });
  }
  builder_.SetInsertPoint(other);
  llvm::BasicBlock* number_range = llvm::BasicBlock::Create(context(), "", function_);
  llvm::BasicBlock* no_function = llvm::BasicBlock::Create(context(), "", function_);
  builder_.CreateCondBr(builder_.CreateICmpULT(callee, c64(kHelperSlots)), number_range,
                        no_function);
  builder_.SetInsertPoint(number_range);
  trap_now(TrapCode::kUnknownHelper);
  builder_.SetInsertPoint(no_function);
  trap_now(TrapCode::kBadFunction);

  builder_.SetInsertPoint(done);
  repr_ = before;
  for (unsigned reg = 1; reg <= 5; ++reg) set_zero(reg);
  repr_[0] = Repr::kI64;
  if (done->hasNPredecessors(0)) builder_.CreateUnreachable();
}

}  // namespace weir::lifter
