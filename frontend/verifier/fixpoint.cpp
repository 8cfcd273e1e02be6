// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A worklist over basic blocks, across subprograms: a call joins the caller's arguments into the
// callee's entry, a return joins r0 into the callee's result, and a result that changes wakes the
// callers. States are kept at block entries only.
#include "frontend/verifier/fixpoint.h"

#include "frontend/verifier/step_call.h"

#include <algorithm>
#include <set>

#include "frontend/verifier/loops.h"

namespace weir {

namespace {

using Kind = RegFact::Kind;

class Fixpoint {
 public:
  Fixpoint(const Program& program, const Cfg& cfg, const CompileOptions& options, bool escapes)
      : program_(program),
        cfg_(cfg),
        helpers_(options.helpers),
        context_(options.context),
        live_(compute_liveness(program, cfg, options.helpers)),
        escapes_(escapes),
        entry_(cfg.blocks.size()),
        visited_(cfg.blocks.size(), false),
        result_(program.subprograms.size()),
        callers_(program.subprograms.size()) {
    for (const Instruction& insn : program.insns) {
      if (insn.info().operation == Operation::kLoadFunc) indirect_.insert(insn.target);
      if (insn.info().format != Format::kCall) continue;
      const HelperInfo* helper = find_helper(helpers_, static_cast<uint64_t>(insn.imm));
      packet_moves_ |= helper && helper->moves_packet();
    }
  }

  // False if a frame's address escaped although `escapes` was not assumed: run again with it.
  bool run() {
    State start;
    for (RegFact& reg : start.regs) reg = {.kind = Kind::kUninit};
    start.context = context_;
    if (context_shape(context_) == ContextShape::kRaw) {
      start.regs[1] = pointer(Region::kData, 0);
      start.regs[2] = scalar();
    } else {
      start.regs[1] = pointer(Region::kContext, 0);
    }
    start.regs[kFrameReg] = pointer(Region::kStack, 0);
    flow_into(cfg_.entry_block[0], start);
    while (!work_.empty()) {
      const uint32_t block = *work_.begin();
      work_.erase(work_.begin());
      visit(block, nullptr);
    }
    return escapes_ || !lost_stack_;
  }

  std::optional<Error>& mistake() { return mistake_; }
  std::vector<CallFact>& calls() { return calls_; }

  std::vector<InsnFacts> record() {
    std::vector<InsnFacts> facts(program_.insns.size());
    for (uint32_t b = 0; b < cfg_.blocks.size(); ++b) {
      if (visited_[b]) visit(b, &facts);
    }
    return facts;
  }

 private:
  void flow_into(uint32_t block, const State& state) {
    const RegMask live = live_.block_in[block];
    if (visited_[block]) {
      if (join_into(entry_[block], state, live, &lost_stack_)) work_.insert(block);
      return;
    }
    visited_[block] = true;
    entry_[block] = state;
    for (unsigned r = 0; r < kFrameReg; ++r) {
      if ((live >> r & 1) == 0) entry_[block].regs[r] = {.kind = Kind::kUninit};
    }
    work_.insert(block);
  }

  // The callee's entry: what the caller hands over in r1..r5, an own frame, nothing else.
  void flow_into_callee(uint32_t callee, const State& state, RegMask arguments) {
    State start;
    start.context = context_;
    for (RegFact& reg : start.regs) reg = {.kind = Kind::kUninit};
    for (int r = 1; r <= 5; ++r) {
      if ((arguments >> r & 1) == 0) continue;
      start.regs[r] = state.regs[r];
      if (start.regs[r].is_pointer_to(Region::kStack)) {
        lost_stack_ = true;  // the callee's r10 is another frame: to it this is just an address
        start.regs[r] = scalar();
      }
    }
    start.regs[kFrameReg] = pointer(Region::kStack, 0);
    flow_into(cfg_.entry_block[callee], start);
  }

