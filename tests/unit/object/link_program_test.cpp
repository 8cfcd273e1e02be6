// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// link_program(): the exact instructions, tables and lines of linked programs, and its exact
// errors.
#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const RawInsn kCall = insn(0x85, 0, 1, 0, -1);
const RawInsn kLddw = insn(0x18);
const RawInsn kLddwHigh = insn(0);

TEST(LinkProgram, LaysOutAndResolves) {
  NEEDS_CLANG();
  for (const char* input :
       {"programs_v1.o", "programs_v2_g.o", "programs_v3.o", "programs_v4_g.o"}) {
    SCOPED_TRACE(input);
    const Program program = link_ok(read_input(input), "pass");
    EXPECT_EQ(program.name, "pass");
    EXPECT_EQ(program.section, "xdp");
    EXPECT_EQ(program.license, "Dual MIT/GPL");
    EXPECT_THAT(listing(program),
                ElementsAre("0 Mov64Reg r6 r1", "1 CallLocal #6 ->1", "2 Jeq64Imm r0 ->5",
                            "3 LddwFunc r2 #8 ->2", "5 CallHelper #181", "6 Mov64Imm r0 #2",
                            "7 Exit",  //
                            "8 Mov64Reg r6 r1", "9 CallLocal #4 ->3", "10 Add64Imm r0 #1",
                            "11 Exit", "12 Mov64Imm r0", "13 Exit",  //
                            "14 Mov64Imm r0 #7", "15 Exit"));
    ASSERT_EQ(program.subprograms.size(), 4u);
    EXPECT_EQ(program.subprograms[0].name, "pass");
    EXPECT_EQ(program.subprograms[1].name, "middle");
    EXPECT_EQ(program.subprograms[1].first, 7u);
    EXPECT_EQ(program.subprograms[1].count, 4u);
    EXPECT_EQ(program.subprograms[2].name, "callback");
    EXPECT_EQ(program.subprograms[3].name, "leaf");
    EXPECT_THAT(program.maps, IsEmpty());
    EXPECT_THAT(program.kfuncs, IsEmpty());
  }
}

TEST(LinkProgram, LeavesOutWhatIsNotReferredTo) {
  NEEDS_CLANG();
  const Program program = link_ok(read_input("programs_v3.o"), "drop");
  EXPECT_THAT(listing(program),
              ElementsAre("0 Mov64Imm r1 #3", "1 Add64Imm r1 #-1", "2 Jne64Imm r1 ->1",
                          "3 Lddw r2 #1234605616436508552", "5 Mov64Imm r0 #1", "6 Exit"));
  EXPECT_EQ(program.subprograms.size(), 1u);
}

TEST(LinkProgram, CallsInACircleAcrossSections) {
  NEEDS_CLANG();
  const Program program = link_ok(read_input("programs_v3.o"), "classify");
  EXPECT_THAT(listing(program),
              ElementsAre("0 CallLocal #1 ->1", "1 Exit",                     // classify
                          "2 CallLocal #-3", "3 CallLocal #1 ->2", "4 Exit",  // far
                          "5 Mov64Imm r0 #7", "6 Exit"));                     // leaf
}

TEST(LinkProgram, EncodesAsTheKernelHasIt) {
  NEEDS_CLANG();
  // Local calls and jumps are distances again, so that the bytes decode to the same program.
  const Program program = link_ok(read_input("programs_v3.o"), "classify");
  auto again = decode(encode(program.insns));
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_THAT(again->at(0).target, program.subprograms[1].first);
  EXPECT_THAT(again->at(2).target, 0u);
}

