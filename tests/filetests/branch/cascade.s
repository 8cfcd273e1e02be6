; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A chain of comparisons, as a switch becomes.
; run: mem=00 r0=10
; run: mem=01 r0=11
; run: mem=02 r0=12
; run: mem=03 r0=13
; run: mem=ff r0=13
r3 = *(u8 *)(r1 + 0)
if r3 == 0 goto zero
if r3 == 1 goto one
if r3 == 2 goto two
r0 = 13
exit
zero:
r0 = 10
exit
one:
r0 = 11
exit
two:
r0 = 12
exit
