; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Regions at their ends: packets, meta data, frames, values, records; with offsets that wrap round, and
; with checks that look right and prove less than they seem.

; program: check_of_eight_read_at_one
; options: at=xdp helpers=kernel
; run: mem=0102030405060708 trap=access@bad
; run: mem=010203040506070809 r0=0x0908070605040302
; run: mem=01020304050607 r0=0
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
r4 = r2
r4 += 8
if r4 > r3 goto out
bad:
r0 = *(u64 *)(r2 + 1)
out:
exit

; program: check_of_eight_read_at_one_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
r4 = r2
r4 += 8
if r4 > r3 goto out
; error: read of 8 bytes
r0 = *(u64 *)(r2 + 1)
out:
exit

; program: the_wrong_way_out
; options: at=xdp helpers=kernel
; run: mem=0102030405060708 r0=0
; run: mem=01020304050607 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
r4 = r2
r4 += 8
if r4 <= r3 goto out
bad:
r0 = *(u64 *)(r2 + 0)
out:
exit

; program: the_wrong_way_out_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
r4 = r2
r4 += 8
if r4 <= r3 goto out
; error: read of 8 bytes
r0 = *(u64 *)(r2 + 0)
out:
exit

; An offset that is not bounded below: the end is not exceeded by what lies before the start.
; program: before_the_start_is_before_the_end
; options: at=xdp helpers=kernel
; run: mem=07,00*7 r0=0
; run: mem=f8,ff*7 trap=access@bad
; run: mem=08,00*7 r0=9
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 8
if r4 > r3 goto out
r5 = *(u64 *)(r2 + 0)
add:
r2 += r5
r4 = r2
r4 += 1
if r4 > r3 goto out
bad:
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: before_the_start_is_before_the_end_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 8
if r4 > r3 goto out
r5 = *(u64 *)(r2 + 0)
; error: no bound
r2 += r5
r4 = r2
r4 += 1
if r4 > r3 goto out
bad:
r0 = *(u8 *)(r2 + 0)
out:
exit

; Offset and size together wrap round to just above zero, which is below every end.
; program: sum_with_the_size_wraps
; options: at=xdp helpers=kernel
; run: mem=00*8 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r5 = -8
op:
r5 -= r2
r4 = r2
r4 += r5
r4 += 16
if r4 > r3 goto out
r2 += r5
bad:
r0 = *(u64 *)(r2 + 0)
out:
exit

; program: sum_with_the_size_wraps_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r5 = -8
; error: is subtracted from a number
r5 -= r2
r4 = r2
r4 += r5
r4 += 16
if r4 > r3 goto out
r2 += r5
bad:
r0 = *(u64 *)(r2 + 0)
out:
exit

; The lower halves of addresses are compared: where they wrap, the lesser may be the larger.
; program: ends_compared_by_half
; options: at=xdp helpers=kernel
; run: mem=00*8 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if w4 > w3 goto out
bad:
r0 = *(u64 *)(r2 + 1)
out:
exit

; program: ends_compared_by_half_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if w4 > w3 goto out
; error: nothing is known
r0 = *(u64 *)(r2 + 1)
out:
exit

; Addresses compared with a sign.
; program: ends_compared_with_sign
; options: at=xdp helpers=kernel
; run: mem=01020304 r0=0x04030201
; run: mem=010203 r0=9
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 4
if r4 s> r3 goto out
bad:
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: ends_compared_with_sign_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 4
if r4 s> r3 goto out
; error: nothing is known
r0 = *(u32 *)(r2 + 0)
out:
exit

; What is compared is a copy; it is moved afterwards, and its bytes are not.
; program: moved_after_the_check
; options: at=xdp helpers=kernel
; run: mem=00*8 trap=access@bad
; run: mem=00*12 r0=0
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 8
if r4 > r3 goto out
r4 += -4
bad:
r0 = *(u64 *)(r4 + 0)
out:
exit

; program: moved_after_the_check_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 8
if r4 > r3 goto out
r4 += -4
; error: read of 8 bytes
r0 = *(u64 *)(r4 + 0)
out:
exit

