; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Dynptrs: set up on the stack, read and written through helpers, given back once.

; program: write_and_read_back
; options: at=xdp helpers=kernel policy=strict
; map: name=store type=2 key=4 value=16 entries=1
; run: mem=00 r0=0x1122334455667788 maps=store[00000000]=00000000887766554433221100000000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
if r0 != 0 goto none
r1 = 0x1122334455667788 ll
*(u64 *)(r10 - 32) = r1
r1 = r10
r1 += -24
r2 = 4
r3 = r10
r3 += -32
r4 = 8
r5 = 0
call 202
if r0 != 0 goto none
r1 = r10
r1 += -40
r2 = 8
r3 = r10
r3 += -24
r4 = 4
r5 = 0
call 201
if r0 != 0 goto none
r0 = *(u64 *)(r10 - 40)
exit
none:
r0 = 1
exit

; The errors of the kernel's helpers: beyond the end, flags, and which comes first.

; program: errors
; options: at=xdp helpers=kernel policy=strict
; map: name=store type=2 key=4 value=16 entries=1
; run: mem=00 r0=0x7160716 maps=
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none2
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
r6 = 0
; read: 9 bytes at 8 of 16
r1 = r10
r1 += -40
r2 = 9
r3 = r10
r3 += -24
r4 = 8
r5 = 0
call 201
r6 -= r0
r6 <<= 8
; read: flags count first
r1 = r10
r1 += -40
r2 = 9
r3 = r10
r3 += -24
r4 = 8
r5 = 1
call 201
r6 -= r0
r6 <<= 8
; write: the end counts first
*(u64 *)(r10 - 48) = 0
r1 = r10
r1 += -24
r2 = 17
r3 = r10
r3 += -48
r4 = 0
r5 = 1
call 202
r6 -= r0
r6 <<= 8
; write: then flags
r1 = r10
r1 += -24
r2 = 16
r3 = r10
r3 += -48
r4 = 0
r5 = 1
call 202
r6 -= r0
r0 = r6
exit
none2:
r0 = 1
exit

; program: slice
; options: at=xdp helpers=kernel policy=strict
; map: name=store type=2 key=4 value=16 entries=1
; run: mem=00 r0=7 maps=store[00000000]=00000000000000000700000000000000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none3
r6 = r0
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
r1 = r10
r1 += -24
r2 = 8
r3 = 8
call 203
if r0 == 0 goto none3
*(u64 *)(r0 + 0) = 7
r0 = *(u64 *)(r6 + 8)
exit
none3:
r0 = 1
exit

; program: slice_beyond_the_end_is_null
; options: at=xdp helpers=kernel policy=strict
; map: name=store type=2 key=4 value=16 entries=1
; run: mem=00 r0=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none4
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
r1 = r10
r1 += -24
r2 = 9
r3 = 8
call 203
if r0 == 0 goto none4
r0 = 2
exit
none4:
r0 = 1
exit

; program: beyond_the_slice
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 trap=access@beyond
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 8
r3 = 8
call 203
if r0 == 0 goto none5
beyond:
*(u64 *)(r0 + 8) = 1
none5:
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit

; program: flags_make_it_null
; options: at=xdp helpers=kernel policy=strict
; map: name=store type=2 key=4 value=16 entries=1
; run: mem=00 r0=44
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none6
r1 = r0
r2 = 16
r3 = 1
r4 = r10
r4 += -24
call 197
r6 = r0
r1 = r10
r1 += -40
r2 = 1
r3 = r10
r3 += -24
r4 = 0
r5 = 0
call 201
r6 += r0
r0 = r6
r0 = -r0
goto end6
none6:
r0 = 1
end6:
exit

; program: reserve_fill_submit
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
; run: mem=00 r0=24
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
*(u64 *)(r10 - 24) = 5
r1 = r10
r1 += -16
r2 = 8
r3 = r10
r3 += -24
r4 = 8
r5 = 0
call 202
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
if r0 == 0 goto none7
*(u64 *)(r0 + 0) = 4
none7:
r1 = r10
r1 += -16
r2 = 0
call 199
r1 = map_fd(0) ll
r2 = 0
call 134
exit

; No room: the dynptr is null, and takes everything without harm.

