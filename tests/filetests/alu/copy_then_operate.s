; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A copy and an operation on the copy, which an engine may carry out as one: the source stays, a copy
; of 32 bits clears the upper half first, and a jump to the second of the two does not copy.

; program: source_stays
; run: mem=0500000000000000 r0=0x50008
r3 = *(u64 *)(r1 + 0)
r4 = r3
r4 += 3
r3 <<= 16
r0 = r3
r0 += r4
exit

; program: narrow_copy
; run: mem=ffffffffffffffff r0=0x100000000
r3 = *(u64 *)(r1 + 0)
w4 = w3
r4 += 1
r0 = r4
exit

; program: operand_is_the_copy
; run: mem=0700000000000000 r0=0x31
r3 = *(u64 *)(r1 + 0)
r0 = r3
r0 *= r0
exit

; program: operand_is_the_source
; run: mem=0700000000000000 r0=0xe
r3 = *(u64 *)(r1 + 0)
r0 = r3
r0 += r3
exit

; program: jump_between
; run: mem=00 r0=0x65
; run: mem=01 r0=0x2
r3 = *(u8 *)(r1 + 0)
r4 = 100
r5 = 1
if r3 == 0 goto second
r4 = r5
second:
r4 += r5
r0 = r4
exit
