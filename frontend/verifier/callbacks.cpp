// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two steps: find out which functions and maps each register may name just before each call, from
// the instructions alone (compilers load a function's address right where it is handed over); then
// write the function that the call stands for.
#include "frontend/verifier/callbacks.h"

#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include "frontend/isa/cfg.h"
#include "frontend/verifier/liveness.h"
#include "runtime/abi/exec_context.h"

namespace weir {

namespace {

// What a register names on the ways that lead somewhere: nothing yet, these functions or maps, or
// something else.
struct Names {
  bool other = false;
  std::vector<uint32_t> functions, maps;  // ascending

  static Names unknown() { return {.other = true, .functions = {}, .maps = {}}; }
  bool only_functions() const { return !other && maps.empty() && !functions.empty(); }
  bool only_maps() const { return !other && functions.empty() && !maps.empty(); }

  // True if it grew.
  bool add(const Names& more) {
    if (other) return false;
    const Names before = *this;
    other = more.other;
    auto unite = [](std::vector<uint32_t>& into, const std::vector<uint32_t>& from) {
      std::vector<uint32_t> all;
      std::set_union(into.begin(), into.end(), from.begin(), from.end(), std::back_inserter(all));
      into = std::move(all);
    };
    unite(functions, more.functions);
    unite(maps, more.maps);
    if (functions.size() + maps.size() > kMost) other = true;
    if (other) functions.clear(), maps.clear();
    return other != before.other || functions != before.functions || maps != before.maps;
  }

 private:
  static constexpr size_t kMost = 64;  // bounds the work
};

using Registers = std::array<Names, kRegisters>;

void apply(Registers& regs, const Instruction& insn, HelperSet helpers) {
  static const std::vector<RegMask> kNoArguments;
  if (insn.op == Op::kMov64Reg) {
    regs[insn.dst] = Names(regs[insn.src]);
    return;
  }
  const Effect effect = register_effect(insn, kNoArguments, helpers);
  for (unsigned r = 0; r < kRegisters; ++r) {
    if ((effect.writes >> r & 1) != 0) regs[r] = Names::unknown();
  }
  if (insn.op == Op::kLddwFunc)
    regs[insn.dst] = {.other = false, .functions = {insn.target}, .maps = {}};
  if (insn.info().operation == Operation::kLoadMap)
    regs[insn.dst] = {.other = false, .functions = {}, .maps = {insn.target}};
}

// At the start of each block.
std::vector<Registers> follow(const Program& program, const Cfg& cfg, HelperSet helpers) {
  std::vector<Registers> at(cfg.blocks.size());
  std::vector<uint32_t> work;
  for (const uint32_t entry : cfg.entry_block) {
    at[entry].fill(Names::unknown());
    work.push_back(entry);
  }
  while (!work.empty()) {
    const uint32_t b = work.back();
    work.pop_back();
    const Block& block = cfg.blocks[b];
    Registers regs = at[b];
    for (uint32_t i = block.first; i <= block.last(); ++i) apply(regs, program.insns[i], helpers);
    for (int s = 0; s < block.successor_count; ++s) {
      const uint32_t next = block.successors[s];
      bool grew = false;
      for (unsigned r = 0; r < kRegisters; ++r) grew |= at[next][r].add(regs[r]);
      if (grew) work.push_back(next);
    }
  }
  return at;
}

// One function in the making. Jumps name labels, which are numbers.
class Writer {
 public:
  explicit Writer(Program& program)
      : program_(program), first_(static_cast<uint32_t>(program.insns.size())) {
    slot_ = program.insns.back().slot + program.insns.back().info().slots();
  }

  void move(uint8_t dst, uint8_t src) { add({.op = Op::kMov64Reg, .dst = dst, .src = src}); }
  void set(uint8_t dst, int64_t imm) { add({.op = Op::kMov64Imm, .dst = dst, .imm = imm}); }
  void add_to(uint8_t dst, int64_t imm) { add({.op = Op::kAdd64Imm, .dst = dst, .imm = imm}); }
  void cut(uint8_t dst, uint8_t src) { add({.op = Op::kMov32Reg, .dst = dst, .src = src}); }
  void function(uint8_t dst, uint32_t sub) {
    add({.op = Op::kLddwFunc, .dst = dst, .target = sub});
  }
  void jump(uint32_t label) { jump_to({.op = Op::kJa}, label); }
  void jump_if(Op op, uint8_t dst, int64_t imm, uint32_t label) {
    jump_to({.op = op, .dst = dst, .imm = imm}, label);
  }
  void jump_if_regs(Op op, uint8_t dst, uint8_t src, uint32_t label) {
    jump_to({.op = op, .dst = dst, .src = src}, label);
  }
  void call(uint32_t sub) { add({.op = Op::kCallLocal, .src = 1, .target = sub}); }
  void call_helper(uint32_t number) { add({.op = Op::kCallHelper, .imm = number}); }
  void end() { add({.op = Op::kExit}); }
  void leave(int64_t result) {
    set(0, result);
    end();
  }

