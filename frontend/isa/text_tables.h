// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How operations are spelled. opcodes.def says which instructions exist; these tables add the two
// spellings of each operation (`s>>=` in pseudo-C, `arsh` in uBPF's assembler), and from table and
// spelling together reader and writer find each other's rows: an instruction that is added to
// opcodes.def with a known operation and format is read and written without further code.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/isa/instruction.h"

namespace weir {

struct OperationText {
  Operation operation;
  std::string_view symbol;  // pseudo-C: "+=", "s>", "be", "atomic_fetch_add"
  std::string_view word;    // uBPF: "add", "jsgt", "be", "fetch add"
};

// One table a family: `+=` is kAdd on a register and kAtomicAdd behind `lock`.
std::span<const OperationText> alu_operations();         // binary: +=, =, s/=
std::span<const OperationText> compare_operations();     // ==, s>, & (jset)
std::span<const OperationText> byte_order_operations();  // le, be, bswap
std::span<const OperationText> lock_operations();        // lock *p += r
std::span<const OperationText> fetch_operations();  // r = atomic_fetch_add(p, r), xchg, cmpxchg
// Pseudo operands of a 64-bit load: map_fd(3), the same in both dialects.
std::span<const OperationText> pseudo_operations();

// The row of a family with that symbol, or null.
const OperationText* find_symbol(std::span<const OperationText> family, std::string_view symbol);
// The spelling of an operation, whichever family it is in, or null.
const OperationText* find_operation(Operation operation);

// The instruction with these three columns of opcodes.def. They identify a row.
std::optional<Op> find_row(Format format, Operation operation, int bits);

// uBPF's mnemonic of an instruction, made from operation, format and width: "ldxw", "jsgt32",
// "lock fetch add32". Immediate and register forms share one.
std::string ubpf_mnemonic(Op op);
// All instructions with that mnemonic; aliases ("add64", "swap16", "lock fetch_add") included.
std::span<const Op> find_mnemonic(std::string_view mnemonic);

// What a pseudo operand's two halves are, and so how it is written.
//   kLoadMap, kLoadMapIdx            NAME(low)
//   kLoadMapValue, kLoadMapIdxValue  NAME(low, high)
//   kLoadVarAddr                     NAME(low), or NAME(low, high) if high is not 0
//   kLoadFunc                        NAME(+low) or NAME(label)
enum class PseudoShape : uint8_t { kOne, kTwo, kOneOrTwo, kDistance };
PseudoShape pseudo_shape(Operation operation);

// The candidate that is at most two edits away from `word`, for "did you mean"; empty if none.
std::string_view nearest_word(std::string_view word, std::span<const std::string> candidates);
// Every mnemonic, without aliases, for nearest_word().
std::span<const std::string> all_mnemonics();

}  // namespace weir
