// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lays sections end to end and remembers where each one went; then the section headers follow. All
// checking is done before the first byte is written.
#include "runtime/abi/artifact_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/bytes.h"
#include "frontend/support/text.h"
#include "runtime/abi/object_layout.h"

namespace weir {

namespace {

using FunctionSymbol = NativeParts::FunctionSymbol;

// A compiler that hands over nonsense has a bug; its user can only report it.
Error inconsistent(std::string message) {
  return Error(ErrorCode::kInternal,
               "the native object would be inconsistent: " + std::move(message))
      .with_hint("this is a bug in weir's compiler; please report it");
}

Status check_parts(const NativeParts& parts, ByteSpan manifest) {
  // Reading back what was written holds the manifest to the reader's own rules.
  WEIR_CHECK(manifest_from_bytes(manifest));
  const uint32_t code_size = parts.manifest.code_size;
  if (parts.text.size() > kMaxNativeBytes || code_size > parts.text.size()) {
    return inconsistent(fmt::format(".text has {} bytes, of which {} are said to be code",
                                    parts.text.size(), code_size));
  }
  if (parts.programs.size() != parts.manifest.programs.size()) {
    return inconsistent(fmt::format("the manifest lists {} programs, but {} are given",
                                    parts.manifest.programs.size(), parts.programs.size()));
  }
  for (const std::vector<uint8_t>& program : parts.programs) {
    if (program.empty()) return inconsistent("a program is empty");
  }
  for (const NativeParts::DebugSection& section : parts.debug_sections) {
    if (!section.name.starts_with(kDebugSectionPrefix) ||
        !is_identifier(std::string_view(section.name).substr(1))) {
      return inconsistent(
          fmt::format("'{}' is no name for a debug section", printable(section.name)));
    }
  }
  const size_t sections =
      kFirstProgramIndex + parts.programs.size() + parts.debug_sections.size() + kTrailingSections;
  if (sections > kMaxNativeSections) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the native object would have {} sections, at most {} "
                             "are allowed",
                             sections, kMaxNativeSections));
  }
  for (const FunctionSymbol& symbol : parts.symbols) {
    if (symbol.offset > code_size || symbol.size > code_size - symbol.offset) {
      return inconsistent(
          fmt::format("function '{}' at {} with {} bytes ends outside the {} bytes of "
                      "code",
                      printable(symbol.name), symbol.offset, symbol.size, code_size));
    }
    if (symbol.name.empty() || symbol.name.find('\0') != std::string::npos) {
      return inconsistent(fmt::format("'{}' is no name for a symbol", printable(symbol.name)));
    }
  }
  return {};
}

// Global symbols in the order of the manifest.
Result<std::vector<const FunctionSymbol*>> entry_symbols(const NativeParts& parts) {
  std::vector<const FunctionSymbol*> globals;
  for (const FunctionSymbol& symbol : parts.symbols) {
    if (symbol.global) globals.push_back(&symbol);
  }
  if (globals.size() != parts.manifest.programs.size()) {
    return inconsistent(fmt::format("{} global functions for {} entry points", globals.size(),
                                    parts.manifest.programs.size()));
  }
  auto name_of = [](const FunctionSymbol* symbol) -> std::string_view { return symbol->name; };
  std::ranges::sort(globals, {}, name_of);
  std::vector<const FunctionSymbol*> entries;
  entries.reserve(globals.size());
  for (const ManifestProgram& program : parts.manifest.programs) {
    const auto at =
        std::ranges::lower_bound(globals, std::string_view(program.symbol), {}, name_of);
    if (at == globals.end() || (*at)->name != program.symbol || (*at)->offset != program.entry) {
      return inconsistent(
          fmt::format("no global function '{}' at {}", printable(program.symbol), program.entry));
    }
    entries.push_back(*at);
  }
  return entries;
}

// Zero, then names that end in zero, as .strtab and .shstrtab have them.
class NameTable {
 public:
  uint32_t add(std::string_view name) {
    const auto at = static_cast<uint32_t>(bytes_.size());
    bytes_.insert(bytes_.end(), name.begin(), name.end());
    bytes_.push_back(0);
    return at;
  }
  ByteSpan bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_ = {0};
};

struct SymbolTable {
  std::vector<Elf64_Sym> symbols = {Elf64_Sym{}};
  NameTable names;
  uint32_t first_global = 0;

  void add(std::string_view name, uint8_t binding, uint8_t type, uint64_t offset, uint64_t size) {
    symbols.push_back({.st_name = names.add(name),
                       .st_info = static_cast<uint8_t>(ELF64_ST_INFO(binding, type)),
                       .st_other = STV_DEFAULT,
                       .st_shndx = kTextIndex,
                       .st_value = offset,
                       .st_size = size});
  }
  ByteSpan bytes() const {
    return {reinterpret_cast<const uint8_t*>(symbols.data()), symbols.size() * sizeof(Elf64_Sym)};
  }
};

