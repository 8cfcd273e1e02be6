; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Unconditional swap of the lowest bytes; clears the rest.

; program: bswap16
; run: mem=0000000000000000 r0=0x0
; run: mem=f0debc9a78563412 r0=0xf0de
; run: mem=ffffffffffffffff r0=0xffff
; run: mem=8000000000000000 r0=0x8000
; run: mem=00ff000000000000 r0=0xff
r0 = *(u64 *)(r1 + 0)
r0 = bswap16 r0
exit

; program: bswap32
; run: mem=0000000000000000 r0=0x0
; run: mem=f0debc9a78563412 r0=0xf0debc9a
; run: mem=ffffffffffffffff r0=0xffffffff
; run: mem=8000000000000000 r0=0x80000000
; run: mem=00ff000000000000 r0=0xff0000
r0 = *(u64 *)(r1 + 0)
r0 = bswap32 r0
exit

; program: bswap64
; run: mem=0000000000000000 r0=0x0
; run: mem=f0debc9a78563412 r0=0xf0debc9a78563412
; run: mem=ffffffffffffffff r0=0xffffffffffffffff
; run: mem=8000000000000000 r0=0x8000000000000000
; run: mem=00ff000000000000 r0=0xff000000000000
r0 = *(u64 *)(r1 + 0)
r0 = bswap64 r0
exit
