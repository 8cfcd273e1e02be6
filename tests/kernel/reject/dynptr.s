; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Dynptrs.

; program: not_given_back
; at: xdp
; map: type=27 entries=4096
; reject: neither submitted nor discarded
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r0 = 0
exit

; program: given_back_where_it_was_reserved_only
; at: xdp
; map: type=27 entries=4096
; reject: neither submitted nor discarded
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
if r0 != 0 goto failed
r1 = r10
r1 += -16
r2 = 0
call 199
failed:
r0 = 0
exit

; program: overwritten
; at: xdp
; map: type=27 entries=4096
; reject: a dynptr that was reserved, at stack-16, is overwritten
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
*(u64 *)(r10 - 16) = 0
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: second_half_overwritten
; at: xdp
; map: type=27 entries=4096
; reject: a dynptr that was reserved, at stack-8, is overwritten
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
*(u8 *)(r10 - 1) = 0
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: overwritten_somewhere
; at: xdp
; map: type=27 entries=4096
; reject: a dynptr that was reserved.*is overwritten
r6 = *(u32 *)(r1 + 12)
*(u64 *)(r10 - 24) = 0
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r6 &= 7
r1 = r10
r1 += -20
r1 += r6
*(u8 *)(r1 + 0) = 0
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: reserved_again
; at: xdp
; map: type=27 entries=4096
; reject: argument 4 of ringbuf_reserve_dynptr.*no reserved dynptr
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: overlapping
; at: xdp
; map: type=27 entries=4096
; reject: argument 4 of ringbuf_reserve_dynptr.*no reserved dynptr
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 198
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: given_back_twice
; at: xdp
; map: type=27 entries=4096
; reject: argument 1 of ringbuf_submit_dynptr
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
call 199
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: read_directly
; at: xdp
; map: type=27 entries=4096
; reject: the bytes of a dynptr, at stack-16, are read
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r6 = *(u64 *)(r10 - 16)
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: never_set_up
; at: xdp
; map: type=27 entries=4096
; reject: argument 1 of ringbuf_submit_dynptr
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: not_aligned
; at: xdp
; map: type=27 entries=4096
; reject: argument 4 of ringbuf_reserve_dynptr
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -20
call 198
r0 = 0
exit

; program: beyond_the_frame
; at: xdp
; map: type=27 entries=4096
; reject: argument 4 of ringbuf_reserve_dynptr
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -8
call 198
r0 = 0
exit

; program: at_half_of_it
; at: xdp
; map: type=27 entries=4096
; reject: argument 1 of ringbuf_submit_dynptr
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -8
r2 = 0
call 199
r0 = 0
exit

; program: given_to_a_helper_that_reads
; at: xdp
; map: type=27 entries=4096
; reject: argument 2 of trace_printk|argument 1 of trace_printk
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 8
call 6
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: given_to_a_helper_that_writes
; at: xdp
; map: type=27 entries=4096
; reject: argument 1 of get_current_comm
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 16
call 16
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: slice_after_submit
; at: xdp
; map: type=27 entries=4096
; reject: .
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
r6 = r0
r1 = r10
r1 += -16
r2 = 0
call 199
if r6 == 0 goto null1
r6 = *(u64 *)(r6 + 0)
null1:
r0 = 0
exit

; program: slice_not_compared
; at: xdp
; map: type=27 entries=4096
; reject: null
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
*(u64 *)(r0 + 0) = 0
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: beyond_the_slice
; at: xdp
; map: type=27 entries=4096
; reject: .
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
if r0 == 0 goto null2
*(u64 *)(r0 + 1) = 0
null2:
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: slice_of_any_size
; at: xdp
; map: type=27 entries=4096
; reject: argument 3 of dynptr_data is a constant size
r6 = *(u32 *)(r1 + 12)
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
r3 = r6
call 203
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: slice_given_back_as_a_record
; at: xdp
; map: type=27 entries=4096
; reject: argument 1 of ringbuf_submit is
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
if r0 == 0 goto null3
r1 = r0
r2 = 0
call 132
null3:
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: local_given_back
; at: xdp
; map: type=2 key=4 value=16 entries=1
; reject: argument 1 of ringbuf_submit_dynptr
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none1
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
r1 = r10
r1 += -24
r2 = 0
call 199
none1:
r0 = 0
exit

; program: local_written_over_and_read
; at: xdp
; map: type=2 key=4 value=16 entries=1
; reject: argument 3 of dynptr_read
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none2
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
*(u64 *)(r10 - 16) = 0
r1 = r10
r1 += -40
r2 = 8
r3 = r10
r3 += -24
r4 = 0
r5 = 0
call 201
none2:
r0 = 0
exit

; program: slice_after_it_was_written_over
; at: xdp
; map: type=2 key=4 value=16 entries=1
; reject: .
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none3
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
r1 = r10
r1 += -24
r2 = 0
r3 = 8
call 203
*(u64 *)(r10 - 16) = 0
if r0 == 0 goto none3
r0 = *(u64 *)(r0 + 0)
none3:
r0 = 0
exit

; program: of_the_stack
; at: xdp
; map: type=2 key=4 value=16 entries=1
; reject: argument 1 of dynptr_from_mem
*(u64 *)(r10 - 8) = 0
r1 = r10
r1 += -8
r2 = 8
r3 = 0
r4 = r10
r4 += -24
call 197
r0 = 0
exit

; program: in_a_map_value
; at: xdp
; map: type=2 key=4 value=16 entries=1
; reject: argument 4 of dynptr_from_mem
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none0
r4 = r0
r1 = r0
r2 = 16
r3 = 0
call 197
none0:
r0 = 0
exit

; program: of_more_than_the_value
; at: xdp
; map: type=2 key=4 value=16 entries=1
; reject: argument 1 of dynptr_from_mem
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none00
r1 = r0
r2 = 17
r3 = 0
r4 = r10
r4 += -24
call 197
none00:
r0 = 0
exit
