; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A frame that nobody else sees is gone after optimisation.
; run: mem=0500000000000000 r0=0xa
; ir-check: alloca [{{[0-9]+}} x i8]
; opt-ir-not: alloca
; opt-ir-not: memset
; opt-ir-check: ret
r3 = *(u64 *)(r1 + 0)
*(u64 *)(r10 - 8) = r3
*(u64 *)(r10 - 16) = r3
r0 = *(u64 *)(r10 - 8)
r4 = *(u64 *)(r10 - 16)
r0 += r4
exit
