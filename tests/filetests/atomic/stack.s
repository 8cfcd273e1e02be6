; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Atomics on the stack, where both ends and the alignment count from r10.

; program: add
; run: r0=0xc
*(u64 *)(r10 - 8) = 5
r3 = 7
lock *(u64 *)(r10 - 8) += r3
r0 = *(u64 *)(r10 - 8)
exit

; program: fetch_or_at_the_bottom
; run: r0=0x7
r3 = 7
r3 = atomic_fetch_or((u64 *)(r10 - 512), r3)
r0 = *(u64 *)(r10 - 512)
r0 += r3
exit

; program: upper_word
; run: r0=0x700000005
*(u64 *)(r10 - 8) = 5
w3 = 7
lock *(u32 *)(r10 - 4) |= w3
r0 = *(u64 *)(r10 - 8)
exit

; program: misaligned
; run: trap=alignment@bad
r3 = 7
bad:
lock *(u64 *)(r10 - 12) += r3
exit

; program: above
; run: trap=access@bad
r3 = 7
bad:
lock *(u64 *)(r10 + 0) += r3
exit

; program: variable
; run: mem=08 r0=7
; run: mem=10 r0=0
; run: mem=0c trap=alignment@bad
; run: mem=04 trap=access@bad
r3 = *(u8 *)(r1 + 0)
r4 = r10
r4 -= r3
r5 = 7
bad:
lock *(u64 *)(r4 + 0) += r5
r0 = *(u64 *)(r10 - 8)
exit

; program: cmpxchg_of_a_spilled_number
; run: r0=0x9
*(u64 *)(r10 - 8) = 3
r0 = 3
r4 = 9
r0 = cmpxchg_64(r10 - 8, r0, r4)
r0 = *(u64 *)(r10 - 8)
exit

; program: operand_is_the_base
; run: r0=0
r3 = r10
r3 += -8
r4 = 1
lock *(u64 *)(r3 + 0) += r4
lock *(u64 *)(r3 + 0) ^= r4
r0 = *(u64 *)(r10 - 8)
exit
