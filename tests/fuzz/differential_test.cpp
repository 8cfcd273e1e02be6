// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random programs on random inputs: the interpreter, AOT code at -O0 to -O3, and the
// reference of tests/support must agree in r0, trap, memory and budget, and no fact may be wrong.
// The seeds are fixed, so that the test is the same everywhere; WEIR_FUZZ_SEED and
// WEIR_FUZZ_PROGRAMS make other and longer runs, WEIR_FUZZ_SEED=N WEIR_FUZZ_PROGRAMS=1 repeats one
// program.
#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <span>

#include <fmt/format.h>

#include "frontend/isa/decode.h"
#include "frontend/isa/disassembler.h"
#include "tests/fuzz/generators/program_generator.h"
#include "tests/fuzz/generators/raw_bytes.h"
#include "tests/fuzz/oracles/differential.h"

namespace weir::test {
namespace {

constexpr uint64_t kFirstSeed = 1;
constexpr uint64_t kPrograms = 1200;
constexpr uint64_t kWildPrograms = 400;
constexpr uint64_t kRawPrograms = 300;
constexpr uint64_t kBatch = 50;
constexpr size_t kMostReported = 5;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const said = std::getenv(name);
  if (!said) return otherwise;
  uint64_t value = 0;
  const auto [end, failed] = std::from_chars(said, said + std::strlen(said), value);
  return failed == std::errc() && *end == '\0' ? value : otherwise;
}

// What is being run, for when it crashes.
char g_running[128];
void say_what_crashed(int signal) {
  const ssize_t ignored = ::write(STDERR_FILENO, g_running, std::strlen(g_running));
  (void)ignored;
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

// LLVM takes nearly all the time: two levels for each batch, in turn.
std::span<const CompiledWay> ways_of(uint64_t batch) {
  static constexpr CompiledWay kTurns[][2] = {
      {{Engine::kAot, 0}, {Engine::kAot, 2}},
      {{Engine::kAot, 0}, {Engine::kAot, 3}},
      {{Engine::kAot, 2}, {Engine::kAot, 1}},
      {{Engine::kAot, 0}, {Engine::kAot, 3}},
  };
  return kTurns[batch % std::size(kTurns)];
}

std::string listing(const std::vector<uint8_t>& code) {
  const auto insns = decode(code);
  if (!insns) return insns.error().to_string();
  return disassemble(*insns, Dialect::kKernel, {.labels = true});
}

std::string report(uint64_t seed, const std::vector<uint8_t>& code, const Disagreement& found) {
  const std::vector<uint8_t> small = minimise(code, found.input);
  const auto again = compare_engines(small, found.input);
  return fmt::format("seed {}:\n{}\nminimised:\n{}\n{}", seed, found.what, listing(small),
                     again ? again->what : "(alone they agree)");
}

class Differential : public testing::Test {
 protected:
  void SetUp() override {
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
      ::signal(signal, say_what_crashed);
  }

  template <class Generate>
  DifferentialCounts compare(Generate generate, uint64_t first, uint64_t end) {
    DifferentialCounts counts;
    size_t reported = 0;
    for (uint64_t at = first; at < end && reported < kMostReported; at += kBatch) {
      std::vector<std::vector<uint8_t>> programs;
      std::vector<std::vector<RunInput>> inputs;
      for (uint64_t seed = at; seed < std::min(at + kBatch, end); ++seed) {
        programs.push_back(generate(seed));
        inputs.push_back(generate_inputs(seed));
      }
      const std::string running =
          fmt::format("crash: WEIR_FUZZ_SEED={} WEIR_FUZZ_PROGRAMS={}\n", at, programs.size());
      std::snprintf(g_running, sizeof g_running, "%s", running.c_str());
      const auto found = compare_engines(programs, inputs, ways_of(at / kBatch), &counts);
      for (size_t i = 0; i < found.size() && reported < kMostReported; ++i) {
        if (!found[i]) continue;
        ++reported;
        ADD_FAILURE() << report(at + i, programs[i], *found[i]);
      }
    }
    std::fputs(
        fmt::format("{} programs from seed {}: {} runs, {} of them trapped, {} left out "
                    "because the stack's address matters; {} programs need no check\n",
                    end - first, first, counts.runs, counts.trapped, counts.left_out, counts.proven)
            .c_str(),
        stderr);
    return counts;
  }

  const uint64_t first_ = from_environment("WEIR_FUZZ_SEED", kFirstSeed);
};

TEST_F(Differential, RandomPrograms) {
  const uint64_t programs = from_environment("WEIR_FUZZ_PROGRAMS", kPrograms);
  const auto counts = compare(generate_program, first_, first_ + programs);
  // A generator whose programs all trap, or none, tests little.
  if (programs >= kPrograms) {
    EXPECT_LT(counts.left_out, counts.runs / 10);
    EXPECT_GT(counts.trapped, counts.runs / 10);
    EXPECT_LT(counts.trapped, counts.runs * 8 / 10);
  }
}

TEST_F(Differential, WildPrograms) {
  const uint64_t programs = from_environment("WEIR_FUZZ_PROGRAMS", kWildPrograms);
  (void)compare(generate_wild_program, first_, first_ + programs);
}

TEST_F(Differential, RawPrograms) {
  const uint64_t programs = from_environment("WEIR_FUZZ_PROGRAMS", kRawPrograms);
  const auto counts = compare(generate_raw_program, first_, first_ + programs);
  // Most do something that is refused at run time, but not all.
  if (programs >= kRawPrograms) {
    EXPECT_LT(counts.trapped, counts.runs);
    EXPECT_GT(counts.trapped, 0u);
  }
}

TEST(Generator, SameSeedSameProgram) {
  for (uint64_t seed = 1; seed < 50; ++seed) {
    EXPECT_EQ(generate_program(seed), generate_program(seed));
    EXPECT_TRUE(decode(generate_program(seed))) << seed;
  }
  EXPECT_NE(generate_program(1), generate_program(2));
}

TEST(Generator, RawBytesAreSometimesAProgram) {
  std::set<std::vector<uint8_t>> programs;
  size_t refused = 0;
  for (uint64_t seed = 1; seed < 200; ++seed) {
    EXPECT_EQ(generate_raw_bytes(seed), generate_raw_bytes(seed));
    refused += !decode(generate_raw_bytes(seed));
    const std::vector<uint8_t> program = generate_raw_program(seed);
    ASSERT_TRUE(decode(program)) << seed;
    EXPECT_NE(program, generate_program(seed)) << "none was found from seed " << seed;
    programs.insert(program);
  }
  EXPECT_GT(refused, 20u);
  EXPECT_LT(refused, 180u);
  EXPECT_GT(programs.size(), 150u);
}

}  // namespace
}  // namespace weir::test
