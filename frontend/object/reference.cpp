// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Clang leaves two kinds of instruction unfinished, each with a relocation (REL: what is to be
// added is in the instruction itself):
//
//   call, src = 1    R_BPF_64_32: the callee starts at symbol + (imm + 1) * 8 bytes. Against a
//                    function's symbol imm is -1; against a section's it counts slots in that
//                    section. Calls inside one section may have no relocation: then imm is the
//                    distance.
//   lddw             R_BPF_64_64: symbol + imm bytes. The symbol (or section) is a map, a function
//                    whose address is taken, or a variable.
//
// A function without a section is extern: a kfunc, which the host has to provide. The symbol tables
// of libbpf's rules are in tools/lib/bpf/libbpf.c of the kernel: bpf_program__record_reloc(),
// bpf_object__reloc_code().
#include "frontend/object/reference.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr uint8_t kCallOpcode = 0x85;
constexpr uint8_t kLddwOpcode = 0x18;

// src of a call and of lddw (BPF_PSEUDO_*).
constexpr uint8_t kPseudoCall = 1;
constexpr uint8_t kPseudoKfuncCall = 2;
constexpr uint8_t kPseudoFunc = 4;
constexpr uint8_t kPseudoLast = 6;  // BPF_PSEUDO_MAP_IDX_VALUE

Error bad_relocation(std::string message) {
  return Error(ErrorCode::kElfRelocation, std::move(message));
}

std::string relocation_name(uint32_t type) {
  switch (type) {
    case kRelocNone: return "R_BPF_NONE";
    case kReloc64_64: return "R_BPF_64_64";
    case kReloc64_Abs64: return "R_BPF_64_ABS64";
    case kReloc64_Abs32: return "R_BPF_64_ABS32";
    case kReloc64_Nodyld32: return "R_BPF_64_NODYLD32";
    case kReloc64_32: return "R_BPF_64_32";
    default: return fmt::format("relocation type {}", type);
  }
}

// What LLVM makes of a copy or a comparison that is too long to unroll.
bool is_library_call(std::string_view name) {
  return name == "memset" || name == "memcpy" || name == "memmove" || name == "memcmp";
}

}  // namespace

ReferenceResolver::ReferenceResolver(const ObjectFile& object) : object_(object) {
  for (uint32_t i = 0; i < object.map_places.size(); ++i) {
    map_at_.try_emplace({object.map_places[i].section, object.map_places[i].offset}, i);
  }
}

Result<Reference> ReferenceResolver::resolve(uint32_t section, uint32_t offset, const RawInsn& insn,
                                             int32_t high) const {
  const std::vector<Relocation>& all = object_.sections[section].relocations;
  auto it = std::lower_bound(all.begin(), all.end(), offset,
                             [](const Relocation& r, uint64_t at) { return r.offset < at; });
  auto found = it != all.end() && it->offset == offset ? relocated(*it, insn, high)
                                                       : unrelocated(section, offset, insn);
  if (!found) return found.take_error().in_section(object_.sections[section].name);
  return found;
}

