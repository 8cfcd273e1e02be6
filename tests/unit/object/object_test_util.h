// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of frontend/object share: reading the inputs that clang compiled, and making ELF
// files by hand, byte for byte as a test needs them.
#pragma once

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "frontend/isa/decode.h"
#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"

// Ends the test where clang was not there to compile the inputs.
#ifdef WEIR_HAVE_CLANG
#define NEEDS_CLANG()
#else
#define NEEDS_CLANG() GTEST_SKIP() << "clang-19 is not installed, so the inputs were not compiled"
#endif

namespace weir::test {

inline std::vector<uint8_t> input_bytes(const std::string& name) {
  auto bytes = read_object_bytes(std::string(WEIR_TEST_OBJECTS) + "/" + name);
  EXPECT_TRUE(bytes) << bytes.error().to_string();
  return bytes ? *bytes : std::vector<uint8_t>();
}

inline ObjectFile read_ok(ByteSpan bytes, const std::string& name) {
  std::vector<std::string> warnings;
  auto object = read_elf(bytes, name, &warnings);
  EXPECT_TRUE(object) << object.error().to_string();
  EXPECT_THAT(warnings, testing::IsEmpty());
  return object ? std::move(*object) : ObjectFile();
}

inline ObjectFile read_input(const std::string& name) {
  return read_ok(input_bytes(name), name);
}

inline std::string read_error(ByteSpan bytes) {
  auto object = read_elf(bytes, "f.o");
  EXPECT_FALSE(object);
  return object ? std::string() : object.error().to_string();
}

inline Result<Program> link(const ObjectFile& object, std::string_view name) {
  auto entry = object.find_program(name);
  if (!entry) return entry.take_error();
  return link_program(object, **entry);
}

inline Program link_ok(const ObjectFile& object, std::string_view name) {
  auto program = link(object, name);
  EXPECT_TRUE(program) << program.error().to_string();
  return program ? std::move(*program) : Program();
}

inline std::string link_error(const ObjectFile& object, std::string_view name) {
  auto program = link(object, name);
  EXPECT_FALSE(program);
  return program ? std::string() : program.error().to_string();
}

// "0 Mov64Reg r6 r1", one string for each instruction: slot, name, and the operands that are not
// zero.
inline std::vector<std::string> listing(const Program& program) {
  std::vector<std::string> out;
  for (const Instruction& i : program.insns) {
    std::string text = std::to_string(i.slot) + " " + i.info().name;
    const Format format = i.info().format;
    if (format != Format::kExit && format != Format::kCall && format != Format::kCallTarget &&
        format != Format::kCallKfunc && format != Format::kJump) {
      text += " r" + std::to_string(i.dst);
    }
    if (format == Format::kAluReg || format == Format::kLoad) text += " r" + std::to_string(i.src);
    if (i.imm != 0) text += " #" + std::to_string(i.imm);
    if (i.target != 0) text += " ->" + std::to_string(i.target);
    out.push_back(text);
  }
  return out;
}

inline RawInsn insn(uint8_t opcode, uint8_t dst = 0, uint8_t src = 0, int16_t offset = 0,
                    int32_t imm = 0) {
  return {opcode, static_cast<uint8_t>(dst | src << 4), offset, imm};
}
inline const RawInsn kMov0 = insn(0xb7);  // r0 = 0
inline const RawInsn kRet = insn(0x95);   // exit

inline std::vector<uint8_t> code(std::initializer_list<RawInsn> insns) {
  std::vector<uint8_t> out(insns.size() * sizeof(RawInsn));
  std::memcpy(out.data(), insns.begin(), out.size());
  return out;
}

template <class T>
std::vector<uint8_t> bytes_of(const std::vector<T>& items) {
  std::vector<uint8_t> out(items.size() * sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), items.data(), out.size());
  return out;
}

// An ELF object, little-endian 64-bit BPF unless the header is altered. Sections keep the index
// that add_section() gives; the string table, the symbol table and the relocations come last.
class ElfBuilder {
 public:
  Elf64_Ehdr header{};

