; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Arithmetic on pointers, and numbers that are less bounded than they look.

; program: pointer_mul
; at: xdp
; reject: \*= on a pointer
r2 = r10
r2 *= 3
r0 = 0
exit

; program: pointer_div
; at: xdp
; reject: /= on a pointer
r2 = r10
r2 /= 3
r0 = 0
exit

; program: pointer_mod
; at: xdp
; reject: %= on a pointer
r2 = r10
r2 %= 3
r0 = 0
exit

; program: pointer_and
; at: xdp
; reject: &= on a pointer
r2 = r10
r2 &= 3
r0 = 0
exit

; program: pointer_or
; at: xdp
; reject: \|= on a pointer
r2 = r10
r2 |= 3
r0 = 0
exit

; program: pointer_xor
; at: xdp
; reject: \^= on a pointer
r2 = r10
r2 ^= 3
r0 = 0
exit

; program: pointer_lsh
; at: xdp
; reject: <<= on a pointer
r2 = r10
r2 <<= 3
r0 = 0
exit

; program: pointer_rsh
; at: xdp
; reject: >>= on a pointer
r2 = r10
r2 >>= 3
r0 = 0
exit

; program: pointer_arsh
; at: xdp
; reject: s>>= on a pointer
r2 = r10
r2 s>>= 3
r0 = 0
exit

; program: pointer_times_a_register
; at: xdp
; reject: on a pointer
r2 = r10
r3 = 2
r2 *= r3
r0 = 0
exit

; program: sum_of_pointers
; at: xdp
; reject: has a pointer on both sides
r2 = r10
r2 += r1
r0 = 0
exit

; program: number_minus_a_pointer
; at: xdp
; reject: is subtracted from a number
r2 = 5
r2 -= r10
r0 = 0
exit

; program: subtracted_from_the_stack
; at: xdp
; reject: subtracted from r2, a pointer to the stack
r2 = r10
r2 -= 8
r0 = 0
exit

; program: sum_of_low_halves
; at: xdp
; reject: 32 bits are no address
r2 = r10
w2 += 8
r0 = 0
exit

; program: copy_of_the_low_half
; at: xdp
; reject: number
w2 = w10
r0 = *(u64 *)(r2 - 8)
exit

; program: negated_pointer
; at: xdp
; reject: number
r2 = r10
r2 = -r2
r0 = *(u64 *)(r2 - 8)
exit

; program: swapped_pointer
; at: xdp
; reject: number
r2 = r10
r2 = bswap64 r2
r0 = *(u64 *)(r2 - 8)
exit

; program: distance_as_a_pointer
; at: xdp
; reject: number
r2 = r10
r2 -= r1
r0 = *(u64 *)(r2 - 8)
exit

; program: number_as_a_pointer
; at: xdp
; reject: number
r2 = 4096
r0 = *(u64 *)(r2 + 0)
exit

; program: moved_map_pointer
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map
r1 = map_fd(0) ll
r1 += 8
r0 = 0
exit

; program: moved_end
; at: xdp
; reject: end of the packet
r3 = *(u32 *)(r1 + 4)
r3 += 8
r0 = 0
exit

; program: end_minus_a_constant
; at: xdp
; reject: end of the packet
r3 = *(u32 *)(r1 + 4)
r3 -= 8
r0 = 0
exit

; program: moved_null_or_value
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: null
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r0 += 8
r0 = 0
exit

; program: moved_far
; at: xdp
; reject: far
r2 = *(u32 *)(r1 + 0)
r2 += 0x20000000
r0 = 0
exit

; program: variable_without_bound
; at: xdp
; reject: has no bound
r6 = r1
call 5
r2 = *(u32 *)(r6 + 0)
r2 += r0
r0 = 0
exit

; program: shift_too_far
; at: xdp
; reject: shift|64
r0 = 1
r0 <<= 64
exit

; program: shift_too_far_at_32_bits
; at: xdp
; reject: shift|32
w0 = 1
w0 <<= 32
exit

; program: division_by_zero
; at: xdp
; reject: zero|0
r0 = 1
r0 /= 0
exit

; program: remainder_by_zero
; at: xdp
; reject: zero|0
r0 = 1
w0 %= 0
exit

; program: addition_wraps_at_32_bits
; at: xdp
; reject: r2 has no bound
r2 = *(u32 *)(r1 + 16)
if r2 > 7 goto out
w2 -= 8
r3 = r10
r3 += -16
r3 += r2
*(u8 *)(r3 + 0) = 1
out:
r0 = 0
exit

; program: mask_after_a_sign_extension
; at: xdp
; reject: stack
r2 = *(u8 *)(r10 - 1)
r2 = (s8)r2
r3 = r10
r3 += -16
r3 += r2
*(u8 *)(r3 + 0) = 1
r0 = 0
exit

; program: jset_is_no_bound
; at: xdp
; reject: stack
r2 = *(u32 *)(r1 + 16)
if r2 & 16 goto out
r3 = r10
r3 += -16
r3 += r2
*(u8 *)(r3 + 0) = 1
out:
r0 = 0
exit

; program: signed_bound_of_a_half
; at: xdp
; reject: stack|no bound
call 5
w2 = w0
if w2 s> 7 goto out
r3 = r10
r3 += -16
r3 += r2
*(u8 *)(r3 + 0) = 1
out:
r0 = 0
exit

; program: bound_lost_by_a_product
; at: xdp
; reject: stack
r2 = *(u32 *)(r1 + 16)
if r2 > 7 goto out
r2 *= 3
r3 = r10
r3 += -16
r3 += r2
*(u8 *)(r3 + 0) = 1
out:
r0 = 0
exit

; program: remainder_may_be_the_dividend
; at: xdp
; reject: stack
r2 = *(u32 *)(r1 + 16)
r4 = *(u32 *)(r1 + 12)
r4 &= 7
r2 %= r4
r3 = r10
r3 += -16
r3 += r2
*(u8 *)(r3 + 0) = 1
r0 = 0
exit

; program: bound_on_a_copy_that_changed
; at: xdp
; reject: stack
r2 = *(u32 *)(r1 + 16)
r4 = r2
r4 >>= 1
if r4 > 7 goto out
r3 = r10
r3 += -8
r3 += r2
*(u8 *)(r3 + 0) = 1
out:
r0 = 0
exit
