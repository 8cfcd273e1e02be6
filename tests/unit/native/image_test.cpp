// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Code in memory: hand-assembled programs are written, parsed, mapped and called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <thread>

#include "runtime/native/native_object.h"
#include "tests/unit/abi/sample_parts.h"

namespace weir {
namespace {

using testing::HasSubstr;

std::shared_ptr<const Image> map(const NativeParts& parts) {
  auto object = NativeObject::parse(*write_native_object(parts));
  EXPECT_TRUE(object) << object.error().to_string();
  auto image = Image::map_trusted(*object);
  EXPECT_TRUE(image) << image.error().to_string();
  return *image;
}

// "r-xp" of the mapping that holds an address, or "" if none does.
std::string protection_of(const void* address) {
  FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return "cannot read /proc/self/maps";
  std::string out;
  char line[512];
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long from, to;
    char mode[5];
    if (std::sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3) continue;
    if (wanted >= from && wanted < to) out = mode;
  }
  std::fclose(maps);
  return out;
}

size_t writable_and_executable_mappings() {
  FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return 1;
  size_t count = 0;
  char line[512];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    char mode[5];
    if (std::sscanf(line, "%*s %4s", mode) == 1 && mode[1] == 'w' && mode[2] == 'x') ++count;
  }
  std::fclose(maps);
  return count;
}

TEST(Image, RunsEveryProgram) {
  const auto image = map(sample::parts());
  ASSERT_EQ(image->program_count(), 4u);
  ExecContext context;
  uint8_t data[4] = {};
  EXPECT_EQ(image->entry(sample::kSize)(&context, data, 4), 4u);
  EXPECT_EQ(image->entry(sample::kConstant)(&context, data, 4), sample::kConstantValue);
  EXPECT_EQ(image->entry(sample::kCall)(&context, data, 41), 42u);
  EXPECT_EQ(context.trap_code, TrapCode::kNone);
  EXPECT_EQ(image->entry(sample::kTrap)(&context, data, 4), 0u);
  EXPECT_EQ(context.trap_code, TrapCode::kAccess);
  EXPECT_EQ(context.trap_insn, 7u);
}

TEST(Image, NoSuchProgramIsNull) {
  const auto image = map(sample::parts());
  EXPECT_EQ(image->entry(4), nullptr);
  EXPECT_EQ(image->entry(SIZE_MAX), nullptr);
}

TEST(Image, NeverWritableAndExecutable) {
  auto image = map(sample::parts());
  const auto* code = reinterpret_cast<const void*>(image->entry(0));
  EXPECT_EQ(protection_of(code), "r-xp");
  EXPECT_EQ(writable_and_executable_mappings(), 0u);
  image.reset();
  EXPECT_NE(protection_of(code), "r-xp");
}

TEST(Image, CodeIsAlignedAndBetweenTraps) {
  const auto image = map(sample::parts());
  const auto* code = reinterpret_cast<const uint8_t*>(image->entry(0));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(code) % kTextAlignment, 0u);
  const auto text = sample::parts().text;
  EXPECT_EQ(std::memcmp(code, text.data(), text.size()), 0);
  const uint8_t filler = host_arch() == Arch::kX86_64 ? 0xcc : 0;
  EXPECT_EQ(code[-1], filler);
  EXPECT_EQ(code[text.size()], filler);
}

// The end of the mapping is the end of a page, whatever the size of the code.
TEST(Image, SizesAroundAPage) {
  for (size_t size : {4031u, 4032u, 4033u, 4096u, 8128u, 8129u, 1'000'000u}) {
    NativeParts parts = sample::parts();
    parts.text.resize(size, 0x5a);
    const auto image = map(parts);
    ExecContext context;
    EXPECT_EQ(image->entry(sample::kSize)(&context, nullptr, size), size);
    const auto* code = reinterpret_cast<const uint8_t*>(image->entry(0));
    EXPECT_EQ(code[size - 1], 0x5a);
  }
}

TEST(Image, OutlivesItsObjectAndServesManyThreads) {
  std::shared_ptr<const Image> image = map(sample::parts());
  std::vector<std::thread> threads;
  std::array<uint64_t, 4> sums{};
  for (size_t t = 0; t < sums.size(); ++t) {
    threads.emplace_back([&, t, image] {
      ExecContext context;
      for (uint64_t i = 0; i < 10'000; ++i)
        sums[t] += image->entry(sample::kSize)(&context, nullptr, i);
    });
  }
  image.reset();
  for (std::thread& thread : threads) thread.join();
  for (uint64_t sum : sums) EXPECT_EQ(sum, 49'995'000u);
}

TEST(Image, AnotherArchitectureIsRefused) {
  const Arch other = host_arch() == Arch::kX86_64 ? Arch::kAarch64 : Arch::kX86_64;
  const auto object = NativeObject::parse(sample::object(other));
  ASSERT_TRUE(object);
  const auto image = Image::map_trusted(*object);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code(), ErrorCode::kObjectTarget);
  EXPECT_THAT(image.error().message(),
              HasSubstr(std::string("the code is for ") + std::string(arch_name(other))));
}

TEST(Image, MissingCpuFeaturesAreNamed) {
  if (host_arch() != Arch::kX86_64) GTEST_SKIP() << "this architecture has no table of features";
  auto refusal = [](uint64_t features) {
    NativeParts parts = sample::parts();
    parts.manifest.cpu.features = features;
    const auto object = NativeObject::parse(*write_native_object(parts));
    const auto image = Image::map_trusted(*object);
    return image ? std::string("was accepted") : image.error().to_string();
  };
  EXPECT_EQ(refusal(host_cpu().features), "was accepted");
  EXPECT_THAT(refusal(uint64_t{1} << 63),
              HasSubstr("lacks: unknown to this weir (bits 0x8000000000000000)"));
  const CpuSpec all = *parse_cpu("x86-64-v4,+gfni,+vaes,+sha,+avx512vbmi2,+avx512ifma");
  const uint64_t missing = all.features & ~host_cpu().features;
  if (missing == 0) GTEST_SKIP() << "this machine has every feature that could be missing";
  const std::string names = cpu_missing(host_cpu(), all);
  EXPECT_THAT(refusal(all.features),
              HasSubstr("this machine lacks: " + names + " [object-target]"));
}

TEST(Image, MovedFromObjectIsRefused) {
  auto object = NativeObject::parse(sample::object());
  ASSERT_TRUE(object);
  const NativeObject taken = std::move(*object);
  EXPECT_FALSE(Image::map_trusted(*object));
  EXPECT_TRUE(Image::map_trusted(taken));
}

}  // namespace
}  // namespace weir
