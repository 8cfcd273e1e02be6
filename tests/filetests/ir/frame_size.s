; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The frame is as large as what is used of it, rounded up so that r10 is a multiple of 16.

; program: eight_bytes
; run: r0=1
; ir-check: alloca [16 x i8]
*(u64 *)(r10 - 8) = 1
r0 = *(u64 *)(r10 - 8)
exit

; program: twenty_four_bytes
; run: r0=1
; ir-check: alloca [32 x i8]
*(u8 *)(r10 - 17) = 1
r0 = *(u8 *)(r10 - 17)
exit

; program: none
; run: r0=1
; ir-not: x i8]
; ir-not: memset
r0 = 1
exit
