// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/loops.h"

#include <algorithm>
#include <optional>

namespace weir {

namespace {

using Base = Value::Base;

constexpr int64_t kFar = int64_t{1} << 40;
// More than this is as good as for ever.
constexpr uint64_t kMany = uint64_t{1} << 40;
constexpr int64_t kNoPast = INT64_MIN / 8;
// Blocks of a loop that are tried for the argument, and blocks walked for it in a whole program:
// the rest of a loop is then taken for unbounded.
constexpr size_t kMaxCandidates = 48;
constexpr uint64_t kMaxWork = 2'000'000;

bool near(int64_t x) {
  return x > -kFar && x < kFar;
}

int64_t add_saturating(int64_t a, int64_t b) {
  int64_t sum;
  if (a == INT64_MIN || b == INT64_MIN) return INT64_MIN;
  if (a == INT64_MAX || b == INT64_MAX) return INT64_MAX;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? INT64_MIN : INT64_MAX;
}

// At most constant + per_byte * (length of the data).
struct Rounds {
  uint64_t constant = 0;
  uint64_t per_byte = 0;
  bool bounded = true;

  static Rounds unbounded() { return {.bounded = false}; }
  uint64_t most() const { return constant + per_byte * kMaxDataBytes; }
  bool fits() const { return constant <= kMany && per_byte <= kMany / kMaxDataBytes; }
  Rounds checked() const { return bounded && fits() ? *this : unbounded(); }
  bool operator<(const Rounds& o) const {
    return bounded != o.bounded ? bounded : most() < o.most();
  }
};

// Below kMany each, so sums and these products cannot wrap before they are checked.
Rounds plus(const Rounds& a, const Rounds& b) {
  return Rounds{a.constant + b.constant, a.per_byte + b.per_byte, a.bounded && b.bounded}.checked();
}

Rounds times(const Rounds& a, const Rounds& b) {
  if (!a.bounded || !b.bounded) return Rounds::unbounded();
  Rounds x = a;
  if (a.per_byte != 0 && b.per_byte != 0) x = Rounds{a.most(), 0, true};
  Rounds out;
  uint64_t cross_a, cross_b;
  if (__builtin_mul_overflow(x.constant, b.constant, &out.constant) ||
      __builtin_mul_overflow(x.constant, b.per_byte, &cross_a) ||
      __builtin_mul_overflow(x.per_byte, b.constant, &cross_b) ||
      __builtin_add_overflow(cross_a, cross_b, &out.per_byte)) {
    return Rounds::unbounded();
  }
  return out.checked();
}

// Strongly connected components of a graph given by lists of successors; the number of each node's
// component. Tarjan's algorithm without recursion: programs can be long.
template <class Successors>
std::vector<uint32_t> components(uint32_t nodes, Successors successors) {
  constexpr uint32_t kUnseen = UINT32_MAX;
  std::vector<uint32_t> index(nodes, kUnseen), low(nodes, 0), component(nodes, kUnseen), stack;
  std::vector<std::pair<uint32_t, uint32_t>> calls;  // node, next successor
  uint32_t next_index = 0, next_component = 0;
  for (uint32_t root = 0; root < nodes; ++root) {
    if (index[root] != kUnseen) continue;
    calls.push_back({root, 0});
    while (!calls.empty()) {
      const uint32_t node = calls.back().first;
      if (calls.back().second == 0) {
        index[node] = low[node] = next_index++;
        stack.push_back(node);
      }
      const auto list = successors(node);
      if (calls.back().second < list.size()) {
        const uint32_t to = list[calls.back().second++];
        if (index[to] == kUnseen) {
          calls.push_back({to, 0});
        } else if (component[to] == kUnseen) {
          low[node] = std::min(low[node], index[to]);
        }
        // A node with no successor left to try must not look like a fresh one.
        continue;
      }
      if (low[node] == index[node]) {
        uint32_t member;
        do {
          member = stack.back();
          stack.pop_back();
          component[member] = next_component;
        } while (member != node);
        ++next_component;
      }
      calls.pop_back();
      if (!calls.empty()) {
        low[calls.back().first] = std::min(low[calls.back().first], low[node]);
      }
    }
  }
  return component;
}

// Where a value came from: the value that `origin` had at the block's start, plus lo..hi.
struct Track {
  static constexpr int32_t kNowhere = INT32_MIN;
  int32_t origin = kNowhere;  // register, or the offset of a slot (negative)
  int64_t lo = 0, hi = 0;
  uint8_t shifted =
      0;  // times 2^32; shifting back gives it again: 1 = logically, 2 = with its sign
  friend bool operator==(const Track&, const Track&) = default;
};

struct SlotTrack {
  uint8_t size = 8;
  Track track;
  friend bool operator==(const SlotTrack&, const SlotTrack&) = default;
};

struct Tracks {
  std::array<Track, kRegisters> regs;
  std::map<int32_t, SlotTrack> slots;
  friend bool operator==(const Tracks&, const Tracks&) = default;
};

Track join(const Track& a, const Track& b, bool widening) {
  if (a.origin != b.origin || a.origin == Track::kNowhere) return {};
  Track out = a;
  out.shifted = a.shifted & b.shifted;
  if (out.shifted == 0 && (a.shifted | b.shifted) != 0) return {};
  if (b.lo < a.lo) out.lo = widening ? INT64_MIN : b.lo;
  if (b.hi > a.hi) out.hi = widening ? INT64_MAX : b.hi;
  return out;
}

Tracks join(const Tracks& a, const Tracks& b, bool widening) {
  Tracks out = a;
  for (unsigned r = 0; r < kRegisters; ++r) out.regs[r] = join(a.regs[r], b.regs[r], widening);
  for (auto it = out.slots.begin(); it != out.slots.end();) {
    auto other = b.slots.find(it->first);
    if (other == b.slots.end() || other->second.size != it->second.size) {
      it = out.slots.erase(it);
      continue;
    }
    it->second.track = join(it->second.track, other->second.track, widening);
    ++it;
  }
  return out;
}

}  // namespace

void Spread::add(const AbstractState& state, const Value& v) {
  constexpr int64_t kNothingKnown = INT64_MIN / 4;
  Spread now;
  if (v.is_pointer()) {
    const bool close = near(v.offset) && v.range.smin > -kFar && v.range.smax < kFar;
    now.kind = !close || v.base == Base::kDataEnd ? Kind::kMixed
               : v.base == Base::kData            ? Kind::kData
                                                  : Kind::kStack;
    now.frame = v.frame;
    if (close) {
      now.min = v.offset + (v.fixed() ? 0 : v.range.smin);
      now.max = v.offset + (v.fixed() ? 0 : v.range.smax);
    }
    now.past = now.kind == Kind::kData && state.proven_past(v.id) > kNoPast
                   ? state.proven_past(v.id) - v.offset
                   : kNothingKnown;
    now.fits32 = false;
  } else if (v.is_dynptr()) {
    now.kind = Kind::kMixed;
  } else {
    const ScalarRange range = v.is_scalar() ? v.range : ScalarRange::constant(0);
    now.kind = Kind::kNumber;
    now.min = range.smin;
    now.max = range.smax;
    now.fits32 = range.fits32();
    now.past = v.is_scalar() ? state.proven_past(v) : kNothingKnown;
  }
  if (kind == Kind::kNothing) {
    *this = now;
    return;
  }
  if (kind != now.kind || (kind == Kind::kStack && frame != now.frame)) {
    kind = Kind::kMixed;
    return;
  }
  min = std::min(min, now.min);
  max = std::max(max, now.max);
  past = std::min(past, now.past);
  fits32 = fits32 && now.fits32;
}

LoopRecord::LoopRecord(const Program& program, const Cfg& cfg) : program_(program), cfg_(cfg) {
  const auto blocks = static_cast<uint32_t>(cfg.blocks.size());
  const std::vector<uint32_t> component = components(blocks, [&](uint32_t b) {
    return std::span(cfg.blocks[b].successors).first(cfg.blocks[b].successor_count);
  });
  std::vector<uint32_t> members(blocks, 0);
  for (uint32_t b = 0; b < blocks; ++b) ++members[component[b]];
  loop_insn_.assign(program.insns.size(), kNone);
  loop_block_.assign(blocks, kNone);
  uint32_t insns = 0, starts = 0;
  for (uint32_t b = 0; b < blocks; ++b) {
    const Block& block = cfg.blocks[b];
    bool in_loop = members[component[b]] > 1;
    for (int s = 0; s < block.successor_count; ++s) in_loop |= block.successors[s] == b;
    if (!in_loop) continue;
    loop_block_[b] = starts++;
    for (uint32_t i = block.first; i <= block.last(); ++i) {
      const Format format = program.insns[i].info().format;
      if (format == Format::kAluImm || format == Format::kAluReg || format == Format::kStoreReg)
        loop_insn_[i] = insns++;
    }
  }
  operands_.resize(insns);
  starts_.resize(starts);
}

void LoopRecord::add_edge(uint32_t from, uint32_t to, uint32_t via) {
  if (from != kNone) edges_.push_back({from, to, via});
}

void LoopRecord::note(uint32_t insn, const AbstractState& state) {
  const Frame& frame = state.top();
  if (const uint32_t at = loop_insn_[insn]; at != kNone) {
    const Instruction& i = program_.insns[insn];
    operands_[at].dst.add(state, frame.regs[i.dst]);
    operands_[at].src.add(state, frame.regs[i.src]);
  }
  const uint32_t block = cfg_.block_of[insn];
  if (loop_block_[block] == kNone || cfg_.blocks[block].first != insn) return;
  BlockStart& start = starts_[loop_block_[block]];
  for (unsigned r = 0; r < kRegisters; ++r) start.regs[r].add(state, frame.regs[r]);
  if (!start.seen) {
    for (const auto& [offset, slot] : frame.slots) start.slots[offset].first = slot.size;
  }
  for (auto it = start.slots.begin(); it != start.slots.end();) {
    auto slot = frame.slots.find(it->first);
    if (slot == frame.slots.end() || slot->second.size != it->second.first) {
      it = start.slots.erase(it);
      continue;
    }
    it->second.second.add(state, slot->second.value);
    ++it;
  }
  start.seen = true;
}

class LoopBounds {
 public:
  LoopBounds(const Program& program, const Cfg& cfg, const LoopRecord& record, bool escapes,
             const std::vector<InsnFacts>& insns)
      : program_(program), cfg_(cfg), record_(record), escapes_(escapes), insns_(insns) {}

