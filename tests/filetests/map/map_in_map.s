; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Maps of maps: a lookup gives a map, or null; values of it are as proven as any.

; program: value_of_an_inner_map
; options: at=xdp helpers=kernel policy=strict
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner slot1=inner
; run: mem=00 r0=3 maps=inner[02000000]=0300000000000000
; ir-not: ask
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto none
*(u32 *)(r10 - 4) = 2
r2 = r10
r2 += -4
r1 = r0
call 1
if r0 == 0 goto none
r1 = 3
lock *(u64 *)(r0 + 0) += r1
r0 = *(u64 *)(r0 + 0)
exit
none:
r0 = 99
exit

; program: no_inner_map
; options: at=xdp helpers=kernel policy=strict
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner slot1=inner
; run: mem=00 r0=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto none2
r0 = 99
exit
none2:
r0 = 1
exit

; program: in_a_hash
; options: at=xdp helpers=kernel policy=strict
; map: name=inner type=1 key=4 value=8 entries=4
; map: name=outer type=13 key=4 value=4 entries=2 inner=inner slot7=inner
; run: mem=00 r0=0 maps=inner[07000000]=0500000000000000
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto none3
*(u64 *)(r10 - 16) = 5
r1 = r0
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call 2
exit
none3:
r0 = 99
exit

; program: null_not_ruled_out
; options: at=xdp helpers=kernel
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner slot1=inner
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
r2 = r10
r2 += -4
r1 = r0
; error: r1 is a map, or null, of the map 'outer', but argument 1 of map_lookup_elem is a map of the program
call 1
r0 = 0
exit

; program: no_memory
; options: at=xdp helpers=kernel
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner slot1=inner
; run: mem=00 trap=access@read
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto none4
read:
r0 = *(u64 *)(r0 + 0)
none4:
r0 = 0
exit

; program: beyond_the_value
; options: at=xdp helpers=kernel
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner slot0=inner
; run: mem=00 r0=0
; run: mem=0000000000000000 trap=access@read5
r6 = *(u32 *)(r1 + 4)
r7 = *(u32 *)(r1 + 0)
r6 -= r7
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto none5
r2 = r10
r2 += -4
r1 = r0
call 1
if r0 == 0 goto none5
r0 += r6
r0 += -1
read5:
r0 = *(u16 *)(r0 + 0)
exit
none5:
r0 = 99
exit

; program: outer_is_not_written
; options: at=xdp helpers=kernel
; map: name=inner type=2 key=4 value=8 entries=4
; map: name=outer type=12 key=4 value=4 entries=2 inner=inner
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r3 = r2
r4 = 0
r1 = map_fd(1) ll
; error: that map_update_elem does not take
call 2
r0 = 0
exit
