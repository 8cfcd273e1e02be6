; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Backward jumps that are taken cost one each, exactly; at zero the next is a trap at the jump. Where
; the analysis knows how often at most, they cost nothing.

; program: as_many_rounds_as_the_data_says
; run: mem=0a00000000000000 r0=10 budget_left=999991
; run: mem=0a00000000000000 budget=9 r0=10 budget_left=0
; run: mem=0a00000000000000 budget=8 trap=budget@back budget_left=0
; run: mem=0a00000000000000 budget=0 trap=budget@back budget_left=0
r0 = 0
next:
r0 += 1
r3 = *(u64 *)(r1 + 0)
back:
if r0 != r3 goto next
exit

; program: ten_rounds_are_free
; run: r0=10 budget_left=1000000
; run: budget=0 r0=10 budget_left=0
r0 = 0
next:
r0 += 1
if r0 != 10 goto next
exit

; program: one_for_each_byte_is_free
; run: mem=01*1000 budget=0 r0=1000 budget_left=0
; run: budget=0 r0=0 budget_left=0
r3 = r1
r3 += r2
next:
if r1 >= r3 goto out
r4 = *(u8 *)(r1 + 0)
r0 += r4
r1 += 1
goto next
out:
exit

; program: too_many_to_be_free
; run: trap=budget@back budget_left=0
; run: budget=1100000 r0=1100000 budget_left=1
r0 = 0
next:
r0 += 1
back:
if r0 < 1100000 goto next
exit

; program: calls_are_free_too
; run: mem=08 budget=0 r0=8 budget_left=0
r6 = *(u8 *)(r1 + 0)
r7 = 0
r8 = 0
next:
r1 = r7
call f
r7 = r0
r8 += 1
if r8 < r6 goto next
r0 = r7
exit
f:
r0 = r1
r0 += 1
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
; The accesses keep the pointer inside the data, so there are no more rounds than bytes.
; run: mem=0101010100 r0=5 budget_left=1000000
; run: mem=01010101 trap=access@load budget_left=1000000
; run: mem=01010101 budget=3 trap=access@load budget_left=3
r0 = 0
next:
r0 += 1
load:
r3 = *(u8 *)(r1 + 0)
r1 += 1
back:
if r3 != 0 goto next
exit