; Two variable offsets from the same start: what is proven for one is not so for the other.
; program: offsets_of_two_bytes
; options: at=xdp helpers=kernel
; run: mem=0000 r0=0
; run: mem=0002 trap=access@bad
; run: mem=0200 r0=9
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 2
if r4 > r3 goto out
r4 = *(u8 *)(r2 + 0)
r5 = *(u8 *)(r2 + 1)
r6 = r2
r6 += r4
r2 += r5
r7 = r6
r7 += 1
if r7 > r3 goto out
bad:
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: offsets_of_two_bytes_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 2
if r4 > r3 goto out
r4 = *(u8 *)(r2 + 0)
r5 = *(u8 *)(r2 + 1)
r6 = r2
r6 += r4
r2 += r5
r7 = r6
r7 += 1
if r7 > r3 goto out
; error: read of 1 bytes
r0 = *(u8 *)(r2 + 0)
out:
exit

; Through the end of the data itself.
; program: read_at_the_end
; options: at=xdp helpers=kernel
; run: mem=00*8 trap=access@bad
r2 = *(u32 *)(r1 + 4)
bad:
r0 = *(u8 *)(r2 + 0)
exit

; program: read_at_the_end_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 4)
; error: is the end of the data, and nothing is there
r0 = *(u8 *)(r2 + 0)
exit

; Under guard the last byte may be reached from the end; strict has no such pointers.
; program: back_from_the_end
; options: at=xdp helpers=kernel
; run: mem=0000002a r0=0x2a
r2 = *(u32 *)(r1 + 4)
op:
r2 += -1
r0 = *(u8 *)(r2 + 0)
exit

; program: back_from_the_end_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 4)
; error: is the end of the packet, which cannot be moved
r2 += -1
r0 = *(u8 *)(r2 + 0)
exit

; program: back_from_the_end_too_far
; options: at=xdp helpers=kernel
; run: mem=0000002a trap=access@bad
r2 = *(u32 *)(r1 + 4)
r2 += -5
bad:
r0 = *(u8 *)(r2 + 0)
exit

; Meta data before the start: eight bytes from there on say nothing of eight from the start of the data.
; program: meta_data_is_not_data
; options: at=xdp helpers=kernel
; run: mem=0102030405060708 meta=4 trap=access@bad
; run: mem=01020304,00*8 meta=4 r0=0
r2 = *(u32 *)(r1 + 8)
r3 = *(u32 *)(r1 + 4)
r4 = *(u32 *)(r1 + 0)
r0 = 9
r5 = r2
r5 += 8
if r5 > r3 goto out
bad:
r0 = *(u64 *)(r4 + 0)
out:
exit

; program: meta_data_is_not_data_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 8)
r3 = *(u32 *)(r1 + 4)
r4 = *(u32 *)(r1 + 0)
r0 = 9
r5 = r2
r5 += 8
if r5 > r3 goto out
; error: read of 8 bytes
r0 = *(u64 *)(r4 + 0)
out:
exit

; Before the meta data is the room for more of it, which is not there yet.
; program: before_the_meta_data
; options: at=xdp helpers=kernel
; run: mem=01020304,00*8 meta=4 trap=access@bad
r2 = *(u32 *)(r1 + 8)
r3 = *(u32 *)(r1 + 0)
r0 = 9
r5 = r2
r5 += 4
if r5 > r3 goto out
bad:
r0 = *(u8 *)(r2 - 1)
out:
exit

; program: before_the_meta_data_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 8)
r3 = *(u32 *)(r1 + 0)
r0 = 9
r5 = r2
r5 += 4
if r5 > r3 goto out
; error: read of 1 bytes
r0 = *(u8 *)(r2 - 1)
out:
exit

; program: data_minus_nothing_is_checked_as_meta_data
; options: at=xdp helpers=kernel
; run: mem=2a020304 meta=0 trap=access@bad
r2 = *(u32 *)(r1 + 8)
r3 = *(u32 *)(r1 + 0)
if r2 > r3 goto out
bad:
r0 = *(u32 *)(r3 - 4)
exit
out:
r0 = 9
exit

; program: data_minus_nothing_is_checked_as_meta_data_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 8)
r3 = *(u32 *)(r1 + 0)
if r2 > r3 goto out
; error: read of 4 bytes
r0 = *(u32 *)(r3 - 4)
exit
out:
r0 = 9
exit

; program: last_bytes_of_a_frame
; options: policy=strict
; run: mem=00 r0=0x2b
*(u8 *)(r10 - 1) = 0x2a
*(u8 *)(r10 - 512) = 9
*(u64 *)(r10 - 512) = 1
r0 = *(u8 *)(r10 - 1)
r3 = *(u8 *)(r10 - 512)
r0 += r3
exit

