// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parsing is one walk along the file: code, manifest, as many programs as the manifest says, DWARF,
// symbols. The bytecode stays as it is until somebody asks for it: a run of native code needs none
// of it, and loading is to take microseconds.
#include "runtime/native/native_object.h"

#include <fmt/format.h>

#include "frontend/isa/program_bytes.h"
#include "frontend/support/text.h"
#include "runtime/native/object_reader.h"

namespace weir {

namespace {

Error malformed(std::string message) {
  return Error(ErrorCode::kObjectMalformed, std::move(message));
}

bool is_null(const Elf64_Sym& symbol) {
  constexpr Elf64_Sym kNull{};
  return std::memcmp(&symbol, &kNull, sizeof symbol) == 0;
}

// The symbols are for linkers and debuggers; the loader takes entry points from the manifest. Both
// must say the same, or a linked program would run something else than a loaded one.
Status check_symbols(const ObjectReader::Section& table, const ObjectReader::Section& names,
                     const Manifest& manifest, uint64_t text_size) {
  const size_t count = table.bytes.size() / sizeof(Elf64_Sym);
  const size_t globals = manifest.programs.size();
  auto bad = [&](size_t index, std::string message) {
    return malformed(fmt::format("symbol {}: {}", index, message)).in_section(table.name);
  };
  if (table.bytes.size() % sizeof(Elf64_Sym) != 0 || count < 1 + globals ||
      table.info != count - globals) {
    return malformed(
               fmt::format("{} bytes with global symbols from {} on, expected entries of {} bytes "
                           "of which the last {} are global",
                           table.bytes.size(), table.info, sizeof(Elf64_Sym), globals))
        .in_section(table.name);
  }
  const std::string_view text = as_text(names.bytes);
  if (text.empty() || text.back() != '\0' || text.front() != '\0') {
    return malformed("the symbol names do not start and end with a zero byte")
        .in_section(names.name);
  }
  size_t name_end = 1;
  for (size_t i = 0; i < count; ++i) {
    Elf64_Sym symbol;
    std::memcpy(&symbol, &table.bytes[i * sizeof symbol], sizeof symbol);
    if (i == 0) {
      if (!is_null(symbol)) return bad(i, "is not empty, but ELF keeps it so");
      continue;
    }
    if (symbol.st_name != name_end || name_end >= text.size()) {
      return bad(i, fmt::format("its name is at {} of {}, expected {}", symbol.st_name, text.size(),
                                name_end));
    }
    const std::string_view name = text.substr(name_end, text.find('\0', name_end) - name_end);
    name_end += name.size() + 1;
    if (symbol.st_other != STV_DEFAULT || symbol.st_shndx != kTextIndex ||
        symbol.st_value > text_size || symbol.st_size > text_size - symbol.st_value) {
      return bad(
          i, fmt::format("'{}' at {} of section {} with {} bytes and visibility {} is not in the "
                         "{} bytes of .text",
                         printable(name), symbol.st_value, symbol.st_shndx, symbol.st_size,
                         symbol.st_other, text_size));
    }
    const uint8_t type = ELF64_ST_TYPE(symbol.st_info);
    if (i < table.info) {
      if (ELF64_ST_BIND(symbol.st_info) != STB_LOCAL || type > STT_FUNC) {
        return bad(
            i, fmt::format("'{}' has binding and type {:#04x}, expected a local label, object or "
                           "function",
                           printable(name), symbol.st_info));
      }
      continue;
    }
    const ManifestProgram& program = manifest.programs[i - table.info];
    if (symbol.st_info != ELF64_ST_INFO(STB_GLOBAL, STT_FUNC) || name != program.symbol ||
        symbol.st_value != program.entry) {
      return bad(i,
                 fmt::format("'{}' at {} with binding and type {:#04x}, but the manifest has the "
                             "global function '{}' at {}",
                             printable(name), symbol.st_value, symbol.st_info,
                             printable(program.symbol), program.entry));
    }
  }
  if (name_end != text.size()) {
    return malformed(
               fmt::format("the symbol names take {} bytes, expected {}", text.size(), name_end))
        .in_section(names.name);
  }
  return {};
}

}  // namespace

Result<NativeObject> NativeObject::parse(std::vector<uint8_t> bytes) {
  NativeObject object;
  object.bytes_ = std::move(bytes);
  auto split = split_signatures(object.bytes_);
  if (!split) return malformed(split.error().message()).with_hint(split.error().hint());
  object.signatures_ = std::move(split->signatures);
  object.bytes_.resize(split->body.size());
  WEIR_TRY(ObjectReader reader, ObjectReader::open(object.bytes_));

  WEIR_TRY(const ObjectReader::Section text, reader.next(Part::kText));
  object.text_offset_ = text.offset;
  object.text_size_ = text.bytes.size();

  // The manifest before all the rest: it says whether this weir knows how the rest is made.
  WEIR_TRY(const ObjectReader::Section manifest_section, reader.next(Part::kManifest));
  WEIR_TRY(object.manifest_, manifest_from_bytes(manifest_section.bytes));
  const Manifest& manifest = object.manifest_;
  if (manifest.cpu.arch != reader.arch()) {
    return malformed(fmt::format("the manifest is for {}, but the ELF file for {}",
                                 arch_name(manifest.cpu.arch), arch_name(reader.arch())))
        .in_section(kManifestSection);
  }
  if (manifest.code_size > object.text_size_) {
    return malformed(fmt::format("the manifest says {} bytes of code, but the section has {}",
                                 manifest.code_size, object.text_size_))
        .in_section(kTextSection);
  }

  const auto programs = static_cast<uint32_t>(manifest.programs.size());
  if (reader.remaining() < programs + kTrailingSections) {
    return malformed(
        fmt::format("the manifest lists {} programs, but only {} of {} sections are left", programs,
                    reader.remaining(), reader.section_count()));
  }
  object.programs_.reserve(programs);
  for (uint32_t i = 0; i < programs; ++i) {
    WEIR_TRY(const ObjectReader::Section section, reader.next(Part::kProgram, i));
    object.programs_.push_back({section.offset, section.bytes.size()});
    if (section.bytes.empty()) return malformed("the section is empty").in_section(section.name);
  }
  while (reader.remaining() > kTrailingSections) {
    WEIR_CHECK(reader.next(Part::kDebug));
  }

  WEIR_TRY(const ObjectReader::Section note, reader.next(Part::kStackNote));
  if (!note.bytes.empty()) {
    return malformed(fmt::format("{} bytes, expected none", note.bytes.size()))
        .in_section(note.name);
  }
  WEIR_TRY(const ObjectReader::Section symbols, reader.next(Part::kSymbols));
  WEIR_TRY(const ObjectReader::Section symbol_names, reader.next(Part::kSymbolNames));
  WEIR_CHECK(reader.next(Part::kSectionNames));
  WEIR_CHECK(reader.finish());
  if (symbols.link != reader.section_count() - 2) {
    return malformed(fmt::format("its names are said to be in section {}, expected {}",
                                 symbols.link, reader.section_count() - 2))
        .in_section(symbols.name);
  }
  WEIR_CHECK(check_symbols(symbols, symbol_names, manifest, object.text_size_));
  return object;
}

SignedBody NativeObject::signed_body() const {
  return {SignedThing::kNativeObject, digest_of(bytes_), bytes_.size()};
}

Result<Program> NativeObject::program(size_t index) const {
  if (index >= programs_.size()) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("program {} of an object that has {}", index, programs_.size()));
  }
  const Blob& blob = programs_[index];
  auto program = program_from_bytes(ByteSpan(bytes_).subspan(blob.offset, blob.size));
  if (program) {
    program->run_config = manifest_.programs[index].run_config;
    return program;
  }
  return program.take_error()
      .in_program(manifest_.programs[index].name)
      .in_section(fmt::format("{}{}", kProgramSectionPrefix, index));
}

Result<size_t> NativeObject::find(std::string_view name) const {
  constexpr size_t kListed = 20;
  const std::vector<ManifestProgram>& programs = manifest_.programs;
  size_t found = 0, matches = 0;
  for (size_t i = 0; i < programs.size(); ++i) {
    if (!name.empty() && programs[i].name != name) continue;
    if (matches++ == 0) found = i;
  }
  if (matches == 1) return found;

  std::string names;
  for (size_t i = 0; i < programs.size() && i < kListed; ++i) {
    names += fmt::format("{}'{}'", i == 0 ? "" : ", ", printable(programs[i].name));
  }
  if (programs.size() > kListed) names += fmt::format(" and {} more", programs.size() - kListed);
  if (name.empty()) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("the object has {} programs, and none was named", programs.size()))
        .with_hint("name one of " + names);
  }
  return Error(ErrorCode::kNotFound,
               matches == 0 ? fmt::format("the object has no program '{}'", printable(name))
                            : fmt::format("the object has {} programs of the name '{}'", matches,
                                          printable(name)))
      .with_hint("it has " + names);
}

}  // namespace weir
