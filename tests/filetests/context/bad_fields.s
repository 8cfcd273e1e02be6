; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What is no field, or not this way, is a trap in every engine: there are no bytes behind r1.

; program: narrow
; options: at=xdp
; run: mem=00 trap=access@0
r0 = *(u16 *)(r1 + 12)
exit

; program: wide
; options: at=xdp
; run: mem=00 trap=access@0
r0 = *(u64 *)(r1 + 0)
exit

; program: behind_the_end
; options: at=xdp
; run: mem=00 trap=access@0
r0 = *(u32 *)(r1 + 24)
exit

; program: before_the_start
; options: at=xdp
; run: mem=00 trap=access@0
r0 = *(u32 *)(r1 - 4)
exit

; program: write
; options: at=xdp
; run: mem=00 trap=access@0
*(u32 *)(r1 + 12) = 1
r0 = 0
exit

; program: moved
; options: at=xdp
; run: mem=00 trap=access@1
r1 += 4
r0 = *(u32 *)(r1 + 8)
exit

; program: variable
; options: at=xdp
; run: mem=00 trap=access@3
r2 = *(u32 *)(r1 + 12)
r2 &= 4
r1 += r2
r0 = *(u32 *)(r1 + 0)
exit

; program: atomic
; options: at=sched_cls
; run: mem=00 trap=access@1
r2 = 1
lock *(u32 *)(r1 + 8) += r2
r0 = 0
exit

; The context on one path, the packet on the other.
; program: either
; options: at=xdp
; run: mem=0700000000000000 r0=7
; run: mem=07000000000000000000 trap=access@8
r6 = r1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 9
if r4 < r3 goto use
r6 = r2
r0 = 0
use:
r0 = *(u32 *)(r6 + 0)
exit

; program: number_as_context
; options: at=xdp
; run: mem=00 trap=access@2
r2 = r1
r2 ^= 0
r0 = *(u32 *)(r2 + 12)
exit
