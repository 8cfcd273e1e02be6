; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Registers that hold a pointer on one path and something else on the other.

; program: pointer_or_number
; run: mem=0005 r0=5
; run: mem=01 trap=access@bad
r3 = *(u8 *)(r1 + 0)
r4 = 64
if r3 != 0 goto join
r4 = r1
join:
bad:
r0 = *(u8 *)(r4 + 1)
exit

; program: data_or_stack
; run: mem=002a r0=0x2a
; run: mem=012a r0=0x63
*(u64 *)(r10 - 8) = 99
r3 = *(u8 *)(r1 + 0)
r4 = r10
r4 += -9
if r3 != 0 goto join
r4 = r1
join:
r0 = *(u8 *)(r4 + 1)
exit

; program: two_places_in_the_data
; run: mem=00,11,22,33 r0=0x11
; run: mem=02,11,22,33 r0=0x33
; run: mem=02,11,22 trap=access@bad
r3 = *(u8 *)(r1 + 0)
r4 = r1
if r3 == 0 goto join
r4 += 2
join:
bad:
r0 = *(u8 *)(r4 + 1)
exit

; program: two_places_in_the_stack
; run: mem=00 r0=1
; run: mem=01 r0=2
*(u64 *)(r10 - 8) = 1
*(u64 *)(r10 - 16) = 2
r3 = *(u8 *)(r1 + 0)
r4 = r10
r4 += -8
if r3 == 0 goto join
r4 += -8
join:
r0 = *(u64 *)(r4 + 0)
exit

; program: pointer_or_nothing
; run: mem=0005 r0=5
; run: mem=01 trap=access@bad
r3 = *(u8 *)(r1 + 0)
if r3 != 0 goto join
r6 = r1
join:
bad:
r0 = *(u8 *)(r6 + 1)
exit
