; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Bugs that uBPF has had, in its interpreter and its JITs. References are commits of github.com/iovisor/ubpf, or
; numbers of its threads.

; The interpreter did not extend the sign of immediates in 64-bit jumps (thread 444, e8de891f).
; program: jump_with_a_negative_immediate
; run: mem=ffffffffffffffff r0=1
; run: mem=ffffffff00000000 r0=2
; run: mem=0000008000000000 r0=2
; run: mem=00000080ffffffff r0=4
r2 = *(u64 *)(r1 + 0)
r0 = 1
if r2 == -1 goto out
r0 = 4
if r2 == -2147483648 goto out
r0 = 2
if r2 < -2147483648 goto out
r0 = 3
out:
exit

; program: bits_of_a_negative_immediate
; run: mem=0000000001000000 r0=1
; run: mem=0000000000000000 r0=0
r2 = *(u64 *)(r1 + 0)
r0 = 1
if r2 & -2147483648 goto out
r0 = 0
out:
exit

; 32-bit left shifts of the interpreter left bits in the upper half (e17e8bb1).
; program: shift32_stays_in_32_bits
; run: mem=ffffffff r0=0xfffffff0
; run: mem=0000ff0f r0=0xfff00000
r0 = *(u32 *)(r1 + 0)
r3 = 4
w0 <<= w3
exit

; In the JIT, an atomic operation that fetches lost its operand if that was in r0 (a25446f7).
; program: fetch_with_r0_as_operand
; run: mem=0500000000000000 r0=5 mem_after=0700000000000000
r0 = 2
r0 = atomic_fetch_or((u64 *)(r1 + 0), r0)
exit

; program: fetch32_with_r0_as_operand
; run: mem=ffffffffaaaaaaaa r0=0xffffffff mem_after=0f0f0f0faaaaaaaa
r0 = 0x770f0f0f0f ll
w0 = atomic_fetch_and((u32 *)(r1 + 0), w0)
exit

; Addresses with one register of the machine, which r7 lived in, were encoded as others (thread 529, 093ed5ba).
; program: every_register_holds_an_address
; run: mem=00*10 r0=0x1e mem_after=00010203040506070900
*(u8 *)(r1 + 1) = 1
r2 = r1
*(u8 *)(r2 + 2) = 2
r3 = r2
*(u8 *)(r3 + 3) = 3
r4 = r3
*(u8 *)(r4 + 4) = 4
r5 = r4
*(u8 *)(r5 + 5) = 5
r6 = r5
*(u8 *)(r6 + 6) = 6
r7 = r6
r7 += 7
*(u8 *)(r7 + 0) = 7
r8 = r7
*(u8 *)(r8 + 1) = 9
r9 = r8
r0 = r9
r3 = *(u8 *)(r0 + 0)
r4 = *(u8 *)(r0 + 1)
r5 = *(u8 *)(r9 - 1)
r6 = *(u8 *)(r8 - 2)
r0 = r3
r0 += r4
r0 += r5
r0 += r6
r0 += 3
exit

; Registers of a program lived in registers that a call may change (86a5001d).
; program: saved_registers_over_calls_of_helpers
; options: at=xdp helpers=kernel
; map: name=values type=2 key=4 value=8 entries=1
; run: mem=00 r0=0x4321
r6 = 1
r7 = 0x20
r8 = 0x300
r9 = 0x4000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r0 += r6
r0 += r7
r0 += r8
r0 += r9
exit

; The stack pointer was saved after the frame had been made; what lies in the frame did not live through calls (8be50595).
; program: frame_over_calls_of_helpers
; options: at=xdp helpers=kernel
; map: name=values type=2 key=4 value=8 entries=1
; run: mem=00 r0=0x2211
*(u64 *)(r10 - 512) = 0x11
*(u64 *)(r10 - 16) = 0x2200
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r0 = *(u64 *)(r10 - 512)
r3 = *(u64 *)(r10 - 16)
r0 |= r3
exit

; The high bit of the lower half of a wide immediate went into the upper half (c22b0041).
; program: wide_immediate_with_a_high_bit
; run: r0=0x180000000
r0 = 0x180000000 ll
exit

; program: wide_immediate_of_one_half
; run: r0=0x80000000
r0 = 0x80000000 ll
exit

