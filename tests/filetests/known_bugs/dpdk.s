; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Bugs that librte_bpf of DPDK has had: ranges that its validator got wrong, and its JIT. Where a range would be
; too small, the program uses the number as an offset into its frame, so that a check left out would be a write
; outside. References are commits of github.com/DPDK/dpdk.

; The lower bound of an XOR was computed as if numbers had no sign: 0 was all that was left of a number that may
; be negative (abdbaa35ee).
; program: xor_of_a_negative_number
; run: mem=0000000000000000 r0=7
; run: mem=01feffffffffffff r0=7
; run: mem=00feffffffffffff trap=access@bad
r2 = *(u64 *)(r1 + 0)
r0 = 7
if r2 s> 0 goto out
r2 ^= 0
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 - 1) = 1
out:
exit

; program: xor_of_a_negative_number_strict
; options: policy=strict
if r2 < 8 goto out
r2 = *(u64 *)(r1 + 0)
if r2 s> 0 goto out
r2 ^= 0
r3 = r10
r3 += r2 ; error: r2 has no bound
*(u8 *)(r3 - 1) = 1
out:
exit

; Overflow of a difference was looked for at the wrong end of the subtrahend: the difference of two numbers that
; are not positive was taken for the smallest number (b418ce3901).
; program: sub_of_two_negative_numbers
; run: mem=fefffffffffffffffdffffffffffffff trap=access@bad
; run: mem=fcfffffffffffffffdffffffffffffff r0=-1
; run: mem=0000000000000080ffffffffffffffff trap=access@bad
r0 = 0
r4 = *(u64 *)(r1 + 0)
if r4 s> 0 goto out
r3 = *(u64 *)(r1 + 8)
if r3 s> 0 goto out
r4 -= r3
r0 = r4
r3 = r10
r3 += r4
bad:
*(u8 *)(r3 + 0) = 1
out:
exit

; The bits that both lower bounds have were taken to be in every number between: 5 to 6 or'ed with 2 gave 7 (9b4781582e).
; program: or_of_a_range
; run: mem=0500000000000000 r0=7
; run: mem=0600000000000000 trap=access@bad
r2 = *(u64 *)(r1 + 0)
r0 = 0
if r2 < 5 goto out
if r2 > 6 goto out
r2 |= 2
r0 = r2
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 - 519) = 1
out:
exit

; And 5 to 6 or'ed with -2 was -1, where it can be -2.
; program: or_with_a_negative_number
; run: mem=0500000000000000 r0=0xffffffffffffffff
; run: mem=0600000000000000 trap=access@bad
r2 = *(u64 *)(r1 + 0)
r0 = 0
if r2 < 5 goto out
if r2 > 6 goto out
r2 |= -2
r0 = r2
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 - 511) = 1
out:
exit

; 6 to 8 and'ed with 5 was at least 4, though 8 & 5 is 0 (9ad7e6d9d4).
; program: and_of_a_range
; run: mem=0600000000000000 r0=4
; run: mem=0700000000000000 r0=5
; run: mem=0800000000000000 trap=access@bad
r2 = *(u64 *)(r1 + 0)
r0 = 0
if r2 < 6 goto out
if r2 > 8 goto out
r2 &= 5
r0 = r2
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 - 516) = 1
out:
exit

; The analysis of a left shift by 63 shifted by 64 itself (42b1e624f3).
; program: shift_by_63
; run: mem=0300000000000000 r0=0x8000000000000000
; run: mem=0400000000000000 r0=0
; run: mem=0500000000000000 r0=0x8000000000000000
r2 = *(u64 *)(r1 + 0)
r0 = 1
if r2 < 3 goto out
if r2 > 5 goto out
r2 <<= 63
r0 = r2
out:
exit

; A branch that no number takes was walked with a range whose end is before its start (1c39f3f240).
; program: branch_that_is_never_taken
; options: policy=strict
; run: r0=1
r2 = 42
r3 = 0x8000000000000000 ll
if r2 s< r3 goto never
r0 = 1
exit
never:
r3 = r10
r0 = *(u64 *)(r3 + 8)
exit

