// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/disassembler.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "frontend/isa/asm_operands.h"
#include "frontend/isa/decode.h"
#include "frontend/isa/text_writer.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

// Slots of all instructions, counted from the first one's, and the way back.
class SlotMap {
 public:
  explicit SlotMap(std::span<const Instruction> insns) {
    slots_.reserve(insns.size());
    int64_t slot = insns.empty() ? 0 : insns.front().slot;
    for (const Instruction& insn : insns) {
      slots_.push_back(slot);
      slot += insn.op < Op::kCount ? insn.info().slots() : 1;
    }
  }
  int64_t slot(size_t index) const { return slots_[index]; }
  // The instruction that starts at a slot, or -1.
  int64_t index_at(int64_t slot) const {
    const auto it = std::lower_bound(slots_.begin(), slots_.end(), slot);
    return it != slots_.end() && *it == slot ? it - slots_.begin() : -1;
  }

 private:
  std::vector<int64_t> slots_;
};

bool is_map_load(Operation operation) {
  return operation == Operation::kLoadMap || operation == Operation::kLoadMapValue ||
         operation == Operation::kLoadMapIdx || operation == Operation::kLoadMapIdxValue;
}

// A linked instruction with its resolved operand back in the fields that the text shows.
Instruction unlinked(const Instruction& insn, const Program& program, const SlotMap* slots,
                     size_t index) {
  Instruction out = insn;
  const Operation operation = insn.info().operation;
  if (is_map_load(operation)) {
    const uint64_t offset =
        operation == Operation::kLoadMapValue || operation == Operation::kLoadMapIdxValue
            ? static_cast<uint64_t>(insn.imm) << 32
            : 0;
    out.imm = static_cast<int64_t>(offset | insn.target);
  }
  const bool function = operation == Operation::kCallLocal || operation == Operation::kLoadFunc;
  if (function && slots != nullptr && insn.target < program.subprograms.size() &&
      program.subprograms[insn.target].first < program.insns.size()) {
    const int64_t to = slots->slot(program.subprograms[insn.target].first);
    out.imm = to - slots->slot(index) - 1;
  }
  return out;
}

std::string quoted(std::string_view kind, std::string_view name) {
  return name.empty() ? std::string() : fmt::format("{} {}", kind, printable(name));
}

// What the resolved operand is called, or nothing.
std::string name_of_operand(const Instruction& insn, const DisasmNames& names) {
  const Operation operation = insn.info().operation;
  if (operation == Operation::kCallHelper && names.helper) {
    return printable(names.helper(static_cast<int32_t>(insn.imm)));
  }
  if (names.program == nullptr) return {};
  const Program& program = *names.program;
  if (is_map_load(operation) && insn.target < program.maps.size()) {
    return quoted("map", program.maps[insn.target].name);
  }
  if (operation == Operation::kCallKfunc && insn.target < program.kfuncs.size()) {
    return quoted("kfunc", program.kfuncs[insn.target]);
  }
  const bool function = operation == Operation::kCallLocal || operation == Operation::kLoadFunc;
  if (function && insn.target < program.subprograms.size()) {
    return quoted("function", program.subprograms[insn.target].name);
  }
  return {};
}

std::string write(const Instruction& insn, Dialect dialect, const TextStyle& style) {
  return dialect == Dialect::kKernel ? write_kernel(insn, style) : write_ubpf(insn, style);
}

std::string raw_bytes(const Instruction& insn) {
  RawInsn raw[2] = {};
  const size_t size = static_cast<size_t>(encode_one(insn, raw)) * sizeof(RawInsn);
  const auto* bytes = reinterpret_cast<const uint8_t*>(raw);
  return fmt::format("{:02x}", fmt::join(bytes, bytes + size, " "));
}

// Writes a list of instructions; the two public functions differ in what they set up.
class Listing {
 public:
  Listing(std::span<const Instruction> insns, Dialect dialect, const DisassembleOptions& options)
      : insns_(insns), dialect_(dialect), options_(options), slots_(insns) {}

  // A label of the instruction's own; jump labels come on top of it.
  void name_instruction(size_t index, std::string label) { names_[index] = std::move(label); }
  void number_targets();
  std::string write_all(const Program* program);

 private:
  Instruction shown(size_t index) const {
    const Instruction& insn = insns_[index];
    const Program* program = options_.names.program;
    return program ? unlinked(insn, *program, &slots_, index) : insn;
  }
  int64_t target_index(size_t index, const Instruction& insn) const {
    return slots_.index_at(slots_.slot(index) + 1 + target_distance(insn));
  }
  void write_source(const Program& program, size_t index, size_t& line, std::string& out) const;
  void write_instruction(size_t index, std::string& out) const;

  std::span<const Instruction> insns_;
  Dialect dialect_;
  const DisassembleOptions& options_;
  SlotMap slots_;
  std::unordered_map<size_t, std::string> names_;  // by instruction index
};

