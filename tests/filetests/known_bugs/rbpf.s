; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Bugs that rbpf has had. References are commits of github.com/qmonnet/rbpf, or numbers of its threads.

; Sums, differences and products of 32 bits were extended by their sign (2f99865).
; program: alu32_clears_the_upper_half
; run: mem=0000000000000000 r0=0x5fffffff6
r3 = *(u64 *)(r1 + 0)
r4 = r3
r5 = r3
w3 += -1
w4 -= 4
w5 += 5
w5 *= -1
r0 = r3
r0 += r4
r0 += r5
r3 >>= 32
r0 += r3
r4 >>= 32
r0 += r4
r3 = 0x300000000 ll
r0 += r3
exit

; A move of -1 to 32 bits set all 64 (f983ff2).
; program: mov32_of_a_negative_immediate
; run: r0=0xffffffff
r0 = 0x1122334455667788 ll
w0 = -1
exit

; Immediates of unsigned 64-bit jumps are extended by zeros there (acc042b); the instruction set says by their sign.
; program: signed_and_unsigned_jumps
; run: mem=ffffffff00000000 r0=6
; run: mem=ffffffffffffffff r0=1
; run: mem=0100000000000000 r0=6
r3 = *(u64 *)(r1 + 0)
r0 = 0
if r3 s>= 0 goto positive
r0 |= 1
positive:
if r3 s<= 0 goto negative
r0 |= 2
negative:
if r3 >= -1 goto out
r0 |= 4
out:
exit

; Shifts by as many bits as there are, or more, stopped the process (7bebff5, thread 52), arithmetic ones too (adea893).
; program: shift_counts_are_masked
; run: mem=40 r0=0x80000000000000f0
; run: mem=41 r0=0xe0
; run: mem=ff r0=0x8000000000000000
r3 = *(u8 *)(r1 + 0)
r0 = 0x80000000000000f0 ll
r4 = r0
r0 <<= r3
r4 >>= r3
r4 <<= r3
r0 |= r4
if r3 != 0x41 goto out
r0 = 0x70
r0 <<= r3
out:
exit

; program: arithmetic_shift32_counts_are_masked
; run: mem=20 r0=0x80000010
; run: mem=24 r0=0xf8000001
; run: mem=3f r0=0xffffffff
r3 = *(u8 *)(r1 + 0)
r0 = 0x7780000010 ll
w0 s>>= w3
exit

; The 32-bit divisions looked at all 64 bits of the divisor for zero (e866963), and then divided by zero.
; program: div32_looks_at_32_bits
; run: mem=0000000000000080 r0=0x9
r3 = *(u64 *)(r1 + 0)
r0 = 9
r4 = 8
w4 /= w3
w0 %= w3
r0 += r4
exit

; Address plus length wrapped in the check of memory (56669f8, thread 51).
; program: last_address
; run: mem=00*8 trap=access@bad
r3 = 0xfffffffffffffff0 ll
bad:
r0 = *(u64 *)(r3 + 12)
exit

; program: store_at_the_last_address
; run: mem=00*8 trap=access@bad
r3 = -1
bad:
*(u16 *)(r3 + 0) = 7
exit

; What the JIT skips where a divisor is not zero had one byte more for some registers (0f36550).
; program: divisions_in_each_register
; run: mem=03 r0=0x3e
; run: mem=00 r0=0x3f
r6 = *(u8 *)(r1 + 0)
r7 = 3
r7 /= r6
r8 = 3
w8 /= w6
r9 = 5
r9 %= r6
r0 = 11
r0 %= r6
r2 = 7
w2 %= w6
r3 = 1
r3 /= r6
r0 += r2
r0 += r3
r0 += r7
r0 += r8
r0 += r9
if r6 != 0 goto add
r0 += 40
exit
add:
r0 += 55
exit

; Frames were not checked in code made by Cranelift (68be24f).
; program: over_the_top_of_the_frame
; run: mem=00 trap=access@bad
bad:
*(u64 *)(r10 + 0) = 1
exit

; program: far_below_the_frame
; run: mem=0002 trap=access@bad
; run: mem=f801 r0=0
r3 = *(u16 *)(r1 + 0)
r4 = r10
r4 -= r3
bad:
*(u64 *)(r4 - 8) = 1
exit

; Products by zero were refused, and remainders by zero taken (5fae4ec).
; program: product_by_zero
; run: mem=05 r0=0
r0 = *(u8 *)(r1 + 0)
r0 *= 0
exit

; program: remainder_by_the_immediate_zero
; options: policy=strict
r0 = 5
r0 %= 0 ; error: zero
exit

; program: division32_by_the_immediate_zero
; options: policy=strict
r0 = 5
w0 /= 0 ; error: zero
exit

; Sums of registers stopped the process where they wrap (174492f, thread 136).
; program: sums_wrap
; run: mem=ffffffffffffff7fffffffff00000000 r0=0x7fffffff00000000
r0 = *(u64 *)(r1 + 0)
r3 = *(u64 *)(r1 + 8)
r0 += 1
w3 += 1
r0 += r3
r4 = 0x100000000 ll
r0 -= r4
exit

; An empty program was told of in words that were wrong (b82d727); one that ends with a jump is a program.
; program: one_jump
; run: trap=budget@start
start:
goto start
exit
