; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; r6 to r9 are 0 in a subprogram, and the caller's come back.

; program: come_back
; run: mem=00 r0=0x6789
r6 = 6
r7 = 7
r8 = 8
r9 = 9
call f
r0 = r6
r0 <<= 4
r0 |= r7
r0 <<= 4
r0 |= r8
r0 <<= 4
r0 |= r9
exit
f:
r6 = 99
r7 = 99
r8 = 99
r9 = 99
exit

; program: zero_inside
; run: r0=0
r6 = 6
r7 = 7
r8 = 8
r9 = 9
call f
exit
f:
r0 = r6
r0 |= r7
r0 |= r8
r0 |= r9
exit

; program: a_pointer_survives
; run: mem=2a r0=0x2a
; run: trap=access@bad
r6 = r1
call f
bad:
r0 = *(u8 *)(r6 + 0)
exit
f:
r6 = 0
exit
