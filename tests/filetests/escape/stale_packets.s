; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Pointers into a packet that has moved since: kept in registers, on the stack, in maps, in callers. They are
; numbers, and an access through them is good only where the packet is now; strict refuses them.

; program: register_across_adjust_tail
; options: at=xdp helpers=kernel
; run: mem=00*15,2a,00*2 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 16
if r3 > r2 goto out
r2 = -4
call 65
bad:
r0 = *(u8 *)(r7 + 15)
exit
out:
r0 = 0
exit

; program: register_across_adjust_tail_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 16
if r3 > r2 goto out
r2 = -4
call 65
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 15)
exit
out:
r0 = 0
exit

; program: stack_across_adjust_head
; options: at=xdp helpers=kernel
; run: mem=00*18 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 16
if r3 > r2 goto out
*(u64 *)(r10 - 8) = r7
r2 = 4
call 44
r7 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r7 + 3)
exit
out:
r0 = 0
exit

; program: stack_across_adjust_head_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 16
if r3 > r2 goto out
*(u64 *)(r10 - 8) = r7
r2 = 4
call 44
r7 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r7 + 3)
exit
out:
r0 = 0
exit

; The old end with the new start: the old end is no end.
; program: old_end_new_start
; options: at=xdp helpers=kernel
; run: mem=00*18 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 4)
r2 = -4
call 65
r2 = *(u32 *)(r6 + 0)
r3 = r2
r3 += 16
if r3 > r7 goto out
bad:
r0 = *(u64 *)(r2 + 8)
exit
out:
r0 = 0
exit

; program: old_end_new_start_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 4)
r2 = -4
call 65
r2 = *(u32 *)(r6 + 0)
r3 = r2
r3 += 16
if r3 > r7 goto out
; error: nothing is known of the data's length
r0 = *(u64 *)(r2 + 8)
exit
out:
r0 = 0
exit

; The new end with the old start.
; program: new_end_old_start
; options: at=xdp helpers=kernel
; run: mem=00*22 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = 8
call 44
r2 = *(u32 *)(r6 + 4)
r3 = r7
r3 += 8
if r3 > r2 goto out
bad:
r0 = *(u64 *)(r7 + 0)
exit
out:
r0 = 0
exit

; program: new_end_old_start_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = 8
call 44
r2 = *(u32 *)(r6 + 4)
r3 = r7
r3 += 8
if r3 > r2 goto out
; error: which pointed into the packet before a helper
r0 = *(u64 *)(r7 + 0)
exit
out:
r0 = 0
exit

; The helper fails and moves nothing; nobody can know.
; program: helper_that_failed
; options: at=xdp helpers=kernel
; run: mem=00*18 r0=0
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 18
if r3 > r2 goto out
r2 = 1000
call 44
bad:
r0 = *(u8 *)(r7 + 17)
exit
out:
r0 = 9
exit

; program: helper_that_failed_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 18
if r3 > r2 goto out
r2 = 1000
call 44
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 17)
exit
out:
r0 = 9
exit

; A subprogram moves it; the caller kept a pointer in a register that calls do not change.
; program: moved_by_a_subprogram
; options: at=xdp helpers=kernel
; run: mem=00*22 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 22
if r3 > r2 goto out
call moves
bad:
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit
moves:
r2 = 4
call 44
r0 = 0
exit

; program: moved_by_a_subprogram_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 22
if r3 > r2 goto out
call moves
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit
moves:
r2 = 4
call 44
r0 = 0
exit

; The subprogram gives the old pointer back.
; program: handed_back_by_a_subprogram
; options: at=xdp helpers=kernel
; run: mem=00*22 trap=access@bad
r6 = r1
call moves
bad:
r0 = *(u8 *)(r0 + 0)
exit
moves:
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = 4
call 44
r0 = r7
exit

; program: handed_back_by_a_subprogram_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
call moves
; error: read of 1 bytes
r0 = *(u8 *)(r0 + 0)
exit
moves:
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = 4
call 44
r0 = r7
exit

; Written by the callee into the caller's frame, then moved by the callee's callee.
; program: in_the_callers_frame
; options: at=xdp helpers=kernel
; run: mem=00*22 trap=access@bad
r2 = r10
r2 += -8
call writes
r7 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r7 + 0)
exit
writes:
r3 = *(u32 *)(r1 + 0)
*(u64 *)(r2 + 0) = r3
call moves
r0 = 0
exit
moves:
r2 = 4
call 44
r0 = 0
exit

; program: in_the_callers_frame_strict
; options: at=xdp helpers=kernel policy=strict
r2 = r10
r2 += -8
call writes
r7 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r7 + 0)
exit
writes:
r3 = *(u32 *)(r1 + 0)
*(u64 *)(r2 + 0) = r3
call moves
r0 = 0
exit
moves:
r2 = 4
call 44
r0 = 0
exit

