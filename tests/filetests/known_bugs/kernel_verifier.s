; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Holes that the verifier of Linux has had: programs that it believed to be safe. A number whose bounds it had wrong is
; used here as an offset into the frame; the access must be checked (guard) or refused (strict), and what is in
; bounds must work. References are CVE numbers and commits of Linux.

; After a 32-bit comparison, the bounds of the lower half were made those of all 64 bits (CVE-2020-8835, f2d67fec0b43).
; program: jmp32_bounds_the_lower_half_only
; run: mem=0100000000000000 r0=7
; run: mem=0300000000000000 trap=access@bad
; run: mem=0200000001000000 r0=0
r6 = *(u64 *)(r1 + 0)
r0 = 0
r8 = 0x2000000001 ll
if r6 > r8 goto out
if w6 < 1 goto out
if r6 == 0x40 goto out
r7 = 2
if r6 > r7 goto odd
r0 = 7
exit
odd:
r7 = r6
r7 >>= 32
if r7 != 0 goto none
r6 &= 2
r6 >>= 1
r6 *= 600
r3 = r10
r3 -= r6
bad:
*(u8 *)(r3 - 8) = 1
r0 = 5
exit
none:
r0 = 0
out:
exit

; program: jmp32_bounds_the_lower_half_only_strict
; options: policy=strict
if r2 < 8 goto out
r6 = *(u64 *)(r1 + 0)
r8 = 0x2000000001 ll
if r6 > r8 goto out
if w6 < 1 goto out
r6 &= 2
r6 >>= 1
r6 *= -600
r3 = r10
r3 += r6
*(u8 *)(r3 - 8) = 1 ; error: write of 1 bytes
out:
r0 = 0
exit

; 32-bit bounds of an OR were taken from the 64-bit ones (CVE-2020-27194, 5b9fbeb75b6a).
; program: or_takes_64_bit_bounds_for_32_bits
; run: mem=0100000000000000 r0=1
; run: mem=0200000000000000 r0=2
; run: mem=0003000005000000 trap=access@bad
r5 = *(u64 *)(r1 + 0)
r0 = 0
r2 = 0x600000002 ll
if r5 > r2 goto out
if r5 < 1 goto out
r5 |= 0
w8 = w5
r0 = r8
r3 = r10
r3 += r8
bad:
*(u8 *)(r3 - 3) = 1
out:
exit

; AND, OR and XOR of a lower half that is known left its 32-bit bounds as they were (CVE-2021-3490, 049c4e13714e).
; program: and_of_a_known_lower_half
; run: mem=0000000000000000 r0=7
; run: mem=0000000001000000 trap=access@bad
r4 = *(u64 *)(r1 + 0)
r3 = 0xffffffff00000000 ll
r4 &= r3
r4 |= 1
r3 = 0x100000002 ll
r4 &= r3
r0 = 99
if w4 != 0 goto out
if w4 s> 0 goto out
r0 = 7
r5 = r10
r5 -= r4
bad:
*(u8 *)(r5 - 1) = 1
out:
exit

; program: xor_of_a_known_lower_half
; run: mem=0000000000000000 r0=2
; run: mem=00000000ffffffff r0=2
r4 = *(u64 *)(r1 + 0)
r3 = 0xffffffff00000000 ll
r4 &= r3
r4 |= 1
r3 = 0x100000003 ll
r4 ^= r3
r0 = 99
if w4 < 2 goto out
if w4 > 2 goto out
w0 = w4
out:
exit

; A 32-bit remainder by zero left the upper half of the dividend, while the verifier had cut it (CVE-2021-3444).
; program: mod32_by_zero_cuts
; run: mem=0300000001000000 r0=3
r3 = *(u64 *)(r1 + 0)
r2 = 0
w3 %= w2
r0 = r3
exit

; And where a divisor that is cut is 0, the branch around the division was decided by all 64 bits (CVE-2021-3600).
; program: mod32_by_a_divisor_with_a_zero_low_half
; run: mem=0000000001000000 r0=0x100
; run: mem=0700000001000000 r0=4
r3 = *(u64 *)(r1 + 0)
r0 = 0x100 
w0 %= w3
exit

