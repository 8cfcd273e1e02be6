; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A loop whose guards can all be asked about once has a copy without them; what does not fit goes through
; the careful one, and traps where it always did.

; Nothing is left to ask: that an index in the second half is inside follows from the half.
; program: sums_half
; options: policy=guard
; run: mem=0102030405060708 r0=0x1a
; run: mem=01 r0=0
; ir-not: trap.access
; opt-ir-check: load <
r0 = 0
r3 = r2
r3 >>= 1
if r3 == 0 goto done
r4 = r1
r4 += r3
r5 = 0
next:
r6 = r4
r6 += r5
r7 = *(u8 *)(r6 + 0)
r0 += r7
r5 += 1
if r5 < r3 goto next
done:
exit

; program: sums_as_many_as_it_says
; options: policy=guard
; run: mem=03010203040506 r0=6
; run: mem=06010203 trap=access@load
; run: mem=00 r0=0
; opt-ir-check: load <
r0 = 0
if r2 < 1 goto done
r3 = *(u8 *)(r1 + 0)
if r3 == 0 goto done
r5 = 0
next:
r6 = r1
r6 += r5
load:
r7 = *(u8 *)(r6 + 1)
r0 += r7
r5 += 1
if r5 < r3 goto next
done:
exit

; program: runs_past_the_end
; options: policy=guard
; run: mem=04010203040506 r0=0x6
; run: mem=08010203040506 trap=access@load
; run: mem=ff010203040506 trap=access@load
; run: mem=02 trap=access@load
; run: mem=01 r0=0
; run: mem=00 r0=0
r0 = 0
if r2 < 1 goto done
r3 = *(u8 *)(r1 + 0)
if r3 == 0 goto done
r5 = 1
next:
if r5 == r3 goto done
r6 = r1
r6 += r5
load:
r7 = *(u8 *)(r6 + 0)
r0 += r7
r5 += 1
goto next
done:
exit

; program: writes_before_it_traps
; options: policy=guard
; run: mem=04000000 mem_after=04010203 trap=access@store
; run: mem=03000000 mem_after=03010203 r0=3
; opt-ir-check: .unguarded
if r2 < 1 goto done
r3 = *(u8 *)(r1 + 0)
r5 = 1
next:
if r5 > r3 goto done
r6 = r1
r6 += r5
store:
*(u8 *)(r6 + 0) = r5
r0 = r5
r5 += 1
goto next
done:
exit
