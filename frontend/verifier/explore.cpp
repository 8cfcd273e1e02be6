// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The path-sensitive walk. Each path carries its own state, so that what a branch tells holds to
// the end of the path. Where paths meet (block starts with several ways in), a path ends if an
// earlier state there covers its own. After some number of states at one place and call chain, new
// ones are joined into one, and its bounds widened, which can go on only a limited number of times.
#include "frontend/verifier/explore.h"

#include <algorithm>
#include <compare>
#include <set>
#include <unordered_map>

#include "frontend/verifier/callbacks.h"
#include "frontend/verifier/decided.h"
#include "frontend/verifier/explain.h"
#include "frontend/verifier/frames.h"
#include "frontend/verifier/log.h"
#include "frontend/verifier/loops.h"
#include "frontend/verifier/relevance.h"
#include "frontend/verifier/step_call.h"
#include "frontend/verifier/sums.h"
#include "frontend/verifier/walk_limits.h"
#include "runtime/abi/packet_context.h"

namespace weir {

namespace {

using Kind = Value::Kind;
using Base = Value::Base;

struct WalkLimits {
  size_t paths_apart;
  uint64_t steps;
  const std::vector<Relevant>* relevant = nullptr;  // null: everything is
};

class Explorer {
 public:
  Explorer(const Program& program, const Cfg& cfg, const CompileOptions& options, bool escapes,
           const ExpandedProgram* expanded, const WalkLimits& limits, VerifierLog* log)
      : program_(program),
        cfg_(cfg),
        expanded_(expanded),
        helpers_(options.helpers),
        context_(options.context),
        guard_(options.policy != Policy::kTrusted),
        strict_(options.policy == Policy::kStrict),
        live_(compute_liveness(program, cfg, options.helpers)),
        decided_(program, cfg),
        escapes_(escapes),
        paths_apart_(limits.paths_apart),
        relevant_(limits.relevant),
        log_(log),
        most_steps_(limits.steps +
                    (limits.paths_apart > 1 ? 0 : kLastSteps * program.insns.size())),
        loops_(program, cfg),
        frames_(program) {
    facts_.resize(program.insns.size());
    touches_stack_.resize(program.insns.size());
    ways_in_.resize(cfg.blocks.size());
    for (const Instruction& insn : program.insns) {
      if (insn.info().format != Format::kJumpImm || insn.imm <= 0) continue;
      for (int64_t near : {insn.imm - 1, insn.imm, insn.imm + 1})
        landmarks_.push_back(static_cast<uint64_t>(near));
    }
    if (expanded_) landmarks_.push_back(1);  // what functions that are called back may give
    std::sort(landmarks_.begin(), landmarks_.end());
    landmarks_.erase(std::unique(landmarks_.begin(), landmarks_.end()), landmarks_.end());
    // A program with more constants than that is no loop with a bound.
    if (landmarks_.size() > kMaxLandmarks) landmarks_.clear();
    for (const Block& block : cfg.blocks) {
      for (int s = 0; s < block.successor_count; ++s) ++ways_in_[block.successors[s]];
    }
    find_straight();
  }

