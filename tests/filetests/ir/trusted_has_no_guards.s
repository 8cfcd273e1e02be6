; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Policy trusted: loads and nothing else.
; options: policy=trusted
; run: mem=0001 r0=1
; ir-not: trap
; ir-check: load i8
; ir-not: trap
r0 = *(u8 *)(r1 + 1)
exit