; A comparison of two registers told something of the first only (4b7a9847cf).
; program: comparison_bounds_both
; options: policy=strict
; run: mem=1400000000000000 r0=7
; run: mem=2700000000000000 r0=7
; run: mem=2800000000000000 r0=0
r0 = 0
if r2 < 8 goto out
r3 = *(u64 *)(r1 + 0)
if r3 < 20 goto out
if r3 > 60 goto out
r2 = 40
if r2 > r3 goto small
exit
small:
r0 = 7
r4 = r10
r4 += r3
*(u8 *)(r4 - 40) = 1
out:
exit

; Where a number was not greater than another, it was bounded by the smallest that the other can be (199179c89b).
; program: not_greater_than_a_range
; run: mem=14000000000000001e00000000000000 r0=7
; run: mem=1e000000000000001e00000000000000 r0=7
; run: mem=1f000000000000003200000000000000 trap=access@bad
; run: mem=33000000000000003200000000000000 r0=0
r0 = 0
r4 = *(u64 *)(r1 + 0)
if r4 < 20 goto out
if r4 > 60 goto out
r3 = *(u64 *)(r1 + 8)
if r3 < 30 goto out
if r3 > 50 goto out
if r4 > r3 goto out
r0 = 7
r5 = r10
r5 += r4
bad:
*(u8 *)(r5 - 31) = 1
out:
exit

; The product of large constants overflowed in the analysis, which is undefined there (cc205e72e6).
; program: product_of_large_constants
; run: r0=0xd77d73d70b88d780
r2 = 0x9876543210 ll
r2 *= 0x12345678
r0 = r2
exit

; The lower bound of a product was the square of one factor (a7ac086145).
; program: product_of_a_range
; run: mem=1d00000000000000 r0=319
; run: mem=1b00000000000000 r0=297
; run: mem=1a00000000000000 trap=access@bad
; run: mem=1100000000000000 trap=access@bad
r2 = *(u64 *)(r1 + 0)
r0 = 0
if r2 < 17 goto out
if r2 > 29 goto out
r2 *= 11
r0 = r2
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 - 801) = 1
out:
exit

; Signed bounds of an unsigned quotient were those of a signed one: half of a negative number was negative, the
; remainder too (03519ff27f).
; program: unsigned_division_of_negative_numbers
; run: mem=aaaaaaaaaaaaaaaa r0=0x5555555555555555
; run: mem=ffffffffffffffff r0=0x7fffffffffffffff
r2 = *(u64 *)(r1 + 0)
r0 = 0
if r2 s>= 0 goto out
r2 /= 2
if r2 s<= 0 goto wrong
r0 = r2
exit
wrong:
r0 = 99
out:
exit

; program: unsigned_remainder_of_negative_numbers
; run: mem=ffffffffffffffff trap=access@bad
; run: mem=fcffffffffffffff r0=2
r2 = *(u64 *)(r1 + 0)
r0 = 0
if r2 s>= 0 goto out
r2 %= 10
r0 = r2
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 - 3) = 1
out:
exit

; Negation of a range with 0 or with the smallest number in it came out as its two ends (ec4d63bf13).
; program: negation_of_a_range
; run: mem=0000000000000000 r0=7
; run: mem=0500000000000000 r0=7
; run: mem=0102000000000000 trap=access@bad
; run: mem=0000000000000080 trap=access@bad
r2 = *(u64 *)(r1 + 0)
r0 = 0
r4 = 0x8000000000000000 ll
if r2 > r4 goto out
r2 = -r2
r0 = 7
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 - 1) = 1
out:
exit

; A signed comparison of two registers was missing from a table: neither the branch nor what is behind it was
; looked at (7f8ce8d13f).
; program: signed_comparison_of_registers
; options: policy=strict
if r2 < 8 goto out
r2 = *(u64 *)(r1 + 0)
if r2 s< -3 goto out
if r2 s> 3 goto out
r3 = 0
if r2 s< r3 goto negative
r0 = 1
exit
negative:
r4 = r10
r4 += r2
r0 = *(u8 *)(r4 + 3) ; error: read of 1 bytes
out:
exit

; Eight bytes that were loaded had the signed range 0 to -1 (08eb798a07).
; program: sign_of_a_loaded_number
; run: mem=ffffffffffffffff r0=1
; run: mem=0000000000000080 r0=1
; run: mem=ffffffffffffff7f r0=2
r2 = *(u64 *)(r1 + 0)
if r2 s< 0 goto negative
r0 = 2
exit
negative:
r0 = 1
exit

