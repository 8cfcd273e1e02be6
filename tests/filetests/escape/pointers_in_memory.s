; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Pointers on the stack, changed there by atomics and narrow stores, then loaded again. What was changed
; is a number, and is checked wherever it is used; strict refuses the access.

; program: atomic_add_to_a_pointer
; run: mem=2a01 r0=1
; run: mem=2a trap=access@bad
*(u64 *)(r10 - 8) = r1
r3 = 1
lock *(u64 *)(r10 - 8) += r3
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: atomic_add_to_a_pointer_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
r3 = 1
lock *(u64 *)(r10 - 8) += r3
r3 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; program: fetched_while_added
; run: mem=2a01 r0=0x2a
; run: mem=2a trap=access@bad
*(u64 *)(r10 - 8) = r1
r3 = 1
r3 = atomic_fetch_add((u64 *)(r10 - 8), r3)
use:
r0 = *(u8 *)(r3 + 0)
r3 = *(u64 *)(r10 - 8)
bad:
r4 = *(u8 *)(r3 + 0)
exit

; program: fetched_while_added_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
r3 = 1
r3 = atomic_fetch_add((u64 *)(r10 - 8), r3)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
r3 = *(u64 *)(r10 - 8)
bad:
r4 = *(u8 *)(r3 + 0)
exit

; Only the lower half grows.
; program: atomic_of_the_lower_half
; run: mem=00*4 trap=access@bad
*(u64 *)(r10 - 8) = r1
r3 = 0x10000
op:
lock *(u32 *)(r10 - 8) += r3
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: atomic_of_the_lower_half_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
r3 = 0x10000
; error: 4 bytes are read of a pointer
lock *(u32 *)(r10 - 8) += r3
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: atomic_and_clears_it
; run: mem=00*4 trap=access@bad
*(u64 *)(r10 - 8) = r1
r3 = 0
lock *(u64 *)(r10 - 8) &= r3
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: atomic_and_clears_it_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
r3 = 0
lock *(u64 *)(r10 - 8) &= r3
r3 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; program: xor_with_itself
; run: mem=00*4 trap=access@bad
*(u64 *)(r10 - 8) = r1
r3 = r1
lock *(u64 *)(r10 - 8) ^= r3
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: xor_with_itself_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
r3 = r1
lock *(u64 *)(r10 - 8) ^= r3
r3 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; A number goes in, the pointer comes out: afterwards the slot is the number.
; program: exchanged_for_a_number
; run: mem=2a,00*7 trap=access@bad
*(u64 *)(r10 - 8) = r1
r3 = 4096
r3 = xchg_64(r10 - 8, r3)
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: exchanged_for_a_number_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
r3 = 4096
r3 = xchg_64(r10 - 8, r3)
r3 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; A compare-exchange that may or may not put a number where the pointer was.
; program: perhaps_exchanged
; run: mem=00*16 trap=access@bad
; run: mem=01,00*15 r0=1
if r2 < 1 goto out
*(u64 *)(r10 - 8) = r1
r4 = *(u8 *)(r1 + 0)
r0 = r1
if r4 == 0 goto exchange
r0 = 0
exchange:
r5 = 64
r0 = cmpxchg_64(r10 - 8, r0, r5)
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
out:
exit

; program: perhaps_exchanged_strict
; options: policy=strict
if r2 < 1 goto out
*(u64 *)(r10 - 8) = r1
r4 = *(u8 *)(r1 + 0)
r0 = r1
if r4 == 0 goto exchange
r0 = 0
exchange:
r5 = 64
r0 = cmpxchg_64(r10 - 8, r0, r5)
r3 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
out:
exit

; The comparison is with a pointer: r0 gets the old value, not the pointer it was compared with.
; program: compared_pointer_is_replaced
; run: mem=00*8 trap=access@bad
*(u64 *)(r10 - 8) = 64
r0 = r1
r5 = 65
r0 = cmpxchg_64(r10 - 8, r0, r5)
bad:
r0 = *(u8 *)(r0 + 0)
exit

; program: compared_pointer_is_replaced_strict
; options: policy=strict
*(u64 *)(r10 - 8) = 64
r0 = r1
r5 = 65
r0 = cmpxchg_64(r10 - 8, r0, r5)
; error: read of 1 bytes
r0 = *(u8 *)(r0 + 0)
exit

