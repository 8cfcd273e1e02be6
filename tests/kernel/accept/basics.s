; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Accepted by both, by what a check, a bound or a null test proves.

; program: variable_header_length
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 34
r0 = 2
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 14)
r5 &= 15
r5 <<= 2
r2 += 14
r2 += r5
r4 = r2
r4 += 20
if r4 > r3 goto out
r0 = *(u16 *)(r2 + 2)
r5 = *(u8 *)(r2 + 12)
r5 >>= 4
r5 <<= 2
r2 += r5
r4 = r2
r4 += 1
if r4 > r3 goto out
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: end_compared_first
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r3 < r4 goto out
r0 = *(u16 *)(r2 + 12)
out:
exit

; program: strictly_below_the_end
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 13
r0 = 0
if r4 >= r3 goto out
r0 = *(u8 *)(r2 + 13)
out:
exit

; program: read_on_the_jump
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 <= r3 goto inside
exit
inside:
r0 = *(u16 *)(r2 + 12)
exit

; program: backwards_from_the_checked_pointer
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r2 += 14
r0 = 0
if r2 > r3 goto out
r0 = *(u16 *)(r2 - 2)
out:
exit

; program: check_through_a_copy
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = *(u8 *)(r10 - 1)
r2 += r4
r5 = r2
r6 = r2
r5 += 8
r0 = 0
if r5 > r3 goto out
r0 = *(u64 *)(r6 + 0)
out:
exit

; program: check_through_a_slot
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = *(u8 *)(r10 - 1)
r2 += r4
*(u64 *)(r10 - 16) = r2
r2 += 8
r0 = 0
if r2 > r3 goto out
r6 = *(u64 *)(r10 - 16)
r0 = *(u64 *)(r6 + 0)
out:
exit

; program: checked_again_after_adjust_head
; at: xdp
r6 = r1
r2 = -4
call 44
if r0 != 0 goto out
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r4 = r2
r4 += 4
if r4 > r3 goto out
*(u32 *)(r2 + 0) = 1
out:
r0 = 2
exit

; program: checked_again_after_adjust_tail
; at: xdp
r6 = r1
r2 = -4
call 65
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
r0 = 2
exit

; program: meta_data
; at: xdp
r6 = r1
r2 = -8
call 54
if r0 != 0 goto out
r2 = *(u32 *)(r6 + 8)
r3 = *(u32 *)(r6 + 0)
r4 = r2
r4 += 8
if r4 > r3 goto out
*(u64 *)(r2 + 0) = 1
out:
r0 = 2
exit

; program: offset_bounded_by_a_branch
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r5 = *(u32 *)(r1 + 16)
r0 = 0
if r5 > 1000 goto out
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: signed_bounds_on_both_sides
; at: xdp
r6 = r1
call 5
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r5 = r0
r0 = 0
if r5 s> 100 goto out
if r5 s< 0 goto out
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: low_half_bounded_and_zero_extended
; at: xdp
; map: type=2 key=4 value=64 entries=1
call 5
w2 = w0
r0 = 0
if w2 > 60 goto out
r1 = map_value(0, 0) ll
r1 += r2
r0 = *(u32 *)(r1 + 0)
out:
exit

; program: null_check_through_a_copy
; at: xdp
; map: type=1 key=4 value=8 entries=4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
if r0 == 0 goto out
r1 = 1
lock *(u64 *)(r6 + 0) += r1
out:
r0 = 0
exit

; program: null_check_through_a_slot
; at: xdp
; map: type=1 key=4 value=8 entries=4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
*(u64 *)(r10 - 16) = r0
if r0 == 0 goto out
r6 = *(u64 *)(r10 - 16)
r0 = *(u64 *)(r6 + 0)
out:
r0 = 0
exit

; program: null_check_in_a_function
; at: xdp
; map: type=1 key=4 value=8 entries=4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r1 = r0
call f
exit
f:
r0 = 0
if r1 == 0 goto out
r0 = *(u64 *)(r1 + 0)
out:
exit

