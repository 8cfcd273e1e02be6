// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Program as bytes: what travels in a native object for the interpreter, and what the cache key
// is made from. The same Program gives the same bytes. All of it but run_config.
#pragma once

#include "frontend/isa/program.h"
#include "frontend/support/bytes.h"

namespace weir {

// Entries of each table of a Program (subprograms, maps, kfuncs, source files, lines): as many as a
// program can have instructions, because a linked program keeps only what an instruction refers to.
inline constexpr size_t kMaxProgramTable = 1'000'000;

// `program` has passed check_structure(), and its jumps and local calls have the `offset` or `imm`
// that leads to their `target`, as link_program() and make_program() see to. Operands that the
// instruction does not have are not kept.
std::vector<uint8_t> program_to_bytes(const Program& program);

// Takes bytes that nobody has checked; the result has passed check_structure(). Every accepted byte
// string is what program_to_bytes() gives for the result.
Result<Program> program_from_bytes(ByteSpan bytes);

}  // namespace weir
