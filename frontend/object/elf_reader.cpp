// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the sections of an ELF file to an ObjectFile.
//
// read_elf() is the order of things: sections, symbols, relocations between the two, functions,
// then what describes them (licence, BTF, lines) and the maps, which need BTF. Nothing is resolved
// here; that is link_program().
//
// Sections that neither run nor hold data (debug information, mostly) are kept as a name and a
// size, so that section indexes stay simple and an object with DWARF costs no more than one
// without.
#include "frontend/object/elf_reader.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "frontend/object/btf.h"
#include "frontend/object/btf_ext.h"
#include "frontend/object/data_maps.h"
#include "frontend/object/elf_file.h"
#include "frontend/object/externs.h"
#include "frontend/object/function_table.h"
#include "frontend/object/map_defs.h"
#include "frontend/support/interrupted.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

using Warnings = std::vector<std::string>;

Error damaged(std::string message) {
  return Error(ErrorCode::kElfMalformed, std::move(message))
      .with_hint("the file is damaged: copy or build it again");
}

SectionKind kind_of(const ElfSection& section) {
  const std::string_view name = section.name;
  const bool has_bytes = section.type == SHT_PROGBITS;
  if (!has_bytes && section.type != SHT_NOBITS) return SectionKind::kOther;
  if (has_bytes && (section.flags & SHF_EXECINSTR)) return SectionKind::kProgram;
  if (name == ".maps") return SectionKind::kBtfMaps;
  if (has_bytes && (name == "maps" || name.starts_with("maps/"))) return SectionKind::kMaps;
  if (has_bytes && name == "license") return SectionKind::kLicense;
  if (has_bytes && name == "version") return SectionKind::kVersion;
  if (!(section.flags & SHF_ALLOC)) return SectionKind::kOther;
  if (!has_bytes) return SectionKind::kBss;
  // By name first, as libbpf does: compilers disagree about the flags of what is never written.
  if (name == ".data" || name.starts_with(".data.")) return SectionKind::kData;
  if (name == ".rodata" || name.starts_with(".rodata.")) return SectionKind::kRodata;
  return (section.flags & SHF_WRITE) ? SectionKind::kData : SectionKind::kRodata;
}

void read_sections(const ElfFile& elf, ObjectFile& object) {
  object.sections.reserve(elf.sections.size());
  for (uint32_t i = 1; i < elf.sections.size(); ++i) {
    const ElfSection& from = elf.sections[i];
    Section section;
    section.name = from.name;
    section.kind = kind_of(from);
    section.elf_index = i;
    section.size = from.size;
    if (section.kind != SectionKind::kOther) {
      section.bytes.assign(from.bytes.begin(), from.bytes.end());
    }
    object.sections.push_back(std::move(section));
  }
}

SymbolKind symbol_kind(uint8_t info) {
  switch (ELF64_ST_TYPE(info)) {
    case STT_NOTYPE: return SymbolKind::kNone;
    case STT_FUNC: return SymbolKind::kFunction;
    case STT_OBJECT: return SymbolKind::kObject;
    case STT_SECTION: return SymbolKind::kSection;
    default: return SymbolKind::kOther;
  }
}

SymbolBinding symbol_binding(uint8_t info) {
  switch (ELF64_ST_BIND(info)) {
    case STB_LOCAL: return SymbolBinding::kLocal;
    case STB_WEAK: return SymbolBinding::kWeak;
    default: return SymbolBinding::kGlobal;
  }
}

Result<int32_t> symbol_section(uint32_t symbol, uint16_t index, size_t section_count) {
  if (index == SHN_UNDEF) return kSectionUndefined;
  if (index == SHN_ABS) return kSectionAbsolute;
  if (index == SHN_COMMON) return kSectionCommon;
  if (index > section_count) {
    return damaged(fmt::format("symbol {} is in section {}, but the last section is {}", symbol,
                               index, section_count));
  }
  return static_cast<int32_t>(index) - 1;  // ObjectFile::sections has no null section
}

