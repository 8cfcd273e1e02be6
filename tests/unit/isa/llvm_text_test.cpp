// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM 19 as an oracle for the kernel dialect: llvm-mc-19 must assemble our text to our bytes,
// llvm-objdump-19 must print our bytes as our text, and we must read what llvm-objdump-19 and
// clang-19 -S write into the bytes that they mean. Skipped where the tools are not installed.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "frontend/isa/assembler.h"
#include "frontend/isa/disassembler.h"
#include "tests/unit/isa/isa_samples.h"

namespace weir {
namespace {

namespace fs = std::filesystem;
using testing::bytes_of;
using testing::read_file;
using testing::samples_of;

bool have(const std::string& tool) {
  return std::system(("command -v " + tool + " >/dev/null 2>&1").c_str()) == 0;
}

#define REQUIRE_TOOL(tool) \
  if (!have(tool)) GTEST_SKIP() << tool << " is not installed"

class Llvm : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "weir-llvm-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    std::error_code error;
    if (!folder_.empty()) fs::remove_all(folder_, error);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  // Runs in the folder; its standard output and error.
  std::string run(const std::string& command) const {
    const int status =
        std::system(("cd '" + folder_.string() + "' && " + command + " >out.txt 2>&1").c_str());
    const std::string out = read_file(path("out.txt"));
    EXPECT_EQ(status, 0) << command << "\n" << out.substr(0, 4000);
    return out;
  }
  // The bytes of a section of an object file.
  std::vector<uint8_t> section(const std::string& object, const std::string& name) const {
    run("llvm-objcopy-19 -O binary --only-section=" + name + " " + object + " section.bin");
    const std::string bytes = read_file(path("section.bin"));
    return {bytes.begin(), bytes.end()};
  }

 private:
  fs::path folder_;
};

// What LLVM 19 has no instruction for.
bool llvm_knows(Op op) {
  const OpInfo& row = info(op);
  return row.format != Format::kLoadAcquire && row.format != Format::kStoreRelease;
}

// What LLVM has, but shows incompletely or in another spelling.
bool llvm_spells_alike(const Instruction& insn) {
  switch (insn.info().format) {
    case Format::kCallTarget:
    case Format::kCallKfunc: return false;
    case Format::kCall: return insn.imm >= 0;
    case Format::kPacketInd: return insn.imm == 0;
    case Format::kLoadImm64: return insn.op == Op::kLddw;
    default: return llvm_knows(insn.op);
  }
}

std::vector<Instruction> all_samples(bool (*want)(const Instruction&)) {
  std::vector<Instruction> out;
  uint32_t slot = 0;
  for (size_t i = 0; i < kOpCount; ++i) {
    for (Instruction insn : samples_of(static_cast<Op>(i))) {
      if (!want(insn)) continue;
      insn.slot = slot;
      slot += insn.info().slots();
      out.push_back(insn);
    }
  }
  return out;
}

TEST_F(Llvm, McAssemblesOurTextToOurBytes) {
  REQUIRE_TOOL("llvm-mc-19");
  REQUIRE_TOOL("llvm-objcopy-19");
  // llvm-mc 19 takes 16 bits as the distance of gotol, although the instruction has 32.
  const std::vector<Instruction> insns = all_samples([](const Instruction& insn) {
    const bool far = insn.op == Op::kGotol && insn.imm != static_cast<int16_t>(insn.imm);
    return llvm_spells_alike(insn) && !far;
  });
  for (bool hex : {false, true}) {
    DisassembleOptions options;
    options.hex = hex;
    write("t.s", disassemble(insns, Dialect::kKernel, options));
    run("llvm-mc-19 -triple bpfel -mcpu=v4 --filetype=obj t.s -o t.o");
    EXPECT_EQ(section("t.o", ".text"), encode(insns));
  }
}

// Lines `  12:\tBYTES\tTEXT`, by slot; without the ` <symbol>` of a target.
std::map<uint32_t, std::string> listing_texts(const std::string& listing) {
  static const std::regex line_form(R"(^\s*(\d+):\t(?:[0-9a-f]{2} )*[0-9a-f]{2}\t(.*)$)");
  std::map<uint32_t, std::string> out;
  std::istringstream in(listing);
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, line_form)) continue;
    std::string text = match[2];
    if (const size_t symbol = text.find(" <."); symbol != std::string::npos) text.resize(symbol);
    out[static_cast<uint32_t>(std::stoul(match[1]))] = text;
  }
  return out;
}