Result<Reference> ReferenceResolver::relocated(const Relocation& relocation, const RawInsn& insn,
                                               int32_t high) const {
  const bool call = insn.opcode == kCallOpcode;
  if (!call && insn.opcode != kLddwOpcode) {
    return bad_relocation(
        fmt::format("{} applies to opcode {:#04x}, but only calls and 64-bit "
                    "immediates are relocated",
                    relocation_name(relocation.type), insn.opcode));
  }
  const uint32_t expected = call ? kReloc64_32 : kReloc64_64;
  if (relocation.type != expected && relocation.type != kRelocNone) {
    return bad_relocation(
        fmt::format("{} applies to a {}, but {} was expected", relocation_name(relocation.type),
                    call ? "call" : "64-bit immediate", relocation_name(expected)));
  }
  // Of a wide immediate; wraps for a negative one, as it should. Old compilers leave the second
  // half alone.
  const uint64_t addend = high == 0 && insn.imm < 0 ? static_cast<uint64_t>(int64_t{insn.imm})
                                                    : uint64_t{static_cast<uint32_t>(high)} << 32 |
                                                          static_cast<uint32_t>(insn.imm);
  const Symbol& symbol = object_.symbols[relocation.symbol];
  if (symbol.section == kSectionUndefined) {
    return undefined(relocation.symbol, call, insn, addend);
  }
  if (symbol.section == kSectionCommon) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("uses the global variable '{}', which is in no section (common)",
                             printable(symbol.name)))
        .with_hint("compile with -fno-common");
  }
  if (symbol.section < 0) {
    return bad_relocation(fmt::format("{} against the absolute symbol '{}'",
                                      relocation_name(relocation.type), printable(symbol.name)));
  }

  const auto section = static_cast<uint32_t>(symbol.section);
  const Section& target = object_.sections[section];
  if (call) {
    if (insn.src() != kPseudoCall) {
      return bad_relocation(
          fmt::format("a call with src {} has R_BPF_64_32 against '{}', but src 1 "
                      "(a local call) was expected",
                      insn.src(), printable(symbol.name)));
    }
    if (target.kind != SectionKind::kProgram || symbol.value > target.size) {
      return bad_relocation(fmt::format("calls '{}' in section '{}', which is no function",
                                        printable(symbol.name), printable(target.name)));
    }
    const int64_t slots = int64_t{insn.imm} + 1;
    return function(section, static_cast<int64_t>(symbol.value) + slots * int64_t{sizeof(RawInsn)},
                    "calls");
  }

  const uint64_t place = symbol.value + addend;
  switch (target.kind) {
    case SectionKind::kProgram:
      return function(section, static_cast<int64_t>(place), "takes the address of");
    case SectionKind::kMaps:
    case SectionKind::kBtfMaps: return map(section, place, symbol);
    case SectionKind::kData:
    case SectionKind::kRodata:
    case SectionKind::kBss:
    case SectionKind::kLicense:
    case SectionKind::kVersion: return data(section, place, symbol);
    case SectionKind::kOther: break;
  }
  return bad_relocation(
      fmt::format("refers to section '{}', which holds neither functions, maps nor data",
                  printable(target.name)));
}

Result<Reference> ReferenceResolver::unrelocated(uint32_t section, uint32_t offset,
                                                 const RawInsn& insn) const {
  if (insn.opcode == kCallOpcode && insn.src() == kPseudoCall) {
    return function(section, offset + (int64_t{insn.imm} + 1) * int64_t{sizeof(RawInsn)}, "calls");
  }
  if (insn.opcode == kCallOpcode && insn.src() == kPseudoKfuncCall) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format(
                     "calls a kernel function by its BTF id, {}, which means something in one "
                     "kernel only",
                     insn.imm))
        .with_hint("declare the function extern with __ksym, so that the file has its name");
  }
  if (insn.opcode == kLddwOpcode && insn.src() == kPseudoFunc) {
    return function(section, offset + (int64_t{insn.imm} + 1) * int64_t{sizeof(RawInsn)},
                    "takes the address of");
  }
  if (insn.opcode == kLddwOpcode && insn.src() != 0 && insn.src() <= kPseudoLast) {
    return Error(
               ErrorCode::kElfRelocation,
               fmt::format("a 64-bit immediate with src {} (a map or variable of one kernel), but "
                           "without a relocation that names it",
                           insn.src()))
        .with_hint("give the object file that the compiler wrote, not loaded instructions");
  }
  return Reference{};
}

Result<Reference> ReferenceResolver::function(uint32_t section, int64_t offset,
                                              const char* verb) const {
  const Section& target = object_.sections[section];
  if (offset < 0 || static_cast<uint64_t>(offset) >= target.size) {
    return Error(ErrorCode::kInsnBadTarget,
                 fmt::format("{} offset {} of section '{}', which has {} bytes", verb, offset,
                             printable(target.name), target.size));
  }
  const FunctionSymbol* found = object_.function_at(section, static_cast<uint64_t>(offset));
  if (found == nullptr || found->offset != offset) {
    return Error(
        ErrorCode::kInsnBadTarget,
        fmt::format("{} offset {} of section '{}', which is inside the function '{}' and not "
                    "its start",
                    verb, offset, printable(target.name),
                    found == nullptr ? "" : printable(found->name)));
  }
  return Reference{
      Reference::Kind::kFunction, static_cast<uint32_t>(found - object_.functions.data()), {}};
}