SymbolTable make_symbols(const NativeParts& parts,
                         const std::vector<const FunctionSymbol*>& entries) {
  const uint64_t code_size = parts.manifest.code_size;
  const uint64_t constants = parts.text.size() - code_size;
  SymbolTable table;
  // Mapping symbols, which the ELF standard for AArch64 asks for: code from here, data from here.
  if (parts.manifest.cpu.arch == Arch::kAarch64) {
    table.add("$x", STB_LOCAL, STT_NOTYPE, 0, 0);
    if (constants != 0) table.add("$d", STB_LOCAL, STT_NOTYPE, code_size, 0);
  }
  // Disassemblers show an object as data.
  if (constants != 0) table.add("weir.constants", STB_LOCAL, STT_OBJECT, code_size, constants);
  for (const FunctionSymbol& symbol : parts.symbols) {
    if (!symbol.global) table.add(symbol.name, STB_LOCAL, STT_FUNC, symbol.offset, symbol.size);
  }
  table.first_global = static_cast<uint32_t>(table.symbols.size());
  for (const FunctionSymbol* entry : entries) {
    table.add(entry->name, STB_GLOBAL, STT_FUNC, entry->offset, entry->size);
  }
  return table;
}

class ObjectWriter {
 public:
  explicit ObjectWriter(size_t size_hint) {
    bytes_.reserve(size_hint);
    bytes_.resize(sizeof(Elf64_Ehdr));
    headers_.push_back({});
  }

  void add(Part part, std::string_view name, ByteSpan content, uint32_t link = 0,
           uint32_t info = 0) {
    const PartShape& form = shape(part);
    const uint32_t name_offset = names_.add(name);
    if (part == Part::kSectionNames) content = names_.bytes();  // complete only now
    bytes_.resize(align_up(bytes_.size(), form.alignment));
    headers_.push_back({.sh_name = name_offset,
                        .sh_type = form.type,
                        .sh_flags = form.flags,
                        .sh_addr = 0,
                        .sh_offset = bytes_.size(),
                        .sh_size = content.size(),
                        .sh_link = link,
                        .sh_info = info,
                        .sh_addralign = form.alignment,
                        .sh_entsize = form.entry_size});
    bytes_.insert(bytes_.end(), content.begin(), content.end());
  }
  void add(Part part, ByteSpan content, uint32_t link = 0, uint32_t info = 0) {
    add(part, shape(part).name, content, link, info);
  }
  uint32_t next_index() const { return static_cast<uint32_t>(headers_.size()); }

  std::vector<uint8_t> finish(Arch arch) {
    bytes_.resize(align_up(bytes_.size(), kSectionTableAlignment));
    const Elf64_Ehdr header =
        object_header(elf_machine(arch), bytes_.size(), static_cast<uint16_t>(headers_.size()));
    std::memcpy(bytes_.data(), &header, sizeof header);
    const auto* table = reinterpret_cast<const uint8_t*>(headers_.data());
    bytes_.insert(bytes_.end(), table, table + headers_.size() * sizeof(Elf64_Shdr));
    return std::move(bytes_);
  }

 private:
  std::vector<uint8_t> bytes_;
  std::vector<Elf64_Shdr> headers_;
  NameTable names_;
};

// Within one section header and 64 bytes of padding and name for each section.
size_t estimate_size(const NativeParts& parts, const SymbolTable& symbols, size_t manifest) {
  size_t size = sizeof(Elf64_Ehdr) + parts.text.size() + manifest + symbols.bytes().size() +
                symbols.names.bytes().size();
  for (const auto& program : parts.programs) size += program.size();
  for (const auto& section : parts.debug_sections) size += section.bytes.size();
  const size_t sections =
      kFirstProgramIndex + parts.programs.size() + parts.debug_sections.size() + kTrailingSections;
  return size + sections * (sizeof(Elf64_Shdr) + 64);
}

}  // namespace

Result<std::vector<uint8_t>> write_native_object(const NativeParts& parts) {
  const std::vector<uint8_t> manifest = manifest_to_bytes(parts.manifest);
  WEIR_CHECK(check_parts(parts, manifest));
  WEIR_TRY(const std::vector<const FunctionSymbol*> entries, entry_symbols(parts));
  const SymbolTable symbols = make_symbols(parts, entries);

  ObjectWriter out(estimate_size(parts, symbols, manifest.size()));
  out.add(Part::kText, parts.text);
  out.add(Part::kManifest, manifest);
  for (size_t i = 0; i < parts.programs.size(); ++i) {
    out.add(Part::kProgram, fmt::format("{}{}", kProgramSectionPrefix, i), parts.programs[i]);
  }
  for (const NativeParts::DebugSection& section : parts.debug_sections) {
    out.add(Part::kDebug, section.name, section.bytes);
  }
  out.add(Part::kStackNote, {});
  out.add(Part::kSymbols, symbols.bytes(), out.next_index() + 1, symbols.first_global);
  out.add(Part::kSymbolNames, symbols.names.bytes());
  out.add(Part::kSectionNames, {});
  std::vector<uint8_t> bytes = out.finish(parts.manifest.cpu.arch);
  if (bytes.size() > kMaxNativeBytes) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the native object would have {} bytes, at most {} are "
                             "allowed",
                             bytes.size(), kMaxNativeBytes));
  }
  return bytes;
}

}  // namespace weir
