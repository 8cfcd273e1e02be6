// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a native object is laid out: what the writer (abi/artifact_writer.cpp) and the reader
// (native/object_reader.cpp) must agree on byte for byte. There is one way to lay out an object:
//
//   ELF header | .text | .weir.manifest | .weir.program.0 .. N-1 | .debug_* | .note.GNU-stack |
//   .symtab | .strtab | .shstrtab | section headers
//
// in this order, each at the next offset that its alignment allows, with zeros between. Both name
// tables hold one zero byte and then the names in the order of sections or symbols. So a reader
// that walks along the file knows where everything must be: nothing overlaps, and nothing can hide.
// What is read byte by byte has alignment 1, so that a section's size cannot change without its
// neighbour's place.
//
// The sections of weir and the DWARF carry SHF_EXCLUDE: a linker that takes the object into a C
// program leaves them out. It would have to relocate the DWARF, and there are no relocations.
#pragma once

#include <elf.h>

#include <cstdint>
#include <string_view>

#include "runtime/abi/artifact.h"

namespace weir {

enum class Part : uint8_t {
  kText,
  kManifest,
  kProgram,
  kDebug,
  kStackNote,  // its being there, without SHF_EXECINSTR, says: needs no executable stack
  kSymbols,
  kSymbolNames,
  kSectionNames,
};

// What the section header of a part holds. Address is 0; link and info are 0 but for kSymbols.
struct PartShape {
  std::string_view name;  // kProgram, kDebug: how it starts
  uint32_t type;
  uint64_t flags;
  uint64_t alignment;
  uint64_t entry_size;
};

inline constexpr std::string_view kDebugSectionPrefix = ".debug_";
inline constexpr PartShape kPartShapes[] = {
    {kTextSection, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, kTextAlignment, 0},
    {kManifestSection, SHT_PROGBITS, SHF_EXCLUDE, 1, 0},
    {kProgramSectionPrefix, SHT_PROGBITS, SHF_EXCLUDE, 1, 0},
    {kDebugSectionPrefix, SHT_PROGBITS, SHF_EXCLUDE, 1, 0},
    {".note.GNU-stack", SHT_PROGBITS, 0, 1, 0},
    {".symtab", SHT_SYMTAB, 0, 8, sizeof(Elf64_Sym)},
    {".strtab", SHT_STRTAB, 0, 1, 0},
    {".shstrtab", SHT_STRTAB, 0, 1, 0},
};
inline constexpr const PartShape& shape(Part part) {
  return kPartShapes[static_cast<size_t>(part)];
}

// Section numbers that do not depend on how many programs there are. The last four sections are the
// last four parts.
inline constexpr uint32_t kTextIndex = 1;
inline constexpr uint32_t kManifestIndex = 2;
inline constexpr uint32_t kFirstProgramIndex = 3;
inline constexpr uint32_t kTrailingSections = 4;
inline constexpr uint64_t kSectionTableAlignment = 8;

inline constexpr uint16_t elf_machine(Arch arch) {
  return arch == Arch::kAarch64 ? EM_AARCH64 : EM_X86_64;
}
inline constexpr uint64_t align_up(uint64_t offset, uint64_t alignment) {
  return (offset + alignment - 1) & ~(alignment - 1);
}

// The ELF header of an object, complete: a reader compares, a writer copies.
inline constexpr Elf64_Ehdr object_header(uint16_t machine, uint64_t section_table,
                                          uint16_t sections) {
  Elf64_Ehdr header{};
  header.e_ident[EI_MAG0] = ELFMAG0;
  header.e_ident[EI_MAG1] = ELFMAG1;
  header.e_ident[EI_MAG2] = ELFMAG2;
  header.e_ident[EI_MAG3] = ELFMAG3;
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = machine;
  header.e_version = EV_CURRENT;
  header.e_shoff = section_table;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = sections;
  header.e_shstrndx = static_cast<uint16_t>(sections - 1);
  return header;
}

}  // namespace weir
