// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parsing bytes that nobody has checked. The rule: whatever the bytes, parse() gives an Error that
// says what is wrong, or an object all of whose parts are where they must be.
#include "runtime/native/native_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "runtime/abi/object_layout.h"
#include "tests/unit/abi/sample_parts.h"

namespace weir {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<uint8_t>;

Elf64_Ehdr header_of(const Bytes& bytes) {
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

// Where section header `index` is in the file.
size_t section_at(const Bytes& bytes, size_t index) {
  return header_of(bytes).e_shoff + index * sizeof(Elf64_Shdr);
}

Elf64_Shdr section(const Bytes& bytes, size_t index) {
  Elf64_Shdr out;
  std::memcpy(&out, &bytes[section_at(bytes, index)], sizeof out);
  return out;
}

template <class T>
void put(Bytes& bytes, size_t at, T value) {
  std::memcpy(&bytes[at], &value, sizeof value);
}

std::string error_of(Bytes bytes) {
  const auto result = NativeObject::parse(std::move(bytes));
  return result ? "was accepted" : result.error().to_string();
}

// Looks at everything that an accepted object offers.
void exercise(const NativeObject& object) {
  const Manifest& manifest = object.manifest();
  const ByteSpan file = object.bytes(), text = object.text();
  ASSERT_GE(text.data(), file.data());
  ASSERT_LE(text.data() + text.size(), file.data() + file.size());
  ASSERT_LE(manifest.code_size, text.size());
  ASSERT_FALSE(manifest.programs.empty());
  for (size_t i = 0; i < manifest.programs.size(); ++i) {
    ASSERT_LT(manifest.programs[i].entry, manifest.code_size);
    ASSERT_EQ(manifest.programs[i].entry % kEntryAlignment, 0u);
    const auto program = object.program(i);
    if (program) {
      ASSERT_TRUE(check_structure(*program));
    } else {
      ASSERT_FALSE(program.error().message().empty());
    }
    const auto found = object.find(manifest.programs[i].name);
    if (found) {
      ASSERT_EQ(manifest.programs[*found].name, manifest.programs[i].name);
    }
  }
  ASSERT_FALSE(object.program(manifest.programs.size()));
}

// True if the bytes were accepted.
bool try_parse(const Bytes& bytes) {
  const auto result = NativeObject::parse(bytes);
  if (result) {
    exercise(*result);
    return true;
  }
  const std::string& message = result.error().message();
  EXPECT_FALSE(message.empty());
  EXPECT_EQ(message.find('\n'), std::string::npos);
  const ErrorCode code = result.error().code();
  EXPECT_TRUE(code == ErrorCode::kObjectTruncated || code == ErrorCode::kObjectMalformed ||
              code == ErrorCode::kObjectAbi || code == ErrorCode::kObjectTarget ||
              code == ErrorCode::kLimit)
      << message;
  return false;
}

TEST(NativeObject, ParsesWhatTheWriterWrites) {
  for (Arch arch : {Arch::kX86_64, Arch::kAarch64}) {
    const NativeParts parts = sample::parts(arch);
    const auto bytes = sample::object(arch);
    const auto object = NativeObject::parse(bytes);
    ASSERT_TRUE(object) << object.error().to_string();
    EXPECT_EQ(object->manifest(), parts.manifest);
    EXPECT_TRUE(std::ranges::equal(object->text(), parts.text));
    EXPECT_TRUE(std::ranges::equal(object->bytes(), bytes));
    for (size_t i = 0; i < parts.programs.size(); ++i) {
      const auto program = object->program(i);
      ASSERT_TRUE(program) << program.error().to_string();
      EXPECT_EQ(program->name, sample::kPrograms[i].name);
      EXPECT_EQ(program_to_bytes(*program), parts.programs[i]);
    }
    exercise(*object);
  }
}

TEST(NativeObject, WithoutConstantsDebugInfoAndLocals) {
  NativeParts parts = sample::parts();
  parts.text.resize(sample::kCodeSize);
  parts.debug_sections.clear();
  parts.symbols.erase(parts.symbols.begin());
  EXPECT_TRUE(try_parse(*write_native_object(parts)));
}

TEST(NativeObject, EmptyDebugSectionsMayFollowEachOther) {
  NativeParts parts = sample::parts();
  parts.debug_sections = {{".debug_a", {}}, {".debug_a", {}}, {".debug_b", {1, 2, 3}}};
  EXPECT_TRUE(try_parse(*write_native_object(parts)));
}

TEST(NativeObject, ParsingCopiesNoBytes) {
  Bytes bytes = sample::object();
  const uint8_t* where = bytes.data();
  const auto object = NativeObject::parse(std::move(bytes));
  ASSERT_TRUE(object);
  EXPECT_EQ(object->bytes().data(), where);
}

TEST(NativeObject, Find) {
  const auto object = NativeObject::parse(sample::object());
  ASSERT_TRUE(object);
  EXPECT_EQ(object->find("constant"), sample::kConstant);
  EXPECT_EQ(object->find("none").error().to_string(),
            "error: the object has no program 'none' [not-found]\n"
            "hint: it has 'size', 'trap', 'constant', 'call'");
  EXPECT_EQ(object->find("").error().to_string(),
            "error: the object has 4 programs, and none was named [not-found]\n"
            "hint: name one of 'size', 'trap', 'constant', 'call'");

  NativeParts parts = sample::parts();
  parts.manifest.programs[1].name = "size";
  const auto twice = NativeObject::parse(*write_native_object(parts));
  EXPECT_THAT(twice->find("size").error().message(),
              HasSubstr("has 2 programs of the name 'size'"));

  parts = sample::parts();
  parts.manifest.programs.resize(1);
  parts.programs.resize(1);
  parts.symbols.resize(2);
  const auto one = NativeObject::parse(*write_native_object(parts));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->find(""), 0u);
}

TEST(NativeObject, BytecodeIsCheckedWhenAskedFor) {
  NativeParts parts = sample::parts();
  parts.programs[2] = {1, 2, 3, 4, 5};
  const auto object = NativeObject::parse(*write_native_object(parts));
  ASSERT_TRUE(object);
  EXPECT_TRUE(object->program(1));
  const auto program = object->program(2);
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().where().program, "constant");
  EXPECT_EQ(program.error().where().section, ".weir.program.2");
  EXPECT_EQ(object->program(4).error().code(), ErrorCode::kNotFound);
}

