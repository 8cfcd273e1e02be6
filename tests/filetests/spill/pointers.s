; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Pointers kept on the stack come back as pointers.

; program: data_pointer
; run: mem=0102 r0=2
; run: mem=01 trap=access@bad
*(u64 *)(r10 - 8) = r1
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 1)
exit

; program: across_a_call
; run: mem=2a r0=0x2a
*(u64 *)(r10 - 8) = r1
call f
r3 = *(u64 *)(r10 - 8)
r0 = *(u8 *)(r3 + 0)
exit
f:
exit

; program: stack_pointer
; run: r0=0x7
r3 = r10
r3 += -16
*(u64 *)(r10 - 8) = r3
r4 = *(u64 *)(r10 - 8)
*(u64 *)(r4 + 0) = 7
r0 = *(u64 *)(r10 - 16)
exit

; program: overwritten_in_part
; run: mem=00*16 trap=access@bad
*(u64 *)(r10 - 8) = r1
*(u8 *)(r10 - 1) = 0x7f
*(u8 *)(r10 - 2) = 0x7f
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: overwritten_by_a_neighbour
; run: mem=00*16 trap=access@bad
*(u64 *)(r10 - 8) = r1
*(u64 *)(r10 - 12) = -1
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: written_elsewhere_at_a_variable_place
; run: mem=10,00*15 r0=0x10
; run: mem=08,00*15 trap=access@bad
r5 = *(u8 *)(r1 + 0)
*(u64 *)(r10 - 8) = r1
r4 = r10
r4 -= r5
*(u64 *)(r4 + 0) = 5
r3 = *(u64 *)(r10 - 8)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: unaligned_slot
; run: mem=2a r0=0x2a
*(u64 *)(r10 - 12) = r1
r3 = *(u64 *)(r10 - 12)
r0 = *(u8 *)(r3 + 0)
exit

; program: exchanged
; run: mem=2a r0=0x2a
*(u64 *)(r10 - 8) = r1
r3 = 0
r3 = xchg_64(r10 - 8, r3)
r0 = *(u8 *)(r3 + 0)
exit
