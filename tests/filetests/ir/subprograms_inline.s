; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Small subprograms disappear; the budget is still counted.
; run: mem=05 r0=0xa budget_left=1000000
; opt-ir-not: call {{i64|\{}}
; opt-ir-check: ret
r1 = *(u8 *)(r1 + 0)
call twice
exit
twice:
r0 = r1
r0 += r1
exit