  enum class Outcome { kDone, kEscapes, kTooLong, kGaveUp };
  Outcome run() {
    AbstractState start;
    Frame frame;
    if (context_shape(context_) == ContextShape::kRaw) {
      frame.regs[1] = Value::pointer(Base::kData, 0);
      frame.regs[2] = Value::scalar(ScalarRange::between(0, kMaxDataBytes));
      frame.regs[2].length = true;
    } else {
      frame.regs[1] = Value::pointer(Base::kContext, 0);
    }
    start.context = context_;
    if (context_ == ContextKind::kFlowDissector) start.meta = kFlowKeysBytes;
    frame.regs[kFrameReg] = Value::pointer(Base::kStack, 0, 0);
    start.frames.push_back(std::move(frame));
    start.strict = strict_;
    paths_.push_back({0, std::move(start), {}});
    while (std::optional<Path> path = next_path()) {
      way_ = path->way;
      if (log_) log_->start_path(path->from, path->insn, path->state);
      if (!walk(path->insn, std::move(path->state), path->entered))
        return violation_ ? Outcome::kDone : too_long() ? Outcome::kTooLong : Outcome::kGaveUp;
      if (log_) log_->end_path();
      // Its last jump or call has been taken, whatever came then.
      if (way_.via != LoopRecord::kNone) arrive(loops_.add_node());
    }
    // What looks into frames must find them in one place.
    if (!escapes_ && lost_stack_ && follows_text_) return Outcome::kEscapes;
    for (uint32_t i = 0; i < facts_.size(); ++i) {
      const AccessFact& access = facts_[i].access;
      if (auto call = calls_.find(i); call != calls_.end() && !escapes_) {
        // An argument that is checked against all regions: frames must be among them if one is
        // meant, and apply_call() has said so.
        for (const CallFact::Argument& argument : call->second.arguments) {
          if (argument.memory && !argument.proven && lost_stack_) return Outcome::kEscapes;
        }
      }
      if (!facts_[i].reached || !is_access(program_.insns[i]) || access.proven ||
          access.region == Region::kData || access.region == Region::kContext)
        continue;
      if (access.region == Region::kStack) continue;
      // Checked against all regions: if a frame may be meant, frames must be among them.
      if (!escapes_ && (lost_stack_ || touches_stack_[i])) return Outcome::kEscapes;
    }
    return Outcome::kDone;
  }

  std::optional<Error>& mistake() { return mistake_; }
  // Whether states that could have been kept apart were joined.
  bool joined() const { return joined_; }
  uint64_t steps() const { return steps_; }
  uint64_t effort() const { return steps_ + work_ / kWorkOfStep; }

  // What a walk that was given up has seen.
  std::vector<InsnFacts> take_seen() { return std::move(facts_); }

  FixpointResult take() {
    std::vector<FrameFact> frames = frames_.take(facts_);
    std::vector<AccessReport> reports;
    for (const auto& [place, report] : reports_) reports.push_back(report);
    std::vector<LoopFact> loops = bound_loops(program_, cfg_, &loops_, escapes_, facts_);
    std::vector<CallFact> calls;
    for (const auto& [insn, call] : calls_) calls.push_back(call);
    return {.calls = std::move(calls),
            .insns = std::move(facts_),
            .frames = std::move(frames),
            .stack_escapes = escapes_,
            .loops = std::move(loops),
            .reports = std::move(reports),
            .violation = std::move(violation_)};
  }

 private:
  // Where a path is in the graph of states: the last node, and the jump or call taken since.
  struct Way {
    uint32_t node = LoopRecord::kNone;
    uint32_t via = LoopRecord::kNone;
  };
  struct Path {
    uint32_t insn;
    AbstractState state;
    Way way;
    uint32_t from = UINT32_MAX;  // the jump that led here; of the entry: none
    bool entered = false;        // the state is the place's own
  };
  struct Place {
    uint32_t insn = 0;
    std::vector<AbstractState> states;
    std::vector<uint32_t> nodes;  // of each state
    size_t joins = 0;
    size_t walks = 0;  // from here on, of the one state
    bool waits = false;
  };
  // A place to go on from: the call sites that lead to it and its instruction, which is the order.
  struct Waiting {
    std::vector<uint32_t> order;
    uint64_t place;
    friend auto operator<=>(const Waiting&, const Waiting&) = default;
  };

  StepContext context() {
    return {.program = &program_, .ids = &ids_, .escapes = escapes_, .lost_stack = &lost_stack_};
  }

  // Blocks of the entry function from which every way leads forward to its end. Blocks are in the
  // order of the text.
  void find_straight() {
    straight_.assign(cfg_.blocks.size(), true);
    for (size_t b = cfg_.blocks.size(); b-- > 0;) {
      const Block& block = cfg_.blocks[b];
      straight_[b] = block.subprogram == 0;
      for (uint32_t i = block.first; i < block.first + block.count; ++i) {
        const Format format = program_.insns[i].info().format;
        if (format == Format::kCallTarget || format == Format::kCallReg) straight_[b] = false;
      }
      for (int s = 0; s < block.successor_count; ++s) {
        const uint32_t next = block.successors[s];
        if (next <= b || !straight_[next]) straight_[b] = false;
      }
    }
  }