  // Applies a call; false if nothing is known to come back (yet).
  bool call(State& state, uint32_t block, const Instruction& insn, bool recording) {
    switch (insn.info().operation) {
      case Operation::kCallLocal: {
        if (!recording) {
          callers_[insn.target].insert(block);
          flow_into_callee(insn.target, state, live_.arguments[insn.target]);
        }
        const RegFact& result = result_[insn.target];
        if (result.kind == Kind::kUnreached) return false;
        if (packet_moves_) forget_packet(state);
        apply_call(state, result, escapes_, &lost_stack_);
        return true;
      }
      case Operation::kCallReg:
        if (!recording) {
          for (uint32_t callee : indirect_) {
            callers_[callee].insert(block);
            flow_into_callee(callee, state, live_.arguments[callee]);
          }
        }
        for (int r = 1; r <= 5; ++r) {
          lost_stack_ |= state.regs[r].is_pointer_to(Region::kStack);
        }
        if (packet_moves_) forget_packet(state);
        apply_call(state, scalar(), escapes_, &lost_stack_);
        return true;
      default: {
        const HelperInfo* helper = find_helper(helpers_, static_cast<uint64_t>(insn.imm));
        if (!helper) return false;  // the run ends here
        bool frame_given = false;
        for (int r = 1; r <= helper->argument_count; ++r) {
          frame_given |= state.regs[r].is_pointer_to(Region::kStack);
        }
        lost_stack_ |= frame_given;
        if (recording) record_call(insn, *helper, state);
        if (frame_given) forget_slots(state, &lost_stack_);  // the helper may write there
        if (helper->moves_packet()) forget_packet(state);
        apply_call(state, scalar(), escapes_, &lost_stack_);
        if (helper->effect == HelperEffect::kTailCalls && !recording)
          leave(cfg_.blocks[block].subprogram, state);
        return true;
      }
    }
  }

  // Everything is checked at run time; only what cannot be checked is refused.
  void record_call(const Instruction& insn, const HelperInfo& helper, const State& state) {
    CallFact fact{.insn = static_cast<uint32_t>(&insn - program_.insns.data())};
    for (unsigned i = 0; i < helper.argument_count; ++i) {
      const RegFact& reg = state.regs[i + 1];
      const HelperArgument wanted = helper.arguments[i];
      const bool map = wanted == HelperArgument::kMap;
      if (map || wanted == HelperArgument::kContext) {
        bool right = map ? reg.is_pointer_to(Region::kMap) && reg.known
                         : reg.is_pointer_to(Region::kContext) && reg.known && reg.value == 0;
        std::string known = "not the same on all paths";
        if (map && right) {
          if (auto what = wrong_map(program_.maps[static_cast<size_t>(reg.value)], helper)) {
            known = std::move(*what);
            right = false;
          }
        }
        if (!right && !mistake_) {
          mistake_ = wrong_argument(program_, fact.insn, helper,
                                    {static_cast<uint8_t>(i + 1), std::move(known),
                                     std::string(helper_argument_text(wanted))});
        }
        if (!right) return;
        if (map) fact.map = static_cast<uint32_t>(reg.value);
        continue;
      }
      if (wanted == HelperArgument::kString || wanted == HelperArgument::kSpinLock ||
          wanted == HelperArgument::kFunction || wanted == HelperArgument::kDynptr ||
          wanted == HelperArgument::kRingbufDynptr || wanted == HelperArgument::kDynptrOut ||
          wanted == HelperArgument::kRingbufDynptrOut || wanted == HelperArgument::kDynptrMemory) {
        if (!mistake_) {
          mistake_ =
              wrong_argument(program_, fact.insn, helper,
                             {static_cast<uint8_t>(i + 1), "not followed in so large a program",
                              std::string(helper_argument_text(wanted))});
        }
        return;
      }
      describe_argument(helper, i, fact.map ? &program_.maps[*fact.map] : nullptr, fact);
    }
    calls_.push_back(fact);
  }

  static bool is_call(Operation op) {
    return op == Operation::kCallLocal || op == Operation::kCallHelper ||
           op == Operation::kCallReg || op == Operation::kCallKfunc;
  }

  static bool is_packet_load(const Instruction& insn) {
    return insn.info().format == Format::kPacketAbs || insn.info().format == Format::kPacketInd;
  }

