// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/strict.h"

#include <linux/bpf.h>

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "frontend/verifier/explain.h"
#include "frontend/verifier/step_call.h"
#include "runtime/abi/host_hooks.h"

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
        r >= 3 && has_kernel_helpers(helpers)) {
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

// A dynptr's bytes are no numbers, and one that was reserved must be given back.
std::optional<Violation> check_dynptr_access(uint32_t index, const AbstractState& state,
                                             const Value& base, int64_t size, bool loads) {
  int64_t low = base.offset, high = base.offset + size;
  if (!base.fixed()) {
    low = std::max(base.range.smin, -int64_t{kFrameBytes} * 2) + base.offset;
    high = std::min(base.range.smax, int64_t{kFrameBytes} * 2) + base.offset + size;
  }
  for (const auto& [offset, slot] : state.frames[base.frame].slots) {
    if (!slot.value.is_dynptr() || offset >= high || low >= offset + slot.size) continue;
    if (loads) {
      return Violation{index, fmt::format("the bytes of a dynptr, at stack{:+}, are read", offset),
                       "read what it stands for with bpf_dynptr_read or bpf_dynptr_data"};
    }
    if (slot.value.record != 0) {
      return Violation{
          index, fmt::format("a dynptr that was reserved, at stack{:+}, is overwritten", offset),
          "call bpf_ringbuf_submit_dynptr or bpf_ringbuf_discard_dynptr before"};
    }
  }
  return std::nullopt;
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
  if (auto found = check_dynptr_access(index, state, base, size, loads)) return found;
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

// Shifts by the width or more and divisions by a constant zero: RFC 9669 gives them a meaning, the
// kernel refuses them.
std::optional<Violation> check_immediate(const Program& program, uint32_t index) {
  const Instruction& insn = program.insns[index];
  const OpInfo& op = insn.info();
  if (op.format != Format::kAluImm) return std::nullopt;
  switch (op.operation) {
    case Operation::kLsh:
    case Operation::kRsh:
    case Operation::kArsh:
      if (insn.imm >= 0 && insn.imm < op.bits) return std::nullopt;
      return Violation{index,
                       fmt::format("a number of {} bits is shifted by {}", op.bits, insn.imm),
                       fmt::format("shift by 0 to {}", op.bits - 1)};
    case Operation::kDiv:
    case Operation::kMod:
    case Operation::kSdiv:
    case Operation::kSmod:
      if (insn.imm != 0) return std::nullopt;
      return Violation{index, "division by the constant zero", "divide by something else"};
    default: return std::nullopt;
  }
}

// `what`, and where the register's value came from.
std::string with_origin(std::string what, const Program& program, uint32_t insn, unsigned reg) {
  const std::string from = comes_from(program, insn, reg);
  return from.empty() ? what : what + "; " + from;
}

std::string name_of(const Value& pointer) {
  switch (pointer.base) {
    case Base::kData: return "a pointer into the packet";
    case Base::kDataEnd: return "the end of the packet";
    case Base::kStack: return "a pointer to the stack";
    case Base::kContext: return "the context";
    case Base::kMeta: return "a pointer to the meta data";
    case Base::kMap: return "a map";
    case Base::kMapValue: return pointer.or_null ? "a map's value, or null" : "a map's value";
    case Base::kSocket: return pointer.or_null ? "a socket, or null" : "a socket";
  }
  return "a pointer";
}

// What is added to a pointer, or subtracted: not to every pointer, and not anything.
std::optional<Violation> check_distance(const Program& program, uint32_t index,
                                        const AbstractState& state) {
  const Instruction& insn = program.insns[index];
  const OpInfo& op = insn.info();
  const bool add = op.operation == Operation::kAdd, sub = op.operation == Operation::kSub;
  if (op.bits != 64 || (!add && !sub) ||
      (op.format != Format::kAluImm && op.format != Format::kAluReg))
    return std::nullopt;
  const Value constant = Value::scalar(ScalarRange::constant(static_cast<uint64_t>(insn.imm)));
  const Value& dst = state.top().regs[insn.dst];
  const Value& src = op.format == Format::kAluReg ? state.top().regs[insn.src] : constant;
  const Value &pointer = dst.is_pointer() ? dst : src, &by = dst.is_pointer() ? src : dst;
  if (!pointer.is_pointer() || !by.is_scalar()) return std::nullopt;
  const unsigned reg = dst.is_pointer() ? insn.dst : insn.src;
  const bool stays =
      add && by.range.is_constant() && by.range.constant_value() == 0 && pointer.base == Base::kMap;
  if ((pointer.base == Base::kMap && !stays) || pointer.base == Base::kDataEnd ||
      pointer.base == Base::kSocket || pointer.or_null) {
    return Violation{index, fmt::format("r{} is {}, which cannot be moved", reg, name_of(pointer)),
                     pointer.or_null ? hint_null_check(reg)
                     : pointer.base == Base::kSocket
                         ? std::string("give the field's offset in the load")
                         : std::string("move a copy of the start of the data instead")};
  }
  constexpr int64_t kMost = int64_t{1} << 29;  // the kernel's BPF_MAX_VAR_OFF
  const ScalarRange& range = by.range;
  const std::string text = op.format == Format::kAluReg
                               ? fmt::format("r{} {} r{}", insn.dst, symbol(op.operation), insn.src)
                               : fmt::format("r{} {} {}", insn.dst, symbol(op.operation), insn.imm);
  if (range.is_constant()) {
    const auto value = static_cast<int64_t>(range.constant_value());
    const int64_t sum = pointer.offset + (sub ? -value : value);
    if (value > -kMost && value < kMost && sum > -kMost && sum < kMost) return std::nullopt;
    return Violation{index, fmt::format("{} moves {} too far", text, name_of(pointer)),
                     fmt::format("stay within {} bytes", kMost)};
  }
  if (pointer.base == Base::kContext) {
    return Violation{index, fmt::format("{} moves the context by a variable", text),
                     "fields of the context have fixed places: branch, and read one of them"};
  }
  if (range.smin > -kMost && range.smin < kMost) return std::nullopt;
  const unsigned variable = dst.is_pointer() ? insn.src : insn.dst;
  return Violation{
      index,
      with_origin(fmt::format("{}: r{} has no bound{}", text, variable,
                              range.smax < kMost ? " below: it may be negative" : ""),
                  program, index, variable),
      fmt::format("bound r{} before it is added, for example with r{} &= 63", variable, variable)};
}

std::optional<Violation> check_rights(const Program& program, uint32_t index,
                                      const AbstractState& state) {
  const Instruction& insn = program.insns[index];
  if (!is_access(insn)) return std::nullopt;
  const Format format = insn.info().format;
  const bool loads = format == Format::kLoad || format == Format::kLoadAcquire;
  const bool reads = loads || format == Format::kAtomic;
  const Value& base = state.top().regs[loads ? insn.src : insn.dst];
  const unsigned reg = loads ? insn.src : insn.dst;
  if (base.is_pointer_to(Base::kDataEnd)) {
    return Violation{index, fmt::format("r{} is the end of the data, and nothing is there", reg),
                     "compare with the end, and go through pointers made from the start"};
  }
  const ContextKind kind = state.context;
  const bool keys = kind == ContextKind::kFlowDissector && base.is_pointer_to(Base::kMeta);
  if (!loads && !describe_context(kind).packet_writable && !keys &&
      (base.is_pointer_to(Base::kData) || base.is_pointer_to(Base::kMeta))) {
    return Violation{index,
                     with_origin(fmt::format("r{} points into the packet, which is not to be "
                                             "written at the hook kind '{}'",
                                             reg, context_name(state.context)),
                                 program, index, reg),
                     hint_read_only("packet")};
  }
  if (base.is_pointer_to(Base::kMapValue)) {
    const MapDef& map = program.maps[base.object];
    if (reads && (map.flags & BPF_F_WRONLY_PROG) != 0) {
      return Violation{index,
                       fmt::format("values of the map '{}' may be written but not read by programs",
                                   printable(map.name)),
                       "take BPF_F_WRONLY_PROG off the map, or let the host read it"};
    }
  }
  const bool part = format == Format::kStoreReg && insn.info().bits < 64 &&
                    base.is_pointer_to(Base::kStack) && state.top().regs[insn.src].is_pointer();
  if (part) {
    return Violation{
        index,
        fmt::format("{} bytes of r{}, a pointer, are stored", insn.info().bits / 8, insn.src),
        "store all 8 bytes of it at once"};
  }
  return std::nullopt;
}

std::string text_of(const ScalarRange& range) {
  if (range.is_constant()) return fmt::format("{}", static_cast<int64_t>(range.constant_value()));
  if (range.smin == INT64_MIN && range.smax == INT64_MAX) return "any number";
  return fmt::format("{} to {}", range.smin, range.smax);
}

// What the kernel lets a program return: check_return_code(). Nothing: anything.
std::optional<ResultRange> verdicts_of(ContextKind kind, std::string_view section) {
  if (section.starts_with('?')) section.remove_prefix(1);
  switch (kind) {
    // On the way out bit 1 says that the network is congested.
    case ContextKind::kCgroupSkb:
      return section.starts_with("cgroup_skb/egress") ? ResultRange{0, 3} : ResultRange{0, 1};
    case ContextKind::kCgroupSockAddr:
      // Bit 1: do not ask for CAP_NET_BIND_SERVICE.
      if (section.starts_with("cgroup/bind")) return ResultRange{0, 3};
      if (section.starts_with("cgroup/recvmsg") || section.starts_with("cgroup/get"))
        return ResultRange{1, 1};
      return ResultRange{0, 1};
    case ContextKind::kCgroupSock:
    case ContextKind::kCgroupSockopt:
    case ContextKind::kCgroupSysctl:
    case ContextKind::kCgroupDevice:
    case ContextKind::kSockOps:
    case ContextKind::kSkLookup: return ResultRange{0, 1};
    case ContextKind::kTracing:
      if (section.starts_with("fentry") || section.starts_with("fexit")) return ResultRange{0, 0};
      return std::nullopt;
    default: return describe_context(kind).result;  // a host says what its hook takes
  }
}

std::optional<Violation> check_result(const Program& program, uint32_t index,
                                      const AbstractState& state) {
  if (program.insns[index].info().format != Format::kExit || state.frames.size() > 1)
    return std::nullopt;
  const auto verdicts = verdicts_of(state.context, program.section);
  if (!verdicts) return std::nullopt;
  const auto [least, most] = *verdicts;
  const Value& r0 = state.top().regs[0];
  if (r0.is_scalar() && r0.range.smin >= least && r0.range.smax <= most) return std::nullopt;
  return Violation{
      index,
      with_origin(fmt::format("r0, the verdict, is {}, but must be {} to {}",
                              r0.is_scalar() ? text_of(r0.range) : name_of(r0), least, most),
                  program, index, 0),
      hint_return_range(least, most)};
}

// Instructions that the kernel has at fewer hooks, or not at all.
std::optional<Violation> check_offered(const Program& program, uint32_t index,
                                       const AbstractState& state) {
  const Instruction& insn = program.insns[index];
  const OpInfo& op = insn.info();
  if (context_shape(state.context) != ContextShape::kPacket) return std::nullopt;
  if (op.operation == Operation::kPacketLoad) {
    if (state.context != ContextKind::kSocketFilter && state.context != ContextKind::kSchedCls &&
        state.context != ContextKind::kSchedAct) {
      return Violation{index,
                       fmt::format("{} is a legacy packet load, which the hook kind '{}' does not "
                                   "have in the kernel",
                                   op.name, context_name(state.context)),
                       "read the bytes through the pointers of the context"};
    }
    const Value& r6 = state.top().regs[6];
    if (r6.is_pointer_to(Base::kContext) && r6.fixed() && r6.offset == 0) return std::nullopt;
    return Violation{index, "a legacy packet load takes the context in r6, which is not there",
                     "keep the context in r6: r6 = r1 at the start of the program"};
  }
  if (op.format == Format::kCallReg) {
    return Violation{index, "the kernel has no calls through a register",
                     "branch on the number, and call each function by its name"};
  }
  return std::nullopt;
}

// The kernel's pkt_access: whether it lets a helper have bytes of the packet.
bool takes_packet(const HelperInfo& helper) {
  switch (helper.number) {
    case BPF_FUNC_map_lookup_elem:
    case BPF_FUNC_map_update_elem:
    case BPF_FUNC_map_delete_elem:
    case BPF_FUNC_map_push_elem:
    case BPF_FUNC_map_lookup_percpu_elem:
    case BPF_FUNC_csum_diff:
    case BPF_FUNC_sk_lookup_tcp:
    case BPF_FUNC_sk_lookup_udp:
    case BPF_FUNC_skc_lookup_tcp:
    case BPF_FUNC_tcp_check_syncookie:
    case BPF_FUNC_tcp_gen_syncookie: return true;
    default: return false;
  }
}

std::optional<Violation> check_packet_arguments(const Program& program, uint32_t index,
                                                const AbstractState& state, HelperSet helpers) {
  const Instruction& insn = program.insns[index];
  if (insn.info().operation != Operation::kCallHelper) return std::nullopt;
  // A host's own data are its own to hand out.
  if (context_shape(state.context) != ContextShape::kPacket || is_host_context(state.context))
    return std::nullopt;
  const HelperInfo* helper = find_helper(helpers, static_cast<uint64_t>(insn.imm));
  if (!helper || helper->set != HelperSet::kKernel || takes_packet(*helper)) return std::nullopt;
  for (unsigned i = 0; i < helper->argument_count; ++i) {
    CallFact fact;
    describe_argument(*helper, i, nullptr, fact);
    const Value& v = state.top().regs[i + 1];
    const bool packet = v.is_pointer_to(Base::kData) || v.is_pointer_to(Base::kMeta);
    if (!packet || !fact.arguments[i].memory || fact.arguments[i].faults) continue;
    return Violation{index,
                     fmt::format("argument {} of {} is in the packet, where the kernel lets it "
                                 "touch nothing",
                                 i + 1, helper->name),
                     "copy the bytes to the stack, or to a value of a map"};
  }
  return std::nullopt;
}

// Which helper may be called with which kind of map, and which may change it.
std::optional<Violation> check_map_call(const Program& program, uint32_t index,
                                        const AbstractState& state, HelperSet helpers) {
  const Instruction& insn = program.insns[index];
  if (insn.info().operation != Operation::kCallHelper) return std::nullopt;
  const HelperInfo* helper = find_helper(helpers, static_cast<uint64_t>(insn.imm));
  const Value& v = state.top().regs[1];
  if (!helper || helper->set != HelperSet::kKernel ||
      helper->arguments[0] != HelperArgument::kMap || !v.is_pointer_to(Base::kMap))
    return std::nullopt;
  const MapDef& map = program.maps[v.object];
  const bool push = helper->number == BPF_FUNC_map_push_elem;
  const bool queued =
      push || helper->number == BPF_FUNC_map_pop_elem || helper->number == BPF_FUNC_map_peek_elem;
  const bool keyed = helper->number == BPF_FUNC_map_lookup_elem ||
                     helper->number == BPF_FUNC_map_update_elem ||
                     helper->number == BPF_FUNC_map_delete_elem;
  const bool queue = map.type == BPF_MAP_TYPE_QUEUE || map.type == BPF_MAP_TYPE_STACK;
  const bool bloom = map.type == BPF_MAP_TYPE_BLOOM_FILTER;
  if ((queued && !queue && !bloom) || (keyed && (queue || bloom))) {
    return Violation{index,
                     fmt::format("{} cannot be called with the map '{}', which is {}a queue, a "
                                 "stack or a bloom filter",
                                 helper->name, printable(map.name), queued ? "not " : ""),
                     queued ? "use map_lookup_elem and map_update_elem"
                            : "use map_push_elem, map_pop_elem and map_peek_elem"};
  }
  const bool changes = push || helper->number == BPF_FUNC_map_pop_elem ||
                       helper->number == BPF_FUNC_map_update_elem ||
                       helper->number == BPF_FUNC_map_delete_elem;
  if (changes && (map.flags & BPF_F_RDONLY_PROG) != 0) {
    return Violation{index,
                     fmt::format("{} changes the map '{}', which is read-only for programs",
                                 helper->name, printable(map.name)),
                     "take BPF_F_RDONLY_PROG off the map, or let the host change it"};
  }
  return std::nullopt;
}

std::optional<Violation> check_lock_word(const Program& program, uint32_t insn,
                                         const AbstractState& state) {
  if (!is_access(program.insns[insn])) return std::nullopt;
  const PathAccess access = path_access(state, program.insns[insn]);
  if (!access.is_pointer || !may_touch_lock(access.base, static_cast<int64_t>(access.size)))
    return std::nullopt;
  return Violation{insn, "the bpf_spin_lock in a value is not for programs to read or write",
                   "leave its four bytes to bpf_spin_lock() and bpf_spin_unlock()"};
}

}  // namespace

std::optional<Violation> check_strict(const Program& program, uint32_t insn,
                                      const AbstractState& state,
                                      const std::vector<RegMask>& arguments, HelperSet helpers) {
  if (auto found = check_offered(program, insn, state)) return found;
  if (auto found = check_reads(program, insn, state, arguments, helpers)) return found;
  if (auto found = check_immediate(program, insn)) return found;
  if (auto found = check_arithmetic(program, insn, state)) return found;
  if (auto found = check_distance(program, insn, state)) return found;
  if (auto found = check_rights(program, insn, state)) return found;
  if (auto found = check_map_call(program, insn, state, helpers)) return found;
  if (auto found = check_packet_arguments(program, insn, state, helpers)) return found;
  if (auto found = check_result(program, insn, state)) return found;
  if (auto found = check_lock_word(program, insn, state)) return found;
  return check_stack_access(program, insn, state);
}

Violation mixed_context(uint32_t insn) {
  return {insn, "the same instruction reads the context on one way and other memory on another",
          "read each of them with an instruction of its own"};
}

std::optional<Violation> check_given_back(uint32_t insn, const AbstractState& state) {
  if (state.locked) {
    return Violation{insn, "the program ends with a bpf_spin_lock taken",
                     "call bpf_spin_unlock on every path"};
  }
  if (state.reserved.empty()) return std::nullopt;
  if (state.reserved.front().socket) {
    return Violation{
        insn,
        fmt::format("the program ends, but the socket that instruction {} looked up is "
                    "not released",
                    state.reserved.front().insn),
        "call bpf_sk_release on every path on which it is not null"};
  }
  return Violation{insn,
                   fmt::format("the program ends, but the record that instruction {} reserved is "
                               "neither submitted nor discarded",
                               state.reserved.front().insn),
                   "submit or discard it on every path; a dynptr also where reserving failed"};
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

std::optional<Violation> check_callback_call(uint32_t insn, const AbstractState& state,
                                             const HelperInfo& helper) {
  for (unsigned r = 1; r <= helper.argument_count; ++r) {
    if (state.top().regs[r].kind != Value::Kind::kUninit) continue;
    return Violation{insn, fmt::format("r{} is read, but has no value on some path to here", r),
                     fmt::format("set r{} before; a call leaves nothing in r1 to r5", r)};
  }
  return std::nullopt;
}

std::optional<Violation> check_callback_result(const Program& program, uint32_t insn,
                                               const AbstractState& state) {
  const Value& r0 = state.top().regs[0];
  if (r0.is_scalar() && r0.range.umax <= 1) return std::nullopt;
  const std::string known = r0.kind == Value::Kind::kUninit ? std::string("nothing")
                            : r0.is_scalar()                ? text_of(r0.range)
                                                            : name_of(r0);
  return Violation{insn,
                   with_origin(fmt::format("r0, with which a helper goes on, is {}, but must be 0 "
                                           "(go on) or 1 (stop)",
                                           known),
                               program, insn, 0),
                   hint_return_range(0, 1)};
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

bool bounded_by_may_goto(const Program& program, const Cfg& cfg, uint32_t insn) {
  const uint32_t goal = cfg.block_of[insn];
  std::vector<bool> seen(cfg.blocks.size(), false);
  std::vector<uint32_t> work{cfg.block_of[program.insns[insn].target]};
  while (!work.empty()) {
    const uint32_t b = work.back();
    work.pop_back();
    if (seen[b]) continue;
    seen[b] = true;
    const Block& block = cfg.blocks[b];
    const uint32_t last = block.first + block.count - 1;
    const Instruction& end = program.insns[last];
    if (end.info().operation == Operation::kMayGoto && end.target > last) {
      // It goes on only so often; after that it jumps, each time that a way comes here again.
      work.push_back(cfg.block_of[end.target]);
      continue;
    }
    if (b == goal) return false;
    for (int s = 0; s < block.successor_count; ++s) work.push_back(block.successors[s]);
  }
  return true;
}

std::optional<Violation> check_stack_depth(const Program& program,
                                           const std::vector<FrameFact>& frames, size_t own) {
  // The kernel rounds each frame up, and counts at least one byte.
  auto bytes = [&](uint32_t f) {
    return f < own ? (std::max(frames[f].bytes, 1u) + 15) / 16 * 16 : 0;
  };
  const auto functions = static_cast<uint32_t>(program.subprograms.size());
  std::vector<uint32_t> deepest(functions);  // at and below each function
  for (uint32_t f = 0; f < functions; ++f) deepest[f] = bytes(f);
  // Chains are at most kMaxNativeFrames long: whatever nests deeper is refused for that.
  for (uint32_t round = 0; round < kMaxNativeFrames; ++round) {
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
