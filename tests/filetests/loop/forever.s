; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Loops without end stop when the budget does.

; program: self
; run: trap=budget@0 budget_left=0
; run: budget=0 trap=budget@0 budget_left=0
goto -1

; program: conditional_self
; run: budget=1000 trap=budget@bad budget_left=0
; run: mem=00 budget=1000 r0=1 budget_left=1000
bad:
if r2 == 0 goto bad
r0 = 1
exit

; program: writes_until_then
; run: mem=00000000 budget=4 trap=budget@back mem_after=05000000 budget_left=0
next:
r3 = *(u32 *)(r1 + 0)
r3 += 1
*(u32 *)(r1 + 0) = r3
back:
goto next

; program: two_blocks
; run: budget=7 trap=budget@back budget_left=0
top:
r0 += 1
if r0 == 5 goto top2
top2:
back:
goto top