// The ELF index of the symbol table, 0 if there is none.
Result<uint32_t> find_symbol_table(const ElfFile& elf) {
  uint32_t found = 0;
  for (uint32_t i = 1; i < elf.sections.size(); ++i) {
    if (elf.sections[i].type != SHT_SYMTAB) continue;
    if (found != 0)
      return damaged(fmt::format("sections {} and {} are both symbol tables", found, i));
    found = i;
  }
  return found;
}

Status read_symbols(const ElfFile& elf, uint32_t table_index, ObjectFile& object) {
  if (table_index == 0) return {};
  const ElfSection& table = elf.sections[table_index];
  if (table.size % sizeof(Elf64_Sym) != 0) {
    return damaged(fmt::format("the symbol table has {} bytes, but a symbol has {}", table.size,
                               sizeof(Elf64_Sym)));
  }
  const size_t count = table.size / sizeof(Elf64_Sym);
  if (count > kMaxSymbols) {
    return Error(ErrorCode::kLimit, fmt::format("the file has {} symbols, at most {} are allowed",
                                                count, kMaxSymbols));
  }
  if (table.link >= elf.sections.size() || elf.sections[table.link].type != SHT_STRTAB) {
    return damaged(fmt::format("symbol names should be in section {}, but that is no string table",
                               table.link));
  }
  const ByteSpan strings = elf.sections[table.link].bytes;

  ByteReader in(table.bytes);
  size_t name_bytes = 0;
  object.symbols.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    const auto raw = in.read<Elf64_Sym>();
    Symbol symbol;
    WEIR_TRY(symbol.name,
             elf_string(strings, raw.st_name, fmt::format("the name of symbol {}", i)));
    symbol.kind = symbol_kind(raw.st_info);
    symbol.binding = symbol_binding(raw.st_info);
    WEIR_TRY(symbol.section, symbol_section(i, raw.st_shndx, object.sections.size()));
    symbol.value = raw.st_value;
    symbol.size = raw.st_size;
    name_bytes += symbol.name.size();
    if (name_bytes > kMaxNameBytesTotal) {
      return Error(ErrorCode::kLimit, fmt::format("symbol names have more than {} bytes together",
                                                  kMaxNameBytesTotal));
    }
    object.symbols.push_back(std::move(symbol));
  }
  return {};
}

// The relocations of one section, added to the section they apply to. LLVM writes REL: what is to
// be added is in place. Its first BPF backends (3.7) wrote RELA, with an addend of zero for
// everything that there was to relocate then; so these two are the same, and another addend is
// refused.
Status read_relocation_section(const ElfSection& from, Section& target, size_t symbol_count) {
  auto bad = [&](std::string what) {
    return Error(ErrorCode::kElfRelocation, std::move(what))
        .in_section(target.name)
        .with_hint("the file is damaged: copy or build it again");
  };
  const bool with_addend = from.type == SHT_RELA;
  const size_t record = with_addend ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
  if (from.size % record != 0) {
    return bad(fmt::format("the relocations have {} bytes, but one has {}", from.size, record));
  }
  const size_t count = from.size / record;
  ByteReader in(from.bytes);
  target.relocations.reserve(target.relocations.size() + count);
  for (size_t i = 0; i < count; ++i) {
    const auto raw = in.read<Elf64_Rel>();
    const int64_t addend = with_addend ? in.read<int64_t>() : 0;
    if (addend != 0) {
      return Error(ErrorCode::kElfRelocation,
                   fmt::format("relocation {} has the addend {}, but BPF objects have "
                               "addends in place",
                               i, addend))
          .in_section(target.name)
          .with_hint("compile with clang -target bpf");
    }
    Relocation relocation;
    relocation.offset = raw.r_offset;
    relocation.type = ELF64_R_TYPE(raw.r_info);
    relocation.symbol = static_cast<uint32_t>(ELF64_R_SYM(raw.r_info));
    if (relocation.offset >= target.size) {
      return bad(fmt::format("relocation {} is at {}, but the section has {} bytes", i,
                             relocation.offset, target.size));
    }
    if (relocation.symbol >= symbol_count) {
      return bad(fmt::format("relocation {} names symbol {}, but there are {}", i,
                             relocation.symbol, symbol_count));
    }
    if (target.kind == SectionKind::kProgram && relocation.offset % sizeof(uint64_t) != 0) {
      return bad(fmt::format("relocation {} is at {}, but instructions are at multiples of 8", i,
                             relocation.offset));
    }
    target.relocations.push_back(relocation);
  }
  return {};
}

