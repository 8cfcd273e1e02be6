// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random functions that bpf_loop and bpf_for_each_map_elem call back: what a round leaves in the
// caller's frame, in registers that are kept, in values of maps and in the packet must be what the
// analysis said, and the same in every engine. WEIR_FUZZ_SEED and WEIR_FUZZ_PROGRAMS as in
// differential_test.cpp.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include <fmt/format.h>

#include "frontend/isa/assembler.h"
#include "frontend/verifier/verifier.h"
#include "tests/support/engines.h"
#include "tests/support/programs.h"
#include "tests/support/reference.h"

namespace weir::test {
namespace {

constexpr int kSlots = 8;         // of 8 bytes, at r10 - 64
constexpr int kFirstPointer = 6;  // the last two hold pointers, which never become numbers
constexpr size_t kDataBytes = 32;

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  std::string program() {
    line("r9 = r1");
    line("if r2 s< {} goto short", kDataBytes);
    for (int slot = 0; slot < kFirstPointer; ++slot) {
      if (one_in(2)) {
        line("r1 = *(u64 *)(r9 + {})", 8 * pick(3));
      } else {
        line("r1 = {}", number());
      }
      if (one_in(3)) line("r1 &= {}", (1 << pick(6)) - 1);
      line("*(u64 *)(r10 - {}) = r1", at(slot));
    }
    for (int slot = kFirstPointer; slot < kSlots; ++slot) {
      switch (pick(3)) {
        case 0: line("r1 = 0"); break;
        case 1: line("r1 = r9"); break;
        default: line("r1 = r10\nr1 += -{}", at(pick(kFirstPointer))); break;
      }
      line("*(u64 *)(r10 - {}) = r1", at(slot));
    }
    line("r6 = 0");
    const int calls = 1 + pick(2);
    for (int i = 0; i < calls; ++i) {
      call(pick(3), "r10", -64);
      line("r6 *= 31\nr6 += r0");
    }
    for (int slot = 0; slot < kFirstPointer; ++slot)
      line("r1 = *(u64 *)(r10 - {})\nr6 *= 31\nr6 += r1", at(slot));
    if (one_in(2)) line("r1 = *(u64 *)(r10 - {})\nr1 = *(u8 *)(r1 + {})\nr6 += r1", at(6), pick(8));
    line("r0 = r6\nexit\nshort:\nr0 = 1\nexit");
    function("loop_a", false, 0);
    function("loop_b", false, 2);
    function("each", true, 2);
    return std::move(text_);
  }