; 32-bit bounds came from 64-bit bounds where only one end fits: at least 1 became at least 1 in the lower half (CVE-2021-31440).
; program: lower_bound_of_64_bits_is_none_of_32
; run: mem=0100000000000000 r0=0
; run: mem=0800000000000000 r0=7
; run: mem=0000000001000000 trap=access@bad
r5 = *(u64 *)(r1 + 0)
r0 = 0
if r5 < 1 goto out
if w5 > 8 goto out
w6 = w5
w6 -= 1
r0 = r6
r3 = r10
r3 += r6
bad:
*(u8 *)(r3 - 8) = 1
out:
exit

; Arithmetic on a value that may be null was allowed; after the check for null the offset was forgotten (CVE-2022-23222).
; program: arithmetic_before_the_check_for_null
; options: at=xdp helpers=kernel policy=strict
; map: name=values type=1 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 9
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r3 = r0
r3 += 8 ; error: null
if r3 == 0 goto out
*(u64 *)(r3 - 8) = 1
out:
r0 = 0
exit

; program: arithmetic_before_the_check_for_null_guarded
; options: at=xdp helpers=kernel
; map: name=values type=1 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 9
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r3 = r0
r3 += 8
if r3 == 0 goto out
bad:
*(u64 *)(r3 - 8) = 1
out:
r0 = 0
exit

; program: offset_of_null_is_no_zero
; options: at=xdp helpers=kernel
; map: name=values type=1 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 9
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
r6 += 1
if r0 != 0 goto out
r6 *= 600
r3 = r10
r3 -= r6
bad:
*(u64 *)(r3 - 8) = 1
out:
r0 = 0
exit

; Memory of a helper, a record of a ring buffer, was not measured when it was handed to the next helper (CVE-2021-4204).
; program: more_than_the_record
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto out
r6 = r0
r1 = map_fd(0) ll
r2 = r6
r3 = 16
r4 = 0
call 130 ; error: 16 bytes
r1 = r6
r2 = 0
call 133
out:
r0 = 0
exit

; program: more_than_the_record_guarded
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 trap=access@bad
r1 = map_fd(0) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto out
r6 = r0
r1 = map_fd(0) ll
r2 = r6
r3 = 16
r4 = 0
bad:
call 130
r1 = r6
r2 = 0
call 133
out:
r0 = 0
exit

; Signed bounds stayed over a 32-bit move, whose result has none below 0 (CVE-2021-45402, 3cf2b61eb067).
; program: mov32_of_a_number_near_zero
; run: mem=0000000000000000 r0=7
; run: mem=ffffffffffffffff trap=access@bad
r4 = *(u64 *)(r1 + 0)
r0 = 0
if r4 s< -1 goto out
if r4 s> 0 goto out
r0 = 7
w5 = w4
r3 = r10
r3 += r5
bad:
*(u8 *)(r3 - 1) = 1
out:
exit

; A way that had been seen to be safe stood for another, whose number had not been noted to matter (CVE-2023-2163, 71b547f56124).
; program: pruned_way
; run: mem=0000 r0=7
; run: mem=0100 r0=7
; run: mem=0001 r0=7
; run: mem=0101 trap=access@bad
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
r6 = 0
if r3 == 0 goto first
r6 = 600
first:
r7 = r6
r8 = 0
if r4 == 0 goto second
r8 = r7
second:
r0 = 7
r5 = r10
r5 -= r8
bad:
*(u8 *)(r5 - 8) = 1
exit

; program: pruned_way_strict
; options: policy=strict
if r2 < 2 goto out
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
r6 = 0
if r3 == 0 goto first
r6 = -600
first:
r7 = r6
r8 = 0
if r4 == 0 goto second
r8 = r7
second:
r5 = r10
r5 += r8
*(u8 *)(r5 - 8) = 1 ; error: write of 1 bytes at r5 = stack-608
out:
r0 = 0
exit

; The overflow of 32-bit signed bounds was computed in unsigned numbers (CVE-2021-20268, bc895e8b2a64).
; program: signed32_sum_overflows
; run: mem=f1ffff7f r0=0x80000001
; run: mem=ffffff7f r0=0x8000000f
; run: mem=01000000 r0=0
r3 = *(u32 *)(r1 + 0)
r0 = 0
if w3 s< 0x7ffffff1 goto out
w3 += 16
r0 = 99
if w3 s> 0 goto out
r0 = r3
out:
exit

