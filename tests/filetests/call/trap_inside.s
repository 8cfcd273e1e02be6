; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A trap in a subprogram ends the run: where it happened counts, nothing after it happens.

; program: access
; run: mem=0102030405060708 trap=access@bad mem_after=0902030405060708 budget_left=1000000
*(u8 *)(r1 + 0) = 9
r6 = r1
call f
*(u8 *)(r6 + 1) = 9
r0 = 5
exit
f:
bad:
r0 = *(u64 *)(r1 + 1)
exit

; program: free_two_levels_down
; run: mem=00 budget=2 r0=0x3 budget_left=2
; run: mem=00 budget=3 r0=0x3 budget_left=3
call f
r0 += 1
exit
f:
call g
r0 += 1
exit
g:
bad:
call h
r0 += 1
exit
h:
r0 = 0
exit
