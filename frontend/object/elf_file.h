// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The outside of an ELF file: is it one that weir reads, and which bytes are which section.
// Internal to frontend/object; what the sections mean is elf_reader.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

struct ElfSection {
  std::string name;    // raw bytes, at most kMaxNameBytes
  uint32_t type = 0;   // SHT_*
  uint64_t flags = 0;  // SHF_*
  uint32_t link = 0;   // not checked
  uint32_t info = 0;   // not checked
  uint64_t size = 0;   // also of SHT_NOBITS
  ByteSpan bytes;      // in the file; empty for SHT_NOBITS and SHT_NULL
};

struct ElfFile {
  std::vector<ElfSection> sections;  // by ELF index, [0] is the null section
  bool machine_unknown = false;      // e_machine is 0, as LLVM 3.7 and 3.8 wrote it for BPF
};

// The sections of a relocatable 64-bit little-endian BPF file; an exact error for all other bytes.
// The result refers to `bytes`. No two sections with bytes add up to more than the file: the sum of
// all their sizes is at most bytes.size().
Result<ElfFile> open_elf(ByteSpan bytes);

// The NUL-terminated string at `offset` of a string table: an error if it starts or ends outside
// the table or is longer than kMaxNameBytes. `what` is used in the message: "the name of symbol 3".
Result<std::string> elf_string(ByteSpan table, uint64_t offset, const std::string& what);

}  // namespace weir