// L1, L2, ... in the order of the targets.
void Listing::number_targets() {
  std::set<size_t> targets;
  for (size_t i = 0; i < insns_.size(); ++i) {
    if (insns_[i].op >= Op::kCount) continue;
    const Instruction insn = shown(i);
    if (!has_target(insn)) continue;
    const int64_t to = target_index(i, insn);
    if (to >= 0 && !names_.contains(static_cast<size_t>(to))) {
      targets.insert(static_cast<size_t>(to));
    }
  }
  size_t number = 0;
  for (size_t index : targets) names_[index] = fmt::format("L{}", ++number);
}

void Listing::write_source(const Program& program, size_t index, size_t& line,
                           std::string& out) const {
  while (line < program.lines.size() && program.lines[line].insn < index) ++line;
  if (line == program.lines.size() || program.lines[line].insn != index) return;
  const LineInfo& at = program.lines[line];
  const std::string_view file =
      at.file < program.source_files.size() ? std::string_view(program.source_files[at.file]) : "?";
  // The comment must stay one line, and printable() leaves no newline in it.
  out += fmt::format("; {}:{}: {}\n", printable(file), at.line, printable(at.text, 400));
}

void Listing::write_instruction(size_t index, std::string& out) const {
  if (options_.slots) out += fmt::format("{:>8}:\t", slots_.slot(index));
  if (insns_[index].op >= Op::kCount) {
    out += "<invalid>\n";
    return;
  }
  const Instruction insn = shown(index);
  if (options_.bytes) out += raw_bytes(insn) + "\t";
  if (!options_.slots && !options_.bytes && (options_.labels || !names_.empty())) out += "    ";

  TextStyle style{options_.hex, {}};
  bool named = false;
  if (has_target(insn)) {
    const int64_t to = target_index(index, insn);
    const auto it = to < 0 ? names_.end() : names_.find(static_cast<size_t>(to));
    // Without labels only calls use names: a jump to the start of its function is still a jump.
    if (it != names_.end() && (options_.labels || !is_jump(insn))) {
      style.target = it->second;
      named = true;
    }
  }
  out += write(insn, dialect_, style);
  const std::string name = name_of_operand(insn, options_.names);
  const bool said = named && name == quoted("function", style.target);
  if (!name.empty() && !said) out += "  # " + name;
  out += '\n';
}

std::string Listing::write_all(const Program* program) {
  std::string out;
  size_t line = 0;
  size_t function = 1;  // the next one to start; a blank line goes before it
  for (size_t i = 0; i < insns_.size(); ++i) {
    if (program != nullptr && function < program->subprograms.size() &&
        program->subprograms[function].first == i) {
      out += '\n';
      ++function;
    }
    if (const auto it = names_.find(i); it != names_.end()) out += it->second + ":\n";
    if (program != nullptr && options_.source) write_source(*program, i, line, out);
    write_instruction(i, out);
  }
  return out;
}

// True if `name` can be written as a label of the listing without changing its meaning.
bool is_usable_label(std::string_view name) {
  if (!is_identifier(name) || is_register_name(name)) return false;
  const bool numbered =
      name.size() > 1 && name[0] == 'L' &&
      std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
  return !numbered;
}

}  // namespace

std::string disassemble_one(const Instruction& insn, Dialect dialect, const DisasmNames* names) {
  if (insn.op >= Op::kCount) return "<invalid>";
  if (names == nullptr) return write(insn, dialect, {});
  const Instruction shown = names->program ? unlinked(insn, *names->program, nullptr, 0) : insn;
  std::string out = write(shown, dialect, {});
  const std::string name = name_of_operand(insn, *names);
  if (!name.empty()) out += "  # " + name;
  return out;
}

std::string disassemble(std::span<const Instruction> insns, Dialect dialect,
                        const DisassembleOptions& options) {
  Listing listing(insns, dialect, options);
  if (options.labels) listing.number_targets();
  return listing.write_all(nullptr);
}

std::string disassemble(const Program& program, Dialect dialect,
                        const DisassembleOptions& options) {
  DisassembleOptions with_names = options;
  with_names.names.program = &program;
  Listing listing(program.insns, dialect, with_names);
  std::set<std::string, std::less<>> used;
  for (const Subprogram& sub : program.subprograms) used.insert(sub.name);
  std::set<std::string, std::less<>> given;
  for (size_t i = 0; i < program.subprograms.size(); ++i) {
    std::string name = program.subprograms[i].name;
    if (!is_usable_label(name) || given.contains(name)) {
      name = fmt::format("sub_{}", i);
      while (used.contains(name) || given.contains(name)) name += '_';
    }
    given.insert(name);
    listing.name_instruction(program.subprograms[i].first, std::move(name));
  }
  if (options.labels) listing.number_targets();
  return listing.write_all(&program);
}

}  // namespace weir
