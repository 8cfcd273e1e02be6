; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Values that change representation round the loop: narrow in the first round, wide after.

; program: grows_past_32_bits
; run: r0=0x800000000
w0 = 1
r3 = 0
next:
r0 <<= 7
r3 += 1
if r3 < 5 goto next
exit

; program: swaps
; run: mem=0807060504030201 r0=0x807060504030201
r3 = *(u64 *)(r1 + 0)
r0 = 0
r4 = 8
next:
r5 = r3
r5 &= 255
r0 <<= 8
r0 |= r5
r3 >>= 8
r4 += -1
if r4 != 0 goto next
r0 = be64 r0
r0 = be64 r0
exit

; program: pointer_becomes_a_number
; run: mem=05 r0=5
r3 = r1
r4 = 0
next:
if r4 != 0 goto second
r0 = *(u8 *)(r3 + 0)
r3 = 7
r4 = 1
goto next
second:
exit

; program: fibonacci
; run: r0=0x1a6d
r3 = 0
r4 = 1
r5 = 20
next:
r0 = r3
r0 += r4
r3 = r4
r4 = r0
r5 += -1
if r5 s> 0 goto next
r0 = r3
exit
