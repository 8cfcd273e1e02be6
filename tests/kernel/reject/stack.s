; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The stack and the registers.

; program: register_never_written
; at: xdp
; reject: r3 is read, but has no value
r0 = r3
exit

; program: r0_never_written
; at: xdp
; reject: r0 has no value
exit

; program: written_on_one_path
; at: xdp
; reject: r6 is read, but has no value
r2 = *(u32 *)(r1 + 16)
r0 = 0
if r2 == 0 goto out
r6 = 1
out:
r0 = r6
exit

; program: argument_after_a_call
; at: xdp
; reject: a call leaves nothing in r1 to r5
call 5
r0 = *(u32 *)(r1 + 16)
exit

; program: r2_at_the_entry
; at: xdp
; reject: r2 is read, but has no value
r0 = r2
exit

; program: caller_saved_after_a_function
; at: xdp
; reject: r3 is read, but has no value
r3 = 1
call f
r0 = r3
exit
f:
r0 = 0
exit

; program: callee_saved_of_the_caller
; at: xdp
; reject: r6 is read, but has no value
r6 = 1
call f
exit
f:
r0 = r6
exit

; program: result_of_a_function_without_one
; at: xdp
; reject: r0
call f
exit
f:
exit

; program: r10_written
; at: xdp
; reject: r10|frame pointer
r10 = 0
r0 = 0
exit

; program: r10_moved
; at: xdp
; reject: r10|frame pointer
r10 += -8
r0 = 0
exit

; program: r10_loaded
; at: xdp
; reject: r10|frame pointer
r10 = *(u64 *)(r10 - 8)
r0 = 0
exit

; program: below_the_frame
; at: xdp
; reject: stack-520
*(u64 *)(r10 - 520) = 0
r0 = 0
exit

; program: above_the_frame
; at: xdp
; reject: stack\+0
*(u64 *)(r10 + 0) = 0
r0 = 0
exit

; program: across_the_top
; at: xdp
; reject: stack-4
*(u64 *)(r10 - 4) = 0
r0 = 0
exit

; program: misaligned
; at: xdp
; reject: not aligned
*(u64 *)(r10 - 12) = 0
r0 = 0
exit

; program: misaligned_load
; at: xdp
; reject: not aligned
*(u64 *)(r10 - 8) = 0
r0 = *(u32 *)(r10 - 7)
exit

; program: misaligned_atomic
; at: xdp
; reject: not aligned|aligned
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
r1 = 1
lock *(u64 *)(r10 - 12) += r1
r0 = 0
exit

; program: variable_offset_too_large
; at: xdp
; reject: stack plus
r2 = *(u32 *)(r1 + 16)
r2 &= 63
r3 = r10
r3 += -32
r3 += r2
*(u8 *)(r3 + 0) = 1
r0 = 0
exit

; program: variable_offset_unbounded
; at: xdp
; reject: has no bound
call 5
r3 = r10
r3 += r0
*(u8 *)(r3 + 0) = 1
r0 = 0
exit

; program: variable_offset_negative
; at: xdp
; reject: something is subtracted from r3
r2 = *(u32 *)(r1 + 16)
r2 &= 15
r3 = r10
r3 += -8
r3 -= r2
r0 = 0
exit

; program: variable_offset_misaligned
; at: xdp
; reject: not aligned|aligned
r2 = *(u32 *)(r1 + 16)
r2 &= 15
r3 = r10
r3 += -32
r3 += r2
*(u64 *)(r3 + 0) = 1
r0 = 0
exit

; program: part_of_a_pointer
; at: xdp
; reject: bytes are read of a pointer
*(u64 *)(r10 - 8) = r1
r0 = *(u32 *)(r10 - 8)
exit

; program: pointer_in_four_bytes
; at: xdp
; reject: pointer
*(u32 *)(r10 - 8) = r10
r0 = 0
exit

; program: pointer_overwritten_in_part
; at: xdp
; reject: number and no pointer
*(u64 *)(r10 - 8) = r1
*(u8 *)(r10 - 5) = 0
r1 = *(u64 *)(r10 - 8)
r0 = *(u32 *)(r1 + 16)
exit

; program: frames_too_large
; at: xdp
; reject: 544 bytes of stack|bytes of stack
*(u64 *)(r10 - 264) = 1
call f
r0 = 0
exit
f:
*(u64 *)(r10 - 264) = 1
r0 = 0
exit

; program: three_frames_too_large
; at: xdp
; reject: bytes of stack
*(u64 *)(r10 - 200) = 1
call f
r0 = 0
exit
f:
*(u64 *)(r10 - 200) = 1
call g
exit
g:
*(u64 *)(r10 - 200) = 1
r0 = 0
exit

; program: frame_of_a_function_that_returned
; at: xdp
; reject: the frame of a function that has returned
call f
r0 = *(u64 *)(r0 - 8)
exit
f:
*(u64 *)(r10 - 8) = 1
r0 = r10
exit

; program: stack_pointer_stored_into_the_callers_frame
; at: xdp
; reject: stack
r1 = r10
r1 += -8
call f
r1 = *(u64 *)(r10 - 8)
r0 = *(u64 *)(r1 - 8)
exit
f:
*(u64 *)(r10 - 8) = 1
*(u64 *)(r1 + 0) = r10
r0 = 0
exit

; program: callers_frame_out_of_bounds
; at: xdp
; reject: stack
r1 = r10
call f
exit
f:
*(u64 *)(r1 + 0) = 1
r0 = 0
exit

; program: cmpxchg_without_r0
; at: xdp
; reject: r0 is read
*(u64 *)(r10 - 8) = 0
r2 = 1
r0 = cmpxchg_64(r10 - 8, r0, r2)
r0 = 0
exit