; program: above_the_frame
; run: mem=00 trap=access@bad
bad:
r0 = *(u16 *)(r10 - 1)
exit

; program: above_the_frame_strict
; options: policy=strict
; error: but a frame is stack-512 to stack-1
r0 = *(u16 *)(r10 - 1)
exit

; program: below_the_frame
; run: mem=00 trap=access@bad
bad:
*(u8 *)(r10 - 513) = 0
exit

; program: below_the_frame_strict
; options: policy=strict
; error: but a frame is stack-512 to stack-1
*(u8 *)(r10 - 513) = 0
exit

; A wide access that starts inside a frame and wraps round the top of all addresses is none.
; program: largest_offset_from_a_frame
; run: mem=00 trap=access@bad
r3 = r10
op:
r3 += 0x7fffffff
bad:
*(u64 *)(r3 + 32767) = 0
exit

; program: largest_offset_from_a_frame_strict
; options: policy=strict
r3 = r10
; error: too far
r3 += 0x7fffffff
bad:
*(u64 *)(r3 + 32767) = 0
exit

; program: smallest_offset_from_the_data
; run: mem=00*64 trap=access@bad
op:
r1 += -2147483648
bad:
r0 = *(u64 *)(r1 - 32768)
exit

; program: smallest_offset_from_the_data_strict
; options: policy=strict
; error: too far
r1 += -2147483648
bad:
r0 = *(u64 *)(r1 - 32768)
exit

; program: up_and_down_by_the_most
; run: mem=2a r0=0x2a
op:
r1 += 0x7fffffff
r1 += -2147483647
r0 = *(u8 *)(r1 + 0)
exit

; program: up_and_down_by_the_most_strict
; options: policy=strict
; error: too far
r1 += 0x7fffffff
r1 += -2147483647
r0 = *(u8 *)(r1 + 0)
exit

; program: variable_place_in_a_frame
; run: mem=00,00*7 r0=0
; run: mem=07,00*7 r0=0
; run: mem=08,00*7 trap=access@bad
; run: mem=ff,00*7 trap=access@bad
if r2 < 8 goto out
r3 = *(u8 *)(r1 + 0)
r4 = r10
r4 += -8
r4 += r3
bad:
*(u8 *)(r4 + 0) = 1
out:
r0 = 0
exit

; program: variable_place_in_a_frame_strict
; options: policy=strict
if r2 < 8 goto out
r3 = *(u8 *)(r1 + 0)
r4 = r10
r4 += -8
r4 += r3
; error: write of 1 bytes
*(u8 *)(r4 + 0) = 1
out:
r0 = 0
exit

; Upwards inside, but downwards out of the frame.
; program: variable_place_below_a_frame
; run: mem=ff,00*7 r0=0
; run: mem=00,00*7 trap=access@bad
if r2 < 8 goto out
r3 = *(u8 *)(r1 + 0)
r4 = r10
r4 += -513
r4 += r3
bad:
*(u8 *)(r4 + 0) = 1
out:
r0 = 0
exit

; program: variable_place_below_a_frame_strict
; options: policy=strict
if r2 < 8 goto out
r3 = *(u8 *)(r1 + 0)
r4 = r10
r4 += -513
r4 += r3
; error: write of 1 bytes
*(u8 *)(r4 + 0) = 1
out:
r0 = 0
exit

; Across the end of one value into the next one of the same array.
; program: across_two_values
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=4
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
bad:
r0 = *(u64 *)(r0 + 4)
out:
exit

; program: across_two_values_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
; error: read of 8 bytes
r0 = *(u64 *)(r0 + 4)
out:
exit

; Values of 5 bytes lie 8 apart; what fills them up belongs to nobody.
; program: between_two_values
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=5 entries=4
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
bad:
r0 = *(u8 *)(r0 + 5)
out:
exit

; program: between_two_values_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=5 entries=4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
; error: read of 1 bytes
r0 = *(u8 *)(r0 + 5)
out:
exit

; Before the first value is the map itself.
; program: before_the_first_value
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=4
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
bad:
*(u64 *)(r0 - 8) = -1
out:
r0 = 0
exit

; program: before_the_first_value_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
; error: write of 8 bytes
*(u64 *)(r0 - 8) = -1
out:
r0 = 0
exit

; Behind the last value.
; program: behind_the_last_value
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=4
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 3
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
bad:
*(u64 *)(r0 + 8) = -1
out:
r0 = 0
exit

