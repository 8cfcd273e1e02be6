// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The form in which the interpreter runs a program: one 16-byte step for each instruction, in the
// same order, so that a step's index is the instruction's index (which is what a trap reports).
//
// A step names its handler: the piece of execute() that carries out one operation in one width, one
// operand form and one variant. The variant holds what is known before the run: which check an
// access needs, whether a jump goes backwards. So a handler decides nothing that could be decided
// once.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "frontend/isa/instruction.h"
#include "frontend/verifier/facts.h"
#include "runtime/abi/branch_profile.h"
#include "runtime/abi/exec_context.h"

namespace weir::interp {

struct Step {
  // Label in execute(), or the handler's number where labels are no values.
  const void* handler = nullptr;
  uint8_t dst = 0;
  uint8_t src = 0;
  // Accesses: added to the base register. Conditional jumps: the distance, in steps, from the step
  // after the jump to the target.
  int16_t offset = 0;
  // The immediate. Unconditional jumps and may_goto: the distance. Calls: the function's index or
  // the helper's number. Atomics: the Check. Wide immediates: an index into Code::constants.
  int32_t imm = 0;
};
static_assert(sizeof(Step) == 16 || sizeof(void*) != 8);

// What an access is checked against; the names are those of SEMANTICS.md, "Accesses".
enum class Check : uint8_t { kNone, kData, kStack, kAny };
// Jumps by direction: those that go backwards take from the budget, unless their fact says that
// they need not; then they count as forward.
enum class Direction : uint8_t { kForward, kBackward };
// Local calls: the same.
enum class Payment : uint8_t { kBudget, kFree };

// Arithmetic that a register copy precedes, as in r5 = r1; r5 += r4: eBPF has two operands, so such
// pairs are everywhere. One handler for the pair saves a dispatch and a trip through memory, 7 to
// 28 % of a run's time on the loops measured. The copy's step gets the handler of the pair; the
// second step stays what it is, for whoever jumps to it.
enum class Fused : uint8_t { kNone, kCopy64, kCopy32 };

// Calls of helpers: the arguments are proven, or checked first.
enum class Arguments : uint8_t { kProven, kChecked };

// Handlers are numbered: kVariants for each row of opcodes.def, then the special ones. Not every
// number is in use; the others trap.
inline constexpr unsigned kVariants = 4;
inline constexpr unsigned kTrapHandler =
    static_cast<unsigned>(kOpCount) * kVariants;  // imm: TrapCode
inline constexpr unsigned kHandlers = kTrapHandler + 1;

constexpr unsigned handler_of(Op op, unsigned variant = 0) {
  return static_cast<unsigned>(op) * kVariants + variant;
}
constexpr unsigned handler_of(Op op, Check check) {
  return handler_of(op, static_cast<unsigned>(check));
}
constexpr unsigned handler_of(Op op, Direction direction) {
  return handler_of(op, static_cast<unsigned>(direction));
}
constexpr unsigned handler_of(Op op, Arguments arguments) {
  return handler_of(op, static_cast<unsigned>(arguments));
}
constexpr unsigned handler_of(Op op, Payment payment) {
  return handler_of(op, static_cast<unsigned>(payment));
}
constexpr unsigned handler_of(Op op, Fused fused) {
  return handler_of(op, static_cast<unsigned>(fused));
}

struct Function {
  uint32_t first = 0;          // step
  uint32_t frame_bytes = 0;    // below r10: what a call must zero; a multiple of 8
  bool address_taken = false;  // callx may call it
  bool counts = true;          // as a frame: kMaxCallFrames
};

// What callx may do with a helper number.
enum class HelperUse : uint8_t { kUnknown, kReturns, kUnwinds };

struct Code {
  std::vector<Step> steps;
  std::vector<uint64_t> constants;  // of wide immediates that do not fit Step::imm
  std::vector<Function> functions;  // [0] is the entry
  std::array<HelperUse, kHelperSlots> helpers{};
  // Size of the block of frames that accesses without a region may reach; 0 if none may.
  uint32_t open_frame_bytes = 0;
  bool has_maps = false;
  bool packet_moves = false;  // some helper that the program calls may move the packet
  bool follows_text = false;  // some helper looks into frames (ExecContext::frames)
  bool takes_things = false;  // some helper takes what must be given back (ExecContext::held)
  // Of calls whose arguments have to be checked, by Step::imm.
  struct CheckedCall {
    uint32_t helper;
    CallFact fact;
  };
  std::vector<CheckedCall> checked_calls;
  bool has_packet = false;  // a kPacket hook kind: execute() is given a PacketContext
};

// The handlers by number: what Step::handler is taken from. Those of execute_counted() are others.
const void* const* handlers();
const void* const* handlers_counted();

// Runs `code` from its first step. The rules are docs/SEMANTICS.md.
uint64_t execute(const Code& code, ExecContext* context, void* data, uint64_t size);
// Adds to `profile`, which has Counts for each step.
uint64_t execute_counted(const Code& code, ExecContext* context, void* data, uint64_t size,
                         BranchProfile& profile);

}  // namespace weir::interp