; Half of a pointer is exchanged; the word that comes out is no pointer.
; program: half_exchanged
; run: mem=00*8 trap=access@bad
*(u64 *)(r10 - 8) = r1
w3 = 5
op:
w3 = xchg32_32(r10 - 4, w3)
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: half_exchanged_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
w3 = 5
; error: 4 bytes are read of a pointer
w3 = xchg32_32(r10 - 4, w3)
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; One byte in the middle, then the whole.
; program: byte_in_the_middle
; run: mem=00*16 trap=access@bad
*(u64 *)(r10 - 8) = r1
*(u8 *)(r10 - 4) = 0x55
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: byte_in_the_middle_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
*(u8 *)(r10 - 4) = 0x55
r3 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; Two pointers in neighbouring slots, one read across both.
; program: across_two_slots
; run: mem=00*16 trap=access@bad
*(u64 *)(r10 - 8) = r1
*(u64 *)(r10 - 16) = r10
op:
r3 = *(u64 *)(r10 - 12)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: across_two_slots_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
*(u64 *)(r10 - 16) = r10
; error: not aligned
r3 = *(u64 *)(r10 - 12)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; A loop overwrites the slot from below, byte for byte, and the pointer in it at the end.
; program: byte_loop_into_the_slot
; run: mem=00*16 trap=access@bad
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = r1
r3 = 0
r4 = r10
r4 += -16
fill:
*(u8 *)(r4 + 0) = 1
r4 += 1
r3 += 1
if r3 != 9 goto fill
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: byte_loop_into_the_slot_strict
; options: policy=strict
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = r1
r3 = 0
r4 = r10
r4 += -16
fill:
*(u8 *)(r4 + 0) = 1
r4 += 1
r3 += 1
if r3 != 9 goto fill
r3 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; The slot is overwritten through a second pointer to the frame that was spilled itself.
; program: through_a_spilled_frame_pointer
; run: mem=00*16 trap=access@bad
*(u64 *)(r10 - 8) = r1
r3 = r10
r3 += -8
*(u64 *)(r10 - 16) = r3
r4 = *(u64 *)(r10 - 16)
*(u64 *)(r4 + 0) = 9
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: through_a_spilled_frame_pointer_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
r3 = r10
r3 += -8
*(u64 *)(r10 - 16) = r3
r4 = *(u64 *)(r10 - 16)
*(u64 *)(r4 + 0) = 9
r3 = *(u64 *)(r10 - 8)
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; A release store of a number over a pointer.
; program: released_over_a_pointer
; run: mem=00*16 trap=access@bad
*(u64 *)(r10 - 8) = r1
r3 = 4096
store_release((u64 *)(r10 - 8), r3)
r3 = load_acquire((u64 *)(r10 - 8))
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: released_over_a_pointer_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
r3 = 4096
store_release((u64 *)(r10 - 8), r3)
r3 = load_acquire((u64 *)(r10 - 8))
; error: read of 1 bytes
r0 = *(u8 *)(r3 + 0)
exit

; What a pointer is in the data is a number there, also for who stored it.
; program: kept_in_the_data
; run: mem=00*8 trap=access@bad mem_after=0800000000000000
r3 = r1
*(u64 *)(r1 + 0) = r3
*(u64 *)(r1 + 0) = 8
r3 = *(u64 *)(r1 + 0)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; Signed loads of a slot with a pointer: its lower half is no address.
; program: signed_load_of_half
; run: mem=00*16 trap=access@bad
*(u64 *)(r10 - 8) = r1
op:
r3 = *(s32 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: signed_load_of_half_strict
; options: policy=strict
*(u64 *)(r10 - 8) = r1
; error: bytes are read of a pointer that was stored
r3 = *(s32 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; A scalar that was bounded is spilled, made larger in place by half, and used as an offset.
; program: bounded_number_grown_in_memory
; run: mem=ff,00*15 trap=access@bad
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r3 &= 7
*(u64 *)(r10 - 8) = r3
*(u8 *)(r10 - 6) = 1
r3 = *(u64 *)(r10 - 8)
add:
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 0
exit

; program: bounded_number_grown_in_memory_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u8 *)(r1 + 0)
r3 &= 7
*(u64 *)(r10 - 8) = r3
*(u8 *)(r10 - 6) = 1
r3 = *(u64 *)(r10 - 8)
; error: no bound
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 0
exit

; The upper half of a bounded number becomes its lower half when four bytes are read four further on.
; program: number_read_with_another_place
; run: mem=00*8,ffffffffffffff00 trap=access@bad
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 8)
*(u64 *)(r10 - 8) = r3
w4 = *(u32 *)(r10 - 8)
if r4 == 5 goto short
r3 = *(u32 *)(r10 - 4)
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 0
exit

; program: number_read_with_another_place_strict
; options: policy=strict
if r2 < 16 goto short
r3 = *(u64 *)(r1 + 8)
*(u64 *)(r10 - 8) = r3
w4 = *(u32 *)(r10 - 8)
if r4 == 5 goto short
r3 = *(u32 *)(r10 - 4)
r1 += r3
; error: where no check counts
r0 = *(u8 *)(r1 + 0)
exit
short:
r0 = 0
exit