TEST(LinkProgram, LinesFollowTheirInstructions) {
  NEEDS_CLANG();
  for (const char* input : {"lines_v1_g.o", "lines_v2_g.o", "lines_v3_g.o", "lines_v4_g.o"}) {
    SCOPED_TRACE(input);
    const Program program = link_ok(read_input(input), "count");
    ASSERT_EQ(program.subprograms.size(), 3u);  // count, cube, square
    EXPECT_THAT(program.source_files, ElementsAre(EndsWith("lines.c")));
    EXPECT_EQ(program.line_of(0)->text, "int count(void *skb) {");
    EXPECT_EQ(program.line_of(0)->line, 14u);
    EXPECT_EQ(program.line_of(program.subprograms[1].first)->text,
              "static NOINLINE u32 cube(u32 x) {");
    const Subprogram& square = program.subprograms[2];
    EXPECT_EQ(program.line_of(square.first + square.count - 1)->text, "  return x * x;");
    bool load_seen = false;
    for (uint32_t i = 0; i < program.insns.size(); ++i) {
      if (program.insns[i].op != Op::kLdxw) continue;
      load_seen = true;
      EXPECT_EQ(program.line_of(i)->text, "  u32 n = *(u32 *)skb;");
      EXPECT_EQ(program.line_of(i)->line, 15u);
    }
    EXPECT_TRUE(load_seen);
  }
  EXPECT_THAT(link_ok(read_input("lines_v3.o"), "count").lines, IsEmpty());
}

TEST(LinkProgram, MapsAreIndexesInOrderOfUse) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("btf_maps.o");
  const Program program = link_ok(object, "use");
  ASSERT_EQ(program.maps.size(), 2u);
  EXPECT_EQ(program.maps[0].name, "counts");  // static: by section and offset
  EXPECT_EQ(program.maps[1].name, "flows");
  std::vector<uint32_t> used;
  for (const Instruction& i : program.insns) {
    if (i.op != Op::kLddwMapFd) continue;
    used.push_back(i.target);
    EXPECT_EQ(i.imm, 0);
  }
  EXPECT_THAT(used, ElementsAre(0, 1, 0));
  EXPECT_THAT(link_ok(object, "unrelated").maps, IsEmpty());

  const Program legacy = link_ok(read_input("legacy_maps.o"), "use");
  ASSERT_EQ(legacy.maps.size(), 2u);
  EXPECT_EQ(legacy.maps[0].name, "last");
  EXPECT_EQ(legacy.maps[1].name, "pinned");
}

TEST(LinkProgram, KfuncsAreKeptByName) {
  NEEDS_CLANG();
  const Program program = link_ok(read_input("kfunc.o"), "call_host");
  EXPECT_THAT(program.kfuncs, ElementsAre("host_second", "host_first"));
  std::vector<uint32_t> called;
  for (const Instruction& i : program.insns) {
    if (i.op == Op::kCallKfunc) called.push_back(i.target);
  }
  EXPECT_THAT(called, ElementsAre(0, 1, 0));
}

TEST(LinkProgram, TextPrograms) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("text_only.o");
  EXPECT_EQ(link_ok(object, "first").subprograms.size(), 2u);
  EXPECT_EQ(link_ok(object, "second").subprograms.size(), 1u);
}

// --- Made by hand ---

// One section "xdp" with one function "f", relocated as `relocate` says.
template <class Relocate>
ObjectFile one(std::vector<uint8_t> body, Relocate relocate) {
  ElfBuilder elf;
  const uint64_t size = body.size();
  const uint16_t xdp = elf.add_code("xdp", std::move(body));
  elf.add_symbol("f", STT_FUNC, STB_GLOBAL, xdp, 0, size);
  relocate(elf, xdp);
  return read_ok(elf.build(), "f.o");
}
ObjectFile one(std::vector<uint8_t> body) {
  return one(std::move(body), [](ElfBuilder&, uint16_t) {});
}

