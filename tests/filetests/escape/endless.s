; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Programs that would never end. Each round that nobody has counted is paid for, so the budget ends them;
; a bound that only seems to be one must not make rounds free. Strict refuses them.

; program: jump_to_itself
; run: budget=10 trap=budget@self budget_left=0
self:
goto -1

; program: jump_to_itself_strict
; options: policy=strict
; error: 
goto -1

; program: two_instructions
; run: budget=10 trap=budget@back budget_left=0
r3 = 0
more:
r3 ^= 1
back:
goto more

; program: two_instructions_strict
; options: policy=strict
r3 = 0
more:
r3 ^= 1
; error: 
goto more

; program: long_jump_to_itself
; run: budget=10 trap=budget@self budget_left=0
self:
gotol -1

; program: long_jump_to_itself_strict
; options: policy=strict
; error: 
gotol -1

; The counter steps over its end.
; program: steps_over_the_end
; run: budget=1000 trap=budget@back budget_left=0
r3 = 0
more:
r3 += 2
back:
if r3 != 5 goto more
r0 = 1
exit

; program: steps_over_the_end_strict
; options: policy=strict
r3 = 0
more:
r3 += 2
; error: 
if r3 != 5 goto more
r0 = 1
exit

; The counter is cut off before it can reach the end.
; program: counter_of_a_byte
; run: budget=1000 trap=budget@back budget_left=0
r3 = 0
more:
r3 += 1
r3 &= 255
back:
if r3 < 256 goto more
r0 = 1
exit

; program: counter_of_a_byte_strict
; options: policy=strict
r3 = 0
more:
r3 += 1
r3 &= 255
; error: 
if r3 < 256 goto more
r0 = 1
exit

; In 32 bits: the counter wraps below its end.
; program: counter_of_32_bits_wraps
; run: budget=1000 trap=budget@back budget_left=0
r3 = 0
r5 = 0x100000000 ll
more:
w3 += 1
back:
if r3 < r5 goto more
r0 = 1
exit

; program: counter_of_32_bits_wraps_strict
; options: policy=strict
r3 = 0
r5 = 0x100000000 ll
more:
w3 += 1
; error: 
if r3 < r5 goto more
r0 = 1
exit

; Four billion rounds are bounded, but too many to be free.
; program: very_many_rounds
; run: budget=1000 trap=budget@back budget_left=0
r3 = 0
more:
w3 += 1
back:
if w3 != 0 goto more
r0 = 1
exit

; program: very_many_rounds_strict
; options: policy=strict
r3 = 0
more:
w3 += 1
; error: 
if w3 != 0 goto more
r0 = 1
exit

; Away from the end, until it wraps.
; program: the_wrong_direction
; run: budget=1000 trap=budget@back budget_left=0
r3 = 5
more:
r3 += -1
back:
if r3 s< 6 goto more
r0 = 1
exit

; program: the_wrong_direction_strict
; options: policy=strict
r3 = 5
more:
r3 += -1
; error: 
if r3 s< 6 goto more
r0 = 1
exit

; A step of zero, from the data.
; program: step_of_nothing
; run: mem=00 budget=1000 trap=budget@back budget_left=0
; run: mem=01 budget=1000 r0=1
r0 = 1
if r2 < 1 goto out
r4 = *(u8 *)(r1 + 0)
r3 = 0
more:
r3 += r4
back:
if r3 < 100 goto more
out:
exit

; program: step_of_nothing_strict
; options: policy=strict
r0 = 1
if r2 < 1 goto out
r4 = *(u8 *)(r1 + 0)
r3 = 0
more:
r3 += r4
; error: 
if r3 < 100 goto more
out:
exit

; The end moves on with the counter.
; program: end_that_moves_on
; run: budget=1000 trap=budget@back budget_left=0
r3 = 0
r4 = 10
more:
r3 += 1
r4 += 1
back:
if r3 < r4 goto more
r0 = 1
exit

; program: end_that_moves_on_strict
; options: policy=strict
r3 = 0
r4 = 10
more:
r3 += 1
r4 += 1
; error: 
if r3 < r4 goto more
r0 = 1
exit

; One way round puts the counter back.
; program: put_back_on_one_way
; run: mem=01 budget=1000 trap=budget@back budget_left=0
; run: mem=00 budget=1000 r0=1
r0 = 1
if r2 < 1 goto out
r4 = *(u8 *)(r1 + 0)
r3 = 0
more:
r3 += 1
if r4 != 1 goto back
if r3 != 5 goto back
r3 = 0
back:
if r3 < 10 goto more
out:
exit

; program: put_back_on_one_way_strict
; options: policy=strict
r0 = 1
if r2 < 1 goto out
r4 = *(u8 *)(r1 + 0)
r3 = 0
more:
r3 += 1
if r4 != 1 goto back
if r3 != 5 goto back
r3 = 0
back:
; error: 
if r3 < 10 goto more
out:
exit