  // Parallel to the instructions: backward jumps and calls.
  std::vector<Rounds> run() {
    const auto count = program_.insns.size();
    walked_.assign(count, {});
    count_walked();
    visits_.assign(cfg_.blocks.size(), Rounds::unbounded());
    activations_.assign(program_.subprograms.size(), Rounds::unbounded());
    bound_functions();
    std::vector<Rounds> out(count, Rounds::unbounded());
    for (uint32_t i = 0; i < count; ++i) {
      const Operation operation = program_.insns[i].info().operation;
      if (!insns_[i].reached) continue;
      if (is_back_edge(program_, i)) out[i] = times_run(i);
      if (operation == Operation::kCallLocal && !recursive_[program_.subprogram_of(i)])
        out[i] = times_run(i);
    }
    return out;
  }

 private:
  using Blocks = std::vector<uint32_t>;
  struct Walked {
    uint64_t edges = 0;
    bool cyclic = false;
  };

  void count_walked() {
    std::vector<uint32_t> first(record_.nodes_ + 1, 0), to(record_.edges_.size());
    for (const auto& edge : record_.edges_) ++first[edge.from + 1];
    for (uint32_t n = 0; n < record_.nodes_; ++n) first[n + 1] += first[n];
    std::vector<uint32_t> at(first.begin(), first.end() - 1);
    for (const auto& edge : record_.edges_) to[at[edge.from]++] = edge.to;
    const std::vector<uint32_t> component = components(record_.nodes_, [&](uint32_t n) {
      return std::span(to).subspan(first[n], first[n + 1] - first[n]);
    });
    for (const auto& edge : record_.edges_) {
      if (edge.via == LoopRecord::kNone) continue;
      ++walked_[edge.via].edges;
      walked_[edge.via].cyclic |= component[edge.from] == component[edge.to];
    }
  }

