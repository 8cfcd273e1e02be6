// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs for the interpreter's tests, written as lists of instructions. Targets of jumps and
// local calls are instruction indexes; build() turns them into distances, encodes, decodes and
// analyses, so every program takes the way that bytes from a file take.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "frontend/isa/decode.h"
#include "frontend/verifier/verifier.h"
#include "runtime/interp/interpreter.h"

namespace weir::testing {

using Insns = std::vector<Instruction>;

inline Instruction alu_imm(Op op, int dst, int32_t imm) {
  return {.op = op, .dst = static_cast<uint8_t>(dst), .imm = imm};
}
inline Instruction alu_reg(Op op, int dst, int src) {
  return {.op = op, .dst = static_cast<uint8_t>(dst), .src = static_cast<uint8_t>(src)};
}
inline Instruction unary(Op op, int dst) {
  return {.op = op, .dst = static_cast<uint8_t>(dst)};
}
inline Instruction mov(int dst, int32_t imm) {
  return alu_imm(Op::kMov64Imm, dst, imm);
}
inline Instruction copy(int dst, int src) {
  return alu_reg(Op::kMov64Reg, dst, src);
}
inline Instruction add(int dst, int32_t imm) {
  return alu_imm(Op::kAdd64Imm, dst, imm);
}
inline Instruction add_reg(int dst, int src) {
  return alu_reg(Op::kAdd64Reg, dst, src);
}
inline Instruction lddw(int dst, uint64_t value) {
  return {.op = Op::kLddw, .dst = static_cast<uint8_t>(dst), .imm = static_cast<int64_t>(value)};
}
// The token of the function that starts at an instruction.
inline Instruction lddw_func(int dst, uint32_t target) {
  return {.op = Op::kLddwFunc, .dst = static_cast<uint8_t>(dst), .target = target};
}
// dst = [src + offset]
inline Instruction load(Op op, int dst, int src, int offset) {
  return {.op = op,
          .dst = static_cast<uint8_t>(dst),
          .src = static_cast<uint8_t>(src),
          .offset = static_cast<int16_t>(offset)};
}
// [dst + offset] = src; atomics too.
inline Instruction store(Op op, int dst, int offset, int src) {
  return load(op, dst, src, offset);
}
inline Instruction store_imm(Op op, int dst, int offset, int32_t imm) {
  return {.op = op,
          .dst = static_cast<uint8_t>(dst),
          .offset = static_cast<int16_t>(offset),
          .imm = imm};
}
inline Instruction jump_imm(Op op, int dst, int32_t imm, uint32_t target) {
  return {.op = op, .dst = static_cast<uint8_t>(dst), .target = target, .imm = imm};
}
inline Instruction jump_reg(Op op, int dst, int src, uint32_t target) {
  return {.op = op,
          .dst = static_cast<uint8_t>(dst),
          .src = static_cast<uint8_t>(src),
          .target = target};
}
inline Instruction ja(uint32_t target) {
  return {.op = Op::kJa, .target = target};
}
inline Instruction gotol(uint32_t target) {
  return {.op = Op::kGotol, .target = target};
}
inline Instruction may_goto(uint32_t target) {
  return {.op = Op::kMayGoto, .target = target};
}
inline Instruction call(uint32_t target) {
  return {.op = Op::kCallLocal, .target = target};
}
inline Instruction call_helper(int32_t number) {
  return {.op = Op::kCallHelper, .imm = number};
}
inline Instruction callx(int dst) {
  return unary(Op::kCallx, dst);
}
inline Instruction exit_() {
  return {.op = Op::kExit};
}

// The instructions as bytes of a file: slots counted, targets as distances.
inline std::vector<uint8_t> assemble(Insns insns) {
  uint32_t slot = 0;
  for (Instruction& insn : insns) {
    insn.slot = slot;
    slot += insn.info().slots();
  }
  for (Instruction& insn : insns) {
    const bool function = insn.op == Op::kCallLocal || insn.op == Op::kLddwFunc;
    if (!is_jump(insn) && !function) continue;
    const int64_t distance = int64_t{insns[insn.target].slot} - (int64_t{insn.slot} + 1);
    if (function || insn.op == Op::kGotol) {
      insn.imm = insn.op == Op::kLddwFunc ? static_cast<uint32_t>(distance) : distance;
    } else {
      insn.offset = static_cast<int16_t>(distance);
    }
  }
  return encode(insns);
}

inline Result<Program> make(const Insns& insns) {
  WEIR_TRY(Insns decoded, decode(assemble(insns)));
  return make_program(std::move(decoded), "test");
}

// The suite's only helper: gives r1 back; 0 ends the run.
inline uint64_t unwind(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return r1;
}

struct Outcome {
  uint64_t r0 = 0;
  Trap trap;
  uint64_t budget = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
inline std::ostream& operator<<(std::ostream& out, const Outcome& o) {
  out << std::hex << "r0=0x" << o.r0 << std::dec << " budget=" << o.budget;
  if (o.trap) out << " trap " << trap_name(o.trap.code) << " at " << o.trap.insn;
  return out;
}

inline Outcome run(const InterpCode& code, void* data, uint64_t size,
                   uint64_t budget = kDefaultBudget, HelperFn helper5 = unwind) {
  HelperFn helpers[kHelperSlots] = {};
  helpers[5] = helper5;
  ExecContext context;
  context.budget = budget;
  context.helpers = helpers;
  const uint64_t r0 = code.run(&context, data, size);
  return {r0, {context.trap_code, context.trap_insn}, context.budget};
}

inline CompileOptions conformance_options() {
  CompileOptions options;
  options.helpers = HelperSet::kConformance;
  return options;
}

// As if nothing were known of loops: every backward jump and every call takes from the budget, which
// is what tests count.
inline void pay_for_all(Facts& facts) {
  for (InsnFacts& insn : facts.insns) insn.no_budget = false;
}

// Null (and a failed test) if the program is refused.
inline std::shared_ptr<const InterpCode> build(
    const Insns& insns, const CompileOptions& options = conformance_options()) {
  Result<Program> program = make(insns);
  if (!program) {
    ADD_FAILURE() << program.error().to_string();
    return nullptr;
  }
  Result<VerifiedProgram> verified = verify_and_edit(std::move(*program), options, pay_for_all);
  if (!verified) {
    ADD_FAILURE() << verified.error().to_string();
    return nullptr;
  }
  auto code = InterpCode::make(*verified);
  if (!code) {
    ADD_FAILURE() << code.error().to_string();
    return nullptr;
  }
  return *code;
}

inline Outcome run(const Insns& insns, void* data = nullptr, uint64_t size = 0,
                   uint64_t budget = kDefaultBudget, HelperFn helper5 = unwind) {
  const auto code = build(insns);
  return code ? run(*code, data, size, budget, helper5) : Outcome{};
}

inline Trap trap(TrapCode code, uint32_t insn) {
  return {code, insn};
}

// Every row of the table with one of these formats.
template <class... Formats>
std::vector<Op> ops_with(Formats... formats) {
  std::vector<Op> out;
  for (size_t i = 0; i < kOpCount; ++i) {
    if (((kOpTable[i].format == formats) || ...)) out.push_back(static_cast<Op>(i));
  }
  return out;
}

}  // namespace weir::testing
