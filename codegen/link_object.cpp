// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A small linker for one input file. It can be small because the code is position-independent and
// reaches the world only through its argument: what is left to resolve are references from code to
// its own constants and between its own functions, all relative to the place that holds them.
#include "codegen/link_object.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <llvm/BinaryFormat/ELF.h>
#include <llvm/Object/ELF.h>

#include "codegen/llvm_error.h"

namespace weir {

namespace {

using Elf = llvm::object::ELFFile<llvm::object::ELF64LE>;
using Shdr = llvm::object::ELF64LE::Shdr;
using Sym = llvm::object::ELF64LE::Sym;

struct InputReloc {
  uint64_t offset;
  uint32_t type;
  uint32_t symbol;
  int64_t addend;
};

struct InputSection {
  std::string name;
  uint64_t flags = 0;
  uint64_t alignment = 1;
  std::vector<uint8_t> bytes;
  std::vector<InputReloc> relocs;
  bool loaded = false;  // SHF_ALLOC
  bool code = false;
  bool debug = false;
  bool kept = false;
  uint64_t place = 0;  // offset in the output's .text; 0 for debug sections
};

struct InputSymbol {
  std::string name;
  uint32_t section = 0;  // 0 = undefined
  uint64_t value = 0, size = 0;
  bool function = false, global = false;
};

uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

class Linker {
 public:
  Status read(ByteSpan elf) {
    auto file = Elf::create(llvm::StringRef(reinterpret_cast<const char*>(elf.data()), elf.size()));
    if (!file) return from_llvm(file.takeError(), "reading LLVM's object");
    machine_ = file->getHeader().e_machine;
    auto headers = file->sections();
    if (!headers) return from_llvm(headers.takeError(), "reading LLVM's object");
    sections_.resize(headers->size());
    for (size_t i = 0; i < headers->size(); ++i) {
      const Shdr& header = (*headers)[i];
      InputSection& section = sections_[i];
      auto name = file->getSectionName(header);
      if (!name) return from_llvm(name.takeError(), "reading LLVM's object");
      section.name = name->str();
      section.flags = header.sh_flags;
      section.alignment = std::max<uint64_t>(1, header.sh_addralign);
      section.loaded = (header.sh_flags & llvm::ELF::SHF_ALLOC) != 0;
      section.code = (header.sh_flags & llvm::ELF::SHF_EXECINSTR) != 0;
      section.debug = !section.loaded && section.name.starts_with(".debug_");
      if (section.loaded || section.debug) {
        auto bytes = file->getSectionContents(header);
        if (!bytes) return from_llvm(bytes.takeError(), "reading LLVM's object");
        section.bytes.assign(bytes->begin(), bytes->end());
      }
      if (header.sh_type == llvm::ELF::SHT_RELA) {
        auto relas = file->relas(header);
        if (!relas) return from_llvm(relas.takeError(), "reading LLVM's object");
        for (const auto& rela : *relas) {
          sections_[header.sh_info].relocs.push_back(
              {rela.r_offset, rela.getType(false), rela.getSymbol(false), rela.r_addend});
        }
      }
      if (header.sh_type == llvm::ELF::SHT_SYMTAB) WEIR_CHECK(read_symbols(*file, header));
    }
    return {};
  }

  Status keep_reachable(std::span<const std::string> entries) {
    std::vector<uint32_t> work;
    auto keep = [&](uint32_t index) {
      if (!sections_[index].kept) work.push_back(index);
      sections_[index].kept = true;
    };
    for (const std::string& entry : entries) {
      const InputSymbol* symbol = find(entry);
      if (!symbol) return Error(ErrorCode::kInternal, "entry point " + entry + " was not emitted");
      keep(symbol->section);
    }
    while (!work.empty()) {
      const uint32_t index = work.back();
      work.pop_back();
      for (const InputReloc& reloc : sections_[index].relocs) {
        const InputSymbol& symbol = symbols_[reloc.symbol];
        if (symbol.section == 0) {
          return Error(ErrorCode::kCompilerFailed,
                       fmt::format("the code needs '{}', which a native object cannot reach",
                                   symbol.name))
              .with_hint("this is a bug in weir; please report it with the program");
        }
        const InputSection& target = sections_[symbol.section];
        if (!target.loaded || (target.flags & llvm::ELF::SHF_WRITE) != 0) {
          return Error(
              ErrorCode::kCompilerFailed,
              fmt::format("the code refers to section '{}', which is no constant", target.name));
        }
        keep(symbol.section);
      }
    }
    for (InputSection& section : sections_) section.kept |= section.debug && !section.bytes.empty();
    return {};
  }

  // Code in file order, then constants.
  void lay_out(NativeParts& out) {
    uint64_t end = 0;
    for (bool code : {true, false}) {
      for (InputSection& section : sections_) {
        if (!section.kept || !section.loaded || section.code != code) continue;
        section.place =
            align_up(end, code ? std::max<uint64_t>(16, section.alignment) : section.alignment);
        end = section.place + section.bytes.size();
      }
      if (code) {
        out.manifest.code_size = static_cast<uint32_t>(end);
        end = align_up(end, kTextAlignment);
      }
    }
    if (end == align_up(out.manifest.code_size, kTextAlignment))
      end = out.manifest.code_size;  // no constants
    // Between functions: int3 on x86-64, so that straying there stops at once.
    out.text.assign(end, machine_ == llvm::ELF::EM_X86_64 ? 0xcc : 0);
  }

