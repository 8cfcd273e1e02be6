// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random XDP programs (generators/packet_program.h) on random packets. Oracles: the interpreter
// does what docs/SEMANTICS.md says and no fact is wrong; code at every level, for this CPU and for
// the portable one, does the same; what strict accepts needs no guard; the kernel accepts what
// strict accepts, and its runs leave the same; the same program gives the same bytes.
// WEIR_FUZZ_SEED and WEIR_FUZZ_PROGRAMS as in differential_test.cpp.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include <fmt/format.h>

#include "codegen/compiler.h"
#include "frontend/isa/assembler.h"
#include "frontend/verifier/verifier.h"
#include "tests/fuzz/generators/packet_program.h"
#include "tests/fuzz/oracles/interpreter.h"
#include "tests/fuzz/oracles/kernel.h"
#include "tests/support/programs.h"

namespace weir::test {
namespace {

constexpr size_t kPacketBytes = 64;
constexpr uint64_t kBatch = 20;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const said = std::getenv(name);
  return said ? std::strtoull(said, nullptr, 10) : otherwise;
}

struct Case {
  uint64_t seed = 0;
  PacketProgram program;
  std::vector<uint8_t> code;
};

Case case_of(uint64_t seed, bool nearly) {
  Case one{seed, generate_packet_program(seed, nearly), {}};
  auto assembled = assemble(one.program.text, "random.s");
  EXPECT_TRUE(assembled) << assembled.error().to_string() << "\n" << one.program.text;
  if (assembled) one.code = std::move(assembled->bytes);
  return one;
}

Result<VerifiedProgram> verified_of(const Case& one, const CompileOptions& options) {
  WEIR_TRY(Program program,
           program_from_code(one.code, fmt::format("p{}", one.seed), one.program.maps));
  return verify(std::move(program), options);
}

CompileOptions options_of(Policy policy, uint64_t way) {
  CompileOptions options = test_options();
  options.context = ContextKind::kXdp;
  options.helpers = HelperSet::kKernel;
  options.policy = policy;
  options.opt_level = static_cast<uint8_t>(way % 4);
  if (way % 3 == 0) options.cpu = *parse_cpu(kBaselineCpu);
  options.debug_info = DebugInfo::kNone;
  return options;
}

RunInput input_of(const Case& one, int number) {
  std::mt19937_64 random(one.seed * 8 + static_cast<uint64_t>(number));
  RunInput input;
  input.context = ContextKind::kXdp;
  input.helper_set = HelperSet::kKernel;
  input.maps = one.program.maps;
  input.budget = 100'000;
  input.memory.resize(number == 0 ? 20 : kPacketBytes);
  for (uint8_t& byte : input.memory) byte = static_cast<uint8_t>(number == 1 ? 0 : random());
  return input;
}

class PacketPrograms : public testing::TestWithParam<bool> {
 protected:
  const uint64_t first_ = from_environment("WEIR_FUZZ_SEED", 1);
  const uint64_t end_ = first_ + from_environment("WEIR_FUZZ_PROGRAMS", 160);
};

TEST_P(PacketPrograms, EnginesAgree) {
  GuardedMemory memory(kPacketBytes);
  size_t strict = 0, runs = 0, trapped = 0;
  for (uint64_t at = first_; at < end_; at += kBatch) {
    const Policy policy = at / kBatch % 2 == 0 ? Policy::kGuard : Policy::kStrict;
    const CompileOptions options = options_of(policy, at / kBatch);
    std::vector<Case> cases;
    std::vector<VerifiedProgram> programs;
    std::vector<bool> accepted;
    for (uint64_t seed = at; seed < std::min(end_, at + kBatch); ++seed) {
      Case one = case_of(seed, GetParam());
      const bool safe = verified_of(one, options_of(Policy::kStrict, 2)).has_value();
      strict += safe;
      auto verified = verified_of(one, options);
      ASSERT_TRUE(verified || policy == Policy::kStrict)
          << "seed " << seed << ": " << verified.error().to_string() << "\n"
          << one.program.text;
      if (!verified) continue;
      programs.push_back(std::move(*verified));
      accepted.push_back(safe);
      cases.push_back(std::move(one));
    }
    if (programs.empty()) continue;
    const auto compiled = prepare(Engine::kAot, programs);
    ASSERT_TRUE(compiled) << compiled.error().to_string();
    for (size_t i = 0; i < programs.size(); ++i) {
      const auto interpreter = prepare(Engine::kInterp, programs[i]);
      ASSERT_TRUE(interpreter) << interpreter.error().to_string();
      for (int k = 0; k < 3; ++k) {
        const RunInput input = input_of(cases[i], k);
        const std::string where =
            fmt::format("seed {}, packet {}:\n{}", cases[i].seed, k, cases[i].program.text);
        const Judged judged = judge(*interpreter, programs[i], input, memory);
        ASSERT_EQ(judged.broken, "") << where;
        if (!judged.outcome) continue;
        const Outcome native = run((*compiled)[i], input, memory);
        ASSERT_EQ(to_string(native), to_string(*judged.outcome)) << where;
        ASSERT_FALSE(native.strayed) << where;
        ASSERT_FALSE(accepted[i] && refutes_strict(native)) << to_string(native) << "\n" << where;
        ++runs;
        trapped += native.trap.code != TrapCode::kNone;
      }
    }
  }
  const std::string counts = fmt::format("{} programs, strict takes {}; {} runs, {} trapped\n",
                                         end_ - first_, strict, runs, trapped);
  std::fputs(counts.c_str(), stderr);
  // Else the generator makes what it says it does not.
  if (!GetParam()) {
    EXPECT_GE(strict * 10, (end_ - first_) * 9) << counts;
  } else if (end_ - first_ >= 100) {
    EXPECT_LT(strict * 10, (end_ - first_) * 8) << counts;
  }
}

TEST_P(PacketPrograms, KernelAgrees) {
  if (const std::string why = why_no_kernel(); !why.empty()) GTEST_SKIP() << why;
  GuardedMemory memory(kPacketBytes);
  size_t both = 0, neither = 0, weir_alone = 0, kernel_alone = 0;
  for (uint64_t seed = first_; seed < end_; ++seed) {
    const Case one = case_of(seed, GetParam());
    const auto verified = verified_of(one, options_of(Policy::kStrict, 2));
    const RunInput input = input_of(one, 2);
    const KernelRun kernel = run_in_kernel(one.code, one.program.maps, input.memory);
    both += verified && kernel.accepted;
    neither += !verified && !kernel.accepted;
    kernel_alone += !verified && kernel.accepted;
    weir_alone += verified && !kernel.accepted;
    // The kernel may be less precise than strict, for programs that are safe; it names a limit
    // then.
    EXPECT_TRUE(!verified || kernel.accepted || kernel.log.contains("too large") ||
                kernel.log.contains("too many"))
        << "strict accepts what the kernel refuses: seed " << seed << "\n"
        << kernel.log << "\n"
        << one.program.text;
    if (!verified || !kernel.accepted) continue;
    ASSERT_EQ(kernel.log, "") << seed;
    const auto outcome = run_on(Engine::kInterp, *verified, input, memory);
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    const std::string where = fmt::format("seed {}:\n{}", seed, one.program.text);
    EXPECT_EQ(static_cast<uint32_t>(outcome->r0), kernel.result) << where;
    EXPECT_EQ(outcome->memory, kernel.packet) << where;
    EXPECT_EQ(outcome->maps, kernel.maps) << where;
    if (HasFailure()) return;
  }
  std::fputs(fmt::format("{} accepted by both, {} by neither, {} by strict alone, {} by the kernel "
                         "alone\n",
                         both, neither, weir_alone, kernel_alone)
                 .c_str(),
             stderr);
}

INSTANTIATE_TEST_SUITE_P(Generated, PacketPrograms, testing::Bool(), [](const auto& of) {
  return of.param ? std::string("Nearly") : std::string("Valid");
});

TEST(SameInput, SameBytes) {
  const uint64_t first = from_environment("WEIR_FUZZ_SEED", 1);
  for (uint64_t seed = first; seed < first + 5; ++seed) {
    std::vector<uint8_t> bytes[2];
    for (auto& object : bytes) {
      const Case one = case_of(seed, false);
      const auto verified = verified_of(one, options_of(Policy::kGuard, seed));
      ASSERT_TRUE(verified) << verified.error().to_string();
      auto compiled = compile_object(std::span(&*verified, 1));
      ASSERT_TRUE(compiled) << compiled.error().to_string();
      object = std::move(*compiled);
    }
    EXPECT_EQ(bytes[0], bytes[1]) << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir::test
