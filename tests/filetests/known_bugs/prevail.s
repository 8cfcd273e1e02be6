; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Bugs that PREVAIL, a verifier by abstract interpretation, has had: mostly programs it believed to be safe.
; References are commits of github.com/vbpf/prevail, or numbers of its threads.

; A 32-bit division was taken to be safe if all 64 bits of the divisor were not 0, though it divides by 32 (afee9dfa).
; program: division_by_a_zero_low_half
; run: mem=0000000001000000 r0=0
; run: mem=0300000001000000 r0=2
r3 = *(u64 *)(r1 + 0)
r0 = 0x500000007 ll
if r3 == 0 goto out
w0 /= w3
out:
exit

; program: remainder_by_a_zero_low_half
; run: mem=0000000001000000 r0=7
; run: mem=0400000001000000 r0=3
r3 = *(u64 *)(r1 + 0)
r0 = 0x500000007 ll
if r3 == 0 goto out
w0 %= w3
out:
exit

; Whether a load from the context reads a pointer was decided by where it starts: one that starts before a pointer and
; reads a part of it was a number (de799d87).
; program: part_of_two_context_fields
; options: at=xdp policy=strict
; error: read of 4 bytes
r0 = *(u32 *)(r1 + 2)
exit

; program: part_of_two_context_fields_guarded
; options: at=xdp
; run: mem=00 trap=access@bad
bad:
r0 = *(u32 *)(r1 + 2)
exit

; A sign-extending move of a 32-bit register to itself did nothing in the analysis; the machine clears the upper half (df5641a3).
; program: movsx_to_itself
; run: trap=access@bad
r1 = r10
r2 = -1
w2 = (s8)w2
r1 += r2
bad:
*(u8 *)(r1 + 0) = 1
exit

; program: movsx_to_itself_strict
; options: policy=strict
r1 = r10
r2 = -1
w2 = (s8)w2
r1 += r2
*(u8 *)(r1 + 0) = 1 ; error: write of 1 bytes at r1 = stack
exit

; 32-bit comparisons told about 64 bits, so that ways a number can go were dead (df5641a3).
; program: greater32_is_not_greater64
; run: mem=0300000000000000 r0=7
; run: mem=0900000000000000 r0=0
; run: mem=0300000001000000 trap=access@bad
r2 = *(u64 *)(r1 + 0)
r0 = 0
if w2 > 7 goto out
r0 = 7
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 - 8) = 1
out:
exit

; program: greater_or_equal32_reached_by_small_numbers
; run: mem=0000000001000000 r0=1
; run: mem=0500000001000000 r0=2
; run: mem=05000000ffffffff r0=2
r2 = *(u64 *)(r1 + 0)
r0 = 3
r3 = 0x100000000 ll
if r2 < r3 goto out
r0 = 2
if w2 >= 5 goto out
r0 = 1
out:
exit

; program: signed_less32_of_a_positive_number
; run: mem=ffffffff00000000 r0=1
; run: mem=ffffff7f00000000 r0=2
; run: mem=ffffff7fffffffff r0=3
r2 = *(u64 *)(r1 + 0)
r0 = 3
if r2 s< 0 goto out
r0 = 1
if w2 s< 0 goto out
r0 = 2
out:
exit

; program: signed_greater32_of_a_negative_number
; run: mem=01000000ffffffff r0=1
; run: mem=ffffffffffffffff r0=2
r2 = *(u64 *)(r1 + 0)
r0 = 3
if r2 s>= 0 goto out
r0 = 1
if w2 s> 0 goto out
r0 = 2
out:
exit

; A register that equals -1 in 32 bits was moved to the nearest 64-bit number, by a bound that had been moved before (5650251f).
; program: equal32_says_nothing_of_the_upper_half
; run: mem=ffffffffffffffff r0=1
; run: mem=ffffffff00000000 trap=access@bad
; run: mem=ffffffff01000000 trap=access@bad
r2 = *(u64 *)(r1 + 0)
r0 = 0
if w2 != -1 goto out
r0 = 1
r3 = r10
r3 += r2
bad:
*(u8 *)(r3 + 0) = 1
out:
exit

; A store below the frame at an offset that is known stopped the verifier by an exception of its own (b4ebed60).
; program: store_below_the_frame
; options: policy=strict
r3 = r10
r3 += -1024
*(u64 *)(r3 - 8) = 1 ; error: write of 8 bytes at r3 = stack-1032
exit