; Moved on some paths only.
; program: moved_on_one_path
; options: at=xdp helpers=kernel
; run: mem=00*17,07 trap=access@bad
; run: mem=01,00*16,07 r0=7
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 18
if r3 > r2 goto out
r8 = *(u8 *)(r7 + 0)
if r8 != 0 goto use
r1 = r6
r2 = -1
call 65
use:
bad:
r0 = *(u8 *)(r7 + 17)
exit
out:
r0 = 0
exit

; program: moved_on_one_path_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 18
if r3 > r2 goto out
r8 = *(u8 *)(r7 + 0)
if r8 != 0 goto use
r1 = r6
r2 = -1
call 65
use:
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 17)
exit
out:
r0 = 0
exit

; In the second round of a loop the pointer is from before.
; program: moved_in_a_loop
; options: at=xdp helpers=kernel
; run: mem=00*32 trap=access@bad mem_after=01,00*31
r6 = r1
r9 = 0
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 32
if r3 > r2 goto out
next:
bad:
r0 = *(u8 *)(r7 + 0)
*(u8 *)(r7 + 0) = 1
r1 = r6
r2 = 1
call 44
r9 += 1
if r9 != 2 goto next
out:
r0 = 0
exit

; program: moved_in_a_loop_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r9 = 0
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 32
if r3 > r2 goto out
next:
; error: read of 1 bytes
r0 = *(u8 *)(r7 + 0)
*(u8 *)(r7 + 0) = 1
r1 = r6
r2 = 1
call 44
r9 += 1
if r9 != 2 goto next
out:
r0 = 0
exit

; In the value of a map, as a number; the map is not asked whether it is one.
; program: in_a_value
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00*22 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r8 = r0
*(u64 *)(r8 + 0) = r7
r1 = r6
r2 = 4
call 44
r7 = *(u64 *)(r8 + 0)
*(u64 *)(r8 + 0) = 0
bad:
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit

; program: in_a_value_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
r6 = r1
r7 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r8 = r0
*(u64 *)(r8 + 0) = r7
r1 = r6
r2 = 4
call 44
r7 = *(u64 *)(r8 + 0)
*(u64 *)(r8 + 0) = 0
; error: read of 1 bytes
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit

; Meta data grow: the old start of the meta data is behind the new one.
; program: meta_data_moved
; options: at=xdp helpers=kernel
; run: mem=00*8,00*14 meta=8 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 8)
r2 = *(u32 *)(r1 + 0)
r3 = r7
r3 += 8
if r3 > r2 goto out
r2 = 4
call 54
bad:
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit

; program: meta_data_moved_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 8)
r2 = *(u32 *)(r1 + 0)
r3 = r7
r3 += 8
if r3 > r2 goto out
r2 = 4
call 54
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit

; A callback moves the packet; the loop's caller has an old pointer.
; program: moved_by_a_callback
; options: at=xdp helpers=kernel
; run: mem=00*22 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 22
if r3 > r2 goto out
*(u64 *)(r10 - 8) = r6
r1 = 2
r2 = func(moves) ll
r3 = r10
r3 += -8
r4 = 0
call 181
bad:
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit
moves:
r1 = *(u64 *)(r2 + 0)
r2 = 4
call 44
r0 = 0
exit

; program: moved_by_a_callback_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 22
if r3 > r2 goto out
*(u64 *)(r10 - 8) = r6
r1 = 2
r2 = func(moves) ll
r3 = r10
r3 += -8
r4 = 0
call 181
; error: read of 1 bytes
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit
moves:
r1 = *(u64 *)(r2 + 0)
r2 = 4
call 44
r0 = 0
exit

; No pointer, but the length that was proven: after the move there is less.
; program: length_from_before
; options: at=xdp helpers=kernel
; run: mem=00*18 trap=access@bad
r6 = r1
r2 = *(u32 *)(r1 + 0)
r7 = *(u32 *)(r1 + 4)
r7 -= r2
if r7 s< 18 goto out
r2 = 4
call 44
r2 = *(u32 *)(r6 + 0)
bad:
r0 = *(u8 *)(r2 + 17)
exit
out:
r0 = 0
exit

; program: length_from_before_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r2 = *(u32 *)(r1 + 0)
r7 = *(u32 *)(r1 + 4)
r7 -= r2
if r7 s< 18 goto out
r2 = 4
call 44
r2 = *(u32 *)(r6 + 0)
; error: nothing is known of the data's length
r0 = *(u8 *)(r2 + 17)
exit
out:
r0 = 0
exit

; A tail call that finds nothing leaves pointers as they are: of a subprogram's caller too.
; program: tail_call_in_a_subprogram
; options: at=xdp helpers=kernel
; map: name=next type=3 key=4 value=4 entries=1
; run: mem=2a,00*17 r0=0x2a
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 1
if r3 > r2 goto out
call jumps
bad:
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit
jumps:
r2 = map_fd(0) ll
r3 = 0
call 12
r0 = 0
exit

