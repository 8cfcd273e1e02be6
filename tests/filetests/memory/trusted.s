; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Policy trusted: no check, and the same results for a program that stays inside.
; options: policy=trusted
; run: mem=0102030405060708 r0=0xb mem_after=0102030405060709
r3 = *(u8 *)(r1 + 2)
r3 += r1
r4 = *(u8 *)(r3 + 0)
*(u8 *)(r1 + 7) = 9
*(u32 *)(r10 - 4) = 7
r5 = *(u32 *)(r10 - 4)
r0 = r4
r0 += r5
exit
