// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lifter as one page: declare a function for each subprogram, fill each block by block, then
// wrap the entry in a function of the type that hosts call.
#include "lifter/lift.h"

#include <fmt/format.h>
#include <algorithm>

#include <llvm/IR/Attributes.h>
#include <llvm/IR/ConstantRange.h>
#include <llvm/IR/Module.h>

#include "frontend/support/text.h"
#include "lifter/debug_info.h"
#include "lifter/program_lifter.h"
#include "runtime/abi/packet_context.h"

namespace weir {

namespace lifter {

FunctionLifter::FunctionLifter(ProgramEnv& env, uint32_t subprogram, DebugInfoWriter* debug)
    : env_(env),
      sub_(subprogram),
      bounds_(env.program().subprograms[subprogram]),
      function_(env.functions[subprogram]),
      debug_(debug),
      builder_(env.module.getContext()) {}

void FunctionLifter::lift() {
  entry_ = llvm::BasicBlock::Create(context(), "entry", function_);
  builder_.SetInsertPoint(entry_);
  if (debug_) {
    debug_->begin_function(function_, sub_);
    builder_.SetCurrentDebugLocation(debug_->location(bounds_.first));
  }

  // The blocks that some path reaches; the others do not exist.
  const Cfg& cfg = env_.cfg;
  blocks_.resize(cfg.blocks.size());
  std::vector<uint32_t> mine;
  for (uint32_t b = cfg.entry_block[sub_];
       b < cfg.blocks.size() && cfg.blocks[b].subprogram == sub_; ++b) {
    if (!env_.facts().insns[cfg.blocks[b].first].reached) continue;
    blocks_[b] =
        llvm::BasicBlock::Create(context(), "b" + llvm::Twine(cfg.blocks[b].first), function_);
    mine.push_back(b);
  }
  if (mine.empty()) {  // never called
    builder_.CreateUnreachable();
    return;
  }

  // The start state: r1..r5 from the caller, a zeroed frame, the budget.
  make_frame();
  if (env_.uses_budget) {
    budget_ = builder_.CreateAlloca(builder_.getInt64Ty(), nullptr, "budget");
    load_budget();
    may_goto_ = builder_.CreateAlloca(builder_.getInt64Ty(), nullptr, "may_goto");
    builder_.CreateStore(c64(kMayGotoRounds), may_goto_);
  }
  const InsnFacts& start = env_.facts().insns[bounds_.first];
  unsigned parameter = kParamCount;
  for (unsigned reg = 1; reg <= 5; ++reg) {
    const Repr repr = repr_of(start.before[reg]);
    if (repr == Repr::kZero) continue;
    builder_.CreateStore(function_->getArg(parameter++), slot(reg, repr));
  }
  // The others start as 0. That needs no slot, unless a jump back to the start brings a value.
  for (unsigned reg : {0, 6, 7, 8, 9}) {
    const Repr repr = repr_of(start.before[reg]);
    if (repr != Repr::kZero) builder_.CreateStore(read(reg, repr), slot(reg, repr));
  }
  builder_.CreateBr(blocks_[mine.front()]);

  find_loop_starts();
  for (uint32_t b : mine) lift_block(b);
  finish_traps();
}

void FunctionLifter::lift_instructions(const Block& block) {
  for (insn_ = block.first; insn_ < block.first + block.count; ++insn_) {
    if (!env_.facts().insns[insn_].reached) {
      // The one before never comes back: a call that ends the run.
      builder_.CreateUnreachable();
      return;
    }
    if (debug_) builder_.SetCurrentDebugLocation(debug_->location(insn_));
    lift_instruction(env_.program().insns[insn_]);
    if (ended()) return;
  }
  insn_ = block.last();
  if (!blocks_[block.successors[0]]) {
    builder_.CreateUnreachable();  // what the block ends with fails on every path
    return;
  }
  convert_for(block.successors[0]);
  builder_.CreateBr(blocks_[block.successors[0]]);
}

void FunctionLifter::lift_instruction(const Instruction& insn) {
  switch (insn.info().format) {
    case Format::kAluImm:
    case Format::kAluReg:
    case Format::kAluUnary: lift_alu(insn); return;
    case Format::kLoad: lift_load(insn); return;
    case Format::kStoreImm:
    case Format::kStoreReg: lift_store(insn, store_operand(insn)); return;
    case Format::kAtomic: lift_atomic(insn); return;
    case Format::kLoadAcquire: lift_load_acquire(insn); return;
    case Format::kStoreRelease: lift_store_release(insn); return;
    case Format::kJump:
    case Format::kJumpLong:
    case Format::kJumpImm:
    case Format::kJumpReg: lift_jump(insn); return;
    case Format::kCall:
      lift_call_helper(
          find_helper(env_.verified.options().helpers, static_cast<uint64_t>(insn.imm)));
      return;
    case Format::kCallTarget: lift_call_local(insn.target); return;
    case Format::kCallReg: lift_callx(insn); return;
    case Format::kExit: return_value(get64(0)); return;
    case Format::kLoadImm64:
      if (insn.info().operation == Operation::kLoadMap ||
          insn.info().operation == Operation::kLoadMapValue) {
        lift_load_map(insn);
        return;
      }
      set(insn.dst, insn.info().operation == Operation::kLoadFunc
                        ? c64(kFunctionToken | insn.target)
                        : c64(static_cast<uint64_t>(insn.imm)));
      return;
    case Format::kPacketAbs:
    case Format::kPacketInd: lift_packet_load(insn); return;
    case Format::kCallKfunc: trap_now(TrapCode::kUnsupported); return;  // refused by the analysis
  }
}

}  // namespace lifter

namespace {

using lifter::ProgramEnv;

void common_attributes(llvm::Function* function) {
  function->addFnAttr(llvm::Attribute::NoUnwind);
  // Every loop ends: its rounds are bounded, or it takes from the budget.
  function->addFnAttr(llvm::Attribute::MustProgress);
  function->setDSOLocal(true);
}

llvm::Function* declare_subprogram(ProgramEnv& env, uint32_t index, std::string_view symbol) {
  llvm::IRBuilder<> b(env.module.getContext());
  // Hidden parameters (lifter::Param), then those of r1..r5 that the subprogram reads.
  std::vector<llvm::Type*> parameters = {b.getPtrTy(),   b.getPtrTy(),  b.getInt64Ty(),
                                         b.getPtrTy(),   b.getPtrTy(),  b.getPtrTy(),
                                         b.getInt32Ty(), b.getInt32Ty()};
  const InsnFacts& start = env.facts().insns[env.program().subprograms[index].first];
  for (unsigned reg = 1; reg <= 5; ++reg) {
    switch (lifter::repr_of(start.before[reg])) {
      case lifter::Repr::kZero: break;
      case lifter::Repr::kI32: parameters.push_back(b.getInt32Ty()); break;
      case lifter::Repr::kI64: parameters.push_back(b.getInt64Ty()); break;
      case lifter::Repr::kPtr: parameters.push_back(b.getPtrTy()); break;
    }
  }
  auto* result = llvm::StructType::get(b.getInt64Ty(), b.getInt1Ty());
  auto* function = llvm::Function::Create(
      llvm::FunctionType::get(result, parameters, false), llvm::Function::InternalLinkage,
      std::string(symbol) + "." + std::to_string(index), env.module);
  common_attributes(function);
  // Nobody else has the context's address; it never lies in the data (EntryFn's contract).
  function->addParamAttr(lifter::kParamContext, llvm::Attribute::NoAlias);
  function->addParamAttr(lifter::kParamContext, llvm::Attribute::NonNull);
  if (env.has_packet()) {
    // The context is the host's: no pointer into the packet or the stack leads to it.
    function->addParamAttr(lifter::kParamPacket, llvm::Attribute::NoAlias);
    function->addParamAttr(lifter::kParamPacket, llvm::Attribute::NonNull);
    function->addParamAttr(lifter::kParamPacket,
                           llvm::Attribute::getWithDereferenceableBytes(env.module.getContext(),
                                                                        sizeof(PacketContext)));
  }
  function->addParamAttr(lifter::kParamContext, llvm::Attribute::getWithDereferenceableBytes(
                                                    env.module.getContext(), sizeof(ExecContext)));
  if (!env.verified.options().inlining) function->addFnAttr(llvm::Attribute::NoInline);
  if (const BranchProfile* profile = env.profile()) {
    function->setEntryCount(profile->insns[env.program().subprograms[index].first].runs);
  }
  return function;
}

llvm::Value* load_packet_pointer(llvm::IRBuilder<>& b, llvm::Value* packet, size_t offset,
                                 const char* name) {
  llvm::Value* place = b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), packet, offset);
  llvm::LoadInst* load = b.CreateAlignedLoad(b.getPtrTy(), place, llvm::Align(8), name);
  load->setMetadata(llvm::LLVMContext::MD_nonnull, llvm::MDNode::get(b.getContext(), {}));
  return load;
}