Status read_relocations(const ElfFile& elf, uint32_t symbol_table, ObjectFile& object) {
  size_t total = 0;
  for (uint32_t i = 1; i < elf.sections.size(); ++i) {
    const ElfSection& from = elf.sections[i];
    if (from.type != SHT_REL && from.type != SHT_RELA) continue;
    if (from.info == 0 || from.info >= elf.sections.size()) {
      return damaged(
          fmt::format("the relocations in section {} apply to section {}, but the last "
                      "section is {}",
                      i, from.info, elf.sections.size() - 1));
    }
    Section& target = object.sections[from.info - 1];
    if (target.kind == SectionKind::kOther) continue;
    if (from.link != symbol_table || symbol_table == 0) {
      return damaged(
          fmt::format("the relocations in section {} use symbol table {}, but the file's "
                      "is {}",
                      i, from.link, symbol_table));
    }
    total += from.size / sizeof(Elf64_Rel);
    if (total > kMaxRelocations) {
      return Error(ErrorCode::kLimit,
                   fmt::format("the file has more than {} relocations", kMaxRelocations));
    }
    WEIR_CHECK(read_relocation_section(from, target, object.symbols.size()));
  }

  for (Section& section : object.sections) {
    auto order = [](const Relocation& r) { return std::tuple(r.offset, r.symbol, r.type); };
    std::sort(section.relocations.begin(), section.relocations.end(),
              [&](const Relocation& a, const Relocation& b) { return order(a) < order(b); });
    if (section.kind != SectionKind::kProgram) continue;
    auto same = std::adjacent_find(
        section.relocations.begin(), section.relocations.end(),
        [](const Relocation& a, const Relocation& b) { return a.offset == b.offset; });
    if (same != section.relocations.end()) {
      return Error(ErrorCode::kElfRelocation,
                   fmt::format("two relocations are at {}, but an instruction has one "
                               "operand to relocate",
                               same->offset))
          .in_section(section.name)
          .with_hint("the file is damaged: copy or build it again");
    }
  }
  return {};
}

void read_license(ObjectFile& object, Warnings& warnings) {
  for (const Section& section : object.sections) {
    if (section.kind != SectionKind::kLicense) continue;
    std::string_view text = as_text(section.bytes);
    text = text.substr(0, text.find('\0'));
    if (text.size() > kMaxLicenseBytes) {
      warnings.push_back(fmt::format("the licence has {} bytes, only the first {} are kept",
                                     text.size(), kMaxLicenseBytes));
      text = text.substr(0, kMaxLicenseBytes);
    }
    object.license = text;
    return;
  }
}

const ElfSection* find_section(const ElfFile& elf, std::string_view name) {
  auto it = std::find_if(elf.sections.begin(), elf.sections.end(), [&](const ElfSection& s) {
    return s.type == SHT_PROGBITS && s.name == name;
  });
  return it == elf.sections.end() ? nullptr : &*it;
}

// BTF and lines. Bad ones are only a warning here, unless maps are defined in BTF.
Result<std::optional<Btf>> read_btf(const ElfFile& elf, ObjectFile& object, Warnings& warnings) {
  const ElfSection* section = find_section(elf, ".BTF");
  if (section == nullptr) return std::optional<Btf>();
  auto btf = Btf::parse(section->bytes);
  if (!btf) {
    const bool needed = std::any_of(
        object.sections.begin(), object.sections.end(),
        [](const Section& s) { return s.kind == SectionKind::kBtfMaps && s.size != 0; });
    const ElfSection* relocations = find_section(elf, ".BTF.ext");
    if (relocations != nullptr && has_core_relocations(relocations->bytes)) {
      return btf.take_error().with_hint(
          "the CO-RE relocations in .BTF.ext need sound BTF: build the file again with clang -g");
    }
    if (needed) {
      return btf.take_error().with_hint(
          "map definitions in .maps need sound BTF: build the file again with clang -g");
    }
    warnings.push_back(
        fmt::format("type information is left out: .BTF: {}", btf.error().message()));
    return std::optional<Btf>();
  }
  object.btf.assign(section->bytes.begin(), section->bytes.end());

  if (const ElfSection* ext = find_section(elf, ".BTF.ext")) {
    size_t left_out = 0;
    if (auto status = read_lines(ext->bytes, *btf, object, left_out); !status) {
      warnings.push_back(
          fmt::format("source lines are left out: .BTF.ext: {}", status.error().message()));
    } else if (left_out != 0) {
      warnings.push_back(fmt::format(
          "{} records of source lines in .BTF.ext make no sense or are too many and are left out",
          left_out));
    }
    if (has_core_relocations(ext->bytes)) {
      WEIR_CHECK(read_core_relocations(ext->bytes, *btf, object));
    }
  }
  return std::optional<Btf>(std::move(*btf));
}

