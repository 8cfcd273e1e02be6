; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Subprograms that never come back: what follows the call does not happen.

; program: endless
; run: budget=10 trap=budget@bad budget_left=0
call f
r0 = 1
exit
f:
bad:
goto f

; program: always_traps
; options: helpers=none
; run: trap=unknown-helper@bad
call f
r0 = 1
exit
f:
bad:
call 77
r0 = 2
exit

; program: what_follows_is_a_jump_target
; run: budget=10 trap=budget@bad budget_left=0
call f
next:
r0 += 1
if r0 < 5 goto next
exit
f:
bad:
goto f

; program: never_called
; run: r0=1
r0 = 1
exit
r0 = 2
call f
exit
f:
r0 = *(u8 *)(r1 + 0)
exit

; program: sometimes
; run: mem=00 r0=3
; run: mem=01 budget=10 trap=budget@bad
r1 = *(u8 *)(r1 + 0)
call f
exit
f:
r0 = 3
if r1 == 0 goto done
bad:
goto -1
done:
exit
