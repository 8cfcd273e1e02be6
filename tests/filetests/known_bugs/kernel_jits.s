; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Bugs that the JITs and the interpreter of Linux have had. References are commits of Linux, or CVE numbers.

; cmpxchg of 32 bits left the upper half of r0 on machines that do not write r0 when it succeeds (39491867ace5).
; program: cmpxchg32_that_succeeds
; run: mem=05000000 r0=5 mem_after=06000000
r0 = 0xffffffff00000005 ll
r3 = 6
w0 = cmpxchg32_32(r1 + 0, w0, w3)
exit

; Atomic and, or and xor that fetch went round a loop that overwrote r0, the operand (b29dd96b905f).
; program: fetch_and_r0
; run: mem=ff00000000000000 r0=0xff mem_after=0f00000000000000
r0 = 15
r0 = atomic_fetch_and((u64 *)(r1 + 0), r0)
exit

; program: fetch_xor_r0_from_another_base
; run: mem=ff00000000000000 r0=0xff mem_after=f000000000000000
r0 = 15
r6 = r1
r0 = atomic_fetch_xor((u64 *)(r6 + 0), r0)
exit

; And they failed where r0 is the address.
; program: fetch_or_at_r0
; run: mem=f000000000000000 r0=0xf0 mem_after=ff00000000000000
r0 = r1
r2 = 15
r2 = atomic_fetch_or((u64 *)(r0 + 0), r2)
r0 = r2
exit

; A byte store of r10 stored a byte of another register: its name needs a prefix (aee194b14dd2).
; program: byte_of_the_frame_pointer
; run: r0=1
r3 = r10
*(u8 *)(r10 - 8) = r10
r4 = *(u8 *)(r10 - 8)
r3 &= 255
r0 = 1
if r3 == r4 goto out
r0 = 2
out:
exit

; program: bytes_of_every_register
; run: mem=00*10 r0=0x908 mem_after=00020304050607080900
r2 = 2
r3 = 3
r4 = 4
r5 = 5
r6 = 6
r7 = 7
r8 = 8
r9 = 9
*(u8 *)(r1 + 1) = r2
*(u8 *)(r1 + 2) = r3
*(u8 *)(r1 + 3) = r4
*(u8 *)(r1 + 4) = r5
*(u8 *)(r1 + 5) = r6
*(u8 *)(r1 + 6) = r7
*(u8 *)(r1 + 7) = r8
*(u8 *)(r1 + 8) = r9
*(u8 *)(r1 + 9) = r0
r0 = *(u16 *)(r1 + 7)
exit

; A test of bits changed the number that is tested (50fe7ebb6475), or looked at the upper half too (93e5fbb18cec tests it).
; program: test_of_bits_changes_nothing
; run: mem=0500000001000000 r0=0x100000005
; run: mem=0400000001000000 r0=1
r3 = *(u64 *)(r1 + 0)
r0 = 1
r4 = 0x100000001 ll
if w3 & w4 goto set
exit
set:
if r3 & r4 goto both
r0 = 2
exit
both:
r0 = r3
exit

; A jump back to the first instruction went elsewhere (7c2e988f400e).
; program: jump_to_the_first_instruction
; run: mem=03 r0=0 mem_after=00
r3 = *(u8 *)(r1 + 0)
r3 += -1
*(u8 *)(r1 + 0) = r3
r3 &= 255
r0 = r3
if r3 != 0 goto -6
exit

; On 32-bit machines, signed 64-bit comparisons compared the lower halves by their sign too (711aef1bbf88).
; program: signed_comparison_of_large_numbers
; run: mem=0000008000000000ffffff7f00000000 r0=1
; run: mem=00000080fffffffffffffffffeffffff r0=1
; run: mem=ffffff7f000000000000008000000000 r0=0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r0 = 1
if r3 s> r4 goto out
r0 = 0
out:
exit

; The interpreter took the absolute value of the smallest 32-bit number, which is none (CVE-2026-31525).
; program: signed32_division_of_the_smallest_number
; run: mem=00000080 r0=0xc0000000
r0 = *(u32 *)(r1 + 0)
r3 = 2
w0 s/= w3
exit

; program: signed32_remainder_of_the_smallest_number
; run: mem=00000080 r0=0xfffffffe
r0 = *(u32 *)(r1 + 0)
w0 s%= 3
exit

; program: signed32_division_by_minus_one
; run: mem=00000080 r0=0x80000000
r0 = *(u32 *)(r1 + 0)
r3 = -1
w0 s/= w3
exit

; A 32-bit sign-extending move left the upper half as the sign made it (772cbe948fb0).
; program: movsx32_clears_the_upper_half
; run: mem=80ffffffffffffff r0=0xffffff80
r3 = *(u64 *)(r1 + 0)
w0 = (s8)w3
exit

; Loads of 1, 2 and 4 bytes on 32-bit x86 did not clear the upper half of the register (5fa9a98fb103).
; program: loads_clear_the_register
; run: mem=f0f1f2f3 r0=0x1e7e4efff
r3 = 0xaaaaaaaaaaaaaaaa ll
r4 = r3
r5 = r3
r3 = *(u8 *)(r1 + 0)
r4 = *(u16 *)(r1 + 1)
r5 = *(u32 *)(r1 + 0)
r0 = r5
r0 += r5
r3 += r4
r4 = r3
r4 >>= 17
r0 += r4
r3 &= 0xffff
r0 -= r3
exit

; Branches with displacements computed from code that still shrinks went astray (CVE-2021-29154, CVE-2015-4700): here
; jumps of many lengths, forward and back.
; program: jumps_over_code_that_may_shrink
; run: mem=00 r0=0x2d
; run: mem=01 r0=0x2c
; run: mem=02 r0=0x2b
; run: mem=05 r0=0x5
r3 = *(u8 *)(r1 + 0)
r0 = 0
if r3 == 5 goto last
if r3 == 1 goto l8
if r3 == 2 goto l7
r0 += 1
l8:
r0 += 1
l7:
r0 += 7
r0 += 6
r4 = 0x1122334455667788 ll
if r4 == r3 goto l8
r0 += 5
r5 = 0x8877665544332211 ll
if r5 == r4 goto l7
r0 += 9
r6 = r5
r6 *= r4
if r6 == r3 goto last
r0 += 11
last:
r0 += 5
exit
