; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Numbers that are narrow on one path and wide on the other.

; program: narrow_or_wide
; run: mem=00,ffffffff,ffffffff r0=0xffffffff
; run: mem=01,ffffffff,ffffffff r0=0xffffffffffffffff
r3 = *(u8 *)(r1 + 0)
w0 = *(u32 *)(r1 + 1)
if r3 == 0 goto join
r0 = *(u64 *)(r1 + 1)
join:
exit

; program: number_or_never_written
; run: mem=00 r0=0
; run: mem=01 r0=-1
r3 = *(u8 *)(r1 + 0)
if r3 == 0 goto join
r7 = -1
join:
r0 = r7
exit

; program: three_ways
; run: mem=00,00*8 r0=0
; run: mem=01,f0*8 r0=0xf0f0f0f0
; run: mem=02,f0*8 r0=0xf0f0f0f0f0f0f0f0
r3 = *(u8 *)(r1 + 0)
if r3 == 0 goto join
if r3 == 1 goto narrow
r0 = *(u64 *)(r1 + 1)
goto join
narrow:
w0 = *(u32 *)(r1 + 1)
join:
r0 += 0
exit

; program: constants
; run: mem=00 r0=0x5
; run: mem=01 r0=0x100000005
r3 = *(u8 *)(r1 + 0)
r0 = 5
if r3 == 0 goto join
r0 = 0x100000005 ll
join:
exit
