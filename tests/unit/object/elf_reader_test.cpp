// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// read_elf(): what it takes from a good object, and its exact words for each wrong or damaged one.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> names(const std::vector<const FunctionSymbol*>& functions) {
  std::vector<std::string> out;
  for (const FunctionSymbol* f : functions) out.push_back(f->name);
  return out;
}

// A sound object with one program, to damage.
ElfBuilder sound() {
  ElfBuilder elf;
  const uint16_t xdp = elf.add_code("xdp", code({kMov0, kRet}));
  elf.add_symbol("pass", STT_FUNC, STB_GLOBAL, xdp, 0, 16);
  return elf;
}

TEST(ElfReader, EveryCpuVersionWithAndWithoutDebugInformation) {
  NEEDS_CLANG();
  for (const char* cpu : {"v1", "v2", "v3", "v4"}) {
    for (const char* debug : {"", "_g"}) {
      const std::string name = std::string("programs_") + cpu + debug + ".o";
      SCOPED_TRACE(name);
      const ObjectFile object = read_input(name);
      EXPECT_EQ(object.license, "Dual MIT/GPL");
      EXPECT_THAT(names(object.programs()), ElementsAre("pass", "drop", "classify", "far"));
      EXPECT_EQ(object.functions.size(), 7u);
      EXPECT_EQ(object.btf.empty(), *debug == '\0');
      EXPECT_EQ(object.lines.empty(), *debug == '\0');
    }
  }
}

TEST(ElfReader, FunctionsHaveTheirExtentAndBinding) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("programs_v3.o");
  std::vector<std::string> found;
  for (const FunctionSymbol& f : object.functions) {
    found.push_back(object.sections[f.section].name + " " + f.name + " " +
                    std::to_string(f.offset) + "+" + std::to_string(f.size) +
                    (f.global ? " global" : " static") + (f.entry ? " entry" : ""));
  }
  EXPECT_THAT(found, ElementsAre(".text leaf 0+16 static", ".text middle 16+32 global",
                                 ".text callback 48+16 static", "xdp pass 0+64 global entry",
                                 "xdp drop 64+56 global entry", "tc classify 0+16 global entry",
                                 "helpers far 0+24 global entry"));
}

TEST(ElfReader, TextHoldsProgramsWhenThereIsNothingElse) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("text_only.o");
  EXPECT_THAT(names(object.programs()), ElementsAre("first", "second"));
  EXPECT_EQ(object.license, "");
}

TEST(ElfReader, SectionsHaveTheirKind) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("data.o");
  auto kind = [&](std::string_view name) {
    for (const Section& s : object.sections) {
      if (s.name == name) return s.kind;
    }
    ADD_FAILURE() << name;
    return SectionKind::kOther;
  };
  EXPECT_EQ(kind("xdp"), SectionKind::kProgram);
  EXPECT_EQ(kind(".bss"), SectionKind::kBss);
  EXPECT_EQ(kind(".data"), SectionKind::kData);
  EXPECT_EQ(kind(".rodata"), SectionKind::kRodata);
  EXPECT_EQ(kind(".BTF"), SectionKind::kOther);
  EXPECT_EQ(kind(".symtab"), SectionKind::kOther);
}

TEST(ElfReader, LinesAreByOffsetInTheSection) {
  NEEDS_CLANG();
  // Clang writes .rel.BTF.ext; the offsets are right without applying it, also for the second
  // function of .text, whose offset is not zero.
  const ObjectFile object = read_input("lines_v3_g.o");
  EXPECT_THAT(object.source_files, ElementsAre(EndsWith("lines.c")));
  for (const FunctionSymbol& f : object.functions) {
    const SourceLine* line = object.line_at(f.section, f.offset);
    ASSERT_NE(line, nullptr) << f.name;
    EXPECT_EQ(line->offset, f.offset);
    EXPECT_THAT(line->text, HasSubstr(f.name + "("));
  }
  const FunctionSymbol* square = nullptr;
  for (const FunctionSymbol& f : object.functions) {
    if (f.name == "square") square = &f;
  }
  ASSERT_NE(square, nullptr);
  EXPECT_GT(square->offset, 0u);
  const SourceLine* body = object.line_at(square->section, square->offset + square->size - 8);
  ASSERT_NE(body, nullptr);
  EXPECT_EQ(body->line, 6u);
  EXPECT_EQ(body->column, 3u);
  EXPECT_EQ(body->text, "  return x * x;");
}

