; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Backward jumps that are taken cost one each, exactly; at zero the next is a trap at the jump.

; program: ten_rounds
; run: r0=10 budget_left=999991
; run: budget=9 r0=10 budget_left=0
; run: budget=8 trap=budget@back budget_left=0
; run: budget=0 trap=budget@back budget_left=0
r0 = 0
next:
r0 += 1
back:
if r0 != 10 goto next
exit

; program: not_taken_is_free
; run: budget=0 r0=1 budget_left=0
r0 = 0
next:
r0 += 1
if r0 != 1 goto next
exit

; program: forward_is_free
; run: budget=0 r0=0 budget_left=0
goto done
done:
exit

; program: until_the_end_of_the_data
; run: mem=0101010100 r0=5 budget_left=999996
; run: mem=01010101 trap=access@load budget_left=999996
; run: mem=01010101 budget=3 trap=budget@back budget_left=0
r0 = 0
next:
r0 += 1
load:
r3 = *(u8 *)(r1 + 0)
r1 += 1
back:
if r3 != 0 goto next
exit