Result<ObjectFile> read_all(ByteSpan bytes, Warnings& warnings) {
  WEIR_TRY(const ElfFile elf, open_elf(bytes));
  if (elf.machine_unknown) {
    warnings.push_back("the ELF header names no machine; taken for BPF, as LLVM 3.7 wrote it");
  }
  ObjectFile object;
  read_sections(elf, object);
  WEIR_TRY(const uint32_t symbol_table, find_symbol_table(elf));
  WEIR_CHECK(read_symbols(elf, symbol_table, object));
  WEIR_CHECK(read_relocations(elf, symbol_table, object));
  WEIR_CHECK(derive_functions(object));
  read_license(object, warnings);
  WEIR_TRY(const std::optional<Btf> btf, read_btf(elf, object, warnings));
  if (btf) {
    describe_data(object, *btf);
    read_externs(object, *btf);
  }
  WEIR_CHECK(read_maps(object, btf ? &*btf : nullptr));
  return object;
}

}  // namespace

Result<ObjectFile> read_elf(ByteSpan bytes, std::string path, std::vector<std::string>* warnings) {
  Warnings unread;
  try {
    auto object = read_all(bytes, warnings != nullptr ? *warnings : unread);
    if (!object) return object.take_error().in_file(path);
    object->path = std::move(path);
    return object;
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kOutOfMemory, "not enough memory to read the file").in_file(path);
  }
}

Result<std::vector<uint8_t>> read_object_bytes(const std::string& path) {
  auto io = [&](const char* what) {
    return Error(ErrorCode::kIo, fmt::format("cannot {} the file: {}", what, std::strerror(errno)))
        .in_file(path);
  };
  // O_NONBLOCK: opening a FIFO must not wait for its other end.
  const int fd = again_if_interrupted(
      [&path] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); });
  if (fd < 0) {
    const bool missing = errno == ENOENT;
    Error error = io("open");
    return missing ? Error(ErrorCode::kNotFound, "there is no such file").in_file(path) : error;
  }
  struct Close {
    int fd;
    ~Close() { close(fd); }
  } close_at_end{fd};

  struct stat status{};
  if (fstat(fd, &status) != 0) return io("examine");
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorCode::kIo,
                 fmt::format("this is {}, but a regular file was expected",
                             S_ISDIR(status.st_mode) ? "a folder" : "no regular file"))
        .in_file(path);
  }
  auto too_big = [&](uint64_t size) {
    return Error(ErrorCode::kLimit, fmt::format("the file has {} bytes, at most {} are allowed",
                                                size, kMaxObjectBytes))
        .in_file(path);
  };
  if (static_cast<uint64_t>(status.st_size) > kMaxObjectBytes) return too_big(status.st_size);
  try {
    std::vector<uint8_t> bytes(status.st_size);
    size_t got = 0;
    while (got < bytes.size()) {
      const ssize_t n = read(fd, bytes.data() + got, bytes.size() - got);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return io("read");
      if (n == 0) break;  // it shrank meanwhile: what is missing is found later
      got += static_cast<size_t>(n);
    }
    bytes.resize(got);
    return bytes;
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kOutOfMemory, "not enough memory to read the file").in_file(path);
  }
}

}  // namespace weir
