// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// verify(): the analysis as one page. Each step takes what the one before it found.
#include "frontend/verifier/verifier.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "frontend/verifier/explain.h"
#include "frontend/verifier/explore.h"
#include "runtime/abi/exec_context.h"

namespace weir {

std::string_view region_name(Region region) {
  switch (region) {
    case Region::kNone: return "unknown";
    case Region::kData: return "data";
    case Region::kStack: return "stack";
    case Region::kFrames: return "caller's stack";
  }
  return "unknown";
}

namespace {

Error unsupported(const Program& program, uint32_t insn, std::string what, std::string hint) {
  return Error(ErrorCode::kProgramUnsupported, std::move(what))
      .with_hint(std::move(hint))
      .at(program.locate(insn));
}

// Instructions that no raw hook kind has a meaning for.
Status check_supported(const Program& program, const CompileOptions& options) {
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    const Instruction& insn = program.insns[i];
    switch (insn.info().operation) {
      case Operation::kLoadMap:
      case Operation::kLoadMapValue:
      case Operation::kLoadMapIdx:
      case Operation::kLoadMapIdxValue:
        return unsupported(program, i,
                           fmt::format("the program uses the map '{}', but maps are not linked yet",
                                       insn.target < program.maps.size()
                                           ? printable(program.maps[insn.target].name)
                                           : "?"),
                           "use a program without maps with this version");
      case Operation::kLoadVarAddr:
        return unsupported(program, i, "the program takes the address of a kernel variable",
                           "kernel variables exist only in the kernel");
      case Operation::kCallKfunc:
        return unsupported(
            program, i,
            fmt::format(
                "the program calls the kfunc '{}'",
                insn.target < program.kfuncs.size() ? printable(program.kfuncs[insn.target]) : "?"),
            "kfuncs exist only in the kernel");
      case Operation::kPacketLoad:
        return unsupported(
            program, i,
            fmt::format("{} is a legacy packet load, which the hook kind '{}' does not have",
                        insn.info().name, context_name(options.context)),
            "read the bytes through r1 instead");
      case Operation::kCallHelper:
        if (options.policy == Policy::kStrict &&
            !find_helper(options.helpers, static_cast<uint64_t>(insn.imm))) {
          return Error(ErrorCode::kProgramRejected,
                       fmt::format("call of helper {}, which the hook kind '{}' does not offer",
                                   insn.imm, context_name(options.context)))
              .at(program.locate(i));
        }
        break;
      default: break;
    }
  }
  return {};
}

// How deep calls can nest, up to kMaxCallFrames + 1 for "deeper than allowed". Indirect calls count
// as calls of every function whose address is taken.
uint32_t call_depth(const Program& program) {
  const size_t n = program.subprograms.size();
  std::vector<std::vector<uint32_t>> callees(n);
  std::vector<uint32_t> indirect;
  for (const Instruction& insn : program.insns) {
    if (insn.info().operation == Operation::kLoadFunc) indirect.push_back(insn.target);
  }
  for (uint32_t s = 0; s < n; ++s) {
    const Subprogram& sub = program.subprograms[s];
    for (uint32_t i = sub.first; i < sub.first + sub.count; ++i) {
      const Instruction& insn = program.insns[i];
      if (insn.op == Op::kCallLocal) callees[s].push_back(insn.target);
      if (insn.op == Op::kCallx)
        callees[s].insert(callees[s].end(), indirect.begin(), indirect.end());
    }
  }
  // Longest chain by relaxation: after kMaxCallFrames rounds a chain that still grows is too long
  // (or a cycle).
  std::vector<uint32_t> depth(n, 1);
  for (uint32_t round = 0; round < kMaxCallFrames; ++round) {
    bool changed = false;
    for (uint32_t s = 0; s < n; ++s) {
      for (uint32_t c : callees[s]) {
        if (depth[s] >= depth[c] + 1) continue;
        depth[s] = depth[c] + 1;
        changed = true;
      }
    }
    if (!changed) break;
  }
  return std::min(depth[0], kMaxCallFrames + 1);
}

std::vector<FrameFact> measure_frames(const FixpointResult& result) {
  std::vector<FrameFact> frames;
  for (uint32_t bytes : result.frame_bytes) {
    frames.push_back({.bytes = result.stack_escapes ? kFrameBytes : bytes});
  }
  return frames;
}

Error broken_rule(const Program& program, const Violation& violation) {
  return Error(ErrorCode::kProgramRejected, violation.what)
      .with_hint(violation.hint)
      .at(program.locate(violation.insn));
}

// What strict demands of the whole program.
Status check_whole(const Program& program, const FixpointResult& result) {
  if (result.violation) return broken_rule(program, *result.violation);
  for (const LoopFact& loop : result.loops) {
    if (loop.bounded || !is_jump(program.insns[loop.insn])) continue;
    return Error(ErrorCode::kProgramRejected, "nothing bounds how often this jump goes back")
        .with_hint("count the rounds in a register, and leave the loop when it reaches a constant")
        .at(program.locate(loop.insn));
  }
  if (auto found = check_stack_depth(program, result.frame_bytes))
    return broken_rule(program, *found);
  return {};
}

Error unproven_access(const Program& program, const Facts& facts, uint32_t insn) {
  for (const Explanation& explanation : explain_accesses(program, facts)) {
    if (explanation.insn != insn) continue;
    const std::string lost = explanation.lost.empty() ? "" : "; " + explanation.lost;
    return Error(ErrorCode::kProgramRejected, explanation.what + lost)
        .with_hint(explanation.hint)
        .at(program.locate(insn));
  }
  const AccessFact& access = facts.insns[insn].access;
  const OpInfo& op = program.insns[insn].info();
  const std::string place =
      access.region == Region::kNone ? "an address of unknown origin"
      : access.fixed ? fmt::format("{}{:+}", region_name(access.region), access.offset)
                     : fmt::format("{} at a variable offset", region_name(access.region));
  return Error(ErrorCode::kProgramRejected,
               fmt::format("{} of {} bytes at {} is not proven to be inside its region",
                           op.operation == Operation::kStore ? "write" : "access", op.bits / 8,
                           place))
      .with_hint("policy guard checks such accesses at run time")
      .at(program.locate(insn));
}

}  // namespace

