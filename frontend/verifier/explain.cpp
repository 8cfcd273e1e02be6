// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/explain.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include <fmt/format.h>

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

Words words(const Instruction& insn, const AccessReport& report) {
  const unsigned reg = base_register(insn);
  const int64_t size = insn.info().bits / 8;
  if (report.region == Region::kNone) {
    return {fmt::format("r{}, a number and no pointer that is known", reg),
            "take the address from r1 or r10, by adding numbers to it"};
  }
  const std::string place = fmt::format("r{} = {}{}", reg, region_name(report.region),
                                        report.bounded ? offsets(report) : " at an unknown offset");
  if (report.region != Region::kData) {
    const std::string inside =
        fmt::format("{}, but a frame is stack-{} to stack-1", place, kFrameBytes);
    if (!report.bounded || report.min != report.max) {
      return {inside, fmt::format("bound the variable offset before it is added, for example "
                                  "with r &= {}",
                                  std::max<int64_t>(63, size - 1))};
    }
    return {inside, "use an offset that lies in the frame"};
  }
  if (aligned_only(insn) && report.proven >= size && size > 1) {
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

}  // namespace

std::vector<Explanation> explain_accesses(const Program& program, const Facts& facts) {
  std::vector<Explanation> out;
  // One cause: pointers made at one place, of the same kind, that lack the same.
  std::map<std::tuple<Region, uint32_t, int64_t, unsigned>, size_t> causes;
  for (const AccessReport& report : facts.reports) {
    if (facts.insns[report.insn].access.proven) continue;
    const Instruction& insn = program.insns[report.insn];
    const unsigned reg = base_register(insn);
    const std::optional<uint32_t> made = origin(program, report.insn, reg);
    const auto key = std::tuple(report.region, made.value_or(UINT32_MAX), report.proven, reg);
    auto [it, fresh] = causes.try_emplace(key, out.size());
    if (!fresh) {
      out[it->second].also.push_back(report.insn);
      continue;
    }
    const Words text = words(insn, report);
    const bool writes = insn.info().operation == Operation::kStore;
    Explanation explanation;
    explanation.insn = report.insn;
    explanation.what = fmt::format("{} of {} bytes at {}",
                                   writes        ? "write"
                                   : loads(insn) ? "read"
                                                 : "access",
                                   insn.info().bits / 8, text.known);
    if (made) {
      const Location where = program.locate(*made);
      explanation.lost =
          fmt::format("the value comes from instruction {}{}", program.insns[*made].slot,
                      where.source_line != 0 ? fmt::format(", line {}", where.source_line) : "");
    }
    explanation.hint = text.hint;
    out.push_back(std::move(explanation));
  }
  return out;
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
