; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Ways through the program, loops, ends, calls, results.

; program: falls_off_the_end
; at: xdp
; reject: falls|end of the program|last|fall
r0 = 0

; program: jumps_out
; at: xdp
; reject: jump|outside
r0 = 0
if r0 == 0 goto +5
exit

; program: jumps_backwards_out
; at: xdp
; reject: jump|outside
r0 = 0
goto -9
exit

; program: jumps_into_a_wide_instruction
; at: xdp
; reject: middle|jump|wide|half
goto +1
r0 = 0x1122334455667788 ll
exit

; program: jumps_into_another_function
; at: xdp
; reject: function|jump|subprogram
r0 = 0
call f
if r0 == 0 goto inside
exit
f:
r0 = 1
inside:
r0 = 0
exit

; program: function_falls_through
; at: xdp
; reject: fall
call f
exit
f:
r0 = 1

; program: unreachable
; at: xdp
; reject: no way through the program
goto out
r0 = 1
out:
r0 = 0
exit

; program: unreachable_after_exit
; at: xdp
; reject: no way through the program
r0 = 0
exit
r0 = 1
exit

; program: endless
; at: xdp
; reject: bounds how often this jump goes back
r0 = 0
next:
if r0 == 0 goto next
exit

; program: endless_with_a_counter_that_stands
; at: xdp
; reject: bounds how often this jump goes back
r0 = 0
next:
r0 += 0
if r0 == 0 goto next
exit

; program: counter_the_wrong_way
; at: xdp
; reject: bounds how often|steps
call 5
r0 >>= 1
next:
r0 += 2
if r0 != 1 goto next
r0 = 0
exit

; program: loop_on_random
; at: xdp
; reject: bounds how often
next:
call 7
if r0 != 0 goto next
exit

; program: loop_without_constant
; at: xdp
; reject: bounds how often|steps
r6 = *(u32 *)(r1 + 16)
r7 = 0
next:
call 7
r7 += r0
if r7 != r6 goto next
r0 = 0
exit

; program: loop_on_memory
; at: xdp
; map: type=2 key=4 value=8 entries=1
; reject: bounds how often|steps
r6 = map_value(0, 0) ll
next:
r1 = *(u64 *)(r6 + 0)
if r1 != 0 goto next
r0 = 0
exit

; program: inner_loop_without_bound
; at: xdp
; reject: bounds how often|steps
r6 = 0
outer:
r6 += 1
inner:
call 7
if r0 != 0 goto inner
if r6 < 10 goto outer
r0 = 0
exit

; program: recursion
; at: xdp
; reject: nest|recurs
call f
exit
f:
call f
exit

; program: recursion_by_turns
; at: xdp
; reject: nest|recurs
call f
exit
f:
call g
exit
g:
call f
exit

; program: nine_frames
; at: xdp
; reject: nest
call a
exit
a:
call b
exit
b:
call c
exit
c:
call d
exit
d:
call e
exit
e:
call f
exit
f:
call g
exit
g:
call h
exit
h:
r0 = 0
exit

; program: callx_of_a_number
; at: xdp
; reject: register|call|callx
r2 = 5
callx r2
exit


; program: cgroup_result_too_large
; section: cgroup_skb/ingress
; reject: r0 .*0 to 1
r0 = 2
exit

; program: cgroup_result_negative
; section: cgroup_skb/ingress
; reject: r0 .*0 to 1
r0 = -1
exit

; program: cgroup_result_unknown
; section: cgroup_skb/ingress
; reject: r0 .*0 to 1
r0 = *(u32 *)(r1 + 0)
exit

; program: cgroup_result_of_one_path
; section: cgroup_skb/ingress
; reject: r0 .*0 to 1
r2 = *(u32 *)(r1 + 0)
r0 = 1
if r2 == 5 goto out
r0 = 4
out:
exit

; program: cgroup_result_is_a_pointer
; section: cgroup_skb/ingress
; reject: r0 .*0 to 1
r0 = r10
exit

; program: cgroup_egress_result_too_large
; section: cgroup_skb/egress
; reject: r0 .*0 to 3
r0 = 4
exit

; program: legacy_load_without_the_context
; at: socket_filter
; reject: r6
r6 = 0
r0 = *(u8 *)skb[0]
exit

; program: legacy_load_at_xdp
; at: xdp
; reject: legacy packet load
r6 = r1
r0 = *(u8 *)skb[0]
exit

; program: legacy_load_forgets_arguments
; at: socket_filter
; reject: r1 is read, but has no value
r6 = r1
r0 = *(u8 *)skb[0]
r0 = *(u32 *)(r1 + 0)
exit

; program: may_goto_backwards
; at: xdp
; reject: bounds|back|may_goto|loop
r0 = 0
next:
may_goto next
exit

; program: may_goto_leads_round_again
; at: xdp
; reject: nothing bounds how often this jump goes back
again:
r0 = 0
next:
may_goto out
r0 += 1
goto next
out:
r0 = 0
goto again
