// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Program: one entry point with its subprograms, as one list of decoded instructions in which
// every operand that needs resolving is an index into a table. Made by link_program() from an ELF
// file, or by make_program() from bare instructions; read by analysis, interpreter and lifter, and
// never changed by them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/isa/instruction.h"
#include "frontend/support/result.h"

namespace weir {

// A function: instructions [first, first + count) of Program::insns. Contiguous, never overlapping.
struct Subprogram {
  std::string name;  // raw bytes of the file; may be empty
  uint32_t first = 0;
  uint32_t count = 0;
};

// The source line that instructions from `insn` on come from, up to the next entry.
struct LineInfo {
  uint32_t insn = 0;  // index into Program::insns
  uint32_t line = 0;  // 1-based
  uint32_t column = 0;
  uint32_t file = 0;  // index into Program::source_files
  std::string text;   // the line as the compiler saw it; may be empty
};

// What a map's static initialiser puts into one of its slots: `values` of a program array or of an
// array of maps.
struct MapSlot {
  uint32_t slot = 0;  // the key, always 4 bytes
  std::string name;   // of a program (program array), or of a map in Program::maps (map of maps)
};

// A map the program refers to, as the file defines it. Sizes in bytes.
struct MapDef {
  // Global data is named as libbpf names it: the file's name up to its first dot, and the section,
  // at most 15 bytes ("filter.rodata"); custom sections alone (".data.counters").
  std::string name;
  uint32_t type = 0;  // BPF_MAP_TYPE_*
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;  // as the file has it, also where that is 0
  uint32_t flags = 0;        // BPF_F_*
  uint32_t pinning = 0;      // LIBBPF_PIN_*
  // BTF type ids of key and value in the object's BTF; 0 = none. For global data the value is the
  // data section.
  uint32_t key_type_id = 0;
  uint32_t value_type_id = 0;
  uint64_t map_extra = 0;  // e.g. the number of hash functions of a bloom filter
  uint32_t numa_node = 0;  // means something with BPF_F_NUMA_NODE only
  // Where in the value its struct bpf_spin_lock is.
  std::optional<uint32_t> spin_lock_offset;
  // The value never changes: programs must not write it (flags have BPF_F_RDONLY_PROG), and the
  // host freezes it once it holds `initial`. Loads from it are constants.
  bool read_only = false;
  // The value of the one entry to start with: value_size bytes, or none where all are zero.
  std::vector<uint8_t> initial;
  // Maps of maps: the shape of the inner maps, if the file gives it. At most one, without a name,
  // contents, slots or an inner map of its own.
  std::vector<MapDef> inner;
  std::vector<MapSlot> slots;  // ascending by slot
};

// An instruction whose meaning linking could not find, which is wrong only if it is ever reached.
// It is a call of kPoisonHelper (a wide immediate: two of them).
struct Poison {
  uint32_t insn = 0;   // index into Program::insns
  std::string reason;  // a sentence: what was looked for, and where
};
inline constexpr int32_t kPoisonHelper = 0xbad2310;  // libbpf's, for the same purpose

// How an XDP program wants to be run among others: libxdp's XDP_RUN_CONFIG.
struct RunConfig {
  uint32_t priority = 50;  // XDP_DEFAULT_RUN_PRIO; lower numbers run earlier
  // Bit n: the next program has its turn after XDP action n. By default after XDP_PASS.
  uint32_t chain_call_actions = 1u << 2;
  friend bool operator==(const RunConfig&, const RunConfig&) = default;
};

struct Program {
  std::string name;     // of the entry function
  std::string section;  // ELF section it came from; empty for bare instructions
  std::string license;  // empty if the file says nothing
  std::vector<Instruction> insns;
  // [0] is the entry point. Local calls and function references name others by index.
  std::vector<Subprogram> subprograms;
  std::vector<MapDef> maps;
  std::vector<std::string> kfuncs;
  std::vector<std::string> source_files;
  std::vector<LineInfo> lines;   // ascending by insn
  std::vector<Poison> poisoned;  // ascending by insn
  // What its file says, if it does. It is no part of the program's bytes: the code does not depend
  // on it, and a native object has it in the manifest.
  std::optional<RunConfig> run_config;

  // The subprogram that holds an instruction. Binary search.
  uint32_t subprogram_of(uint32_t insn) const;
  // The line an instruction comes from, or null. Never crosses into another subprogram.
  const LineInfo* line_of(uint32_t insn) const;
  // Why an instruction cannot be run, or null. Binary search.
  const Poison* poison_of(uint32_t insn) const;
  // Program name, slot and source line of an instruction, for messages.
  Location locate(uint32_t insn) const;
};

// A Program from bare instructions (assembler, hex, conformance): instruction 0 is the entry; each
// target of a local call or function reference starts a subprogram, which ends where the next one
// starts. `insns` as decode() gives them, call targets as instruction indexes. A map reference,
// map_fd(N), is the N-th of `maps`.
Result<Program> make_program(std::vector<Instruction> insns, std::string name,
                             std::vector<MapDef> maps = {});

// Structure that every later stage relies on; link_program() and make_program() end with it, and
// whoever reads a Program from outside (a native object) calls it:
// targets are inside the subprogram that jumps, no subprogram is fallen out of, table indexes are
// in range, subprograms tile the instruction list, lines ascend, map definitions keep the promises
// above, and the address of a map's value is one of an array's first value or its end.
Status check_structure(const Program& program);

}  // namespace weir
