; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What only accesses at fixed offsets use of a frame becomes registers, although an array beside it is indexed
; by a variable.

; program: spill_beside_an_array
; run: mem=0307 r0=10
; run: mem=0000 r0=0
; opt-ir-not: store i64
; opt-ir-check: load i8
if r2 < 2 goto short
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
*(u64 *)(r10 - 8) = r3
r5 = r4
r5 &= 15
r6 = r10
r6 += -32
r6 += r5
*(u8 *)(r6 + 0) = r4
r7 = *(u8 *)(r6 + 0)
r0 = *(u64 *)(r10 - 8)
r0 += r7
exit
short:
r0 = 0
exit

; program: what_the_array_may_reach_stays
; run: mem=00ff r0=255
; run: mem=07ff r0=0xff00000000000000
; run: mem=08ff r0=0
if r2 < 2 goto short
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
r3 &= 15
r6 = r10
r6 += -24
r6 += r3
*(u64 *)(r10 - 24) = 0
*(u8 *)(r6 + 0) = r4
r0 = *(u64 *)(r10 - 24)
exit
short:
r0 = 0
exit

; program: bytes_start_as_zeros
; run: mem=05 r0=0
; run: mem=0f r0=0
if r2 < 1 goto short
r3 = *(u8 *)(r1 + 0)
r3 &= 15
r6 = r10
r6 += -32
r6 += r3
r0 = *(u8 *)(r6 + 0)
r5 = *(u64 *)(r10 - 8)
r0 += r5
exit
short:
r0 = 0
exit
