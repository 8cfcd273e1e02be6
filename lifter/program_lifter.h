// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to the lifter: what the parts of one program's lifting share. Only lifter/*.cpp includes
// it.
//
// How a register is held. At every point a register has one representation, chosen by the facts:
// a pointer stays an LLVM pointer (address arithmetic is a GEP, so provenance is kept), a value
// below 2^32 is an i32, everything else an i64. Each (register, representation) pair has a stack
// slot of its own that mem2reg turns into SSA values; a slot is never read at another width than it
// was written. Where control flow joins and the representations differ, the value is converted
// before the jump.
#pragma once

#include <map>
#include <optional>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "frontend/isa/cfg.h"
#include "frontend/verifier/facts.h"
#include "frontend/verifier/liveness.h"
#include "runtime/abi/exec_context.h"

namespace llvm {
class DIBuilder;
class DIFile;
class DISubprogram;
}  // namespace llvm

namespace weir::lifter {

class DebugInfoWriter;

// The whole program: its functions and what they agree on.
struct ProgramEnv {
  llvm::Module& module;
  const VerifiedProgram& verified;
  const Cfg cfg;
  std::vector<llvm::Function*> functions;  // parallel to subprograms
  std::vector<uint32_t> address_taken;     // subprograms that callx may reach, ascending
  bool packet_moves = false;               // some helper that the program calls moves the packet
  bool takes_things = false;               // some helper takes what must be given back
  bool calls_helpers = false;
  bool follows_text = false;              // some helper looks into frames
  bool uses_budget = false;               // something takes from it, or may_goto looks at it
  std::array<llvm::MDNode*, 3> scopes{};  // alias scopes of packets, values of maps, frames

  const Program& program() const { return verified.program(); }
  const Facts& facts() const { return verified.facts(); }
  const BranchProfile* profile() const { return verified.options().profile.get(); }
  bool trusted() const { return verified.options().policy == Policy::kTrusted; }
  ContextKind context() const { return verified.options().context; }
  bool has_packet() const { return context_shape(context()) == ContextShape::kPacket; }
};

// Hidden parameters of every subprogram's function, before its r1..r5.
enum Param : unsigned {
  kParamContext,
  kParamData,    // the data, or the packet's first byte
  kParamSize,    // its length
  kParamEnd,     // kPacket kinds: the packet's end; raw kinds: null
  kParamPacket,  // kPacket kinds: the PacketContext; raw kinds: null
  kParamFrame,
  kParamDepth,  // frames above this one
  kParamCalls,  // those of them that count
  kParamCount
};

// Bytes that one check for a block covers at most.
inline constexpr int64_t kMaxCheckedSpan = 256;

enum class Repr : uint8_t { kZero, kI32, kI64, kPtr };
Repr repr_of(const RegFact& fact);

// One subprogram.
class FunctionLifter {
 public:
  FunctionLifter(ProgramEnv& env, uint32_t subprogram, DebugInfoWriter* debug);
  void lift();

 private:
  using Value = llvm::Value;

  // registers.cpp
  Value* get64(unsigned reg);
  Value* get32(unsigned reg);
  Value* get_ptr(unsigned reg);
  void set(unsigned reg, Value* value);  // i32, i64 or ptr
  void set_zero(unsigned reg) { repr_[reg] = Repr::kZero; }
  llvm::AllocaInst* slot(unsigned reg, Repr repr);
  Value* read(unsigned reg, Repr as);
  void convert_for(uint32_t successor_block);
  const RegFact* fact_after(unsigned reg) const;
  const RegFact& fact_before(unsigned reg) const { return env_.facts().insns[insn_].before[reg]; }

  // lift_alu.cpp
  void lift_alu(const Instruction& insn);
  Value* compute(Operation operation, Value* a, Value* b);
  Value* compute_small(const Instruction& insn);
  static bool stays_near(const RegFact& fact);
  Value* move_pointer(unsigned from, unsigned to, Value* by);
  Value* divide(Operation operation, Value* a, Value* b);

  // lift_memory.cpp, lift_atomic.cpp
  void lift_load(const Instruction& insn);
  void lift_store(const Instruction& insn, Value* value);
  void lift_atomic(const Instruction& insn);
  void lift_load_acquire(const Instruction& insn);
  void lift_store_release(const Instruction& insn);
  Value* store_operand(const Instruction& insn);
  llvm::Instruction* in_region(llvm::Instruction* access);

