; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; bpf_loop: a function of the program, called with 0, 1, 2, ... and what the caller gave.

; program: sum
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=45 budget_left=1000000
*(u64 *)(r10 - 8) = 0
r1 = 10
r2 = func(add_index) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
exit
add_index:
r0 = *(u64 *)(r2 + 0)
r0 += r1
*(u64 *)(r2 + 0) = r0
r0 = 0
exit

; The result is how often the function was called; with 1 it ends the loop.

; program: stops
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=4
r1 = 10
r2 = func(until_three) ll
r3 = 0
r4 = 0
call 181
exit
until_three:
r0 = 0
if r1 != 3 goto go_on
r0 = 1
go_on:
exit

; program: no_rounds
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=0
r1 = 0
r2 = func(never) ll
r3 = 0
r4 = 0
call 181
exit
never:
r0 = 1
exit

; The number of rounds has 32 bits, the flags 64.

; program: rounds_and_flags
; options: at=frame helpers=kernel
; run: mem=0300000000000000,0000000000000000 r0=3
; run: mem=0300000001000000,0000000000000000 r0=3
; run: mem=0100800000000000,0000000000000000 r0=0xfffffffffffffff9
; run: mem=0300000000000000,0000000001000000 r0=0xffffffffffffffea
; run: mem=ffffffff00000000,0100000000000000 r0=0xffffffffffffffea
r4 = *(u64 *)(r1 + 8)
r1 = *(u64 *)(r1 + 0)
r2 = func(again) ll
r3 = 0
call 181
exit
again:
r0 = 0
exit

; Rounds that nobody has counted are paid for: the jump back and the call.

; program: pays
; options: at=frame helpers=kernel budget=100
; run: mem=00002000 trap=budget@21
; run: mem=20000000 r0=32 budget_left=36
r1 = *(u32 *)(r1 + 0)
r2 = func(work) ll
r3 = 0
r4 = 0
r0 = 7
call 181
exit
work:
r0 = 0
exit

; Under guard, anything but 0 ends the loop, and a function that sets nothing goes on.

; program: any_number
; options: at=xdp helpers=kernel
; run: mem=00 r0=103
r1 = 5
r2 = func(gives_seven) ll
r3 = 0
r4 = 0
call 181
r6 = r0
r1 = 3
r2 = func(gives_nothing) ll
r3 = 0
r4 = 0
call 181
r6 *= 100
r0 += r6
exit
gives_seven:
r0 = 7
exit
gives_nothing:
exit

; Loops in loops, with the outer frame's address handed on.

; program: nested
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=12
*(u64 *)(r10 - 8) = 0
r1 = 3
r2 = func(outer) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
exit
outer:
r3 = r2
r1 = 4
r2 = func(inner) ll
r4 = 0
call 181
r0 = 0
exit
inner:
r1 = *(u64 *)(r2 + 0)
r1 += 1
*(u64 *)(r2 + 0) = r1
r0 = 0
exit

; One of two functions, by the packet.

; program: either
; options: at=frame helpers=kernel policy=strict
; run: mem=00 r0=5
; run: mem=01 r0=1
if r2 s< 1 goto none
r6 = *(u8 *)(r1 + 0)
r2 = func(all_of_them) ll
if r6 == 0 goto call_it
r2 = func(only_one) ll
call_it:
r1 = 5
r3 = 0
r4 = 0
call 181
exit
none:
r0 = 0
exit
all_of_them:
r0 = 0
exit
only_one:
r0 = 1
exit

; What a round writes into the caller's frame is not what was there before.

; program: changes_the_frame
; options: at=frame helpers=kernel
; run: mem=0000000000000000 r0=1
; run: mem=0a00000000000000 r0=513
if r2 s< 8 goto short
r6 = *(u64 *)(r1 + 0)
if r6 > 10 goto short
*(u64 *)(r10 - 8) = 1
r1 = r6
r2 = func(doubles) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
if r0 != 1024 goto done
r0 = 513
done:
exit
short:
r0 = 0
exit
doubles:
r0 = *(u64 *)(r2 + 0)
r0 <<= 1
*(u64 *)(r2 + 0) = r0
r0 = 0
exit

