; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; In front of the data: fixed and variable offsets, and there and back again.

; program: fixed
; run: mem=0102 trap=access@bad
; run: trap=access@bad
bad:
r0 = *(u8 *)(r1 - 1)
exit

; program: straddles_the_start
; run: mem=0102030405060708 trap=access@bad
bad:
r0 = *(u64 *)(r1 - 4)
exit

; program: pointer_below_offset_above
; run: mem=0102 r0=2
r1 += -7
r0 = *(u8 *)(r1 + 8)
exit

; program: variable
; run: mem=00 r0=0
; run: mem=01 trap=access@bad
; run: mem=ff trap=access@bad
r3 = *(s8 *)(r1 + 0)
r1 -= r3
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: far_and_back
; run: mem=2a r0=0x2a
r3 = 0x7fffffff ll
r1 += r3
r1 += r3
r1 -= r3
r1 -= r3
r0 = *(u8 *)(r1 + 0)
exit
