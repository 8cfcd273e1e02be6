; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; dst = src in all four forms; an immediate is sign-extended to the operated width.

; program: mov64_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=01000000000000000200000000000000 r0=0x2
; run: mem=ffffffffffffffff0100000000000000 r0=0x1
; run: mem=ffffffffffffff7f0100000000000000 r0=0x1
; run: mem=0000000000000080ffffffffffffffff r0=0xffffffffffffffff
; run: mem=ffffffff000000000100000000000000 r0=0x1
; run: mem=05000000010000000000008000000000 r0=0x80000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0x123456789abcdef0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r3 = r4
r0 = r3
exit

; program: mov64_imm_5
; run: mem=0000000000000000 r0=0x5
; run: mem=ffffffffffffffff r0=0x5
; run: mem=0000000000000080 r0=0x5
; run: mem=0500000001000000 r0=0x5
r3 = *(u64 *)(r1 + 0)
r3 = 5
r0 = r3
exit

; program: mov64_imm_minus_3
; run: mem=0000000000000000 r0=0xfffffffffffffffd
; run: mem=ffffffffffffffff r0=0xfffffffffffffffd
; run: mem=0000000000000080 r0=0xfffffffffffffffd
; run: mem=0500000001000000 r0=0xfffffffffffffffd
r3 = *(u64 *)(r1 + 0)
r3 = -3
r0 = r3
exit

; program: mov64_imm_2147483647
; run: mem=0000000000000000 r0=0x7fffffff
; run: mem=ffffffffffffffff r0=0x7fffffff
; run: mem=0000000000000080 r0=0x7fffffff
; run: mem=0500000001000000 r0=0x7fffffff
r3 = *(u64 *)(r1 + 0)
r3 = 2147483647
r0 = r3
exit

; program: mov32_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=01000000000000000200000000000000 r0=0x2
; run: mem=ffffffffffffffff0100000000000000 r0=0x1
; run: mem=ffffffffffffff7f0100000000000000 r0=0x1
; run: mem=0000000000000080ffffffffffffffff r0=0xffffffff
; run: mem=ffffffff000000000100000000000000 r0=0x1
; run: mem=05000000010000000000008000000000 r0=0x80000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0x9abcdef0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
w3 = w4
r0 = r3
exit

; program: mov32_imm_5
; run: mem=0000000000000000 r0=0x5
; run: mem=ffffffffffffffff r0=0x5
; run: mem=0000000000000080 r0=0x5
; run: mem=0500000001000000 r0=0x5
r3 = *(u64 *)(r1 + 0)
w3 = 5
r0 = r3
exit

; program: mov32_imm_minus_3
; run: mem=0000000000000000 r0=0xfffffffd
; run: mem=ffffffffffffffff r0=0xfffffffd
; run: mem=0000000000000080 r0=0xfffffffd
; run: mem=0500000001000000 r0=0xfffffffd
r3 = *(u64 *)(r1 + 0)
w3 = -3
r0 = r3
exit

; program: mov32_imm_2147483647
; run: mem=0000000000000000 r0=0x7fffffff
; run: mem=ffffffffffffffff r0=0x7fffffff
; run: mem=0000000000000080 r0=0x7fffffff
; run: mem=0500000001000000 r0=0x7fffffff
r3 = *(u64 *)(r1 + 0)
w3 = 2147483647
r0 = r3
exit