  // The path to walk next: with one state for each place, all paths to a place come before those
  // that go on from it, so that it is walked once for all of them, and again only for loops.
  std::optional<Path> next_path() {
    if (!paths_.empty()) {
      Path path = std::move(paths_.back());
      paths_.pop_back();
      return path;
    }
    if (waiting_.empty()) return std::nullopt;
    const Waiting first = std::move(*waiting_.begin());
    waiting_.erase(waiting_.begin());
    Place& place = places_[first.place];
    place.waits = false;
    ++place.walks;
    return Path{.insn = first.order.back(),
                .state = place.states.front(),
                .way = {place.nodes.front(), LoopRecord::kNone},
                .entered = true};
  }

  bool too_long() const { return effort() > most_steps_; }

  // Follows one path until it ends; branches leave the other way on the list. False: too many
  // steps.
  bool walk(uint32_t insn, AbstractState state, bool entered) {
    for (;; entered = false) {
      if (log_) log_->after(state);
      if (!entered && cfg_.blocks[cfg_.block_of[insn]].first == insn && !enter_block(insn, state))
        return true;
      ++steps_;
      if (too_long()) return false;
      if (log_) log_->step(insn, state.frames.size());
      const Instruction& i = program_.insns[insn];
      record(insn, state);
      if (strict_) {
        violation_ = mixes_context_
                         ? mixed_context(insn)
                         : check_strict(program_, insn, state, live_.arguments, helpers_);
        if (violation_) return false;
      }
      switch (i.info().format) {
        case Format::kJump:
        case Format::kJumpLong:
          if (i.info().operation == Operation::kMayGoto)
            paths_.push_back({insn + 1, state, way_, insn});
          take_way(insn, i.target);
          insn = i.target;
          continue;
        case Format::kJumpImm:
        case Format::kJumpReg: {
          name_operands(state, i, &ids_);
          AbstractState taken = state;
          const bool jumps = assume_branch(taken, i, true);
          const bool falls = assume_branch(state, i, false);
          if (jumps && falls) {
            const Way here = way_;
            take_way(insn, i.target);
            paths_.push_back({i.target, std::move(taken), way_, insn});
            way_ = here;
          }
          if (falls) {
            ++insn;
          } else if (jumps) {
            state = std::move(taken);
            take_way(insn, i.target);
            insn = i.target;
          } else {
            return true;
          }
          continue;
        }
        case Format::kExit:
          if (state.frames.size() == 1) {
            if (strict_) violation_ = check_given_back(insn, state);
            return !violation_;
          }
          if (strict_ && site_of(state.frames[state.depth() - 1u].subprogram) &&
              (violation_ = check_callback_result(program_, insn, state))) {
            return false;
          }
          insn = leave(state);
          continue;
        case Format::kCallTarget:
          if (!takes_callback(state, insn, i.target)) return !violation_;
          if (!enter(state, i.target, insn)) return true;
          insn = program_.subprograms[i.target].first;
          continue;
        case Format::kCallReg: {
          const Value& callee = state.top().regs[i.dst];
          if (!callee.is_scalar() || !callee.range.is_constant()) return false;
          const uint64_t value = callee.range.constant_value();
          if (value >= kFunctionToken && value - kFunctionToken < program_.subprograms.size()) {
            const auto target = static_cast<uint32_t>(value - kFunctionToken);
            if (!enter(state, target, insn)) return true;
            insn = program_.subprograms[target].first;
            continue;
          }
          // Only helpers that take numbers can be called through a register.
          if (helpers_ != HelperSet::kConformance || !call_helper(state, insn, value))
            return !violation_;
          ++insn;
          continue;
        }
        case Format::kCall:
          if (!call_helper(state, insn, static_cast<uint64_t>(i.imm))) return !violation_;
          ++insn;
          continue;
        case Format::kPacketAbs:
        case Format::kPacketInd:
          // Without the bytes the function returns 0.
          for (int r = 1; r <= 5; ++r) state.top().regs[r] = Value();
          leave_also(state, Value::scalar(ScalarRange::constant(0)));
          state.top().regs[0] = Value::scalar(ScalarRange::bits_wide(i.info().bits));
          ++insn;
          continue;
        case Format::kCallKfunc: return true;  // refused before
        default: break;
      }
      if (is_access(i)) {
        const PathAccess access = path_access(state, i);
        if (!access.proven && certainly_fails(state, access)) return true;
        step(state, i, context());
        if (checks_region() && !access.proven) assume_access(state, access);
      } else {
        step(state, i, context());
      }
      ++insn;
    }
  }