TEST(NativeObject, TruncatedAtEveryLengthAndOneTooLong) {
  Bytes bytes = sample::object();
  for (size_t n = 0; n < bytes.size(); ++n) {
    const auto result = NativeObject::parse(Bytes(bytes.begin(), bytes.begin() + ptrdiff_t(n)));
    ASSERT_FALSE(result) << n;
    EXPECT_EQ(result.error().code(), ErrorCode::kObjectTruncated) << n;
  }
  bytes.push_back(0);
  EXPECT_THAT(error_of(bytes), HasSubstr("does not end the file"));
}

// Headers, tables and padding have one form: no bit of them can change. What may change unseen by
// parse() is content: code, bytecode, DWARF, and those numbers and names that could as well be so.
TEST(NativeObject, EveryBitFlip) {
  for (Arch arch : {Arch::kX86_64, Arch::kAarch64}) {
    const Bytes original = sample::object(arch);
    std::map<std::string, size_t> accepted;
    const Elf64_Ehdr header = header_of(original);
    const Elf64_Shdr names = section(original, header.e_shstrndx);
    for (size_t bit = 0; bit < original.size() * 8; ++bit) {
      Bytes bytes = original;
      bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
      if (!try_parse(bytes)) continue;
      std::string where = "outside of all sections";
      for (size_t i = 1; i < header.e_shnum; ++i) {
        const Elf64_Shdr s = section(original, i);
        if (bit / 8 < s.sh_offset || bit / 8 >= s.sh_offset + s.sh_size) continue;
        where = reinterpret_cast<const char*>(&original[names.sh_offset + s.sh_name]);
      }
      ++accepted[where];
    }
    EXPECT_FALSE(accepted.contains("outside of all sections"));
    EXPECT_EQ(accepted[".text"], 8 * section(original, kTextIndex).sh_size);
    EXPECT_EQ(accepted[".weir.program.3"], 8 * section(original, kFirstProgramIndex + 3).sh_size);
    EXPECT_EQ(accepted[".debug_str"], 8 * 5u);
    EXPECT_EQ(accepted[".note.GNU-stack"], 0u);
    // Names of debug sections and of local symbols are free, sizes of symbols nearly so.
    EXPECT_LT(accepted[".shstrtab"], 8 * std::string("debug_str").size());
    EXPECT_LE(accepted[".strtab"], 8 * std::string("$x$dweir.constantslocal").size());
    EXPECT_LT(accepted[".symtab"], accepted[".text"]);
  }
}