; program: reserve_too_much
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
; run: mem=00 r0=22
r1 = map_fd(0) ll
r2 = 8192
r3 = 0
r4 = r10
r4 += -16
call 198
r6 = r0
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
if r0 == 0 goto null8
r6 = 1
null8:
r1 = r10
r1 += -16
r2 = 0
call 200
r0 = r6
r0 = -r0
exit

; The number of bytes is known only when it runs.

; program: as_long_as_the_packet
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
; run: mem=00*20 r0=32
; run: mem=00*1 r0=16
r6 = r1
r1 = map_fd(0) ll
r2 = *(u32 *)(r6 + 4)
r3 = *(u32 *)(r6 + 0)
r2 -= r3
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
call 199
r1 = map_fd(0) ll
r2 = 0
call 134
exit

; What a path keeps is discarded when the program ends.

; program: kept
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 r0=0
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
exit

; Written over, it is one no more; what it reserved is discarded in the end.

; program: overwritten
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
*(u8 *)(r10 - 9) = 1
r1 = r10
r1 += -16
r2 = 0
; error: argument 1 of ringbuf_submit_dynptr is the address of a dynptr
call 199
exit

; program: forged
; options: at=xdp helpers=kernel
*(u64 *)(r10 - 16) = 4096
*(u64 *)(r10 - 8) = 16
r1 = r10
r1 += -24
r2 = 8
r3 = r10
r3 += -16
r4 = 0
r5 = 0
; error: argument 3 of dynptr_read is the address of a dynptr
call 201
exit

; program: given_back_twice
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
call 199
r1 = r10
r1 += -16
r2 = 0
; error: argument 1 of ringbuf_submit_dynptr is the address of a dynptr
call 199
exit

; A slice dies with its dynptr: afterwards it is a number, and nothing is there.

; program: slice_after_submit
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 trap=access@dead
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
r6 = r0
if r6 == 0 goto none9
r1 = r10
r1 += -16
r2 = 0
call 199
dead:
r0 = *(u64 *)(r6 + 0)
exit
none9:
r0 = 0
exit

; The record itself given back by its address: the dynptr is no longer one either.

; program: given_back_as_a_record
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
r1 = r0
r2 = 0
call 132
r1 = r10
r1 += -24
r2 = 8
r3 = r10
r3 += -16
r4 = 0
r5 = 0
; error: argument 3 of dynptr_read is the address of a dynptr
call 201
exit

; program: of_the_packet
; options: at=xdp helpers=kernel
r1 = *(u32 *)(r1 + 0)
r2 = 8
r3 = 0
r4 = r10
r4 += -16
; error: argument 1 of dynptr_from_mem is the address of bytes of a map's value
call 197
exit

; program: of_more_than_the_value
; options: at=xdp helpers=kernel
; map: name=store type=2 key=4 value=16 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none10
r1 = r0
r2 = 17
r3 = 0
r4 = r10
r4 += -24
; error: argument 1 of dynptr_from_mem is the address of bytes of a map's value
call 197
none10:
r0 = 0
exit

; In the frame of a caller, through a function that is called back.

; program: in_a_callback
; options: at=xdp helpers=kernel policy=strict
; map: name=store type=2 key=4 value=16 entries=1
; run: mem=00 r0=3 maps=store[00000000]=01010100000000000000000000000000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none11
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
r1 = 3
r2 = func(marks) ll
r3 = r10
r3 += -24
r4 = 0
call 181
exit
none11:
r0 = 9
exit
marks:
*(u8 *)(r10 - 1) = 1
r4 = r1
r1 = r2
r2 = r4
r3 = r10
r3 += -1
r4 = 1
r5 = 0
call 202
r0 = 0
exit

; Two of them, of which either may be meant: no telling which one.

; program: one_of_two
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
; run: mem=00 r0=32
; run: mem=0000 r0=32
r6 = *(u32 *)(r1 + 0)
r7 = *(u32 *)(r1 + 4)
r1 = map_fd(0) ll
r2 = 8
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = map_fd(0) ll
r2 = 8
r3 = 0
r4 = r10
r4 += -32
call 198
r8 = r10
r8 += -16
r9 = r10
r9 += -32
r6 += 2
if r6 > r7 goto first
r1 = r8
r8 = r9
r9 = r1
first:
r1 = r8
r2 = 0
call 199
r1 = r9
r2 = 0
call 199
r1 = map_fd(0) ll
r2 = 0
call 134
exit
