; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Calls in loops: budget is shared by all functions of a run.
; run: mem=0a r0=0x14 budget_left=999921
; run: mem=0a budget=79 r0=0x14 budget_left=0
; run: mem=0a budget=78 trap=budget@back
; run: mem=0a budget=0 trap=budget@there
r6 = *(u8 *)(r1 + 0)
r7 = 0
next:
r1 = 7
there:
call f
r7 += r0
r6 += -1
if r6 != 0 goto next
r0 = r7
exit
f:
r0 = 0
again:
r1 += -1
back:
if r1 != 0 goto again
r0 = 2
exit
