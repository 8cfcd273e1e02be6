; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Atomics need an address that is a multiple of their size; first it must be inside.

; program: add64_at_4
; run: mem=00*16 trap=alignment@bad
; run: mem=00*8 trap=access@bad
r3 = 1
bad:
lock *(u64 *)(r1 + 4) += r3
exit

; program: add32_at_4
; run: mem=00*8 r0=0 mem_after=00000000,01000000
w3 = 1
lock *(u32 *)(r1 + 4) += w3
exit

; program: add32_at_2
; run: mem=00*8 trap=alignment@bad
w3 = 1
bad:
lock *(u32 *)(r1 + 2) += w3
exit

; program: variable
; run: mem=08,00*23 r0=0 mem_after=08,00*7,01,00*15
; run: mem=0c,00*23 trap=alignment@bad
; run: mem=11,00*23 trap=access@bad
; run: mem=10,00*23 r0=0 mem_after=10,00*15,01,00*7
r3 = *(u8 *)(r1 + 0)
r1 += r3
r4 = 1
bad:
lock *(u64 *)(r1 + 0) += r4
exit

; program: xchg_misaligned
; run: mem=00*16 trap=alignment@bad
r3 = 1
bad:
r3 = xchg_64(r1 + 1, r3)
exit

; program: cmpxchg_misaligned
; run: mem=00*16 trap=alignment@bad
r3 = 1
bad:
w0 = cmpxchg32_32(r1 + 3, w0, w3)
exit
