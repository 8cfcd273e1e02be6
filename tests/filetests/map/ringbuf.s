; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Records of a ring buffer: reserved, written without checks, given back once.

; program: reserve_and_submit
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
; run: mem=00 r0=24
; ir-not: ask
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto none
*(u64 *)(r0 + 0) = 1
*(u64 *)(r0 + 8) = 2
r1 = r0
r2 = 0
call 132
none:
r1 = map_fd(0) ll
r2 = 0
call 134
exit

; program: query_size_and_positions
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
; run: mem=00 r0=0x1000
r1 = map_fd(0) ll
r2 = 1
call 134
exit

; program: output
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
; run: mem=00 r0=16
*(u64 *)(r10 - 8) = 7
r1 = map_fd(0) ll
r2 = r10
r2 += -8
r3 = 8
r4 = 0
call 130
r1 = map_fd(0) ll
r2 = 0
call 134
exit

; program: beyond_the_record
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 trap=access@beyond
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto none2
beyond:
*(u64 *)(r0 + 16) = 1
none2:
r0 = 0
exit

; program: null_not_ruled_out
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 trap=access@read
r1 = map_fd(0) ll
r2 = 8000
r3 = 0
call 131
read:
r0 = *(u64 *)(r0 + 0)
exit

; program: after_it_was_submitted
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 trap=access@late
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto none3
r6 = r0
r1 = r0
r2 = 0
call 132
late:
*(u64 *)(r6 + 0) = 1
none3:
r0 = 0
exit

; program: size_not_known
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00000000000000000000000000000000 r0=5
; run: mem=00 trap=access@write
r6 = *(u32 *)(r1 + 4)
r7 = *(u32 *)(r1 + 0)
r6 -= r7
r1 = map_fd(0) ll
r2 = r6
r3 = 0
call 131
if r0 == 0 goto none4
write:
*(u64 *)(r0 + 8) = 5
r6 = *(u64 *)(r0 + 8)
r1 = r0
r2 = 0
call 133
r0 = r6
exit
none4:
r0 = 0
exit

; program: not_given_back_is_discarded
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 r0=1
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
r0 = 1
exit

; program: nothing_is_nothing_to_give_back
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
; run: mem=00 r0=0
r1 = 0
r2 = 0
call 132
r1 = r10
r2 = 0
call 133
exit

; program: leak
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto out
*(u64 *)(r0 + 0) = 1
out:
r0 = 0
; error: the program ends, but the record that instruction 3 reserved is neither submitted nor discarded
exit

; program: twice
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
r1 = map_fd(0) ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto out2
r6 = r0
r1 = r0
r2 = 0
call 132
r1 = r6
r2 = 0
; error: r1 is a number, but argument 1 of ringbuf_submit is a record from ringbuf_reserve
call 132
out2:
r0 = 0
exit

; program: not_a_record
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
r1 = r10
r2 = 0
; error: argument 1 of ringbuf_submit
call 132
r0 = 0
exit

; program: two_records
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=27 entries=4096
; run: mem=00 r0=32
r1 = map_fd(0) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto out3
r6 = r0
r1 = map_fd(0) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto one
r7 = r0
*(u64 *)(r6 + 0) = 1
r1 = r6
r2 = 0
call 132
*(u64 *)(r7 + 0) = 2
r1 = r7
r2 = 0
call 133
goto out3
one:
r1 = r6
r2 = 0
call 133
out3:
r1 = map_fd(0) ll
r2 = 0
call 134
exit

; program: lookup_in_it
; options: at=xdp helpers=kernel
; map: name=events type=27 entries=4096
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
; error: r1 is the map 'events' of a type (27) that map_lookup_elem does not take
call 1
r0 = 0
exit
