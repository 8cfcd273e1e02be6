// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From an ObjectFile to a Program: libbpf's relocation step, with indexes for addresses.
//
// Functions are linked one by one in the order in which they are first referred to, the entry
// first. Linking a function appends its instructions and may put new functions at the end of the
// list; the size of a function is known from its symbol, so where each starts is known when it is
// put there, and one pass is enough. A function that is its own caller, directly or in a circle, is
// linked like any other: whether that may run is for the analysis to say.
//
// Slots, in Instruction::slot and in every message, count from the start of the linked program.
#include "frontend/object/link_program.h"

#include <linux/bpf.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "frontend/isa/decode.h"
#include "frontend/object/core_relocate.h"
#include "frontend/object/data_maps.h"
#include "frontend/object/externs.h"
#include "frontend/object/reference.h"
#include "frontend/object/run_config.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr uint32_t kInsideWide = UINT32_MAX;  // second slot of a wide instruction

// src of a call and of lddw, once it is known what they refer to.
constexpr uint8_t kSrcKfunc = 2;
constexpr uint8_t kSrcMap = 1;
constexpr uint8_t kSrcMapValue = 2;
constexpr uint8_t kSrcFunction = 4;

// Indexes in order of first use.
class UseList {
 public:
  uint32_t index_of(uint64_t used) {
    auto [it, added] = index_.try_emplace(used, static_cast<uint32_t>(items_.size()));
    if (added) items_.push_back(used);
    return it->second;
  }
  const std::vector<uint64_t>& items() const { return items_; }

 private:
  std::vector<uint64_t> items_;
  std::unordered_map<uint64_t, uint32_t> index_;
};

class Linker {
 public:
  Linker(const ObjectFile& object, const LinkOptions& options)
      : object_(object), options_(options), resolver_(object) {}

  Result<Program> link(const FunctionSymbol& entry) {
    if (auto added = add_function(entry); !added) return added.take_error().at(place_of(entry));
    program_.name = entry.name;
    program_.section = object_.sections[entry.section].name;
    program_.license = object_.license;
    auto run_config = read_run_config(object_.btf, entry.name);
    if (!run_config) return run_config.take_error().at(place_of(entry));
    program_.run_config = *run_config;
    for (size_t i = 0; i < linked_.size(); ++i) WEIR_CHECK(link_function(i));
    finish_distances();
    WEIR_CHECK(add_maps());
    for (uint64_t i : files_.items()) program_.source_files.push_back(object_.source_files[i]);
    WEIR_CHECK(check_structure(program_));
    return std::move(program_);
  }

 private:
  struct Linked {
    const FunctionSymbol* function;
    uint32_t slot;  // where it starts in the linked program
  };

  // What a map of the program is made from, as one number for UseList.
  enum class MapSource : uint8_t { kDefinition, kData, kKconfig };
  static uint64_t map_key(MapSource source, uint32_t index = 0) {
    return static_cast<uint64_t>(source) << 32 | index;
  }

  static Location place_of(const FunctionSymbol& function) {
    Location where;
    where.program = function.name;
    return where;
  }

  // Where an instruction of a function is, for messages.
  Location place_of(const Linked& linked, uint32_t slot) const {
    const FunctionSymbol& f = *linked.function;
    Location where;
    where.section = object_.sections[f.section].name;
    where.program = program_.name;
    where.instruction = slot;
    const uint64_t offset = f.offset + uint64_t{slot - linked.slot} * sizeof(RawInsn);
    if (const SourceLine* line = object_.line_at(f.section, offset)) {
      where.source_file = object_.source_files[line->file];
      where.source_line = line->line;
      where.source_text = line->text;
    }
    return where;
  }