  // True if the path goes on. At places where paths meet: not if its state is covered.
  bool enter_block(uint32_t insn, AbstractState& state) {
    const uint32_t block = cfg_.block_of[insn];
    const RegMask live = live_.block_in[block];
    for (unsigned r = 0; r < kFrameReg; ++r) {
      if ((live >> r & 1) == 0) state.top().regs[r] = Value();
    }
    // A frame's address stays: where it is lost must be noticed.
    state.top().slots.remove_if([live = live_.slots_in[block]](const auto& entry) {
      const auto granule = static_cast<unsigned>(-entry.first - 1) / 8;
      const auto last = static_cast<unsigned>(-entry.first - entry.second.size) / 8;
      return (live >> granule & 1) == 0 && (live >> last & 1) == 0 &&
             !entry.second.value.is_pointer_to(Base::kStack);
    });
    if (relevant_) forget_irrelevant(state, (*relevant_)[block]);
    collect_garbage(state);
    const bool function_start = insn == program_.subprograms[cfg_.blocks[block].subprogram].first;
    if (ways_in_[block] < 2 && !function_start) return true;
    forget_moves(state);

    uint64_t key = insn;
    for (const Frame& frame : state.frames) key = key * 1'000'003 + frame.call_site;
    key = apart_by_pointers(key, state) * 3 + static_cast<uint64_t>(decided_.way(state, block));
    Place& place = place_at(key, insn, state);
    const size_t values = kRegisters * state.frames.size() + state.top().slots.size();
    for (size_t i = place.states.size(); i-- > 0;) {
      work_ += values;
      if (!subsumes(place.states[i], state, live, straight_[block])) continue;
      arrive(place.nodes[i]);
      if (log_) log_->covered(insn);
      return false;
    }
    if (place.states.size() < paths_apart_) {
      work_ += kWorkOfValue * values;
      place.states.push_back(state);
      place.nodes.push_back(loops_.add_node());
      arrive(place.nodes.back());
      return paths_apart_ > 1 || !wait(place, key, insn, state);
    }
    // Everything that comes here from now on goes into one state.
    AbstractState& all = place.states.back();
    ++place.joins;
    joined_ = true;
    arrive(place.nodes.back());
    // Ways that meet are joined as they are; only loops come again.
    const size_t rounds = paths_apart_ > 1 ? place.joins : place.walks;
    all = join(all, state, rounds > kJoinsBeforeWidening, landmarks_, &ids_, &lost_stack_);
    collect_garbage(all);
    if (paths_apart_ == 1) {
      if (log_) log_->joined(insn, all);
      return !wait(place, key, insn, state);
    }
    state = all;
    if (log_) log_->joined(insn, state);
    return true;
  }

  // The place of a key, which is a hash: where it is that of another instruction, the next one.
  Place& place_at(uint64_t& key, uint32_t insn, const AbstractState& state) {
    Place* place = &places_[key];
    while (!place->states.empty() &&
           (place->insn != insn || !same_chain(place->states.front(), state)))
      place = &places_[key += 0x9e3779b97f4a7c15];
    place->insn = insn;
    return *place;
  }

  // States that hold other pointers are not joined, which would make numbers of them: they meet at
  // places of their own, up to a number of them. Maps and contexts are kept apart for longer, since
  // what a helper is given must be one on every path.
  uint64_t apart_by_pointers(uint64_t key, const AbstractState& state) {
    const PointersHeld held = pointers_held(state);
    if (admit(kinds_at_[key].all, held.all, kKindsApart)) return (key + held.all) * 1'000'003;
    if (admit(kinds_at_[key].vital, held.vital, kVitalApart)) return (key + held.vital) * 1'000'033;
    return key;
  }
  static bool admit(std::vector<uint64_t>& seen, uint64_t held, size_t most) {
    if (std::ranges::find(seen, held) != seen.end()) return true;
    if (seen.size() >= most) return false;
    seen.push_back(held);
    return true;
  }