TEST_F(Llvm, ObjdumpPrintsOurBytesAsOurText) {
  REQUIRE_TOOL("llvm-mc-19");
  REQUIRE_TOOL("llvm-objdump-19");
  const std::vector<Instruction> insns = all_samples(llvm_spells_alike);
  std::string text = ".text\n";
  for (uint8_t byte : encode(insns)) text += ".byte " + std::to_string(byte) + "\n";
  write("t.s", text);
  run("llvm-mc-19 -triple bpfel -mcpu=v4 --filetype=obj t.s -o t.o");
  for (bool hex : {false, true}) {
    const std::string base = std::string("llvm-objdump-19 -d --mcpu=v4 ") +
                             (hex ? "--print-imm-hex " : "--no-print-imm-hex ");
    // With alu32 loads and stores have w registers, without it 32-bit atomics are unknown: our
    // line must be one of the two.
    const auto narrow = listing_texts(run(base + "--mattr=+alu32 t.o"));
    const auto wide = listing_texts(run(base + "--mattr=-alu32 t.o"));
    EXPECT_EQ(narrow.size(), insns.size());
    DisassembleOptions options;
    options.hex = hex;
    for (const Instruction& insn : insns) {
      std::string ours = disassemble(std::span(&insn, 1), Dialect::kKernel, options);
      ours.pop_back();
      const auto a = narrow.find(insn.slot);
      const auto b = wide.find(insn.slot);
      ASSERT_TRUE(a != narrow.end() && b != wide.end()) << ours;
      EXPECT_TRUE(ours == a->second || ours == b->second)
          << "ours:  " << ours << "\nllvm:  " << a->second << "\n   or: " << b->second;
    }
  }
}

// Everything that llvm-objdump knows, as it lists it: bytes, symbols, incomplete text and all.
TEST_F(Llvm, WeReadObjdumpsListings) {
  REQUIRE_TOOL("llvm-mc-19");
  REQUIRE_TOOL("llvm-objdump-19");
  const std::vector<Instruction> insns =
      all_samples([](const Instruction& insn) { return llvm_knows(insn.op); });
  std::string text = ".text\n";
  for (uint8_t byte : encode(insns)) text += ".byte " + std::to_string(byte) + "\n";
  write("t.s", text);
  run("llvm-mc-19 -triple bpfel -mcpu=v4 --filetype=obj t.s -o t.o");
  for (const char* options : {"", "--no-print-imm-hex", "--symbolize-operands"}) {
    const std::string listing =
        run(std::string("llvm-objdump-19 -d --mcpu=v4 --mattr=+alu32 ") + options + " t.o");
    auto made = assemble(listing, "t.o");
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_EQ(made->bytes, encode(insns)) << options;
  }
}

constexpr const char* kSource = R"(
typedef unsigned long long u64;
typedef unsigned int u32;
struct ctx { u32 data, end; u64 x[8]; };
static __attribute__((noinline)) int inner(int a, int b, u64 *p) {
  __sync_fetch_and_add(p, a);
  return a / (b | 1) + a % (b | 1);
}
static __attribute__((noinline)) u64 outer(struct ctx *c, signed char *s) {
  u64 sum = 0x1122334455667788ull;
  for (u32 i = 0; i < c->end; i++) {
    sum += inner(s[i], i, &c->x[i & 7]) ^ __builtin_bswap32(c->data);
    if (sum > 1000) sum >>= 3; else sum <<= 1;
    c->x[(i + 1) & 7] = -sum;
    ((short *)c->x)[i & 15] = __builtin_bswap16(sum);
  }
  return sum;
}
static void *(*lookup)(void *, const void *) = (void *)1;
int main_program(struct ctx *c) {
  char key[8] = {1, 2, 3};
  signed char *value = lookup(c, key);
  if (!value) return -1;
  return outer(c, value) + (c->data < 7u) + ((int)c->data < -3);
}
char _license[] __attribute__((section("license"), used)) = "GPL # no comment";
)";

TEST_F(Llvm, WeAssembleClangsOutputToItsObjectsBytes) {
  REQUIRE_TOOL("clang-19");
  REQUIRE_TOOL("llvm-objcopy-19");
  REQUIRE_TOOL("llvm-objdump-19");
  write("t.c", kSource);
  for (const char* cpu : {"v1", "v2", "v3", "v4"}) {
    for (const char* level : {"-O1", "-O2", "-O2 -g"}) {
      // v1 to v3 have no signed division.
      const std::string defines = cpu == std::string("v4") ? "" : " -Dint=unsigned";
      const std::string clang =
          std::string("clang-19 -target bpf -w -mcpu=") + cpu + " " + level + defines + " t.c ";
      SCOPED_TRACE(clang);
      run(clang + "-S -o t.s");
      run(clang + "-c -o t.o");
      auto made = assemble(read_file(path("t.s")), "t.s");
      ASSERT_TRUE(made) << made.error().to_string();
      const std::vector<uint8_t> expected = section("t.o", ".text");
      EXPECT_EQ(made->bytes, expected);
      auto listed = assemble(run("llvm-objdump-19 -d t.o"), "t.o");
      ASSERT_TRUE(listed) << listed.error().to_string();
      EXPECT_EQ(listed->bytes, expected);
    }
  }
}

}  // namespace
}  // namespace weir