; program: store_below_the_frame_guarded
; run: trap=access@bad
r3 = r10
r3 += -1024
bad:
*(u64 *)(r3 - 8) = 1
exit

; A slot that was overwritten, with a number nobody knows, kept the value it had (b8dd9261).
; program: overwritten_slot
; run: mem=2a00000000000000 r0=7
; run: mem=2b00000000000000 trap=access@bad
*(u64 *)(r10 - 8) = 42
r3 = *(u64 *)(r1 + 0)
*(u64 *)(r10 - 8) = r3
r4 = *(u64 *)(r10 - 8)
r0 = 7
r5 = r10
r5 += r4
bad:
*(u8 *)(r5 - 43) = 1
exit

; program: partly_overwritten_slot
; run: mem=2a r0=0x2a00
; run: mem=00 r0=0
r3 = *(u8 *)(r1 + 0)
*(u64 *)(r10 - 8) = 0x4242
*(u8 *)(r10 - 8) = 0
*(u8 *)(r10 - 7) = r3
r0 = *(u64 *)(r10 - 8)
exit

; Signed quotients were rounded away from 0: -8 by 5 to 6 was -2 (ae3a0ea6).
; program: signed_quotient_rounds_to_zero
; run: mem=0500000000000000 r0=-1
; run: mem=0600000000000000 trap=access@bad
r3 = *(u64 *)(r1 + 0)
r0 = 0
if r3 < 5 goto out
if r3 > 6 goto out
r0 = -1
r2 = -8
r2 s/= r3
r4 = r10
r4 += r2
if r3 == 5 goto out
bad:
*(u8 *)(r4 + 1) = 1
out:
exit

; Quotients by a negative number had their bounds the wrong way round (dcfde71d).
; program: signed_quotient_by_a_negative_number
; run: mem=0a00000000000000 r0=-3
; run: mem=f6ffffffffffffff r0=3
; run: mem=0000000000000080 r0=0x2aaaaaaaaaaaaaaa
r0 = *(u64 *)(r1 + 0)
r0 s/= -3
exit

; The bounds of the frame were wrong by one (6f944ffd).
; program: ends_of_the_frame
; options: policy=strict
; run: r0=0x302
*(u8 *)(r10 - 512) = 2
*(u8 *)(r10 - 1) = 3
r0 = *(u8 *)(r10 - 1)
r0 <<= 8
r3 = *(u8 *)(r10 - 512)
r0 |= r3
exit

; program: one_byte_below_the_frame
; options: policy=strict
*(u8 *)(r10 - 513) = 2 ; error: write of 1 bytes at r10 = stack-513
exit

; program: one_byte_over_the_top
; options: policy=strict
*(u16 *)(r10 - 1) = 2 ; error: write of 2 bytes at r10 = stack-1
exit

; A function with more than one exit gave the saved registers back more than once (257897c6).
; program: several_exits
; run: mem=00 r0=0x65
; run: mem=01 r0=0x66
; run: mem=02 r0=0x67
r6 = 100
r1 = *(u8 *)(r1 + 0)
call f
r0 += r6
exit
f:
r6 = 7
r0 = 1
if r1 == 0 goto last
r6 = 8
r0 = 2
if r1 != 1 goto more
exit
more:
r0 = 3
exit
last:
exit

; The size of a value that a lookup gave stayed from the lookup before, where it is open which map is asked (dfd26a57).
; program: one_of_two_maps
; options: at=xdp helpers=kernel
; map: name=large type=2 key=4 value=64 entries=1
; map: name=small type=2 key=4 value=8 entries=1
; run: mem=00 r0=7 maps=large[00000000]=00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000100000000000000
; run: mem=01 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r2 = r10
r2 += -4
r1 = map_fd(0) ll
if r6 == 0 goto ask
r1 = map_fd(1) ll
ask:
call 1
if r0 == 0 goto out
bad:
*(u64 *)(r0 + 56) = 1
r0 = 7
out:
exit

; What r1 to r5 held before a call of a function could be used after it (dfd26a57).
; program: arguments_after_a_call
; options: policy=strict
r2 = r10
call f
*(u64 *)(r2 - 8) = 1 ; error: r2
r0 = 0
exit
f:
r0 = 0
exit