TEST(LinkProgram, CallsWithinASectionNeedNoRelocation) {
  ElfBuilder elf;
  const uint16_t xdp = elf.add_code(
      "xdp", code({insn(0x85, 0, 1, 0, 2), kRet, kMov0, kRet, insn(0x85, 0, 1, 0, -3), kRet}));
  elf.add_symbol("a", STT_FUNC, STB_GLOBAL, xdp, 0, 16);
  elf.add_symbol("b", STT_NOTYPE, STB_GLOBAL, xdp, 16, 0);
  elf.add_symbol("c", STT_FUNC, STB_GLOBAL, xdp, 24, 24);
  // a calls slot 3 = c, which calls slot 2 = b; b runs past its end.
  EXPECT_THAT(link_error(read_ok(elf.build(), "f.o"), "a"),
              HasSubstr("function 'b' can run past its last instruction, Mov64Imm"));
}

TEST(LinkProgram, FunctionReferenceOfALinkedFile) {
  // src = 4 and the distance in the immediate, as in loaded programs.
  ElfBuilder elf;
  const uint16_t xdp =
      elf.add_code("xdp", code({insn(0x18, 2, 4, 0, 2), kLddwHigh, kRet, kMov0, kRet}));
  elf.add_symbol("a", STT_FUNC, STB_GLOBAL, xdp, 0, 24);
  elf.add_symbol("b", STT_FUNC, STB_GLOBAL, xdp, 24, 16);
  EXPECT_THAT(listing(link_ok(read_ok(elf.build(), "f.o"), "a")),
              ElementsAre("0 LddwFunc r2 #2 ->1", "2 Exit", "3 Mov64Imm r0", "4 Exit"));
}

TEST(LinkProgram, AliasesAreOneFunction) {
  ElfBuilder elf;
  const uint16_t text = elf.add_code(".text", code({kMov0, kRet}));
  const uint32_t name = elf.add_symbol("name", STT_FUNC, STB_GLOBAL, text, 0, 16);
  const uint32_t alias = elf.add_symbol("alias", STT_FUNC, STB_GLOBAL, text, 0, 16);
  const uint16_t xdp = elf.add_code("xdp", code({kCall, kCall, kRet}));
  elf.add_symbol("f", STT_FUNC, STB_GLOBAL, xdp, 0, 24);
  elf.add_relocation(xdp, 0, kReloc64_32, name);
  elf.add_relocation(xdp, 8, kReloc64_32, alias);
  EXPECT_THAT(
      listing(link_ok(read_ok(elf.build(), "f.o"), "f")),
      ElementsAre("0 CallLocal #2 ->1", "1 CallLocal #1 ->1", "2 Exit", "3 Mov64Imm r0", "4 Exit"));
}

TEST(LinkProgram, IndirectCallsOfOldCompilers) {
  // LLVM up to 18 has callx's register in the immediate, later ones in dst.
  const RawInsn old = insn(0x8d, 0, 0, 0, 3);
  const RawInsn recent = insn(0x8d, 3);
  for (const RawInsn& callx : {old, recent}) {
    const Program program = link_ok(one(code({callx, kRet})), "f");
    EXPECT_THAT(listing(program), ElementsAre("0 Callx r3", "1 Exit"));
    EXPECT_EQ(program.insns[0].imm, 0);
  }
  EXPECT_THAT(link_error(one(code({insn(0x8d, 0, 0, 0, 11), kRet})), "f"),
              HasSubstr("[insn-reserved-field]"));
  EXPECT_THAT(link_error(one(code({insn(0x8d, 2, 0, 0, 3), kRet})), "f"),
              HasSubstr("[insn-reserved-field]"));
}

