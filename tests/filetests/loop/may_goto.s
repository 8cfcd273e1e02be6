; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; may_goto leaves a loop when its counter or the budget is used up; otherwise it goes on.

; program: not_taken
; run: r0=1 budget_left=1000000
may_goto done
r0 = 1
done:
exit

; program: no_budget_takes_it
; run: budget=0 r0=0 budget_left=0
; run: budget=1 r0=1 budget_left=1
may_goto done
r0 = 1
done:
exit

; program: leaves_the_loop
; run: budget=100 r0=100 budget_left=0
; run: budget=0 r0=0 budget_left=0
next:
may_goto done
r0 += 1
goto next
done:
exit

; program: loop_of_its_own_end
; run: budget=100 mem=05 r0=5 budget_left=95
r3 = *(u8 *)(r1 + 0)
next:
may_goto done
if r0 == r3 goto done
r0 += 1
goto next
done:
exit

; program: backwards_counts
; run: budget=0 trap=budget@back budget_left=0
; run: budget=5 r0=1 budget_left=5
next:
r0 += 1
back:
may_goto next
exit
