; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Meta data lies before the packet; a comparison with the packet's start shows how much there is.

; program: read
; options: at=xdp
; run: mem=0102030405 meta=4 r0=0x04030201
; run: mem=0102030405 meta=3 r0=0
; ir-not: trap.access
r2 = *(u32 *)(r1 + 8)
r3 = *(u32 *)(r1 + 0)
r0 = 0
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: unchecked
; options: at=xdp
; run: mem=0102030405 meta=4 r0=0x04030201
; run: mem=0102030405 meta=1 r0=0x04030201
; run: mem=010203 meta=3 trap=access@1
r2 = *(u32 *)(r1 + 8)
r0 = *(u32 *)(r2 + 0)
exit

; program: before_the_packet
; options: at=xdp
; run: mem=0102030405 meta=4 trap=access@1
r2 = *(u32 *)(r1 + 0)
r0 = *(u8 *)(r2 - 1)
exit