TEST(ElfReader, FindProgram) {
  NEEDS_CLANG();
  const ObjectFile object = read_input("programs_v3.o");
  EXPECT_EQ((*object.find_program("drop"))->name, "drop");
  EXPECT_EQ((*object.find_program("tc"))->name, "classify");  // the only one of its section
  EXPECT_EQ(object.find_program("").error().to_string(),
            "error: programs_v3.o: the file has 4 programs: 'pass' (xdp), 'drop' (xdp), 'classify' "
            "(tc), 'far' (helpers) [usage]\nhint: say which one by its name");
  EXPECT_EQ(object.find_program("xdp").error().to_string(),
            "error: programs_v3.o: 2 programs are in section 'xdp': 'pass' (xdp), 'drop' (xdp) "
            "[usage]\nhint: say which one by its name");
  EXPECT_EQ(object.find_program("leaf").error().to_string(),
            "error: programs_v3.o: no program or section is named 'leaf'; there is 'pass' (xdp), "
            "'drop' (xdp), 'classify' (tc), 'far' (helpers) [not-found]");
  EXPECT_EQ((*read_input("kfunc.o").find_program(""))->name, "call_host");
}

TEST(ElfReader, FileWithoutProgram) {
  const ObjectFile object = read_ok(ElfBuilder().build(), "f.o");
  EXPECT_EQ(
      object.find_program("x").error().to_string(),
      "error: f.o: the file has no program: no section holds instructions [elf-no-program]\n"
      "hint: put the function in a section that names its hook, e.g. SEC(\"xdp\"), and compile "
      "with clang -target bpf -c");
}

TEST(ElfReader, SaysWhatElseTheFileIs) {
  const std::string hint = "\nhint: compile with clang -target bpf -O2 -g -c";
  EXPECT_EQ(
      read_error({}),
      "error: f.o: the file is empty, but an ELF file was expected [elf-truncated]\nhint: the "
      "file is cut short or damaged: copy or build it again");
  EXPECT_EQ(
      read_error(as_bytes(std::string_view("\0\1\2\3\4", 5))),
      "error: f.o: this is not an ELF file: it starts with the bytes 00 01 02 03, but 7f 45 4c "
      "46 was expected [elf-not-bpf]" +
          hint);
  EXPECT_EQ(read_error(as_bytes("\xff")),
            "error: f.o: this is not an ELF file: it starts with the bytes ff, but 7f 45 4c 46 was "
            "expected [elf-not-bpf]" +
                hint);
  EXPECT_EQ(
      read_error(as_bytes("int main() {}\n")),
      "error: f.o: this is a text file, but an ELF object was expected [elf-not-bpf]\nhint: if "
      "it is C source, compile it with clang -target bpf -O2 -g -c");
  EXPECT_EQ(read_error(as_bytes("!<arch>\nx")),
            "error: f.o: this is an archive, but an ELF object was expected [elf-not-bpf]\nhint: "
            "extract the object with ar x, or link it with bpftool gen object");
  EXPECT_THAT(read_error(as_bytes("\xDE\xC0\x17\x0B wrapped")),
              HasSubstr("this is LLVM bitcode, but an ELF object was expected [elf-not-bpf]"));
}