; The counter lies in the frame, and somebody else's pointer to it puts it back.
; program: counter_in_the_frame
; run: budget=1000 trap=budget@back budget_left=0
*(u64 *)(r10 - 8) = 0
r6 = r10
r6 += -12
more:
r3 = *(u64 *)(r10 - 8)
r3 += 1
*(u64 *)(r10 - 8) = r3
*(u32 *)(r6 + 4) = 0
back:
if r3 < 10 goto more
r0 = 1
exit

; program: counter_in_the_frame_strict
; options: policy=strict
*(u64 *)(r10 - 8) = 0
r6 = r10
r6 += -12
more:
r3 = *(u64 *)(r10 - 8)
r3 += 1
*(u64 *)(r10 - 8) = r3
*(u32 *)(r6 + 4) = 0
; error: 
if r3 < 10 goto more
r0 = 1
exit

; At a place that is not known it is put back as well.
; program: counter_at_a_variable_place
; run: mem=00 budget=1000 trap=budget@back budget_left=0
; run: mem=08 budget=1000 r0=1
r0 = 1
if r2 < 1 goto out
r5 = *(u8 *)(r1 + 0)
r5 &= 8
r6 = r10
r6 += -16
r6 += r5
*(u64 *)(r10 - 16) = 0
more:
r3 = *(u64 *)(r10 - 16)
r3 += 1
*(u64 *)(r10 - 16) = r3
r4 = 0
*(u64 *)(r6 + 0) = r4
back:
if r3 < 10 goto more
r0 = 1
out:
exit

; program: counter_at_a_variable_place_strict
; options: policy=strict
r0 = 1
if r2 < 1 goto out
r5 = *(u8 *)(r1 + 0)
r5 &= 8
r6 = r10
r6 += -16
r6 += r5
*(u64 *)(r10 - 16) = 0
more:
r3 = *(u64 *)(r10 - 16)
r3 += 1
*(u64 *)(r10 - 16) = r3
r4 = 0
*(u64 *)(r6 + 0) = r4
; error: 
if r3 < 10 goto more
r0 = 1
out:
exit

; A subprogram puts it back.
; program: counter_that_a_callee_changes
; run: budget=1000 trap=budget@6 budget_left=0
*(u64 *)(r10 - 8) = 0
more:
r3 = *(u64 *)(r10 - 8)
r3 += 1
*(u64 *)(r10 - 8) = r3
r1 = r10
r1 += -8
call f
r3 = *(u64 *)(r10 - 8)
back:
if r3 < 10 goto more
r0 = 1
exit
f:
r3 = *(u64 *)(r1 + 0)
r3 >>= 1
*(u64 *)(r1 + 0) = r3
r0 = 0
exit

; program: counter_that_a_callee_changes_strict
; options: policy=strict
*(u64 *)(r10 - 8) = 0
more:
r3 = *(u64 *)(r10 - 8)
r3 += 1
*(u64 *)(r10 - 8) = r3
r1 = r10
r1 += -8
call f
r3 = *(u64 *)(r10 - 8)
; error: 
if r3 < 10 goto more
r0 = 1
exit
f:
r3 = *(u64 *)(r1 + 0)
r3 >>= 1
*(u64 *)(r1 + 0) = r3
r0 = 0
exit

; The counter is in the data, which the loop writes at another place of the same address.
; program: counter_in_the_data
; run: mem=00*8 budget=1000 trap=budget@back budget_left=0 mem_after=00*8
if r2 < 8 goto out
r6 = r1
more:
r3 = *(u8 *)(r1 + 0)
r3 += 1
*(u8 *)(r1 + 0) = r3
*(u64 *)(r6 + 0) = 0
back:
if r3 < 10 goto more
out:
r0 = 1
exit

; A pointer walks to an end, but half of the time backwards.
; program: pointer_forth_and_back
; run: mem=00*8 budget=1000 trap=budget@5 budget_left=0
; run: mem=00,ff budget=1000 trap=budget@7 budget_left=0
r3 = r1
r3 += r2
more:
r4 = *(u8 *)(r1 + 0)
r1 += 1
back:
if r1 >= r3 goto less
goto more
less:
r1 -= r2
goto back

; The end of the data is compared with for equality; the pointer steps over it.
; program: pointer_steps_over_the_end
; run: mem=00*3 budget=1000 trap=budget@back budget_left=0
; run: mem=00*4 budget=1000 r0=1
r3 = r1
r3 += r2
more:
r1 += 2
back:
if r1 != r3 goto more
r0 = 1
exit

; program: pointer_steps_over_the_end_strict
; options: policy=strict
r3 = r1
r3 += r2
more:
r1 += 2
; error: 
if r1 != r3 goto more
r0 = 1
exit

; Loops in one another: the inner one puts the outer's counter back.
; program: inner_puts_the_outer_back
; run: budget=1000 trap=budget@inner_back budget_left=0
r3 = 0
outer:
r4 = 0
inner:
r4 += 1
inner_back:
if r4 < 3 goto inner
r3 += 1
r3 *= 0
if r3 < 10 goto outer
r0 = 1
exit

