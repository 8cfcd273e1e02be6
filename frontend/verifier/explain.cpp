// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/explain.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "frontend/verifier/abstract_state.h"
#include "frontend/verifier/liveness.h"
#include "runtime/abi/exec_context.h"

namespace weir {

namespace {

bool loads(const Instruction& insn) {
  return insn.info().format == Format::kLoad || insn.info().format == Format::kLoadAcquire;
}
bool aligned_only(const Instruction& insn) {
  const Format format = insn.info().format;
  return format == Format::kAtomic || format == Format::kLoadAcquire ||
         format == Format::kStoreRelease;
}
unsigned base_register(const Instruction& insn) {
  return loads(insn) ? insn.src : insn.dst;
}

// The instruction before `insn`, in the order of the text, that gave a register its value; nothing
// if that is the start of the function.
std::optional<uint32_t> written_at(const Program& program, uint32_t insn, unsigned reg) {
  const Subprogram& function = program.subprograms[program.subprogram_of(insn)];
  const std::vector<RegMask> arguments(program.subprograms.size(), 0);
  for (uint32_t i = insn; i-- > function.first;) {
    const Effect effect = register_effect(program.insns[i], arguments, HelperSet::kNone);
    if ((effect.writes >> reg & 1) != 0) return i;
  }
  return std::nullopt;
}

// What a value was made from: through copies and constants, to the instruction that brought in
// something that is not known.
std::optional<uint32_t> origin(const Program& program, uint32_t insn, unsigned reg) {
  std::optional<uint32_t> found;
  for (int steps = 0; steps < 16; ++steps) {
    const std::optional<uint32_t> at = written_at(program, insn, reg);
    if (!at) return found;
    found = at;
    const Instruction& i = program.insns[*at];
    const Operation operation = i.info().operation;
    if (i.info().format == Format::kAluImm && operation != Operation::kMov) {
      insn = *at;
    } else if (i.info().format == Format::kAluReg) {
      insn = *at;
      reg = i.src;
    } else {
      return found;
    }
  }
  return found;
}

std::string offsets(const AccessReport& report) {
  if (report.min == report.max) return fmt::format("{:+}", report.min);
  return fmt::format(" plus {} to {}", report.min, report.max);
}

struct Words {
  std::string known, hint;
};

// What was touched: by an instruction, or by a helper through an argument.
struct Touch {
  unsigned reg = 0;
  int64_t size = 0;  // bytes; negative: without bound
  bool aligned = false;
  int64_t offset = 0;  // of the instruction
};

Words words_of_number(const Touch& touch, const AccessReport& report) {
  const unsigned reg = touch.reg;
  switch (report.cause) {
    case AccessReport::Cause::kMoved:
      return {fmt::format(
                  "r{}, which pointed into the packet before a helper that moves the packet", reg),
              "load data and data_end from the context again, and compare them again"};
    case AccessReport::Cause::kGone:
      return {fmt::format("r{}, which pointed into the frame of a function that has returned", reg),
              "keep what outlives a function in its caller's frame"};
    default:
      return {fmt::format("r{}, a number and no pointer that is known", reg),
              "take the address from r1 or r10, by adding numbers to it"};
  }
}

// Of the stack, of values of maps and of meta data: so many bytes are there.
Words words_of_block(const Touch& touch, const AccessReport& report, const std::string& place) {
  const bool value = report.region == Region::kMapValue, meta = report.region == Region::kMeta;
  const std::string inside =
      value  ? fmt::format("{}, but a value of the map has {} bytes", place, report.extent)
      : meta ? fmt::format("{}, but only {} bytes of meta data are proven", place, report.extent)
             : fmt::format("{}, but a frame is stack-{} to stack-1", place, kFrameBytes);
  if (meta) {
    return {inside, fmt::format("compare the pointer plus {} with data first, and leave if it is "
                                "beyond",
                                std::max<int64_t>(touch.size, 1))};
  }
  if (touch.aligned && report.bounded &&
      (value ? report.min >= 0 && report.max + touch.size <= report.extent
             : report.min >= -int64_t{kFrameBytes} && report.max + touch.size <= 0)) {
    return {fmt::format("{}, which is not a multiple of {}", place, touch.size),
            fmt::format("atomics need an aligned address: use an offset that is a multiple of {}",
                        touch.size)};
  }
  if (!report.bounded || report.min != report.max) {
    const int64_t room = value ? report.extent - std::max<int64_t>(touch.size, 1) : 63;
    const auto mask = std::bit_floor(static_cast<uint64_t>(std::max<int64_t>(room, 0)) + 1) - 1;
    return {inside, fmt::format("bound the variable offset before it is added, for example with "
                                "r &= {}",
                                mask)};
  }
  return {inside,
          value ? "use an offset that lies in the value" : "use an offset that lies in the frame"};
}

Words words_of_data(const Touch& touch, const AccessReport& report, const std::string& place) {
  const int64_t size = touch.size;
  if (touch.aligned && report.proven >= size && size > 1) {
    return {fmt::format("{}, and the data may start at any address", place),
            "atomics need an aligned address: use them on the stack, or on values of maps"};
  }
  if (report.bounded && report.min < 0) {
    return {fmt::format("{}, which may lie before the data", place),
            "check that the offset is not negative before it is added"};
  }
  if (!report.bounded) {
    return {place,
            "bound the number before it is added, and compare the sum with the end of the data"};
  }
  const std::string enough =
      report.min == report.max
          ? fmt::format("compare the length first, and leave if it is below {}", report.min + size)
          : fmt::format("compare the pointer plus {} with the end of the data first", size);
  if (report.min != report.max && report.max > kMaxPacketOffset) {
    return {fmt::format("{}, which may lie beyond byte {}, where no check counts", place,
                        kMaxPacketOffset),
            fmt::format("bound the number so that the sum stays below {}, then {}",
                        kMaxPacketOffset + 1, enough)};
  }
  if (report.proven > 0) {
    const bool same = report.min == report.max;
    return {fmt::format("{}, but only {} bytes {}", place, report.proven,
                        same ? "are proven" : "of the data are proven, and none from this pointer"),
            same ? fmt::format("a check covers {} bytes, {} are needed: {}", report.proven,
                               report.min + size, enough)
                 : fmt::format("the check is on another pointer or number: {}", enough)};
  }
  return {fmt::format("{}, but nothing is known of the data's length", place), enough};
}

Words words(const Touch& touch, const AccessReport& report) {
  const unsigned reg = touch.reg;
  if (report.region == Region::kNone) return words_of_number(touch, report);
  const std::string place = fmt::format("r{} = {}{}", reg, region_name(report.region),
                                        report.bounded ? offsets(report) : " at an unknown offset");
  switch (report.cause) {
    case AccessReport::Cause::kNull:
      return {fmt::format("r{} = {} or null", reg, region_name(report.region)),
              hint_null_check(reg)};
    case AccessReport::Cause::kReadOnly:
      return {fmt::format("{}, which programs may only read", place),
              hint_read_only(region_name(report.region))};
    case AccessReport::Cause::kSize:
      return {fmt::format("{}, and the size may be 0", place),
              fmt::format("leave if r{} == 0 before the call", reg + 1)};
    case AccessReport::Cause::kEnd:
      return {fmt::format("r{}, made from the end of the data", reg),
              "compare with the end, and go through pointers made from the start"};
    default: break;
  }
  if (touch.size < 0) {
    return {fmt::format("{}, and nothing bounds the size in r{}", place, reg + 1),
            fmt::format("bound r{} before the call, for example with r{} &= 63", reg + 1, reg + 1)};
  }
  switch (report.region) {
    case Region::kContext:
      if (!report.bounded || report.min != report.max || report.min != touch.offset) {
        return {fmt::format("{}, but r{} is the context moved, and fields are read through the "
                            "context itself",
                            place, reg),
                "keep the context as it came in r1, and give the field's offset in the load"};
      }
      return {fmt::format("{}: no field that may be accessed so", place),
              "use a field of the context at its own offset and width; some may only be read"};
    case Region::kSocket:
      return {fmt::format("{}: no field of a socket that may be read so", place),
              "use a field of struct bpf_sock or bpf_tcp_sock at its own offset and width; "
              "skc_lookup_tcp gives less of it than sk_lookup_tcp"};
    case Region::kMap:
      return {fmt::format("r{}, a map, which is no memory", reg), "look a value up, and use that"};
    case Region::kData: return words_of_data(touch, report, place);
    default: return words_of_block(touch, report, place);
  }
}

bool still_open(const AccessReport& report, const Facts& facts) {
  if (report.argument == 0) return !facts.insns[report.insn].access.proven;
  const CallFact* const call = facts.call_at(report.insn);
  if (!call) return false;
  const CallFact::Argument& argument = call->arguments[report.argument - 1];
  return !argument.faults && !(argument.proven && argument.size_proven);
}

std::string verb(const Instruction& insn) {
  if (insn.info().operation == Operation::kStore) return "write";
  return loads(insn) ? "read" : "access";
}

}  // namespace

AccessReport report_of(uint32_t insn, unsigned argument, const Value& base, bool write,
                       const AbstractState& state) {
  using Base = Value::Base;
  using Cause = AccessReport::Cause;
  AccessReport report{
      .insn = insn, .argument = static_cast<uint8_t>(argument), .proven = state.proven_past(0)};
  if (base.is_scalar()) {
    if (base.lost == Value::Lost::kMoved) report.cause = Cause::kMoved;
    if (base.lost == Value::Lost::kGone) report.cause = Cause::kGone;
  }
  if (!base.is_pointer()) return report;
  report.region = fact_of(base, state.depth()).region;
  if (base.base == Base::kMapValue) report.extent = base.extent;
  if (base.base == Base::kMeta) report.extent = state.meta;
  if (base.base == Base::kDataEnd) report.cause = Cause::kEnd;
  if (base.or_null) report.cause = Cause::kNull;
  if (base.read_only && write) report.cause = Cause::kReadOnly;
  constexpr int64_t kFar = int64_t{1} << 40;
  if (base.base == Base::kDataEnd || base.offset < -kFar || base.offset > kFar ||
      (!base.fixed() && (base.range.smin < -kFar || base.range.smax > kFar)))
    return report;
  report.bounded = true;
  report.min = base.offset + (base.fixed() ? 0 : base.range.smin);
  report.max = base.offset + (base.fixed() ? 0 : base.range.smax);
  return report;
}

std::vector<Explanation> explain_accesses(const Program& program, const Facts& facts,
                                          HelperSet helpers) {
  std::vector<Explanation> out;
  // One cause: pointers made at one place, of the same kind, that lack the same.
  std::map<std::tuple<AccessReport::Cause, Region, uint32_t, int64_t, unsigned>, size_t> causes;
  for (const AccessReport& report : facts.reports) {
    if (!still_open(report, facts)) continue;
    const Instruction& insn = program.insns[report.insn];
    const bool access = report.argument == 0;
    const Format format = insn.info().format;
    const Touch touch{.reg = access ? base_register(insn) : report.argument,
                      .size = access ? insn.info().bits / 8 : report.size,
                      .aligned = access && aligned_only(insn),
                      .offset = access ? insn.offset : 0};
    const std::optional<uint32_t> made = origin(program, report.insn, touch.reg);
    const auto key = std::tuple(report.cause, report.region, made.value_or(UINT32_MAX),
                                report.proven, touch.reg);
    auto [it, fresh] = causes.try_emplace(key, out.size());
    if (!fresh) {
      out[it->second].also.push_back(report.insn);
      continue;
    }
    const Words text = words(touch, report);
    Explanation explanation;
    explanation.insn = report.insn;
    explanation.argument = report.argument;
    if (access) {
      explanation.what = fmt::format("{} of {} bytes at {}", verb(insn), touch.size, text.known);
    } else {
      const HelperInfo* const helper =
          format == Format::kCall ? find_helper(helpers, static_cast<uint64_t>(insn.imm)) : nullptr;
      explanation.what = fmt::format(
          "argument {} of {}: {} at {}", report.argument, helper ? helper->name : "the helper",
          touch.size < 0 ? "memory" : fmt::format("{} bytes", touch.size), text.known);
    }
    explanation.lost = comes_from(program, report.insn, touch.reg);
    explanation.hint = text.hint;
    out.push_back(std::move(explanation));
  }
  return out;
}

std::string comes_from(const Program& program, uint32_t insn, unsigned reg) {
  const std::optional<uint32_t> made = origin(program, insn, reg);
  if (!made) return "";
  const Location where = program.locate(*made);
  return fmt::format("the value comes from instruction {}{}", program.insns[*made].slot,
                     where.source_line != 0 ? fmt::format(", line {}", where.source_line) : "");
}

std::string hint_null_check(unsigned reg) {
  return fmt::format("a lookup may give null: leave if r{} == 0 before it is used", reg);
}
std::string hint_argument(unsigned reg, std::string_view wanted) {
  return fmt::format("r{} must be {} when the helper is called", reg, wanted);
}
std::string hint_read_only(std::string_view region) {
  return fmt::format("the {} may be read but not written: copy it to the stack first", region);
}
std::string hint_return_range(int64_t min, int64_t max) {
  return fmt::format("r0 must be {} to {} at exit: set it to a constant on every path", min, max);
}
std::string hint_loop_bound() {
  return "count the rounds in a register, and leave the loop when it reaches a constant";
}

}  // namespace weir
