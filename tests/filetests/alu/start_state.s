; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What registers hold at the start: r1 the data, r2 its length, everything else 0.

; program: length
; run: r0=0
; run: mem=00 r0=1
; run: mem=00*300 r0=300
r0 = r2
exit

; program: zeros
; run: r0=0
; run: mem=01 r0=0
r0 |= r3
r0 |= r4
r0 |= r5
r0 |= r6
r0 |= r7
r0 |= r8
r0 |= r9
exit

; program: no_memory_is_null
; run: r0=0
; run: mem=00 r0=1
if r1 == 0 goto done
r0 = 1
done:
exit

; program: return_what_was_never_written
; run: r0=0
exit