  // The place has a new state, and is walked from when nothing that comes before it is left. True.
  bool wait(Place& place, uint64_t key, uint32_t insn, const AbstractState& state) {
    if (place.waits) return true;
    place.waits = true;
    Waiting waiting{.order = {}, .place = key};
    for (size_t f = 1; f < state.frames.size(); ++f)
      waiting.order.push_back(state.frames[f].call_site);
    waiting.order.push_back(insn);
    waiting_.insert(std::move(waiting));
    return true;
  }

  // Going from `insn` to `to`, by a jump or into a function.
  void take_way(uint32_t insn, uint32_t to) {
    if (is_jump(program_.insns[insn]) && to > insn) return;
    if (way_.via != LoopRecord::kNone) arrive(loops_.add_node());
    way_.via = insn;
  }
  void arrive(uint32_t node) {
    loops_.add_edge(way_.node, node, way_.via);
    way_ = {node, LoopRecord::kNone};
  }

  static bool same_chain(const AbstractState& a, const AbstractState& b) {
    return std::ranges::equal(a.frames, b.frames, [](const Frame& x, const Frame& y) {
      return x.call_site == y.call_site && x.subprogram == y.subprogram;
    });
  }

  bool enter(AbstractState& state, uint32_t callee, uint32_t call_site) {
    take_way(call_site, program_.subprograms[callee].first);
    if (!site_of(callee) && counted_frames(state) >= kMaxCallFrames)
      return false;  // trap, but paid for
    Frame frame;
    frame.subprogram = callee;
    frame.call_site = call_site;
    for (int r = 1; r <= 5; ++r) {
      if ((live_.arguments[callee] >> r & 1) != 0) frame.regs[r] = state.top().regs[r];
    }
    const Value map = state.top().regs[1];
    for (int r = 0; r <= 5; ++r) state.top().regs[r] = Value();
    if (const CallbackSite* site = site_of(state.top().subprogram))
      hand_over(frame, program_, *site, map, strict_);
    frame.regs[kFrameReg] =
        Value::pointer(Base::kStack, 0, static_cast<uint8_t>(state.frames.size()));
    state.frames.push_back(std::move(frame));
    return true;
  }

  size_t counted_frames(const AbstractState& state) const {
    return static_cast<size_t>(std::ranges::count_if(
        state.frames, [&](const Frame& frame) { return !site_of(frame.subprogram); }));
  }

  const CallbackSite* site_of(uint32_t subprogram) const {
    return expanded_ ? expanded_->site_of(subprogram) : nullptr;
  }

  // What the helper asks of a call that a function was made for. False: the path ends here.
  bool takes_callback(const AbstractState& state, uint32_t insn, uint32_t callee) {
    const CallbackSite* site = site_of(callee);
    if (!site || site->insn != insn) return true;
    if (strict_ && ((violation_ = check_held(insn, state, *site->helper)) ||
                    (violation_ = check_callback_call(insn, state, *site->helper)))) {
      return false;
    }
    const PathCall call = look_at_call(state, program_, *site->helper);
    if (!call.mistake) return true;
    if (!mistake_) mistake_ = wrong_argument(program_, insn, *site->helper, *call.mistake);
    return false;
  }

  uint32_t leave(AbstractState& state) {
    const uint8_t gone = state.depth();
    const uint32_t back = state.top().call_site + 1;
    Value result = state.top().regs[0];
    if (result.kind == Kind::kUninit && !strict_) result = Value::scalar(ScalarRange::constant(0));
    state.frames.pop_back();
    auto scrub = [&](Value& v) {
      if (!v.is_pointer_to(Base::kStack) || v.frame < gone) return;
      v = Value::scalar(ScalarRange::any());  // the address of a frame that is gone
      v.lost = Value::Lost::kGone;
      lost_stack_ = true;
    };
    scrub(result);
    for (Frame& frame : state.frames) {
      for (Value& v : frame.regs) scrub(v);
      for (auto& [offset, slot] : frame.slots) scrub(slot.value);
    }
    state.top().regs[0] = result;
    return back;
  }

