// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a classic filter to an eBPF program that does the same at some hook. docs/SEMANTICS.md,
// "Classic filters", is the table of what becomes of what.
#pragma once

#include <optional>
#include <string>

#include "frontend/isa/cbpf.h"
#include "frontend/isa/program.h"

namespace weir {

// Where the program finds the packet.
enum class ClassicPacket : uint8_t {
  kBytes,     // r1 is the address of the bytes, r2 their number
  kPointers,  // r1 is a context with the fields data and data_end
  kLegacy,    // r1 is a context of the kernel's that legacy packet loads read the packet of
};

// What a result means at the hook: what to give for an accepted packet, and for one that is not.
struct ClassicVerdicts {
  int32_t accepted = 0;
  int32_t rejected = 0;
};

struct ClassicTarget {
  ClassicPacket packet = ClassicPacket::kBytes;
  int16_t data = 0, data_end = 0;  // kPointers: where in the context these are
  bool skb = false;                // the context is a struct __sk_buff: ancillary data
  // Absent: the result is the filter's, how many bytes to keep.
  std::optional<ClassicVerdicts> verdicts = {};
};

// The program has a line for each classic instruction, as classic_text() writes it, in a source
// file `name`.cbpf. Errors: those of check_classic(), and kProgramUnsupported for what the hook
// cannot give, with the instruction's number.
Result<Program> convert_classic(std::span<const ClassicInsn> insns, const ClassicTarget& target,
                                const std::string& name);

}  // namespace weir