; program: behind_the_last_value_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
*(u32 *)(r10 - 4) = 3
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
; error: write of 8 bytes
*(u64 *)(r0 + 8) = -1
out:
r0 = 0
exit

; program: element_and_key_of_a_hash
; options: at=xdp helpers=kernel
; map: name=m type=1 key=4 value=8 entries=4
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 77
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
bad:
r0 = *(u32 *)(r0 - 8)
out:
exit

; program: element_and_key_of_a_hash_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=1 key=4 value=8 entries=4
*(u32 *)(r10 - 4) = 77
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
; error: read of 4 bytes
r0 = *(u32 *)(r0 - 8)
out:
exit

; program: variable_place_in_a_value
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=16 entries=1
; run: mem=0f r0=0
; run: mem=10 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
if r6 > 16 goto out
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 += r6
bad:
*(u8 *)(r0 + 0) = 0
r0 = 0
out:
exit

; program: variable_place_in_a_value_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=16 entries=1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r6 = *(u8 *)(r2 + 0)
if r6 > 16 goto out
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 += r6
; error: write of 1 bytes
*(u8 *)(r0 + 0) = 0
r0 = 0
out:
exit

; program: global_data_behind_its_end
; options: at=xdp helpers=kernel
; map: name=.bss type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
r1 = map_value(0, 8) ll
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: global_data_behind_its_end_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=.bss type=2 key=4 value=8 entries=1
r1 = map_value(0, 8) ll
; error: read of 1 bytes
r0 = *(u8 *)(r1 + 0)
exit

; program: global_data_with_a_negative_offset
; options: at=xdp helpers=kernel
; map: name=.bss type=2 key=4 value=8 entries=1
; error: address of byte -1 in the value of map
r1 = map_value(0, -1) ll
r0 = *(u8 *)(r1 + 0)
exit

; program: record_behind_its_end
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 trap=access@bad
r1 = map_fd(0) ll
r2 = 12
r3 = 0
call 131
if r0 == 0 goto out
r6 = r0
bad:
r7 = *(u64 *)(r6 + 8)
r1 = r6
r2 = 0
call 133
out:
r0 = 0
exit

; program: record_behind_its_end_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 12
r3 = 0
call 131
if r0 == 0 goto out
r6 = r0
; error: read of 8 bytes
r7 = *(u64 *)(r6 + 8)
r1 = r6
r2 = 0
call 133
out:
r0 = 0
exit

; The header of a record, by which the consumer finds its way.
; program: header_of_a_record
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 trap=access@bad
r1 = map_fd(0) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto out
r6 = r0
bad:
*(u32 *)(r6 - 8) = 0
r1 = r6
r2 = 0
call 133
out:
r0 = 0
exit

; program: header_of_a_record_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto out
r6 = r0
; error: write of 4 bytes
*(u32 *)(r6 - 8) = 0
r1 = r6
r2 = 0
call 133
out:
r0 = 0
exit

; A null with an offset is not null.
; program: null_moved_before_the_check
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
op:
r0 += 4
if r0 == 0 goto out
bad:
r0 = *(u32 *)(r0 + 0)
out:
exit

; program: null_moved_before_the_check_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
; error: or null, which cannot be moved
r0 += 4
if r0 == 0 goto out
bad:
r0 = *(u32 *)(r0 + 0)
out:
exit

; Atomics that begin inside and end outside.
; program: atomic_across_the_end_of_a_value
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=12 entries=1
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = 1
bad:
lock *(u64 *)(r0 + 8) += r1
out:
r0 = 0
exit

; program: atomic_across_the_end_of_a_value_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=12 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = 1
; error: of 8 bytes
lock *(u64 *)(r0 + 8) += r1
out:
r0 = 0
exit

; program: atomic_across_the_top_of_a_frame
; run: mem=00 trap=access@bad
r3 = -1
bad:
r3 = xchg_64(r10 - 4, r3)
r0 = r3
exit

; program: atomic_across_the_top_of_a_frame_strict
; options: policy=strict
r3 = -1
; error: but a frame is stack-512 to stack-1
r3 = xchg_64(r10 - 4, r3)
r0 = r3
exit

; program: misaligned_inside_a_value
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=16 entries=1
; run: mem=00 trap=alignment@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = 1
bad:
lock *(u64 *)(r0 + 4) += r1
out:
r0 = 0
exit

; program: misaligned_inside_a_value_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=16 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = 1
; error: not a multiple of 8
lock *(u64 *)(r0 + 4) += r1
out:
r0 = 0
exit
