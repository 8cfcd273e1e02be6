; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Bugs that Solana's rbpf, now sbpf, has had. References are commits of github.com/solana-labs/rbpf, or numbers of its
; threads.

; Registers were swapped with the machine's count register around shifts, products and divisions, and not all of them
; came back (b1e4508); shifts of the register that lives there were wrong (3abb32a, thread 124).
; program: nothing_else_changes_around_shifts
; run: mem=03 r0=0x1c
r2 = 1
r3 = *(u8 *)(r1 + 0)
r4 = 1
r5 = 1
r6 = 1
r7 = 1
r8 = 1
r9 = 1
r4 <<= r3
r3 <<= r2
w3 >>= w5
r6 *= r3
r7 <<= r9
r8 %= r3
r9 *= r2
r0 = 64
r0 /= r4
r0 += r2
r0 += r3
r0 += r4
r0 += r5
r0 += r7
r0 += r8
r0 += r9
r0 += r6
exit

; program: count_and_shifted_are_one_register
; run: mem=03 r0=0x18
; run: mem=21 r0=0x42
r3 = *(u8 *)(r1 + 0)
r0 = r3
r0 <<= r3
if r3 == 3 goto out
w3 <<= w3
r0 = r3
out:
exit

; A 32-bit move took all 64 bits in the JIT (3abb32a, thread 124).
; program: mov32_of_a_register
; run: mem=ffffffffffffffff r0=0xffffffff
r3 = *(u64 *)(r1 + 0)
w0 = w3
exit

; A product with the constant 0 was compiled as one of the register with itself (b20e773).
; program: product_with_constant_zero
; run: mem=05 r0=7
r3 = *(u8 *)(r1 + 0)
r4 = r3
r3 *= 0
w4 *= 0
r0 = 7
r0 += r3
r0 += r4
exit

; Conversions to little endian cut nothing off in the JIT (b20e773).
; program: le_cuts
; run: mem=f1f2f3f4f5f6f7f8 r0=0x1e9e7e5e3
r0 = *(u64 *)(r1 + 0)
r3 = r0
r0 = le32 r0
r3 = le16 r3
r4 = r3
r4 >>= 16
r0 += r0
if r4 == 0 goto out
r0 = 0
out:
r0 += 1
exit

; Negation of the smallest number stopped the process (c541b52).
; program: negation_of_the_smallest_numbers
; run: mem=0000000000000080 r0=0x8000000000000000
; run: mem=0000008000000080 r0=0x7fffffff80000000
r3 = *(u64 *)(r1 + 0)
r0 = r3
r0 = -r0
exit

; program: negation_of_the_smallest_number_of_32_bits
; run: mem=0000008000000080 r0=0x80000000
r0 = *(u64 *)(r1 + 0)
w0 = -w0
exit

; The immediate of an unsigned 64-bit division is extended by its sign; that was missing, then done where it should not (410a627).
; program: unsigned_division_by_a_negative_immediate
; run: mem=ffffffffffffffff r0=1
; run: mem=feffffffffffffff r0=0
; run: mem=ffffffff00000000 r0=0
r0 = *(u64 *)(r1 + 0)
r0 /= -1
exit

; program: unsigned_division32_by_a_negative_immediate
; run: mem=fefffffffeffffff r0=0xfffffffe
; run: mem=ffffffff00000000 r0=0
r0 = *(u64 *)(r1 + 0)
w0 %= -1
exit

; The sign of a 32-bit signed quotient went one way in the JIT and another in the interpreter (e61e045); here the
; upper half is zeros.
; program: quotient32_of_a_negative_number
; run: mem=f6ffffff r0=0xfffffffd
r0 = *(u32 *)(r1 + 0)
r3 = 3
w0 s/= w3
exit

; Likewise for 32-bit products (ef0264d).
; program: product32_of_a_negative_number
; run: mem=fdffffff r0=0xffffffeb
r0 = *(u32 *)(r1 + 0)
r3 = 7
w0 *= w3
exit

; Immediates of 64 bits were cut where they are hidden from an attacker (0c64b48).
; program: operations_with_wide_constants
; run: mem=ffffffffffffffff r0=0xedcba98800000000
r0 = *(u64 *)(r1 + 0)
r3 = 0x1234567700000000 ll
r4 = 0xffffffff00000000 ll
r0 ^= r3
r0 &= r4
exit

; Immediate counts of 32-bit shifts were let through up to 63 (64ff80c).
; program: immediate_count_of_32
; options: policy=strict
r0 = 1
w0 <<= 32 ; error: shift
exit

; program: immediate_count_of_64
; options: policy=strict
r0 = 1
r0 s>>= 64 ; error: shift
exit

; An indirect call could land inside a 64-bit immediate, whose second half then ran as an instruction (39e12ae).
; program: indirect_call_of_an_address_in_code
; run: mem=00 trap=bad-function@bad
r3 = func(f) ll
r3 += 8
bad:
callx r3
exit
f:
r0 = 0x950000000000 ll
exit

; What an indirect call may call was computed in two ways, by the interpreter and by the JIT (2d38c95).
; program: indirect_call_by_each_register
; run: r0=5
r1 = 2
r6 = func(f) ll
r9 = func(g) ll
callx r6
r7 = r0
r1 = 3
callx r9
r0 += r7
exit
f:
r0 = r1
exit
g:
r0 = r1
exit

; Bounds of memory were checked by the first byte only (41ccd1b).
; program: last_bytes_of_the_data
; run: mem=00*7 trap=access@bad
; run: mem=00*8 r0=0
r0 = *(u32 *)(r1 + 0)
bad:
r0 = *(u32 *)(r1 + 4)
exit

; Where a run that has used up its budget stopped differed between the interpreter and the JIT (thread 270).
; program: budget_ends_at_one_place
; run: mem=05 budget=3 trap=budget@back mem_after=01
; run: mem=03 budget=3 r0=7 budget_left=0 mem_after=00
; run: mem=00 budget=3 r0=7 budget_left=3
loop:
r3 = *(u8 *)(r1 + 0)
if r3 == 0 goto out
r3 -= 1
*(u8 *)(r1 + 0) = r3
back:
goto loop
out:
r0 = 7
exit

; What is charged where a program ends, or where a call fails, was not what the interpreter charges (443208e, d87fac7).
; program: budget_of_calls
; run: mem=02 budget=4 r0=7 budget_left=0 mem_after=00
; run: mem=02 budget=3 trap=budget@back mem_after=00
; run: mem=02 budget=2 trap=budget@call mem_after=01
; run: mem=00 budget=0 r0=7 budget_left=0
r6 = r1
loop:
r3 = *(u8 *)(r6 + 0)
if r3 == 0 goto out
r1 = r6
call:
call f
back:
goto loop
out:
r0 = 7
exit
f:
r3 = *(u8 *)(r1 + 0)
r3 -= 1
*(u8 *)(r1 + 0) = r3
exit

; Sums of an address and an offset saturated in the interpreter and wrapped in the JIT (3abb32a, thread 124).
; program: offset_wraps_back_into_the_data
; run: mem=0102030405060708 r0=8
r3 = r1
r3 += 0x7fff
r4 = 0xffffffffffff8000 ll
r3 += r4
r0 = *(u8 *)(r3 + 8)
exit