TEST(ElfReader, SaysWhichWrongObjectClangWrote) {
  NEEDS_CLANG();
  const std::string hint = "\nhint: compile with clang -target bpf -O2 -g -c";
  EXPECT_EQ(
      read_error(input_bytes("host_x86.o")),
      "error: f.o: this is an x86-64 object, but a BPF object was expected [elf-not-bpf]" + hint);
  EXPECT_EQ(read_error(input_bytes("host_i386.o")),
            "error: f.o: this is a 32-bit x86 object, but a BPF object was expected [elf-not-bpf]" +
                hint);
  EXPECT_EQ(read_error(input_bytes("big_endian.o")),
            "error: f.o: this is a big-endian BPF object, but weir runs little-endian ones "
            "[elf-big-endian]\nhint: compile with clang -target bpfel (or -target bpf on a "
            "little-endian host)");
  EXPECT_EQ(read_error(input_bytes("bitcode.o")),
            "error: f.o: this is LLVM bitcode, but an ELF object was expected [elf-not-bpf]\nhint: "
            "compile with clang -target bpf -c without -emit-llvm and -flto, or finish it with llc "
            "-march=bpf -filetype=obj");
}

TEST(ElfReader, AlteredHeader) {
  auto error = [](auto&& alter) {
    ElfBuilder elf = sound();
    alter(elf.header);
    return read_error(elf.build());
  };
  EXPECT_THAT(error([](Elf64_Ehdr& h) { h.e_machine = EM_AARCH64; }),
              HasSubstr("this is an AArch64 object, but"));
  EXPECT_THAT(error([](Elf64_Ehdr& h) { h.e_machine = 999; }),
              HasSubstr("this is a machine-999 object, but"));
  EXPECT_THAT(error([](Elf64_Ehdr& h) { h.e_ident[EI_CLASS] = ELFCLASS32; }),
              HasSubstr("this is a 32-bit ELF file, but BPF objects are 64-bit [elf-not-bpf]"));
  EXPECT_THAT(
      error([](Elf64_Ehdr& h) { h.e_ident[EI_CLASS] = 7; }),
      HasSubstr("the ELF header gives class 7, but 2 (64-bit) was expected [elf-malformed]"));
  EXPECT_THAT(error([](Elf64_Ehdr& h) { h.e_ident[EI_DATA] = 0; }),
              HasSubstr("byte order 0, but 1 (little-endian) or 2 (big-endian) was expected"));
  EXPECT_THAT(error([](Elf64_Ehdr& h) { h.e_ident[EI_VERSION] = 9; }),
              HasSubstr("the ELF header gives version 9, but 1 was expected"));
  EXPECT_THAT(
      error([](Elf64_Ehdr& h) { h.e_type = ET_EXEC; }),
      HasSubstr("this BPF file has ELF type 2, but a relocatable object (type 1) was expected "
                "[elf-not-bpf]\nhint: give the object that clang -target bpf -c writes"));
  EXPECT_THAT(error([](Elf64_Ehdr& h) { h.e_shentsize = 40; }),
              HasSubstr("says that a section header has 40 bytes, but 64 was expected"));
}

TEST(ElfReader, MachineZeroIsOldLlvm) {
  ElfBuilder elf = sound();
  elf.header.e_machine = EM_NONE;
  std::vector<std::string> warnings;
  auto object = read_elf(elf.build(), "f.o", &warnings);
  ASSERT_TRUE(object) << object.error().to_string();
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("names no machine")));
}

