// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/program.h"

#include <linux/bpf.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir {

uint32_t Program::subprogram_of(uint32_t insn) const {
  auto it = std::upper_bound(subprograms.begin(), subprograms.end(), insn,
                             [](uint32_t i, const Subprogram& s) { return i < s.first; });
  return it == subprograms.begin() ? 0 : static_cast<uint32_t>(it - subprograms.begin() - 1);
}

const LineInfo* Program::line_of(uint32_t insn) const {
  auto it = std::upper_bound(lines.begin(), lines.end(), insn,
                             [](uint32_t i, const LineInfo& l) { return i < l.insn; });
  if (it == lines.begin()) return nullptr;
  --it;
  return subprogram_of(it->insn) == subprogram_of(insn) ? &*it : nullptr;
}

const Poison* Program::poison_of(uint32_t insn) const {
  const auto it = std::ranges::lower_bound(poisoned, insn, {}, &Poison::insn);
  return it != poisoned.end() && it->insn == insn ? &*it : nullptr;
}

Location Program::locate(uint32_t insn) const {
  Location where;
  where.section = section;
  where.program = name;
  if (insn < insns.size()) {
    where.instruction = insns[insn].slot;
    if (const LineInfo* line = line_of(insn)) {
      if (line->file < source_files.size()) where.source_file = source_files[line->file];
      where.source_line = line->line;
      where.source_text = line->text;
    }
  }
  return where;
}

Result<Program> make_program(std::vector<Instruction> insns, std::string name,
                             std::vector<MapDef> maps) {
  std::set<uint32_t> starts = {0};
  for (Instruction& insn : insns) {
    if (insn.op == Op::kLddwFunc) {
      // As in the kernel: the immediate is the distance to the function, like that of a local call.
      const int64_t to = int64_t{insn.slot} + 1 + static_cast<int32_t>(insn.imm);
      auto it = std::lower_bound(
          insns.begin(), insns.end(), to,
          [](const Instruction& i, int64_t slot) { return int64_t{i.slot} < slot; });
      if (it == insns.end() || int64_t{it->slot} != to) {
        return Error(ErrorCode::kInsnBadTarget,
                     fmt::format("reference to a function at slot {}, where no instruction starts",
                                 to))
            .in_program(name)
            .at_instruction(insn.slot);
      }
      insn.target = static_cast<uint32_t>(it - insns.begin());
    }
    const Operation operation = insn.info().operation;
    if (operation == Operation::kLoadMap || operation == Operation::kLoadMapValue) {
      insn.target = static_cast<uint32_t>(insn.imm);
      insn.imm = operation == Operation::kLoadMap ? 0 : static_cast<int64_t>(insn.imm >> 32);
    }
    if (insn.op == Op::kCallLocal || insn.op == Op::kLddwFunc) starts.insert(insn.target);
  }
  Program program;
  program.name = std::move(name);
  program.maps = std::move(maps);
  std::vector<uint32_t> first(starts.begin(), starts.end());
  for (size_t i = 0; i < first.size(); ++i) {
    const uint32_t end = i + 1 < first.size() ? first[i + 1] : static_cast<uint32_t>(insns.size());
    program.subprograms.push_back(
        {i == 0 ? program.name : fmt::format("sub_{}", i), first[i], end - first[i]});
  }
  for (Instruction& insn : insns) {
    if (insn.op == Op::kCallLocal || insn.op == Op::kLddwFunc) {
      insn.target = static_cast<uint32_t>(
          std::lower_bound(first.begin(), first.end(), insn.target) - first.begin());
    }
  }
  program.insns = std::move(insns);
  WEIR_CHECK(check_structure(program));
  return program;
}

