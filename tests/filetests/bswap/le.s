; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; To little endian: clears what is above.

; program: le16
; run: mem=0000000000000000 r0=0x0
; run: mem=f0debc9a78563412 r0=0xdef0
; run: mem=ffffffffffffffff r0=0xffff
; run: mem=8000000000000000 r0=0x80
; run: mem=00ff000000000000 r0=0xff00
r0 = *(u64 *)(r1 + 0)
r0 = le16 r0
exit

; program: le32
; run: mem=0000000000000000 r0=0x0
; run: mem=f0debc9a78563412 r0=0x9abcdef0
; run: mem=ffffffffffffffff r0=0xffffffff
; run: mem=8000000000000000 r0=0x80
; run: mem=00ff000000000000 r0=0xff00
r0 = *(u64 *)(r1 + 0)
r0 = le32 r0
exit

; program: le64
; run: mem=0000000000000000 r0=0x0
; run: mem=f0debc9a78563412 r0=0x123456789abcdef0
; run: mem=ffffffffffffffff r0=0xffffffffffffffff
; run: mem=8000000000000000 r0=0x80
; run: mem=00ff000000000000 r0=0xff00
r0 = *(u64 *)(r1 + 0)
r0 = le64 r0
exit
