// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From symbols to functions.
//
// Clang writes a symbol of type FUNC with a size for each function; then there is nothing to
// derive. But compilers before LLVM 6 gave functions no type (NOTYPE) and no size, hand-written
// assembly often has neither, and a stripped file has no symbols at all. So:
//
//   1. FUNC symbols start functions. NOTYPE symbols do too, unless they are a label: local, and
//   named
//      like one or in a section that has FUNC symbols; or inside a function whose size is known.
//   2. A function without a size ends where the next one starts, or with the section.
//   3. Code that then belongs to no function becomes one, named after its place.
//
// Two functions may have the same bytes (aliases); a partial overlap is an error.
#include "frontend/object/function_table.h"

#include <algorithm>
#include <span>
#include <tuple>

#include <fmt/format.h>

#include "frontend/isa/instruction.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

struct Candidate {
  uint32_t section = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
  uint32_t symbol = 0;
};

Error bad_function(const Section& section, const Symbol& symbol, std::string what) {
  return Error(ErrorCode::kElfMalformed,
               fmt::format("function '{}' {}", printable(symbol.name), what))
      .in_section(section.name)
      .with_hint("the symbol table is damaged: build the file again");
}

bool is_text(const Section& section) {
  return section.name == ".text" || section.name.starts_with(".text.");
}

// That a candidate lies in its section, in whole slots.
Status check_extent(const Section& section, const Symbol& symbol, uint64_t offset, uint64_t size) {
  if (offset >= section.size || size > section.size - offset) {
    return bad_function(section, symbol,
                        fmt::format("is at {} and has {} bytes, but the section has {}", offset,
                                    size, section.size));
  }
  if (offset % sizeof(RawInsn) != 0 || size % sizeof(RawInsn) != 0) {
    return bad_function(
        section, symbol,
        fmt::format("is at {} and has {} bytes, but instructions are multiples of 8", offset,
                    size));
  }
  return {};
}

// Step 1, for all sections at once: by section, offset, and symbol.
Result<std::vector<Candidate>> find_candidates(const ObjectFile& object) {
  std::vector<Candidate> typed;
  std::vector<Candidate> untyped;
  std::vector<bool> has_typed(object.sections.size(), false);
  for (uint32_t i = 0; i < object.symbols.size(); ++i) {
    const Symbol& symbol = object.symbols[i];
    if (symbol.section < 0) continue;
    const auto index = static_cast<uint32_t>(symbol.section);
    const Section& section = object.sections[index];
    if (section.kind != SectionKind::kProgram) continue;
    const Candidate candidate{index, symbol.value, symbol.size, i};
    if (symbol.kind == SymbolKind::kFunction) {
      WEIR_CHECK(check_extent(section, symbol, symbol.value, symbol.size));
      has_typed[index] = true;
      typed.push_back(candidate);
    } else if (symbol.kind == SymbolKind::kNone && !symbol.name.empty() &&
               !is_local_label(symbol) && symbol.value < section.size) {
      untyped.push_back(candidate);  // at the section's end: an end marker, no function
    }
  }

  auto by_place = [](const Candidate& a, const Candidate& b) {
    return std::tie(a.section, a.offset, a.symbol) < std::tie(b.section, b.offset, b.symbol);
  };
  std::sort(typed.begin(), typed.end(), by_place);
  const size_t typed_count = typed.size();
  for (const Candidate& candidate : untyped) {
    const Symbol& symbol = object.symbols[candidate.symbol];
    if (has_typed[candidate.section]) {
      if (symbol.binding == SymbolBinding::kLocal) continue;
      // The last typed function at or before it: sizes of functions do not nest, so one is enough.
      const std::span known = std::span(typed).first(typed_count);
      auto after = std::upper_bound(known.begin(), known.end(), candidate, by_place);
      while (after != known.begin() && std::prev(after)->section == candidate.section &&
             std::prev(after)->offset == candidate.offset) {
        --after;  // the same place: an alias, however it is ordered by symbol
      }
      if (after != known.begin()) {
        const Candidate& before = *std::prev(after);
        if (before.section == candidate.section && candidate.offset - before.offset < before.size) {
          continue;
        }
      }
    }
    WEIR_CHECK(
        check_extent(object.sections[candidate.section], symbol, candidate.offset, candidate.size));
    typed.push_back(candidate);
  }
  std::sort(typed.begin(), typed.end(), by_place);
  return typed;
}