template <class Predicate>
bool calls_helper(const VerifiedProgram& verified, Predicate predicate) {
  for (const Instruction& insn : verified.program().insns) {
    if (insn.info().format != Format::kCall) continue;
    const HelperInfo* helper =
        find_helper(verified.options().helpers, static_cast<uint64_t>(insn.imm));
    if (helper && predicate(*helper)) return true;
  }
  return false;
}

// A tail call comes back only into the caller of a subprogram.
bool moves_packet(const VerifiedProgram& verified) {
  const bool subprograms = verified.program().subprograms.size() > 1;
  return calls_helper(verified, [&](const HelperInfo& helper) {
    return helper.effect == HelperEffect::kTailCalls ? subprograms : helper.moves_packet();
  });
}

// What the program may hold when it ends (ExecContext::held).
bool takes_things(const VerifiedProgram& verified) {
  return calls_helper(verified, &weir::takes_things);
}

// Gives back what the run still holds.
void release_held(llvm::IRBuilder<>& b, llvm::Function* entry) {
  auto field = [&](size_t offset) {
    return b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), entry->getArg(0), offset);
  };
  auto* release = llvm::BasicBlock::Create(b.getContext(), "release", entry);
  auto* done = llvm::BasicBlock::Create(b.getContext(), "done", entry);
  llvm::Value* held =
      b.CreateAlignedLoad(b.getInt32Ty(), field(offsetof(ExecContext, held)), llvm::Align(4));
  b.CreateCondBr(b.CreateIsNull(held), done, release);
  b.SetInsertPoint(release);
  llvm::Value* function =
      b.CreateAlignedLoad(b.getPtrTy(), field(offsetof(ExecContext, release)), llvm::Align(8));
  b.CreateCall(llvm::FunctionType::get(b.getVoidTy(), {b.getPtrTy()}, false), function,
               {entry->getArg(0)});
  b.CreateBr(done);
  b.SetInsertPoint(done);
}

