; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Mixed widths: a 32-bit result is zero-extended, whatever was above, and a 64-bit operation sees that.

; program: upper_half_cleared
; run: mem=ffffffffffffffff r0=0x1
r0 = *(u64 *)(r1 + 0)
w0 += 2
exit

; program: narrow_self_move
; run: mem=f0debc9a78563412 r0=0x9abcdef0
r0 = *(u64 *)(r1 + 0)
w0 = w0
exit

; program: borrow_goes_up
; run: mem=00000000 r0=0xffffffffffffffff
r0 = *(u32 *)(r1 + 0)
r0 -= 1
exit

; program: product_of_two_words
; run: mem=ffffffffffffffff r0=0xfffffffe00000001
w3 = *(u32 *)(r1 + 0)
w4 = *(u32 *)(r1 + 4)
r0 = r3
r0 *= r4
exit

; program: shift_out_and_in
; run: mem=f0debc9a78563412 r0=0xffffffff9abcdef0
r0 = *(u64 *)(r1 + 0)
r0 <<= 32
r0 s>>= 32
exit

; program: mask_keeps_sign_bits
; run: mem=ffffffffffffffff r0=0xffffffffffff0000
r0 = *(u64 *)(r1 + 0)
r0 &= -65536
exit