; A number to which a pointer is added stayed a number (17509d4742).
; program: number_plus_pointer
; options: policy=strict
; run: mem=00*16,0807060504030201 r0=0x102030405060708
; run: mem=00*23 r0=0
r0 = 0
r3 = 0
r3 += r1
if r2 < 24 goto out
r0 = *(u64 *)(r3 + 16)
out:
exit

; program: number_plus_pointer_too_far
; options: policy=strict
r0 = 0
r3 = 1
r3 += r1
if r2 < 24 goto out
r0 = *(u64 *)(r3 + 16) ; error: read of 8 bytes
out:
exit

; Only one way was walked of a conditional jump that is the first instruction (5b3ef932be).
; program: first_instruction_is_a_conditional_jump
; options: policy=strict
if r2 != 0 goto good
r0 = *(u64 *)(r10 + 8) ; error: read of 8 bytes at r10 = stack+8
exit
good:
r0 = 1
exit

; Sums that leave the signed range overflowed in the analysis too (8239b206da).
; program: sum_that_wraps
; run: mem=ffffffffffffff7f r0=1
; run: mem=f0ffffffffffff7f r0=1
r2 = *(u64 *)(r1 + 0)
r3 = 0x7ffffffffffffff0 ll
r0 = 3
if r2 s< r3 goto out
r2 += 16
r0 = 1
if r2 s< 0 goto out
r0 = 2
out:
exit

; program: difference_that_wraps
; run: mem=0000000000000080 r0=1
; run: mem=0f00000000000080 r0=1
; run: mem=1000000000000080 r0=3
r2 = *(u64 *)(r1 + 0)
r3 = 0x800000000000000f ll
r0 = 3
if r2 s> r3 goto out
r2 -= 16
r0 = 1
if r2 s> 0 goto out
r0 = 2
out:
exit

; One less-than was looked for twice, so that the signed one was read as the unsigned one (cdcee2ec9b).
; program: signed_less_is_not_unsigned_less
; run: mem=0400000000000000 r0=7
; run: mem=0500000000000000 r0=0
; run: mem=00fcffffffffffff trap=access@bad
r2 = *(u64 *)(r1 + 0)
r0 = 7
if r2 s< 5 goto less
r0 = 0
exit
less:
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 - 8) = 1
exit

; The bounds of a difference were the differences of the bounds (20c19d9df5).
; program: difference_of_two_bytes
; run: mem=ff00 trap=access@bad
; run: mem=00ff trap=access@low
; run: mem=0707 r0=9
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
r3 -= r4
r5 = r10
r5 += r3
bad:
*(u8 *)(r5 - 1) = 1
low:
*(u8 *)(r5 - 512) = 1
r0 = 9
exit

; Bounds of the pointer that a function returns were those of any number (4715bb1623): what it points to was
; refused, or, had it been believed, not bounded.
; program: returned_pointer
; options: at=xdp helpers=kernel policy=strict
; map: name=values type=2 key=4 value=8 entries=1
; run: mem=00 r0=5 maps=values[00000000]=0000000000000005
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
*(u8 *)(r0 + 7) = 5
r0 = *(u8 *)(r0 + 7)
out:
exit

; program: returned_pointer_too_far
; options: at=xdp helpers=kernel policy=strict
; map: name=values type=2 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
*(u8 *)(r0 + 8) = 5 ; error: write of 1 bytes
out:
exit

; What a move leaves was not set in full in the analysis (3eef64655b).
; program: moves_set_every_bound
; run: mem=ffffffffffffffff r0=0xffffffff
r3 = *(u64 *)(r1 + 0)
r4 = 3
r4 = r3
w4 = -1
r0 = 1
if r4 s< 0 goto out
if w4 s>= 0 goto out
r0 = r4
out:
exit

; Its x86 JIT wrote 64-bit immediates above the largest positive 32-bit number in a form that extends the sign (95df7307a7).
; program: wide_immediates
; run: r0=0x17ffffffe
r0 = 0xffffffff ll
r3 = 0x7fffffff ll
r0 += r3
exit
