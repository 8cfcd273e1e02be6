; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Negation wraps: the smallest number stays itself.

; program: neg64
; run: mem=0000000000000000 r0=0x0
; run: mem=0100000000000000 r0=0xffffffffffffffff
; run: mem=ffffffffffffffff r0=0x1
; run: mem=0000000000000080 r0=0x8000000000000000
; run: mem=8000000000000000 r0=0xffffffffffffff80
; run: mem=7f00000000000000 r0=0xffffffffffffff81
; run: mem=0080000000000000 r0=0xffffffffffff8000
; run: mem=ff7f000000000000 r0=0xffffffffffff8001
; run: mem=0000008000000000 r0=0xffffffff80000000
; run: mem=ffffff7f00000000 r0=0xffffffff80000001
; run: mem=f0debc9a78563412 r0=0xedcba98765432110
; run: mem=01000000ffffffff r0=0xffffffff
r0 = *(u64 *)(r1 + 0)
r0 = -r0
exit

; program: neg32
; run: mem=0000000000000000 r0=0x0
; run: mem=0100000000000000 r0=0xffffffff
; run: mem=ffffffffffffffff r0=0x1
; run: mem=0000000000000080 r0=0x0
; run: mem=8000000000000000 r0=0xffffff80
; run: mem=7f00000000000000 r0=0xffffff81
; run: mem=0080000000000000 r0=0xffff8000
; run: mem=ff7f000000000000 r0=0xffff8001
; run: mem=0000008000000000 r0=0x80000000
; run: mem=ffffff7f00000000 r0=0x80000001
; run: mem=f0debc9a78563412 r0=0x65432110
; run: mem=01000000ffffffff r0=0xffffffff
r0 = *(u64 *)(r1 + 0)
w0 = -w0
exit