  // The subprogram index of a function, which is put at the end if it is new.
  Result<uint32_t> add_function(const FunctionSymbol& function) {
    // Aliases are one function: the key is the place.
    const uint64_t key = uint64_t{function.section} << 32 | function.offset;
    auto [it, added] = subprogram_at_.try_emplace(key, static_cast<uint32_t>(linked_.size()));
    if (added) {
      if (function.size / sizeof(RawInsn) > kMaxInstructions - total_slots_) {
        return Error(ErrorCode::kLimit,
                     fmt::format("the program has more than {} instruction slots with the function "
                                 "'{}'",
                                 kMaxInstructions, printable(function.name)));
      }
      linked_.push_back({&function, total_slots_});
      total_slots_ += function.size / sizeof(RawInsn);
    }
    return it->second;
  }

  // Decodes a function, resolves what it refers to, and appends it to the program.
  Status link_function(size_t index) {
    const Linked linked = linked_[index];
    const FunctionSymbol& f = *linked.function;
    const ByteSpan bytes = ByteSpan(object_.sections[f.section].bytes).subspan(f.offset, f.size);
    std::vector<RawInsn> code(f.size / sizeof(RawInsn));
    std::memcpy(code.data(), bytes.data(), bytes.size());

    const auto first = static_cast<uint32_t>(program_.insns.size());
    WEIR_TRY(const Reasons reasons, apply_core_relocations(linked, code));
    auto reason = reasons.begin();
    std::vector<uint32_t> index_of(code.size(), kInsideWide);  // by slot in the function
    for (uint32_t at = 0; at < code.size();) {
      const uint32_t slot = linked.slot + at;
      index_of[at] = static_cast<uint32_t>(program_.insns.size());
      while (reason != reasons.end() && reason->first < at) ++reason;
      const bool poisoned = reason != reasons.end() && reason->first == at;
      auto insn = poisoned ? poison(reason->second, slot)
                           : link_instruction(f, std::span(code).subspan(at), at, slot);
      if (!insn) return insn.take_error().at(place_of(linked, slot));
      at += insn->info().slots();
      program_.insns.push_back(*insn);
    }
    const auto end = static_cast<uint32_t>(program_.insns.size());
    for (uint32_t i = first; i < end; ++i) {
      Instruction& insn = program_.insns[i];
      if (!is_jump(insn)) continue;
      if (auto status = resolve_jump(insn, linked, index_of); !status) {
        return status.take_error().at(place_of(linked, insn.slot));
      }
    }
    program_.subprograms.push_back({f.name, first, end - first});
    add_lines(f, index_of);
    return {};
  }

  // Why instructions must not be reached, by slot in their function.
  using Reasons = std::vector<std::pair<uint32_t, std::string>>;

  // Fills in what depends on the target's types. A wide immediate without a value has two reasons.
  Result<Reasons> apply_core_relocations(const Linked& linked, std::span<RawInsn> code) {
    const FunctionSymbol& f = *linked.function;
    Reasons out;
    auto it = std::ranges::lower_bound(
        object_.core_relocations, std::pair(f.section, f.offset), {},
        [](const CoreRelocation& r) { return std::pair(r.section, r.offset); });
    for (; it != object_.core_relocations.end() && it->section == f.section &&
           it->offset - f.offset < f.size;
         ++it) {
      const uint32_t at = (it->offset - f.offset) / sizeof(RawInsn);
      auto reason = apply_core_relocation(*it, code.subspan(at));
      if (!reason) return reason.take_error().at(place_of(linked, linked.slot + at));
      if (reason->empty()) continue;
      out.emplace_back(at, *reason);
      const bool wide = code[at].opcode == info(Op::kLddw).opcode;
      if (wide && at + 1 < code.size()) out.emplace_back(at + 1, std::move(*reason));
    }
    return out;
  }

  Result<std::string> apply_core_relocation(const CoreRelocation& relocation,
                                            std::span<RawInsn> rest) {
    if (core_ == nullptr) {
      std::shared_ptr<const CoreTarget> target = options_.core_target;
      if (target == nullptr && options_.running_kernel) target = CoreTarget::running_kernel();
      WEIR_TRY(core_, CoreRelocator::make(object_, std::move(target)));
    }
    return core_->apply(relocation, rest);
  }

