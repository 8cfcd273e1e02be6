// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ObjectFile: what an eBPF ELF file says, symbolically. A map is a name, not an address; a call
// is a relocation, not a distance. Made by read_elf() (elf_reader.h) from bytes that nobody has
// checked; everything in it is within the limits below, and every index in it is in range.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/isa/program.h"
#include "frontend/support/result.h"

namespace weir {

// Limits on what a file may hold. Beyond one of them a file is refused (kLimit), except where the
// comment says that only messages suffer.
inline constexpr size_t kMaxObjectBytes = 256u << 20;
inline constexpr size_t kMaxSections = 16'384;
inline constexpr size_t kMaxSymbols = 1'000'000;
inline constexpr size_t kMaxRelocations = 4'000'000;
inline constexpr size_t kMaxMaps = 4'096;
inline constexpr size_t kMaxCoreRelocations = 262'144;
// One name, and all names of sections and symbols together: many symbols may share one string, so
// the size of the file does not bound their sum.
inline constexpr size_t kMaxNameBytes = 4'096;
inline constexpr size_t kMaxNameBytesTotal = 64u << 20;
// Line information beyond these is cut or dropped with a warning.
inline constexpr size_t kMaxLines = 1'000'000;
inline constexpr size_t kMaxLineText = 1'024;
inline constexpr size_t kMaxLineTextTotal = 64u << 20;
// The kernel's: char license[128].
inline constexpr size_t kMaxLicenseBytes = 127;

enum class SymbolKind : uint8_t { kNone, kFunction, kObject, kSection, kOther };
enum class SymbolBinding : uint8_t { kLocal, kGlobal, kWeak };

// What Symbol::section holds instead of an index.
inline constexpr int32_t kSectionUndefined = -1;  // extern: some other file defines it
inline constexpr int32_t kSectionAbsolute = -2;   // a number, not a place
inline constexpr int32_t kSectionCommon = -3;     // an uninitialised variable (-fcommon)

struct Symbol {
  std::string name;  // raw bytes; empty for section symbols
  SymbolKind kind = SymbolKind::kNone;
  SymbolBinding binding = SymbolBinding::kLocal;
  int32_t section = kSectionUndefined;  // index into ObjectFile::sections, or one of the above
  uint64_t value = 0;                   // offset in the section; not checked against its size
  uint64_t size = 0;                    // bytes; 0 in files of old compilers; not checked
};

// R_BPF_*: what the relocated field is (the kernel's Documentation/bpf/llvm_reloc.rst).
inline constexpr uint32_t kRelocNone = 0;         // what LLVM 3.7 wrote for all of them
inline constexpr uint32_t kReloc64_64 = 1;        // the immediate of a wide instruction
inline constexpr uint32_t kReloc64_Abs64 = 2;     // eight bytes of data
inline constexpr uint32_t kReloc64_Abs32 = 3;     // four bytes of data
inline constexpr uint32_t kReloc64_Nodyld32 = 4;  // four bytes of .BTF or .BTF.ext
inline constexpr uint32_t kReloc64_32 = 10;       // the immediate of a call

struct Relocation {
  uint64_t offset = 0;  // in the section it applies to, less than its size
  uint32_t type = 0;
  uint32_t symbol = 0;  // index into ObjectFile::symbols
};

enum class SectionKind : uint8_t {
  kProgram,  // SHF_EXECINSTR: functions
  kData,     // .data*, and other writable data
  kRodata,   // .rodata*, and other data that is not written
  kBss,      // .bss*, and other sections without bytes
  kMaps,     // legacy "maps" (struct bpf_map_def)
  kBtfMaps,  // ".maps"
  kLicense,
  kVersion,
  kOther,
};

struct Section {
  std::string name;  // raw bytes
  SectionKind kind = SectionKind::kOther;
  uint32_t elf_index = 0;
  uint64_t size = 0;                    // also for .bss, which has no bytes
  std::vector<uint8_t> bytes;           // empty for .bss and kOther
  std::vector<Relocation> relocations;  // ascending by offset; empty for kOther
  // Global data that BTF describes: the id of its data section, and whether a variable in it is
  // visible outside the file (libbpf then lets the host map the values into its memory).
  uint32_t datasec_id = 0;
  bool shared = false;
};

// Global variables, or what the compiler keeps beside them (strings, tables).
inline bool is_data(const Section& section) {
  switch (section.kind) {
    case SectionKind::kData:
    case SectionKind::kRodata:
    case SectionKind::kBss:
    case SectionKind::kLicense:
    case SectionKind::kVersion: return true;
    default: return false;
  }
}

// A symbol that the file uses and expects the kernel to define, as BTF describes it.
struct Extern {
  enum class Kind : uint8_t {
    kKsym,     // __ksym: a variable or a function of the kernel
    kKconfig,  // __kconfig: a value of its configuration
  };
  enum class Type : uint8_t { kUnknown, kBool, kChar, kTristate, kInt, kText };  // of kKconfig
  uint32_t symbol = 0;  // index into ObjectFile::symbols; undefined there
  Kind kind = Kind::kKsym;
  // The rest for kKconfig: type, and place in the map that has all values.
  Type type = Type::kUnknown;
  bool is_signed = false;
  uint32_t size = 0;  // bytes, at least 1
  uint32_t offset = 0;
};

// An instruction that depends on the layout of the target's types (enum bpf_core_relo_kind).
struct CoreRelocation {
  enum class Kind : uint8_t {
    kFieldOffset,
    kFieldSize,
    kFieldExists,
    kFieldSigned,
    kFieldLeftShift,
    kFieldRightShift,
    kTypeIdLocal,
    kTypeIdTarget,
    kTypeExists,
    kTypeSize,
    kEnumExists,
    kEnumValue,
    kTypeMatches,
  };
  uint32_t section = 0;  // index into ObjectFile::sections
  uint32_t offset = 0;   // bytes from the start of the section, multiple of 8
  uint32_t type_id = 0;  // in the object's BTF
  uint32_t access = 0;   // offset of the access string in BTF's strings
  Kind kind = Kind::kFieldOffset;
};
inline constexpr uint32_t kCoreRelocationKinds = 13;

// Line information of one program section, by byte offset.
struct SourceLine {
  uint32_t section = 0;  // index into ObjectFile::sections
  uint32_t offset = 0;   // bytes from the start of the section, multiple of 8
  uint32_t file = 0;     // index into ObjectFile::source_files
  uint32_t line = 0;     // 1-based
  uint32_t column = 0;
  std::string text;  // at most kMaxLineText bytes
};

// A function of a program section.
struct FunctionSymbol {
  std::string name;  // raw bytes; made up as "section+offset" where the file has no symbol
  uint32_t section = 0;
  uint32_t offset = 0;  // bytes, multiple of 8
  uint32_t size = 0;    // bytes, multiple of 8, at least 8
  bool global = false;
  // True for what libbpf calls a program: a function that a host attaches. Functions in .text (and
  // .text.*) are subprograms, unless the file has no other program section: then (as uBPF users do)
  // the global ones are programs, or the first one if none is global.
  bool entry = false;
};

struct ObjectFile {
  std::string path;  // as given, for messages
  std::string license;
  std::vector<Section> sections;  // all but the ELF null section, in file order
  std::vector<Symbol> symbols;    // all, in file order, [0] is the ELF null symbol
  // By section, then offset. Two functions are the same bytes (aliases) or do not overlap.
  std::vector<FunctionSymbol> functions;
  std::vector<MapDef> maps;  // legacy and BTF-defined, by section, then offset; not global data
  // For each map: where it is defined, for relocations against it.
  struct MapPlace {
    uint32_t section = 0;
    uint64_t offset = 0;
  };
  std::vector<MapPlace> map_places;              // parallel to maps
  std::vector<Extern> externs;                   // ascending by symbol; none without BTF
  std::vector<CoreRelocation> core_relocations;  // by section, then offset, at most one at each
  std::vector<std::string> source_files;
  std::vector<SourceLine> lines;  // by section, then offset, at most one at an offset
  std::vector<uint8_t> btf;       // raw .BTF, checked; may be empty

  // Entry functions, in file order.
  std::vector<const FunctionSymbol*> programs() const;
  // The entry function of that name, or else the only one in the section of that name; an error
  // that lists the names if there is none, or if `name` is empty and there are several.
  Result<const FunctionSymbol*> find_program(std::string_view name) const;
  // The function that holds a byte of a program section, or null. Binary search.
  const FunctionSymbol* function_at(uint32_t section, uint64_t offset) const;
  // The source line that a byte of a program section comes from, or null; never from another
  // function. Binary search.
  const SourceLine* line_at(uint32_t section, uint64_t offset) const;
};

}  // namespace weir