; program: tail_call_in_a_subprogram_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=next type=3 key=4 value=4 entries=1
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 1
if r3 > r2 goto out
call jumps
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 0)
exit
out:
r0 = 0
exit
jumps:
r2 = map_fd(0) ll
r3 = 0
call 12
r0 = 0
exit

; program: vlan_pushed
; options: at=sched_cls helpers=kernel
; run: mem=00*12,0800,00*20 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 76)
r2 = *(u32 *)(r1 + 80)
r3 = r7
r3 += 34
if r3 > r2 goto out
r2 = 0x81
r3 = 5
call 18
r1 = r6
r2 = 0x81
r3 = 6
call 18
r1 = r6
r2 = 20
r3 = 0
call 38
bad:
r0 = *(u8 *)(r7 + 30)
exit
out:
r0 = 0
exit

; program: vlan_pushed_strict
; options: at=sched_cls helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 76)
r2 = *(u32 *)(r1 + 80)
r3 = r7
r3 += 34
if r3 > r2 goto out
r2 = 0x81
r3 = 5
call 18
r1 = r6
r2 = 0x81
r3 = 6
call 18
r1 = r6
r2 = 20
r3 = 0
call 38
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 30)
exit
out:
r0 = 0
exit

; program: tail_changed
; options: at=sched_cls helpers=kernel
; run: mem=00*12,0800,00*20 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 76)
r2 = *(u32 *)(r1 + 80)
r3 = r7
r3 += 34
if r3 > r2 goto out
r2 = 20
r3 = 0
call 38
bad:
r0 = *(u8 *)(r7 + 33)
exit
out:
r0 = 0
exit

; program: tail_changed_strict
; options: at=sched_cls helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 76)
r2 = *(u32 *)(r1 + 80)
r3 = r7
r3 += 34
if r3 > r2 goto out
r2 = 20
r3 = 0
call 38
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 33)
exit
out:
r0 = 0
exit

; The checksum helper writes, and may have copied the packet.
; program: checksum_replaced
; options: at=sched_cls helpers=kernel
; run: mem=00*12,0800,00*20 r0=0
r6 = r1
r7 = *(u32 *)(r1 + 76)
r2 = *(u32 *)(r1 + 80)
r3 = r7
r3 += 34
if r3 > r2 goto out
r2 = 24
r3 = 0
r4 = 0
r5 = 2
call 10
bad:
r0 = *(u8 *)(r7 + 33)
exit
out:
r0 = 9
exit

; program: checksum_replaced_strict
; options: at=sched_cls helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 76)
r2 = *(u32 *)(r1 + 80)
r3 = r7
r3 += 34
if r3 > r2 goto out
r2 = 24
r3 = 0
r4 = 0
r5 = 2
call 10
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 33)
exit
out:
r0 = 9
exit

; Room is made, the old bounds stand in registers.
; program: room_adjusted
; options: at=sched_cls helpers=kernel
; run: mem=00*12,0800,45,00*35 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 76)
r2 = *(u32 *)(r1 + 80)
r3 = r7
r3 += 50
if r3 > r2 goto out
r2 = -8
r3 = 0
r4 = 0
call 50
r1 = r6
r2 = 30
r3 = 0
call 38
bad:
r0 = *(u8 *)(r7 + 49)
exit
out:
r0 = 0
exit

; program: room_adjusted_strict
; options: at=sched_cls helpers=kernel policy=strict
r6 = r1
r7 = *(u32 *)(r1 + 76)
r2 = *(u32 *)(r1 + 80)
r3 = r7
r3 += 50
if r3 > r2 goto out
r2 = -8
r3 = 0
r4 = 0
call 50
r1 = r6
r2 = 30
r3 = 0
call 38
; error: which pointed into the packet before a helper
r0 = *(u8 *)(r7 + 49)
exit
out:
r0 = 0
exit

; The bytes to store lie in the packet that the same call moves.
; program: source_in_the_packet
; options: at=sched_cls helpers=kernel
; run: mem=0102030405060708,00*26 r0=0 mem_after=0102030401020304,00*26
r6 = r1
r7 = *(u32 *)(r1 + 76)
r2 = *(u32 *)(r1 + 80)
r3 = r7
r3 += 34
if r3 > r2 goto out
r2 = 4
r3 = r7
r4 = 4
r5 = 0
call 9
exit
out:
r0 = 9
exit

; The same at XDP, overlapping: the bytes arrive as they were.
; program: overlapping_source
; options: at=xdp helpers=kernel
; run: mem=0102030405060708,00*12 r0=0 mem_after=0101020304050607,00*12
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 20
if r3 > r2 goto out
r2 = 1
r3 = r7
r4 = 7
call 190
exit
out:
r0 = 9
exit

; The packet is loaded over itself.
; program: overlapping_destination
; options: at=xdp helpers=kernel
; run: mem=0102030405060708,00*12 r0=0 mem_after=0101020304050607,00*12
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 20
if r3 > r2 goto out
r2 = 0
r3 = r7
r3 += 1
r4 = 7
call 189
exit
out:
r0 = 9
exit