  std::optional<Rounds> walked(uint32_t insn) const {
    if (walked_[insn].cyclic) return std::nullopt;
    return Rounds{walked_[insn].edges, 0, true};
  }

  Rounds times_run(uint32_t insn) const {
    const Rounds block = visits_[cfg_.block_of[insn]];
    const std::optional<Rounds> counted = walked(insn);
    return counted && *counted < block ? *counted : block;
  }

  // Callers before callees. A function that can come to itself again is bounded by nothing: its
  // frames are counted at run time.
  void bound_functions() {
    const auto functions = static_cast<uint32_t>(program_.subprograms.size());
    std::vector<std::vector<uint32_t>> callees(functions);
    std::vector<std::vector<uint32_t>> sites(functions);  // calls of each function
    std::vector<uint32_t> taken;
    for (const Instruction& insn : program_.insns) {
      if (insn.info().operation == Operation::kLoadFunc) taken.push_back(insn.target);
    }
    for (uint32_t i = 0; i < program_.insns.size(); ++i) {
      const Operation operation = program_.insns[i].info().operation;
      if (operation != Operation::kCallLocal && operation != Operation::kCallReg) continue;
      const std::span<const uint32_t> targets = operation == Operation::kCallReg
                                                    ? std::span<const uint32_t>(taken)
                                                    : std::span(&program_.insns[i].target, 1);
      for (uint32_t target : targets) {
        callees[program_.subprogram_of(i)].push_back(target);
        sites[target].push_back(i);
      }
    }
    const std::vector<uint32_t> component =
        components(functions, [&](uint32_t f) { return std::span<const uint32_t>(callees[f]); });
    std::vector<uint32_t> order(functions), members(functions, 0);
    recursive_.assign(functions, false);
    for (uint32_t f = 0; f < functions; ++f) {
      order[f] = f;
      ++members[component[f]];
    }
    for (uint32_t f = 0; f < functions; ++f) {
      recursive_[f] = members[component[f]] > 1 ||
                      std::find(callees[f].begin(), callees[f].end(), f) != callees[f].end();
    }
    // Tarjan's numbers ascend from callees to callers.
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return component[a] > component[b]; });
    for (uint32_t f : order) {
      Rounds times = {f == 0 ? 1u : 0u, 0, true};
      for (uint32_t site : sites[f]) {
        if (!insns_[site].reached) continue;
        times = plus(times, recursive_[f] ? Rounds::unbounded() : times_run(site));
      }
      activations_[f] = times;
      bound_function(f);
    }
  }

  void bound_function(uint32_t function) {
    // Jumps that the walk has counted are taken out; behind each of them everything starts anew.
    Rounds entries = activations_[function];
    Blocks blocks;
    for (uint32_t b = 0; b < cfg_.blocks.size(); ++b) {
      const Block& block = cfg_.blocks[b];
      if (block.subprogram != function || !insns_[block.first].reached) continue;
      blocks.push_back(b);
      if (!is_back_edge(program_, block.last())) continue;
      if (const auto counted = walked(block.last())) entries = plus(entries, *counted);
    }
    function_ = function;
    member_.assign(cfg_.blocks.size(), 0);
    cut_fall_through_.assign(cfg_.blocks.size(), false);
    bound_blocks(blocks, entries);
  }

  // Ways on from a block, within the blocks marked `mark`.
  template <class Function>
  void for_successors(uint32_t b, uint32_t mark, Function function) const {
    const Block& block = cfg_.blocks[b];
    const bool walked_jump = is_back_edge(program_, block.last()) && !walked_[block.last()].cyclic;
    for (int s = 0; s < block.successor_count; ++s) {
      const uint32_t to = block.successors[s];
      // One successor may be both ways on: then it is the jump's too.
      const bool jumps =
          block.successor_count == 1 ? is_jump(program_.insns[block.last()]) : s == 1;
      if (jumps && walked_jump) continue;
      if (!jumps && cut_fall_through_[b]) continue;
      if (member_[to] == mark) function(to);
    }
  }

  // Bounds the visits of `blocks`, of which each loop is entered at most `entries` times.
  void bound_blocks(const Blocks& blocks, const Rounds& entries) {
    work_ += blocks.size();
    const uint32_t mark = ++marks_;
    std::map<uint32_t, uint32_t> position;
    for (uint32_t i = 0; i < blocks.size(); ++i) {
      member_[blocks[i]] = mark;
      position[blocks[i]] = i;
    }
    std::vector<std::vector<uint32_t>> successors(blocks.size());
    for (uint32_t i = 0; i < blocks.size(); ++i) {
      for_successors(blocks[i], mark, [&](uint32_t to) { successors[i].push_back(position[to]); });
    }
    const std::vector<uint32_t> component =
        components(static_cast<uint32_t>(blocks.size()),
                   [&](uint32_t i) { return std::span<const uint32_t>(successors[i]); });
    std::map<uint32_t, Blocks> parts;
    for (uint32_t i = 0; i < blocks.size(); ++i) parts[component[i]].push_back(blocks[i]);
    for (const auto& [number, part] : parts) {
      const uint32_t i = position[part[0]];
      const bool loops = part.size() > 1 || std::find(successors[i].begin(), successors[i].end(),
                                                      i) != successors[i].end();
      if (!loops) {
        visits_[part[0]] = entries;
      } else {
        bound_loop(part, entries);
      }
    }
  }

  void bound_loop(const Blocks& loop, const Rounds& entries) {
    if (!entries.bounded || work_ > kMaxWork) return;
    const uint32_t mark = ++marks_;
    for (uint32_t b : loop) member_[b] = mark;
    uint32_t best = LoopRecord::kNone;
    Rounds rounds = Rounds::unbounded();
    for (uint32_t b : candidates(loop)) {
      const Rounds now = rank(b, mark);
      if (!(now < rounds)) continue;
      best = b;
      rounds = now;
    }
    Blocks rest;
    for (uint32_t b : loop) {
      if (b != best) rest.push_back(b);
    }
    if (best != LoopRecord::kNone) {
      visits_[best] = times(entries, rounds);
      bound_blocks(rest, times(entries, plus(rounds, {1, 0, true})));
      return;
    }
    // may_goto goes on in the loop only so often in each activation.
    for (uint32_t b : loop) {
      const Instruction& last = program_.insns[cfg_.blocks[b].last()];
      if (last.info().operation != Operation::kMayGoto || cut_fall_through_[b]) continue;
      cut_fall_through_[b] = true;
      bound_blocks(loop, plus(entries, times(activations_[function_], {kMayGotoRounds, 0, true})));
      return;
    }
  }

  Blocks candidates(const Blocks& loop) const {
    if (loop.size() <= kMaxCandidates) return loop;
    Blocks out;
    auto add = [&](uint32_t b) {
      if (out.size() < kMaxCandidates && std::find(out.begin(), out.end(), b) == out.end() &&
          member_[b] == member_[loop[0]])
        out.push_back(b);
    };
    for (uint32_t b : loop) {
      if (!is_back_edge(program_, cfg_.blocks[b].last())) continue;
      const uint32_t target = cfg_.block_of[program_.insns[cfg_.blocks[b].last()].target];
      add(target);
      add(b);
      for (int s = 0; s < cfg_.blocks[target].successor_count; ++s)
        add(cfg_.blocks[target].successors[s]);
    }
    return out;
  }

  // How often `start` can be come to after the loop was entered once: by what every way from it
  // back to it does to a register or a slot.
  Rounds rank(uint32_t start, uint32_t mark) {
    const uint32_t at = record_.loop_block_[start];
    if (at == LoopRecord::kNone || !record_.starts_[at].seen) return Rounds::unbounded();
    const LoopRecord::BlockStart& seen = record_.starts_[at];
    Tracks origin;
    for (int r = 0; r < kFrameReg; ++r) {
      if (usable(seen.regs[static_cast<size_t>(r)])) origin.regs[static_cast<size_t>(r)].origin = r;
    }
    for (const auto& [offset, slot] : seen.slots) {
      if (usable(slot.second)) origin.slots[offset] = {slot.first, {.origin = offset}};
    }
    std::map<uint32_t, std::pair<Tracks, int>> in;  // by block: what comes in, and joins so far
    std::vector<uint32_t> work;
    std::optional<Tracks> back;
    auto flow = [&](uint32_t from, Tracks tracks) {
      if (!run_block(from, tracks)) return;
      for_successors(from, mark, [&](uint32_t to) {
        if (to == start) {
          back = back ? join(*back, tracks, false) : tracks;
          return;
        }
        auto [it, fresh] = in.try_emplace(to, tracks, 0);
        if (!fresh) {
          Tracks both = join(it->second.first, tracks, ++it->second.second > 4);
          if (both == it->second.first) return;
          it->second.first = std::move(both);
        }
        work.push_back(to);
      });
    };
    flow(start, origin);
    while (!work.empty()) {
      const uint32_t block = work.back();
      work.pop_back();
      if (++work_ > kMaxWork) return Rounds::unbounded();
      flow(block, in.at(block).first);
    }
    if (!back) return {1, 0, true};  // no way leads back
    Rounds best = Rounds::unbounded();
    auto consider = [&](const Spread& values, int32_t self, const Track& track) {
      if (track.origin != self || track.shifted != 0) return;
      const Rounds now = rounds_of(values, track);
      if (now < best) best = now;
    };
    for (int r = 0; r < kFrameReg; ++r)
      consider(seen.regs[static_cast<size_t>(r)], r, back->regs[static_cast<size_t>(r)]);
    for (const auto& [offset, slot] : back->slots) {
      auto it = seen.slots.find(offset);
      if (it != seen.slots.end()) consider(it->second.second, offset, slot.track);
    }
    return best;
  }

  static bool usable(const Spread& s) {
    return s.kind == Spread::Kind::kNumber || s.kind == Spread::Kind::kData ||
           s.kind == Spread::Kind::kStack;
  }

  static Rounds rounds_of(const Spread& values, const Track& track) {
    const uint64_t step = track.lo >= 1 ? static_cast<uint64_t>(track.lo)
                          : track.hi <= -1 && track.hi != INT64_MIN
                              ? static_cast<uint64_t>(-track.hi)
                              : 0;
    if (step == 0) return Rounds::unbounded();
    const uint64_t width = static_cast<uint64_t>(values.max) - static_cast<uint64_t>(values.min);
    const Rounds by_range = Rounds{width / step + 1, 0, width / step < kMany}.checked();
    if (by_range.bounded && by_range.constant < kDefaultBudget) return by_range;
    // min <= value <= length - past
    if (values.past > kNoPast && values.min > -kFar && values.past < kFar) {
      const int64_t extra = -values.past - values.min;
      const Rounds by_length =
          Rounds{static_cast<uint64_t>(std::max<int64_t>(extra, 0)) / step + 2, 1, true}.checked();
      if (by_length.bounded) return by_length;
    }
    return by_range;
  }

  // Applies a block. False if no run gets to its end.
  bool run_block(uint32_t b, Tracks& tracks) {
    const Block& block = cfg_.blocks[b];
    for (uint32_t i = block.first; i <= block.last(); ++i) {
      if (!insns_[i].reached) return false;
      apply(i, tracks);
    }
    return true;
  }

  void apply(uint32_t index, Tracks& t) const {
    const Instruction& insn = program_.insns[index];
    const OpInfo& op = insn.info();
    switch (op.format) {
      case Format::kAluImm:
      case Format::kAluReg: {
        const uint32_t at = record_.loop_insn_[index];
        t.regs[insn.dst] = at == LoopRecord::kNone ? Track{} : alu(insn, record_.operands_[at], t);
        return;
      }
      case Format::kAluUnary:
      case Format::kLoadImm64: t.regs[insn.dst] = {}; return;
      case Format::kLoad:
      case Format::kLoadAcquire: {
        const AccessFact& access = insns_[index].access;
        Track value;
        if (op.operation != Operation::kLoadSign && access.region == Region::kStack &&
            access.fixed && access.proven) {
          auto slot = t.slots.find(static_cast<int32_t>(access.offset));
          if (slot != t.slots.end() && slot->second.size * 8 == op.bits) value = slot->second.track;
        }
        t.regs[insn.dst] = value;
        return;
      }
      case Format::kStoreImm:
      case Format::kStoreReg:
      case Format::kStoreRelease:
      case Format::kAtomic: store(index, t); return;
      case Format::kCall:
      case Format::kCallTarget:
      case Format::kCallKfunc:
      case Format::kCallReg:
      case Format::kPacketAbs:
      case Format::kPacketInd:
        for (int r = 0; r <= 5; ++r) t.regs[static_cast<size_t>(r)] = {};
        t.slots.clear();
        return;
      case Format::kJump:
      case Format::kJumpLong:
      case Format::kJumpImm:
      case Format::kJumpReg:
      case Format::kExit: return;
    }
  }

  void store(uint32_t index, Tracks& t) const {
    const Instruction& insn = program_.insns[index];
    const OpInfo& op = insn.info();
    const AccessFact& access = insns_[index].access;
    const bool known = access.region == Region::kStack && access.fixed && access.proven;
    if (known) {
      const auto at = static_cast<int32_t>(access.offset), size = op.bits / 8;
      std::erase_if(t.slots, [&](const auto& slot) {
        return slot.first < at + size && at < slot.first + slot.second.size;
      });
      const uint32_t operands = record_.loop_insn_[index];
      if (op.format == Format::kStoreReg && operands != LoopRecord::kNone &&
          t.regs[insn.src].shifted == 0 &&
          (op.bits == 64 || (op.bits == 32 && record_.operands_[operands].src.fits32))) {
        t.slots[at] = {static_cast<uint8_t>(size), t.regs[insn.src]};
      }
    } else if (access.region == Region::kStack || escapes_) {
      t.slots.clear();
    }
    if (op.format != Format::kAtomic) return;
    if (op.operation == Operation::kAtomicCmpxchg) {
      t.regs[0] = {};
    } else if (is_fetch(op.operation)) {
      t.regs[insn.src] = {};
    }
  }

  // The track of dst after `insn`. Values are followed as signed numbers that do not wrap.
  static Track alu(const Instruction& insn, const LoopRecord::Operands& operands, const Tracks& t) {
    const OpInfo& op = insn.info();
    const bool imm = op.format == Format::kAluImm, narrow = op.bits == 32;
    const Track &dst = t.regs[insn.dst], &src = t.regs[insn.src];
    switch (op.operation) {
      case Operation::kMov:
        if (imm || (narrow && (!operands.src.fits32 || src.shifted != 0))) return {};
        return src;
      case Operation::kLsh: {
        if (narrow || !imm || insn.imm != 32 || dst.shifted != 0 ||
            operands.dst.kind != Spread::Kind::kNumber)
          return {};
        Track out = dst;
        if (operands.dst.fits32) out.shifted |= 1;
        if (operands.dst.min >= INT32_MIN && operands.dst.max <= INT32_MAX) out.shifted |= 2;
        return out.shifted != 0 ? out : Track{};
      }
      case Operation::kRsh:
      case Operation::kArsh: {
        const uint8_t way = op.operation == Operation::kRsh ? 1 : 2;
        if (narrow || !imm || insn.imm != 32 || (dst.shifted & way) == 0) return {};
        Track out = dst;
        out.shifted = 0;
        return out;
      }
      case Operation::kAdd:
      case Operation::kSub: break;
      default: return {};
    }
    const bool add = op.operation == Operation::kAdd;
    int64_t lo = insn.imm, hi = insn.imm;
    if (narrow && imm) lo = hi = static_cast<int32_t>(insn.imm);
    if (!imm) {
      const Spread& by = operands.src;
      if (by.kind != Spread::Kind::kNumber || (narrow && !by.fits32) || src.shifted != 0) return {};
      lo = by.min;
      hi = by.max;
    }
    if (!add) {
      if (lo == INT64_MIN) return {};
      const int64_t low = -hi;
      hi = -lo;
      lo = low;
    }
    const Spread& before = operands.dst;
    if (dst.origin == Track::kNowhere || dst.shifted != 0) return {};
    int64_t least, most;
    if (__builtin_add_overflow(before.min, lo, &least) ||
        __builtin_add_overflow(before.max, hi, &most))
      return {};
    switch (before.kind) {
      case Spread::Kind::kNumber:
        if (narrow && (!before.fits32 || least < 0 || most > int64_t{UINT32_MAX})) return {};
        break;
      case Spread::Kind::kData:
      case Spread::Kind::kStack:
        if (narrow || !near(least) || !near(most)) return {};
        break;
      default: return {};
    }
    Track out = dst;
    out.lo = add_saturating(dst.lo, lo);
    out.hi = add_saturating(dst.hi, hi);
    return out;
  }

  const Program& program_;
  const Cfg& cfg_;
  const LoopRecord& record_;
  bool escapes_;
  const std::vector<InsnFacts>& insns_;
  std::vector<Walked> walked_;
  std::vector<Rounds> visits_;       // per block
  std::vector<Rounds> activations_;  // per subprogram
  std::vector<bool> recursive_;
  std::vector<uint32_t> member_;  // block -> mark of the set it is in
  std::vector<bool> cut_fall_through_;
  uint32_t marks_ = 0;
  uint32_t function_ = 0;
  uint64_t work_ = 0;
};

