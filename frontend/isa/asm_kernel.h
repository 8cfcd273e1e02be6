// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel's and LLVM's pseudo-C. What llvm-objdump 19 and clang -S write is read, and so are the
// variants of the kernel's verifier log and bpftool (`r1 = *(u32 *)(r2 +4)`, `goto pc+3`,
// `r1 = atomic64_fetch_add((u64 *)(r2 +0), r1)`, `call bpf_map_lookup_elem#1`).
//
//   r0 = 5    w1 += w2    r1 s/= r2    r1 = -r1    w1 = (s8)w2    r1 = be16 r1
//   r0 = 0x1122334455667788 ll         r1 = map_fd(3) ll       r1 = func(L1) ll
//   r0 = *(s8 *)(r1 - 4)               *(u32 *)(r1 + 0) = 5    r0 = *(u16 *)skb[r6 + 4]
//   lock *(u64 *)(r1 + 0) += r2        r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)
//   r2 = xchg_64(r1 + 0, r2)           w0 = cmpxchg32_32(r1 + 0, w0, w2)
//   w1 = load_acquire((u32 *)(r1 + 0)) store_release((u64 *)(r1 + 0), r2)
//   if r1 s> 5 goto +3                 goto L1    gotol +70000    may_goto +2
//   call 5    call pc+3    call f      callx r2   exit
//
// Registers decide the width: w1 is the lower half of r1, and the two do not mix. Loads, stores and
// 32-bit atomics take either name, as LLVM does with and without its alu32 feature; and `r1 = w2`
// is `w1 = w2`.
#pragma once

#include "frontend/isa/asm_operands.h"

namespace weir {

// One instruction, from its first token to the end of the line. `opcode` is what a verifier log
// puts in front, `(18)`, if it did: the log writes a 64-bit immediate without `ll`.
Result<AsmStatement> read_kernel(LineReader& in, std::optional<uint8_t> opcode);

// True if a line that starts with these tokens is in this dialect and not in uBPF's. `call`, `exit`
// and the like, which both have, are not.
bool is_kernel_line(const LineReader& in);

}  // namespace weir
