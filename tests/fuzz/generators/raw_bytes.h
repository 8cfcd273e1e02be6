// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes that look like programs and were written by nobody: noise, slots with any opcode,
// instructions in any order with operands that are nearly right, and valid programs cut apart and
// put together. What reads code has to refuse them or do what they say.
#pragma once

#include <cstdint>
#include <vector>

namespace weir::test {

std::vector<uint8_t> generate_raw_bytes(uint64_t seed);

// Of those with this seed and what follows from it, the first that is a program: what decode() and
// make_program() take.
std::vector<uint8_t> generate_raw_program(uint64_t seed);

}  // namespace weir::test