TEST(ElfReader, AlteredSections) {
  std::vector<uint8_t> bytes = sound().build();
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  auto error = [&](uint16_t index, auto&& alter) {
    std::vector<uint8_t> copy = bytes;
    Elf64_Shdr section;
    uint8_t* at = copy.data() + header.e_shoff + index * sizeof section;
    std::memcpy(&section, at, sizeof section);
    alter(section);
    std::memcpy(at, &section, sizeof section);
    return read_error(copy);
  };
  // 1 = xdp, 2 = strings, 3 = symbols
  EXPECT_THAT(error(1, [](Elf64_Shdr& s) { s.sh_offset = 1 << 20; }),
              HasSubstr("section 1 is at 0x100000 and has 16 bytes, but the file ends at 0x190 "
                        "[elf-truncated]"));
  EXPECT_THAT(error(1, [](Elf64_Shdr& s) { s.sh_size = UINT64_MAX; }),
              HasSubstr("section 1 is at"));
  EXPECT_THAT(
      error(1, [](Elf64_Shdr& s) { s.sh_size = 12; }),
      HasSubstr("section 'xdp': the section has 12 bytes, but instructions are multiples of 8"));
  EXPECT_THAT(error(1,
                    [](Elf64_Shdr& s) {
                      s.sh_size = 400;
                      s.sh_offset = 0;
                    }),
              HasSubstr("sections overlap: together they have"));
  EXPECT_THAT(error(1, [](Elf64_Shdr& s) { s.sh_flags |= SHF_COMPRESSED; }),
              HasSubstr("section 1 is compressed, which weir does not read [program-unsupported]"));
  EXPECT_THAT(error(1, [](Elf64_Shdr& s) { s.sh_name = 500; }),
              HasSubstr("the name of section 1 is at 500 of a string table of"));
  EXPECT_THAT(error(2, [](Elf64_Shdr& s) { s.sh_type = SHT_PROGBITS; }),
              HasSubstr("section 2 should hold the section names, but is no string table"));
  EXPECT_THAT(error(2, [](Elf64_Shdr& s) { s.sh_size -= 1; }),
              HasSubstr("does not end inside its string table"));
  EXPECT_THAT(error(3, [](Elf64_Shdr& s) { s.sh_link = 77; }),
              HasSubstr("symbol names should be in section 77, but that is no string table"));
  EXPECT_THAT(error(3, [](Elf64_Shdr& s) { s.sh_size = 25; }),
              HasSubstr("the symbol table has 25 bytes, but a symbol has 24"));
  EXPECT_THAT(error(1, [](Elf64_Shdr& s) { s.sh_type = SHT_SYMTAB; }),
              HasSubstr("sections 1 and 3 are both symbol tables"));
}

TEST(ElfReader, AlteredSymbolsAndRelocations) {
  {
    ElfBuilder elf = sound();
    elf.add_symbol("far", STT_OBJECT, STB_GLOBAL, 99);
    EXPECT_THAT(read_error(elf.build()),
                HasSubstr("symbol 2 is in section 99, but the last section is 3"));
  }
  {
    ElfBuilder elf = sound();
    elf.add_relocation(1, 8, kReloc64_32, 55);
    EXPECT_THAT(
        read_error(elf.build()),
        HasSubstr("section 'xdp': relocation 0 names symbol 55, but there are 2 [elf-relocation]"));
  }
  {
    ElfBuilder elf = sound();
    elf.add_relocation(1, 16, kReloc64_32, 1);
    EXPECT_THAT(read_error(elf.build()),
                HasSubstr("relocation 0 is at 16, but the section has 16 bytes"));
  }
  {
    ElfBuilder elf = sound();
    elf.add_relocation(1, 4, kReloc64_32, 1);
    EXPECT_THAT(read_error(elf.build()),
                HasSubstr("is at 4, but instructions are at multiples of 8"));
  }
  {
    ElfBuilder elf = sound();
    elf.add_relocation(1, 8, kReloc64_32, 1);
    elf.add_relocation(1, 8, kReloc64_64, 1);
    EXPECT_THAT(read_error(elf.build()), HasSubstr("section 'xdp': two relocations are at 8"));
  }
}

TEST(ElfReader, RelocationsOfTheFirstLlvmBackends) {
  // RELA; their addend was always zero.
  auto with = [](int64_t addend, size_t cut) {
    ElfBuilder elf = sound();
    Elf64_Rela rela{.r_offset = 8, .r_info = ELF64_R_INFO(1, kReloc64_32), .r_addend = addend};
    std::vector<uint8_t> bytes = bytes_of<Elf64_Rela>({rela});
    bytes.resize(bytes.size() - cut);
    const uint16_t index = elf.add_section(".relaxdp", SHT_RELA, 0, bytes);
    elf.section_header(index).sh_info = 1;
    elf.section_header(index).sh_link = 4;  // xdp, .relaxdp, strings, symbols
    return elf.build();
  };
  const ObjectFile object = read_ok(with(0, 0), "f.o");
  ASSERT_EQ(object.sections[0].relocations.size(), 1u);
  EXPECT_EQ(object.sections[0].relocations[0].offset, 8u);
  EXPECT_THAT(read_error(with(-8, 0)),
              HasSubstr("relocation 0 has the addend -8, but BPF objects have addends "
                        "in place [elf-relocation]"));
  EXPECT_THAT(read_error(with(0, 1)), HasSubstr("the relocations have 23 bytes, but one has 24"));
}

