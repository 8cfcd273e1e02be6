// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every case of the suite on every engine, optimisation level and kind of CPU. A case passes if r0
// is what the suite says, nothing trapped, and nothing outside its memory was written.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "frontend/isa/decode.h"
#include "frontend/verifier/verifier.h"
#include "tests/conformance/cases.h"
#include "tests/support/engines.h"
#include "tests/support/programs.h"

namespace weir::test {
namespace {

struct Setup {
  const char* name;
  Engine engine;
  uint8_t level = 2;
  const char* cpu = "native";
  // One object a case, as a user would make it, or one of all cases.
  bool one_by_one = true;
};

class Conformance : public testing::TestWithParam<Setup> {
 protected:
  // Runs all cases; the count of those that passed.
  size_t pass(const std::vector<ConformanceCase>& cases) {
    CompileOptions options = test_options();
    options.opt_level = GetParam().level;
    auto cpu = parse_cpu(GetParam().cpu);
    if (!cpu) ADD_FAILURE() << cpu.error().to_string();
    if (cpu) options.cpu = *cpu;
    std::vector<VerifiedProgram> programs;
    for (const ConformanceCase& c : cases) {
      auto insns = decode(c.code);
      auto program = insns ? make_program(std::move(*insns), c.name) : insns.take_error();
      auto verified = program ? verify(std::move(*program), options) : program.take_error();
      if (!verified) {
        ADD_FAILURE() << c.name << ": " << verified.error().to_string();
        return 0;
      }
      programs.push_back(std::move(*verified));
    }
    return run_all(cases, programs);
  }

 private:
  size_t run_all(const std::vector<ConformanceCase>& cases,
                 const std::vector<VerifiedProgram>& programs) {
    std::vector<Runnable> runnables;
    const size_t step = GetParam().one_by_one ? 1 : programs.size();
    for (size_t at = 0; at < programs.size(); at += step) {
      auto some = prepare(GetParam().engine, std::span(programs).subspan(at, step));
      if (!some) {
        ADD_FAILURE() << cases[at].name << ": " << some.error().to_string();
        return 0;
      }
      runnables.insert(runnables.end(), some->begin(), some->end());
    }
    size_t passed = 0;
    GuardedMemory memory(4096);
    for (size_t i = 0; i < cases.size(); ++i) {
      const RunInput input{.memory = cases[i].memory};
      const Outcome outcome = run(runnables[i], input, memory);
      const bool good = outcome.r0 == cases[i].r0 && !outcome.trap && !outcome.strayed;
      passed += good;
      EXPECT_TRUE(good) << fmt::format("{}: expected r0={:#x}, got {}", cases[i].name, cases[i].r0,
                                       to_string(outcome));
    }
    return passed;
  }
};

TEST_P(Conformance, Bytecode) {
  if (conformance_folder().empty()) GTEST_SKIP() << why_skipped();
  const auto cases = read_cases();
  ASSERT_TRUE(cases) << cases.error().to_string();
  EXPECT_EQ(pass(*cases), kCases);
}

TEST_P(Conformance, Assembled) {
  if (conformance_folder().empty()) GTEST_SKIP() << why_skipped();
  const auto cases = assemble_cases();
  ASSERT_TRUE(cases) << cases.error().to_string();
  EXPECT_EQ(pass(*cases), kCases);
}

INSTANTIATE_TEST_SUITE_P(Suite, Conformance,
                         testing::Values(Setup{"Interp", Engine::kInterp},
                                         Setup{"Jit", Engine::kJit}, Setup{"Aot", Engine::kAot},
                                         Setup{"Cached", Engine::kCached},
                                         Setup{"AotO0", Engine::kAot, 0, "native", false},
                                         Setup{"AotO1", Engine::kAot, 1, "native", false},
                                         Setup{"AotO3", Engine::kAot, 3, "native", false},
                                         Setup{"AotX8664", Engine::kAot, 2, "x86-64", false},
                                         Setup{"AotX8664V2", Engine::kAot, 2, "x86-64-v2", false}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace weir::test
