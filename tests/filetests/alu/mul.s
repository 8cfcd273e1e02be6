; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; dst *= src in all four forms; keeps the lower half of the product.

; program: mul64_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=01000000000000000200000000000000 r0=0x2
; run: mem=ffffffffffffffff0100000000000000 r0=0xffffffffffffffff
; run: mem=ffffffffffffff7f0100000000000000 r0=0x7fffffffffffffff
; run: mem=0000000000000080ffffffffffffffff r0=0x8000000000000000
; run: mem=ffffffff000000000100000000000000 r0=0xffffffff
; run: mem=05000000010000000000008000000000 r0=0x8000000280000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0xeb689f4ea447d620
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r3 *= r4
r0 = r3
exit

; program: mul64_imm_5
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xfffffffffffffffb
; run: mem=0000000000000080 r0=0x8000000000000000
; run: mem=0500000001000000 r0=0x500000019
r3 = *(u64 *)(r1 + 0)
r3 *= 5
r0 = r3
exit

; program: mul64_imm_minus_3
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x3
; run: mem=0000000000000080 r0=0x8000000000000000
; run: mem=0500000001000000 r0=0xfffffffcfffffff1
r3 = *(u64 *)(r1 + 0)
r3 *= -3
r0 = r3
exit

; program: mul64_imm_2147483647
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xffffffff80000001
; run: mem=0000000000000080 r0=0x8000000000000000
; run: mem=0500000001000000 r0=0x800000017ffffffb
r3 = *(u64 *)(r1 + 0)
r3 *= 2147483647
r0 = r3
exit

; program: mul64_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x31
; run: mem=ffffffffffffffff r0=0x1
; run: mem=f0debc9a78563412 r0=0xa5e20890f2a52100
r0 = *(u64 *)(r1 + 0)
r0 *= r0
exit

; program: mul32_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=01000000000000000200000000000000 r0=0x2
; run: mem=ffffffffffffffff0100000000000000 r0=0xffffffff
; run: mem=ffffffffffffff7f0100000000000000 r0=0xffffffff
; run: mem=0000000000000080ffffffffffffffff r0=0x0
; run: mem=ffffffff000000000100000000000000 r0=0xffffffff
; run: mem=05000000010000000000008000000000 r0=0x80000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0xa447d620
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
w3 *= w4
r0 = r3
exit

; program: mul32_imm_5
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xfffffffb
; run: mem=0000000000000080 r0=0x0
; run: mem=0500000001000000 r0=0x19
r3 = *(u64 *)(r1 + 0)
w3 *= 5
r0 = r3
exit

; program: mul32_imm_minus_3
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x3
; run: mem=0000000000000080 r0=0x0
; run: mem=0500000001000000 r0=0xfffffff1
r3 = *(u64 *)(r1 + 0)
w3 *= -3
r0 = r3
exit

; program: mul32_imm_2147483647
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x80000001
; run: mem=0000000000000080 r0=0x0
; run: mem=0500000001000000 r0=0x7ffffffb
r3 = *(u64 *)(r1 + 0)
w3 *= 2147483647
r0 = r3
exit

; program: mul32_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x31
; run: mem=ffffffffffffffff r0=0x1
; run: mem=f0debc9a78563412 r0=0xf2a52100
r0 = *(u64 *)(r1 + 0)
w0 *= w0
exit