  // False if the path ends here: no such helper, or arguments that it cannot be given.
  bool call_helper(AbstractState& state, uint32_t insn, uint64_t number) {
    const HelperInfo* helper = find_helper(helpers_, number);
    if (!helper) return false;
    if (strict_ && (violation_ = check_held(insn, state, *helper))) return false;
    if (strict_ && helper->effect == HelperEffect::kTailCalls && in_callback(state)) {
      violation_ = Violation{insn, "a tail call in a function that a helper calls back",
                             "let the function give 1, and make the tail call behind the helper"};
      return false;
    }
    PathCall call = look_at_call(state, program_, *helper);
    // Those that could be made code of are calls no more.
    if (helper->effect == HelperEffect::kCallsBack) refuse_callback(call);
    if (call.mistake) {
      if (!mistake_) mistake_ = wrong_argument(program_, insn, *helper, *call.mistake);
      return false;
    }
    report_arguments(insn, call.fact, state);
    record_call(insn, call.fact);
    follows_text_ |= follows_text(*helper);
    for (const PathCall::Reach& reach : call.reach) {
      if (reach.low == 0) continue;
      frames_.use(state.frames[reach.frame].subprogram, reach.low).share(reach.low, reach.high);
    }
    apply_call(state, program_, insn, *helper, call, context());
    if (helper->effect == HelperEffect::kTailCalls && state.frames.size() > 1) {
      // The other program's result is this function's, and it may have moved the packet.
      AbstractState other = state;
      forget_packet(other);
      leave_also(other, Value::scalar(ScalarRange::any()));
    }
    return true;
  }

  bool in_callback(const AbstractState& state) const {
    return std::ranges::any_of(state.frames,
                               [&](const Frame& frame) { return site_of(frame.subprogram); });
  }

  // Another path: the function, not the entry's, ends here with that result.
  void leave_also(const AbstractState& state, const Value& result) {
    if (state.frames.size() == 1) return;
    AbstractState other = state;
    other.top().regs[0] = result;
    const uint32_t back = leave(other);
    paths_.push_back({back, std::move(other), way_});
  }

  void record_call(uint32_t insn, CallFact fact) {
    fact.insn = insn;
    auto [it, fresh] = calls_.try_emplace(insn, fact);
    if (fresh) return;
    CallFact& all = it->second;
    if (all.map != fact.map) all.map.reset();
    for (size_t i = 0; i < all.arguments.size(); ++i) {
      CallFact::Argument &a = all.arguments[i], &b = fact.arguments[i];
      a.proven &= b.proven;
      a.size_proven &= b.size_proven;
      // Maps with other sizes of keys or values: the largest is what is checked.
      a.size = std::max(a.size, b.size);
    }
  }

  // A fixed place that no data and no frame has: every run that comes here ends.
  bool certainly_fails(const AbstractState& state, const PathAccess& access) const {
    if (!checks_region() || !access.is_pointer || !access.base.fixed()) return false;
    const int64_t offset = access.base.offset, size = access.size;
    if (access.base.base == Base::kContext) return true;
    if (access.base.base == Base::kData) {
      return offset < 0 || offset > static_cast<int64_t>(state.length.umax) - size;
    }
    return access.base.base == Base::kStack && access.base.frame == state.depth() &&
           (offset < -static_cast<int64_t>(kFrameBytes) || offset > -size);
  }

  // Whether an access that passed its check is inside the region that this path's pointer has.
  // Where frames escape, other paths may turn the check into one against all regions, which tells
  // nothing.
  bool checks_region() const { return guard_ && !escapes_; }

