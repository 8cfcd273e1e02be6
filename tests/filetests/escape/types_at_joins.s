; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Registers and slots that hold things of different kinds, by the way on which they came: at joins, across
; calls, behind null checks of something else. Neither kind may lend the other its rights.

; program: packet_or_frame
; options: at=xdp helpers=kernel
; run: mem=00*8,2a r0=0x2a
; run: mem=01,00*8 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 9
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto use
r2 = r10
r2 += -8
use:
bad:
r0 = *(u8 *)(r2 + 8)
out:
exit

; program: packet_or_frame_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 9
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto use
r2 = r10
r2 += -8
use:
; error: read of 1 bytes
r0 = *(u8 *)(r2 + 8)
out:
exit

; program: context_or_frame
; options: at=xdp helpers=kernel
; run: mem=00 trap=access@bad
; run: mem=01 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
r6 = r1
if r5 == 0 goto use
r6 = r10
use:
bad:
r0 = *(u32 *)(r6 + 12)
out:
exit

; program: context_or_frame_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
r6 = r1
if r5 == 0 goto use
r6 = r10
use:
; error: the same instruction reads the context
r0 = *(u32 *)(r6 + 12)
out:
exit

; The end of the packet on one way is its start on the other.
; program: start_or_end
; options: at=xdp helpers=kernel
; run: mem=00,2a r0=0x2a
; run: mem=01,2a trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 2
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto use
r2 = r3
use:
bad:
r0 = *(u8 *)(r2 + 1)
out:
exit

; program: start_or_end_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 2
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto use
r2 = r3
use:
; error: is the end of the data
r0 = *(u8 *)(r2 + 1)
out:
exit

; The comparison is with something that is the end on one way only.
; program: end_or_number
; options: at=xdp helpers=kernel
; run: mem=00,2a r0=9
; run: mem=01,2a trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto compare
r3 = -1
compare:
r4 = r2
r4 += 8
if r4 > r3 goto out
bad:
r0 = *(u64 *)(r2 + 0)
out:
exit

; program: end_or_number_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto compare
r3 = -1
compare:
r4 = r2
r4 += 8
if r4 > r3 goto out
; error: but only 1 bytes are proven
r0 = *(u64 *)(r2 + 0)
out:
exit

; Values of two maps, one large and one small.
; program: values_of_two_maps
; options: at=xdp helpers=kernel
; map: name=large type=2 key=4 value=64 entries=1
; map: name=small type=2 key=4 value=8 entries=1
; run: mem=00 r0=0
; run: mem=01 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
if r6 == 0 goto lookup
r1 = map_fd(1) ll
call 1
goto found
lookup:
call 1
found:
if r0 == 0 goto out
bad:
r0 = *(u64 *)(r0 + 56)
out:
exit

; program: values_of_two_maps_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=large type=2 key=4 value=64 entries=1
; map: name=small type=2 key=4 value=8 entries=1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
if r6 == 0 goto lookup
r1 = map_fd(1) ll
call 1
goto found
lookup:
call 1
found:
if r0 == 0 goto out
; error: read of 8 bytes
r0 = *(u64 *)(r0 + 56)
out:
exit

; Which map it is, is not known at the call.
; program: one_of_two_maps
; options: at=xdp helpers=kernel
; map: name=large type=2 key=4 value=64 entries=1
; map: name=small type=2 key=4 value=8 entries=1
; run: mem=00 r0=0
; run: mem=01 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
if r6 == 0 goto lookup
r1 = map_fd(1) ll
lookup:
call 1
if r0 == 0 goto out
bad:
r0 = *(u64 *)(r0 + 56)
out:
exit

; program: one_of_two_maps_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=large type=2 key=4 value=64 entries=1
; map: name=small type=2 key=4 value=8 entries=1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
if r6 == 0 goto lookup
r1 = map_fd(1) ll
lookup:
call 1
if r0 == 0 goto out
; error: read of 8 bytes
r0 = *(u64 *)(r0 + 56)
out:
exit

; Two lookups; the null that is ruled out is the other one's.
; program: null_of_the_other_lookup
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
bad:
r0 = *(u64 *)(r6 + 0)
out:
exit