namespace {

bool holds_maps(const MapDef& map) {
  return map.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map.type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

using Names = std::unordered_set<std::string_view>;

std::string lock_problem(const MapDef& map) {
  if (!map.spin_lock_offset) return {};
  constexpr uint32_t kSize = sizeof(bpf_spin_lock);
  if (map.value_size >= kSize && *map.spin_lock_offset <= map.value_size - kSize) return {};
  return fmt::format("has a spin lock at {} of a value of {} bytes", *map.spin_lock_offset,
                     map.value_size);
}

std::string slots_problem(const MapDef& map, const Names& maps) {
  if (!map.slots.empty() && !holds_maps(map) && map.type != BPF_MAP_TYPE_PROG_ARRAY) {
    return "has slots, but holds neither programs nor maps";
  }
  for (size_t i = 0; i < map.slots.size(); ++i) {
    const auto& [slot, name] = map.slots[i];
    if (i > 0 && slot <= map.slots[i - 1].slot) return "has slots that are out of order";
    if (name.empty()) return fmt::format("has nothing in its slot {}", slot);
    if (holds_maps(map) && !maps.contains(name)) {
      return fmt::format("has '{}' in its slot {}, but the program has no such map",
                         printable(name), slot);
    }
  }
  return {};
}

// What is wrong with a map definition, or nothing. `maps` are the names of all maps.
std::string map_problem(const MapDef& map, const Names& maps) {
  if (!map.initial.empty() && map.initial.size() != map.value_size) {
    return fmt::format("has initial contents of {} bytes, but values of {}", map.initial.size(),
                       map.value_size);
  }
  const bool one_value = map.type == BPF_MAP_TYPE_ARRAY && map.max_entries == 1;
  if ((!map.initial.empty() || map.read_only) && !one_value) {
    return "has initial contents or is read-only, but is no array of one value";
  }
  if (map.read_only && (map.flags & BPF_F_RDONLY_PROG) == 0) {
    return "is read-only, but its flags lack BPF_F_RDONLY_PROG";
  }
  if (map.inner.size() > 1 || (!map.inner.empty() && !holds_maps(map))) {
    return "has an inner map, but is no map of maps, or has several";
  }
  for (const MapDef& inner : map.inner) {
    if (!inner.name.empty() || !inner.inner.empty() || !inner.slots.empty() ||
        !inner.initial.empty() || inner.read_only) {
      return "has an inner map with a name, contents or an inner map";
    }
    if (std::string problem = lock_problem(inner); !problem.empty()) return problem;
  }
  if (std::string problem = lock_problem(map); !problem.empty()) return problem;
  return slots_problem(map, maps);
}

Status check_maps(const Program& program) {
  Names names;
  for (const MapDef& map : program.maps) names.insert(map.name);
  for (const MapDef& map : program.maps) {
    if (std::string problem = map_problem(map, names); !problem.empty()) {
      return Error(ErrorCode::kProgramMalformed,
                   fmt::format("map '{}' {}", printable(map.name), problem))
          .in_program(program.name);
    }
  }
  return {};
}

}  // namespace

Status check_structure(const Program& program) {
  auto bad = [&](uint32_t insn, ErrorCode code, std::string what) {
    return Error(code, std::move(what)).at(program.locate(insn));
  };
  if (program.insns.empty() || program.subprograms.empty()) {
    return Error(ErrorCode::kProgramMalformed, "the program has no instructions")
        .in_program(program.name);
  }
  uint32_t expected = 0;
  for (const Subprogram& sub : program.subprograms) {
    if (sub.first != expected || sub.count == 0 || sub.count > program.insns.size() - sub.first) {
      return bad(
          sub.first, ErrorCode::kProgramMalformed,
          fmt::format("subprogram '{}' does not follow the one before it", printable(sub.name)));
    }
    expected = sub.first + sub.count;
  }
  if (expected != program.insns.size()) {
    return bad(expected, ErrorCode::kProgramMalformed, "instructions belong to no subprogram");
  }
  for (size_t i = 0; i < program.lines.size(); ++i) {
    const LineInfo& line = program.lines[i];
    if (line.insn >= program.insns.size() || (i > 0 && line.insn <= program.lines[i - 1].insn) ||
        line.file >= program.source_files.size()) {
      return bad(0, ErrorCode::kProgramMalformed, "line information is out of order or range");
    }
  }
  WEIR_CHECK(check_maps(program));
  for (size_t i = 0; i < program.poisoned.size(); ++i) {
    const uint32_t insn = program.poisoned[i].insn;
    if (insn >= program.insns.size() || (i > 0 && insn <= program.poisoned[i - 1].insn) ||
        program.insns[insn].op != Op::kCallHelper || program.insns[insn].imm != kPoisonHelper) {
      return bad(0, ErrorCode::kProgramMalformed,
                 "explanations of poisoned instructions are out of order, or for others");
    }
  }

  for (const Subprogram& sub : program.subprograms) {
    const uint32_t end = sub.first + sub.count;
    for (uint32_t i = sub.first; i < end; ++i) {
      const Instruction& insn = program.insns[i];
      if (is_jump(insn) && (insn.target < sub.first || insn.target >= end)) {
        return bad(i, ErrorCode::kInsnBadTarget,
                   fmt::format("jump leaves the function '{}'", printable(sub.name)));
      }
      switch (insn.info().operation) {
        case Operation::kCallLocal:
        case Operation::kLoadFunc:
          if (insn.target >= program.subprograms.size()) {
            return bad(i, ErrorCode::kInsnBadTarget, "reference to a function that does not exist");
          }
          break;
        case Operation::kLoadMap:
        case Operation::kLoadMapValue:
        case Operation::kLoadMapIdx:
        case Operation::kLoadMapIdxValue:
          if (insn.target >= program.maps.size()) {
            return bad(i, ErrorCode::kProgramMalformed, "reference to a map that does not exist");
          }
          if (insn.info().operation == Operation::kLoadMapValue ||
              insn.info().operation == Operation::kLoadMapIdxValue) {
            const MapDef& map = program.maps[insn.target];
            if (map.type != BPF_MAP_TYPE_ARRAY || insn.imm < 0 || insn.imm > map.value_size) {
              return bad(i, ErrorCode::kProgramMalformed,
                         fmt::format("address of byte {} in the value of map '{}', which is no "
                                     "array or has values of {} bytes",
                                     insn.imm, printable(map.name), map.value_size));
            }
          }
          break;
        case Operation::kCallKfunc:
          if (insn.target >= program.kfuncs.size()) {
            return bad(i, ErrorCode::kProgramMalformed, "reference to a kfunc that does not exist");
          }
          break;
        default: break;
      }
    }
    const Instruction& last = program.insns[end - 1];
    if (!ends_block(last)) {
      return bad(end - 1, ErrorCode::kProgramMalformed,
                 fmt::format("function '{}' can run past its last instruction, {}",
                             printable(sub.name), last.info().name))
          .with_hint("end every path with exit or a jump");
    }
  }
  return {};
}

}  // namespace weir
