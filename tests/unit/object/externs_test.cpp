// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the kernel should define and nobody does here: weak and strong symbols, kernel functions,
// and values of the kernel's configuration, which the caller gives.
#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

Result<Program> link_with(const KconfigValues& values, std::string_view name) {
  const ObjectFile object = read_input("externs.o");
  auto entry = object.find_program(name);
  if (!entry) return entry.take_error();
  return link_program(object, **entry, {.kconfig = values});
}

TEST(Externs, ConfigurationIsOneReadOnlyMap) {
  NEEDS_CLANG();
  const auto program = link_with({{"LINUX_KERNEL_VERSION", "6.1.12"},
                                  {"CONFIG_WIDE", "0x1122334455667788"},
                                  {"CONFIG_FLAG", "y"},
                                  {"CONFIG_LETTER", "m"},
                                  {"CONFIG_MODULE", "m"},
                                  {"CONFIG_HOSTNAME", "\"a long name\""},
                                  {"CONFIG_SMALL", "-2"}},
                                 "weak_values");
  ASSERT_TRUE(program) << program.error().to_string();
  ASSERT_EQ(program->maps.size(), 1u);
  const MapDef& map = program->maps[0];
  EXPECT_EQ(map.name, "externs.kconfig");
  EXPECT_TRUE(map.read_only);
  EXPECT_EQ(map.max_entries, 1u);
  // By alignment, size and name: WIDE, MODULE, the version, SMALL, FLAG, LETTER, HOSTNAME.
  EXPECT_THAT(map.initial, ElementsAre(0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,  //
                                       2, 0, 0, 0, 12, 1, 6, 0, 0xfe, 0xff, 1, 'm',     //
                                       'a', ' ', 'l', 'o', 'n', 'g', ' ', 0));
  std::vector<int64_t> offsets;
  for (const Instruction& i : program->insns) {
    if (i.op == Op::kLddwMapValue) offsets.push_back(i.imm);
  }
  EXPECT_THAT(offsets, testing::IsSupersetOf({0, 8, 16, 18, 19}));
}

TEST(Externs, WeakValuesAreZero) {
  NEEDS_CLANG();
  const auto program = link_with({}, "weak_values");
  ASSERT_TRUE(program) << program.error().to_string();
  EXPECT_EQ(program->maps.at(0).initial, std::vector<uint8_t>(28));
}

TEST(Externs, StrongValuesMustBeGiven) {
  NEEDS_CLANG();
  const auto missing = link_with({}, "version");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().to_string(),
              HasSubstr("uses the kernel configuration value 'LINUX_KERNEL_VERSION' (__kconfig), "
                        "which is not given [program-unsupported]"));
  EXPECT_TRUE(link_with({{"LINUX_KERNEL_VERSION", "0x60100"}}, "version"));
}

TEST(Externs, ValuesFitTheirTypes) {
  NEEDS_CLANG();
  auto error = [](const char* name, const char* value) {
    const auto program = link_with({{name, value}}, "weak_values");
    return program ? std::string() : program.error().message();
  };
  EXPECT_EQ(error("CONFIG_FLAG", "m"),
            "'m' is given as the kernel configuration value 'CONFIG_FLAG', which is a bool (y or "
            "n)");
  EXPECT_EQ(error("CONFIG_FLAG", "n"), "");
  EXPECT_EQ(error("CONFIG_SMALL", "32767"), "");
  EXPECT_EQ(error("CONFIG_SMALL", "32768"),
            "'32768' is given as the kernel configuration value 'CONFIG_SMALL', which is an "
            "integer of 2 bytes");
  EXPECT_EQ(error("CONFIG_SMALL", "-32768"), "");
  EXPECT_NE(error("CONFIG_SMALL", "-32769"), "");
  EXPECT_NE(error("CONFIG_SMALL", "y"), "");
  EXPECT_NE(error("CONFIG_WIDE", "12x"), "");
  EXPECT_NE(error("CONFIG_WIDE", ""), "");
  EXPECT_NE(error("CONFIG_MODULE", "1"), "");
  EXPECT_NE(error("CONFIG_HOSTNAME", "name"), "");
  EXPECT_EQ(error("CONFIG_HOSTNAME", "\"\""), "");
  EXPECT_NE(error("CONFIG_LETTER", "256"), "");
}

TEST(Externs, SymbolsOfTheKernel) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("externs.o");
  EXPECT_THAT(link_error(object, "strong_symbol"),
              HasSubstr("uses the kernel symbol 'bpf_strong_symbol' (__ksym), which exists only in "
                        "the kernel [program-unsupported]"));
  const Program weak = link_ok(object, "weak_symbol");
  size_t addresses = 0;
  for (const Instruction& i : weak.insns) {
    if (i.op != Op::kLddw) continue;
    ++addresses;
    EXPECT_EQ(i.imm, 0);
  }
  EXPECT_EQ(addresses, 1u);
  EXPECT_THAT(link_error(object, "missing_function"),
              HasSubstr("calls the function 'somewhere_else', which the file does not define"));
}

TEST(Externs, AWeakFunctionIsNotThereAndNotCalled) {
  NEEDS_CLANG();
  const Program program = link_ok(read_input("externs.o"), "weak_function");
  ASSERT_EQ(program.poisoned.size(), 1u);
  const Poison& poison = program.poisoned[0];
  EXPECT_EQ(poison.reason,
            "calls the weak extern function 'bpf_weak_function', which nothing defines");
  EXPECT_EQ(program.insns.at(poison.insn).op, Op::kCallHelper);
  EXPECT_EQ(program.insns[poison.insn].imm, kPoisonHelper);
  EXPECT_EQ(program.poison_of(poison.insn), &poison);
  EXPECT_EQ(program.poison_of(0), nullptr);
  EXPECT_THAT(program.kfuncs, IsEmpty());
}

TEST(Externs, WithoutBtfNothingIsKnownOfThem) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("externs_no_btf.o");
  EXPECT_THAT(object.externs, IsEmpty());
  EXPECT_THAT(link_error(object, "version"),
              HasSubstr("uses the extern symbol 'LINUX_KERNEL_VERSION', which the file does not "
                        "define"));
}

TEST(Externs, LibraryCallsOfTheCompiler) {
  ElfBuilder elf;
  const uint16_t xdp = elf.add_code("xdp", code({insn(0x85, 0, 1, 0, -1), kRet}));
  elf.add_symbol("f", STT_FUNC, STB_GLOBAL, xdp, 0, 16);
  elf.add_relocation(xdp, 0, kReloc64_32, elf.add_symbol("memset", STT_NOTYPE, STB_GLOBAL, 0));
  EXPECT_THAT(link_error(read_ok(elf.build(), "f.o"), "f"),
              EndsWith("calls the function 'memset', which the file does not define "
                       "[program-unsupported]\nhint: the compiler made this call: use "
                       "__builtin_memcpy and its kin with sizes that are constant and small, and "
                       "compile with -O2"));
}

}  // namespace
}  // namespace weir
