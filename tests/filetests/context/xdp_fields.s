; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Fields of xdp_md: the pointers lead into the packet, the numbers are the host's.

; program: first_byte
; options: at=xdp
; run: mem=07 r0=7
; run: mem=0708 r0=7
; run: mem= r0=1
; ir-not: trap.access
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 1
r4 = r2
r4 += 1
if r4 > r3 goto out
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: numbers
; options: at=xdp
; run: mem=00 r0=0x1f1e1d1c23222120
r0 = *(u32 *)(r1 + 12)
r0 <<= 32
r2 = *(u32 *)(r1 + 16)
r0 |= r2
exit

; program: egress
; options: at=xdp
; run: mem=00 r0=0x27262524
r0 = *(u32 *)(r1 + 20)
exit

; program: length
; options: at=xdp
; run: mem=0102030405 r0=5
; run: mem= r0=0
r0 = *(u32 *)(r1 + 4)
r2 = *(u32 *)(r1 + 0)
r0 -= r2
exit

; program: no_check
; options: at=xdp
; run: mem=0708 r0=8
; run: mem=07 trap=access@2
r2 = *(u32 *)(r1 + 0)
r0 = 0
r0 = *(u8 *)(r2 + 1)
exit

; program: spilled_context
; options: at=xdp
; run: mem=09 r0=9
*(u64 *)(r10 - 8) = r1
r3 = *(u64 *)(r10 - 8)
r2 = *(u32 *)(r3 + 0)
r3 = *(u32 *)(r3 + 4)
r0 = 0
r4 = r2
r4 += 1
if r3 < r4 goto out2
r0 = *(u8 *)(r2 + 0)
out2:
exit
