; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Updates and deletes: keys and values on the stack, in the packet, and where nobody can tell.

; program: hash
; options: at=xdp helpers=kernel
; map: name=h type=1 key=4 value=4 entries=2
; run: mem=00 r0=0 maps=h[05000000]=07000000
*(u32 *)(r10 - 4) = 5
*(u32 *)(r10 - 8) = 7
r2 = r10
r2 += -4
r3 = r10
r3 += -8
r4 = 0
r1 = map_fd(0) ll
call 2
exit

; program: full
; options: at=xdp helpers=kernel
; map: name=h type=1 key=4 value=4 entries=1
; run: mem=00 r0=0xfffffffffffffff9 maps=h[01000000]=01000000
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r3 = r2
r4 = 0
r1 = map_fd(0) ll
call 2
*(u32 *)(r10 - 4) = 2
r2 = r10
r2 += -4
r3 = r2
r4 = 0
r1 = map_fd(0) ll
call 2
exit

; program: key_in_the_packet
; options: at=xdp helpers=kernel
; map: name=h type=1 key=4 value=4 entries=4
; run: mem=0102030405060708 r0=0 maps=h[01020304]=05060708
; run: mem=01020304050607 r0=9
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 9
r4 = r2
r4 += 8
if r4 > r3 goto out
r3 = r2
r3 += 4
r4 = 0
r1 = map_fd(0) ll
call 2
out:
exit

; program: key_not_checked
; options: at=xdp helpers=kernel
; map: name=h type=1 key=4 value=4 entries=4
; run: mem=01020304 r0=0 maps=h[01020304]=01020304
; run: mem=010203 trap=access@call
r2 = *(u32 *)(r1 + 0)
r3 = r2
r4 = 0
r1 = map_fd(0) ll
call:
call 2
exit

; program: value_from_another_map
; options: at=xdp helpers=kernel
; map: name=h type=1 key=4 value=4 entries=4
; map: name=.data type=2 key=4 value=8 entries=1
; run: mem=00 r0=0 maps=h[00000000]=09000000,.data[00000000]=0000000009000000
r2 = map_value(1, 0) ll
*(u32 *)(r2 + 4) = 9
r3 = r2
r3 += 4
r4 = 0
r1 = map_fd(0) ll
call 2
exit

; program: value_behind_the_end
; options: at=xdp helpers=kernel
; map: name=h type=1 key=4 value=8 entries=4
; map: name=.data type=2 key=4 value=8 entries=1
; run: mem=00 trap=access@call
r2 = map_value(1, 0) ll
r3 = r2
r3 += 4
r4 = 0
r1 = map_fd(0) ll
call:
call 2
exit

; program: delete
; options: at=xdp helpers=kernel
; map: name=h type=1 key=4 value=4 entries=4
; run: mem=00 r0=0xfffffffffffffffe
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 3
exit

; program: no_map
; options: at=xdp helpers=kernel
; map: name=h type=1 key=4 value=4 entries=4
r2 = r10
r2 += -4
r1 = 5
call 3 ; error: r1 is the number 5, but argument 1 of map_delete_elem is a map of the program
exit

; program: moved_map
; options: at=xdp helpers=kernel
; map: name=h type=1 key=4 value=4 entries=4
r2 = r10
r2 += -4
r1 = map_fd(0) ll
r1 += 8
call 3 ; error: r1 is a number, but argument 1 of map_delete_elem is a map of the program
exit