// A function that no symbol names.
FunctionSymbol unnamed(const Section& section, uint32_t index, uint64_t offset, uint64_t end) {
  FunctionSymbol out;
  out.name = fmt::format("{}+{}", section.name, offset);
  out.section = index;
  out.offset = static_cast<uint32_t>(offset);
  out.size = static_cast<uint32_t>(end - offset);
  return out;
}

// Steps 2 and 3 for one section; `candidates` are its own, by offset.
Status add_functions(ObjectFile& object, uint32_t index, std::span<const Candidate> candidates) {
  const Section& section = object.sections[index];
  uint64_t covered = 0;
  for (size_t i = 0; i < candidates.size();) {
    const uint64_t offset = candidates[i].offset;
    size_t next = i;
    uint64_t size = 0;
    for (; next < candidates.size() && candidates[next].offset == offset; ++next) {
      const Candidate& alias = candidates[next];
      if (size != 0 && alias.size != 0 && alias.size != size) {
        return bad_function(
            section, object.symbols[alias.symbol],
            fmt::format("has {} bytes, but '{}' at the same place has {}", alias.size,
                        printable(object.symbols[candidates[i].symbol].name), size));
      }
      size = std::max(size, alias.size);
    }
    const uint64_t limit = next < candidates.size() ? candidates[next].offset : section.size;
    if (size == 0) size = limit - offset;
    if (size > limit - offset) {
      return bad_function(
          section, object.symbols[candidates[i].symbol],
          fmt::format("has {} bytes from {} on, but function '{}' starts at {}", size, offset,
                      printable(object.symbols[candidates[next].symbol].name), limit));
    }
    if (covered < offset) {
      object.functions.push_back(unnamed(section, index, covered, offset));
    }
    for (; i < next; ++i) {
      const Symbol& symbol = object.symbols[candidates[i].symbol];
      FunctionSymbol function;
      function.name = symbol.name;
      if (function.name.empty()) function.name = fmt::format("{}+{}", section.name, offset);
      function.section = index;
      function.offset = static_cast<uint32_t>(offset);
      function.size = static_cast<uint32_t>(size);
      function.global = symbol.binding != SymbolBinding::kLocal;
      object.functions.push_back(std::move(function));
    }
    covered = offset + size;
  }
  if (covered < section.size) {
    object.functions.push_back(unnamed(section, index, covered, section.size));
  }
  return {};
}

void mark_entries(ObjectFile& object) {
  const bool only_text =
      std::all_of(object.functions.begin(), object.functions.end(),
                  [&](const FunctionSymbol& f) { return is_text(object.sections[f.section]); });
  if (!only_text) {
    for (FunctionSymbol& f : object.functions) f.entry = !is_text(object.sections[f.section]);
    return;
  }
  bool any = false;
  for (FunctionSymbol& f : object.functions) {
    f.entry = f.global;
    any |= f.global;
  }
  if (!any && !object.functions.empty()) object.functions.front().entry = true;
}

}  // namespace

bool is_local_label(const Symbol& symbol) {
  return symbol.binding == SymbolBinding::kLocal &&
         (symbol.name.starts_with("LBB") || symbol.name.starts_with(".L"));
}

Status derive_functions(ObjectFile& object) {
  for (const Section& section : object.sections) {
    if (section.kind != SectionKind::kProgram) continue;
    if (section.size % sizeof(RawInsn) != 0) {
      return Error(ErrorCode::kElfMalformed,
                   fmt::format("the section has {} bytes, but instructions are multiples of 8",
                               section.size))
          .in_section(section.name);
    }
  }
  WEIR_TRY(const std::vector<Candidate> candidates, find_candidates(object));
  size_t at = 0;
  for (uint32_t i = 0; i < object.sections.size(); ++i) {
    if (object.sections[i].kind != SectionKind::kProgram) continue;
    const size_t first = at;
    while (at < candidates.size() && candidates[at].section == i) ++at;
    WEIR_CHECK(add_functions(object, i, std::span(candidates).subspan(first, at - first)));
  }
  mark_entries(object);
  return {};
}

}  // namespace weir
