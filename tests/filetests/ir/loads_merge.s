; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Bytes put together by shifts become one load: little-endian already in the IR, big-endian as a load
; and a swap in the machine code.

; program: little_endian
; run: mem=01020304 r0=0x4030201
; run: mem=010203 r0=0
; opt-ir-count: 1 load i32
; opt-ir-count: 0 load i8
r0 = 0
if r2 < 4 goto done
r0 = *(u8 *)(r1 + 0)
r3 = *(u8 *)(r1 + 1)
r3 <<= 8
r0 |= r3
r3 = *(u8 *)(r1 + 2)
r3 <<= 16
r0 |= r3
r3 = *(u8 *)(r1 + 3)
r3 <<= 24
r0 |= r3
done:
exit

; program: big_endian
; run: mem=01020304 r0=0x1020304
; run: mem=010203 r0=0
; asm-check: bswap
; asm-count: 0 movzx
r0 = 0
if r2 < 4 goto done
r0 = *(u8 *)(r1 + 0)
r0 <<= 8
r3 = *(u8 *)(r1 + 1)
r0 |= r3
r0 <<= 8
r3 = *(u8 *)(r1 + 2)
r0 |= r3
r0 <<= 8
r3 = *(u8 *)(r1 + 3)
r0 |= r3
done:
exit

; program: the_same_load_twice
; run: mem=05 r0=0xa
; opt-ir-count: 1 load i8
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 0)
r0 = r3
r0 += r4
exit
