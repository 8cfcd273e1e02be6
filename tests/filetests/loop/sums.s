; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Two numbers that only together stay below the data's length.

; A pointer moves on while what is left shrinks.
; program: chunks
; options: policy=strict
; run: mem=01,00*11,02,00*11 r0=1
; run: mem=01,00*11,02,00*12 r0=3
; run: mem=01,00*11 r0=0
; run: r0=0
r0 = 0
if w2 < 13 goto done
more:
r3 = *(u32 *)(r1 + 0)
r0 += r3
r3 = *(u32 *)(r1 + 8)
r0 += r3
r1 += 12
w2 += -12
if w2 > 12 goto more
done:
exit

; The same by a step that the data says: options with a length each.
; program: options
; options: policy=strict
; run: mem=05,02,07,03,00 r0=12
; run: mem=05,02,07,04,00 r0=0
; run: mem=05,00 r0=0
r0 = 0
if w2 < 2 goto bad
w3 = 0
more:
r4 = *(u8 *)(r1 + 1)
if w4 < 2 goto bad
if w2 < w4 goto bad
r5 = *(u8 *)(r1 + 0)
w3 += w5
r1 += r4
w2 -= w4
if w2 > 1 goto more
r0 = r3
bad:
exit

; What is left is moved first.
; program: options_left_first
; options: policy=strict
; run: mem=05,02,07,03,00 r0=12
r0 = 0
if r2 < 2 goto bad
r3 = 0
more:
r4 = *(u8 *)(r1 + 1)
r5 = *(u8 *)(r1 + 0)
if r4 < 2 goto bad
if r4 > r2 goto bad
r3 += r5
r2 -= r4
r1 += r4
if r2 > 1 goto more
r0 = r3
bad:
exit

; An index in the first half, as far into the second one.
; program: halves
; options: policy=strict
; run: mem=01,02,10,20 r0=0x33
; run: mem=01,02,10,20,ff r0=0x33
; run: mem=01 r0=0
r0 = 0
if r2 < 2 goto done
r2 >>= 1
r3 = r1
r3 += r2
r4 = 0
more:
r5 = r3
r5 += r4
r5 = *(u8 *)(r5 + 0)
r6 = r1
r6 += r4
r6 = *(u8 *)(r6 + 0)
r0 += r5
r0 += r6
r4 += 1
if r4 < r2 goto more
done:
exit

; The length without an offset is enough behind the offset.
; program: rest
; options: policy=strict
; run: mem=04,00*3,01,00*6,02 r0=3
; run: mem=04,00*3,01,00*6 r0=2
; run: mem=0d,00*11 r0=1
r0 = 1
if r2 < 4 goto done
r3 = *(u8 *)(r1 + 0)
if r3 > r2 goto done
r2 -= r3
r0 = 2
if r2 < 8 goto done
r1 += r3
r0 = *(u8 *)(r1 + 0)
r2 = *(u8 *)(r1 + 7)
r0 += r2
done:
exit

; Two indices that meet. Strict, as the kernel, takes no pointer made from the data's end.
; program: from_both_ends
; ir-not: trap.access
; run: mem=01,02,03,04 r0=10
; run: mem=01 r0=2
r0 = 0
if r2 == 0 goto done
r3 = 0
r2 += -1
more:
r4 = r2
r5 = r1
r5 += r3
r5 = *(u8 *)(r5 + 0)
r6 = r1
r6 += r4
r6 = *(u8 *)(r6 + 0)
r0 += r5
r0 += r6
r2 += -1
r3 += 1
if r3 < r4 goto more
done:
exit

; Multiples of four that are not equal are four apart.
; program: by_fours
; options: policy=strict
; run: mem=01,00*3,02,00*3 r0=3
; run: mem=01,00*3,02,00*2 r0=1
r0 = 0
r2 &= -4
r3 = 0
goto test
more:
r4 = r1
r4 += r3
r4 = *(u32 *)(r4 + 0)
r0 += r4
r3 += 4
test:
if r3 < r2 goto more
exit

; Rounded down to a multiple, what is not less than that stays so.
; program: rounded
; options: policy=strict
; run: mem=01,02,03 r0=2
; run: mem=01 r0=0
r0 = 0
if r2 < 2 goto done
r2 &= -2
r1 += r2
r0 = *(u8 *)(r1 - 1)
done:
exit

