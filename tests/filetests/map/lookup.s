; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A lookup gives a value or null; what is read through it is proven once null is ruled out.

; program: array_count
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=8 entries=4
; run: mem=00 r0=2 maps=counts[02000000]=0100000000000000
; ir-not: ask
*(u32 *)(r10 - 4) = 2
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
r0 = 1
if r6 == 0 goto out
r1 = 1
lock *(u64 *)(r6 + 0) += r1
r0 = 2
out:
exit

; program: no_such_entry
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=8 entries=4
; run: mem=00 r0=1
*(u32 *)(r10 - 4) = 4
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
r0 = 1
if r6 == 0 goto out2
r0 = *(u64 *)(r6 + 0)
out2:
exit

; program: null_not_ruled_out
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=8 entries=4
; run: mem=00 trap=access@read
*(u32 *)(r10 - 4) = 4
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
read:
r0 = *(u64 *)(r0 + 0)
exit

; program: null_not_ruled_out_but_there
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=8 entries=4
; run: mem=00 r0=0
*(u32 *)(r10 - 4) = 3
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r0 = *(u64 *)(r0 + 0)
exit

; program: behind_the_value
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=4 entries=4
; run: mem=00 trap=access@read
*(u32 *)(r10 - 4) = 3
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out3
read:
r0 = *(u64 *)(r0 + 0)
exit
out3:
r0 = 5
exit

; program: map_is_no_memory
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=4 entries=4
; run: mem=00 trap=access@1
r1 = map_fd(0) ll
r0 = *(u32 *)(r1 + 0)
exit

; program: global
; options: at=xdp helpers=kernel
; map: name=.bss type=2 key=4 value=16 entries=1
; run: mem=00 r0=7 maps=.bss[00000000]=00000000000000000700000000000000
r1 = map_value(0, 8) ll
*(u64 *)(r1 + 0) = 7
r2 = map_value(0, 0) ll
r0 = *(u64 *)(r2 + 8)
exit

; program: variable_index
; options: at=xdp helpers=kernel
; map: name=.bss type=2 key=4 value=16 entries=1
; run: mem=00 r0=any
; ir-not: ask
r2 = *(u32 *)(r1 + 16)
r2 &= 15
r1 = map_value(0, 0) ll
r1 += r2
r0 = *(u8 *)(r1 + 0)
exit