  Status resolve(NativeParts& out) {
    for (InputSection& section : sections_) {
      if (!section.kept) continue;
      for (const InputReloc& reloc : section.relocs) WEIR_CHECK(apply(section, reloc));
      if (section.loaded) {
        std::copy(section.bytes.begin(), section.bytes.end(),
                  out.text.begin() + static_cast<ptrdiff_t>(section.place));
      } else {
        out.debug_sections.push_back({section.name, std::move(section.bytes)});
      }
    }
    return {};
  }

  void list_symbols(std::span<const std::string> entries, NativeParts& out) {
    for (const InputSymbol& symbol : symbols_) {
      if (!symbol.function || symbol.section == 0 || !sections_[symbol.section].kept) continue;
      const bool entry = std::find(entries.begin(), entries.end(), symbol.name) != entries.end();
      out.symbols.push_back({symbol.name,
                             static_cast<uint32_t>(sections_[symbol.section].place + symbol.value),
                             static_cast<uint32_t>(symbol.size), entry});
    }
  }

 private:
  Status read_symbols(const Elf& file, const Shdr& header) {
    auto symbols = file.symbols(&header);
    auto strings = file.getStringTableForSymtab(header);
    if (!symbols) return from_llvm(symbols.takeError(), "reading LLVM's object");
    if (!strings) return from_llvm(strings.takeError(), "reading LLVM's object");
    for (const Sym& sym : *symbols) {
      InputSymbol symbol;
      auto name = sym.getName(*strings);
      if (!name) return from_llvm(name.takeError(), "reading LLVM's object");
      symbol.name = name->str();
      symbol.value = sym.st_value;
      symbol.size = sym.st_size;
      symbol.function = sym.getType() == llvm::ELF::STT_FUNC;
      symbol.global = sym.getBinding() != llvm::ELF::STB_LOCAL;
      if (sym.st_shndx < llvm::ELF::SHN_LORESERVE) symbol.section = sym.st_shndx;
      symbols_.push_back(std::move(symbol));
    }
    return {};
  }

  const InputSymbol* find(const std::string& name) const {
    for (const InputSymbol& symbol : symbols_) {
      if (symbol.name == name && symbol.section != 0) return &symbol;
    }
    return nullptr;
  }

  Status apply(InputSection& section, const InputReloc& reloc) {
    const InputSymbol& symbol = symbols_[reloc.symbol];
    const InputSection& target = sections_[symbol.section];
    // A debug section may speak of a function that was left out: address 0, as linkers do.
    const uint64_t value = section.debug && !target.kept
                               ? 0
                               : target.place + symbol.value + static_cast<uint64_t>(reloc.addend);
    const uint64_t here = section.place + reloc.offset;
    auto patch = [&](uint64_t bits, unsigned size, bool fits) -> Status {
      if (!fits || reloc.offset + size > section.bytes.size()) {
        return Error(
            ErrorCode::kCompilerFailed,
            fmt::format("relocation of type {} in '{}' does not fit", reloc.type, section.name));
      }
      std::memcpy(section.bytes.data() + reloc.offset, &bits, size);
      return {};
    };
    auto fits32 = [](uint64_t v) { return static_cast<int64_t>(v) == static_cast<int32_t>(v); };
    if (machine_ == llvm::ELF::EM_X86_64) {
      switch (reloc.type) {
        case llvm::ELF::R_X86_64_PC32:
        case llvm::ELF::R_X86_64_PLT32: return patch(value - here, 4, fits32(value - here));
        case llvm::ELF::R_X86_64_PC64: return patch(value - here, 8, true);
        case llvm::ELF::R_X86_64_32:
          if (section.debug) return patch(value, 4, value <= UINT32_MAX);
          break;
        case llvm::ELF::R_X86_64_64:
          if (section.debug) return patch(value, 8, true);
          break;
        default: break;
      }
    }
    return Error(ErrorCode::kCompilerFailed,
                 fmt::format(
                     "LLVM left a relocation of type {} against '{}' in '{}', which needs the "
                     "load address",
                     reloc.type, symbol.name, section.name))
        .with_hint("this is a bug in weir; please report it with the program");
  }

  uint16_t machine_ = 0;
  std::vector<InputSection> sections_;
  std::vector<InputSymbol> symbols_;
};

}  // namespace

Result<NativeParts> link_object(ByteSpan elf, std::span<const std::string> entry_symbols) {
  Linker linker;
  NativeParts out;
  WEIR_CHECK(linker.read(elf));
  WEIR_CHECK(linker.keep_reachable(entry_symbols));
  linker.lay_out(out);
  WEIR_CHECK(linker.resolve(out));
  linker.list_symbols(entry_symbols, out);
  return out;
}

}  // namespace weir
