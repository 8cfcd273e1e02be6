// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// verify(): the analysis as one page. Each step takes what the one before it found.
#include "frontend/verifier/verifier.h"
#include "runtime/abi/packet_context.h"

#include <linux/bpf.h>

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "frontend/verifier/callbacks.h"
#include "frontend/verifier/explain.h"
#include "frontend/verifier/explore.h"
#include "frontend/verifier/map_rules.h"
#include "runtime/abi/exec_context.h"
#include "runtime/abi/host_hooks.h"

namespace weir {

std::string_view region_name(Region region) {
  switch (region) {
    case Region::kNone: return "unknown";
    case Region::kData: return "data";
    case Region::kStack: return "stack";
    case Region::kFrames: return "caller's stack";
    case Region::kContext: return "context";
    case Region::kMeta: return "meta data";
    case Region::kMap: return "map";
    case Region::kMapValue: return "map value";
    case Region::kSocket: return "socket";
  }
  return "unknown";
}

namespace {

Error unsupported(const Program& program, uint32_t insn, std::string what, std::string hint) {
  return Error(ErrorCode::kProgramUnsupported, std::move(what))
      .with_hint(std::move(hint))
      .at(program.locate(insn));
}

constexpr uint64_t kLinuxHelpers = 211;  // the highest number in Linux 6.18: cgrp_storage_delete

// By number, as far as this system's <linux/bpf.h> has them.
constexpr std::string_view kLinuxNames[] = {
#define WEIR_NAME(name) #name
    __BPF_FUNC_MAPPER(WEIR_NAME)
#undef WEIR_NAME
};

// Why weir does not have a helper of Linux, where that is more than that nobody has written it.
std::string_view reason_lacking(uint64_t number) {
  switch (number) {
    case BPF_FUNC_timer_init:
    case BPF_FUNC_timer_set_callback:
    case BPF_FUNC_timer_start:
    case BPF_FUNC_timer_cancel: return "timers are not supported: nothing runs between two packets";
    case BPF_FUNC_user_ringbuf_drain:
      return "ring buffers that the host fills are not supported: give data through a queue";
    case BPF_FUNC_find_vma: return "there are no tasks whose memory a program could look at";
    default: return "weir does not have it";
  }
}

Status check_map(const Program& program, uint32_t insn) {
  const MapDef& map = program.maps[program.insns[insn].target];
  if (!is_program_map(map.type)) {
    return unsupported(program, insn,
                       fmt::format("the map '{}' is of type {}, which programs cannot use yet",
                                   printable(map.name), map.type),
                       "weir feature lists the kinds of maps");
  }
  if (program.insns[insn].info().operation == Operation::kLoadMapValue &&
      (map.type != BPF_MAP_TYPE_ARRAY || map.max_entries != 1)) {
    return unsupported(program, insn,
                       fmt::format("the program takes the address of a value of '{}', which is no "
                                   "array of one entry",
                                   printable(map.name)),
                       "look the value up");
  }
  return {};
}

Status check_helper(const Program& program, uint32_t insn, const CompileOptions& options) {
  const auto number = static_cast<uint64_t>(program.insns[insn].imm);
  const HelperInfo* helper = find_helper(options.helpers, number);
  if (helper && may_call(*helper, options.context)) return {};
  // The conformance suite wants unknown helpers to be found out when they are called.
  if (!helper && !has_kernel_helpers(options.helpers) && options.policy != Policy::kStrict)
    return {};
  // A helper of Linux that weir lacks is no fault of the program.
  const bool lacking =
      !helper && has_kernel_helpers(options.helpers) && number != 0 && number <= kLinuxHelpers;
  return Error(lacking ? ErrorCode::kProgramUnsupported : ErrorCode::kProgramRejected,
               helper ? fmt::format("{} (helper {}) cannot be called by programs of hook kind '{}'",
                                    helper->name, number, context_name(options.context))
               : lacking ? fmt::format("call of {} (helper {}): {}",
                                       number < std::size(kLinuxNames) ? kLinuxNames[number]
                                                                       : "a helper of Linux",
                                       number, reason_lacking(number))
                         : fmt::format("call of helper {}, which weir does not have", number))
      .with_hint("see bpf-helpers(7) for what it does, and weir feature for what there is")
      .at(program.locate(insn));
}

// Instructions that no raw hook kind has a meaning for.
Status check_supported(const Program& program, const CompileOptions& options) {
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    const Instruction& insn = program.insns[i];
    switch (insn.info().operation) {
      case Operation::kLoadMapIdx:
      case Operation::kLoadMapIdxValue:
        return unsupported(program, i, "the program names a map by its place in a list of files",
                           "load it with the loader it was made for");
      case Operation::kLoadMap:
      case Operation::kLoadMapValue: WEIR_CHECK(check_map(program, i)); break;
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
        if (context_bytes(options.context) == kSkbBytes && !is_host_context(options.context)) break;
        return unsupported(
            program, i,
            fmt::format("{} is a legacy packet load, which the hook kind '{}' does not have",
                        insn.info().name, context_name(options.context)),
            "read the bytes through r1 instead");
      // Helpers: only where they are reached, see below.
      default: break;
    }
  }
  return {};
}

// How deep calls can nest: `counted` frames, up to kMaxCallFrames + 1 for "deeper than allowed";
// `native` with those of functions that were made. Indirect calls count as calls of every function
// whose address is taken.
struct Depth {
  uint32_t counted, native;
};
Depth call_depth(const Program& program, const ExpandedProgram* expanded) {
  const auto n = static_cast<uint32_t>(program.subprograms.size());
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
  // Longest chain by relaxation: after so many rounds one that still grows is too long (or a
  // cycle). A function that was made calls one that counts.
  auto own = [&](uint32_t s) { return Depth{expanded && expanded->site_of(s) ? 0u : 1u, 1}; };
  std::vector<Depth> depth(n);
  for (uint32_t s = 0; s < n; ++s) depth[s] = own(s);
  for (uint32_t round = 0; round < kMaxNativeFrames; ++round) {
    bool changed = false;
    for (uint32_t s = 0; s < n; ++s) {
      const Depth before = depth[s];
      for (uint32_t c : callees[s]) {
        depth[s].counted = std::max(depth[s].counted, own(s).counted + depth[c].counted);
        depth[s].native = std::max(depth[s].native, 1 + depth[c].native);
      }
      changed |= before.counted != depth[s].counted || before.native != depth[s].native;
    }
    if (!changed) break;
  }
  const uint32_t most = expanded ? kMaxNativeFrames : kMaxCallFrames;
  return {std::min(depth[0].counted, kMaxCallFrames + 1), std::min(depth[0].native, most)};
}

std::vector<FrameFact> measure_frames(const FixpointResult& result) {
  std::vector<FrameFact> frames = result.frames;
  if (!result.stack_escapes) return frames;
  for (FrameFact& frame : frames) {
    frame.bytes = kFrameBytes;
    frame.shared.set();
  }
  return frames;
}

Error broken_rule(const Program& program, const Violation& violation) {
  return Error(ErrorCode::kProgramRejected, violation.what)
      .with_hint(violation.hint)
      .at(program.locate(violation.insn));
}

// What strict demands of the whole program.
Status check_whole(const Program& source, const Program& program, const Cfg& cfg,
                   const FixpointResult& result) {
  for (const LoopFact& loop : result.loops) {
    // The kernel lets its helpers go round as often as they like.
    if (loop.insn >= source.insns.size()) break;
    const Instruction& insn = program.insns[loop.insn];
    if (loop.bounded || !is_jump(insn) || bounded_by_may_goto(program, cfg, loop.insn)) continue;
    return Error(ErrorCode::kProgramRejected, "nothing bounds how often this jump goes back")
        .with_hint(hint_loop_bound())
        .at(program.locate(loop.insn));
  }
  if (auto found = check_stack_depth(program, result.frames, source.subprograms.size()))
    return broken_rule(program, *found);
  return {};
}

// The first access or argument that is not proven; nothing if all are.
std::optional<Error> first_unproven(const Program& program, const Facts& facts, HelperSet helpers) {
  const std::vector<Explanation> all = explain_accesses(program, facts, helpers);
  if (all.empty()) return std::nullopt;
  const Explanation& first = all.front();
  const std::string lost = first.lost.empty() ? "" : "; " + first.lost;
  return Error(ErrorCode::kProgramRejected, first.what + lost)
      .with_hint(first.hint)
      .at(program.locate(first.insn));
}

}  // namespace