  void record(uint32_t insn, const AbstractState& state) {
    loops_.note(insn, state);
    InsnFacts& facts = facts_[insn];
    bool lost =
        false;  // a register that is a frame's address on some paths only is converted, not lost
    const Frame& frame = state.top();
    for (unsigned r = 0; r < kRegisters; ++r) {
      const RegFact fact = fact_of(frame.regs[r], state.depth());
      facts.before[r] = facts.reached ? join(facts.before[r], fact, &lost) : fact;
    }
    if (is_access(program_.insns[insn]))
      record_access(insn, facts, path_access(state, program_.insns[insn]), state);
    facts.reached = true;
  }

  void record_access(uint32_t insn, InsnFacts& facts, const PathAccess& access,
                     const AbstractState& state) {
    AccessFact fact;
    if (access.is_pointer) {
      const RegFact place = fact_of(access.base, state.depth());
      fact = {.region = place.region,
              .proven = access.proven,
              .fixed = place.known,
              .offset = place.value};
      if (fact.region == Region::kMapValue) fact.map = access.base.object;
    }
    if (access.base.is_pointer_to(Base::kStack)) {
      touches_stack_[insn] = true;
      frames_.record(insn, access, state);
    }
    if (!access.proven) {
      const Format format = program_.insns[insn].info().format;
      report(insn, 0, access.base, format != Format::kLoad && format != Format::kLoadAcquire,
             state);
    }
    if (facts.reached) {
      AccessFact& all = facts.access;
      fact.proven &= all.proven;
      if (all.region != fact.region) {
        // A field of the context is no place that other code could reach.
        if (all.region == Region::kContext || fact.region == Region::kContext) {
          fact.proven = false;
          mixes_context_ = true;
        }
        fact.region = Region::kNone;
      }
      fact.fixed =
          fact.fixed && all.fixed && fact.offset == all.offset && fact.region != Region::kNone;
      if (!fact.fixed) fact.offset = 0;
      if (fact.map != all.map) fact.map.reset();
    }
    facts.access = fact;
  }

  // `argument`: as in AccessReport.
  AccessReport* report(uint32_t insn, unsigned argument, const Value& base, bool write,
                       const AbstractState& state) {
    auto [it, fresh] = reports_.try_emplace(std::pair(insn, argument));
    if (!fresh) return nullptr;
    it->second = report_of(insn, argument, base, write, state);
    return &it->second;
  }

  void report_arguments(uint32_t insn, const CallFact& call, const AbstractState& state) {
    for (unsigned i = 0; i < call.arguments.size(); ++i) {
      const CallFact::Argument& argument = call.arguments[i];
      if (!argument.memory || argument.faults || (argument.proven && argument.size_proven))
        continue;
      AccessReport* const entry =
          report(insn, i + 1, state.top().regs[i + 1], argument.write, state);
      if (!entry) continue;
      if (argument.proven) entry->cause = AccessReport::Cause::kSize;
      entry->size = argument.size;
      if (argument.size_reg == 0) continue;
      const Value& size = state.top().regs[argument.size_reg];
      const bool bounded = size.is_scalar() && size.range.umax <= INT32_MAX;
      entry->size = bounded ? static_cast<int64_t>(size.range.umax) : -1;
    }
  }

