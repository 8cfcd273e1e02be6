; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Atomics on the data: inside or trap, and nothing is written by one that traps.

; program: add32
; run: mem=00000000 r0=0 mem_after=01000000
; run: mem=000000 trap=access@bad
; run: trap=access@bad
w3 = 1
bad:
lock *(u32 *)(r1 + 0) += w3
exit

; program: add64
; run: mem=00*8 r0=0 mem_after=01,00*7
; run: mem=00*7 trap=access@bad
r3 = 1
bad:
lock *(u64 *)(r1 + 0) += r3
exit

; program: fetch_before_the_start
; run: mem=00*16 trap=access@bad
r3 = 1
bad:
r3 = atomic_fetch_add((u64 *)(r1 - 8), r3)
exit

; program: unknown_address
; run: mem=00*16 trap=access@bad
r3 = 64
r4 = 1
bad:
lock *(u64 *)(r3 + 0) += r4
exit