; program: signed32_difference_overflows
; run: mem=0e000080 r0=0x7ffffffe
; run: mem=0f000080 r0=0x7fffffff
; run: mem=10000080 r0=0
r3 = *(u32 *)(r1 + 0)
r0 = 0
if w3 s> -2147483633 goto out
w3 -= 16
r0 = 99
if w3 s< 0 goto out
r0 = r3
out:
exit

; A 32-bit move of -1 was all ones in the verifier, and not in the machine (CVE-2017-16995, 95a762e2c8c9).
; program: mov32_of_minus_one
; run: trap=access@bad
w9 = -1
r0 = 0
if r9 == -1 goto out
r9 >>= 31
r9 *= 600
r3 = r10
r3 -= 600
r3 -= r9
bad:
*(u8 *)(r3 - 8) = 1
out:
exit

; 32-bit arithmetic was not cut to 32 bits before its bounds were used (CVE-2017-16996, CVE-2017-17852).
; program: sum32_is_cut
; run: mem=0000000000000000 r0=0xffffffff
; run: mem=0100000000000000 r0=0
r0 = *(u64 *)(r1 + 0)
if r0 > 1 goto out
r3 = 0x1ffffffff ll
w0 += w3
out:
exit

; program: product32_is_cut
; run: mem=0000010000000000 r0=7
; run: mem=ffff000000000000 trap=access@bad
r4 = *(u64 *)(r1 + 0)
r0 = 0
if r4 > 0x10000 goto out
w4 *= 0x10000
r0 = 7
r3 = r10
r3 -= r4
bad:
*(u8 *)(r3 - 1) = 1
out:
exit

; A right shift without a sign kept the signed bounds (CVE-2017-17853).
; program: logical_shift_of_a_negative_number
; run: mem=ffffffffffffffff trap=access@bad
; run: mem=0200000000000000 r0=7
r4 = *(u64 *)(r1 + 0)
r0 = 0
if r4 s> 2 goto out
if r4 s< -2 goto out
r4 >>= 1
r0 = 7
r3 = r10
r3 += r4
bad:
*(u8 *)(r3 - 2) = 1
out:
exit

; Offsets added to a pointer overflowed the number that holds them (CVE-2017-17854, CVE-2017-17863).
; program: offsets_add_up
; run: mem=00 trap=access@bad
r3 = r10
r3 += 0x7fffffff
r3 += 0x7fffffff
bad:
*(u8 *)(r3 - 8) = 1
r0 = 0
exit

; program: offsets_add_up_to_nothing
; run: r0=7
r3 = r10
r3 += 0x7fffffff
r3 += 0x7fffffff
r4 = 0xfffffffe ll
r3 -= r4
*(u8 *)(r3 - 8) = 7
r0 = *(u8 *)(r10 - 8)
exit

; program: large_offsets_are_refused
; options: policy=strict
r3 = r10
r4 = 0x7fffffff00000000 ll
r3 += r4 ; error: r3
*(u8 *)(r3 - 8) = 1
r0 = 0
exit

; Pointers could be multiplied or made numbers, and what came out was used as an offset (CVE-2017-17855).
; program: product_of_a_pointer
; options: policy=strict
r3 = r10
r3 *= 2 ; error: r3
r4 = r10
r4 -= r3
*(u8 *)(r4 - 8) = 1
r0 = 0
exit

; Alignment of accesses to the frame was not demanded (CVE-2017-17856); atomics need it.
; program: atomic_in_a_frame_not_aligned
; run: trap=alignment@bad
r3 = 1
bad:
lock *(u64 *)(r10 - 12) += r3
r0 = 0
exit

; program: access_to_a_frame_not_aligned
; options: policy=strict
lock *(u32 *)(r10 - 7) += r2 ; error: aligned
r0 = 0
exit

