// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The encoding of a Program. In this order, and nothing after it:
//
//   magic          4 bytes: "wpr" and the version
//   strings        name, section, license
//   slots          count, then the instructions as 8-byte slots, as in an eBPF file
//   targets        for each instruction that loads a map or the address of a function, or calls a
//                  kfunc: the table index. Jumps and local calls have theirs in the slot.
//   subprograms    count, then for each: number of instructions, name. They tile the program, so
//                  where one starts is known.
//   maps           count, then for each: name, its numbers in the order of MapDef (map_extra as low
//                  and high half; spin_lock_offset plus one, 0 for none; read_only as 0 or 1), the
//                  initial contents, 1 and the inner map's numbers or 0, the number of slots, and
//                  for each: slots since the one before, name
//   kfuncs         count, names
//   source files   count, names
//   lines          count, then for each: instructions since the entry before, line, column, file,
//                  text
//   poisoned       count, then for each: instructions since the entry before, reason
//
// Numbers are unsigned LEB128 in their shortest form: nearly all of them are small, and line tables
// shrink to a third. A string is its length and its bytes. As there is one way to write everything,
// equal bytes mean equal programs: the cache key relies on it.
#include "frontend/isa/program_bytes.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/isa/decode.h"

namespace weir {

namespace {

constexpr uint32_t kProgramMagic = 0x02'72'70'77;  // "wpr", version 2

// An instruction whose `target` is a table index that its slot cannot hold.
bool has_table_target(const Instruction& insn) {
  switch (insn.info().operation) {
    case Operation::kCallKfunc:
    case Operation::kLoadFunc:
    case Operation::kLoadMap:
    case Operation::kLoadMapValue:
    case Operation::kLoadMapIdx:
    case Operation::kLoadMapIdxValue: return true;
    default: return false;
  }
}

void write_number(ByteWriter& out, uint32_t value) {
  while (value >= 0x80) {
    out.write(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.write(static_cast<uint8_t>(value));
}

void write_text(ByteWriter& out, std::string_view text) {
  write_number(out, static_cast<uint32_t>(text.size()));
  out.write_bytes(as_bytes(text));
}

uint32_t read_number(ByteReader& in) {
  uint32_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    const uint8_t byte = in.read<uint8_t>();
    if (!in.ok()) return 0;
    // The fifth byte has room for four bits; a last byte of zero says nothing.
    if ((shift == 28 && byte > 0x0f) || (shift > 0 && byte == 0)) break;
    value |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  in.fail();
  return 0;
}

std::string read_text(ByteReader& in) {
  return std::string(as_text(in.take(read_number(in))));
}

// The numbers of a map definition, which an inner map has too.
void write_map_numbers(ByteWriter& out, const MapDef& map) {
  // All fields: a new one has to be written here or below.
  const auto& [name, type, key_size, value_size, max_entries, flags, pinning, key_type_id,
               value_type_id, map_extra, numa_node, spin_lock_offset, read_only, initial, inner,
               slots] = map;
  for (uint32_t field :
       {type, key_size, value_size, max_entries, flags, pinning, key_type_id, value_type_id}) {
    write_number(out, field);
  }
  write_number(out, static_cast<uint32_t>(map_extra));
  write_number(out, static_cast<uint32_t>(map_extra >> 32));
  write_number(out, numa_node);
  write_number(out, spin_lock_offset ? *spin_lock_offset + 1 : 0);
  write_number(out, read_only ? 1 : 0);
}

void write_map(ByteWriter& out, const MapDef& map) {
  write_text(out, map.name);
  write_map_numbers(out, map);
  write_text(out, as_text(map.initial));
  write_number(out, static_cast<uint32_t>(map.inner.size()));
  for (const MapDef& inner : map.inner) write_map_numbers(out, inner);
  write_number(out, static_cast<uint32_t>(map.slots.size()));
  uint32_t before = 0;
  for (const auto& [slot, name] : map.slots) {
    write_number(out, slot - before);
    write_text(out, name);
    before = slot;
  }
}

// True and false as 1 and 0, and nothing else.
bool read_bool(ByteReader& in) {
  const uint32_t value = read_number(in);
  if (value > 1) in.fail();
  return value == 1;
}

void read_map_numbers(ByteReader& in, MapDef& map) {
  for (uint32_t* field : {&map.type, &map.key_size, &map.value_size, &map.max_entries, &map.flags,
                          &map.pinning, &map.key_type_id, &map.value_type_id}) {
    *field = read_number(in);
  }
  const uint32_t low = read_number(in);
  map.map_extra = uint64_t{read_number(in)} << 32 | low;
  map.numa_node = read_number(in);
  const uint32_t lock = read_number(in);
  if (lock != 0) map.spin_lock_offset = lock - 1;
  map.read_only = read_bool(in);
}

constexpr size_t kLeastMapBytes = 17;  // name, thirteen numbers, contents, inner, slots

// Names the part of the encoding that a failed read was in.
Error broken(const ByteReader& in, size_t total, std::string_view part) {
  if (in.remaining() == 0) {
    return Error(
        ErrorCode::kObjectTruncated,
        fmt::format("the encoded program has {} bytes, but ends inside its {}", total, part));
  }
  return Error(
      ErrorCode::kObjectMalformed,
      fmt::format("the {} of the encoded program cannot be read at byte {} of {}: a number "
                  "is not in its shortest form, or a length goes past the end",
                  part, in.offset(), total));
}

// The size of a table whose entries take at least `least` bytes each.
Result<uint32_t> read_table_size(ByteReader& in, size_t total, size_t least,
                                 std::string_view part) {
  const uint32_t count = read_number(in);
  if (!in.ok()) return broken(in, total, part);
  if (count > kMaxProgramTable) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the encoded program has {} {}, at most {} are allowed", count, part,
                             kMaxProgramTable));
  }
  if (count > in.remaining() / least) {
    return Error(
        ErrorCode::kObjectTruncated,
        fmt::format("the encoded program claims {} {}, but only {} of its {} bytes are left", count,
                    part, in.remaining(), total));
  }
  return count;
}

Status read_names(ByteReader& in, size_t total, std::string_view part,
                  std::vector<std::string>& out) {
  WEIR_TRY(const uint32_t count, read_table_size(in, total, 1, part));
  out.reserve(count);
  for (uint32_t i = 0; i < count; ++i) out.push_back(read_text(in));
  if (!in.ok()) return broken(in, total, part);
  return {};
}

Status read_map(ByteReader& in, size_t total, MapDef& map) {
  map.name = read_text(in);
  read_map_numbers(in, map);
  const ByteSpan initial = in.take(read_number(in));
  map.initial.assign(initial.begin(), initial.end());
  if (read_bool(in)) read_map_numbers(in, map.inner.emplace_back());
  if (!in.ok()) return broken(in, total, "maps");
  WEIR_TRY(const uint32_t slots, read_table_size(in, total, 2, "slots of a map"));
  map.slots.reserve(slots);
  uint64_t at = 0;
  for (uint32_t i = 0; i < slots; ++i) {
    at += read_number(in);
    if (at > UINT32_MAX) in.fail();
    map.slots.push_back({static_cast<uint32_t>(at), read_text(in)});
    if (!in.ok()) return broken(in, total, "slots of a map");
  }
  return {};
}

// Local calls as decode() leaves them name the callee's first instruction: the subprogram that
// starts there is their target.
Status resolve_calls(Program& program) {
  for (Instruction& insn : program.insns) {
    if (insn.op != Op::kCallLocal) continue;
    const auto callee =
        std::ranges::lower_bound(program.subprograms, insn.target, {}, &Subprogram::first);
    if (callee == program.subprograms.end() || callee->first != insn.target) {
      return Error(ErrorCode::kInsnBadTarget,
                   fmt::format("call of instruction {}, where no function starts", insn.target))
          .in_program(program.name)
          .at_instruction(insn.slot);
    }
    insn.target = static_cast<uint32_t>(callee - program.subprograms.begin());
  }
  return {};
}

}  // namespace

