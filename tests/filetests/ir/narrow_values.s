; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Values below 2^32 are i32: arithmetic and comparisons of 32 bits need no 64-bit registers, and
; nothing masks the upper half.
; run: mem=0500000003000000 r0=0x8
; run: mem=03000000ffffffff r0=0x2
; ir-check: load i32
; ir-check: add i32
; ir-not: and i64
; opt-ir-check: add i32
; opt-ir-not: and i64
; opt-ir-not: 4294967295
if r2 < 8 goto done
w3 = *(u32 *)(r1 + 0)
w4 = *(u32 *)(r1 + 4)
w3 += w4
if w3 > 100 goto done
w0 = w3
done:
exit