; A pointer that only some rounds leave in the frame is a number.

; program: pointer_of_some_rounds
; options: at=frame helpers=kernel
; run: mem=0000000000000000 trap=access@bad
; run: mem=0100000000000000 r0=1
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = r1
r1 = *(u64 *)(r1 + 0)
r1 &= 1
r2 = func(puts_pointer) ll
r3 = r10
r3 += -16
r4 = 0
call 181
r1 = *(u64 *)(r10 - 16)
bad:
r0 = *(u8 *)(r1 + 0)
exit
puts_pointer:
r1 = *(u64 *)(r2 + 8)
*(u64 *)(r2 + 0) = r1
r0 = 0
exit

; The function must be known: a number is none, nor is one that comes out of memory.

; program: no_function
; options: at=xdp helpers=kernel
r1 = 5
r2 = 7
r3 = 0
r4 = 0
call 181 ; error: argument 2 of loop is a function of the program
exit

; program: function_from_memory
; options: at=frame helpers=kernel
r2 = *(u64 *)(r1 + 0)
r1 = 5
r3 = 0
r4 = 0
call 181 ; error: argument 2 of loop is a function of the program
exit
again2:
r0 = 0
exit

; program: function_through_the_stack
; options: at=xdp helpers=kernel
r2 = func(again3) ll
*(u64 *)(r10 - 8) = r2
r1 = 5
r2 = *(u64 *)(r10 - 8)
r3 = 0
r4 = 0
call 181 ; error: argument 2 of loop is a function of the program, loaded where it is handed over
exit
again3:
r0 = 0
exit

; Nothing is said of calls that no path reaches.

; program: not_reached
; options: at=xdp helpers=kernel
; run: mem=00 r0=1
r0 = 1
if r0 == 1 goto over
r2 = 1
call 181
over:
exit

; Recursion through a callback ends like any other.

; program: recursion
; options: at=xdp helpers=kernel budget=100
; run: mem=00 trap=call-depth@45
r1 = 1
r2 = func(deeper) ll
r3 = 0
r4 = 0
call 181
exit
deeper:
r1 = 1
r2 = func(deeper) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit

; What calls back is no frame: seven callbacks nest in the entry.

; program: seven_deep
; options: at=xdp helpers=kernel
; run: mem=00 r0=128
*(u64 *)(r10 - 8) = 0
r1 = 2
r2 = func(seven1) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
exit
seven1:
r6 = r2
r3 = r6
r1 = 2
r2 = func(seven2) ll
r4 = 0
call 181
r0 = 0
exit
seven2:
r6 = r2
r3 = r6
r1 = 2
r2 = func(seven3) ll
r4 = 0
call 181
r0 = 0
exit
seven3:
r6 = r2
r3 = r6
r1 = 2
r2 = func(seven4) ll
r4 = 0
call 181
r0 = 0
exit
seven4:
r6 = r2
r3 = r6
r1 = 2
r2 = func(seven5) ll
r4 = 0
call 181
r0 = 0
exit
seven5:
r6 = r2
r3 = r6
r1 = 2
r2 = func(seven6) ll
r4 = 0
call 181
r0 = 0
exit
seven6:
r6 = r2
r3 = r6
r1 = 2
r2 = func(seven7) ll
r4 = 0
call 181
r0 = 0
exit
seven7:
r1 = *(u64 *)(r2 + 0)
r1 += 1
*(u64 *)(r2 + 0) = r1
r0 = 0
exit

; The same with strict, where a pointer to the caller's stack is what the helper takes.