  uint32_t label() {
    labels_.push_back(0);
    return static_cast<uint32_t>(labels_.size() - 1);
  }
  void place(uint32_t label) { labels_[label] = here(); }

  // Becomes the program's last function.
  void finish(std::string name, const LineInfo* line) {
    for (const auto& [insn, label] : jumps_) {
      Instruction& jump = program_.insns[insn];
      jump.target = labels_[label];
      jump.offset =
          static_cast<int16_t>(int64_t{program_.insns[jump.target].slot} - int64_t{jump.slot} - 1);
    }
    program_.subprograms.push_back({std::move(name), first_, here() - first_});
    if (line == nullptr) return;
    LineInfo copy = *line;
    copy.insn = first_;
    program_.lines.push_back(std::move(copy));
  }

 private:
  uint32_t here() const { return static_cast<uint32_t>(program_.insns.size()); }
  void add(Instruction insn) {
    insn.slot = slot_;
    slot_ += insn.info().slots();
    program_.insns.push_back(insn);
  }
  void jump_to(Instruction insn, uint32_t label) {
    jumps_.emplace_back(here(), label);
    add(insn);
  }

  Program& program_;
  const uint32_t first_;
  uint32_t slot_ = 0;
  std::vector<uint32_t> labels_;
  std::vector<std::pair<uint32_t, uint32_t>> jumps_;
};

// Calls the function that r8 names, with the other arguments in place.
void call_back(Writer& w, const std::vector<uint32_t>& functions) {
  const uint32_t done = w.label();
  for (size_t i = 0; i < functions.size(); ++i) {
    const uint32_t other = w.label();
    if (i + 1 < functions.size()) {
      w.function(5, functions[i]);
      w.jump_if_regs(Op::kJne64Reg, 8, 5, other);
    }
    w.set(5, 0);
    w.call(functions[i]);
    if (i + 1 < functions.size()) w.jump(done);
    w.place(other);
  }
  w.place(done);
}

// long bpf_loop(u32 nr_loops, void *callback, void *ctx, u64 flags): callback(index, ctx) until it
// gives something else than 0; how often it was called.
void write_loop(Writer& w, const std::vector<uint32_t>& functions) {
  const uint32_t round = w.label(), done = w.label(), invalid = w.label(), too_many = w.label();
  w.jump_if(Op::kJne64Imm, 4, 0, invalid);
  w.cut(6, 1);
  w.jump_if(Op::kJgt64Imm, 6, kMaxLoopRounds, too_many);
  if (functions.size() > 1) w.move(8, 2);
  w.move(9, 3);
  w.set(7, 0);
  w.place(round);
  w.jump_if_regs(Op::kJge64Reg, 7, 6, done);
  w.move(1, 7);
  w.move(2, 9);
  w.set(3, 0);
  w.set(4, 0);
  w.add_to(7, 1);
  call_back(w, functions);
  w.jump_if(Op::kJeq64Imm, 0, 0, round);
  w.place(done);
  w.move(0, 7);
  w.end();
  w.place(invalid);
  w.leave(-EINVAL);
  w.place(too_many);
  w.leave(-E2BIG);
}

// long bpf_for_each_map_elem(struct bpf_map *map, void *callback, void *ctx, u64 flags):
// callback(map, key, value, ctx) for each entry until it gives something else than 0; how often it
// was called. The key is a copy in the frame, below the walk's cursor. `entries`: of the map, where
// that is known, else 0.
void write_for_each(Writer& w, const std::vector<uint32_t>& functions, uint32_t key_room,
                    uint32_t entries) {
  const uint32_t round = w.label(), done = w.label(), invalid = w.label();
  const int64_t cursor = -int64_t{kMapCursorBytes}, key = cursor - int64_t{key_room};
  w.jump_if(Op::kJne64Imm, 4, 0, invalid);
  w.set(6, 0);
  w.move(7, 1);
  if (functions.size() > 1) w.move(8, 2);
  w.move(9, 3);
  w.place(round);
  // There are no more: what bounds the loop.
  if (entries != 0 && entries <= INT32_MAX) w.jump_if(Op::kJge64Imm, 6, entries, done);
  w.move(1, 7);
  w.move(2, kFrameReg);
  w.add_to(2, cursor);
  w.move(3, kFrameReg);
  w.add_to(3, key);
  w.call_helper(kMapAdvanceHelper);
  w.jump_if(Op::kJeq64Imm, 0, 0, done);
  w.move(1, 7);
  w.move(2, kFrameReg);
  w.add_to(2, key);
  w.move(3, 0);
  w.move(4, 9);
  w.add_to(6, 1);
  call_back(w, functions);
  w.jump_if(Op::kJeq64Imm, 0, 0, round);
  w.place(done);
  w.move(0, 6);
  w.end();
  w.place(invalid);
  w.leave(-EINVAL);
}

// Of the maps that a register may name; of all, where that is not known.
uint32_t largest_key(const Program& program, const Names& names) {
  uint32_t most = 4;
  if (names.only_maps()) {
    for (const uint32_t map : names.maps) most = std::max(most, program.maps[map].key_size);
    return most;
  }
  for (const MapDef& map : program.maps) {
    most = std::max(most, map.key_size);
    for (const MapDef& inner : map.inner) most = std::max(most, inner.key_size);
  }
  return most;
}

class Expander {
 public:
  Expander(const Program& program, HelperSet helpers)
      : source_(program), helpers_(helpers), cfg_(build_cfg(program)) {
    at_ = follow(program, cfg_, helpers);
    out_.program = program;
  }