; program: null_of_the_other_lookup_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
; error: map value or null
r0 = *(u64 *)(r6 + 0)
out:
exit

; One lookup made twice by a loop: a check of the second round says nothing of what the first one found.
; program: null_of_another_round
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
r6 = 0
r7 = 1
again:
*(u32 *)(r10 - 4) = r7
r8 = r6
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
r7 += -1
if r7 == 0 goto again
if r6 == 0 goto out
bad:
r0 = *(u64 *)(r8 + 0)
out:
exit

; program: null_of_another_round_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
r6 = 0
r7 = 1
again:
*(u32 *)(r10 - 4) = r7
r8 = r6
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
r7 += -1
if r7 == 0 goto again
if r6 == 0 goto out
; error: map value or null
r0 = *(u64 *)(r8 + 0)
out:
exit

; Null on the way where it is used.
; program: the_wrong_branch
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 != 0 goto out
bad:
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 1
exit

; program: the_wrong_branch_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 != 0 goto out
; error: read of 8 bytes
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 1
exit

; The lower half of a pointer may be zero, or not, whatever the pointer is.
; program: null_check_of_half
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 r0=1
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if w0 == 0 goto out
bad:
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 1
exit

; program: null_check_of_half_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if w0 == 0 goto out
; error: map value or null
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 1
exit

; Compared with a register that is zero on one of the ways only.
; program: compared_with_almost_null
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 r0=1
; run: mem=01 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == r6 goto out
bad:
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 1
exit

; program: compared_with_almost_null_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == r6 goto out
; error: map value or null
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 1
exit

; A value, or null, spilled; the check is on a copy that was overwritten meanwhile.
; program: null_check_of_an_old_copy
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
*(u64 *)(r10 - 16) = r0
r6 = r0
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
*(u64 *)(r10 - 16) = r0
if r6 == 0 goto out
r6 = *(u64 *)(r10 - 16)
bad:
r0 = *(u64 *)(r6 + 0)
out:
exit

; program: null_check_of_an_old_copy_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
*(u64 *)(r10 - 16) = r0
r6 = r0
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
*(u64 *)(r10 - 16) = r0
if r6 == 0 goto out
r6 = *(u64 *)(r10 - 16)
; error: map value or null
r0 = *(u64 *)(r6 + 0)
out:
exit

; The argument of a subprogram: the packet at one call, a number at the other.
; program: argument_of_two_kinds
; options: at=xdp helpers=kernel
; run: mem=2a trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r1 = r2
call reads
r1 = 4096
call reads
out:
exit
reads:
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: argument_of_two_kinds_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r1 = r2
call reads
r1 = 4096
call reads
out:
exit
reads:
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit

; A subprogram that gives a value at one call and nothing at another.
; program: result_of_two_kinds
; options: at=xdp helpers=kernel
; run: mem=2a r0=0x2a
; run: mem=00 trap=access@bad
call gives
bad:
r0 = *(u8 *)(r0 + 0)
exit
gives:
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto out
r0 = r2
out:
exit

; program: result_of_two_kinds_strict
; options: at=xdp helpers=kernel policy=strict
call gives
; error: read of 1 bytes
r0 = *(u8 *)(r0 + 0)
exit
gives:
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto out
r0 = r2
out:
exit

; A slot of the caller's frame in which one of two callees leaves a pointer.
; program: slot_of_two_kinds
; options: at=xdp helpers=kernel
; run: mem=2a r0=0x2a
; run: mem=00 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r1 = r10
r1 += -8
*(u64 *)(r10 - 8) = 1
call writes
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
out:
exit
writes:
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto done
*(u64 *)(r1 + 0) = r2
done:
r0 = 0
exit

; program: slot_of_two_kinds_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r1 = r10
r1 += -8
*(u64 *)(r10 - 8) = 1
call writes
r3 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
out:
exit
writes:
r5 = *(u8 *)(r2 + 0)
if r5 == 0 goto done
*(u64 *)(r1 + 0) = r2
done:
r0 = 0
exit

