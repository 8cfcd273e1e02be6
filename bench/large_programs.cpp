// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/large_programs.h"

#include <linux/bpf.h>

#include <string>

#include <fmt/format.h>

#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "measure/random.h"

namespace weir::bench {

using namespace measure;

namespace {

// Conditional jumps reach 32,767 instructions: exits lie close by.
constexpr std::string_view kStart =
    "r9 = r1\n"
    "r2 = *(u32 *)(r1 + 0)\n"
    "r3 = *(u32 *)(r1 + 4)\n"
    "r5 = *(u32 *)(r1 + 12)\n"
    "r4 = r2\n"
    "r4 += 512\n"
    "r0 = 2\n"
    "if r4 <= r3 goto begin\n"
    "exit\n"
    "begin:\n";

Result<Program> program_of(const std::string& text, std::string name) {
  WEIR_TRY(const AssembledText assembled, assemble(text, "generated", Dialect::kKernel));
  WEIR_TRY(std::vector<Instruction> insns, decode(assembled.bytes));
  MapDef map;
  map.name = "flows";
  map.type = BPF_MAP_TYPE_HASH;
  map.key_size = 4;
  map.value_size = 64;
  map.max_entries = 16;
  WEIR_TRY(Program program, make_program(std::move(insns), std::move(name), {map}));
  program.section = "xdp";
  return program;
}

// A body of so many instructions per round, repeated until the program is large enough.
template <class Body>
Result<Program> repeat(std::string name, size_t instructions, size_t each, Body body) {
  Random random(instructions);
  std::string text(kStart);
  for (size_t i = 0, count = 12; count + each < instructions; ++i, count += each)
    text += body(i, random);
  text += "exit\n";
  return program_of(text, std::move(name));
}

Result<Program> straight(size_t instructions) {
  return repeat("straight", instructions, 4, [](size_t, Random& random) {
    return fmt::format("r6 = *(u{} *)(r2 + {})\nr6 *= {}\nr7 = r6\nr0 += r7\n",
                       8 << random.below(3), random.below(508), 3 + random.below(100));
  });
}

Result<Program> spills(size_t instructions) {
  return repeat("spills", instructions, 4, [](size_t, Random& random) {
    return fmt::format(
        "r6 = *(u32 *)(r2 + {})\n*(u64 *)(r10 - {}) = r6\nr7 = *(u64 *)(r10 - {})\nr0 ^= r7\n",
        random.below(508), 8 + 8 * random.below(40), 8 + 8 * random.below(40));
  });
}

Result<Program> headers(size_t instructions) {
  return repeat("headers", instructions, 10, [](size_t i, Random& random) {
    return fmt::format(
        "r6 = *(u8 *)(r2 + {0})\nr6 &= 15\nr6 <<= 2\nr7 = r2\nr7 += r6\nr8 = r7\nr8 += 20\n"
        "if r8 > r3 goto skip{1}\nr8 = *(u16 *)(r7 + 18)\nr0 += r8\nskip{1}:\n",
        random.below(508), i);
  });
}

Result<Program> joins(size_t instructions) {
  return repeat("joins", instructions, 5, [](size_t i, Random& random) {
    return fmt::format(
        "r6 = *(u32 *)(r2 + {0})\nif r6 > {1} goto other{2}\nr0 += 1\ngoto join{2}\n"
        "other{2}:\nr0 ^= r6\njoin{2}:\n",
        random.below(508), random.below(1000), i);
  });
}

// Each step doubles the states: what was found stays in one of 60 slots, as a constant.
Result<Program> doubling(size_t instructions) {
  return repeat("doubling", instructions, 5, [](size_t i, Random& random) {
    return fmt::format(
        "r6 = *(u32 *)(r2 + {0})\n*(u64 *)(r10 - {3}) = 0\nif r6 > {1} goto other{2}\n"
        "*(u64 *)(r10 - {3}) = 1\nother{2}:\nr0 += 1\n",
        random.below(508), random.below(1000), i, 8 + 8 * (i % 60));
  });
}

// The same with packet pointers: each way moves one of them by another constant.
Result<Program> pointers(size_t instructions) {
  return repeat("pointers", instructions, 7, [](size_t i, Random& random) {
    return fmt::format(
        "r6 = *(u32 *)(r2 + {0})\nr7 = r2\nif r6 > {1} goto other{2}\nr7 += {3}\nother{2}:\n"
        "r8 = *(u8 *)(r7 + 4)\nr0 += r8\nr8 = r6\n",
        random.below(508), random.below(1000), i, 1 + i % 200);
  });
}

Result<Program> lookups(size_t instructions) {
  return repeat("lookups", instructions, 13, [](size_t i, Random& random) {
    return fmt::format(
        "r1 = {0}\n*(u32 *)(r10 - 4) = r1\nr2 = r10\nr2 += -4\nr1 = map_fd(0) ll\ncall 1\n"
        "if r0 == 0 goto null{1}\nr6 = r9\nr1 = *(u64 *)(r0 + 8)\nr1 += 1\n"
        "*(u64 *)(r0 + 8) = r1\nr0 = 1\nnull{1}:\nr0 = 2\n",
        random.below(16), i);
  });
}

Result<Program> nested_loops(size_t instructions) {
  return repeat("nested_loops", instructions, 12, [](size_t i, Random&) {
    return fmt::format(
        "r6 = 0\nouter{0}:\nr7 = 0\ninner{0}:\nr8 = r2\nr8 += r7\nr1 = *(u8 *)(r8 + 0)\n"
        "r0 += r1\nr7 += 1\nif r7 < 64 goto inner{0}\nr6 += 1\nif r6 < 16 goto outer{0}\n"
        "r1 = r9\nr7 = 0\n",
        i);
  });
}

// Functions that call one another, each from two places.
Result<Program> calls(size_t instructions) {
  constexpr size_t kFunctions = 7, kOverhead = 8;
  const size_t body = instructions / kFunctions > kOverhead + 4 ? instructions / kFunctions : 16;
  Random random(instructions);
  std::string text = "r6 = r1\ncall f0\nr1 = r6\ncall f0\nr0 = 2\nexit\n";
  for (size_t f = 0; f < kFunctions; ++f) {
    text += fmt::format("f{}:\nr6 = r1\nr0 = *(u32 *)(r1 + 12)\n", f);
    for (size_t i = 0; i + kOverhead < body; i += 2)
      text += fmt::format("r0 *= {}\nr0 ^= {}\n", random.below(1000), random.below(1000));
    if (f + 1 < kFunctions) text += fmt::format("r1 = r6\ncall f{0}\nr1 = r6\ncall f{0}\n", f + 1);
    text += "exit\n";
  }
  return program_of(text, "calls");
}

}  // namespace

const std::vector<LargeProgram>& large_programs() {
  static const std::vector<LargeProgram> programs = {
      {"straight", "loads from the packet, no branch", straight},
      {"spills", "stores to the stack and loads of them", spills},
      {"headers", "variable offsets, each with its check", headers},
      {"joins", "two ways that meet, over and over", joins},
      {"doubling", "each branch leaves its mark on the stack", doubling},
      {"pointers", "each branch moves a pointer", pointers},
      {"lookups", "map lookups with null checks", lookups},
      {"nested_loops", "loops in loops over the packet", nested_loops},
      {"calls", "functions called from two places each", calls},
  };
  return programs;
}

}  // namespace weir::bench
