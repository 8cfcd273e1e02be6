// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mutations of eBPF code that know slots: opcodes are rows of the table, registers are registers,
// slots are put in, taken out, moved and copied whole.
#pragma once

#include <cstddef>
#include <cstdint>

#include "frontend/isa/instruction.h"
#include "tests/fuzz/mutators/random.h"

namespace weir::fuzz {

// The first slot of an instruction of that row, with operands that decode() takes most of the time.
RawInsn random_slot(const OpInfo& op, Random& random);

// In place; gives the new size, at most `most`.
size_t mutate_code(uint8_t* code, size_t size, size_t most, Random& random);

}  // namespace weir::fuzz