  // guards.cpp: the address of an access, after the checks that the facts ask for. Null if the
  // access fails on every path: then the block is already ended by the trap.
  Value* guarded_address(const Instruction& insn, unsigned base_reg);
  Value* data_limit(unsigned size);
  Value* data();
  Value* data_end();
  Value* data_size();
  Value* packet_pointer(size_t native_offset, const char* name);
  Value* field_address(const FieldAccess& field);
  Value* displaced(unsigned base_reg, const Instruction& insn);
  Value* anywhere_inside(Value* number, Value* size, bool write);
  void require(Value* condition, TrapCode code);
  void trap_now(TrapCode code);
  llvm::BasicBlock* trap_block(TrapCode code);
  void finish_traps();

  // lift_packet.cpp
  Value* load_field(const FieldAccess& field);
  void lift_packet_load(const Instruction& insn);

  // lift_branch.cpp
  void lift_jump(const Instruction& insn);
  Value* condition(const Instruction& insn);
  bool pays(uint32_t insn) const;
  void find_loop_starts();
  void lift_loop_start(uint32_t block);
  llvm::BasicBlock* edge_to(uint32_t target_insn);
  llvm::MDNode* branch_weights();
  void take_budget();

  // lift_call.cpp
  void lift_call_local(uint32_t callee);
  void lift_call_helper(const HelperInfo* helper);
  void leave_if_entered(Value* r0);
  void check_arguments(const HelperInfo& helper);
  Value* inlined_helper(const HelperInfo& helper);
  void lift_load_map(const Instruction& insn);
  void lift_callx(const Instruction& insn);
  void after_call(Value* r0);
  void return_value(Value* r0);
  void return_ended();

  // frame.cpp
  bool uses_frame() const;
  void make_frame();
  void zero_frame(uint32_t bytes);
  Value* frame_place(int64_t offset);
  void load_budget();
  void store_budget();

  // block_checks.cpp
  void lift_block(uint32_t block);
  Value* check_for_block(uint32_t block, std::vector<uint32_t>& served);

  void lift_instructions(const Block& block);
  void lift_instruction(const Instruction& insn);
  Value* context_field(size_t offset, const char* name);
  llvm::ConstantInt* c64(uint64_t v) { return builder_.getInt64(v); }
  llvm::ConstantInt* c32(uint32_t v) { return builder_.getInt32(v); }
  llvm::LLVMContext& context() { return env_.module.getContext(); }
  bool ended() const { return builder_.GetInsertBlock()->getTerminator() != nullptr; }

  ProgramEnv& env_;
  const uint32_t sub_;
  const Subprogram& bounds_;
  llvm::Function* const function_;
  DebugInfoWriter* const debug_;
  llvm::IRBuilder<> builder_;
  llvm::BasicBlock* entry_ = nullptr;
  std::vector<llvm::BasicBlock*> blocks_;  // by block index of the whole program's Cfg
  // A block that one paying jump goes back to: the jump, and where it goes.
  struct LoopStart {
    uint32_t jump;
    llvm::BasicBlock* head;
  };
  std::map<uint32_t, LoopStart> loop_starts_;  // by block index
  uint32_t insn_ = 0;                      // the one being lifted
  std::vector<uint32_t> checked_;          // ascending: whose region the block's own check has seen
  std::array<Repr, kRegisters> repr_{};
  std::array<std::array<llvm::AllocaInst*, 4>, kRegisters> slots_{};
  Value* frame_top_ = nullptr;  // r10
  Value* own_top_ = nullptr;    // the same for bytes that are not shared (FrameFact); may be null
  llvm::AllocaInst* budget_ = nullptr;
  llvm::AllocaInst* may_goto_ = nullptr;
  // One block per trap code; each guard adds its instruction index.
  struct TrapBlock {
    llvm::BasicBlock* block = nullptr;
    llvm::PHINode* insn = nullptr;
  };
  std::array<TrapBlock, 8> traps_{};
  std::array<Value*, 9> limits_{};  // data_limit() by access size
};

}  // namespace weir::lifter