; Division by a register that is zero stopped the process in JIT code (c18c1b98, and 1f544887 on Arm: the
; remainder must be the dividend).
; program: divisions_by_zero
; run: mem=00 r0=0x1234567807
; run: mem=02 r0=0x91a2b3c05
r3 = *(u8 *)(r1 + 0)
r4 = 0x1234567807 ll
r5 = r4
r5 /= r3
r6 = 17
w6 /= w3
r7 = r4
r7 %= r3
r0 = r5
r0 += r7
if r3 == 0 goto out
r0 += r6
r0 += -7
out:
exit

; Byte swaps were encoded for the first eight registers of the machine only (4bd527ba).
; program: byte_swaps_in_every_register
; run: mem=0102030405060708 r0=0x3
r0 = *(u64 *)(r1 + 0)
r2 = r0
r3 = r0
r4 = r0
r5 = r0
r6 = r0
r7 = r0
r8 = r0
r9 = r0
r2 = be16 r2
r6 = be16 r6
r3 = be32 r3
r7 = be32 r7
r4 = be64 r4
r8 = be64 r8
r5 = be64 r5
r9 = be64 r9
r0 = 0
if r2 != 0x102 goto out
if r2 != r6 goto out
r0 = 1
r2 = 0x1020304
if r3 != r2 goto out
if r7 != r2 goto out
r0 = 2
r2 = 0x102030405060708 ll
if r4 != r2 goto out
if r8 != r2 goto out
if r5 != r2 goto out
if r9 != r2 goto out
r0 = 3
out:
exit

; A 32-bit swap was misassembled for some registers (65312fd7); what is above it must go.
; program: swap32_clears_the_upper_half
; run: mem=01020304ffffffff r0=0x1020304
r0 = *(u64 *)(r1 + 0)
r0 = be32 r0
exit

; Loads of one and of two bytes were misassembled by the JIT (11bbc5f8, 5ac0c7c6).
; program: narrow_loads
; run: mem=ff80ff80ffffffff r0=0x80ff80
r0 = *(u16 *)(r1 + 2)
r0 <<= 8
r3 = *(u8 *)(r1 + 1)
r0 |= r3
exit

; Address plus size could wrap in the check of bounds (8d92f8f6).
; program: address_that_wraps
; run: mem=00*16 trap=access@bad
r3 = -4
bad:
r0 = *(u64 *)(r3 + 0)
exit

; program: offset_in_the_data_that_wraps
; run: mem=fcffffffffffffff trap=access@bad
; run: mem=0000000000000000 r0=0
r3 = *(u64 *)(r1 + 0)
r1 += r3
bad:
r0 = *(u64 *)(r1 + 0)
exit

; A program that sets no r0 returned what the machine's register held (thread 436).
; program: nothing_returned
; run: mem=00 r0=0
r2 = 0xffffffff
exit

; program: nothing_returned_strict
; options: policy=strict
r2 = 0xffffffff
exit ; error: r0 has no value on some path

; A call of helper 0, which nobody offers, jumped through a null pointer (thread 437).
; program: helper_zero
; run: trap=unknown-helper@bad
r0 = 0
bad:
call 0
exit

; How much of the stack a local function uses was computed wrong (a2c93ea6): frames must not overlap.
; program: full_frames_do_not_overlap
; run: r0=0x321
*(u64 *)(r10 - 512) = 1
*(u64 *)(r10 - 8) = 0x300
call f
r3 = *(u64 *)(r10 - 512)
r0 += r3
r3 = *(u64 *)(r10 - 8)
r0 += r3
exit
f:
*(u64 *)(r10 - 512) = 0x77
*(u64 *)(r10 - 8) = 0x20
call g
r0 = *(u64 *)(r10 - 8)
exit
g:
*(u64 *)(r10 - 512) = 0x77
*(u64 *)(r10 - 8) = 0x77
exit

; The Arm JIT negated the wrong register (21907f34).
; program: negation_of_each_register
; run: mem=05 r0=-15
r3 = *(u8 *)(r1 + 0)
r0 = 1000
r7 = r3
r7 = -r7
r9 = r7
r9 += r7
r3 = -r3
r0 = r9
r0 += r3
exit

; A 32-bit compare-and-exchange compared, or returned, the wrong width (21907f34).
; program: cmpxchg32_compares_32_bits
; run: mem=0500000007000000 r0=5 mem_after=0900000007000000
r0 = 0x100000005 ll
r4 = 9
w0 = cmpxchg32_32(r1 + 0, w0, w4)
exit