 private:
  template <class... T>
  void line(fmt::format_string<T...> format, T&&... values) {
    text_ += fmt::format(format, std::forward<T>(values)...) + "\n";
  }
  int pick(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  bool one_in(int n) { return pick(n) == 0; }
  static int at(int slot) { return 8 * (kSlots - slot); }
  std::string number() {
    static constexpr int kNumbers[] = {0, 1, 2, 3, 7, 8, 15, 64, 255, 4096, -1, -2, 0x7fffffff};
    return std::to_string(kNumbers[pick(std::size(kNumbers))]);
  }

  // The frame's slots begin at `base` + `offset`.
  void call(int which, std::string_view base, int offset) {
    line("r3 = {}\nr3 += {}", base, offset);
    line("r2 = func({}) ll", which == 0 ? "loop_a" : which == 1 ? "loop_b" : "each");
    if (which == 2) {
      line("r1 = map_fd(0) ll\nr4 = 0\ncall 164");
      return;
    }
    if (one_in(2)) {
      line("r1 = {}", pick(7));
    } else {
      line("r1 = *(u64 *)(r3 + {})\nr1 &= 7", 8 * pick(kFirstPointer));
    }
    line("r4 = 0\ncall 181");
  }

  // r6: the caller's slots; r7: the index or the value; r8: a number that is kept.
  void function(std::string_view name, bool each, int nested) {
    line("{}:", name);
    if (each) {
      line("r6 = r4\nr7 = r3\nr8 = *(u32 *)(r2 + 0)");
      line("r1 = *(u64 *)(r7 + 0)\nr1 += r8\n*(u64 *)(r7 + 0) = r1\nr7 = r1");
    } else {
      line("r6 = r2\nr7 = r1\nr8 = {}", number());
    }
    line("r0 = 0");
    const int steps = 3 + pick(8);
    for (int i = 0; i < steps; ++i) step(name, i, nested);
    switch (pick(4)) {
      case 0: line("r0 = 0"); break;
      case 1: line("r0 = r7\nr0 &= 1"); break;
      case 2: line("r0 = *(u64 *)(r6 + {})\nr0 >>= {}", 8 * pick(kFirstPointer), pick(64)); break;
      default: line("r0 = 0\nif r8 s< {} goto {}_end\nr0 = 1\n{}_end:", number(), name, name);
    }
    line("exit");
  }

  void step(std::string_view name, int number_of_step, int nested) {
    static constexpr const char* kOperations[] = {"+=", "-=", "*=", "&=", "|=", "^="};
    const char* const operation = kOperations[pick(std::size(kOperations))];
    const int slot = 8 * pick(kFirstPointer), other = 8 * pick(kFirstPointer);
    const int pointer = 8 * (kFirstPointer + pick(2)), second = 8 * (kFirstPointer + pick(2));
    switch (pick(9)) {
      case 0:
        line("r1 = *(u64 *)(r6 + {})\nr1 {} r7\n*(u64 *)(r6 + {}) = r1", slot, operation, other);
        break;
      case 1: line("r1 = *(u64 *)(r6 + {})\nr8 {} r1", slot, operation); break;
      case 2: line("*(u64 *)(r6 + {}) = {}", slot, number()); break;
      case 3: line("r1 = *(u64 *)(r6 + {})\n*(u64 *)(r6 + {}) = r1", pointer, second); break;
      case 4:  // through a pointer, if there is one
        line("r1 = *(u64 *)(r6 + {})\nif r1 == 0 goto {}_{}\nr2 = *(u8 *)(r1 + {})", pointer, name,
             number_of_step, pick(10));
        line("r8 += r2\n{}_{}:", name, number_of_step);
        break;
      case 5:
        line("if r7 s< {} goto {}_{}\n*(u64 *)(r6 + {}) = {}\n{}_{}:", number(), name,
             number_of_step, slot, number(), name, number_of_step);
        break;
      case 6:
        line("r1 = *(u64 *)(r6 + {})\nr1 &= 31\nr2 = r6\nr2 += r1\nr1 = *(u8 *)(r2 + 0)\nr8 {} r1",
             slot, operation);
        break;
      case 7:
        if (nested == 0) {
          line("r1 = r6\nr1 += {}\n*(u64 *)(r6 + {}) = r1", slot, pointer);
        } else {
          call(0, "r6", 0);
          line("r8 += r0");
        }
        break;
      default: line("*(u64 *)(r6 + {}) = {}", pointer, 0); break;
    }
  }

  std::mt19937_64 random_;
  std::string text_;
};

std::vector<MapDef> maps() {
  MapDef map;
  map.name = "m";
  map.type = 2;  // BPF_MAP_TYPE_ARRAY
  map.key_size = 4;
  map.value_size = 16;
  map.max_entries = 3;
  return {map};
}

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const said = std::getenv(name);
  return said ? std::strtoull(said, nullptr, 10) : otherwise;
}

Result<VerifiedProgram> verified_of(const std::string& text, Policy policy, uint8_t level) {
  WEIR_TRY(AssembledText assembled, assemble(text, "random.s"));
  WEIR_TRY(Program program, program_from_code(assembled.bytes, "random", maps()));
  CompileOptions options = test_options();
  options.helpers = HelperSet::kKernel;
  options.policy = policy;
  options.opt_level = level;
  return verify(std::move(program), options);
}

TEST(Callbacks, RandomFunctions) {
  const uint64_t first = from_environment("WEIR_FUZZ_SEED", 1);
  const uint64_t end = first + from_environment("WEIR_FUZZ_PROGRAMS", 150);
  constexpr uint64_t kBatch = 25;
  size_t runs = 0, trapped = 0, strict = 0, proven = 0;
  GuardedMemory memory(kDataBytes);
  for (uint64_t at = first; at < end; at += kBatch) {
    std::vector<std::string> texts;
    std::vector<VerifiedProgram> programs;
    for (uint64_t seed = at; seed < std::min(end, at + kBatch); ++seed) {
      texts.push_back(Generator(seed).program());
      auto verified = verified_of(texts.back(), Policy::kGuard, at / kBatch % 2 == 0 ? 2 : 0);
      ASSERT_TRUE(verified) << "seed " << seed << ": " << verified.error().to_string() << "\n"
                            << texts.back();
      strict += verified_of(texts.back(), Policy::kStrict, 2).has_value();
      proven += verified->facts().proven == verified->facts().accesses;
      programs.push_back(std::move(*verified));
    }
    auto compiled = prepare(Engine::kAot, programs);
    ASSERT_TRUE(compiled) << compiled.error().to_string();
    for (size_t i = 0; i < programs.size(); ++i) {
      auto interpreter = prepare(Engine::kInterp, programs[i]);
      ASSERT_TRUE(interpreter) << interpreter.error().to_string();
      std::mt19937_64 random(at + i);
      for (int k = 0; k < 4; ++k) {
        RunInput input;
        input.helper_set = HelperSet::kKernel;
        input.maps = maps();
        input.budget = 100'000;
        input.memory.resize(kDataBytes);
        for (uint8_t& byte : input.memory) byte = static_cast<uint8_t>(k == 0 ? 0 : random());
        const std::string where = fmt::format("seed {}, input {}:\n{}", at + i, k, texts[i]);
        const Outcome expected = weir::test::run(*interpreter, input, memory);
        const ReferenceRun reference = run_reference(programs[i], input, memory);
        ASSERT_TRUE(reference.disproved.empty()) << reference.disproved.front() << "\n" << where;
        ASSERT_EQ(to_string(reference.outcome), to_string(expected)) << where;
        const Outcome native = weir::test::run((*compiled)[i], input, memory);
        ASSERT_EQ(to_string(native), to_string(expected)) << where;
        ASSERT_FALSE(native.strayed || expected.strayed) << where;
        ++runs;
        trapped += expected.trap.code != TrapCode::kNone;
      }
    }
  }
  RecordProperty("trapped", static_cast<int>(trapped));
  std::fputs(fmt::format("{} runs, {} trapped; {} programs need no check, strict takes {}\n", runs,
                         trapped, proven, strict)
                 .c_str(),
             stderr);
  // A generator whose programs all trap tests little.
  EXPECT_LT(trapped, runs * 8 / 10);
}

}  // namespace
}  // namespace weir::test