// EntryFn: makes the block of frames if there is one, calls subprogram 0 and gives its r0.
void make_entry(ProgramEnv& env, std::string_view symbol, lifter::DebugInfoWriter* debug) {
  llvm::IRBuilder<> b(env.module.getContext());
  auto* type =
      llvm::FunctionType::get(b.getInt64Ty(), {b.getPtrTy(), b.getPtrTy(), b.getInt64Ty()}, false);
  auto* entry = llvm::Function::Create(type, llvm::Function::ExternalLinkage, std::string(symbol),
                                       env.module);
  common_attributes(entry);
  entry->addParamAttr(0, llvm::Attribute::NoAlias);
  entry->addParamAttr(0, llvm::Attribute::NonNull);
  entry->addParamAttr(0, llvm::Attribute::getWithDereferenceableBytes(env.module.getContext(),
                                                                      sizeof(ExecContext)));
  if (!env.has_packet()) {
    // EntryFn's contract; the analysis relies on it, too.
    const llvm::ConstantRange lengths(llvm::APInt(64, 0), llvm::APInt(64, kMaxDataBytes + 1));
    entry->addParamAttr(2, llvm::Attribute::get(b.getContext(), llvm::Attribute::Range, lengths));
  }
  b.SetInsertPoint(llvm::BasicBlock::Create(env.module.getContext(), "entry", entry));
  if (debug) {
    debug->begin_function(entry, 0);
    b.SetCurrentDebugLocation(debug->location(0));
  }
  llvm::Value* frames = llvm::ConstantPointerNull::get(b.getPtrTy());
  if (env.facts().stack_escapes) {
    const uint64_t bytes = uint64_t{env.facts().max_frames} * kFrameBytes;
    auto* block = b.CreateAlloca(llvm::ArrayType::get(b.getInt8Ty(), bytes), nullptr, "frames");
    block->setAlignment(llvm::Align(16));
    // Each function zeroes its own frame; what lies below must be zeros before its first use too.
    if (env.facts().max_frames > 1) b.CreateMemSet(block, b.getInt8(0), bytes, llvm::Align(16));
    frames = block;
  }
  llvm::Value* const none = llvm::ConstantPointerNull::get(b.getPtrTy());
  llvm::Value *data = entry->getArg(1), *size = entry->getArg(2), *end = none, *packet = none;
  if (env.has_packet()) {
    packet = entry->getArg(1);
    data = load_packet_pointer(b, packet, offsetof(PacketContext, data), "data");
    end = load_packet_pointer(b, packet, offsetof(PacketContext, data_end), "data_end");
    size = b.CreateSub(b.CreatePtrToInt(end, b.getInt64Ty()),
                       b.CreatePtrToInt(data, b.getInt64Ty()), "size");
  }
  std::vector<llvm::Value*> arguments = {entry->getArg(0), data,   size,          end,
                                         packet,           frames, b.getInt32(0), b.getInt32(0)};
  const InsnFacts& start = env.facts().insns[0];
  for (unsigned reg = 1; reg <= 5; ++reg) {
    const lifter::Repr repr = lifter::repr_of(start.before[reg]);
    if (repr == lifter::Repr::kZero) continue;
    llvm::Value* value = reg == 1                        ? entry->getArg(1)
                         : reg == 2 && !env.has_packet() ? size
                                                         : b.getInt64(0);
    // A loop or a recursive call back to the start may have made the fact weaker than at the start.
    if (repr == lifter::Repr::kI64 && value->getType()->isPointerTy())
      value = b.CreatePtrToInt(value, b.getInt64Ty());
    if (repr == lifter::Repr::kI32) value = b.CreateTrunc(value, b.getInt32Ty());
    arguments.push_back(value);
  }
  auto field = [&](size_t offset) {
    return b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), entry->getArg(0), offset);
  };
  if (env.has_packet() && env.calls_helpers)
    b.CreateAlignedStore(packet, field(offsetof(ExecContext, packet)), llvm::Align(8));
  if (env.follows_text) {
    const uint64_t bytes =
        env.facts().stack_escapes ? uint64_t{env.facts().max_frames} * kFrameBytes : 0;
    b.CreateAlignedStore(frames, field(offsetof(ExecContext, frames)), llvm::Align(8));
    b.CreateAlignedStore(b.getInt64(bytes), field(offsetof(ExecContext, frame_bytes)),
                         llvm::Align(8));
  }
  auto* call = b.CreateCall(env.functions[0], arguments);
  if (env.takes_things) release_held(b, entry);
  b.CreateRet(b.CreateExtractValue(call, 0));
}

