// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/strict.h"

#include <linux/bpf.h>

#include <algorithm>

#include <fmt/format.h>

#include "frontend/verifier/step.h"

namespace weir {

namespace {

using Base = Value::Base;

std::optional<Violation> check_reads(const Program& program, uint32_t index,
                                     const AbstractState& state,
                                     const std::vector<RegMask>& arguments, HelperSet helpers) {
  const Instruction& insn = program.insns[index];
  RegMask reads = register_effect(insn, arguments, helpers).reads;
  // What a function's arguments are, it sees when it reads them.
  if (insn.info().format == Format::kCallTarget) return std::nullopt;
  if (insn.info().format == Format::kCallReg) reads = static_cast<RegMask>(1u << insn.dst);
  if (insn.info().format == Format::kExit && state.frames.size() > 1) return std::nullopt;
  for (unsigned r = 0; r < kRegisters; ++r) {
    if ((reads >> r & 1) == 0 || state.top().regs[r].kind != Value::Kind::kUninit) continue;
    // Its arguments behind the format are those that the format names.
    if (insn.info().operation == Operation::kCallHelper && insn.imm == BPF_FUNC_trace_printk &&
        r >= 3 && helpers == HelperSet::kKernel) {
      continue;
    }
    if (insn.info().format == Format::kExit) {
      return Violation{index, "the program ends, but r0 has no value on some path to here",
                       "set r0, the verdict, on every path to exit"};
    }
    const bool argument = r >= 1 && r <= 5;
    return Violation{index, fmt::format("r{} is read, but has no value on some path to here", r),
                     argument ? fmt::format("set r{} before; a call leaves nothing in r1 to r5", r)
                              : fmt::format("set r{} on every path to here", r)};
  }
  return std::nullopt;
}

std::string_view symbol(Operation operation) {
  switch (operation) {
    case Operation::kAdd: return "+=";
    case Operation::kSub: return "-=";
    case Operation::kMul: return "*=";
    case Operation::kDiv:
    case Operation::kSdiv: return "/=";
    case Operation::kMod:
    case Operation::kSmod: return "%=";
    case Operation::kAnd: return "&=";
    case Operation::kOr: return "|=";
    case Operation::kXor: return "^=";
    case Operation::kLsh: return "<<=";
    case Operation::kRsh: return ">>=";
    case Operation::kArsh: return "s>>=";
    default: return "";
  }
}

std::optional<Violation> check_arithmetic(const Program& program, uint32_t index,
                                          const AbstractState& state) {
  const Instruction& insn = program.insns[index];
  const OpInfo& op = insn.info();
  if (op.format != Format::kAluImm && op.format != Format::kAluReg) return std::nullopt;
  const std::string_view name = symbol(op.operation);
  if (name.empty()) return std::nullopt;  // moves
  const Value& dst = state.top().regs[insn.dst];
  const bool from_pointer = op.format == Format::kAluReg && state.top().regs[insn.src].is_pointer();
  if (!dst.is_pointer() && !from_pointer) return std::nullopt;
  const bool add = op.operation == Operation::kAdd, sub = op.operation == Operation::kSub;
  auto violation = [&](std::string what, std::string hint) {
    return Violation{index, std::move(what), std::move(hint)};
  };
  if (dst.is_pointer() && from_pointer) {
    if (sub) return std::nullopt;
    return violation(
        fmt::format("r{} {} r{} has a pointer on both sides", insn.dst, name, insn.src),
        "two pointers can be subtracted and compared, nothing else");
  }
  const unsigned pointer = dst.is_pointer() ? insn.dst : insn.src;
  if (op.bits == 32) {
    if (sub) return std::nullopt;
    return violation(fmt::format("r{} is a pointer, of which 32 bits are no address", pointer),
                     "use 64-bit arithmetic on pointers");
  }
  if (add) return std::nullopt;
  if (sub && !dst.is_pointer()) {
    return violation(fmt::format("a pointer, r{}, is subtracted from a number", insn.src),
                     "subtract the number from the pointer");
  }
  if (sub && dst.is_pointer_to(Base::kStack)) {
    return violation(
        fmt::format("something is subtracted from r{}, a pointer to the stack", insn.dst),
        "add the negative number");
  }
  if (sub) return std::nullopt;
  return violation(fmt::format("{} on a pointer, r{}", name, pointer),
                   "numbers can be added to pointers; compute the number first");
}

std::optional<Violation> check_stack_access(const Program& program, uint32_t index,
                                            const AbstractState& state) {
  const Instruction& insn = program.insns[index];
  if (!is_access(insn)) return std::nullopt;
  const PathAccess access = path_access(state, insn);
  const Value& base = access.base;
  const int64_t size = access.size;
  if (!base.is_pointer_to(Base::kStack) || base.frame >= state.frames.size()) return std::nullopt;
  const uint64_t unknown = base.fixed() ? 0 : base.range.bits.mask;
  const uint64_t value = base.fixed() ? 0 : base.range.bits.value;
  const bool inside =
      !base.fixed() || (base.offset >= -int64_t{kFrameBytes} && base.offset <= -size);
  const auto low = static_cast<uint64_t>(size - 1);
  if (inside && ((unknown | (value + static_cast<uint64_t>(base.offset))) & low) != 0) {
    const std::string place = base.fixed() ? fmt::format("stack{:+}", base.offset)
                                           : std::string("the stack at a variable offset");
    return Violation{
        index, fmt::format("access of {} bytes at {} is not aligned", size, place),
        fmt::format("accesses of {} bytes to the stack need an offset that is a multiple "
                    "of {}",
                    size, size)};
  }
  const bool loads = insn.info().format == Format::kLoad ||
                     insn.info().format == Format::kLoadAcquire ||
                     insn.info().format == Format::kAtomic;
  if (!loads || !base.fixed()) return std::nullopt;
  for (const auto& [offset, slot] : state.frames[base.frame].slots) {
    const bool overlaps = offset < base.offset + size && base.offset < offset + slot.size;
    if (!overlaps || !slot.value.is_pointer() || (offset == base.offset && slot.size == size))
      continue;
    return Violation{
        index,
        fmt::format("{} bytes are read of a pointer that was stored at stack{:+}", size, offset),
        "read all 8 bytes of it at once"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Violation> check_strict(const Program& program, uint32_t insn,
                                      const AbstractState& state,
                                      const std::vector<RegMask>& arguments, HelperSet helpers) {
  if (auto found = check_reads(program, insn, state, arguments, helpers)) return found;
  if (auto found = check_arithmetic(program, insn, state)) return found;
  return check_stack_access(program, insn, state);
}

std::optional<Violation> check_given_back(uint32_t insn, const AbstractState& state) {
  if (state.locked) {
    return Violation{insn, "the program ends with a bpf_spin_lock taken",
                     "call bpf_spin_unlock on every path"};
  }
  if (state.reserved.empty()) return std::nullopt;
  return Violation{insn,
                   fmt::format("the program ends, but the record that instruction {} reserved is "
                               "neither submitted nor discarded",
                               state.reserved.front().insn),
                   "call bpf_ringbuf_submit or bpf_ringbuf_discard on every path"};
}

std::optional<Violation> check_held(uint32_t insn, const AbstractState& state,
                                    const HelperInfo& helper) {
  if (helper.effect == HelperEffect::kUnlocks) {
    if (state.locked) return std::nullopt;
    return Violation{insn, "no bpf_spin_lock is taken here", "call bpf_spin_lock before"};
  }
  if (state.locked) {
    return Violation{insn, fmt::format("{} is called with a bpf_spin_lock taken", helper.name),
                     "between bpf_spin_lock and bpf_spin_unlock nothing can be called"};
  }
  if (helper.effect != HelperEffect::kTailCalls) return std::nullopt;
  return check_given_back(insn, state);
}

std::optional<Violation> find_unreachable(const Cfg& cfg) {
  std::vector<bool> seen(cfg.blocks.size(), false);
  std::vector<uint32_t> work = cfg.entry_block;
  for (uint32_t block : work) seen[block] = true;
  while (!work.empty()) {
    const Block& block = cfg.blocks[work.back()];
    work.pop_back();
    for (int s = 0; s < block.successor_count; ++s) {
      if (seen[block.successors[s]]) continue;
      seen[block.successors[s]] = true;
      work.push_back(block.successors[s]);
    }
  }
  const auto dead = std::find(seen.begin(), seen.end(), false);
  if (dead == seen.end()) return std::nullopt;
  return Violation{cfg.blocks[static_cast<size_t>(dead - seen.begin())].first,
                   "no way through the program leads to this instruction", "remove it"};
}

std::optional<Violation> check_stack_depth(const Program& program,
                                           const std::vector<uint32_t>& frame_bytes) {
  // The kernel rounds each frame up, and counts at least one byte.
  auto bytes = [&](uint32_t f) { return (std::max(frame_bytes[f], 1u) + 15) / 16 * 16; };
  const auto functions = static_cast<uint32_t>(program.subprograms.size());
  std::vector<uint32_t> deepest(functions);  // at and below each function
  for (uint32_t f = 0; f < functions; ++f) deepest[f] = bytes(f);
  // Chains are at most kMaxCallFrames long: whatever nests deeper is refused for that.
  for (uint32_t round = 0; round < kMaxCallFrames; ++round) {
    for (uint32_t i = 0; i < program.insns.size(); ++i) {
      if (program.insns[i].op != Op::kCallLocal) continue;
      const uint32_t caller = program.subprogram_of(i);
      const uint32_t both = bytes(caller) + deepest[program.insns[i].target];
      deepest[caller] = std::max(deepest[caller], both);
    }
  }
  if (deepest[0] <= kFrameBytes) return std::nullopt;
  return Violation{
      0,
      fmt::format("the frames of functions that call each other take {} bytes of stack, "
                  "but there are {}",
                  deepest[0], kFrameBytes),
      "make the frames smaller, or put large data into a map"};
}

}  // namespace weir
