; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Functions that helpers call back.

; program: result_of_two
; at: xdp
; reject: r0, with which a helper goes on, is 2, but must be 0
r1 = 10
r2 = func(two) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
two:
r0 = 2
exit

; program: result_not_set
; at: xdp
; reject: is nothing, but must be 0
r1 = 10
r2 = func(unset) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
unset:
exit

; program: third_argument
; at: xdp
; reject: r3 is read, but has no value
r1 = 10
r2 = func(third) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
third:
r0 = r3
r0 = 0
exit

; program: fifth_argument
; at: xdp
; map: type=2 key=4 value=8 entries=4
; reject: r5 is read, but has no value
r1 = map_fd(0) ll
r2 = func(fifth) ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
fifth:
r0 = r5
r0 = 0
exit

; program: packet_as_context
; at: xdp
; reject: argument 3 of loop is a pointer to the stack, or null
r6 = *(u32 *)(r1 + 0)
r1 = 10
r2 = func(zero1) ll
r3 = r6
r4 = 0
call 181
r0 = 0
exit
zero1:
r0 = 0
exit

; program: number_as_context
; at: xdp
; reject: argument 3 of loop is a pointer to the stack, or null
r1 = 10
r2 = func(zero2) ll
r3 = 5
r4 = 0
call 181
r0 = 0
exit
zero2:
r0 = 0
exit

; program: no_function
; at: xdp
; reject: argument 2 of loop is a function of the program
r1 = 10
r2 = 0
r3 = 0
r4 = 0
call 181
r0 = 0
exit

; program: flags_not_set
; at: xdp
; reject: r4 is read, but has no value
r1 = 10
r2 = func(zero3) ll
r3 = 0
call 181
r0 = 0
exit
zero3:
r0 = 0
exit

; program: null_as_context_read
; at: xdp
; reject: r2, a number
r1 = 10
r2 = func(reads_null) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
reads_null:
r0 = *(u64 *)(r2 + 0)
r0 = 0
exit

; program: index_without_bound
; at: xdp
; reject: write of 1 byte
*(u64 *)(r10 - 8) = 0
r1 = 9
r2 = func(indexes) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = 0
exit
indexes:
r2 += r1
*(u8 *)(r2 + 0) = 1
r0 = 0
exit

; A round may leave what the next one then reads as an offset.
; program: grows_with_the_rounds
; at: xdp
; reject: r1 has no bound
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
r1 = 100
r2 = func(grows) ll
r3 = r10
r3 += -16
r4 = 0
call 181
r0 = 0
exit
grows:
r1 = *(u64 *)(r2 + 0)
r3 = r1
r3 += 1
*(u64 *)(r2 + 0) = r3
r2 += r1
*(u8 *)(r2 + 8) = 1
r0 = 0
exit

; program: key_written
; at: xdp
; map: type=2 key=4 value=8 entries=4
; reject: which programs may only read
r1 = map_fd(0) ll
r2 = func(writes_key) ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
writes_key:
*(u32 *)(r2 + 0) = 1
r0 = 0
exit

; program: beyond_the_key
; at: xdp
; map: type=2 key=4 value=8 entries=4
; reject: read of 8 bytes
r1 = map_fd(0) ll
r2 = func(reads_far) ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
reads_far:
r0 = *(u64 *)(r2 + 0)
r0 = 0
exit

; program: beyond_the_value
; at: xdp
; map: type=1 key=4 value=8 entries=4
; reject: read of 8 bytes
r1 = map_fd(0) ll
r2 = func(reads_past) ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
reads_past:
r0 = *(u64 *)(r3 + 8)
r0 = 0
exit

; program: trie
; at: xdp
; map: type=11 key=8 value=8 entries=4 flags=1
; reject: that for_each_map_elem does not take
r1 = map_fd(0) ll
r2 = func(zero4) ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
zero4:
r0 = 0
exit

; program: leaks_a_record
; at: xdp
; map: type=27 entries=4096
; reject: neither submitted nor discarded
r1 = 1
r2 = func(reserves) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
reserves:
r1 = map_fd(0) ll
r2 = 8
r3 = 0
call 131
r0 = 0
exit

; program: tail_call_in_callback
; at: xdp
; map: type=3 key=4 value=4 entries=4
; reject: a tail call in a function that a helper calls back
*(u64 *)(r10 - 8) = r1
r1 = 1
r2 = func(leaves) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = 0
exit
leaves:
r1 = *(u64 *)(r2 + 0)
r2 = map_fd(0) ll
r3 = 0
call 12
r0 = 0
exit

; program: too_much_stack
; at: xdp
; reject: bytes of stack
*(u64 *)(r10 - 400) = 0
r1 = 1
r2 = func(deep) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
deep:
*(u64 *)(r10 - 200) = 0
r0 = 0
exit

; program: eight_deep
; at: xdp
; reject: calls can nest deeper than 8 frames
r1 = 1
r2 = func(eight1) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
eight1:
r1 = 1
r2 = func(eight2) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
eight2:
r1 = 1
r2 = func(eight3) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
eight3:
r1 = 1
r2 = func(eight4) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
eight4:
r1 = 1
r2 = func(eight5) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
eight5:
r1 = 1
r2 = func(eight6) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
eight6:
r1 = 1
r2 = func(eight7) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
eight7:
r1 = 1
r2 = func(eight8) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
eight8:
r0 = 0
exit
