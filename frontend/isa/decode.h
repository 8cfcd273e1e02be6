// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes to instructions and back (RFC 9669 section 3). Decoding refuses what the kernel refuses:
// unknown opcodes, non-zero reserved fields, registers above r10, writes to r10, jumps out of the
// code or into the second slot of a wide instruction.
#pragma once

#include <optional>
#include <vector>

#include "frontend/isa/instruction.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

// 1,000,000: the kernel's limit for a privileged program (BPF_COMPLEXITY_LIMIT_INSNS).
inline constexpr size_t kMaxInstructions = 1'000'000;

// Which row of the table a slot is, if any. Looks at the opcode and the selector field only.
// kOffset-selected rows are matched exactly.
std::optional<Op> find_op(const RawInsn& raw);

// Whole-program decoding. `code` is a sequence of 8-byte slots. Jump targets become instruction
// indexes; local calls have `target` = instruction index of the callee's first instruction, and so
// has LddwFunc only after linking. Errors carry the slot.
Result<std::vector<Instruction>> decode(ByteSpan code);

// One instruction from one or two slots, with jumps left relative (`offset`/`imm` as in the file,
// `target` unset). `rest` starts at the instruction.
Result<Instruction> decode_one(std::span<const RawInsn> rest, uint32_t slot);

// The exact inverse. Jump distances are taken from `offset`/`imm`, not from `target`.
std::vector<uint8_t> encode(std::span<const Instruction> instructions);
// One or two slots; returns how many were written.
int encode_one(const Instruction& instruction, RawInsn out[2]);

}  // namespace weir