std::vector<LoopFact> bound_loops(const Program& program, const Cfg& cfg, const LoopRecord* record,
                                  bool escapes, std::vector<InsnFacts>& insns) {
  std::vector<Rounds> rounds(program.insns.size(), Rounds::unbounded());
  if (record) rounds = LoopBounds(program, cfg, *record, escapes, insns).run();
  std::vector<LoopFact> facts;
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    if (!insns[i].reached) continue;
    if (!is_back_edge(program, i) && program.insns[i].op != Op::kCallLocal) continue;
    facts.push_back({.insn = i,
                     .bounded = rounds[i].bounded,
                     .rounds = rounds[i].constant,
                     .rounds_per_byte = rounds[i].per_byte});
  }
  // Not paid for: as many as fit under the limits, the cheapest first.
  std::vector<LoopFact*> order;
  for (LoopFact& fact : facts) order.push_back(&fact);
  std::stable_sort(order.begin(), order.end(), [](const LoopFact* a, const LoopFact* b) {
    return a->rounds_per_byte != b->rounds_per_byte ? a->rounds_per_byte < b->rounds_per_byte
                                                    : a->rounds < b->rounds;
  });
  uint64_t total = 0, per_byte = 0;
  for (LoopFact* fact : order) {
    if (!fact->bounded || total + fact->rounds >= kDefaultBudget ||
        per_byte + fact->rounds_per_byte > kMaxRoundsPerByte)
      continue;
    total += fact->rounds;
    per_byte += fact->rounds_per_byte;
    insns[fact->insn].no_budget = true;
  }
  return facts;
}

}  // namespace weir
