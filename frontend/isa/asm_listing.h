// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stands round an instruction in a listing of llvm-objdump, bpftool or the kernel's verifier,
// and in the output of clang -S: taken off here, so that the dialects' readers see instructions
// only.
//
//        3:  bf 21 00 00 00 00 00 00  r1 = r2           slot number, raw bytes
//        3: (bf) r1 = r2                                slot number, opcode
//        4:  15 01 02 00 00 00 00 00  if r1 == 0 goto +2 <LBB0_2>
//   0000000000000020 <LBB0_2>:                          a label
//   Disassembly of section .text:                       nothing
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "frontend/isa/text_lexer.h"

namespace weir {

struct ListingLine {
  std::string_view text;  // what is left: labels and an instruction, or nothing
  uint32_t column = 1;    // of its first byte
  std::optional<uint64_t> slot;
  std::array<uint8_t, 16> bytes{};
  size_t byte_count = 0;  // 0, 8 or 16
  uint32_t bytes_column = 0;
  std::optional<uint8_t> opcode;
  std::string_view label;      // of an address line
  bool section_start = false;  // slot numbers start again
};

// `line` without its comment.
ListingLine read_listing(std::string_view line);

// What a directive (`.text`, `.size f, 12`) does to the lines after it.
enum class Directive : uint8_t {
  kNone,    // places nothing
  kCode,    // a code section starts
  kData,    // another section starts: its contents are passed over
  kPlaces,  // places bytes (.byte, .quad, .asciz) or is unknown
};

// If `line` (trimmed) is a directive and not a label that starts with a dot.
bool is_directive(std::string_view line);
Directive classify_directive(std::string_view line);

}  // namespace weir
