; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Offsets that are checked in one way and used in another: signed and unsigned, 32 bits and 64, before a
; change and after it. Bytes come from the data, so that any number may stand there. What is inside by
; chance is read; all else is a trap.

; program: only_a_signed_check
; run: mem=07,00*14,2a r0=0
; run: mem=ff*8,00*8 trap=access@bad
; run: mem=00*7,80,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if r3 s> 7 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: only_a_signed_check_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if r3 s> 7 goto short
; error: may be negative
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: lower_half_checked_whole_used
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=00000000,01000000,00*8 trap=access@bad
; run: mem=00000000,00000080,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if w3 > 15 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: lower_half_checked_whole_used_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if w3 > 15 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; Signed in 32 bits, then zero-extended: -1 is four gigabytes.
; program: signed_check_of_32_bits
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=ff*4,00*12 trap=access@bad
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
if w3 s> 15 goto short
w3 = w3
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: signed_check_of_32_bits_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
if w3 s> 15 goto short
w3 = w3
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: sign_extended_after_the_check
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=80,00*15 trap=access@bad
; run: mem=ff,00*15 trap=access@bad
if r2 < 256 goto tail
tail:
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r3 = (s8)r3
if r3 s> 15 goto short
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: sign_extended_after_the_check_strict
; options: policy=strict
if r2 < 256 goto tail
tail:
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r3 = (s8)r3
if r3 s> 15 goto short
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; The check is on a copy of 32 bits, which says nothing of the other 32.
; program: copy_of_the_lower_half
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=01000000,01000000,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
w4 = w3
if r4 > 15 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: copy_of_the_lower_half_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
w4 = w3
if r4 > 15 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; A copy that a 32-bit addition of nothing has cut off.
; program: copy_cut_off_by_adding_zero
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=01000000,01000000,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = r3
w4 += 0
if r4 > 15 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: copy_cut_off_by_adding_zero_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = r3
w4 += 0
if r4 > 15 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; The copy is 8 more, so that the number itself may be -8.
; program: copy_that_is_more
; run: mem=07,00*15 r0=0
; run: mem=f8,ff*7,00*8 trap=access@bad
; run: mem=08,00*15 r0=99
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = r3
r4 += 8
if r4 > 15 goto short
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: copy_that_is_more_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = r3
r4 += 8
if r4 > 15 goto short
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; The same in 32 bits: the sum wraps where the number does not.
; program: sum_wraps_in_32_bits
; run: mem=07,00*15 r0=0
; run: mem=f8ffffff,00*12 trap=access@bad
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
w4 = w3
w4 += 8
if r4 > 15 goto short
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: sum_wraps_in_32_bits_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
w4 = w3
w4 += 8
if r4 > 15 goto short
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: sum_wraps_in_64_bits
; run: mem=07,00*15 r0=0
; run: mem=f0,ff*7,11,00*7 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r5 = *(u64 *)(r1 + 8)
r4 = r3
r4 += r5
if r4 > 15 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: sum_wraps_in_64_bits_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r5 = *(u64 *)(r1 + 8)
r4 = r3
r4 += r5
if r4 > 15 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: product_checked_factor_used
; run: mem=07,00*15 r0=0
; run: mem=00*7,20,00*8 trap=access@bad
; run: mem=01,00*6,e0,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = r3
r4 <<= 3
if r4 > 56 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: product_checked_factor_used_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = r3
r4 <<= 3
if r4 > 56 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; A product of two factors that are bounded, but not by enough.
; program: product_of_32_bits_wraps
; run: mem=00000040,00*12 r0=0x40
; run: mem=ffff0000,00*12 trap=access@bad
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
r4 = r3
r4 *= 4
w4 = w4
r1 += r4
bad:
r0 = *(u8 *)(r1 + 3)
exit
short:
r0 = 99
exit

; program: product_of_32_bits_wraps_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
r4 = r3
r4 *= 4
w4 = w4
r1 += r4
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 3)
exit
short:
r0 = 99
exit

