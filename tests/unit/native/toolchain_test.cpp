// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A native object is an ordinary object file: the tools that people have understand it, without a
// word of complaint, and a C program can link it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>

#include "tests/unit/abi/sample_parts.h"
#include "tests/unit/native/scratch_dir.h"

namespace weir {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

struct Outcome {
  int status;          // exit status; -1: killed, or not started
  std::string output;  // stdout and stderr
};

Outcome run(const std::string& command) {
  FILE* pipe = ::popen(("LC_ALL=C " + command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) return {-1, "cannot start"};
  std::string output;
  char buffer[4096];
  while (const size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, n);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

bool have(const std::string& tool) {
  return run("command -v " + tool).status == 0;
}

#define NEEDS(tool) \
  if (!have(tool)) GTEST_SKIP() << tool << " is not installed"

MATCHER(Complains, "has a warning or an error") {
  for (std::string_view word : {"arning", "rror:", "rror -"}) {
    if (arg.find(word) != std::string::npos) return true;
  }
  return false;
}

struct Case {
  Arch arch;
  std::string_view machine;  // as readelf prints it
};
constexpr Case kCases[] = {{Arch::kX86_64, "Advanced Micro Devices X86-64"},
                           {Arch::kAarch64, "AArch64"}};

TEST(Toolchain, ReadelfHasNoWarnings) {
  NEEDS("readelf");
  const ScratchDir dir;
  for (const auto& [arch, machine] : kCases) {
    const std::string path = dir.write("a.o", sample::object(arch));
    const Outcome outcome = run("readelf --wide -a " + path);
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_THAT(outcome.output, Not(Complains()));
    EXPECT_THAT(outcome.output, HasSubstr(machine));
    EXPECT_THAT(outcome.output, HasSubstr("There are no relocations in this file."));
    EXPECT_THAT(outcome.output, HasSubstr("FUNC    GLOBAL DEFAULT    1 weir_size"));
  }
}

TEST(Toolchain, LlvmObjdumpDisassembles) {
  NEEDS("llvm-objdump-19");
  const ScratchDir dir;
  for (const auto& [arch, machine] : kCases) {
    const std::string path = dir.write("a.o", sample::object(arch));
    const Outcome outcome = run("llvm-objdump-19 -d -t -h " + path);
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_THAT(outcome.output, Not(Complains()));
    for (const sample::Named& named : sample::kPrograms) {
      EXPECT_THAT(outcome.output, HasSubstr(std::string("<") + named.symbol + ">:"));
    }
    EXPECT_THAT(outcome.output, HasSubstr("<local>"));
    EXPECT_THAT(outcome.output, AnyOf(HasSubstr("movq\t%rdx, %rax"), HasSubstr("mov\tx0, x2")));
    // The constant is shown as data.
    EXPECT_THAT(outcome.output, AnyOf(HasSubstr("78 56 34 12"), HasSubstr(".word\t0x12345678")));
  }
}

TEST(Toolchain, GdbDisassembles) {
  NEEDS("gdb");
  if (host_arch() != Arch::kX86_64) GTEST_SKIP() << "looks for x86-64 instructions";
  const ScratchDir dir;
  const std::string path = dir.write("a.o", sample::object());
  const Outcome outcome = run("gdb -nx -batch -ex 'disassemble weir_size' " + path);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, Not(Complains()));
  EXPECT_THAT(outcome.output, HasSubstr("mov    %rdx,%rax"));
}

// Calls all four programs from C and prints what they give.
constexpr std::string_view kMain = R"(
#include <stdint.h>
#include <stdio.h>
struct ctx { uint64_t budget; uint32_t trap_code, trap_insn; void *helpers, *host; };
uint64_t weir_size(struct ctx*, void*, uint64_t), weir_trap(struct ctx*, void*, uint64_t);
uint64_t weir_constant(struct ctx*, void*, uint64_t), weir_call(struct ctx*, void*, uint64_t);
int main(void) {
  struct ctx c = {1000, 0, 0, 0, 0};
  printf("%lu %#lx ", (unsigned long)weir_size(&c, 0, 5), (unsigned long)weir_constant(&c, 0, 5));
  printf("%lu ", (unsigned long)weir_call(&c, 0, 5));
  weir_trap(&c, 0, 5);
  printf("%u@%u\n", c.trap_code, c.trap_insn);
  return 0;
}
)";

TEST(Toolchain, ACProgramLinksIt) {
  NEEDS("gcc");
  const ScratchDir dir;
  const std::string object = dir.write("a.o", sample::object());
  const std::string main = dir.write("main.c", as_bytes(kMain));
  // As people link, with debug information of their own; at a fixed address; and with code that
  // nobody calls removed.
  for (const char* flags : {"-O2 -g", "-O2 -no-pie", "-O2 -Wl,--gc-sections"}) {
    const std::string exe = dir.path("main");
    const Outcome build = run(std::string("gcc -Wall -Werror -Wl,--fatal-warnings ") + flags +
                              " -o " + exe + " " + main + " " + object);
    ASSERT_EQ(build.status, 0) << build.output;
    EXPECT_EQ(build.output, "");
    const Outcome outcome = run(exe);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.output, "5 0x12345678 6 1@7\n");
    // Weir's own sections and the DWARF stay behind; no executable stack.
    if (!have("readelf")) continue;
    const Outcome sections = run("readelf --wide -S -l " + exe);
    EXPECT_THAT(sections.output, Not(HasSubstr(".weir.")));
    EXPECT_THAT(sections.output, Not(testing::ContainsRegex("GNU_STACK.*RWE")));
  }
}

TEST(Toolchain, TwoObjectsInOneProgram) {
  NEEDS("gcc");
  const ScratchDir dir;
  NativeParts other = sample::parts();
  for (size_t i = 0; i < other.manifest.programs.size(); ++i) {
    const std::string name = "other_" + std::to_string(i);
    other.manifest.programs[i].symbol = name;
    other.symbols[i + 1].name = name;
  }
  const std::string a = dir.write("a.o", sample::object());
  const std::string b = dir.write("b.o", *write_native_object(other));
  const std::string main = dir.write("main.c", as_bytes(kMain));
  const Outcome build =
      run("gcc -Wl,--fatal-warnings -o " + dir.path("main") + " " + main + " " + b + " " + a);
  ASSERT_EQ(build.status, 0) << build.output;
  EXPECT_EQ(run(dir.path("main")).output, "5 0x12345678 6 1@7\n");
}

}  // namespace
}  // namespace weir