std::vector<uint8_t> program_to_bytes(const Program& program) {
  ByteWriter out;
  out.write(kProgramMagic);
  write_text(out, program.name);
  write_text(out, program.section);
  write_text(out, program.license);

  const std::vector<uint8_t> slots = encode(program.insns);
  write_number(out, static_cast<uint32_t>(slots.size() / sizeof(RawInsn)));
  out.write_bytes(slots);
  for (const Instruction& insn : program.insns) {
    if (has_table_target(insn)) write_number(out, insn.target);
  }

  write_number(out, static_cast<uint32_t>(program.subprograms.size()));
  for (const Subprogram& sub : program.subprograms) {
    write_number(out, sub.count);
    write_text(out, sub.name);
  }
  write_number(out, static_cast<uint32_t>(program.maps.size()));
  for (const MapDef& map : program.maps) write_map(out, map);
  for (const std::vector<std::string>* names : {&program.kfuncs, &program.source_files}) {
    write_number(out, static_cast<uint32_t>(names->size()));
    for (const std::string& name : *names) write_text(out, name);
  }

  write_number(out, static_cast<uint32_t>(program.lines.size()));
  uint32_t before = 0;
  for (const LineInfo& entry : program.lines) {
    const auto& [insn, line, column, file, text] = entry;
    write_number(out, insn - before);
    write_number(out, line);
    write_number(out, column);
    write_number(out, file);
    write_text(out, text);
    before = insn;
  }

  write_number(out, static_cast<uint32_t>(program.poisoned.size()));
  before = 0;
  for (const auto& [insn, reason] : program.poisoned) {
    write_number(out, insn - before);
    write_text(out, reason);
    before = insn;
  }
  return out.take();
}

