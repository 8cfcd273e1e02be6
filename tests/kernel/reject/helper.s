; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What helpers are given.

; program: no_such_helper
; at: xdp
; reject: helper 9999
call 9999
exit

; program: helper_of_another_hook
; at: xdp
; reject: cannot be called
r2 = 0
r3 = r10
r3 += -8
r4 = 8
call 26
r0 = 0
exit

; program: number_for_a_map
; at: xdp
; reject: r1 is the number 0, but argument 1 of map_lookup_elem is a map
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = 0
call 1
r0 = 0
exit

; program: stack_for_a_map
; at: xdp
; reject: r1 is a pointer to the stack, but argument 1 of map_lookup_elem is a map
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = r2
call 1
r0 = 0
exit

; program: number_for_a_key
; at: xdp
; map: type=1 key=16 value=8 entries=4
; reject: argument 2.*map_lookup_elem.*number
r2 = 0
r1 = map_fd(0) ll
call 1
r0 = 0
exit

; program: key_too_short
; at: xdp
; map: type=1 key=16 value=8 entries=4
; reject: argument 2.*16 bytes
*(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = map_fd(0) ll
call 1
r0 = 0
exit

; program: key_missing
; at: xdp
; map: type=1 key=16 value=8 entries=4
; reject: r2 is read, but has no value
r1 = map_fd(0) ll
call 1
r0 = 0
exit

; program: context_for_a_key
; at: xdp
; map: type=1 key=16 value=8 entries=4
; reject: argument 2
r2 = r1
r1 = map_fd(0) ll
call 1
r0 = 0
exit

; program: map_for_a_key
; at: xdp
; map: type=1 key=16 value=8 entries=4
; reject: argument 2
r2 = map_fd(0) ll
r1 = map_fd(0) ll
call 1
r0 = 0
exit

; program: packet_key_not_checked
; at: xdp
; map: type=1 key=16 value=8 entries=4
; reject: argument 2
r2 = *(u32 *)(r1 + 0)
r1 = map_fd(0) ll
call 1
r0 = 0
exit

; program: packet_key_checked_too_short
; at: xdp
; map: type=1 key=16 value=8 entries=4
; reject: argument 2
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 12
r0 = 0
if r4 > r3 goto out
r1 = map_fd(0) ll
call 1
r0 = 0
out:
exit

; program: value_or_null_for_a_key
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: argument 2.*null|null
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r2 = r0
r1 = map_fd(0) ll
call 1
r0 = 0
exit

; program: value_too_short
; at: xdp
; map: type=1 key=4 value=32 entries=4
; reject: argument 3.*bytes
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
*(u64 *)(r10 - 16) = 0
r3 = r10
r3 += -16
r4 = 0
r1 = map_fd(0) ll
call 2
r0 = 0
exit

; program: flags_missing
; at: xdp
; map: type=1 key=4 value=8 entries=4
; reject: r4 is read, but has no value
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
*(u64 *)(r10 - 16) = 0
r3 = r10
r3 += -16
r1 = map_fd(0) ll
call 2
r0 = 0
exit

; program: size_zero
; at: sched_cls
; reject: may be 0|is 0
r2 = 0
r3 = r10
r3 += -8
r4 = 0
call 26
r0 = 0
exit

; program: size_may_be_zero
; at: sched_cls
; reject: may be 0
r4 = *(u32 *)(r1 + 0)
r4 &= 7
r2 = 0
r3 = r10
r3 += -8
call 26
r0 = 0
exit

; program: size_negative
; at: sched_cls
; reject: argument 3|negative
r2 = 0
r3 = r10
r3 += -8
r4 = -1
call 26
r0 = 0
exit

; program: size_may_be_negative
; at: sched_cls
; reject: argument 3|negative
r6 = r1
call 5
r1 = r6
r4 = r0
if r4 s> 8 goto out
r2 = 0
r3 = r10
r3 += -8
call 26
out:
r0 = 0
exit

; program: size_too_large
; at: sched_cls
; reject: argument 3.*16
r2 = 0
r3 = r10
r3 += -8
r4 = 16
call 26
r0 = 0
exit

; program: size_without_bound
; at: sched_cls
; reject: argument 3
r4 = *(u32 *)(r1 + 0)
if r4 == 0 goto out
r2 = 0
r3 = r10
r3 += -8
call 26
out:
r0 = 0
exit

; program: size_bounded_one_too_large
; at: sched_cls
; reject: argument 3
r4 = *(u32 *)(r1 + 0)
if r4 == 0 goto out
if r4 > 9 goto out
r2 = 0
r3 = r10
r3 += -8
call 26
out:
r0 = 0
exit

; program: number_for_memory
; at: sched_cls
; reject: argument 3.*number
r2 = 0
r3 = 4096
r4 = 8
call 26
r0 = 0
exit

; program: null_for_memory
; at: sched_cls
; reject: argument 3
r2 = 0
r3 = 0
r4 = 8
call 26
r0 = 0
exit

; program: moved_context
; at: sched_cls
; reject: r1 is a moved context
r2 = 0
r3 = r10
r3 += -8
r4 = 8
r1 += 4
call 26
r0 = 0
exit

; program: number_for_the_context
; at: sched_cls
; reject: argument 1
r2 = 0
r3 = r10
r3 += -8
r4 = 8
r1 = 0
call 26
r0 = 0
exit

; program: stack_for_the_context
; at: sched_cls
; reject: argument 1
r2 = 0
r3 = r10
r3 += -8
r4 = 8
r1 = r3
call 26
r0 = 0
exit

; program: out_of_the_value_by_a_helper
; at: sched_cls
; map: type=1 key=4 value=16 entries=4
; reject: argument 3
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = r6
r2 = 0
r3 = r0
r3 += 12
r4 = 8
call 26
out:
r0 = 0
exit

; program: push_to_an_array
; at: xdp
; map: type=2 key=4 value=8 entries=4
; reject: map
*(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r3 = 0
r1 = map_fd(0) ll
call 87
r0 = 0
exit

; program: lookup_in_a_queue
; at: xdp
; map: type=22 key=0 value=8 entries=4
; reject: map
*(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = map_fd(0) ll
call 1
r0 = 0
exit

; program: context_of_the_caller_is_no_map
; at: xdp
; reject: argument 1 of map_lookup_elem
r2 = r10
r2 += -8
call 1
r0 = 0
exit

; program: csum_of_null
; at: sched_cls
; reject: argument 1|argument 3
r1 = 0
r2 = 4
r3 = 0
r4 = 0
r5 = 0
call 28
r0 = 0
exit

; Bytes of the packet, for helpers that take none.

; program: packet_to_ring_buffer
; at: xdp
; map: type=27 entries=4096
; reject: argument 2 of ringbuf_output.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_ring_buffer
r1 = map_fd(0) ll
r2 = r6
r3 = 8
r4 = 0
call 130
o_packet_to_ring_buffer:
r0 = 1
exit

; program: packet_to_perf_event
; at: xdp
; map: type=4 key=4 value=4 entries=2
; reject: argument 4 of perf_event_output.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_perf_event
r1 = r8
r2 = map_fd(0) ll
r3 = -1
r3 <<= 32
r3 >>= 32
r4 = r6
r5 = 8
call 25
o_packet_to_perf_event:
r0 = 1
exit

; program: packet_to_pop_into
; at: xdp
; map: type=22 key=0 value=8 entries=4
; reject: argument 2 of map_pop_elem.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_pop_into
r1 = map_fd(0) ll
r2 = r6
call 88
o_packet_to_pop_into:
r0 = 1
exit

; program: packet_to_peek_into
; at: xdp
; map: type=22 key=0 value=8 entries=4
; reject: argument 2 of map_peek_elem.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_peek_into
r1 = map_fd(0) ll
r2 = r6
call 89
o_packet_to_peek_into:
r0 = 1
exit

; program: packet_as_a_number
; at: xdp
; reject: argument 1 of strtol.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_as_a_number
r1 = r6
r2 = 8
r3 = 0
r4 = r10
r4 += -8
call 105
o_packet_as_a_number:
r0 = 1
exit

; program: packet_for_a_route
; at: xdp
; reject: argument 2 of fib_lookup.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_for_a_route
r1 = r8
r2 = r6
r3 = 32
r4 = 0
call 69
o_packet_for_a_route:
r0 = 1
exit

; program: packet_to_load_into
; at: xdp
; reject: argument 3 of xdp_load_bytes.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_load_into
r1 = r8
r2 = 0
r3 = r6
r4 = 8
call 189
o_packet_to_load_into:
r0 = 1
exit

; program: packet_to_read_into
; at: xdp
; reject: argument 1 of probe_read_kernel.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_read_into
r1 = r6
r2 = 8
r3 = 0
call 113
o_packet_to_read_into:
r0 = 1
exit

; program: packet_to_store
; at: sched_cls
; reject: argument 3 of skb_store_bytes.*packet
r8 = r1
r6 = *(u32 *)(r8 + 76)
r7 = *(u32 *)(r8 + 80)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_store
r1 = r8
r2 = 0
r3 = r6
r4 = 8
r5 = 0
call 9
o_packet_to_store:
r0 = 1
exit

; program: packet_to_print
; at: xdp
; reject: argument 1 of trace_printk.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_print
r1 = r6
r2 = 8
call 6
o_packet_to_print:
r0 = 1
exit

; program: packet_to_name
; at: xdp
; reject: argument 1 of get_current_comm.*packet
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_name
r1 = r6
r2 = 16
call 16
o_packet_to_name:
r0 = 1
exit
