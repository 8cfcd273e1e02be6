; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Load-acquire: every size, zero-extended, aligned to its size.

; program: load8
; run: mem=8182 r0=0x82
; run: mem=81 trap=access@bad
bad:
w0 = load_acquire((u8 *)(r1 + 1))
exit

; program: load16
; run: mem=00008382 r0=0x8283
; run: mem=000083 trap=access@bad
bad:
w0 = load_acquire((u16 *)(r1 + 2))
exit

; program: load32
; run: mem=00000000fffefdfc r0=0xfcfdfeff
bad:
w0 = load_acquire((u32 *)(r1 + 4))
exit

; program: load64
; run: mem=0102030405060788 r0=0x8807060504030201
; run: mem=01020304050607 trap=access@bad
bad:
r0 = load_acquire((u64 *)(r1 + 0))
exit

; program: misaligned16
; run: mem=00000000 trap=alignment@bad
; run: mem=0000 trap=access@bad
bad:
w0 = load_acquire((u16 *)(r1 + 1))
exit

; program: misaligned32
; run: mem=00*16 trap=alignment@bad
bad:
w0 = load_acquire((u32 *)(r1 + 2))
exit

; program: misaligned64
; run: mem=00*16 trap=alignment@bad
bad:
r0 = load_acquire((u64 *)(r1 + 4))
exit

; program: stack
; run: r0=0x1234
*(u64 *)(r10 - 16) = 0x1234
r0 = load_acquire((u64 *)(r10 - 16))
exit