; An offset plus a length that the data says is compared with the end; then an index below that length is inside
; behind the offset: labels of a name.
; program: name
; ir-not: trap.access
; run: mem=00,02,05,06,01,07,00 r0=18
; run: mem=00,02,05,06,03,07,00 r0=2
; run: mem=00,40,05 r0=1
; run: mem=00 r0=0
r0 = 0
r3 = 1
goto test
byte:
r7 = r0
r7 += r6
r7 = *(u8 *)(r7 + 0)
r4 += r7
r6 += 1
if r6 < r5 goto byte
w5 += 1
r5 &= 255
r3 += r5
r0 = r4
test:
r4 = r0
if r3 >= r2 goto done
r5 = r1
r5 += r3
r5 = *(u8 *)(r5 + 0)
if r5 == 0 goto done
r0 = 1
if w5 > 63 goto done
r0 = 2
r6 = r3
r6 += 1
r7 = r6
r7 += r5
if r7 > r2 goto done
r0 = r1
r0 += r6
r6 = 0
goto byte
done:
exit

; The same by pointers: a value behind type and length.
; program: value
; ir-not: trap.access
; run: mem=01,02,05,06,01,00 r0=11
; run: mem=01,02,05 r0=1
r0 = 0
r3 = r1
r3 += r2
r9 = 0
test:
r4 = r1
r4 += 2
r0 = r9
if r4 > r3 goto done
r5 = *(u8 *)(r1 + 1)
r8 = r4
r8 += r5
r0 = 1
if r8 > r3 goto done
r6 = 0
goto more
byte:
r7 = r4
r7 += r6
r7 = *(u8 *)(r7 + 0)
r9 += r7
r6 += 1
more:
if r6 < r5 goto byte
r1 = r8
goto test
done:
exit

; One byte more than the length.
; program: value_one_too_far
; run: mem=01,02,05,06 trap=access@bad
; run: mem=01,02,05,06,07 r0=18
r0 = 0
r3 = r1
r3 += r2
r4 = r1
r4 += 2
if r4 > r3 goto done
r5 = *(u8 *)(r1 + 1)
r8 = r4
r8 += r5
if r8 > r3 goto done
r6 = 0
byte:
r7 = r4
r7 += r6
bad:
r7 = *(u8 *)(r7 + 0)
r0 += r7
r6 += 1
if r6 <= r5 goto byte
done:
exit

; One byte more than what is left: the check stays, and a run that needs it ends.
; program: chunks_one_too_far
; run: mem=01,00*12 trap=access@bad
; run: mem=01,00*11 r0=0
r0 = 0
if w2 < 13 goto done
more:
bad:
r3 = *(u16 *)(r1 + 12)
r0 += r3
r1 += 12
w2 += -12
if w2 > 12 goto more
done:
exit

; The pointer moves further than what is left shrinks.
; program: chunks_drift
; run: mem=01,00*24 r0=1
; run: mem=01,00*36 trap=access@bad
r0 = 0
if w2 < 13 goto done
more:
r3 = *(u32 *)(r1 + 0)
r0 += r3
bad:
r3 = *(u32 *)(r1 + 8)
r1 += 13
w2 += -12
if w2 > 12 goto more
done:
exit

; What is left wraps: nobody asked whether the step is larger.
; program: options_wrap
; run: mem=05,03 trap=access@bad
; run: mem=05,02 r0=5
r0 = 0
if w2 < 2 goto done
w3 = 0
more:
bad:
r4 = *(u8 *)(r1 + 1)
if w4 < 2 goto done
r5 = *(u8 *)(r1 + 0)
w3 += w5
r1 += r4
w2 -= w4
if w2 > 1 goto more
r0 = r3
done:
exit

; An index up to the half, counted in bytes of the second half: one too many.
; program: halves_one_too_far
; run: mem=01,02,10,20 trap=access@bad
; run: mem=01,02,10,20,30 r0=0x83
r0 = 0
if r2 < 2 goto done
r2 >>= 1
r3 = r1
r3 += r2
r4 = 0
more:
r5 = r3
r5 += r4
bad:
r6 = *(u8 *)(r5 + 1)
r0 += r6
r5 = *(u8 *)(r5 + 0)
r0 += r5
r4 += 1
if r4 < r2 goto more
r1 = *(u8 *)(r1 + 0)
r0 += r1
r0 += 2
done:
exit
