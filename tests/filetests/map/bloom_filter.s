; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A bloom filter: what was pushed is found.

; program: push_then_peek
; options: at=xdp helpers=kernel policy=strict
; map: name=seen type=30 value=4 entries=100
; run: mem=00 r0=0xfffffffffffffffe
*(u32 *)(r10 - 4) = 17
r1 = map_fd(0) ll
r2 = r10
r2 += -4
call 89
r6 = r0
*(u32 *)(r10 - 4) = 17
r1 = map_fd(0) ll
r2 = r10
r2 += -4
r3 = 0
call 87
if r0 != 0 goto failed
*(u32 *)(r10 - 4) = 17
r1 = map_fd(0) ll
r2 = r10
r2 += -4
call 89
r0 += r6
exit
failed:
r0 = 99
exit

; program: no_pop
; options: at=xdp helpers=kernel
; map: name=seen type=30 value=4 entries=100
*(u32 *)(r10 - 4) = 17
r1 = map_fd(0) ll
r2 = r10
r2 += -4
; error: that map_pop_elem does not take
call 88
exit