  void visit(uint32_t index, std::vector<InsnFacts>* facts) {
    const Block& block = cfg_.blocks[index];
    State state = entry_[index];
    for (uint32_t i = block.first; i < block.first + block.count; ++i) {
      const Instruction& insn = program_.insns[i];
      if (facts) {
        InsnFacts& fact = (*facts)[i];
        fact.reached = true;
        fact.before = state.regs;
        if (is_access(insn)) fact.access = describe_access(state, insn);
      }
      if (is_call(insn.info().operation)) {
        if (!call(state, index, insn, facts != nullptr)) return;
      } else {
        apply(state, insn, escapes_, &lost_stack_);
      }
      if (is_packet_load(insn) && !facts) {
        // Without the bytes the function returns 0.
        State other = state;
        other.regs[0] = constant(0);
        leave(block.subprogram, other);
      }
      if (insn.info().operation == Operation::kExit && !facts) leave(block.subprogram, state);
    }
    if (facts) return;
    for (int s = 0; s < block.successor_count; ++s) flow_into(block.successors[s], state);
  }

  void leave(uint32_t subprogram, const State& state) {
    RegFact value = state.regs[0];
    if (value.kind == Kind::kUninit) value = constant(0);
    if (value.is_pointer_to(Region::kStack)) {
      // The address of a frame that is gone; the entry's r0 goes to the host, as a number.
      lost_stack_ |= subprogram != 0 || !callers_[0].empty();
      value = scalar();
    }
    const RegFact joined = join(result_[subprogram], value, &lost_stack_);
    if (joined == result_[subprogram]) return;
    result_[subprogram] = joined;
    work_.insert(callers_[subprogram].begin(), callers_[subprogram].end());
  }

  const Program& program_;
  const Cfg& cfg_;
  std::vector<CallFact> calls_;
  std::optional<Error> mistake_;
  HelperSet helpers_;
  ContextKind context_;
  Liveness live_;
  bool escapes_;
  bool lost_stack_ = false;
  bool packet_moves_ = false;  // some helper that the program calls may move the packet
  std::vector<State> entry_;
  std::vector<bool> visited_;
  std::vector<RegFact> result_;              // r0 of each subprogram
  std::vector<std::set<uint32_t>> callers_;  // blocks that call each subprogram
  std::set<uint32_t> indirect_;              // subprograms whose address is taken
  std::set<uint32_t> work_;
};

}  // namespace

namespace {

void measure_frames(const Program& program, FixpointResult& result) {
  result.frames.resize(program.subprograms.size());
  for (FrameFact& frame : result.frames) frame.shared.set();  // nobody has looked
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    const InsnFacts& facts = result.insns[i];
    if (!facts.reached || facts.access.region != Region::kStack) continue;
    uint32_t& bytes = result.frames[program.subprogram_of(i)].bytes;
    const uint32_t below =
        facts.access.proven ? static_cast<uint32_t>(-facts.access.offset) : kFrameBytes;
    bytes = std::max(bytes, (below + 7) & ~7u);
  }
}

}  // namespace

size_t open_questions(const Program& program, const Cfg& cfg, const FixpointResult& result) {
  size_t open = 0;
  for (const LoopFact& loop : result.loops) {
    open += !loop.bounded && is_jump(program.insns[loop.insn]) &&
            !bounded_by_may_goto(program, cfg, loop.insn);
  }
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    const InsnFacts& facts = result.insns[i];
    open += facts.reached && is_access(program.insns[i]) && !facts.access.proven;
  }
  for (const CallFact& call : result.calls) {
    for (const CallFact::Argument& argument : call.arguments)
      open += argument.memory && !argument.faults && !(argument.proven && argument.size_proven);
  }
  return open;
}

FixpointResult run_fixpoint(const Program& program, const Cfg& cfg, const CompileOptions& options) {
  FixpointResult out;
  Fixpoint first(program, cfg, options, false);
  if (first.run()) {
    out.insns = first.record();
    out.calls = std::move(first.calls());
    out.mistake = std::move(first.mistake());
    measure_frames(program, out);
    out.loops = bound_loops(program, cfg, nullptr, false, out.insns);
    return out;
  }
  Fixpoint second(program, cfg, options, true);
  (void)second.run();
  out.insns = second.record();
  out.calls = std::move(second.calls());
  out.mistake = std::move(second.mistake());
  out.stack_escapes = true;
  measure_frames(program, out);
  out.loops = bound_loops(program, cfg, nullptr, true, out.insns);
  return out;
}

}  // namespace weir
