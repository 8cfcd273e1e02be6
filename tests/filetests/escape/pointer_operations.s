; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Pointers taken apart and put together again by every operation. Wherever the address ends up, it is
; checked there: what comes back as the same address works, one byte further is a trap, and strict
; refuses the operation.

; program: or_nothing
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
r3 = r1
op:
r3 |= 0
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: or_nothing_strict
; options: policy=strict
r3 = r1
; error: |= on a pointer
r3 |= 0
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: and_all_bits
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
r3 = r1
op:
r3 &= -1
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: and_all_bits_strict
; options: policy=strict
r3 = r1
; error: &= on a pointer
r3 &= -1
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; The address of the end, made of the start by bits, is not inside.
; program: xor_to_the_end
; run: mem=00*8 trap=access@bad
r3 = r1
r3 += r2
r4 = r1
op:
r4 ^= r3
r5 = r1
r5 ^= r4
bad:
r0 = *(u8 *)(r5 + 0)
exit

; program: xor_to_the_end_strict
; options: policy=strict
r3 = r1
r3 += r2
r4 = r1
; error: ^= r3 has a pointer on both sides
r4 ^= r3
r5 = r1
r5 ^= r4
bad:
r0 = *(u8 *)(r5 + 0)
exit

; program: shifted_out_and_back
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
r3 = r1
op:
r3 <<= 16
r3 >>= 16
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: shifted_out_and_back_strict
; options: policy=strict
r3 = r1
; error: <<= on a pointer
r3 <<= 16
r3 >>= 16
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; The halves in two registers; what is put together lies before the data.
; program: halves_put_together
; run: mem=00*64 trap=access@bad
w3 = w1
r4 = r1
op:
r4 >>= 32
r4 <<= 32
r4 |= r3
r4 += -1
bad:
r0 = *(u8 *)(r4 + 0)
exit

; program: halves_put_together_strict
; options: policy=strict
w3 = w1
r4 = r1
; error: >>= on a pointer
r4 >>= 32
r4 <<= 32
r4 |= r3
r4 += -1
bad:
r0 = *(u8 *)(r4 + 0)
exit

; program: lower_half_alone
; run: mem=00*64 trap=access@bad
w3 = w1
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: lower_half_alone_strict
; options: policy=strict
w3 = w1
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; program: lower_half_sign_extended
; run: mem=00*64 trap=access@bad
r3 = (s32)r1
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: lower_half_sign_extended_strict
; options: policy=strict
r3 = (s32)r1
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; program: addition_of_32_bits
; run: mem=00*64 trap=access@bad
op:
w1 += 1
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: addition_of_32_bits_strict
; options: policy=strict
; error: of which 32 bits are no address
w1 += 1
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: times_minus_one_twice
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
r4 = -1
r3 = r1
op:
r3 *= r4
r3 *= r4
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: times_minus_one_twice_strict
; options: policy=strict
r4 = -1
r3 = r1
; error: *= on a pointer
r3 *= r4
r3 *= r4
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: negated_twice
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
r3 = r1
r3 = -r3
r3 = -r3
use:
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: negated_twice_strict
; options: policy=strict
r3 = r1
r3 = -r3
r3 = -r3
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: bytes_swapped_twice
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
r3 = r1
r3 = bswap64 r3
r3 = bswap64 r3
use:
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: bytes_swapped_twice_strict
; options: policy=strict
r3 = r1
r3 = bswap64 r3
r3 = bswap64 r3
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: bytes_swapped_once
; run: mem=2a01 trap=access@bad
r3 = r1
r3 = be64 r3
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: bytes_swapped_once_strict
; options: policy=strict
r3 = r1
r3 = be64 r3
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; Little endian is this machine's order: 64 bits stay, 32 bits are half of the pointer.
; program: to_little_endian
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
r3 = r1
r3 = le64 r3
use:
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: to_little_endian_strict
; options: policy=strict
r3 = r1
r3 = le64 r3
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: to_little_endian_of_32_bits
; run: mem=00*64 trap=access@bad
r1 = le32 r1
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: to_little_endian_of_32_bits_strict
; options: policy=strict
r1 = le32 r1
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit

