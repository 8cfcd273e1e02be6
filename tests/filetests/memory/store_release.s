; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Store-release: every size, aligned to its size.

; program: all_sizes
; run: mem=00*16 r0=0 mem_after=00f0f0def0debc9af0debc9a78563412
r3 = 0x123456789abcdef0 ll
store_release((u8 *)(r1 + 1), w3)
store_release((u16 *)(r1 + 2), w3)
store_release((u32 *)(r1 + 4), w3)
store_release((u64 *)(r1 + 8), r3)
exit

; program: out_of_bounds
; run: mem=00*7 trap=access@bad
; run: mem=00*8 r0=0 mem_after=01,00*7
r3 = 1
bad:
store_release((u64 *)(r1 + 0), r3)
exit

; program: misaligned
; run: mem=00*16 trap=alignment@bad
r3 = 1
bad:
store_release((u32 *)(r1 + 6), w3)
exit

; program: stack
; run: r0=5
r3 = 5
store_release((u32 *)(r10 - 8), w3)
r0 = *(u64 *)(r10 - 8)
exit

; program: stack_misaligned
; run: trap=alignment@bad
r3 = 5
bad:
store_release((u32 *)(r10 - 6), w3)
exit