  const Program& program_;
  const Cfg& cfg_;
  const ExpandedProgram* expanded_;  // null: no function was made
  HelperSet helpers_;
  ContextKind context_;
  bool guard_;
  bool strict_;
  Liveness live_;
  DecidedBranches decided_;
  bool escapes_;
  size_t paths_apart_;
  const std::vector<Relevant>* relevant_;
  VerifierLog* log_;
  uint64_t most_steps_;
  bool lost_stack_ = false;
  bool follows_text_ = false;  // some helper looks into frames
  bool joined_ = false;
  IdSource ids_ = 0;
  uint64_t steps_ = 0;
  std::vector<Path> paths_;
  std::vector<uint64_t> landmarks_;  // numbers the program compares with, and their neighbours
  std::vector<uint32_t> ways_in_;    // per block
  std::vector<bool> straight_;       // per block: see subsumes()
  std::unordered_map<uint64_t, Place> places_;
  struct Kinds {
    std::vector<uint64_t> all, vital;
  };
  std::unordered_map<uint64_t, Kinds> kinds_at_;  // see apart_by_pointers()
  std::set<Waiting> waiting_;
  uint64_t work_ = 0;  // values compared with others and kept
  LoopRecord loops_;
  Way way_;
  std::vector<InsnFacts> facts_;
  std::map<uint32_t, CallFact> calls_;
  std::optional<Error> mistake_;  // the first; the program is refused
  std::optional<Violation> violation_;
  bool mixes_context_ = false;  // an access is one to the context on some paths only
  std::map<std::pair<uint32_t, unsigned>, AccessReport> reports_;  // by instruction, argument
  std::vector<bool> touches_stack_;
  FrameRecord frames_;
};

struct Walk {
  Explorer::Outcome outcome = Explorer::Outcome::kGaveUp;
  FixpointResult result;
  bool joined = false;
  uint64_t effort = 0;
  size_t open = SIZE_MAX;  // of a walk that came to an end and refused nothing
};

Walk walk_program(const Program& program, const Cfg& cfg, const CompileOptions& options,
                  const ExpandedProgram* expanded, const WalkLimits& limits, VerifierLog* log) {
  Walk walk;
  for (bool escapes : {false, true}) {
    if (log) log->restart(limits.paths_apart);
    Explorer explorer(program, cfg, options, escapes, expanded, limits, log);
    walk.outcome = explorer.run();
    walk.joined |= explorer.joined();
    walk.effort = explorer.effort();
    if (log) log->finish(explorer.steps());
    if (explorer.mistake()) {
      walk.outcome = Explorer::Outcome::kDone;
      walk.result.mistake = std::move(explorer.mistake());
      break;
    }
    if (walk.outcome == Explorer::Outcome::kEscapes) continue;
    if (walk.outcome == Explorer::Outcome::kDone) walk.result = explorer.take();
    if (walk.outcome == Explorer::Outcome::kTooLong) walk.result.insns = explorer.take_seen();
    break;
  }
  if (walk.outcome == Explorer::Outcome::kDone && !walk.result.mistake && !walk.result.violation)
    walk.open = open_questions(program, cfg, walk.result);
  return walk;
}

}  // namespace

std::optional<FixpointResult> explore(const Program& program, const Cfg& cfg,
                                      const CompileOptions& options,
                                      const ExpandedProgram* expanded, VerifierLog* log) {
  const bool strict = options.policy == Policy::kStrict;
  std::optional<Walk> best;
  auto walk = [&](const WalkLimits& limits) {
    std::optional<VerifierLog> own;
    if (log) own = log->empty_copy();
    Walk now = walk_program(program, cfg, options, expanded, limits, own ? &*own : nullptr);
    const bool better = !best || best->outcome == Explorer::Outcome::kTooLong ||
                        (now.outcome == Explorer::Outcome::kDone && now.open < best->open);
    if (!better) return now.outcome;
    if (log) *log = std::move(*own);
    best = std::move(now);
    return best->outcome;
  };
  walk({kPathsApart, kMaxSteps});
  const bool too_long = best->outcome == Explorer::Outcome::kTooLong;
  // What joining lost, keeping all paths apart may find, if they differ in what matters.
  const bool short_enough = !too_long && best->open != SIZE_MAX && best->effort <= kShortWalk;
  const bool refused = too_long || best->result.mistake;
  if (best->open != 0 && (best->joined || too_long) && (strict || refused || short_enough)) {
    const std::vector<Relevant> relevant =
        find_relevant(program, cfg, options.helpers, best->result.insns);
    for (const size_t paths_apart : kRoundsWalked) {
      if (!strict && paths_apart == kRoundsWalked[0]) continue;
      const uint64_t steps = strict || refused ? kMaxSteps : 3 * kShortWalk;
      if (walk({paths_apart, steps, &relevant}) != Explorer::Outcome::kTooLong) break;
    }
  }
  for (const size_t paths_apart : kFewPathsApart) {
    if (best->outcome != Explorer::Outcome::kTooLong) break;
    walk({paths_apart, kMaxSteps});
  }
  if (best->outcome != Explorer::Outcome::kDone) return std::nullopt;
  return std::move(best->result);
}

}  // namespace weir
