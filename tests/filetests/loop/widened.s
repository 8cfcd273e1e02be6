; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Loops whose bounds must be found by widening.

; The pointer has another fixed offset at each of the two places where ways meet: what one of them
; bounds must not push the other's bound up, and so on round and round.
; program: two_places
; options: policy=strict
; run: mem=02,05,00,01,00*4 r0=4
; run: mem=01,ff,00*6 r0=0
; run: r0=0
r9 = 0
r5 = 200
r4 = r1
r0 = r1
r0 += r2
goto test
one:
r4 += 1
goto next
test:
r3 = r4
r3 += 4
if r3 > r0 goto out
r6 = *(u8 *)(r4 + 0)
if r6 == 0 goto one
if r6 == 1 goto far
r9 += 4
r4 = r3
goto next
far:
r7 = *(u8 *)(r4 + 1)
r7 <<= 3
r4 += r7
r4 += 2
next:
w5 += -1
if w5 != 0 goto test
out:
r0 = r9
exit

; A sum of 32 bits that carries out of them is still known: here it counts the rounds.
; program: counts_down
; options: policy=strict
; run: r0=8
r5 = 8
r0 = 0
again:
r0 += 1
w5 += -1
if w5 != 0 goto again
exit

; An index that is kept twice, as clang does, begins as two zeros.
; program: twin_index
; options: policy=strict
; run: mem=01,02,03,04,05 r0=6
; run: mem=01 r0=0
r0 = 0
r4 = 0
r5 = 0
if r2 < 2 goto done
more:
r3 = r1
r3 += r5
r3 = *(u8 *)(r3 + 1)
r0 += r3
r4 += 2
r3 = r5
r3 += 3
r5 = r4
if r3 < r2 goto more
done:
exit
