; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Policy strict: what is not proven is refused.

; program: unproven_load
; options: policy=strict
r0 = *(u8 *)(r1 + 0) ; error: read of 1 bytes at r1 = data+0, but nothing is known of the data's length [program-rejected]
exit

; program: unknown_pointer
; options: policy=strict
r3 = 5
*(u32 *)(r3 + 0) = 1 ; error: write of 4 bytes at r3, a number and no pointer that is known; the value comes from instruction 0
exit

; program: stack_out_of_bounds
; options: policy=strict
r0 = *(u64 *)(r10 - 516) ; error: read of 8 bytes at r10 = stack-516, but a frame is stack-512 to stack-1 [program-rejected]
exit

; program: unknown_helper
; options: policy=strict helpers=none
call 5 ; error: call of helper 5, which weir does not have [program-rejected]
exit

; program: recursion
; options: policy=strict
; error: calls can nest deeper than 8 frames [program-rejected]
r0 = 0
call -2
exit

; program: proven
; options: policy=strict
; run: r0=0x5
*(u64 *)(r10 - 8) = 5
r0 = *(u64 *)(r10 - 8)
exit