  // What stands in for an instruction that must not be reached.
  Result<Instruction> poison(const std::string& reason, uint32_t slot) {
    program_.poisoned.push_back({static_cast<uint32_t>(program_.insns.size()), reason});
    Instruction insn;
    insn.op = Op::kCallHelper;
    insn.imm = kPoisonHelper;
    insn.slot = slot;
    return insn;
  }

  // One instruction, with its operand resolved. `rest` is the function's code from it on, `at` its
  // slot in the function. Patches `rest` in place.
  Result<Instruction> link_instruction(const FunctionSymbol& f, std::span<RawInsn> rest,
                                       uint32_t at, uint32_t slot) {
    RawInsn& raw = rest[0];
    WEIR_TRY(const Reference reference,
             resolver_.resolve(f.section, f.offset + at * uint32_t{sizeof(RawInsn)}, raw,
                               rest.size() > 1 ? rest[1].imm : 0));
    auto patch = [&](uint8_t src, uint32_t imm = 0) {
      raw.regs = static_cast<uint8_t>((raw.regs & 15) | src << 4);
      raw.imm = static_cast<int32_t>(imm);
      // A wide immediate is an addend here, and now used up.
      if (src != kSrcKfunc && rest.size() > 1) rest[1].imm = 0;
    };
    uint32_t target = 0;
    switch (reference.kind) {
      case Reference::Kind::kNone: break;
      case Reference::Kind::kFunction: {
        WEIR_TRY(target, add_function(object_.functions[reference.index]));
        if (info(Op::kLddwFunc).opcode == raw.opcode) patch(kSrcFunction);
        break;
      }
      case Reference::Kind::kMap:
        target = maps_.index_of(map_key(MapSource::kDefinition, reference.index));
        patch(kSrcMap);
        break;
      case Reference::Kind::kData:
        target = maps_.index_of(map_key(MapSource::kData, reference.index));
        patch(kSrcMapValue, reference.offset);
        break;
      case Reference::Kind::kKconfig: {
        const Extern& wanted = object_.externs[reference.index];
        if (auto value = kconfig_value(object_, wanted, options_.kconfig); !value) {
          return value.take_error();
        }
        target = maps_.index_of(map_key(MapSource::kKconfig));
        patch(kSrcMapValue, wanted.offset + reference.offset);
        break;
      }
      case Reference::Kind::kNull: patch(0); break;
      case Reference::Kind::kKfunc:
        target = kfunc_index(reference.name);
        patch(kSrcKfunc);
        raw.offset = 0;  // the number of a kernel module's BTF
        break;
      case Reference::Kind::kPoison: return poison(reference.name, slot);
    }
    // LLVM up to 18 has the register of an indirect call in the immediate.
    if (raw.opcode == info(Op::kCallx).opcode && raw.regs == 0 && raw.imm > 0 &&
        raw.imm < kRegisters) {
      raw.regs = static_cast<uint8_t>(raw.imm);
      raw.imm = 0;
    }
    WEIR_TRY(Instruction insn, decode_one(rest, slot));
    insn.target = target;
    return insn;
  }

  uint32_t kfunc_index(const std::string& name) {
    auto [it, added] =
        kfunc_index_.try_emplace(name, static_cast<uint32_t>(program_.kfuncs.size()));
    if (added) program_.kfuncs.push_back(name);
    return it->second;
  }

  Status resolve_jump(Instruction& insn, const Linked& linked,
                      const std::vector<uint32_t>& index_of) {
    const bool by_imm = insn.info().format == Format::kJumpLong;
    const int64_t to = int64_t{insn.slot} + 1 + (by_imm ? insn.imm : insn.offset);
    const int64_t in_function = to - linked.slot;
    if (in_function < 0 || in_function >= static_cast<int64_t>(index_of.size())) {
      return Error(ErrorCode::kInsnBadTarget,
                   fmt::format("jump goes to slot {}, outside the function '{}' at slots {} to {}",
                               to, printable(linked.function->name), linked.slot,
                               linked.slot + index_of.size() - 1));
    }
    const uint32_t target = index_of[static_cast<size_t>(in_function)];
    if (target == kInsideWide) {
      return Error(ErrorCode::kInsnBadTarget,
                   fmt::format("jump goes to slot {}, the middle of a 64-bit immediate", to));
    }
    insn.target = target;
    return {};
  }

