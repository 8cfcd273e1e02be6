; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; At most 8 frames, the entry's included. Calls in a recursion are paid for, before the depth is looked at;
; the first one, from outside, is free.

; program: recursion
; run: mem=07 r0=0x7 budget_left=999994
; run: mem=08 trap=call-depth@again budget_left=999993
; run: mem=07 budget=7 r0=0x7 budget_left=1
; run: mem=07 budget=6 r0=0x7 budget_left=0
; run: mem=07 budget=5 trap=budget@again budget_left=0
; run: mem=08 budget=7 trap=call-depth@7 budget_left=0
; run: mem=08 budget=8 trap=call-depth@again budget_left=1
r1 = *(u8 *)(r1 + 0)
if r1 == 0 goto done
call f
done:
exit
f:
r1 += -1
r0 = 1
if r1 == 0 goto leaf
again:
call f
r0 += 1
leaf:
exit

; program: chain_of_eight
; run: r0=0x8 budget_left=1000000
call f2
r0 += 1
exit
f2:
call f3
r0 += 1
exit
f3:
call f4
r0 += 1
exit
f4:
call f5
r0 += 1
exit
f5:
call f6
r0 += 1
exit
f6:
call f7
r0 += 1
exit
f7:
call f8
r0 += 1
exit
f8:
r0 = 1
exit

; program: chain_of_nine
; run: trap=call-depth@deep budget_left=1000000
call f2
exit
f2:
call f3
exit
f3:
call f4
exit
f4:
call f5
exit
f5:
call f6
exit
f6:
call f7
exit
f7:
call f8
exit
f8:
deep:
call f9
exit
f9:
r0 = 1
exit

; program: the_entry_calls_itself
; run: trap=call-depth@again budget_left=999992
r6 += 1
again:
call -2
exit

; program: many_calls_are_not_deep
; run: r0=0x64 budget_left=1000000
r6 = 0
next:
r1 = r6
call f
r6 = r0
if r6 != 100 goto next
exit
f:
r0 = r1
r0 += 1
exit