; program: difference_checked
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=ff*8,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = 15
r4 -= r3
if r4 s< 0 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: difference_checked_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = 15
r4 -= r3
if r4 s< 0 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; The test is of bits of the lower half, whatever the width of the mask looks like.
; program: bit_test_of_32_bits
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=10,00*15 r0=99
; run: mem=00000000,10000000,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if w3 & 0xfffffff0 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: bit_test_of_32_bits_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if w3 & 0xfffffff0 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; Of 64 bits the mask is sign-extended, and all is proven.
; program: bit_test_of_64_bits
; options: policy=strict
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=10,00*15 r0=99
; run: mem=00000000,10000000,00*8 r0=99
; ir-not: trap
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if r3 & 0xfffffff0 goto short
r1 += r3
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: arithmetic_shift
; run: mem=ff*7,7f,00*8 r0=0x7f
; run: mem=00*7,80,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r3 s>>= 60
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: arithmetic_shift_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r3 s>>= 60
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; In 32 bits the sign does not reach the upper half: no small negative number, a large one.
; program: arithmetic_shift_of_32_bits
; run: mem=ffffff7f,00*3,2a,00*8 r0=0x2a
; run: mem=00000080,00*12 trap=access@bad
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
w3 s>>= 28
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: arithmetic_shift_of_32_bits_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
w3 s>>= 28
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: signed_remainder
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=f1,ff*7,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r3 s%= 16
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: signed_remainder_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r3 s%= 16
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; A remainder is less than its divisor, unless that is zero.
; program: remainder_by_zero
; run: mem=17,00*7,08,00*7 r0=0
; run: mem=17,00*15 trap=access@bad
; run: mem=ff*8,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = *(u8 *)(r1 + 8)
r4 &= 15
r3 %= r4
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: remainder_by_zero_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
r4 = *(u8 *)(r1 + 8)
r4 &= 15
r3 %= r4
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; Of 32 bits, by a number whose lower half alone is zero.
; program: remainder_by_a_zero_half
; run: mem=17,00*7,07,00*7 r0=0
; run: mem=17,00*11,01000000 trap=access@bad
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
if r4 == 0 goto short
r5 = 15
r5 <<= 32
r5 |= 15
r4 &= r5
w3 %= w4
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: remainder_by_a_zero_half_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
if r4 == 0 goto short
r5 = 15
r5 <<= 32
r5 |= 15
r4 &= r5
w3 %= w4
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; 112 divided by at most 15 is at least 7, unless that is zero: then it is 0, and 22 less 0 is outside.
; program: quotient_by_zero
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=00*16 trap=access@bad
if r2 < 16 goto short
r4 = *(u8 *)(r1 + 0)
if r4 > 15 goto short
r3 = 112
r3 /= r4
r5 = 22
r5 -= r3
if r5 s< 0 goto short
r1 += r5
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: quotient_by_zero_strict
; options: policy=strict
if r2 < 16 goto short
r4 = *(u8 *)(r1 + 0)
if r4 > 15 goto short
r3 = 112
r3 /= r4
r5 = 22
r5 -= r3
if r5 s< 0 goto short
r1 += r5
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; The smallest number divided by -1 stays negative.
; program: smallest_by_minus_one
; run: mem=00*16 r0=0
; run: mem=00*7,80,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if r3 s> 0 goto short
r4 = -1
r3 s/= r4
r3 s>>= 60
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: smallest_by_minus_one_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if r3 s> 0 goto short
r4 = -1
r3 s/= r4
r3 s>>= 60
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: smallest_negated
; run: mem=f1,ff*14,2a r0=0x2a
; run: mem=00*7,80,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if r3 s> 0 goto short
r3 = -r3
if r3 s> 15 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: smallest_negated_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if r3 s> 0 goto short
r3 = -r3
if r3 s> 15 goto short
; error: may be negative
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: smallest_of_32_bits_by_minus_one
; run: mem=f1ffffff,00*11,2a r0=0x2a
; run: mem=00000080,00*12 trap=access@bad
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
if w3 s> 0 goto short
w4 = -1
w3 s/= w4
if w3 s> 15 goto short
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: smallest_of_32_bits_by_minus_one_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u32 *)(r1 + 0)
if w3 s> 0 goto short
w4 = -1
w3 s/= w4
if w3 s> 15 goto short
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; Counts of shifts are taken modulo the width: by 32 or 64, nothing is shifted.
; program: shifted_by_the_whole_width
; run: mem=10,00*14,2a trap=access@bad
; run: mem=03,00*2,2a,00*12 r0=0x2a
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r4 = 32
w3 >>= w4
r4 = 64
r3 >>= r4
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: shifted_by_the_whole_width_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r4 = 32
w3 >>= w4
r4 = 64
r3 >>= r4
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: one_bit_shifted_anywhere
; run: mem=03,00*7,2a,00*7 r0=0x2a
; run: mem=04,00*15 trap=access@bad
; run: mem=3f,00*15 trap=access@bad
; run: mem=43,00*7,2a,00*7 r0=0x2a
if r2 < 16 goto short
r4 = *(u8 *)(r1 + 0)
r3 = 1
r3 <<= r4
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: one_bit_shifted_anywhere_strict
; options: policy=strict
if r2 < 16 goto short
r4 = *(u8 *)(r1 + 0)
r3 = 1
r3 <<= r4
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: complement_of_a_small_number
; run: mem=00*16 trap=access@bad
; run: mem=0f,00*15 trap=access@bad
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r3 &= 15
r3 ^= -1
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: complement_of_a_small_number_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r3 &= 15
r3 ^= -1
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: bytes_of_a_small_number_swapped
; run: mem=00*16 r0=0
; run: mem=01,00*15 trap=access@bad
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r3 &= 15
r3 = be16 r3
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: bytes_of_a_small_number_swapped_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r3 &= 15
r3 = be16 r3
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; Two bounds of the lower half, signed, from both sides; the upper half is free.
; program: signed_bounds_of_the_lower_half
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=0f000000,000000ff,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if w3 s< 0 goto short
if w3 s> 15 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: signed_bounds_of_the_lower_half_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if w3 s< 0 goto short
if w3 s> 15 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: lower_half_is_a_constant
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=0f000000,01000000,00*8 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if w3 != 15 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: lower_half_is_a_constant_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if w3 != 15 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; The immediate of a comparison is sign-extended: this is no bound of 2 gigabytes.
; program: bound_with_the_sign_bit
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=00*5,01,00*10 trap=access@bad
; run: mem=ff*8,00*8 r0=99
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if r3 > 0x80000000 goto short
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: bound_with_the_sign_bit_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
if r3 > 0x80000000 goto short
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; An access that is good says where its own address is, not that the bytes before it are there.
; program: good_further_on
; run: mem=07,00*15 r0=0
; run: mem=f8,ff*7,00*8 trap=access@bad
; run: mem=10,00*15 trap=access@first
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
add:
r1 += r3
first:
r0 = *(u8 *)(r1 + 8)
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: good_further_on_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
; error: no bound
r1 += r3
first:
r0 = *(u8 *)(r1 + 8)
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; Nor that those behind it are.
; program: good_before
; run: mem=06,00*15 r0=0
; run: mem=07,00*15 trap=access@bad
; run: mem=10,00*15 trap=access@first
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
add:
r1 += r3
first:
r4 = *(u8 *)(r1 + 0)
bad:
r0 = *(u64 *)(r1 + 2)
exit
short:
r0 = 99
exit