TEST(LinkProgram, StaticFunctionsOfOneName) {
  // Linked files may have several: the place counts, not the name.
  ElfBuilder elf;
  const uint16_t text = elf.add_code(".text", code({kMov0, kRet, insn(0xb7, 0, 0, 0, 1), kRet}));
  elf.add_symbol("help", STT_FUNC, STB_LOCAL, text, 0, 16);
  elf.add_symbol("help", STT_FUNC, STB_LOCAL, text, 16, 16);
  const uint32_t section = elf.add_symbol("", STT_SECTION, STB_LOCAL, text);
  // The immediate counts slots in the section; one less, as for distances.
  const uint16_t xdp =
      elf.add_code("xdp", code({insn(0x85, 0, 1, 0, 1), insn(0x85, 0, 1, 0, -1), kRet}));
  elf.add_symbol("f", STT_FUNC, STB_GLOBAL, xdp, 0, 24);
  elf.add_relocation(xdp, 0, kReloc64_32, section);
  elf.add_relocation(xdp, 8, kReloc64_32, section);
  const Program program = link_ok(read_ok(elf.build(), "f.o"), "f");
  ASSERT_EQ(program.subprograms.size(), 3u);
  EXPECT_EQ(program.subprograms[1].name, "help");
  EXPECT_EQ(program.subprograms[2].name, "help");
  EXPECT_EQ(program.insns[program.subprograms[1].first].imm, 1);
  EXPECT_EQ(program.insns[program.subprograms[2].first].imm, 0);
}

TEST(LinkProgram, AddendsMayBeNegative) {
  // &array[-1 + n]: the compiler puts -4 into the immediate of a symbol at 8.
  const ObjectFile object =
      one(code({insn(0x18, 1, 0, 0, -4), kLddwHigh, kRet}), [](ElfBuilder& elf, uint16_t xdp) {
        const uint16_t data =
            elf.add_section(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, std::vector<uint8_t>(16));
        elf.add_relocation(xdp, 0, kReloc64_64,
                           elf.add_symbol("v", STT_OBJECT, STB_GLOBAL, data, 8, 8));
      });
  EXPECT_THAT(listing(link_ok(object, "f")), ElementsAre("0 LddwMapValue r1 #4", "2 Exit"));
}

TEST(LinkProgram, RelocationsOfTheFirstLlvmBackends) {
  // LLVM 3.7 had no number for what it relocated: the instruction says it.
  const ObjectFile object = one(code({kLddw, kLddwHigh, kRet}), [](ElfBuilder& elf, uint16_t xdp) {
    const uint16_t maps =
        elf.add_section("maps", SHT_PROGBITS, SHF_ALLOC, bytes_of<uint32_t>({1, 4, 4, 1}));
    elf.add_relocation(xdp, 0, kRelocNone, elf.add_symbol("m", STT_NOTYPE, STB_GLOBAL, maps));
  });
  EXPECT_THAT(listing(link_ok(object, "f")), ElementsAre("0 LddwMapFd r0", "2 Exit"));
}

