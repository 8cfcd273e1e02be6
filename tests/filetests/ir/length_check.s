; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; One check for the largest offset proves the smaller ones.
; run: mem=01020304 r0=0xa
; run: mem=010203 r0=0
; opt-ir-not: trap.access
; opt-ir-check: load
; opt-ir-not: trap.access
r0 = 0
if r2 < 4 goto done
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
r5 = *(u8 *)(r1 + 2)
r0 = *(u8 *)(r1 + 3)
r0 += r3
r0 += r4
r0 += r5
done:
exit