TEST(ElfReader, DamagedBtfIsAWarningUnlessMapsNeedIt) {
  NEEDS_CLANG();
  auto damage = [](std::vector<uint8_t> bytes) {
    const uint8_t magic[] = {0x9f, 0xeb, 1, 0};  // .BTF comes before .BTF.ext
    auto at = std::search(bytes.begin(), bytes.end(), std::begin(magic), std::end(magic));
    EXPECT_NE(at, bytes.end());
    *at = 0;
    return bytes;
  };
  std::vector<std::string> warnings;
  auto object = read_elf(damage(input_bytes("lines_v3_g.o")), "f.o", &warnings);
  ASSERT_TRUE(object) << object.error().to_string();
  EXPECT_THAT(warnings,
              ElementsAre("type information is left out: .BTF: the section starts with 0xeb00, but "
                          "0xeb9f was expected"));
  EXPECT_THAT(object->btf, IsEmpty());
  EXPECT_THAT(object->lines, IsEmpty());
  EXPECT_TRUE(link(*object, ""));

  EXPECT_THAT(read_error(damage(input_bytes("btf_maps.o"))),
              HasSubstr("[btf-malformed]\nhint: map definitions in .maps need sound BTF"));
}

TEST(ElfReader, DamagedLinesAreAWarning) {
  NEEDS_CLANG();
  std::vector<uint8_t> bytes = input_bytes("lines_v3_g.o");
  const uint8_t magic[] = {0x9f, 0xeb, 1, 0};
  auto at = std::search(bytes.begin(), bytes.end(), std::begin(magic), std::end(magic));
  at = std::search(at + 4, bytes.end(), std::begin(magic), std::end(magic));
  ASSERT_NE(at, bytes.end());
  at[16] = 0xff;  // line_info_off
  at[17] = 0xff;
  std::vector<std::string> warnings;
  auto object = read_elf(bytes, "f.o", &warnings);
  ASSERT_TRUE(object) << object.error().to_string();
  EXPECT_THAT(warnings, ElementsAre(StartsWith("source lines are left out: .BTF.ext: line "
                                               "information at 65535 has")));
  EXPECT_THAT(object->btf, testing::Not(IsEmpty()));
}

TEST(ReadObjectBytes, SaysWhyNot) {
  EXPECT_EQ(read_object_bytes("/nonexistent/x.o").error().to_string(),
            "error: /nonexistent/x.o: there is no such file [not-found]");
  EXPECT_EQ(read_object_bytes("/").error().to_string(),
            "error: /: this is a folder, but a regular file was expected [io]");
  EXPECT_EQ(read_object_bytes("/dev/null").error().to_string(),
            "error: /dev/null: this is no regular file, but a regular file was expected [io]");
  const std::string path = testing::TempDir() + "weir_object_test_" + std::to_string(getpid());
  std::ofstream(path) << "abc";
  auto bytes = read_object_bytes(path);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(as_text(*bytes), "abc");
  // One byte too many; sparse, so that nothing is written.
  ASSERT_EQ(truncate(path.c_str(), kMaxObjectBytes + 1), 0);
  EXPECT_THAT(read_object_bytes(path).error().to_string(),
              HasSubstr("the file has 268435457 bytes, at most 268435456 are allowed [limit]"));
  std::remove(path.c_str());
}

}  // namespace
}  // namespace weir
