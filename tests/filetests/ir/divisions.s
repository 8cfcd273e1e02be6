; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Division by a constant: no select for zero, no division instruction's guard.
; run: mem=0a00000000000000 r0=3
; opt-ir-not: select
; opt-ir-check: udiv i64
; opt-ir-not: select
r0 = *(u64 *)(r1 + 0)
r0 /= 3
exit

; program: power_of_two
; run: mem=0a00000000000000 r0=2
; opt-ir-not: udiv
; opt-ir-check: lshr
r0 = *(u64 *)(r1 + 0)
r0 /= 4
exit