Result<Reference> ReferenceResolver::map(uint32_t section, uint64_t offset,
                                         const Symbol& symbol) const {
  auto found = map_at_.find({section, offset});
  if (found != map_at_.end()) return Reference{Reference::Kind::kMap, found->second, {}};
  const std::string section_name = printable(object_.sections[section].name);
  return bad_relocation(
      symbol.name.empty() || symbol.value != offset
          ? fmt::format("refers to offset {} of section '{}', where no map definition starts",
                        offset, section_name)
          : fmt::format("refers to '{}' in section '{}', which is no map definition",
                        printable(symbol.name), section_name));
}

Result<Reference> ReferenceResolver::data(uint32_t section, uint64_t offset,
                                          const Symbol& symbol) const {
  const Section& target = object_.sections[section];
  if (target.name.starts_with(".addr_space.")) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("uses '{}', a variable in an arena (section '{}')",
                             printable(symbol.name), printable(target.name)))
        .with_hint("weir has no arenas: keep the variable in .data, or in a map");
  }
  // One past the end is an address that C allows.
  if (offset > target.size || target.size == 0) {
    return Error(
        ErrorCode::kElfRelocation,
        fmt::format("refers to offset {} of section '{}'{}, which has {} bytes",
                    static_cast<int64_t>(offset), printable(target.name),
                    symbol.name.empty() ? std::string()
                                        : fmt::format(" (from '{}')", printable(symbol.name)),
                    target.size));
  }
  if (offset > UINT32_MAX) {
    return Error(ErrorCode::kLimit, fmt::format("refers to offset {} of section '{}', at most {} "
                                                "is possible",
                                                offset, printable(target.name), UINT32_MAX));
  }
  return Reference{Reference::Kind::kData, section, {}, static_cast<uint32_t>(offset)};
}

Result<Reference> ReferenceResolver::undefined(uint32_t index, bool call, const RawInsn& insn,
                                               uint64_t addend) const {
  const Symbol& symbol = object_.symbols[index];
  const bool weak = symbol.binding == SymbolBinding::kWeak;
  const std::string name = printable(symbol.name);
  if (symbol.name.empty()) return bad_relocation("refers to an extern symbol without a name");
  const auto found = std::ranges::lower_bound(object_.externs, index, {}, &Extern::symbol);
  const Extern* known =
      found != object_.externs.end() && found->symbol == index ? &*found : nullptr;
  if (call) {
    if (insn.src() > kPseudoKfuncCall) {
      return bad_relocation(
          fmt::format("a call with src {} of the extern function '{}'", insn.src(), name));
    }
    if (weak) {
      return Reference{
          Reference::Kind::kPoison, 0,
          fmt::format("calls the weak extern function '{}', which nothing defines", name)};
    }
    if (known != nullptr && known->kind == Extern::Kind::kKsym) {
      return Reference{Reference::Kind::kKfunc, 0, symbol.name};
    }
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("calls the function '{}', which the file does not define", name))
        .with_hint(
            is_library_call(symbol.name)
                ? "the compiler made this call: use __builtin_memcpy and its kin with sizes that "
                  "are constant and small, and compile with -O2"
                : "define it in the file, or link the files with bpftool gen object; for a kfunc, "
                  "declare it __ksym and compile with -g");
  }
  if (known != nullptr && known->kind == Extern::Kind::kKconfig) {
    // Into a text: &CONFIG_DEFAULT_HOSTNAME[3].
    if (addend > known->size) {
      return bad_relocation(fmt::format("refers to byte {} of '{}', which has {}",
                                        static_cast<int64_t>(addend), name, known->size));
    }
    return Reference{Reference::Kind::kKconfig,
                     static_cast<uint32_t>(known - object_.externs.data()),
                     {},
                     static_cast<uint32_t>(addend)};
  }
  if (weak) return Reference{Reference::Kind::kNull};
  if (known != nullptr && known->kind == Extern::Kind::kKsym) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("uses the kernel symbol '{}' (__ksym), which exists only in the "
                             "kernel",
                             name))
        .with_hint(
            "declare it __weak: its address is then 0 here, and the program can do without it");
  }
  return Error(ErrorCode::kProgramUnsupported,
               fmt::format("uses the extern symbol '{}', which the file does not define", name))
      .with_hint(
          "define it in the file, link the files with bpftool gen object, or, if it is a value of "
          "the kernel's configuration, declare it __kconfig and compile with -g");
}

}  // namespace weir
