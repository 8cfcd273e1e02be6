// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Damaged input, as it reaches weir through several parts at once: entries of a real object in a
// real store, real objects in the parser, damaged bytecode in analysis and interpreter. What each
// part makes of damage on its own is in tests/unit (object, native, cache, abi: ten thousand each);
// captures are read by tools/ and tested there. Nothing here maps or runs damaged machine code:
// nothing may.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include <fmt/format.h>

#include "cache/local_store.h"
#include "codegen/compiler.h"
#include "frontend/isa/decode.h"
#include "frontend/isa/disassembler.h"
#include "frontend/verifier/verifier.h"
#include "runtime/native/native_object.h"
#include "tests/fuzz/generators/program_generator.h"
#include "tests/fuzz/generators/raw_bytes.h"
#include "tests/support/programs.h"
#include "tests/support/reference.h"

namespace weir::test {
namespace {

constexpr int kRounds = 10'000;
// Of damaged programs: the analysis takes its time with what makes no sense.
constexpr size_t kPrograms = 1'000;

using Bytes = std::vector<uint8_t>;

// Truncated, with bits flipped, with bytes replaced, or nothing but noise; never what it was.
Bytes damaged(const Bytes& good, std::mt19937& random) {
  Bytes bytes = good;
  switch (random() % 8) {
    case 0: bytes.resize(random() % bytes.size()); break;
    case 1: bytes.resize(bytes.size() + 1 + random() % 64, static_cast<uint8_t>(random())); break;
    case 2:
      bytes.resize(random() % 4096);
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
      break;
    case 3:
      for (size_t i = 1 + random() % 8; i > 0; --i) {
        bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
      }
      break;
    default: bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1u << random() % 8); break;
  }
  if (bytes == good) bytes[random() % bytes.size()] ^= 1;
  return bytes;
}

Result<Bytes> some_object() {
  std::vector<VerifiedProgram> programs;
  for (uint64_t seed : {3, 5, 8}) {
    WEIR_TRY(Program program, program_from_code(generate_program(seed), fmt::format("p{}", seed)));
    WEIR_TRY(VerifiedProgram verified, verify(std::move(program), test_options()));
    programs.push_back(std::move(verified));
  }
  return compile_object(programs);
}

TEST(Robustness, EntriesThroughLookup) {
  std::mt19937 random(1);
  const auto object = some_object();
  ASSERT_TRUE(object) << object.error().to_string();
  std::string folder = testing::TempDir() + "weir-robust-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  auto store = LocalStore::open(folder + "/store");
  ASSERT_TRUE(store) << store.error().to_string();
  const Digest key = digest_of(*object);
  ASSERT_TRUE(store->put(key, *object, {}));
  const std::string path = store->entry_path(key);
  std::ifstream in(path, std::ios::binary);
  const Bytes good{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  ASSERT_FALSE(good.empty());

  size_t noticed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Bytes bytes = damaged(good, random);
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    const auto found = store->lookup(key);
    // An error, too, means "compile it"; only a hit would be wrong.
    ASSERT_FALSE(found && found->hit()) << "round " << round;
    noticed += found && found->damaged();
    if (round % 500 == 499) {
      ASSERT_TRUE(store->clear());
    }
    std::error_code gone;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), gone);
  }
  EXPECT_GT(noticed, size_t{kRounds} * 9 / 10);
  // And what is put again is found again.
  ASSERT_TRUE(store->put(key, *object, {}));
  const auto found = store->lookup(key);
  ASSERT_TRUE(found && found->hit());
  EXPECT_EQ(found->object, *object);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

TEST(Robustness, CompiledObjects) {
  std::mt19937 random(2);
  const auto object = some_object();
  ASSERT_TRUE(object) << object.error().to_string();
  ASSERT_TRUE(NativeObject::parse(*object));
  for (int round = 0; round < kRounds; ++round) {
    const auto parsed = NativeObject::parse(damaged(*object, random));
    if (!parsed) {
      ASSERT_FALSE(parsed.error().message().empty());
      continue;
    }
    // Damage of code or constants: nobody can tell but the digest of whoever stored it.
    for (size_t i = 0; i < parsed->manifest().programs.size(); ++i) {
      if (const auto program = parsed->program(i)) {
        EXPECT_TRUE(check_structure(*program)) << round;
      }
    }
  }
}

// Bytecode with damage that the decoder does not see: whatever it does, it does inside its memory,
// it ends, and the facts about it are true.
TEST(Robustness, DamagedBytecode) {
  std::mt19937 random(3);
  GuardedMemory memory(256);
  size_t ran = 0;
  for (int round = 0; ran < kPrograms; ++round) {
    ASSERT_LT(round, kRounds) << "too few programs are accepted";
    Bytes code = generate_program(static_cast<uint64_t>(round % 500));
    for (size_t i = 1 + random() % 3; i > 0; --i) {
      code[random() % code.size()] ^= static_cast<uint8_t>(1u << random() % 8);
    }
    auto program = program_from_code(code, "damaged");
    if (!program) continue;
    const auto verified = verify(std::move(*program), test_options());
    if (!verified) {
      EXPECT_EQ(verified.error().code(), ErrorCode::kProgramUnsupported) << round;
      continue;
    }
    ++ran;
    RunInput input = generate_inputs(static_cast<uint64_t>(round)).back();
    input.budget = 500;
    const auto outcome = run_on(Engine::kInterp, *verified, input, memory);
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    ASSERT_FALSE(outcome->strayed) << round;
    const ReferenceRun reference = run_reference(*verified, input, memory);
    ASSERT_TRUE(reference.disproved.empty())
        << round << ": " << reference.disproved.front() << "\n"
        << disassemble(verified->program(), Dialect::kKernel, {.slots = true});
  }
}

// Bytes that nobody wrote as code: refused with words, or run like anything else.
TEST(Robustness, RawBytes) {
  GuardedMemory memory(256);
  size_t refused = 0, ran = 0;
  for (uint64_t seed = 1; seed <= kRounds; ++seed) {
    const Bytes code = generate_raw_bytes(seed);
    auto program = program_from_code(code, "raw");
    if (!program) {
      ++refused;
      ASSERT_FALSE(program.error().message().empty()) << seed;
      continue;
    }
    ASSERT_EQ(encode(program->insns), code) << seed;
    const auto verified = verify(std::move(*program), test_options());
    if (!verified) {
      ++refused;
      ASSERT_FALSE(verified.error().message().empty()) << seed;
      continue;
    }
    ++ran;
    RunInput input = generate_inputs(seed).back();
    input.budget = 500;
    const auto outcome = run_on(Engine::kInterp, *verified, input, memory);
    ASSERT_TRUE(outcome) << seed << ": " << outcome.error().to_string();
    ASSERT_FALSE(outcome->strayed) << seed;
    const ReferenceRun reference = run_reference(*verified, input, memory);
    ASSERT_TRUE(reference.disproved.empty())
        << seed << ": " << reference.disproved.front() << "\n"
        << disassemble(verified->program(), Dialect::kKernel, {.slots = true});
  }
  EXPECT_GT(refused, size_t{kRounds} / 10);
  EXPECT_GT(ran, size_t{kRounds} / 100);
}

}  // namespace
}  // namespace weir::test
