// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each limit of object_file.h at the limit and one past it.
#include <sys/mman.h>

#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

// A mapping costs nothing until it is touched.
struct Zeros {
  explicit Zeros(size_t n) : size(n) {
    at = mmap(nullptr, n, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    EXPECT_NE(at, MAP_FAILED);
  }
  ~Zeros() { munmap(at, size); }
  ByteSpan span() const { return {static_cast<const uint8_t*>(at), size}; }
  void* at;
  size_t size;
};

TEST(Limits, ObjectBytes) {
  EXPECT_THAT(read_error(Zeros(kMaxObjectBytes).span()), HasSubstr("[elf-not-bpf]"));
  EXPECT_THAT(read_error(Zeros(kMaxObjectBytes + 1).span()),
              HasSubstr("the file has 268435457 bytes, at most 268435456 are allowed [limit]"));
}

TEST(Limits, Sections) {
  ElfBuilder elf;
  // The null section, the strings and the symbols are sections too.
  for (size_t i = 0; i < kMaxSections - 3; ++i) elf.add_section("s", SHT_NOBITS, SHF_ALLOC, {});
  EXPECT_EQ(read_ok(elf.build(), "f.o").sections.size(), kMaxSections - 1);
  elf.add_section("s", SHT_NOBITS, SHF_ALLOC, {});
  EXPECT_THAT(read_error(elf.build()),
              HasSubstr("the file has 16385 sections, at most 16384 are allowed [limit]"));
}

TEST(Limits, Symbols) {
  ElfBuilder elf;
  for (size_t i = 1; i < kMaxSymbols; ++i) elf.add_symbol("s", STT_NOTYPE, STB_LOCAL, SHN_UNDEF);
  EXPECT_EQ(read_ok(elf.build(), "f.o").symbols.size(), kMaxSymbols);
  elf.add_symbol("s", STT_NOTYPE, STB_LOCAL, SHN_UNDEF);
  EXPECT_THAT(read_error(elf.build()),
              HasSubstr("the file has 1000001 symbols, at most 1000000 are allowed [limit]"));
}

TEST(Limits, Relocations) {
  ElfBuilder elf;
  const uint16_t data = elf.add_section(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, code({kRet}));
  const uint32_t symbol = elf.add_symbol("s", STT_NOTYPE, STB_LOCAL, SHN_UNDEF);
  for (size_t i = 0; i < kMaxRelocations; ++i) elf.add_relocation(data, 0, kReloc64_Abs64, symbol);
  EXPECT_EQ(read_ok(elf.build(), "f.o").sections[0].relocations.size(), kMaxRelocations);
  elf.add_relocation(data, 0, kReloc64_Abs64, symbol);
  EXPECT_THAT(read_error(elf.build()),
              HasSubstr("the file has more than 4000000 relocations [limit]"));
}

TEST(Limits, Maps) {
  auto with = [](size_t count) {
    ElfBuilder elf;
    std::vector<uint32_t> words;
    for (size_t i = 0; i < count; ++i) words.insert(words.end(), {1, 4, 4, 1});
    const uint16_t maps = elf.add_section("maps", SHT_PROGBITS, SHF_ALLOC, bytes_of(words));
    for (size_t i = 0; i < count; ++i)
      elf.add_symbol("m", STT_OBJECT, STB_GLOBAL, maps, i * 16, 16);
    return elf.build();
  };
  EXPECT_EQ(read_ok(with(kMaxMaps), "f.o").maps.size(), kMaxMaps);
  EXPECT_THAT(read_error(with(kMaxMaps + 1)),
              HasSubstr("the file has more than 4096 maps [limit]"));
}

TEST(Limits, NameBytes) {
  auto with = [](size_t length, size_t count) {
    ElfBuilder elf;
    const std::string name(length, 'n');
    for (size_t i = 0; i < count; ++i) elf.add_symbol(name, STT_NOTYPE, STB_LOCAL, SHN_UNDEF);
    return elf.build();
  };
  EXPECT_TRUE(read_elf(with(kMaxNameBytes, 1), "f.o"));
  EXPECT_THAT(read_error(with(kMaxNameBytes + 1, 1)),
              HasSubstr("the name of symbol 1 has 4097 bytes, at most 4096 are allowed [limit]"));
  const size_t most = kMaxNameBytesTotal / kMaxNameBytes;
  EXPECT_TRUE(read_elf(with(kMaxNameBytes, most), "f.o"));
  EXPECT_THAT(read_error(with(kMaxNameBytes, most + 1)),
              HasSubstr("symbol names have more than 67108864 bytes together [limit]"));
}

TEST(Limits, SectionNameBytes) {
  auto with = [](size_t count) {
    ElfBuilder elf;
    const std::string name(kMaxNameBytes, 'n');
    for (size_t i = 0; i < count; ++i) elf.add_section(name, SHT_NOBITS, 0, {});
    return elf.build();
  };
  // 64 MiB of names are 16,384 of the longest, which are too many sections; so this is only reached
  // by a file that is refused for their number first.
  static_assert(kMaxNameBytesTotal / kMaxNameBytes >= kMaxSections);
  EXPECT_TRUE(read_elf(with(kMaxSections - 3), "f.o"));
}

TEST(Limits, License) {
  auto read = [](size_t length) {
    ElfBuilder elf;
    elf.add_section("license", SHT_PROGBITS, SHF_ALLOC, std::vector<uint8_t>(length, 'L'));
    std::vector<std::string> warnings;
    auto object = read_elf(elf.build(), "f.o", &warnings);
    EXPECT_TRUE(object);
    return std::pair(object ? object->license.size() : 0, warnings.size());
  };
  EXPECT_EQ(read(kMaxLicenseBytes), std::pair(kMaxLicenseBytes, size_t{0}));
  EXPECT_EQ(read(kMaxLicenseBytes + 1), std::pair(kMaxLicenseBytes, size_t{1}));
}

TEST(Limits, Instructions) {
  auto with = [](size_t slots) {
    ElfBuilder elf;
    std::vector<RawInsn> insns(slots, kMov0);
    insns.back() = kRet;
    const uint16_t xdp = elf.add_code("xdp", bytes_of(insns));
    elf.add_symbol("f", STT_FUNC, STB_GLOBAL, xdp, 0, slots * 8);
    return read_ok(elf.build(), "f.o");
  };
  EXPECT_EQ(link_ok(with(kMaxInstructions), "f").insns.size(), kMaxInstructions);
  EXPECT_EQ(link_error(with(kMaxInstructions + 1), "f"),
            "error: f.o: program 'f': the program has more than 1000000 instruction slots with the "
            "function 'f' [limit]");
}

// Lines: `count` records for a section of one slot more than that, all with one string.
std::vector<uint8_t> with_lines(size_t count, size_t text_length) {
  ElfBuilder elf;
  elf.add_code("xdp", std::vector<uint8_t>((count + 1) * 8, 0x95));
  const std::string names = std::string("\0xdp\0f.c\0", 9);
  ByteWriter btf;
  btf.write<uint16_t>(0xeb9f);
  btf.write<uint16_t>(1);
  for (uint32_t word : {24u, 0u, 0u, 0u, static_cast<uint32_t>(names.size() + text_length + 1)}) {
    btf.write(word);
  }
  btf.write_bytes(as_bytes(names));
  btf.write_bytes(as_bytes(std::string(text_length, 't')));
  btf.write<uint8_t>(0);
  elf.add_section(".BTF", SHT_PROGBITS, 0, btf.take());
  ByteWriter ext;
  ext.write<uint16_t>(0xeb9f);
  ext.write<uint16_t>(1);
  for (uint32_t word : {24u, 0u, 0u, 0u, static_cast<uint32_t>(12 + count * 16), 16u, 1u,
                        static_cast<uint32_t>(count)}) {
    ext.write(word);
  }
  for (size_t i = 0; i < count; ++i) {
    ext.write(static_cast<uint32_t>(i * 8));
    ext.write<uint32_t>(5);  // "f.c"
    ext.write<uint32_t>(text_length == 0 ? 0 : 9);
    ext.write<uint32_t>(7 << 10 | 3);
  }
  elf.add_section(".BTF.ext", SHT_PROGBITS, 0, ext.take());
  return elf.build();
}

TEST(Limits, Lines) {
  EXPECT_EQ(read_ok(with_lines(kMaxLines, 0), "f.o").lines.size(), kMaxLines);
  std::vector<std::string> warnings;
  auto object = read_elf(with_lines(kMaxLines + 1, 0), "f.o", &warnings);
  ASSERT_TRUE(object) << object.error().to_string();
  EXPECT_EQ(object->lines.size(), kMaxLines);
  EXPECT_THAT(warnings,
              ElementsAre("1 records of source lines in .BTF.ext make no sense or are too "
                          "many and are left out"));
}

TEST(Limits, LineText) {
  EXPECT_EQ(read_ok(with_lines(1, kMaxLineText), "f.o").lines.at(0).text.size(), kMaxLineText);
  const ObjectFile cut = read_ok(with_lines(1, kMaxLineText + 1), "f.o");
  EXPECT_EQ(cut.lines.at(0).text.size(), kMaxLineText);
  EXPECT_EQ(cut.lines.at(0).line, 7u);
  EXPECT_EQ(cut.lines.at(0).column, 3u);

  // The budget for all of them, less the three bytes of the file's name: the last one is empty.
  const size_t most = kMaxLineTextTotal / kMaxLineText;
  const ObjectFile full = read_ok(with_lines(most, kMaxLineText), "f.o");
  EXPECT_EQ(full.lines.at(most - 2).text.size(), kMaxLineText);
  EXPECT_EQ(full.lines.at(most - 1).text, "");
}

}  // namespace
}  // namespace weir
