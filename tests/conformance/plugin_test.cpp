// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The plugin, driven as the suite's own runner drives it: a process a case, the program on standard
// input, r0 on standard output.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/conformance/cases.h"

namespace weir::test {
namespace {

struct Answer {
  int status = -1;  // exit code; -1: killed
  std::string out, err;
};

// As the runner writes bytes: two digits and two spaces.
std::string to_argument(const std::vector<uint8_t>& bytes) {
  return fmt::format("{:02x}  ", fmt::join(bytes, "  "));
}

class Plugin : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "weir-plugin-XXXXXX";
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string path(std::string_view name) const { return fmt::format("{}/{}", folder_, name); }
  void write(const std::string& name, std::string_view text) {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  std::string read(const std::string& name) {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  // Runs a command with its streams in files.
  int spawn(std::vector<std::string> arguments) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto redirect = [&](const char* name, int flags, int to) {
        ::dup2(::open(path(name).c_str(), flags, 0600), to);
      };
      redirect("in", O_RDONLY, STDIN_FILENO);
      redirect("out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
      redirect("err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      ::alarm(60);  // a hanging plugin is a failure, not a hanging test
      ::execv(argv.front(), argv.data());
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  Answer call(std::vector<std::string> arguments, std::string_view input) {
    write("in", input);
    arguments.insert(arguments.begin(), WEIR_PLUGIN);
    Answer answer;
    answer.status = spawn(std::move(arguments));
    answer.out = read("out");
    answer.err = read("err");
    return answer;
  }

  void expect_r0(const ConformanceCase& c, const char* engine) {
    std::vector<std::string> arguments;
    if (!c.memory.empty()) arguments.push_back(to_argument(c.memory));
    arguments.push_back(engine);
    const Answer answer = call(arguments, to_argument(c.code) + "\n");
    EXPECT_EQ(answer.status, 0) << c.name << ": " << answer.err;
    EXPECT_EQ(answer.out, fmt::format("{:x}\n", c.r0)) << c.name;
    EXPECT_EQ(answer.err, "") << c.name;
  }

 private:
  std::string folder_;
};

constexpr std::string_view kExit =
    "b7  00  00  00  2a  00  00  00  95  00  00  00  00  00  00  00  \n";

TEST_F(Plugin, ExampleOfTheContract) {
  const std::string_view program =
      "71  10  02  00  00  00  00  00  95  00  00  00  00  00  00  00  \n";
  for (const char* engine : {"--interp", "--jit", "--aot", "--cached"}) {
    const Answer answer = call({"aa  bb  11  cc  dd  ", engine}, program);
    EXPECT_EQ(answer.status, 0) << engine << answer.err;
    EXPECT_EQ(answer.out, "11\n") << engine;
    EXPECT_EQ(answer.err, "") << engine;
  }
}

TEST_F(Plugin, WithoutMemoryOrOptions) {
  EXPECT_EQ(call({}, kExit).out, "2a\n");
  EXPECT_EQ(call({"--interp"}, kExit).out, "2a\n");
  EXPECT_EQ(call({"-O0", "--aot"}, kExit).out, "2a\n");
}

TEST_F(Plugin, FailureIsSaidOnStandardError) {
  struct Row {
    std::vector<std::string> arguments;
    std::string_view input;
    int status;
    const char* says;
  };
  const Row rows[] = {
      {{"--interp"}, "zz\n", 1, "hexadecimal"},
      {{"--interp"}, "", 1, "no instructions"},
      {{"--interp"}, "ff  00  00  00  00  00  00  00  \n", 1, "unknown opcode"},
      {{"--interp"}, "b7  00  00  00  2a  00  00  00  \n", 1, "past its last instruction"},
      // r0 = *(u8 *)(r1 + 0) of no memory; helper 6; a loop without end.
      {{"--interp"},
       "71  10  00  00  00  00  00  00  95  00  00  00  00  00  00  00  \n",
       1,
       "trap"},
      {{"--jit"}, "71  10  00  00  00  00  00  00  95  00  00  00  00  00  00  00  \n", 1, "trap"},
      {{"--interp"},
       "85  00  00  00  06  00  00  00  95  00  00  00  00  00  00  00  \n",
       1,
       "trap"},
      {{"--interp"}, "05  00  ff  ff  00  00  00  00  \n", 1, "budget"},
      {{"--aot"}, "05  00  ff  ff  00  00  00  00  \n", 1, "budget"},
      {{"--elf"}, "not an object", 1, "error"},
      {{"--frobnicate"}, kExit, 64, "unknown argument"},
      {{"aa  b"}, kExit, 64, "hexadecimal"},
  };
  for (const Row& row : rows) {
    const Answer answer = call(row.arguments, row.input);
    EXPECT_EQ(answer.status, row.status) << row.arguments.front() << " " << row.input;
    EXPECT_EQ(answer.out, "") << row.input;
    EXPECT_NE(answer.err.find(row.says), std::string::npos) << row.input << answer.err;
  }
}

TEST_F(Plugin, Elf) {
#ifndef WEIR_CLANG
  GTEST_SKIP() << "no clang to make an object file with";
#else
  write("main.c",
        "static __attribute__((noinline)) int twice(int x) { return x * 2; }\n"
        "int main(unsigned char *mem, unsigned long n) { return twice(mem[n - 1]); }\n");
  write("in", "");
  ASSERT_EQ(
      spawn({WEIR_CLANG, "-target", "bpf", "-ffreestanding", "-O2", "-c", path("main.c"), "-o", path("main.o")}), 0)
      << read("err");
  const std::string object = read("main.o");
  for (const char* engine : {"--interp", "--jit"}) {
    const Answer answer = call({"01  02  15  ", engine, "--elf"}, object);
    EXPECT_EQ(answer.status, 0) << answer.err;
    EXPECT_EQ(answer.out, "2a\n");
  }
#endif
}

TEST_F(Plugin, EveryCaseInterpreted) {
  if (conformance_folder().empty()) GTEST_SKIP() << why_skipped();
  const auto cases = read_cases();
  ASSERT_TRUE(cases) << cases.error().to_string();
  ASSERT_EQ(cases->size(), kCases);
  for (const ConformanceCase& c : *cases) expect_r0(c, "--interp");
}

// LLVM takes long to start: a sample.
TEST_F(Plugin, SomeCasesCompiled) {
  if (conformance_folder().empty()) GTEST_SKIP() << why_skipped();
  const auto cases = read_cases();
  ASSERT_TRUE(cases) << cases.error().to_string();
  for (size_t i = 0; i < cases->size(); i += 15) expect_r0((*cases)[i], "--jit");
}

}  // namespace
}  // namespace weir::test
