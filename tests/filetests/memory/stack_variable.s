; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Stack accesses whose offset only the run knows.

; program: index
; run: mem=00 r0=0x63
; run: mem=08 r0=0
; run: mem=f8 r0=0x63
; run: mem=f9 trap=access@bad
*(u64 *)(r10 - 8) = 99
*(u64 *)(r10 - 256) = 99
r3 = *(u8 *)(r1 + 0)
r4 = r10
r4 += -256
r4 += r3
bad:
r0 = *(u64 *)(r4 + 0)
exit

; program: below_the_frame
; run: mem=0000 r0=0
; run: mem=0001 r0=0
; run: mem=0002 r0=7
; run: mem=0102 trap=access@bad
; run: mem=ffff trap=access@bad
r3 = *(u16 *)(r1 + 0)
r4 = r10
r4 -= r3
r0 = 0
if r3 == 0 goto done
bad:
*(u8 *)(r4 + 0) = 7
r5 = *(u8 *)(r10 - 512)
r0 = r5
done:
exit

; program: overwrites_what_was_known
; run: mem=00 r0=0x2a
; run: mem=08 r0=0x7
r3 = *(u8 *)(r1 + 0)
*(u64 *)(r10 - 8) = 7
r4 = r10
r4 += -8
r4 -= r3
*(u64 *)(r4 + 0) = 42
r0 = *(u64 *)(r10 - 8)
exit
