; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Every size at the end of the data: inside, and one byte too far.

; program: load8
; run: mem=0102030405060708 r0=0x8
; run: mem=01020304050607 trap=access@bad
bad:
r0 = *(u8 *)(r1 + 7)
exit

; program: load16
; run: mem=0102030405060708 r0=0x807
; run: mem=01020304050607 trap=access@bad
bad:
r0 = *(u16 *)(r1 + 6)
exit

; program: load32
; run: mem=0102030405060708 r0=0x8070605
; run: mem=01020304050607 trap=access@bad
bad:
r0 = *(u32 *)(r1 + 4)
exit

; program: load64
; run: mem=0102030405060708 r0=0x807060504030201
; run: mem=01020304050607 trap=access@bad
; run: mem=01 trap=access@bad
; run: trap=access@bad
bad:
r0 = *(u64 *)(r1 + 0)
exit

; program: store8
; run: mem=0102030405060708 r0=0 mem_after=01020304050607ff
; run: mem=01020304050607 trap=access@bad
bad:
*(u8 *)(r1 + 7) = -1
exit

; program: store64
; run: mem=0102030405060708 r0=0 mem_after=ffffffffffffffff
; run: mem=01020304050607 trap=access@bad
bad:
*(u64 *)(r1 + 0) = -1
exit

; program: the_length_decides
; run: mem=aabbcc r0=0xcc
; run: mem=aa r0=0xaa
; run: trap=access@bad
r3 = r1
r3 += r2
bad:
r0 = *(u8 *)(r3 - 1)
exit

; program: one_past_the_length
; run: mem=aabbcc trap=access@bad
; run: trap=access@bad
r1 += r2
bad:
r0 = *(u8 *)(r1 + 0)
exit
