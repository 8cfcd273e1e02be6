; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Loads zero- or sign-extend, stores cut, at any alignment.

; program: zero_extend
; run: mem=80818283848586878889 r0=0x8909040402020606
; run: mem=00*10 r0=0
r3 = *(u8 *)(r1 + 1)
r4 = *(u16 *)(r1 + 2)
r5 = *(u32 *)(r1 + 4)
r6 = *(u64 *)(r1 + 2)
r0 = r3
r0 <<= 16
r0 |= r4
r0 <<= 32
r0 |= r5
r0 ^= r6
exit

; program: sign_extend8
; run: mem=80 r0=-128
; run: mem=7f r0=127
r0 = *(s8 *)(r1 + 0)
exit

; program: sign_extend16
; run: mem=000080 r0=-32768
; run: mem=00ff7f r0=32767
r0 = *(s16 *)(r1 + 1)
exit

; program: sign_extend32
; run: mem=0000000080 r0=-2147483648
; run: mem=00ffffff7f r0=0x7fffffff
r0 = *(s32 *)(r1 + 1)
exit

; program: stores_cut
; run: mem=00*16 r0=0 mem_after=00f0f0def0debc9af0debc9a78563412
r3 = 0x123456789abcdef0 ll
*(u8 *)(r1 + 1) = r3
*(u16 *)(r1 + 2) = r3
*(u32 *)(r1 + 4) = r3
*(u64 *)(r1 + 8) = r3
exit

; program: immediates_are_sign_extended
; run: mem=00*16 r0=0 mem_after=00fefeff,ff*8,00000000
*(u8 *)(r1 + 1) = -2
*(u16 *)(r1 + 2) = -2
*(u64 *)(r1 + 4) = -1
exit

; program: unaligned
; run: mem=00112233445566778899 r0=0x8877665544332211
r0 = *(u64 *)(r1 + 1)
exit

; program: base_is_the_destination
; run: mem=0000000000000000,05 r0=5
r1 = *(u8 *)(r1 + 8)
r0 = r1
exit
