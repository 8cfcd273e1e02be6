; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Nested loops: every backward jump counts, inner and outer, unless both are bounded.

; program: free
; run: mem=03 r0=9 budget_left=1000000
; run: mem=ff budget=0 r0=65025 budget_left=0
r5 = *(u8 *)(r1 + 0)
r3 = 0
rows:
r4 = 0
columns:
r0 += 1
r4 += 1
inner:
if r4 < r5 goto columns
r3 += 1
outer:
if r3 < r5 goto rows
exit

; program: paid
; run: mem=0300000000000000 r0=9 budget_left=999992
; run: mem=0100000000000000 r0=1 budget_left=1000000
; run: mem=0300000000000000 budget=7 trap=budget@inner budget_left=0
; run: mem=0300000000000000 budget=5 trap=budget@outer budget_left=0
; run: mem=0400000000000000 budget=14 trap=budget@inner budget_left=0
r5 = *(u64 *)(r1 + 0)
r3 = 0
rows:
r4 = 0
columns:
r0 += 1
r4 += 1
inner:
if r4 < r5 goto columns
r3 += 1
outer:
if r3 < r5 goto rows
exit
