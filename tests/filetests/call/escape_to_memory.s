; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A frame's address that goes through memory is a number to what loads it.

; program: through_the_data
; run: mem=00*8 r0=77
*(u64 *)(r10 - 8) = 77
r3 = r10
r3 += -8
*(u64 *)(r1 + 0) = r3
r4 = *(u64 *)(r1 + 0)
r0 = *(u64 *)(r4 + 0)
*(u64 *)(r1 + 0) = 0
exit

; program: through_the_stack_in_halves
; run: r0=77
*(u64 *)(r10 - 8) = 77
r3 = r10
r3 += -8
*(u64 *)(r10 - 20) = r3
r4 = *(u64 *)(r10 - 20)
r0 = *(u64 *)(r4 + 0)
exit

; program: arithmetic_disguise
; run: r0=77
*(u64 *)(r10 - 8) = 77
r3 = r10
r3 ^= -1
r3 ^= -1
r0 = *(u64 *)(r3 - 8)
exit

; program: scaled
; run: r0=77
*(u64 *)(r10 - 8) = 77
r3 = r10
r3 <<= 1
r3 >>= 1
r0 = *(u64 *)(r3 - 8)
exit