TEST(NativeObject, RandomMutations) {
  const Bytes original = sample::object();
  std::mt19937_64 random(3);
  const size_t table = header_of(original).e_shoff;
  size_t accepted = 0;
  for (int i = 0; i < 10'000; ++i) {
    Bytes bytes = original;
    for (uint64_t n = random() % 8 + 1; n > 0; --n) {
      // Half of them where it hurts.
      const size_t at = random() % 2 == 0
                            ? random() % bytes.size()
                            : std::min(table + random() % (bytes.size() - table), bytes.size() - 1);
      const auto where = bytes.begin() + static_cast<ptrdiff_t>(at);
      switch (random() % 8) {
        case 0: bytes.erase(where); break;
        case 1: bytes.insert(where, static_cast<uint8_t>(random())); break;
        case 2: bytes.resize(at); break;
        case 3: {  // a number at an aligned place: extreme, or near the size of the file
          const uint64_t values[] = {0,
                                     1,
                                     7,
                                     64,
                                     bytes.size(),
                                     bytes.size() + 1,
                                     UINT32_MAX,
                                     INT64_MAX,
                                     UINT64_MAX,
                                     UINT64_MAX - 63};
          if ((at & ~size_t{7}) + 8 <= bytes.size())
            put(bytes, at & ~size_t{7}, values[random() % std::size(values)]);
          break;
        }
        case 4: {  // a piece of it again somewhere else
          const size_t from = random() % bytes.size();
          const size_t size =
              std::min<size_t>({random() % 64, bytes.size() - from, bytes.size() - at});
          std::memmove(&bytes[at], &bytes[from], size);
          break;
        }
        default: bytes[at] = static_cast<uint8_t>(random());
      }
      if (bytes.size() <= table) break;
    }
    accepted += try_parse(bytes);
  }
  EXPECT_GT(accepted, 0u);
}

TEST(NativeObject, RandomBytes) {
  const Bytes original = sample::object();
  std::mt19937_64 random(4);
  for (int i = 0; i < 10'000; ++i) {
    Bytes bytes(random() % 2000);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    // Half of them with a header that lets them get further.
    if (i % 2 == 0 && bytes.size() > 8 * sizeof(Elf64_Shdr) + sizeof(Elf64_Ehdr)) {
      const size_t table = (bytes.size() - 8 * sizeof(Elf64_Shdr)) & ~size_t{7};
      bytes.resize(table + 8 * sizeof(Elf64_Shdr));
      const Elf64_Ehdr header = object_header(EM_X86_64, table, 8);
      std::memcpy(bytes.data(), &header, sizeof header);
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(table), sizeof(Elf64_Shdr), 0);
    }
    EXPECT_FALSE(try_parse(bytes));
  }
}