bool counts_budget(const Program& program, const Facts& facts) {
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    const Operation op = program.insns[i].info().operation;
    const bool pays = is_back_edge(program, i) || op == Operation::kCallLocal;
    if ((pays && !facts.insns[i].no_budget) || op == Operation::kCallReg ||
        op == Operation::kMayGoto) {
      return true;
    }
  }
  return false;
}

}  // namespace

Status lift_program(llvm::Module& module, const VerifiedProgram& verified,
                    std::string_view symbol) {
  if (!is_identifier(symbol) || module.getFunction(std::string(symbol))) {
    return Error(ErrorCode::kInternal, "'" + printable(symbol) + "' is no new C identifier");
  }
  if (const BranchProfile* profile = verified.options().profile.get();
      profile && profile->insns.size() != verified.program().insns.size()) {
    return Error(ErrorCode::kUsage,
                 fmt::format("the profile is of a program of {} instructions, this one has {}",
                             profile->insns.size(), verified.program().insns.size()))
        .with_hint("record it anew: weir run --profile FILE");
  }
  ProgramEnv env{.module = module, .verified = verified, .cfg = build_cfg(verified.program())};
  env.packet_moves = moves_packet(verified);
  env.takes_things = takes_things(verified);
  env.follows_text = calls_helper(verified, follows_text);
  env.calls_helpers = calls_helper(verified, [](const HelperInfo&) { return true; });
  env.uses_budget = counts_budget(verified.program(), verified.facts());
  for (const Instruction& insn : verified.program().insns) {
    if (insn.info().operation == Operation::kLoadFunc) env.address_taken.push_back(insn.target);
  }
  std::sort(env.address_taken.begin(), env.address_taken.end());
  env.address_taken.erase(std::unique(env.address_taken.begin(), env.address_taken.end()),
                          env.address_taken.end());

  for (uint32_t s = 0; s < verified.program().subprograms.size(); ++s) {
    env.functions.push_back(declare_subprogram(env, s, symbol));
  }
  auto debug = lifter::DebugInfoWriter::make(module, verified);
  for (uint32_t s = 0; s < verified.program().subprograms.size(); ++s) {
    lifter::FunctionLifter(env, s, debug.get()).lift();
  }
  make_entry(env, symbol, debug.get());
  if (debug) debug->finish();
  return {};
}

}  // namespace weir