; program: seven_deep_strict
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=128
*(u64 *)(r10 - 8) = 0
r1 = 2
r2 = func(tight1) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
exit
tight1:
r3 = r2
r1 = 2
r2 = func(tight2) ll
r4 = 0
call 181
r0 = 0
exit
tight2:
r3 = r2
r1 = 2
r2 = func(tight3) ll
r4 = 0
call 181
r0 = 0
exit
tight3:
r3 = r2
r1 = 2
r2 = func(tight4) ll
r4 = 0
call 181
r0 = 0
exit
tight4:
r3 = r2
r1 = 2
r2 = func(tight5) ll
r4 = 0
call 181
r0 = 0
exit
tight5:
r3 = r2
r1 = 2
r2 = func(tight6) ll
r4 = 0
call 181
r0 = 0
exit
tight6:
r3 = r2
r1 = 2
r2 = func(tight7) ll
r4 = 0
call 181
r0 = 0
exit
tight7:
r1 = *(u64 *)(r2 + 0)
r1 += 1
*(u64 *)(r2 + 0) = r1
r0 = 0
exit

; Frames that escape lie in one block, those of the calls that call back among them.

; program: seven_deep_in_a_block
; options: at=xdp helpers=kernel
; run: mem=00 r0=0
*(u64 *)(r10 - 8) = 0
r1 = 2
r2 = func(block1) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
exit
block1:
r3 = r2
r1 = 2
r2 = func(block2) ll
r4 = 0
call 181
r0 = 0
exit
block2:
r3 = r2
r1 = 2
r2 = func(block3) ll
r4 = 0
call 181
r0 = 0
exit
block3:
r3 = r2
r1 = 2
r2 = func(block4) ll
r4 = 0
call 181
r0 = 0
exit
block4:
r3 = r2
r1 = 2
r2 = func(block5) ll
r4 = 0
call 181
r0 = 0
exit
block5:
r3 = r2
r1 = 2
r2 = func(block6) ll
r4 = 0
call 181
r0 = 0
exit
block6:
r3 = r2
r1 = 2
r2 = func(block7) ll
r4 = 0
call 181
r0 = 0
exit
block7:
r1 = r10
r1 *= 3
r1 /= 3
*(u64 *)(r1 - 8) = 7
r0 = 0
exit

; program: eight_deep
; options: at=xdp helpers=kernel
; run: mem=00 trap=call-depth@215
*(u64 *)(r10 - 8) = 0
r1 = 2
r2 = func(eight1) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
exit
eight1:
r3 = r2
r1 = 2
r2 = func(eight2) ll
r4 = 0
call 181
r0 = 0
exit
eight2:
r3 = r2
r1 = 2
r2 = func(eight3) ll
r4 = 0
call 181
r0 = 0
exit
eight3:
r3 = r2
r1 = 2
r2 = func(eight4) ll
r4 = 0
call 181
r0 = 0
exit
eight4:
r3 = r2
r1 = 2
r2 = func(eight5) ll
r4 = 0
call 181
r0 = 0
exit
eight5:
r3 = r2
r1 = 2
r2 = func(eight6) ll
r4 = 0
call 181
r0 = 0
exit
eight6:
r3 = r2
r1 = 2
r2 = func(eight7) ll
r4 = 0
call 181
r0 = 0
exit
eight7:
r3 = r2
r1 = 2
r2 = func(eight8) ll
r4 = 0
call 181
r0 = 0
exit
eight8:
r1 = *(u64 *)(r2 + 0)
r1 += 1
*(u64 *)(r2 + 0) = r1
r0 = 0
exit

; Weir's own part of for_each_map_elem is no helper of a program.

; program: own_helper
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=4
r1 = map_fd(0) ll
r2 = r10
r2 += -16
r3 = r10
r3 += -24
call 240 ; error: cannot be called by programs of hook kind
r0 = 0
exit

; program: timer
; options: at=xdp helpers=kernel
r1 = 0
r2 = 0
r3 = 0
call 169 ; error: timers are not supported
exit

; program: user_ring_buffer
; options: at=xdp helpers=kernel
call 209 ; error: call of user_ringbuf_drain (helper 209): ring buffers that the host fills are not supported
exit

; program: find_vma
; options: at=xdp helpers=kernel
call 180 ; error: call of find_vma (helper 180): there are no tasks
exit