// Every number of every section header, with every value that such numbers are broken with.
TEST(NativeObject, EverySectionHeaderField) {
  const Bytes original = sample::object();
  const size_t size = original.size();
  const uint64_t values[] = {0,
                             1,
                             2,
                             3,
                             4,
                             8,
                             9,
                             16,
                             64,
                             size - 1,
                             size,
                             size + 1,
                             0x7fff'ffff,
                             0xffff'ffff,
                             uint64_t{1} << 32,
                             INT64_MAX,
                             uint64_t{1} << 63,
                             UINT64_MAX - size,
                             UINT64_MAX - 63,
                             UINT64_MAX};
  const size_t wide[] = {offsetof(Elf64_Shdr, sh_flags),     offsetof(Elf64_Shdr, sh_addr),
                         offsetof(Elf64_Shdr, sh_offset),    offsetof(Elf64_Shdr, sh_size),
                         offsetof(Elf64_Shdr, sh_addralign), offsetof(Elf64_Shdr, sh_entsize)};
  const size_t narrow[] = {offsetof(Elf64_Shdr, sh_name), offsetof(Elf64_Shdr, sh_type),
                           offsetof(Elf64_Shdr, sh_link), offsetof(Elf64_Shdr, sh_info)};
  for (size_t index = 0; index < header_of(original).e_shnum; ++index) {
    for (uint64_t value : values) {
      for (size_t field : wide) {
        Bytes bytes = original;
        put(bytes, section_at(bytes, index) + field, value);
        EXPECT_EQ(try_parse(bytes), bytes == original);
      }
      for (size_t field : narrow) {
        Bytes bytes = original;
        put(bytes, section_at(bytes, index) + field, static_cast<uint32_t>(value));
        EXPECT_EQ(try_parse(bytes), bytes == original);
      }
    }
  }
}

