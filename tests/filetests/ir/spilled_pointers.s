; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A pointer that is spilled and filled keeps its provenance.
; run: mem=01020304 r0=3
; run: mem=0102 r0=0
; opt-ir-not: inttoptr
; opt-ir-not: alloca
; opt-ir-check: load i8
; opt-ir-not: inttoptr
*(u64 *)(r10 - 8) = r1
r0 = 0
if r2 < 3 goto done
r3 = *(u64 *)(r10 - 8)
r0 = *(u8 *)(r3 + 2)
done:
exit
