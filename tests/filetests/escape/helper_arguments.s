; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Arguments of helpers: memory that is not the program's, sizes that are zero, huge, negative or unknown,
; buffers at the end of their region. Under guard the call is a trap, before anything happens.

; program: key_ends_above_the_frame
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -3
r1 = map_fd(0) ll
bad:
call 1
r0 = 0
exit

; program: key_ends_above_the_frame_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -3
r1 = map_fd(0) ll
; error: argument 2 of map_lookup_elem: 4 bytes at r2 = stack-3, but a frame is stack-512 to stack-1; the value comes from instruction 1 [program-rejected]
call 1
r0 = 0
exit

; program: value_ends_above_the_frame
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=64 entries=1
; run: mem=00 trap=access@bad
*(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r3 = r10
r3 += -63
r4 = 0
r1 = map_fd(0) ll
bad:
call 2
r0 = 0
exit

; program: value_ends_above_the_frame_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=64 entries=1
*(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r3 = r10
r3 += -63
r4 = 0
r1 = map_fd(0) ll
; error: argument 3 of map_update_elem: 64 bytes at r3 = stack-63, but a frame is stack-512 to stack-1; the value comes from instruction 3 [program-rejected]
call 2
r0 = 0
exit

; Keys are as long as their map says, not as the one of another map: where there are two, no length is proven.
; program: map_of_two_shapes
; options: at=xdp helpers=kernel
; map: name=small type=1 key=4 value=4 entries=4
; map: name=large type=1 key=64 value=4 entries=4
; run: mem=00 trap=access@bad
; run: mem=01 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r3 = r2
r4 = 0
r1 = map_fd(0) ll
if r5 == 0 goto bad
r1 = map_fd(1) ll
bad:
call 2
out:
exit

; program: map_of_two_shapes_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=small type=1 key=4 value=4 entries=4
; map: name=large type=1 key=64 value=4 entries=4
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r3 = r2
r4 = 0
r1 = map_fd(0) ll
if r5 == 0 goto bad
r1 = map_fd(1) ll
bad:
; error: argument 2 of map_update_elem: 64 bytes at r2 = stack-4, but a frame is stack-512 to stack-1; the value comes from instruction 8 [program-rejected]
call 2
out:
exit

; The map's own address as the place of a key.
; program: map_as_a_key
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@bad
r1 = map_fd(0) ll
r2 = r1
bad:
call 1
r0 = 0
exit

; program: map_as_a_key_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=1
r1 = map_fd(0) ll
r2 = r1
; error: argument 2 of map_lookup_elem: 4 bytes at r2, a map, which is no memory; the value comes from instruction 0 [program-rejected]
call 1
r0 = 0
exit

; program: context_as_memory
; options: at=xdp helpers=kernel
; run: mem=00 trap=access@bad
r2 = 4
r3 = 0
r4 = 0
r5 = 0
bad:
call 28
r0 = 0
exit

; program: context_as_memory_strict
; options: at=xdp helpers=kernel policy=strict
r2 = 4
r3 = 0
r4 = 0
r5 = 0
; error: argument 1 of csum_diff: 4 bytes at r1 = context+0: no field that may be accessed so [program-rejected]
call 28
r0 = 0
exit

; program: end_of_the_packet_as_memory
; options: at=xdp helpers=kernel
; run: mem=00*8 trap=access@bad
r1 = *(u32 *)(r1 + 4)
r2 = 4
r3 = 0
r4 = 0
r5 = 0
bad:
call 28
r0 = 0
exit

; program: end_of_the_packet_as_memory_strict
; options: at=xdp helpers=kernel policy=strict
r1 = *(u32 *)(r1 + 4)
r2 = 4
r3 = 0
r4 = 0
r5 = 0
; error: argument 1 of csum_diff: 4 bytes at r1, made from the end of the data; the value comes from instruction 0 [program-rejected]
call 28
r0 = 0
exit

; program: null_with_a_size
; options: at=xdp helpers=kernel
; run: mem=00*8 trap=access@bad
r1 = 0
r2 = 4
r3 = 0
r4 = 0
r5 = 0
bad:
call 28
r0 = 0
exit

; program: null_with_a_size_strict
; options: at=xdp helpers=kernel policy=strict
r1 = 0
r2 = 4
r3 = 0
r4 = 0
r5 = 0
; error: argument 1 of csum_diff: 4 bytes at r1, a number and no pointer that is known; the value comes from instruction 0 [program-rejected]
call 28
r0 = 0
exit

; Without a size null is no memory at all, and asked for by nobody.
; program: null_without_a_size
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=0x7
r1 = 0
r2 = 0
r3 = 0
r4 = 0
r5 = 7
call 28
exit

; program: size_of_nothing
; options: at=sched_cls helpers=kernel
; run: mem=00*16 trap=access@bad
r2 = 0
r3 = r10
r3 += -8
r4 = 0
bad:
call 26
exit

; program: size_of_nothing_strict
; options: at=sched_cls helpers=kernel policy=strict
r2 = 0
r3 = r10
r3 += -8
r4 = 0
; error: argument 3 of skb_load_bytes: 0 bytes at r3 = stack-8, and the size may be 0; the value comes from instruction 1 [program-rejected]
call 26
exit

; program: negative_size
; options: at=sched_cls helpers=kernel
; run: mem=00*16 trap=access@bad
r2 = 0
r3 = r10
r3 += -8
r4 = -1
bad:
call 26
exit

; program: negative_size_strict
; options: at=sched_cls helpers=kernel policy=strict
r2 = 0
r3 = r10
r3 += -8
r4 = -1
; error: argument 3 of skb_load_bytes: memory at r3 = stack-8, and nothing bounds the size in r4; the value comes from instruction 1 [program-rejected]
call 26
exit

; In 32 bits it would be four.
; program: size_of_more_than_32_bits
; options: at=sched_cls helpers=kernel
; run: mem=00*16 trap=access@bad
r2 = 0
r3 = r10
r3 += -8
r4 = 0x100000004 ll
bad:
call 26
exit

; program: size_of_more_than_32_bits_strict
; options: at=sched_cls helpers=kernel policy=strict
r2 = 0
r3 = r10
r3 += -8
r4 = 0x100000004 ll
; error: argument 3 of skb_load_bytes: memory at r3 = stack-8, and nothing bounds the size in r4; the value comes from instruction 1 [program-rejected]
call 26
exit

; program: size_from_the_packet
; options: at=xdp helpers=kernel
; run: mem=08,01020304050607,08 r0=0x706050403020108
; run: mem=09,00*9 trap=access@bad
; run: mem=00,00*9 trap=access@bad
r6 = r1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r4 = *(u8 *)(r2 + 0)
r2 = 0
r3 = r10
r3 += -8
bad:
call 189
r0 = *(u64 *)(r10 - 8)
out:
exit

; program: size_from_the_packet_strict
; options: at=xdp helpers=kernel policy=strict
r6 = r1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r4 = *(u8 *)(r2 + 0)
r2 = 0
r3 = r10
r3 += -8
; error: argument 3 of xdp_load_bytes: 255 bytes at r3 = stack-8, but a frame is stack-512 to stack-1; the value comes from instruction 9 [program-rejected]
call 189
r0 = *(u64 *)(r10 - 8)
out:
exit

; The size is bounded from above, and may be negative.
; program: size_bounded_with_sign
; options: at=xdp helpers=kernel
; run: mem=04,00*7 r0=0x0
; run: mem=ff,00*7 trap=access@bad
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r4 = *(s8 *)(r2 + 0)
if r4 s> 8 goto out
r2 = 0
r3 = r10
r3 += -8
bad:
call 189
out:
exit

; program: size_bounded_with_sign_strict
; options: at=xdp helpers=kernel policy=strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 1
if r4 > r3 goto out
r4 = *(s8 *)(r2 + 0)
if r4 s> 8 goto out
r2 = 0
r3 = r10
r3 += -8
; error: argument 3 of xdp_load_bytes: memory at r3 = stack-8, and nothing bounds the size in r4; the value comes from instruction 9 [program-rejected]
call 189
out:
exit

; Offset and size wrap round together: no packet is so long.
; program: offset_that_wraps
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=01*16 r0=0xfffffffffffffff2
r2 = 0xfffffffc ll
r3 = r10
r3 += -8
r4 = 8
call 26
exit

; program: offset_of_64_bits
; options: at=xdp helpers=kernel policy=strict
; run: mem=01*16 r0=0xfffffffffffffff2
r2 = -4
r3 = r10
r3 += -8
r4 = 8
call 189
exit

; program: stores_before_the_packet
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=01*16 r0=0xfffffffffffffff2
*(u64 *)(r10 - 8) = -1
r2 = -8
r3 = r10
r3 += -8
r4 = 8
r5 = 0
call 9
exit

; program: stores_across_the_end
; options: at=xdp helpers=kernel policy=strict
; run: mem=01*16 r0=0xffffffffffffffea
*(u64 *)(r10 - 8) = -1
r2 = 9
r3 = r10
r3 += -8
r4 = 8
call 190
exit

; program: checksum_at_the_last_byte
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=01*16 r0=0xfffffffffffffff2
r2 = 15
r3 = 1
r4 = 2
r5 = 2
call 10
exit

; program: checksum_before_the_packet
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=01*16 r0=0xfffffffffffffff2
r2 = -2
r3 = 1
r4 = 2
r5 = 2
call 11
exit

; program: head_moved_by_the_most
; options: at=xdp helpers=kernel policy=strict
; run: mem=01*16 r0=0xffffffffffffffea
r6 = r1
r2 = 0x7fffffff
call 44
if r0 == 0 goto out
r1 = r6
r2 = -2147483648
call 44
out:
exit

; program: tail_moved_before_the_start
; options: at=xdp helpers=kernel policy=strict
; run: mem=01*16 r0=0xffffffffffffffea
r6 = r1
r2 = -17
call 65
if r0 == 0 goto out
r1 = r6
r2 = 0x7fffffff
call 65
out:
exit

; program: length_of_four_gigabytes
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=01*34 r0=any
r6 = r1
w2 = -1
r3 = 0
call 38
if r0 == 0 goto out
r1 = r6
w2 = -1
r3 = 0
call 43
if r0 == 0 goto out
r1 = r6
w2 = -1
call 39
if r0 == 0 goto out
r0 = 1
exit
out:
r0 = 99
exit

; The result of a conversion is 8 bytes, of which four are above the frame.
; program: result_above_the_frame
; options: at=xdp helpers=kernel
; run: mem=00 trap=access@bad
*(u64 *)(r10 - 8) = 0x35
r1 = r10
r1 += -8
r2 = 2
r3 = 0
r4 = r10
r4 += -4
bad:
call 105
r0 = 0
exit

; program: result_above_the_frame_strict
; options: at=xdp helpers=kernel policy=strict
*(u64 *)(r10 - 8) = 0x35
r1 = r10
r1 += -8
r2 = 2
r3 = 0
r4 = r10
r4 += -4
; error: argument 4 of strtol: 8 bytes at r4 = stack-4, but a frame is stack-512 to stack-1; the value comes from instruction 5 [program-rejected]
call 105
r0 = 0
exit

; program: output_into_data_that_never_change
; options: at=sched_cls helpers=kernel
; map: name=.rodata type=2 key=4 value=8 entries=1 bytes=0102030405060708
; run: mem=ff*16 trap=access@bad
r3 = map_value(0, 0) ll
r2 = 0
r4 = 8
bad:
call 26
exit

; program: output_into_data_that_never_change_strict
; options: at=sched_cls helpers=kernel policy=strict
; map: name=.rodata type=2 key=4 value=8 entries=1 bytes=0102030405060708
r3 = map_value(0, 0) ll
r2 = 0
r4 = 8
; error: argument 3 of skb_load_bytes: 8 bytes at r3 = map value+0, which programs may only read; the value comes from instruction 0 [program-rejected]
call 26
exit

; program: output_across_the_end_of_a_value
; options: at=sched_cls helpers=kernel
; map: name=.bss type=2 key=4 value=8 entries=1
; run: mem=ff*16 trap=access@bad
r3 = map_value(0, 4) ll
r2 = 0
r4 = 8
bad:
call 26
exit

; program: output_across_the_end_of_a_value_strict
; options: at=sched_cls helpers=kernel policy=strict
; map: name=.bss type=2 key=4 value=8 entries=1
r3 = map_value(0, 4) ll
r2 = 0
r4 = 8
; error: argument 3 of skb_load_bytes: 8 bytes at r3 = map value+4, but a value of the map has 8 bytes; the value comes from instruction 0 [program-rejected]
call 26
exit

; program: wild_address_for_probe_read
; options: at=xdp helpers=kernel
; run: mem=00*8 r0=0xfffffffffffffff2
*(u64 *)(r10 - 8) = 7
r1 = r10
r1 += -8
r2 = 8
r3 = 0x7fff00000000 ll
call 113
r6 = r0
r1 = *(u64 *)(r10 - 8)
r0 = 99
if r1 != 0 goto leaked
r0 = r6
leaked:
exit

; Null, where nothing is to be read.
; program: probe_read_of_nothing
; options: at=xdp helpers=kernel
; run: mem=00*8 r0=0x0
r1 = r10
r1 += -8
r2 = 0
r3 = 0
call 4
exit

; program: probe_read_across_the_end_of_a_value
; options: at=xdp helpers=kernel
; map: name=.bss type=2 key=4 value=8 entries=1
; run: mem=00*8 r0=0xfffffffffffffff2
*(u64 *)(r10 - 8) = 7
r1 = r10
r1 += -8
r2 = 8
r3 = map_value(0, 1) ll
call 113
r6 = r0
r1 = *(u64 *)(r10 - 8)
r0 = 99
if r1 != 0 goto leaked
r0 = r6
leaked:
exit

; The map's header, through its token.
; program: probe_read_of_a_map
; options: at=xdp helpers=kernel
; map: name=.bss type=2 key=4 value=8 entries=1
; run: mem=00*8 r0=0xfffffffffffffff2
*(u64 *)(r10 - 8) = 7
r1 = r10
r1 += -8
r2 = 8
r3 = map_fd(0) ll
call 113
r6 = r0
r1 = *(u64 *)(r10 - 8)
r0 = 99
if r1 != 0 goto leaked
r0 = r6
leaked:
exit

; The context's native structure, with pointers in it.
; program: probe_read_of_the_context
; options: at=xdp helpers=kernel
; run: mem=00*8 r0=0xfffffffffffffff2
r3 = r1
*(u64 *)(r10 - 8) = 7
r1 = r10
r1 += -8
r2 = 8
call 113
r6 = r0
r1 = *(u64 *)(r10 - 8)
r0 = 99
if r1 != 0 goto leaked
r0 = r6
leaked:
exit

; A string that nobody ends, up to the end of the packet: what lies behind is not looked at.
; program: string_without_an_end
; options: at=xdp helpers=kernel
; run: mem=61*8 r0=0xfffffffffffffff2
r3 = *(u32 *)(r1 + 0)
r1 = r10
r1 += -64
r2 = 64
bad:
call 115
exit

; More placeholders than numbers.
; program: format_of_more_than_there_is
; options: at=xdp helpers=kernel
; map: name=.rodata type=2 key=4 value=8 entries=1 bytes=2564256425640000
; run: mem=00 r0=0xffffffffffffffea
*(u64 *)(r10 - 8) = 1
r1 = r10
r1 += -64
r2 = 32
r3 = map_value(0, 0) ll
r4 = r10
r4 += -8
r5 = 8
call 165
exit

; A string's address is a number of the program: it may lead anywhere.
; program: format_with_a_wild_string
; options: at=xdp helpers=kernel
; map: name=.rodata type=2 key=4 value=8 entries=1 bytes=2573000000000000
; run: mem=00 r0=any
r3 = 0x7fff00000000 ll
*(u64 *)(r10 - 8) = r3
r1 = r10
r1 += -64
r2 = 32
r3 = map_value(0, 0) ll
r4 = r10
r4 += -8
r5 = 8
call 165
exit

; program: format_that_may_change
; options: at=xdp helpers=kernel
; map: name=.data type=2 key=4 value=8 entries=1
r1 = r10
r1 += -64
r2 = 32
r3 = map_value(0, 0) ll
r4 = 0
r5 = 0
; error: r3 is a value of the map '.data', but argument 3 of snprintf is a string in a map that never changes; the value comes from instruction 3 [program-rejected]
call 165
exit

; The sample may be longer than the packet, by the upper half of the flags.
; program: sample_of_more_than_the_packet
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=4 key=4 value=4 entries=8
; run: mem=0011 r0=0xfffffffffffffff2
*(u64 *)(r10 - 8) = 7
r2 = map_fd(0) ll
r3 = 0xfffffffffffff ll
r4 = r10
r4 += -8
r5 = 8
r3 <<= 1
r4 = r10
r4 += -8
call 25
exit

; program: record_of_a_variable_size
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 r0=0x0
r2 = *(u32 *)(r1 + 12)
r1 = map_fd(0) ll
r3 = 0
bad:
call 131
r6 = r0
if r0 == 0 goto out
r1 = r0
r2 = 0
call 133
r6 = 1
out:
r0 = r6
exit

; program: record_of_a_variable_size_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
r2 = *(u32 *)(r1 + 12)
r1 = map_fd(0) ll
r3 = 0
; error: r2 is a number, but argument 2 of ringbuf_reserve is a constant size; the value comes from instruction 0 [program-rejected]
call 131
r6 = r0
if r0 == 0 goto out
r1 = r0
r2 = 0
call 133
r6 = 1
out:
r0 = r6
exit

; program: record_of_the_largest_size
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
; run: mem=00 r0=0x1
r1 = map_fd(0) ll
r2 = 0x7fffffff
r3 = 0
call 131
if r0 == 0 goto out
r1 = r0
r2 = 0
call 133
r0 = 0
exit
out:
r0 = 1
exit

; The record moved by its half is none that was reserved.
; program: middle_of_a_record_given_back
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 r0=0x0
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto out
r1 = r0
r1 += 8
r2 = 0
bad:
call 132
out:
r0 = 0
exit

; program: middle_of_a_record_given_back_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto out
r1 = r0
r1 += 8
r2 = 0
; error: r1 is a record of the map 'events', but argument 1 of ringbuf_submit is a record from ringbuf_reserve, unmoved and not given back; the value comes from instruction 4 [program-rejected]
call 132
out:
r0 = 0
exit

; Given back twice, and written in between: its bytes are the consumer's.
; program: record_written_after_submit
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 trap=access@bad
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto out
r6 = r0
r1 = r0
r2 = 0
call 132
bad:
*(u64 *)(r6 + 0) = 1
out:
r0 = 0
exit

; program: record_written_after_submit_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto out
r6 = r0
r1 = r0
r2 = 0
call 132
; error: write of 8 bytes at r6, a number and no pointer that is known; the value comes from instruction 4 [program-rejected]
*(u64 *)(r6 + 0) = 1
out:
r0 = 0
exit