Result<Program> program_from_bytes(ByteSpan bytes) {
  const size_t total = bytes.size();
  ByteReader in(bytes);
  const auto magic = in.read<uint32_t>();
  if (!in.ok()) return broken(in, total, "first 4 bytes");
  if (magic != kProgramMagic) {
    return Error(ErrorCode::kObjectMalformed,
                 fmt::format("an encoded program starts with {:#010x}, but found {:#010x}",
                             kProgramMagic, magic))
        .with_hint("the object is damaged, or another version of weir wrote it: compile it again");
  }
  Program program;
  program.name = read_text(in);
  program.section = read_text(in);
  program.license = read_text(in);
  if (!in.ok()) return broken(in, total, "name, section and license");

  const uint32_t slots = read_number(in);
  const ByteSpan code = in.take(size_t{slots} * sizeof(RawInsn));
  if (!in.ok()) {
    return Error(
        ErrorCode::kObjectTruncated,
        fmt::format("the encoded program claims {} instruction slots, but only {} of its {} "
                    "bytes are left",
                    slots, in.remaining(), total));
  }
  auto insns = decode(code);
  if (!insns) return insns.take_error().in_program(program.name);
  program.insns = std::move(*insns);
  for (Instruction& insn : program.insns) {
    if (has_table_target(insn)) insn.target = read_number(in);
  }
  if (!in.ok()) return broken(in, total, "instruction targets");

  WEIR_TRY(const uint32_t subprograms, read_table_size(in, total, 2, "subprograms"));
  program.subprograms.reserve(subprograms);
  uint32_t first = 0;
  for (uint32_t i = 0; i < subprograms; ++i) {
    const uint32_t count = read_number(in);
    program.subprograms.push_back({read_text(in), first, count});
    if (!in.ok()) return broken(in, total, "subprograms");
    const size_t left = program.insns.size() - first;
    if (count > left) {
      return Error(ErrorCode::kObjectMalformed,
                   fmt::format("subprogram {} has {} instructions, but only {} of the program's {} "
                               "are left",
                               i, count, left, program.insns.size()))
          .in_program(program.name);
    }
    first += count;
  }

  WEIR_CHECK(resolve_calls(program));

  WEIR_TRY(const uint32_t maps, read_table_size(in, total, kLeastMapBytes, "maps"));
  program.maps.reserve(maps);
  for (uint32_t i = 0; i < maps; ++i) {
    MapDef& map = program.maps.emplace_back();
    WEIR_CHECK(read_map(in, total, map));
  }
  WEIR_CHECK(read_names(in, total, "kfuncs", program.kfuncs));
  WEIR_CHECK(read_names(in, total, "source files", program.source_files));

  WEIR_TRY(const uint32_t lines, read_table_size(in, total, 5, "lines"));
  program.lines.reserve(lines);
  uint64_t at = 0;
  for (uint32_t i = 0; i < lines; ++i) {
    at += read_number(in);
    LineInfo& entry = program.lines.emplace_back();
    entry.insn = static_cast<uint32_t>(at);
    entry.line = read_number(in);
    entry.column = read_number(in);
    entry.file = read_number(in);
    entry.text = read_text(in);
    if (!in.ok()) return broken(in, total, "lines");
    if (at >= program.insns.size()) {
      return Error(ErrorCode::kObjectMalformed,
                   fmt::format("line entry {} is for instruction {}, but the program has {}", i, at,
                               program.insns.size()))
          .in_program(program.name);
    }
  }

  WEIR_TRY(const uint32_t poisoned, read_table_size(in, total, 2, "poisoned instructions"));
  program.poisoned.reserve(poisoned);
  at = 0;
  for (uint32_t i = 0; i < poisoned; ++i) {
    at += read_number(in);
    if (at > UINT32_MAX) in.fail();
    program.poisoned.push_back({static_cast<uint32_t>(at), read_text(in)});
    if (!in.ok()) return broken(in, total, "poisoned instructions");
  }
  if (!in.done()) {
    return Error(ErrorCode::kObjectMalformed,
                 fmt::format("{} bytes follow the end of the encoded program, at byte {}",
                             in.remaining(), in.offset()))
        .in_program(program.name);
  }
  WEIR_CHECK(check_structure(program));
  return program;
}

}  // namespace weir
