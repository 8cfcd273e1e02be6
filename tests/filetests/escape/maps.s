; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Maps mistaken for memory, for each other and for what they were before.

; program: read_through_the_token
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
r1 = map_fd(0) ll
bad:
r0 = *(u64 *)(r1 + 0)
exit

; program: read_through_the_token_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
r1 = map_fd(0) ll
; error: read of 8 bytes
r0 = *(u64 *)(r1 + 0)
exit

; program: write_through_the_token
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
r1 = map_fd(0) ll
bad:
*(u32 *)(r1 + 0) = 1
r0 = 0
exit

; program: write_through_the_token_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
r1 = map_fd(0) ll
; error: write of 4 bytes
*(u32 *)(r1 + 0) = 1
r0 = 0
exit

; program: atomic_on_the_token
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
r1 = map_fd(0) ll
r2 = -1
bad:
r2 = xchg_64(r1 + 8, r2)
r0 = 0
exit

; program: atomic_on_the_token_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
r1 = map_fd(0) ll
r2 = -1
; error: of 8 bytes
r2 = xchg_64(r1 + 8, r2)
r0 = 0
exit

; From the token to the values by a distance that is guessed: the token is not where the values are.
; program: values_behind_the_token
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=4
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r1 = map_fd(0) ll
op:
r1 += 64
bad:
r0 = *(u64 *)(r1 + 0)
exit

; program: values_behind_the_token_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r1 = map_fd(0) ll
; error: which cannot be moved
r1 += 64
bad:
r0 = *(u64 *)(r1 + 0)
exit

; program: moved_token_as_a_map
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; map: name=n type=2 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
r1 += 8
; error: argument 1 of map_lookup_elem is a map of the program
call 1
r0 = 0
exit

; A token that came through the packet is a number.
; program: token_out_of_the_packet
; options: at=frame helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
r6 = r1
r1 = map_fd(0) ll
*(u64 *)(r6 + 0) = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = *(u64 *)(r6 + 0)
; error: argument 1 of map_lookup_elem is a map of the program
call 1
r0 = 0
exit

; A token whose slot on the stack has lost a byte.
; program: token_with_another_byte
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
r1 = map_fd(0) ll
*(u64 *)(r10 - 16) = r1
*(u8 *)(r10 - 16) = 0
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = *(u64 *)(r10 - 16)
; error: argument 1 of map_lookup_elem is a map of the program
call 1
r0 = 0
exit

; program: value_as_a_map
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=64 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = r0
r2 = r10
r2 += -4
; error: argument 1 of map_lookup_elem is a map of the program
call 1
out:
r0 = 0
exit

; A map on one way, a value on the other.
; program: map_or_value
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=64 entries=1
r6 = *(u32 *)(r1 + 12)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = r0
if r6 == 1 goto use
r1 = map_fd(0) ll
use:
r2 = r10
r2 += -4
; error: argument 1 of map_lookup_elem is a map of the program
call 1
out:
r0 = 0
exit

; A program array holds numbers of programs, and gives none of them away.
; program: program_array_as_data
; options: at=xdp helpers=kernel
; map: name=next type=3 key=4 value=4 entries=2
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
; error: that map_lookup_elem does not take
call 1
r0 = 0
exit

; program: program_array_written
; options: at=xdp helpers=kernel
; map: name=next type=3 key=4 value=4 entries=2
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r3 = r2
r4 = 0
r1 = map_fd(0) ll
; error: that map_update_elem does not take
call 2
r0 = 0
exit

; program: program_array_as_global_data
; options: at=xdp helpers=kernel
; map: name=next type=3 key=4 value=4 entries=1
; error: address of byte 0 in the value of map
r1 = map_value(0, 0) ll
r0 = *(u32 *)(r1 + 0)
exit

; The largest index, and one whose product with the size of a value is zero in 32 bits.
; program: indexes_that_wrap
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
; run: mem=00 r0=3
r6 = 0
*(u32 *)(r10 - 4) = -1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 != 0 goto out
r6 += 1
*(u32 *)(r10 - 4) = 0x20000000
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 != 0 goto out
r6 += 1
*(u32 *)(r10 - 4) = 0x80000000
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 != 0 goto out
r6 += 1
out:
r0 = r6
exit

; The value of an entry that is gone: memory of the map, though perhaps another entry's.
; program: value_of_a_deleted_entry
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=1 key=4 value=8 entries=1
; run: mem=00 r0=0x66 maps=m[02000000]=6600000000000000
*(u32 *)(r10 - 4) = 1
*(u64 *)(r10 - 16) = 0x55
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
r1 = map_fd(0) ll
call 2
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r6 = r0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 3
*(u32 *)(r10 - 4) = 2
*(u64 *)(r10 - 16) = 0x66
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
r1 = map_fd(0) ll
call 2
r0 = *(u64 *)(r6 + 0)
exit
out:
r0 = 9
exit