; program: entry_of_an_array_by_constant
; at: xdp
; map: type=2 key=4 value=8 entries=4
*(u32 *)(r10 - 8) = 3
r2 = r10
r2 += -8
r1 = map_fd(0) ll
call 1
r0 = *(u64 *)(r0 + 0)
exit

; program: index_by_mask
; at: xdp
; map: type=1 key=4 value=64 entries=4
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r7 &= 7
r7 <<= 3
r0 += r7
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: index_subtracted_within
; at: xdp
; kernel rejects: the kernel asks that the variable part alone is not negative; weir, that the sum is not
; map: type=1 key=4 value=64 entries=4
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r7 &= 7
r0 += 32
r0 -= r7
r0 = *(u8 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: bounded_loop
; at: xdp
r0 = 0
r1 = 0
next:
r0 += r1
r1 += 1
if r1 < 100 goto next
exit

; program: loop_down_to_zero
; at: xdp
r0 = 0
r1 = 64
next:
r0 += r1
r1 -= 1
if r1 != 0 goto next
exit

; program: loop_with_a_variable_bound
; at: xdp
r2 = *(u32 *)(r1 + 16)
r2 &= 63
r0 = 0
r1 = 0
next:
if r1 >= r2 goto out
r0 += r1
r1 += 1
goto next
out:
exit

; program: loop_over_the_packet
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
r5 = 0
next:
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
r0 += r6
r2 = r4
r5 += 1
if r5 < 40 goto next
out:
exit

; program: nested_loops
; at: xdp
r0 = 0
r6 = 0
outer:
r7 = 0
inner:
r0 += 1
r7 += 1
if r7 < 10 goto inner
r6 += 1
if r6 < 10 goto outer
exit

; program: loop_ended_by_may_goto
; at: xdp
r0 = 0
next:
may_goto done
call 7
if r0 != 0 goto next
done:
r0 = 0
exit

; program: plain_loop_ended_by_may_goto
; at: xdp
next:
may_goto done
goto next
done:
r0 = 0
exit

; program: loop_that_fills_the_stack
; at: xdp
r1 = 0
next:
r2 = r10
r2 += -64
r2 += r1
*(u8 *)(r2 + 0) = 0
r1 += 1
if r1 < 64 goto next
r0 = *(u8 *)(r10 - 1)
exit

; program: callers_frame
; at: xdp
r1 = r10
r1 += -8
call f
r0 = *(u64 *)(r10 - 8)
exit
f:
*(u64 *)(r1 + 0) = 5
r0 = 0
exit

; program: eight_frames
; at: xdp
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
r0 = 0
exit

; program: spills_of_numbers
; at: xdp
r6 = *(u32 *)(r1 + 16)
*(u64 *)(r10 - 8) = r6
if r6 > 7 goto out
r7 = *(u64 *)(r10 - 8)
r2 = r10
r2 += -16
r2 += r7
*(u8 *)(r2 + 0) = 1
out:
r0 = 0
exit

; program: half_of_a_spill
; at: xdp
r6 = *(u32 *)(r1 + 16)
r6 &= 7
*(u32 *)(r10 - 8) = r6
r7 = *(u32 *)(r10 - 8)
r2 = r10
r2 += -16
r2 += r7
*(u8 *)(r2 + 0) = 1
r0 = 0
exit

; program: atomics
; at: xdp
; map: type=1 key=4 value=16 entries=4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r6 = r0
r1 = 1
lock *(u32 *)(r6 + 4) += r1
lock *(u64 *)(r6 + 8) |= r1
r1 = atomic_fetch_add((u64 *)(r6 + 8), r1)
r1 = xchg_64(r6 + 8, r1)
r0 = 0
r0 = cmpxchg_64(r6 + 8, r0, r1)
lock *(u64 *)(r10 - 16) ^= r1
out:
r0 = 0
exit

; program: acquire_and_release
; at: xdp
; map: type=2 key=4 value=16 entries=1
r6 = map_value(0, 0) ll
r1 = load_acquire((u64 *)(r6 + 8))
store_release((u64 *)(r6 + 0), r1)
r0 = 0
exit

; program: sk_buff
; at: sched_cls
r0 = *(u32 *)(r1 + 0)
r2 = *(u16 *)(r1 + 16)
r2 = *(u8 *)(r1 + 4)
*(u32 *)(r1 + 8) = 7
*(u64 *)(r1 + 48) = 1
*(u16 *)(r1 + 58) = 2
*(u32 *)(r1 + 72) = 1
r2 = *(u64 *)(r1 + 152)
r0 = 0
exit

; program: skb_load_bytes_by_variable_size
; at: sched_cls
r4 = *(u32 *)(r1 + 0)
r4 &= 7
if r4 == 0 goto out
r2 = 0
r3 = r10
r3 += -8
call 26
out:
r0 = 0
exit

; program: legacy_loads
; at: socket_filter
r6 = r1
r0 = *(u16 *)skb[12]
if r0 != 0x800 goto out
r7 = 20
r0 = *(u8 *)skb[r7 + 14]
out:
r0 = 0
exit

; program: cgroup_verdict
; section: cgroup_skb/ingress
r0 = *(u32 *)(r1 + 0)
r0 &= 1
exit

; program: cgroup_egress_verdict
; section: cgroup_skb/egress
r0 = *(u32 *)(r1 + 0)
r0 &= 3
exit

; program: packet_as_a_key
; at: xdp
; map: type=1 key=6 value=8 entries=4
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto out
r2 += 6
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 = *(u64 *)(r0 + 0)
out:
exit

; program: dead_branch
; at: xdp
r1 = 5
r0 = 0
if r1 != 5 goto wild
exit
wild:
r0 = *(u8 *)(r1 + 0)
exit

; program: linked_by_a_constant
; at: xdp
; map: type=2 key=4 value=64 entries=1
r2 = *(u32 *)(r1 + 16)
r3 = r2
r3 += 4
r0 = 0
if r3 > 60 goto out
r1 = map_value(0, 0) ll
r1 += r2
r0 = *(u8 *)(r1 + 0)
out:
exit

; program: pointers_compared_and_subtracted
; at: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r3 -= r2
r0 = r3
if r1 > r10 goto out
out:
exit

; program: atomic_that_stores_a_pointer
; at: xdp
*(u64 *)(r10 - 8) = 0
lock *(u64 *)(r10 - 8) += r10
r0 = 0
exit

; program: length_as_a_number
; at: xdp
; kernel rejects: to the kernel data_end - data is any number; weir knows that it is the length
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r3 -= r2
r0 = 0
if r3 s< 14 goto out
r0 = *(u16 *)(r2 + 12)
out:
exit

; program: remainder_as_a_bound
; at: xdp
; map: type=2 key=4 value=64 entries=1
; kernel rejects: the kernel learns nothing of a remainder before Linux 6.19
call 7
w0 %= 60
r1 = map_value(0, 0) ll
r1 += r0
r0 = *(u32 *)(r1 + 0)
exit

; program: not_at_the_end
; at: xdp
; kernel rejects: the kernel learns nothing from != on pointers; before the end is one byte
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
if r2 == r3 goto out
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: reloaded_without_a_check
; at: xdp
; kernel rejects: the kernel keeps what a check tells with the registers; weir with the packet
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 4
r0 = 0
if r4 > r3 goto out
r2 = *(u32 *)(r1 + 0)
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: two_million_rounds
; at: xdp
; kernel rejects: the kernel walks every round, and two million are too many; weir ranks the counter
r0 = 0
next:
r0 += 1
if r0 < 2000000 goto next
exit