; Reads of the frame at an open offset were not checked to be written (CVE-2017-17857): here frames start as zeros,
; whatever ran before.
; program: frame_at_an_open_offset_is_zeros
; run: mem=10 r0=0
; run: mem=ff r0=0
r6 = *(u8 *)(r1 + 0)
call f
r1 = r6
call g
exit
f:
*(u64 *)(r10 - 16) = -1
*(u64 *)(r10 - 256) = -1
r0 = 0
exit
g:
r3 = r10
r3 -= r1
r0 = *(u8 *)(r3 + 0)
exit

; Code that no way leads to was not looked at, and compiled all the same (CVE-2017-17862).
; program: code_that_no_way_leads_to
; options: policy=strict
r0 = 0
exit
r0 = *(u64 *)(r10 + 64) ; error: no way through the program leads to this
exit

; A 32-bit right shift moved bits of the upper half down (CVE-2018-18445).
; program: shift32_takes_nothing_from_above
; run: trap=access@bad
r4 = 2
r4 <<= 31
w4 >>= 31
r3 = r10
r3 += r4
bad:
*(u8 *)(r3 - 514) = 1
r0 = 0
exit

; Helpers took maps of other kinds for ring buffers (CVE-2021-34866).
; program: ring_buffer_that_is_an_array
; options: at=xdp helpers=kernel
; map: name=values type=2 key=4 value=8 entries=1
*(u64 *)(r10 - 8) = 0
r1 = map_fd(0) ll
r2 = r10
r2 += -8
r3 = 8
r4 = 0
call 130 ; error: that ringbuf_output does not take
r0 = 0
exit

; Helpers wrote results into memory that programs must not write (CVE-2024-49861).
; program: result_into_constants
; options: at=xdp helpers=kernel policy=strict
; map: name=constants type=2 key=4 value=8 entries=1 flags=128 bytes=1122334455667788
*(u64 *)(r10 - 8) = 0x3131
r6 = map_fd(0) ll
*(u32 *)(r10 - 16) = 0
r1 = r6
r2 = r10
r2 += -16
call 1
if r0 == 0 goto out
r4 = r0
r1 = r10
r1 += -8
r2 = 8
r3 = 10
call 105 ; error: r4
out:
r0 = 0
exit

; program: result_into_constants_guarded
; options: at=xdp helpers=kernel
; map: name=constants type=2 key=4 value=8 entries=1 flags=128 bytes=1122334455667788
; run: mem=00 trap=access@bad
*(u64 *)(r10 - 8) = 0x3131
r1 = map_fd(0) ll
*(u32 *)(r10 - 16) = 0
r2 = r10
r2 += -16
call 1
if r0 == 0 goto out
r4 = r0
r1 = r10
r1 += -8
r2 = 8
r3 = 10
bad:
call 105
out:
r0 = 0
exit

; A tail call by an index beyond the array was noted as a safe one (CVE-2022-2905).
; program: tail_call_beyond_the_array
; options: at=xdp helpers=kernel
; map: name=next type=3 key=4 value=4 entries=2
; run: mem=00 r0=7
r2 = map_fd(0) ll
r3 = 0xffffffff ll
call 12
r0 = 7
exit

; The keys of a flow dissector were reached at open offsets (CVE-2024-26589).
; program: flow_keys_at_an_open_offset
; options: at=flow_dissector policy=strict
r6 = *(u64 *)(r1 + 144)
r2 = *(u32 *)(r1 + 76)
r3 = *(u32 *)(r1 + 80)
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
r6 += r5
r0 = 0
*(u8 *)(r6 + 0) = r0 ; error: write of 1 bytes
out:
r0 = 2
exit

; program: flow_keys_at_an_open_offset_guarded
; options: at=flow_dissector
; run: mem=00*56,37 meta=56 r0=2
; run: mem=00*56,39 meta=56 trap=access@bad
; run: mem=00*56,00 meta=56 trap=access@bad
r6 = *(u64 *)(r1 + 144)
r2 = *(u32 *)(r1 + 76)
r3 = *(u32 *)(r1 + 80)
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
r6 += r5
r0 = 0
bad:
r0 = *(u16 *)(r6 - 1)
out:
r0 = 2
exit