; An entry is deleted by a key that lies in its own value.
; program: key_in_the_value_that_goes
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=1 key=4 value=8 entries=2
; run: mem=00 r0=0 maps=
*(u32 *)(r10 - 4) = 5
*(u64 *)(r10 - 16) = 5
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
r1 = map_fd(0) ll
call 2
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r2 = r0
r1 = map_fd(0) ll
call 3
exit
out:
r0 = 9
exit

; Updated with its own value: source and destination are the same bytes.
; program: value_of_itself
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 r0=0 maps=m[00000000]=2a00000000000000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
*(u64 *)(r0 + 0) = 42
r3 = r0
r2 = r10
r2 += -4
r4 = 0
r1 = map_fd(0) ll
call 2
exit
out:
r0 = 9
exit

; program: flags_that_nobody_knows
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=1 key=4 value=4 entries=2
; run: mem=00 r0=0xffffffffffffffea maps=
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r3 = r2
r4 = 0x8000000000000000 ll
r1 = map_fd(0) ll
call 2
exit

; program: processor_that_is_not_there
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=6 key=4 value=8 entries=2
; run: mem=00 r0=0
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
w3 = -1
r1 = map_fd(0) ll
call 195
if r0 == 0 goto out
r0 = *(u64 *)(r0 + 0)
r0 = 1
out:
exit

; Values that programs may only read.
; program: read_only_for_programs
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1 flags=128
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
bad:
*(u64 *)(r0 + 0) = 1
out:
r0 = 0
exit

; program: read_only_for_programs_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1 flags=128
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
; error: may only read
*(u64 *)(r0 + 0) = 1
out:
r0 = 0
exit

; An atomic that changes nothing writes all the same.
; program: atomic_on_what_never_changes
; options: at=xdp helpers=kernel
; map: name=.rodata type=2 key=4 value=8 entries=1 bytes=0102030405060708
; run: mem=00 trap=access@bad
r1 = map_value(0, 0) ll
r2 = 0
bad:
lock *(u64 *)(r1 + 0) |= r2
r0 = 0
exit

; program: atomic_on_what_never_changes_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=.rodata type=2 key=4 value=8 entries=1 bytes=0102030405060708
r1 = map_value(0, 0) ll
r2 = 0
; error: may only read
lock *(u64 *)(r1 + 0) |= r2
r0 = 0
exit

; An unknown address, made of one that may be read: writing is another right.
; program: disguised_write_to_what_never_changes
; options: at=xdp helpers=kernel
; map: name=.rodata type=2 key=4 value=8 entries=1 bytes=0102030405060708
; run: mem=00 trap=access@bad
r1 = map_value(0, 0) ll
op:
r1 ^= -1
r1 ^= -1
r0 = *(u64 *)(r1 + 0)
bad:
*(u8 *)(r1 + 7) = 0
exit

; program: disguised_write_to_what_never_changes_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=.rodata type=2 key=4 value=8 entries=1 bytes=0102030405060708
r1 = map_value(0, 0) ll
; error: ^= on a pointer
r1 ^= -1
r1 ^= -1
r0 = *(u64 *)(r1 + 0)
bad:
*(u8 *)(r1 + 7) = 0
exit

; An inner map is no memory, and its neighbours are no values of it.
; program: inner_map_moved
; options: at=xdp helpers=kernel
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner slot1=inner
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto out
op:
r0 += 64
bad:
*(u64 *)(r0 + 0) = 0
out:
r0 = 0
exit

; program: inner_map_moved_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner slot1=inner
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto out
; error: which cannot be moved
r0 += 64
bad:
*(u64 *)(r0 + 0) = 0
out:
r0 = 0
exit

; What is looked up in the outer map is a map, not one of the inner map's values.
; program: inner_map_as_its_value
; options: at=xdp helpers=kernel
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner slot1=inner
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto out
bad:
*(u64 *)(r0 + 0) = 0
out:
r0 = 0
exit

; program: inner_map_as_its_value_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner slot1=inner
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto out
; error: write of 8 bytes
*(u64 *)(r0 + 0) = 0
out:
r0 = 0
exit

; The prefix of a trie's key is longer than the key.
; program: prefix_longer_than_the_key
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=11 key=8 value=4 entries=4 flags=1
; run: mem=00 r0=0xffffffffffffffea maps=
*(u32 *)(r10 - 8) = -1
*(u32 *)(r10 - 4) = -1
r2 = r10
r2 += -8
r3 = r10
r3 += -4
r4 = 0
r1 = map_fd(0) ll
call 2
exit

; What a queue gives is as long as its values, not as the room that is left.
; program: popped_above_the_frame
; options: at=xdp helpers=kernel
; map: name=q type=22 value=16 entries=4
; run: mem=00 trap=access@bad
r2 = r10
r2 += -8
r1 = map_fd(0) ll
bad:
call 88
r0 = 0
exit

; program: popped_above_the_frame_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=q type=22 value=16 entries=4
r2 = r10
r2 += -8
r1 = map_fd(0) ll
; error: argument
call 88
r0 = 0
exit
