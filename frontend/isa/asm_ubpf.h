// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dialect of uBPF's assembler and of the bpf_conformance suite: a mnemonic, then operands,
// destination first.
//
//   add %r1, -3            jeq %r1, 5, +2        lddw %r1, 0x123456789abcdef0
//   mov32 %r0, %r1         jset32 %r1, %r2, L1   lddw %r1, map_value(3, 8)
//   movsx832 %r0, %r1      ja L1 / ja32 L1       call 5 / call local f / call %r2
//   ldxsb %r0, [%r1+16]    lock fetch add32 [%r10-8], %r1
//   stw [%r1-4], 5         lock cmpxchg [%r10-8], %r1
//
// What that dialect has no word for is written in its manner: ldxacqw %r0, [%r1] (load-acquire),
// stxrelw [%r1], %r2 (store-release), may_goto +2, ldabsb 12 and ldindh %r6, 4 (packet loads),
// call kfunc(7). The % of a register may be left out.
#pragma once

#include "frontend/isa/asm_operands.h"

namespace weir {

// One instruction, from the mnemonic to the end of the line.
Result<AsmStatement> read_ubpf(LineReader& in);

}  // namespace weir
