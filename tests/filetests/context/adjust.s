; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Helpers that move the packet: pointers from before are dead, new ones lead to what is there now.

; program: shrink
; options: at=xdp helpers=kernel
; run: mem=000102030405060708090a0b0c0d0e0f10 r0=2
r6 = r1
r2 = 2
call 44
r1 = *(u32 *)(r6 + 0)
r2 = *(u32 *)(r6 + 4)
r0 = 99
r3 = r1
r3 += 1
if r3 > r2 goto out
r0 = *(u8 *)(r1 + 0)
out:
exit

; program: too_far
; options: at=xdp helpers=kernel
; run: mem=000102030405060708090a0b0c0d0e0f10 r0=0xffffffffffffffea
r2 = 4
call 44
exit

; program: old_pointer
; options: at=xdp helpers=kernel
; run: mem=000102030405060708090a0b0c0d0e0f10 trap=access@read
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 15
if r3 > r2 goto out2
r1 = r6
r2 = 2
call 44
read:
r0 = *(u8 *)(r7 + 0)
exit
out2:
r0 = 0
exit

; program: cut_tail
; options: at=xdp helpers=kernel
; run: mem=000102030405060708090a0b0c0d0e0f10 r0=15
r6 = r1
r2 = -2
call 65
r1 = *(u32 *)(r6 + 0)
r0 = *(u32 *)(r6 + 4)
r0 -= r1
exit

; program: length_is_forgotten
; options: at=xdp helpers=kernel
; run: mem=000102030405060708090a0b0c0d0e0f10 trap=access@read2
r6 = r1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r2 += 17
if r2 > r3 goto out3
r1 = r6
r2 = -2
call 65
r1 = *(u32 *)(r6 + 0)
read2:
r0 = *(u8 *)(r1 + 16)
exit
out3:
r0 = 0
exit

; program: context_lost
; options: at=xdp helpers=kernel
r1 += 4
r2 = 0
call 44 ; error: r1 is a moved context, but argument 1 of xdp_adjust_head is the context
exit