; The frame of the caller or of the callee.
; program: frames_of_two_functions
; options: at=xdp helpers=kernel
; run: mem=00 r0=7
; run: mem=2a r0=8
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r2 = *(u8 *)(r2 + 0)
r1 = r10
r1 += -8
*(u64 *)(r10 - 8) = 7
call reads
out:
exit
reads:
*(u64 *)(r10 - 8) = 8
if r2 == 0 goto use
r1 = r10
r1 += -8
use:
r0 = *(u64 *)(r1 + 0)
exit

; The address of a callee's frame, used when its function has returned.
; program: frame_of_the_dead
; run: mem=00 r0=0x55
call f
bad:
r0 = *(u64 *)(r0 - 8)
exit
f:
*(u64 *)(r10 - 8) = 0x55
r0 = r10
exit

; program: frame_of_the_dead_strict
; options: policy=strict
call f
; error: read of 8 bytes
r0 = *(u64 *)(r0 - 8)
exit
f:
*(u64 *)(r10 - 8) = 0x55
r0 = r10
exit

; Left behind in the caller's frame, and used by the next callee, whose own frame is at the same place.
; program: frame_of_the_dead_in_another
; run: mem=00 r0=9
r1 = r10
r1 += -8
call f
r1 = *(u64 *)(r10 - 8)
call g
exit
f:
*(u64 *)(r1 + 0) = r10
r0 = 0
exit
g:
*(u64 *)(r10 - 8) = 9
bad:
r0 = *(u64 *)(r1 - 8)
exit

; program: frame_of_the_dead_in_another_strict
; options: policy=strict
r1 = r10
r1 += -8
call f
r1 = *(u64 *)(r10 - 8)
call g
exit
f:
*(u64 *)(r1 + 0) = r10
r0 = 0
exit
g:
*(u64 *)(r10 - 8) = 9
; error: read of 8 bytes
r0 = *(u64 *)(r1 - 8)
exit

; A packet pointer and the context by turns in the rounds of a loop.
; program: by_turns
; options: at=xdp helpers=kernel
; run: mem=2a,00*3 trap=access@bad
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 4
if r3 > r2 goto out
r9 = 0
next:
bad:
r0 = *(u32 *)(r6 + 0)
r8 = r6
r6 = r7
r7 = r8
r9 += 1
if r9 != 3 goto next
out:
r0 = 0
exit

; A record, or null, and a value, or null: a check of one is none of the other.
; program: record_or_value
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; map: name=events type=27 entries=4096
; run: mem=00 r0=0
; run: mem=01 r0=5
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r7 = r0
if r6 == 0 goto give_back
r1 = map_fd(1) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto out
r7 = r0
give_back:
*(u64 *)(r7 + 0) = 0
r1 = r7
r2 = 0
bad:
call 132
r0 = r6
if r0 == 0 goto out
r0 = 5
out:
exit

; program: record_or_value_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
; map: name=events type=27 entries=4096
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r7 = r0
if r6 == 0 goto give_back
r1 = map_fd(1) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto out
r7 = r0
give_back:
*(u64 *)(r7 + 0) = 0
r1 = r7
r2 = 0
; error: r1
call 132
r0 = r6
if r0 == 0 goto out
r0 = 5
out:
exit

; Saved registers of the caller are not the callee's, whatever they hold.
; program: saved_registers_are_not_handed_on
; options: at=xdp helpers=kernel
; run: mem=2a trap=access@bad
r6 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r6
r4 += 1
r0 = 9
if r4 > r3 goto out
call f
out:
exit
f:
bad:
r0 = *(u8 *)(r6 + 0)
exit

; program: saved_registers_are_not_handed_on_strict
; options: at=xdp helpers=kernel policy=strict
r6 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r6
r4 += 1
r0 = 9
if r4 > r3 goto out
call f
out:
exit
f:
; error: has no value
r0 = *(u8 *)(r6 + 0)
exit

; What a call leaves in its arguments is nothing.
; program: arguments_after_a_call
; options: at=xdp helpers=kernel
; run: mem=2a trap=access@bad
call f
bad:
r0 = *(u32 *)(r1 + 0)
exit
f:
r0 = 0
exit

; program: arguments_after_a_call_strict
; options: at=xdp helpers=kernel policy=strict
call f
; error: has no value
r0 = *(u32 *)(r1 + 0)
exit
f:
r0 = 0
exit
