; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The counter: 8,388,608 rounds, for each activation of a function its own.
; options: budget=20000000

; program: all_rounds
; run: r0=0x800000 budget_left=11611392
next:
may_goto done
r0 += 1
goto next
done:
exit

; program: each_activation
; options: budget=20000000
; run: r0=0x1000000 budget_left=3222784
call f
r6 = r0
call f
r0 += r6
exit
f:
may_goto done
r0 += 1
goto f
done:
exit

; program: two_in_one_function
; options: budget=20000000
; run: r0=0x800001 budget_left=11611392
next:
may_goto second
r0 += 1
goto next
second:
may_goto done
r0 = 7
done:
r0 += 1
exit
