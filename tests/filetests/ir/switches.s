; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A tree of comparisons of one value is a switch again.

; program: tree
; run: mem=00,00*7,0300000000000000 r0=10 mem_after=00,00*7,0500000000000000
; run: mem=01,00*7,0300000000000000 r0=11 mem_after=01,00*7,0300000000000000
; run: mem=02,00*7,0300000000000000 r0=12 mem_after=02,00*7,0200000000000000
; run: mem=03,00*7,0300000000000000 r0=13 mem_after=03,00*7,0100000000000000
; run: mem=04,00*7,0300000000000000 r0=14 mem_after=04,00*7,0300000000000000
; run: mem=05,00*7,0300000000000000 r0=15 mem_after=05,00*7,0200000000000000
; run: mem=06,00*7,0300000000000000 r0=99
; run: mem=ff,00*7,0300000000000000 r0=99
; opt-ir-check: switch i
r0 = 99
if r2 < 16 goto done
r6 = *(u8 *)(r1 + 0)
r2 = 2
if r6 > 2 goto high
if r6 == 0 goto zero
if r6 == 1 goto one
r0 = 12
lock *(u64 *)(r1 + 8) &= r2
exit
zero:
r0 = 10
lock *(u64 *)(r1 + 8) += r2
exit
one:
r0 = 11
lock *(u64 *)(r1 + 8) |= r2
exit
high:
if r6 > 4 goto higher
if r6 == 3 goto three
r0 = 14
r3 = 3
r2 = 7
lock *(u64 *)(r1 + 8) &= r2
exit
three:
r0 = 13
lock *(u64 *)(r1 + 8) ^= r2
exit
higher:
if r6 != 5 goto done
r0 = 15
r2 = xchg_64(r1 + 8, r2)
done:
exit

; program: two_ways_stay_comparisons
; run: mem=00 r0=1
; run: mem=01 r0=2
; run: mem=07 r0=3
; opt-ir-not: switch
r1 = *(u8 *)(r1 + 0)
r0 = 1
if r1 == 0 goto done
r0 = 2
if r1 == 1 goto done
r0 = 3
done:
exit
