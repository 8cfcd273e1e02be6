; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The length check in the form of XDP programs, with an end pointer.
; run: mem=01*14 r0=0x101
; run: mem=01*13 r0=0
; opt-ir-not: inttoptr
; opt-ir-check: load i16
; opt-ir-not: inttoptr
r3 = r1
r3 += r2
r0 = 0
r4 = r1
r4 += 14
if r4 > r3 goto done
r0 = *(u16 *)(r1 + 12)
done:
exit
