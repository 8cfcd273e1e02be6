; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The frame is 512 bytes below r10 and holds zeros.

; program: top
; run: r0=0x2a
*(u64 *)(r10 - 8) = 42
r0 = *(u64 *)(r10 - 8)
exit

; program: bottom
; run: r0=0x2a
*(u64 *)(r10 - 512) = 42
r0 = *(u8 *)(r10 - 512)
exit

; program: starts_as_zeros
; run: r0=0
r0 = *(u64 *)(r10 - 512)
r3 = *(u64 *)(r10 - 256)
r0 |= r3
r3 = *(u64 *)(r10 - 8)
r0 |= r3
exit

; program: above
; run: trap=access@bad
bad:
r0 = *(u8 *)(r10 + 0)
exit

; program: straddles_the_top
; run: trap=access@bad
bad:
*(u64 *)(r10 - 7) = 1
exit

; program: below
; run: trap=access@bad
bad:
r0 = *(u8 *)(r10 - 513)
exit

; program: straddles_the_bottom
; run: trap=access@bad
bad:
r0 = *(u64 *)(r10 - 516)
exit

; program: far_above
; run: trap=access@bad
r3 = r10
r3 += 4096
bad:
*(u8 *)(r3 + 0) = 1
exit
