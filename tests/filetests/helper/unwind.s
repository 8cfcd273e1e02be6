; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Helper 5 of the conformance set gives r1 back; 0 ends the run with r0 = 0, however deep it is.

; program: goes_on
; run: mem=00 r0=0x8
r1 = 7
call 5
r0 += 1
exit

; program: ends_the_run
; run: mem=00 r0=0x0 mem_after=01 budget_left=1000000
*(u8 *)(r1 + 0) = 1
r6 = r1
r1 = 0
call 5
*(u8 *)(r6 + 0) = 2
r0 = 3
exit

; program: ends_it_from_below
; run: mem=05 r0=0x6 budget_left=1000000
; run: mem=00 r0=0x0 budget_left=1000000
r1 = *(u8 *)(r1 + 0)
call f
r0 += 1
exit
f:
call 5
exit

; program: arguments_are_gone
; run: r0=0x1
r1 = 1
r2 = 2
r3 = 3
r4 = 4
r5 = 5
call 5
r0 |= r1
r0 |= r2
r0 |= r3
r0 |= r4
r0 |= r5
exit

; program: saved_registers_stay
; run: r0=0x6
r6 = 6
r1 = 1
call 5
r0 = r6
exit