TEST(LinkProgram, BadReferences) {
  // What the instruction at slot 1 says, relocated with `type` against a symbol that `make` adds.
  auto error = [](RawInsn first, uint32_t type, auto&& make) {
    const ObjectFile object = one(
        code({kMov0, first, kLddwHigh, kRet}),
        [&](ElfBuilder& elf, uint16_t xdp) { elf.add_relocation(xdp, 8, type, make(elf, xdp)); });
    std::string text = link_error(object, "f");
    EXPECT_THAT(text, StartsWith("error: f.o: program 'f': instruction 1: "));
    return text;
  };
  auto own = [](ElfBuilder&, uint16_t) { return 1u; };
  auto undefined = [](ElfBuilder& elf, uint16_t) {
    return elf.add_symbol("gone", STT_NOTYPE, STB_GLOBAL, SHN_UNDEF);
  };
  auto section = [](const char* name) {
    return [name](ElfBuilder& elf, uint16_t) {
      const uint16_t s = elf.add_section(name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, code({kRet}));
      return elf.add_symbol("", STT_SECTION, STB_LOCAL, s);
    };
  };

  EXPECT_THAT(
      error(kMov0, kReloc64_32, own),
      HasSubstr("R_BPF_64_32 applies to opcode 0xb7, but only calls and 64-bit immediates are "
                "relocated [elf-relocation]"));
  EXPECT_THAT(error(kCall, kReloc64_64, own),
              HasSubstr("R_BPF_64_64 applies to a call, but R_BPF_64_32 was expected"));
  EXPECT_THAT(error(kLddw, 77, own),
              HasSubstr("relocation type 77 applies to a 64-bit immediate, but R_BPF_64_64 was"));
  EXPECT_THAT(error(insn(0x85, 0, 0, 0, 5), kReloc64_32, own),
              HasSubstr("a call with src 0 has R_BPF_64_32 against 'f', but src 1 (a local call)"));
  EXPECT_THAT(
      error(insn(0x85, 0, 1, 0, 0), kReloc64_32, own),
      HasSubstr("calls offset 8 of section 'xdp', which is inside the function 'f' and not its "
                "start [insn-bad-target]"));
  EXPECT_THAT(error(insn(0x85, 0, 1, 0, -5), kReloc64_32, own),
              HasSubstr("calls offset -32 of section 'xdp', which has 32 bytes [insn-bad-target]"));
  EXPECT_THAT(error(insn(0x18, 1, 0, 0, 8), kReloc64_64, own),
              HasSubstr("takes the address of offset 8 of section 'xdp', which is inside"));
  EXPECT_THAT(error(kLddw, kReloc64_64, undefined),
              HasSubstr("uses the extern symbol 'gone', which the file does not define"));
  EXPECT_THAT(error(insn(0x18, 1, 0, 0, 9), kReloc64_64, section(".data.mine")),
              HasSubstr("refers to offset 9 of section '.data.mine', which has 8 bytes "
                        "[elf-relocation]"));
  EXPECT_THAT(error(insn(0x18, 1, 0, 0, -1), kReloc64_64, section(".data.mine")),
              HasSubstr("refers to offset -1 of section '.data.mine', which has 8 bytes"));
  EXPECT_THAT(error(kLddw, kReloc64_64, section(".addr_space.1")),
              HasSubstr("a variable in an arena (section '.addr_space.1')"));
  EXPECT_THAT(error(kCall, kReloc64_32, section(".data")),
              HasSubstr("calls '' in section '.data', which is no function"));
  EXPECT_THAT(error(kLddw, kReloc64_64,
                    [](ElfBuilder& elf, uint16_t) {
                      return elf.add_symbol("n", STT_NOTYPE, STB_GLOBAL, SHN_ABS, 5);
                    }),
              HasSubstr("R_BPF_64_64 against the absolute symbol 'n'"));
  EXPECT_THAT(error(kLddw, kReloc64_64,
                    [](ElfBuilder& elf, uint16_t) {
                      return elf.add_symbol("c", STT_OBJECT, STB_GLOBAL, SHN_COMMON, 8, 8);
                    }),
              HasSubstr("uses the global variable 'c', which is in no section (common) "
                        "[program-unsupported]\nhint: compile with -fno-common"));
  EXPECT_THAT(error(kLddw, kReloc64_64,
                    [](ElfBuilder& elf, uint16_t) {
                      const uint16_t s = elf.add_section(".note", SHT_PROGBITS, 0, code({kRet}));
                      return elf.add_symbol("note", STT_OBJECT, STB_GLOBAL, s);
                    }),
              HasSubstr("refers to section '.note', which holds neither functions, maps nor data"));
  auto map_at = [](uint64_t offset) {
    return [offset](ElfBuilder& elf, uint16_t) {
      const uint16_t s =
          elf.add_section("maps", SHT_PROGBITS, SHF_ALLOC, bytes_of<uint32_t>({1, 4, 4, 1, 0}));
      elf.add_symbol("m", STT_OBJECT, STB_GLOBAL, s, 0, 20);
      return elf.add_symbol("", STT_SECTION, STB_LOCAL, s, offset);
    };
  };
  EXPECT_THAT(error(kLddw, kReloc64_64, map_at(4)),
              HasSubstr("refers to offset 4 of section 'maps', where no map definition starts"));
}