  ElfBuilder() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_REL;
    header.e_machine = EM_BPF;
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
    strings_.push_back('\0');
    sections_.push_back({});
    symbols_.push_back({});
  }

  uint16_t add_section(const std::string& name, uint32_t type, uint64_t flags,
                       std::vector<uint8_t> bytes) {
    Part part;
    part.header.sh_name = string(name);
    part.header.sh_type = type;
    part.header.sh_flags = flags;
    part.header.sh_size = bytes.size();
    part.bytes = std::move(bytes);
    sections_.push_back(std::move(part));
    return static_cast<uint16_t>(sections_.size() - 1);
  }
  uint16_t add_code(const std::string& name, std::vector<uint8_t> bytes) {
    return add_section(name, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, std::move(bytes));
  }
  // Gives the symbol's index. Names may repeat; each is stored once.
  uint32_t add_symbol(const std::string& name, uint8_t type, uint8_t binding, uint16_t section,
                      uint64_t value = 0, uint64_t size = 0) {
    Elf64_Sym symbol{};
    symbol.st_name = string(name);
    symbol.st_info = ELF64_ST_INFO(binding, type);
    symbol.st_shndx = section;
    symbol.st_value = value;
    symbol.st_size = size;
    symbols_.push_back(symbol);
    return static_cast<uint32_t>(symbols_.size() - 1);
  }
  void add_relocation(uint16_t section, uint64_t offset, uint32_t type, uint32_t symbol) {
    if (relocations_.empty() || relocations_.back().section != section) {
      relocations_.push_back({section, {}});
    }
    relocations_.back().items.push_back({offset, ELF64_R_INFO(uint64_t{symbol}, type)});
  }
  uint32_t string(const std::string& text) {
    if (text.empty()) return 0;
    if (text == last_string_) return last_offset_;
    last_string_ = text;
    last_offset_ = static_cast<uint32_t>(strings_.size());
    strings_.insert(strings_.end(), text.begin(), text.end());
    strings_.push_back('\0');
    return last_offset_;
  }
  Elf64_Shdr& section_header(uint16_t index) { return sections_[index].header; }

  std::vector<uint8_t> build() const {
    std::vector<Part> parts = sections_;
    const auto strtab = static_cast<uint16_t>(parts.size());
    parts.push_back(
        {.header = {.sh_type = SHT_STRTAB, .sh_size = strings_.size()}, .bytes = strings_});
    const auto symtab = static_cast<uint16_t>(parts.size());
    parts.push_back({.header = {.sh_type = SHT_SYMTAB,
                                .sh_size = symbols_.size() * sizeof(Elf64_Sym),
                                .sh_link = strtab},
                     .bytes = bytes_of(symbols_)});
    for (const Relocations& r : relocations_) {
      parts.push_back({.header = {.sh_type = SHT_REL,
                                  .sh_size = r.items.size() * sizeof(Elf64_Rel),
                                  .sh_link = symtab,
                                  .sh_info = r.section},
                       .bytes = bytes_of(r.items)});
    }
    std::vector<uint8_t> out(sizeof header);
    for (Part& part : parts) {
      out.resize((out.size() + 7) & ~size_t{7});
      part.header.sh_offset = out.size();
      out.insert(out.end(), part.bytes.begin(), part.bytes.end());
    }
    out.resize((out.size() + 7) & ~size_t{7});
    Elf64_Ehdr head = header;
    head.e_shoff = out.size();
    head.e_shnum = static_cast<uint16_t>(parts.size());
    head.e_shstrndx = strtab;
    std::memcpy(out.data(), &head, sizeof head);
    for (const Part& part : parts) {
      const auto* raw = reinterpret_cast<const uint8_t*>(&part.header);
      out.insert(out.end(), raw, raw + sizeof part.header);
    }
    return out;
  }

 private:
  struct Part {
    Elf64_Shdr header{};
    std::vector<uint8_t> bytes;
  };
  struct Relocations {
    uint16_t section;
    std::vector<Elf64_Rel> items;
  };
  std::vector<Part> sections_;
  std::vector<uint8_t> strings_;
  std::string last_string_;
  uint32_t last_offset_ = 0;
  std::vector<Elf64_Sym> symbols_;
  std::vector<Relocations> relocations_;
};

}  // namespace weir::test
