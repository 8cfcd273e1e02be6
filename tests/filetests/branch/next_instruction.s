; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Jumps to the next instruction: both ways are the same, and nothing is taken from the budget.

; program: always
; run: r0=1 budget_left=1000000
goto +0
r0 = 1
exit

; program: conditional
; run: mem=00 r0=1 budget_left=1000000
; run: mem=01 r0=1 budget_left=1000000
r3 = *(u8 *)(r1 + 0)
if r3 == 0 goto +0
r0 = 1
exit

; program: join_of_the_same
; run: mem=00 r0=0
; run: mem=07 r0=7
r3 = *(u8 *)(r1 + 0)
r0 = r3
if r3 != 0 goto +0
exit