; program: inner_puts_the_outer_back_strict
; options: policy=strict
r3 = 0
outer:
r4 = 0
inner:
r4 += 1
; error: 
if r4 < 3 goto inner
r3 += 1
r3 *= 0
if r3 < 10 goto outer
r0 = 1
exit

; Two heads: the loop is entered in its middle as well, where the counter is not looked at.
; program: two_ways_in
; run: mem=00 budget=1000 trap=budget@back budget_left=0
; run: mem=01 budget=1000 trap=budget@back budget_left=0
r0 = 1
if r2 < 1 goto out
r5 = *(u8 *)(r1 + 0)
r3 = 0
if r5 == 0 goto middle
head:
if r3 > 10 goto middle
r3 += 1
middle:
r4 = r3
back:
goto head
out:
exit

; Two counters, each of which is put back where the other one moves.
; program: two_counters
; run: budget=1000 trap=budget@back budget_left=0
r3 = 0
r4 = 0
more:
if r3 > 5 goto first
r3 += 1
r4 = 0
goto check
first:
r4 += 1
r3 = 0
check:
if r3 > 10 goto out
back:
if r4 < 10 goto more
out:
r0 = 1
exit

; program: two_counters_strict
; options: policy=strict
r3 = 0
r4 = 0
more:
if r3 > 5 goto first
r3 += 1
r4 = 0
goto check
first:
r4 += 1
r3 = 0
check:
if r3 > 10 goto out
; error: 
if r4 < 10 goto more
out:
r0 = 1
exit

; What leaves the loop is never so: the sum of two bounded numbers.
; program: condition_that_is_never_so
; run: mem=00 budget=1000 trap=budget@back budget_left=0
r0 = 1
if r2 < 1 goto out
r5 = *(u8 *)(r1 + 0)
r3 = 0
more:
r3 += 3
r3 %= 7
r4 = r3
r4 += r5
back:
if r4 != 700 goto more
out:
exit

; program: condition_that_is_never_so_strict
; options: policy=strict
r0 = 1
if r2 < 1 goto out
r5 = *(u8 *)(r1 + 0)
r3 = 0
more:
r3 += 3
r3 %= 7
r4 = r3
r4 += r5
; error: 
if r4 != 700 goto more
out:
exit

; By calls: a function that calls itself is stopped at eight frames.
; program: recursion
; run: trap=call-depth@again
call f
exit
f:
again:
call f
exit

; program: mutual_recursion
; run: mem=05 trap=call-depth@2
call f
exit
f:
call g
exit
g:
r3 = 0
*(u64 *)(r10 - 8) = r3
call f
exit

; Wide rather than deep: three loops of calls in one another, 243 million of them.
; program: calls_that_multiply
; run: budget=100 trap=budget@12 budget_left=0
call f1
exit
f1:
call f2
call f2
call f2
exit
f2:
r6 = 0
again2:
call f3
r6 += 1
if r6 < 9000 goto again2
exit
f3:
r6 = 0
again3:
call f4
r6 += 1
if r6 < 9000 goto again3
exit
f4:
r0 = 0
exit

; A token that a function calls itself by.
; program: recursion_through_a_register
; run: budget=3 trap=budget@again budget_left=0
; run: budget=100 trap=call-depth@again
r6 = func(f) ll
r1 = r6
callx r1
exit
f:
r6 = r1
again:
callx r6
exit

; may_goto at which nobody leaves: its way out leads back.
; program: way_out_that_leads_back
; run: budget=1000 trap=budget@5 budget_left=0
r0 = 0
more:
may_goto out
r0 += 1
back:
goto more
out:
r0 = 0
goto more

; may_goto that jumps to itself when it is exhausted.
; program: may_goto_itself
; run: budget=50 r0=7 budget_left=50
r0 = 7
self:
may_goto -1
exit

; Rounds in rounds of bpf_loop, a product of more than the budget.
; program: loops_in_loops
; options: at=xdp helpers=kernel
; run: mem=00 budget=5000 trap=budget@47 budget_left=0
r1 = 8000000
r2 = func(outer) ll
r3 = 0
r4 = 0
call 181
exit
outer:
r1 = 8000000
r2 = func(inner) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
inner:
r0 = 0
exit

; An entry that the function deletes and puts back while it is given it, so that it might be found again.
; program: entry_put_back_while_walked
; options: at=xdp helpers=kernel
; map: name=m type=1 key=4 value=4 entries=4
; run: mem=00 r0=1 maps=m[01000000]=01000000
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r3 = r2
r4 = 0
r1 = map_fd(0) ll
call 2
r1 = map_fd(0) ll
r2 = func(puts_back) ll
r3 = 0
r4 = 0
call 164
exit
puts_back:
r2 = *(u32 *)(r2 + 0)
*(u32 *)(r10 - 4) = r2
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 3
r2 = r10
r2 += -4
r3 = r2
r4 = 0
r1 = map_fd(0) ll
call 2
r0 = 0
exit