Result<VerifiedProgram> verify(Program program, const CompileOptions& options) {
  WEIR_CHECK(check_supported(program, options));
  const Cfg cfg = build_cfg(program);
  const bool strict = options.policy == Policy::kStrict;
  if (strict) {
    if (auto found = find_unreachable(cfg)) return broken_rule(program, *found);
  }
  // Path by path where that ends in time; else one state for each place.
  std::optional<FixpointResult> precise = explore(program, cfg, options);
  if (strict && !precise) {
    return Error(ErrorCode::kProgramRejected,
                 fmt::format("the program takes more than {} steps to analyse, or calls through a "
                             "register whose value is not constant",
                             kMaxSteps))
        .with_hint("make it smaller, or split it into functions")
        .in_program(program.name);
  }
  FixpointResult result = precise ? std::move(*precise) : run_fixpoint(program, cfg, options);
  const Status whole = strict ? check_whole(program, result) : Status();

  Facts facts;
  facts.frames = measure_frames(result);
  facts.stack_escapes = result.stack_escapes;
  const uint32_t depth = call_depth(program);
  facts.depth_unbounded = depth > kMaxCallFrames;
  facts.max_frames = std::min(depth, kMaxCallFrames);
  facts.insns = std::move(result.insns);
  facts.loops = std::move(result.loops);
  facts.reports = std::move(result.reports);
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    if (!facts.insns[i].reached || !is_access(program.insns[i])) continue;
    ++facts.accesses;
    if (facts.insns[i].access.proven) {
      ++facts.proven;
    } else if (options.policy == Policy::kStrict) {
      return unproven_access(program, facts, i);
    }
  }
  if (options.policy == Policy::kStrict && facts.depth_unbounded) {
    return Error(ErrorCode::kProgramRejected,
                 fmt::format("calls can nest deeper than {} frames", kMaxCallFrames))
        .in_program(program.name);
  }
  WEIR_CHECK(whole);
  return VerifiedProgram(std::move(program), std::move(facts), options);
}

Result<VerifiedProgram> verify_and_edit(Program program, const CompileOptions& options,
                                        void (*edit)(Facts&)) {
  WEIR_TRY(VerifiedProgram verified, verify(std::move(program), options));
  edit(verified.facts_);
  return verified;
}

}  // namespace weir
