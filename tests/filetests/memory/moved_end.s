; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The end of the data, moved on by a number that is not known, is no end: comparing with it proves nothing.

; program: moved_by_the_length
; options: policy=guard
; run: mem=957a budget=2000 trap=access@load
; run: mem=01020304 r0=1
r0 = 0
r6 = r1
r7 = r2
r2 = r6
more:
r2 += r7
r3 = r6
r3 += 4
if r3 > r2 goto more
load:
r5 = *(u32 *)(r6 + 0)
r0 = 1
exit

; program: moved_by_a_byte
; run: mem=ff7a trap=access@load
; run: mem=01020304 r0=1
r0 = 0
r6 = r1
if r2 < 2 goto done
r4 = *(u8 *)(r1 + 0)
r3 = r1
r3 += r2
r3 += r4
r5 = r6
r5 += 4
if r5 > r3 goto done
load:
r5 = *(u32 *)(r6 + 0)
r0 = 1
done:
exit

; program: distance_of_a_moved_end
; run: mem=ff7a trap=access@load
; run: mem=01020304 r0=1
r0 = 0
r6 = r1
if r2 < 2 goto done
r4 = *(u8 *)(r1 + 0)
r3 = r1
r3 += r2
r3 += r4
r3 -= r1
if r3 < 4 goto done
load:
r5 = *(u32 *)(r6 + 0)
r0 = 1
done:
exit
