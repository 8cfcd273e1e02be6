// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mutations of a BPF object that know its sections: code as instructions, BTF as types, symbols and
// relocations as records, headers field by field.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/mutators/random.h"

namespace weir::fuzz {

// In place, the size stays. False if the file is so damaged that no section can be found.
bool mutate_elf(uint8_t* file, size_t size, Random& random);

}  // namespace weir::fuzz