; Divided by one, and the rest of a division by more than any address.
; program: division_by_one
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
r3 = r1
op:
r3 /= 1
r4 = 0x4000000000000000 ll
r3 %= r4
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: division_by_one_strict
; options: policy=strict
r3 = r1
; error: /= on a pointer
r3 /= 1
r4 = 0x4000000000000000 ll
r3 %= r4
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; The sum of two pointers less one of them.
; program: sum_less_a_pointer
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
r3 = r1
op:
r3 += r1
r3 -= r1
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: sum_less_a_pointer_strict
; options: policy=strict
r3 = r1
; error: has a pointer on both sides
r3 += r1
r3 -= r1
r0 = *(u8 *)(r3 + 0)
bad:
r4 = *(u8 *)(r3 + 1)
exit

; program: number_less_a_pointer
; run: mem=2a*16 trap=access@bad
r3 = 16
op:
r3 -= r1
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: number_less_a_pointer_strict
; options: policy=strict
r3 = 16
; error: is subtracted from a number
r3 -= r1
bad:
r0 = *(u8 *)(r3 + 0)
exit

; The distance of two regions leads from one to the other; it must not let a pointer to the data write
; into the frame.
; program: from_data_to_stack
; run: mem=00*16 trap=access@bad
*(u64 *)(r10 - 8) = 7
r3 = r10
r3 -= r1
op:
r1 += r3
bad:
*(u64 *)(r1 - 8) = 8
r0 = *(u64 *)(r10 - 8)
exit

; program: from_data_to_stack_strict
; options: policy=strict
*(u64 *)(r10 - 8) = 7
r3 = r10
r3 -= r1
; error: no bound
r1 += r3
bad:
*(u64 *)(r1 - 8) = 8
r0 = *(u64 *)(r10 - 8)
exit

; Nor may one to the frame write into the data.
; program: from_stack_to_data
; run: mem=00*16 trap=access@bad
r3 = r1
r3 -= r10
r4 = r10
op:
r4 += r3
bad:
*(u64 *)(r4 + 0) = 8
r0 = 0
exit

; program: from_stack_to_data_strict
; options: policy=strict
r3 = r1
r3 -= r10
r4 = r10
; error: no bound
r4 += r3
bad:
*(u64 *)(r4 + 0) = 8
r0 = 0
exit

; A pointer compared with a number gives no bound for it.
; program: compared_with_a_number
; run: mem=00*16 r0=1
r0 = 1
r3 = 4096
if r1 > r3 goto out
bad:
r0 = *(u64 *)(r1 + 4096)
out:
exit

; program: compared_with_a_number_strict
; options: policy=strict
r0 = 1
r3 = 4096
if r1 > r3 goto out
; error: nothing is known of the data's length
r0 = *(u64 *)(r1 + 4096)
out:
exit

; Equal registers, one a pointer: the number has become the address, not a pointer that needs no check.
; program: number_that_equals_a_pointer
; run: mem=ff*8 trap=access@bad mem_after=00*8
; run: mem=ff*8,07,00*7 r0=7 mem_after=00*8,07,00*7
if r2 < 8 goto out
*(u64 *)(r1 + 0) = r1
r3 = *(u64 *)(r1 + 0)
*(u64 *)(r1 + 0) = 0
if r3 != r1 goto out
bad:
r0 = *(u64 *)(r3 + 8)
out:
exit

; program: number_that_equals_a_pointer_strict
; options: policy=strict
if r2 < 8 goto out
*(u64 *)(r1 + 0) = r1
r3 = *(u64 *)(r1 + 0)
*(u64 *)(r1 + 0) = 0
if r3 != r1 goto out
; error: read of 8 bytes at r3
r0 = *(u64 *)(r3 + 8)
out:
exit