  void add_lines(const FunctionSymbol& f, const std::vector<uint32_t>& index_of) {
    auto line = std::lower_bound(
        object_.lines.begin(), object_.lines.end(), std::pair(f.section, f.offset),
        [](const auto& l, const auto& at) { return std::pair(l.section, l.offset) < at; });
    for (; line != object_.lines.end() && line->section == f.section &&
           line->offset - f.offset < f.size;
         ++line) {
      const uint32_t insn = index_of[(line->offset - f.offset) / sizeof(RawInsn)];
      if (insn == kInsideWide) continue;
      program_.lines.push_back(
          {insn, line->line, line->column, files_.index_of(line->file), line->text});
    }
  }

  // The definitions of all maps that are used, and of those that their slots name.
  Status add_maps() {
    std::unordered_map<std::string_view, uint32_t> by_name;
    for (uint32_t i = 0; i < object_.maps.size(); ++i) by_name.try_emplace(object_.maps[i].name, i);
    for (size_t i = 0; i < maps_.items().size(); ++i) {
      const uint64_t key = maps_.items()[i];
      const auto index = static_cast<uint32_t>(key);
      switch (static_cast<MapSource>(key >> 32)) {
        case MapSource::kDefinition: program_.maps.push_back(object_.maps[index]); break;
        case MapSource::kData: {
          WEIR_TRY(MapDef map, data_map(object_, index));
          program_.maps.push_back(std::move(map));
          break;
        }
        case MapSource::kKconfig:
          program_.maps.push_back(kconfig_map(object_, options_.kconfig));
          break;
      }
      if (program_.maps.back().type == BPF_MAP_TYPE_PROG_ARRAY) continue;
      for (const MapSlot& slot : program_.maps.back().slots) {
        const auto named = by_name.find(slot.name);  // there: resolve_map_links()
        if (named == by_name.end()) continue;
        maps_.index_of(map_key(MapSource::kDefinition, named->second));
      }
    }
    return {};
  }

  // Distances to functions, now that all have their place.
  void finish_distances() {
    for (Instruction& insn : program_.insns) {
      if (insn.op != Op::kCallLocal && insn.op != Op::kLddwFunc) continue;
      const int64_t distance = int64_t{linked_[insn.target].slot} - insn.slot - 1;
      // Of a wide immediate only the first half is the distance; the other one is zero.
      insn.imm = insn.op == Op::kLddwFunc ? static_cast<uint32_t>(distance) : distance;
    }
  }

  const ObjectFile& object_;
  const LinkOptions& options_;
  ReferenceResolver resolver_;
  std::unique_ptr<CoreRelocator> core_;  // made when there is something to relocate
  Program program_;
  std::vector<Linked> linked_;  // parallel to program_.subprograms once all are linked
  std::unordered_map<uint64_t, uint32_t> subprogram_at_;  // by section and offset
  uint32_t total_slots_ = 0;
  UseList maps_;
  UseList files_;
  std::unordered_map<std::string, uint32_t> kfunc_index_;
};

}  // namespace

Result<Program> link_program(const ObjectFile& object, const FunctionSymbol& entry,
                             const LinkOptions& options) {
  const bool known = entry.section < object.sections.size() && entry.size != 0 &&
                     entry.size % sizeof(RawInsn) == 0 &&
                     entry.offset <= object.sections[entry.section].bytes.size() &&
                     entry.size <= object.sections[entry.section].bytes.size() - entry.offset;
  if (!known) {
    return Error(ErrorCode::kUsage,
                 fmt::format("function '{}' is not from this object", printable(entry.name)))
        .in_file(object.path);
  }
  try {
    auto program = Linker(object, options).link(entry);
    if (!program) return program.take_error().in_file(object.path);
    return program;
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kOutOfMemory, "not enough memory to link the program")
        .in_file(object.path)
        .in_program(entry.name);
  }
}

}  // namespace weir