; The limits of the frame wrapped in 32 bits for offsets near 2^31 (CVE-2023-52676).
; program: open_offset_near_two_gigabytes
; run: mem=00000080 trap=access@bad
; run: mem=08000000 r0=7
; run: mem=ffffffff trap=access@bad
r4 = *(u32 *)(r1 + 0)
r3 = r10
r3 -= r4
r0 = 7
bad:
*(u64 *)(r3 + 0) = 1
exit

; program: offset_of_an_instruction_at_its_limit
; run: mem=00 trap=access@bad
r3 = r10
r3 += -2147483648
bad:
*(u64 *)(r3 - 32768) = 1
r0 = 7
exit

; A load of a packet's end that extends the sign is no pointer; it was taken for one (CVE-2024-47702).
; program: sign_extended_packet_pointer
; options: at=xdp
; run: mem=00*16 trap=access@bad
bad:
r2 = *(s32 *)(r1 + 0)
r0 = *(u8 *)(r2 + 0)
exit

; program: sign_extended_packet_pointer_strict
; options: at=xdp policy=strict
r2 = *(s32 *)(r1 + 0) ; error: read of 4 bytes
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 1
if r4 > r3 goto out
r0 = *(u8 *)(r2 + 0)
out:
r0 = 0
exit

; Half of a number that is spilled was linked with all of it: a half of zero made all of it zero (bpf: Fix verifier id tracking of scalars on spill).
; program: half_of_a_spilled_number
; run: mem=0000000000000000 r0=7
; run: mem=0000000001000000 trap=access@bad
; run: mem=0100000000000000 r0=0
r4 = *(u64 *)(r1 + 0)
r0 = 0
*(u32 *)(r10 - 8) = r4
r5 = *(u32 *)(r10 - 8)
if r5 != 0 goto out
r0 = 7
r3 = r10
r3 -= r4
bad:
*(u8 *)(r3 - 16) = 1
out:
exit

; A comparison with the end of the packet proved two bytes too many, or too few (2fa7d94afc1a).
; program: packet_of_eight_bytes_or_more
; options: at=xdp policy=strict
; run: mem=00*8 r0=0
; run: mem=00*9 r0=7
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
r4 = r2
r4 += 8
if r4 >= r3 goto out
r0 = *(u8 *)(r2 + 8)
r0 = 7
out:
exit

; program: packet_of_eight_bytes_and_one_too_many
; options: at=xdp policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
if r4 > r3 goto out
r0 = *(u8 *)(r2 + 8) ; error: read of 1 bytes
out:
r0 = 0
exit

; program: packet_that_ends_here
; options: at=xdp policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
if r3 >= r4 goto good
r0 = 0
exit
good:
r0 = *(u16 *)(r2 + 7) ; error: read of 2 bytes
exit

; A number lost its link to the sum made from it by a comparison: what is asked of the sum must tell about the number
; (CVE-2026-45933) ...
; program: link_that_lasts
; options: policy=strict
; run: mem=0a r0=7
; run: mem=09 r0=0
; run: mem=ff r0=7
r0 = 0
if r2 < 1 goto out
r4 = *(u8 *)(r1 + 0)
r5 = r4
r5 += 4
if r5 < 10 goto out
r2 = r4
if r5 < 14 goto out
r0 = 7
r3 = r10
r3 += r4
*(u8 *)(r3 - 522) = 1
out:
exit

; ... and must tell nothing where the sum can wrap.
; program: linked_sum_wraps
; run: mem=0000000000000000 r0=7
; run: mem=ffffffffffffffff trap=access@bad
; run: mem=0800000000000000 r0=0
r4 = *(u64 *)(r1 + 0)
r0 = 0
r5 = r4
r5 += 1
if r5 > 8 goto out
r0 = 7
r3 = r10
r3 += r4
bad:
*(u8 *)(r3 - 512) = 1
out:
exit

; program: linked_sum32_wraps
; run: mem=0000000000000000 r0=7
; run: mem=ffffffff00000000 trap=access@bad
; run: mem=0000000001000000 trap=access@bad
r4 = *(u64 *)(r1 + 0)
r0 = 0
w5 = w4
w5 += 1
if w5 > 8 goto out
r0 = 7
r3 = r10
r3 += r4
bad:
*(u8 *)(r3 - 512) = 1
out:
exit