; program: good_before_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 0)
; error: no bound
r1 += r3
first:
r4 = *(u8 *)(r1 + 0)
bad:
r0 = *(u64 *)(r1 + 2)
exit
short:
r0 = 99
exit

; The offset grows after the check, by a path that only some bytes take.
; program: grows_after_the_check
; run: mem=0f,00*14,2a r0=0x2a
; run: mem=0f,01,00*14 trap=access@bad
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
if r3 > 15 goto short
if r4 != 1 goto use
r3 += r4
use:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: grows_after_the_check_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
if r3 > 15 goto short
if r4 != 1 goto use
r3 += r4
use:
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; The check is made of one of two equal numbers, of which one has changed in between.
; program: no_longer_equal
; run: mem=0e,00*14,2a r0=0x2a
; run: mem=0f,00*15 trap=access@bad
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r4 = r3
r3 += 1
if r4 > 15 goto short
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: no_longer_equal_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r4 = r3
r3 += 1
if r4 > 15 goto short
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; Read twice, and changed in between: the first reading was checked.
; program: checked_then_read_again
; run: mem=05,00*14,2a trap=access@bad mem_after=10,00*14,2a
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
if r3 > 15 goto short
*(u8 *)(r1 + 0) = 16
r3 = *(u8 *)(r1 + 0)
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit

; program: checked_then_read_again_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
if r3 > 15 goto short
*(u8 *)(r1 + 0) = 16
r3 = *(u8 *)(r1 + 0)
r1 += r3
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 99
exit