; program: arguments_after_a_call_guarded
; run: trap=access@bad
r2 = r10
call f
bad:
*(u64 *)(r2 - 8) = 1
r0 = 0
exit
f:
r2 = 0
r0 = 0
exit

; Too few arguments of a helper stopped the verifier (90ce44a6).
; program: argument_that_is_missing
; options: at=xdp helpers=kernel policy=strict
; map: name=values type=2 key=4 value=8 entries=1
r1 = map_fd(0) ll
call 1 ; error: r2
exit

; 32-bit AND of numbers that need more than 32 bits was computed wrong (cf6574ce).
; program: and32
; run: mem=ffffffffffffffff r0=0xfffffffe
r0 = *(u64 *)(r1 + 0)
w0 &= -2
exit

; r10 could be written (6a88d27c), which here is tried by atomic operations that leave the old value there.
; program: fetch_into_the_frame_pointer
*(u64 *)(r10 - 8) = 0
r10 = atomic_fetch_add((u64 *)(r10 - 8), r10) ; error: r10, the read-only frame pointer
exit

; program: exchange_into_the_frame_pointer
*(u64 *)(r10 - 8) = 0
r10 = xchg_64(r10 - 8, r10) ; error: r10, the read-only frame pointer
exit

; A number to which a pointer is added lost the number (d40d5de6).
; program: offset_plus_frame_pointer
; options: policy=strict
; run: r0=9
*(u64 *)(r10 - 16) = 9
*(u64 *)(r10 - 8) = 1
r3 = -16
r3 += r10
r0 = *(u64 *)(r3 + 0)
exit

; Sign extension of ranges that cross the sign of the narrow number (ef03f28f).
; program: sign_extended_range
; run: mem=7e r0=0x7e
; run: mem=7f r0=0x7f
; run: mem=80 trap=access@bad
; run: mem=82 r0=0
r2 = *(u8 *)(r1 + 0)
r0 = 0
if r2 < 0x7e goto out
if r2 > 0x81 goto out
r0 = (s8)r2
r3 = r10
r3 += r0
bad:
*(u8 *)(r3 - 512) = 1
out:
exit

; Conversions to little endian were missing, and widths of byte swaps not checked right (10d47ff0).
; program: le16_bounds
; options: policy=strict
; run: mem=0000ff0000000000 r0=7
r0 = 0
if r2 < 8 goto out
r3 = *(u64 *)(r1 + 0)
r3 = le16 r3
if r3 > 0 goto out
r4 = r10
r4 += r3
*(u8 *)(r4 - 1) = 1
r0 = 7
out:
exit

; program: le32_cuts_a_negative_number
; run: mem=ffffffffffffffff trap=access@bad
; run: mem=00000000ffffffff r0=7
r3 = *(u64 *)(r1 + 0)
r3 = le32 r3
r4 = r10
r4 += r3
bad:
*(u8 *)(r4 - 1) = 1
r0 = 7
exit

; A loop that reads on until a byte differs was taken to end, and its reads to be inside (thread 889).
; program: read_until_it_differs
; options: policy=strict
; error: read of 1 bytes
loop:
r3 = *(u8 *)(r1 + 0)
r1 += 1
if r3 == 97 goto loop
r0 = 0
exit

; program: read_until_it_differs_guarded
; run: mem=61616162 r0=4
; run: mem=61616161 trap=access@bad
r0 = 0
loop:
bad:
r3 = *(u8 *)(r1 + 0)
r1 += 1
r0 += 1
if r3 == 97 goto loop
exit

; That the result of one lookup is not null counted for the next lookup too (abdbccae, pull request 1149).
; program: second_lookup_not_checked
; options: at=xdp helpers=kernel policy=strict
; map: name=values type=1 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
*(u64 *)(r0 + 0) = 1 ; error: null
out:
r0 = 0
exit

; program: second_lookup_not_checked_guarded
; options: at=xdp helpers=kernel
; map: name=values type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
bad:
*(u64 *)(r0 + 0) = 1
out:
r0 = 0
exit

; Comparing registers of different kinds stopped the verifier (aa31b0ed).
; program: pointer_compared_with_a_number
; run: mem=00 r0=2
r0 = 1
if r10 == r2 goto out
r0 = 2
out:
exit