const CallFact* Facts::call_at(uint32_t insn) const {
  const auto it = std::lower_bound(calls.begin(), calls.end(), insn,
                                   [](const CallFact& call, uint32_t i) { return call.insn < i; });
  return it != calls.end() && it->insn == insn ? &*it : nullptr;
}

Result<VerifiedProgram> verify(Program source, const CompileOptions& options) {
  WEIR_CHECK(check_supported(source, options));
  const bool strict = options.policy == Policy::kStrict;
  if (strict) {
    if (auto found = find_unreachable(build_cfg(source))) return broken_rule(source, *found);
  }
  // Calls that call back become loops; from here on these are code like any other.
  std::optional<ExpandedProgram> expanded = expand_callbacks(source, options.helpers);
  const Program& program = expanded ? expanded->program : source;
  const Cfg cfg = build_cfg(program);
  // Path by path where that ends in time; else one state for each place.
  std::optional<FixpointResult> precise =
      explore(program, cfg, options, expanded ? &*expanded : nullptr);
  if (strict && !precise) {
    return Error(ErrorCode::kProgramRejected,
                 fmt::format("the program takes more than {} steps to analyse, or calls through a "
                             "register whose value is not constant",
                             kMaxSteps))
        .with_hint("make it smaller, or split it into functions")
        .in_program(program.name);
  }
  FixpointResult result = precise ? std::move(*precise) : run_fixpoint(program, cfg, options);
  if (result.mistake) return std::move(*result.mistake);
  const std::optional<Violation> violation = std::move(result.violation);
  const Status whole = strict && !violation ? check_whole(source, program, cfg, result) : Status();
  for (const Poison& poison : program.poisoned) {
    if (!result.insns[poison.insn].reached) continue;
    return Error(ErrorCode::kProgramRejected, poison.reason).at(program.locate(poison.insn));
  }
  for (uint32_t i = 0; i < source.insns.size(); ++i) {
    if (!result.insns[i].reached) continue;
    if (program.insns[i].info().operation == Operation::kCallHelper)
      WEIR_CHECK(check_helper(program, i, options));
  }

  Facts facts;
  facts.calls = std::move(result.calls);
  facts.frames = measure_frames(result);
  facts.stack_escapes = result.stack_escapes;
  const Depth depth = call_depth(program, expanded ? &*expanded : nullptr);
  facts.depth_unbounded = depth.counted > kMaxCallFrames;
  facts.max_frames = depth.native;
  for (const CallbackSite& site : expanded ? expanded->sites : std::vector<CallbackSite>())
    facts.frames[site.made].made = true;
  facts.insns = std::move(result.insns);
  facts.loops = std::move(result.loops);
  facts.reports = std::move(result.reports);
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    if (!facts.insns[i].reached || !is_access(program.insns[i])) continue;
    ++facts.accesses;
    if (facts.insns[i].access.proven) ++facts.proven;
  }
  if (strict) {
    // A broken rule ends the walk: what was not proven before is the earlier cause.
    const auto broken = violation ? violation->insn : UINT32_MAX;
    auto unproven = first_unproven(program, facts, options.helpers);
    if (violation && (!unproven || facts.reports.front().insn >= broken))
      return broken_rule(program, *violation);
    if (unproven) return std::move(*unproven);
  }
  if (options.policy == Policy::kStrict && facts.depth_unbounded) {
    return Error(ErrorCode::kProgramRejected,
                 fmt::format("calls can nest deeper than {} frames", kMaxCallFrames))
        .in_program(program.name);
  }
  WEIR_CHECK(whole);
  if (!expanded) return VerifiedProgram(std::move(source), {}, std::move(facts), options);
  return VerifiedProgram(std::move(expanded->program), std::move(source), std::move(facts),
                         options);
}

Result<VerifiedProgram> verify_and_edit(Program program, const CompileOptions& options,
                                        void (*edit)(Facts&)) {
  WEIR_TRY(VerifiedProgram verified, verify(std::move(program), options));
  edit(verified.facts_);
  return verified;
}

}  // namespace weir
