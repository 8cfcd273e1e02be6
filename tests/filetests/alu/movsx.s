; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Sign-extending moves: to 64 bits from 8, 16, 32; to 32 bits from 8, 16, the rest then zeros.

; program: movsx864
; run: mem=0000000000000000 r0=0x0
; run: mem=0100000000000000 r0=0x1
; run: mem=ffffffffffffffff r0=0xffffffffffffffff
; run: mem=0000000000000080 r0=0x0
; run: mem=8000000000000000 r0=0xffffffffffffff80
; run: mem=7f00000000000000 r0=0x7f
; run: mem=0080000000000000 r0=0x0
; run: mem=ff7f000000000000 r0=0xffffffffffffffff
; run: mem=0000008000000000 r0=0x0
; run: mem=ffffff7f00000000 r0=0xffffffffffffffff
; run: mem=f0debc9a78563412 r0=0xfffffffffffffff0
; run: mem=01000000ffffffff r0=0x1
r3 = *(u64 *)(r1 + 0)
r0 = (s8)r3
exit

; program: movsx1664
; run: mem=0000000000000000 r0=0x0
; run: mem=0100000000000000 r0=0x1
; run: mem=ffffffffffffffff r0=0xffffffffffffffff
; run: mem=0000000000000080 r0=0x0
; run: mem=8000000000000000 r0=0x80
; run: mem=7f00000000000000 r0=0x7f
; run: mem=0080000000000000 r0=0xffffffffffff8000
; run: mem=ff7f000000000000 r0=0x7fff
; run: mem=0000008000000000 r0=0x0
; run: mem=ffffff7f00000000 r0=0xffffffffffffffff
; run: mem=f0debc9a78563412 r0=0xffffffffffffdef0
; run: mem=01000000ffffffff r0=0x1
r3 = *(u64 *)(r1 + 0)
r0 = (s16)r3
exit

; program: movsx3264
; run: mem=0000000000000000 r0=0x0
; run: mem=0100000000000000 r0=0x1
; run: mem=ffffffffffffffff r0=0xffffffffffffffff
; run: mem=0000000000000080 r0=0x0
; run: mem=8000000000000000 r0=0x80
; run: mem=7f00000000000000 r0=0x7f
; run: mem=0080000000000000 r0=0x8000
; run: mem=ff7f000000000000 r0=0x7fff
; run: mem=0000008000000000 r0=0xffffffff80000000
; run: mem=ffffff7f00000000 r0=0x7fffffff
; run: mem=f0debc9a78563412 r0=0xffffffff9abcdef0
; run: mem=01000000ffffffff r0=0x1
r3 = *(u64 *)(r1 + 0)
r0 = (s32)r3
exit

; program: movsx832
; run: mem=0000000000000000 r0=0x0
; run: mem=0100000000000000 r0=0x1
; run: mem=ffffffffffffffff r0=0xffffffff
; run: mem=0000000000000080 r0=0x0
; run: mem=8000000000000000 r0=0xffffff80
; run: mem=7f00000000000000 r0=0x7f
; run: mem=0080000000000000 r0=0x0
; run: mem=ff7f000000000000 r0=0xffffffff
; run: mem=0000008000000000 r0=0x0
; run: mem=ffffff7f00000000 r0=0xffffffff
; run: mem=f0debc9a78563412 r0=0xfffffff0
; run: mem=01000000ffffffff r0=0x1
r3 = *(u64 *)(r1 + 0)
w0 = (s8)w3
exit

; program: movsx1632
; run: mem=0000000000000000 r0=0x0
; run: mem=0100000000000000 r0=0x1
; run: mem=ffffffffffffffff r0=0xffffffff
; run: mem=0000000000000080 r0=0x0
; run: mem=8000000000000000 r0=0x80
; run: mem=7f00000000000000 r0=0x7f
; run: mem=0080000000000000 r0=0xffff8000
; run: mem=ff7f000000000000 r0=0x7fff
; run: mem=0000008000000000 r0=0x0
; run: mem=ffffff7f00000000 r0=0xffffffff
; run: mem=f0debc9a78563412 r0=0xffffdef0
; run: mem=01000000ffffffff r0=0x1
r3 = *(u64 *)(r1 + 0)
w0 = (s16)w3
exit