TEST(LinkProgram, ImmediatesThatOnlyOneKernelUnderstands) {
  EXPECT_THAT(link_error(one(code({insn(0x18, 1, 1, 0, 5), kLddwHigh, kRet})), "f"),
              HasSubstr("instruction 0: a 64-bit immediate with src 1 (a map or variable of one "
                        "kernel), but without a relocation that names it [elf-relocation]"));
  EXPECT_THAT(link_error(one(code({insn(0x18, 1, 15, 0, 5), kLddwHigh, kRet})), "f"),
              HasSubstr("with src 15 is no instruction [insn-reserved-field]"));
  EXPECT_THAT(link_error(one(code({insn(0x85, 0, 2, 0, 321), kRet})), "f"),
              HasSubstr("calls a kernel function by its BTF id, 321, which means something in one "
                        "kernel only [program-unsupported]"));
}

TEST(LinkProgram, BadJumpsAndInstructions) {
  EXPECT_EQ(
      link_error(one(code({kMov0, insn(0x05, 0, 0, 5), kRet})), "f"),
      "error: f.o: program 'f': instruction 1: jump goes to slot 7, outside the function 'f' at "
      "slots 0 to 2 [insn-bad-target]");
  EXPECT_THAT(link_error(one(code({insn(0x05, 0, 0, -2), kRet})), "f"),
              HasSubstr("goes to slot -1"));
  EXPECT_THAT(link_error(one(code({insn(0x06, 0, 0, 0, INT32_MAX), kRet})), "f"),
              HasSubstr("goes to slot 2147483648, outside"));
  EXPECT_THAT(link_error(one(code({insn(0x05, 0, 0, 1), kLddw, kLddwHigh, kRet})), "f"),
              HasSubstr("jump goes to slot 2, the middle of a 64-bit immediate"));
  EXPECT_THAT(link_error(one(code({kMov0, insn(0xff), kRet})), "f"),
              HasSubstr("instruction 1: unknown opcode 0xff [insn-unknown-opcode]"));
  EXPECT_THAT(link_error(one(code({kMov0, kLddw})), "f"),
              HasSubstr("instruction 1: a 64-bit immediate needs two slots"));
}

TEST(LinkProgram, ErrorsInSubprogramsCountFromTheEntry) {
  ElfBuilder elf;
  const uint16_t text = elf.add_code(".text", code({kMov0, insn(0xff), kRet}));
  const uint32_t sub = elf.add_symbol("sub", STT_FUNC, STB_GLOBAL, text, 0, 24);
  const uint16_t xdp = elf.add_code("xdp", code({kMov0, kCall, kRet}));
  elf.add_symbol("f", STT_FUNC, STB_GLOBAL, xdp, 0, 24);
  elf.add_relocation(xdp, 8, kReloc64_32, sub);
  auto program = link(read_ok(elf.build(), "f.o"), "f");
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().to_string(),
            "error: f.o: program 'f': instruction 4: unknown opcode 0xff [insn-unknown-opcode]");
  EXPECT_EQ(program.error().where().section, ".text");
}

TEST(LinkProgram, JumpIntoTheNextFunction) {
  ElfBuilder elf;
  const uint16_t xdp = elf.add_code("xdp", code({insn(0x05, 0, 0, 1), kRet, kMov0, kRet}));
  elf.add_symbol("a", STT_FUNC, STB_GLOBAL, xdp, 0, 16);
  elf.add_symbol("b", STT_FUNC, STB_GLOBAL, xdp, 16, 16);
  EXPECT_THAT(link_error(read_ok(elf.build(), "f.o"), "a"),
              HasSubstr("jump goes to slot 2, outside the function 'a' at slots 0 to 1"));
}

TEST(LinkProgram, FunctionOfAnotherObject) {
  const ObjectFile object = one(code({kMov0, kRet}));
  FunctionSymbol foreign = object.functions[0];
  foreign.section = 77;
  EXPECT_EQ(link_program(object, foreign).error().to_string(),
            "error: f.o: function 'f' is not from this object [usage]");
}

}  // namespace
}  // namespace weir
