; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; r1 to r5 go to the subprogram and are 0 after it; r0 comes back.

; program: five
; run: r0=0x12345
r1 = 1
r2 = 2
r3 = 3
r4 = 4
r5 = 5
call f
exit
f:
r0 = r1
r0 <<= 4
r0 |= r2
r0 <<= 4
r0 |= r3
r0 <<= 4
r0 |= r4
r0 <<= 4
r0 |= r5
exit

; program: zero_after_the_call
; run: mem=00 r0=0
r3 = 3
r4 = 4
r5 = 5
call f
r0 |= r1
r0 |= r2
r0 |= r3
r0 |= r4
r0 |= r5
exit
f:
r1 = 9
r2 = 9
r3 = 9
r4 = 9
r5 = 9
r0 = 0
exit

; program: r0_starts_as_zero
; run: r0=0
r0 = 7
call f
exit
f:
exit

; program: data_pointer
; run: mem=0102 r0=2
; run: mem=01 trap=access@bad
r1 += 1
call f
exit
f:
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: pointer_from_one_caller_number_from_another
; run: mem=2a r0=0x2a
; run: trap=access@bad
call f
r6 = r0
r1 = 0
if r6 == 0x2a goto done
call f
done:
r0 = r6
exit
f:
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: returns_a_pointer
; run: mem=01020304 r0=3
call f
r0 = *(u8 *)(r0 + 1)
exit
f:
r0 = r1
r0 += 1
exit