  ExpandedProgram run() {
    for (size_t b = 0; b < cfg_.blocks.size(); ++b) {
      const Block& block = cfg_.blocks[b];
      Registers regs = at_[b];
      for (uint32_t i = block.first; i <= block.last(); ++i) {
        expand(i, regs);
        apply(regs, source_.insns[i], helpers_);
      }
    }
    return std::move(out_);
  }

 private:
  void expand(uint32_t index, const Registers& regs) {
    const Instruction& insn = source_.insns[index];
    if (insn.info().operation != Operation::kCallHelper) return;
    const HelperInfo* helper = find_helper(helpers_, static_cast<uint64_t>(insn.imm));
    if (!helper || helper->effect != HelperEffect::kCallsBack) return;
    const Names& function = regs[2];
    if (!function.only_functions()) return;
    const bool loop = helper->number == BPF_FUNC_loop;
    // What a frame has no room for stays a call, and is refused.
    const uint32_t key_room = (largest_key(source_, regs[1]) + 7) & ~7u;
    static_assert(kMaxWalkedKey + kMapCursorBytes == kFrameBytes);
    if (!loop && key_room > kMaxWalkedKey) return;

    Writer writer(out_.program);
    if (loop) {
      write_loop(writer, function.functions);
    } else {
      uint32_t entries = 0;
      if (regs[1].only_maps()) {
        for (const uint32_t map : regs[1].maps)
          entries = std::max(entries, source_.maps[map].max_entries);
      }
      write_for_each(writer, function.functions, key_room, entries);
    }
    writer.finish("bpf_" + std::string(helper->name), source_.line_of(index));
    const auto made = static_cast<uint32_t>(out_.program.subprograms.size() - 1);
    Instruction& call = out_.program.insns[index];
    call = {.op = Op::kCallLocal, .src = 1, .slot = insn.slot, .target = made};
    out_.sites.push_back({.insn = index,
                          .helper = helper,
                          .made = made,
                          .argument_count = static_cast<uint8_t>(loop ? 2 : 4)});
  }

  const Program& source_;
  const HelperSet helpers_;
  const Cfg cfg_;
  std::vector<Registers> at_;
  ExpandedProgram out_;
};

bool calls_back(const Program& program, HelperSet helpers) {
  return std::ranges::any_of(program.insns, [&](const Instruction& insn) {
    if (insn.info().operation != Operation::kCallHelper) return false;
    const HelperInfo* helper = find_helper(helpers, static_cast<uint64_t>(insn.imm));
    return helper && helper->effect == HelperEffect::kCallsBack;
  });
}

}  // namespace

const CallbackSite* ExpandedProgram::site_of(uint32_t subprogram) const {
  if (sites.empty() || subprogram < sites.front().made) return nullptr;
  return &sites[subprogram - sites.front().made];
}

std::optional<ExpandedProgram> expand_callbacks(const Program& program, HelperSet helpers) {
  if (!has_kernel_helpers(helpers) || !calls_back(program, helpers)) return std::nullopt;
  return Expander(program, helpers).run();
}

uint32_t source_instruction(const Program& program, HelperSet helpers, uint32_t insn) {
  if (insn < program.insns.size()) return insn;
  const auto expanded = expand_callbacks(program, helpers);
  if (!expanded || insn >= expanded->program.insns.size()) return insn;
  const CallbackSite* site = expanded->site_of(expanded->program.subprogram_of(insn));
  return site ? site->insn : insn;
}

}  // namespace weir
