; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Distances and comparisons of pointers; a pointer reached by subtraction from a number.

; program: distance
; run: mem=00*7 r0=7
; run: r0=0
r3 = r1
r3 += r2
r3 -= r1
r0 = r3
exit

; program: end_check
; run: mem=0102030405060708090a0b0c0d0e r0=0xe
; run: mem=0102030405060708090a0b0c0d r0=-1
; run: r0=-1
r0 = -1
r3 = r1
r3 += r2
r4 = r1
r4 += 14
if r4 > r3 goto done
r0 = *(u8 *)(r1 + 13)
done:
exit

; program: number_plus_pointer
; run: mem=0102030405 r0=4
r3 = 3
r3 += r1
r0 = *(u8 *)(r3 + 0)
exit

; program: walk
; run: mem=0102030405 r0=0xf
; run: r0=0
r3 = r1
r3 += r2
r0 = 0
next:
if r1 >= r3 goto done
r4 = *(u8 *)(r1 + 0)
r0 += r4
r1 += 1
goto next
done:
exit

; program: walk_down
; run: mem=0102030405 r0=0x54321
r3 = r1
r3 += r2
r0 = 0
next:
if r3 == r1 goto done
r3 += -1
r4 = *(u8 *)(r3 + 0)
r0 <<= 4
r0 |= r4
goto next
done:
exit