TEST(NativeObject, ElfHeaderMistakesAreNamed) {
  auto with = [](size_t at, auto value) {
    Bytes bytes = sample::object();
    put(bytes, at, value);
    return error_of(bytes);
  };
  using E = Elf64_Ehdr;
  EXPECT_THAT(error_of({}), HasSubstr("the file has 0 bytes, but an ELF header takes 64"));
  EXPECT_THAT(with(0, 'M'), HasSubstr("not an ELF file"));
  EXPECT_THAT(with(EI_CLASS, uint8_t{ELFCLASS32}), HasSubstr("ELF class 1 and byte order 1"));
  EXPECT_THAT(with(EI_DATA, uint8_t{ELFDATA2MSB}), HasSubstr("byte order 2"));
  EXPECT_THAT(with(offsetof(E, e_machine), uint16_t{EM_BPF}),
              HasSubstr("eBPF bytecode (ELF machine 247), not machine code [object-target]\nhint: "
                        "compile it first"));
  EXPECT_THAT(with(offsetof(E, e_machine), uint16_t{EM_RISCV}), HasSubstr("ELF machine 243"));
  EXPECT_THAT(with(offsetof(E, e_type), uint16_t{ET_DYN}), HasSubstr("a shared library (type 3)"));
  EXPECT_THAT(with(offsetof(E, e_type), uint16_t{ET_EXEC}), HasSubstr("an executable (type 2)"));
  EXPECT_THAT(with(offsetof(E, e_entry), uint8_t{1}),
              HasSubstr("byte 24 of the ELF header is 0x01, expected 0x00"));
  EXPECT_THAT(with(offsetof(E, e_shnum), uint16_t{7}), HasSubstr("byte 62 of the ELF header"));
  EXPECT_THAT(with(offsetof(E, e_shnum), 0x0006'0007), HasSubstr("the file has 7 sections"));
  EXPECT_THAT(with(offsetof(E, e_shoff), uint64_t{1} << 62), HasSubstr("[object-truncated]"));
}

TEST(NativeObject, SectionMistakesAreNamed) {
  auto with = [](size_t index, size_t field, auto value) {
    Bytes bytes = sample::object();
    put(bytes, section_at(bytes, index) + field, value);
    return error_of(bytes);
  };
  using S = Elf64_Shdr;
  const Bytes original = sample::object();
  const size_t debug = kFirstProgramIndex + 4;
  EXPECT_THAT(with(debug, offsetof(S, sh_type), uint32_t{SHT_RELA}),
              HasSubstr("section '.debug_str': section 7: holds relocations"));
  EXPECT_THAT(with(1, offsetof(S, sh_type), uint32_t{SHT_REL}), HasSubstr("holds relocations"));
  EXPECT_THAT(with(1, offsetof(S, sh_type), uint32_t{SHT_NOBITS}),
              HasSubstr("section '.text': section 1: type 8, flags 0x6"));
  EXPECT_THAT(with(1, offsetof(S, sh_flags), uint64_t{SHF_ALLOC | SHF_EXECINSTR | SHF_WRITE}),
              HasSubstr("flags 0x7"));
  EXPECT_THAT(with(3, offsetof(S, sh_offset), section(original, 2).sh_offset),
              HasSubstr("section '.weir.program.0': section 3: starts at "));
  EXPECT_THAT(with(1, offsetof(S, sh_size), uint64_t{1} << 40),
              HasSubstr("section '.text': section 1: 1099511627776 bytes at 64 reach into"));
  EXPECT_THAT(with(2, offsetof(S, sh_name), section(original, 3).sh_name),
              HasSubstr("'.weir.program.0' is not what belongs here, expected '.weir.manifest'"));
  EXPECT_THAT(with(1, offsetof(S, sh_name), section(original, 2).sh_name),
              HasSubstr("'.weir.manifest' is not what belongs here, expected '.text'"));
  EXPECT_THAT(with(3, offsetof(S, sh_name), section(original, 2).sh_name),
              HasSubstr("'.weir.manifest' is not what belongs here, expected '.weir.program.0'"));
  EXPECT_THAT(with(3, offsetof(S, sh_name), section(original, 4).sh_name),
              HasSubstr("'.weir.program.1' is not what belongs here"));
  EXPECT_THAT(with(2, offsetof(S, sh_name), UINT32_MAX), HasSubstr("outside the"));
}

TEST(NativeObject, ManifestMistakesAreNamed) {
  const Bytes original = sample::object(Arch::kX86_64);
  const size_t manifest = section(original, kManifestIndex).sh_offset;
  Bytes bytes = original;
  put(bytes, manifest + 4, kAbiVersion + 1);
  EXPECT_THAT(error_of(bytes),
              HasSubstr(fmt::format("made for ABI {}, but this weir runs ABI {} [object-abi]",
                                    kAbiVersion + 1, kAbiVersion)));
  bytes = original;
  put(bytes, manifest + 8, Arch::kAarch64);
  EXPECT_THAT(error_of(bytes),
              HasSubstr("the manifest is for aarch64, but the ELF file for x86_64"));
  const size_t code_size =
      manifest + 4 + 4 + 1 + 8 + 1 + 1 + 4 + 4 + std::string("weir test").size();
  bytes = original;
  put(bytes, code_size, uint32_t{101});
  EXPECT_THAT(error_of(bytes),
              HasSubstr("the manifest says 101 bytes of code, but the section has 100"));
}

TEST(NativeObject, SymbolMistakesAreNamed) {
  const Bytes original = sample::object(Arch::kX86_64);
  const size_t index = header_of(original).e_shnum - 3u;
  const Elf64_Shdr table = section(original, index);
  auto with = [&](size_t symbol, size_t field, auto value) {
    Bytes bytes = original;
    put(bytes, table.sh_offset + symbol * sizeof(Elf64_Sym) + field, value);
    return error_of(bytes);
  };
  using Y = Elf64_Sym;
  ASSERT_EQ(table.sh_size, 7 * sizeof(Y));  // null, weir.constants, local, four entries
  EXPECT_THAT(with(0, 0, uint8_t{1}), HasSubstr("section '.symtab': symbol 0: is not empty"));
  EXPECT_THAT(with(1, offsetof(Y, st_name), uint32_t{0}), HasSubstr("its name is at 0 of"));
  EXPECT_THAT(with(2, offsetof(Y, st_value), uint64_t{101}),
              HasSubstr("'local' at 101 of section 1"));
  EXPECT_THAT(with(2, offsetof(Y, st_size), UINT64_MAX), HasSubstr("is not in the 100 bytes"));
  EXPECT_THAT(with(2, offsetof(Y, st_shndx), uint16_t{0}), HasSubstr("'local' at 80 of section 0"));
  EXPECT_THAT(with(2, offsetof(Y, st_info), uint8_t{ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)}),
              HasSubstr("expected a local label"));
  EXPECT_THAT(with(2, offsetof(Y, st_info), uint8_t{ELF64_ST_INFO(STB_LOCAL, STT_SECTION)}),
              HasSubstr("expected a local label"));
  EXPECT_THAT(
      with(3, offsetof(Y, st_value), uint64_t{16}),
      HasSubstr("'weir_size' at 16 with binding and type 0x12, but the manifest has the global "
                "function 'weir_size' at 0"));
  EXPECT_THAT(with(6, offsetof(Y, st_info), uint8_t{ELF64_ST_INFO(STB_WEAK, STT_FUNC)}),
              HasSubstr("0x22"));
}

TEST(NativeObject, PaddingIsZero) {
  const Bytes original = sample::object();
  const size_t names = header_of(original).e_shstrndx;
  const size_t symbols = names - 2;
  const size_t table = header_of(original).e_shoff;
  size_t padding = 0;
  for (auto [from, to] :
       {std::pair{section(original, symbols - 1).sh_offset, section(original, symbols).sh_offset},
        std::pair{section(original, names).sh_offset + section(original, names).sh_size, table}}) {
    for (size_t at = from; at < to; ++at, ++padding) {
      Bytes bytes = original;
      bytes[at] = 1;
      EXPECT_THAT(error_of(bytes), HasSubstr("lies between two sections and is 0x01, expected 0"));
    }
  }
  EXPECT_GT(padding, 0u);
}

TEST(NativeObject, SectionLimit) {
  NativeParts parts = sample::parts();
  const size_t others = kFirstProgramIndex + parts.programs.size() + kTrailingSections;
  parts.debug_sections.assign(kMaxNativeSections - others, {".debug_x", {1}});
  Bytes bytes = *write_native_object(parts);
  ASSERT_EQ(header_of(bytes).e_shnum, kMaxNativeSections);
  EXPECT_TRUE(try_parse(bytes));
  // One section header more.
  Elf64_Ehdr header = header_of(bytes);
  header =
      object_header(header.e_machine, header.e_shoff, static_cast<uint16_t>(header.e_shnum + 1));
  std::memcpy(bytes.data(), &header, sizeof header);
  bytes.resize(bytes.size() + sizeof(Elf64_Shdr));
  EXPECT_THAT(error_of(bytes), HasSubstr("16385 sections, at most 16384 are allowed [limit]"));
}

TEST(NativeObject, ProgramLimit) {
  NativeParts parts = sample::parts();
  parts.manifest.programs.resize(1);
  parts.programs.resize(1);
  parts.symbols.resize(2);
  for (size_t i = 1; i < kMaxNativePrograms; ++i) {
    ManifestProgram program = parts.manifest.programs[0];
    program.symbol = "p" + std::to_string(i);
    parts.symbols.push_back({program.symbol, 0, 8, true});
    parts.manifest.programs.push_back(program);
    parts.programs.push_back(parts.programs[0]);
  }
  const auto object = NativeObject::parse(*write_native_object(parts));
  ASSERT_TRUE(object) << object.error().to_string();
  EXPECT_TRUE(object->program(kMaxNativePrograms - 1));
  EXPECT_THAT(object->find("").error().hint(), HasSubstr("and 4076 more"));
}

TEST(NativeObject, SizeLimit) {
  NativeParts parts = sample::parts();
  auto& debug = parts.debug_sections[0].bytes;
  debug.resize(debug.size() + kMaxNativeBytes - write_native_object(parts)->size());
  {
    auto bytes = write_native_object(parts);
    ASSERT_TRUE(bytes);
    ASSERT_EQ(bytes->size(), kMaxNativeBytes);
    EXPECT_TRUE(NativeObject::parse(std::move(*bytes)));
  }
  debug.resize(debug.size() + 8);
  const auto more = write_native_object(parts);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code(), ErrorCode::kLimit);
  EXPECT_THAT(error_of(Bytes(kMaxNativeBytes + 1)),
              HasSubstr("has 268435457 bytes, at most 268435456 are allowed [limit]"));
}

}  // namespace
}  // namespace weir
