; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Several fields of a header at a variable place: one check for all of them; a header that is cut off traps at the
; field where the interpreter does.

; program: fields
; run: mem=02,00,01020304050607 r0=0x10
; run: mem=02,00,010203040506 trap=access@last
; run: mem=02,00,0102 trap=access@third
; run: mem=02,00,01 trap=access@second
; run: mem=02,00 trap=access@first
; run: mem=ff,00,01020304050607 trap=access@first
; run: mem=00 trap=access@second
; opt-ir-check: usub.sat
if r2 == 0 goto none
r3 = *(u8 *)(r1 + 0)
r1 += r3
if r3 == 1 goto none
first:
r4 = *(u8 *)(r1 + 0)
second:
r5 = *(u8 *)(r1 + 1)
third:
r6 = *(u8 *)(r1 + 5)
last:
r0 = *(u8 *)(r1 + 6)
r0 += r4
r0 += r5
r0 += r6
exit
none:
r0 = 0
exit

; program: the_base_changes_inside
; run: mem=02,00,01020304 r0=0x3
; run: mem=02,00,0102 trap=access@far
; run: mem=04,00,01020304 trap=access@far
if r2 == 0 goto none
r3 = *(u8 *)(r1 + 0)
r1 += r3
r4 = *(u8 *)(r1 + 0)
r1 += r4
r1 += 1
far:
r0 = *(u8 *)(r1 + 0)
r0 += 0
exit
none:
r0 = 0
exit
