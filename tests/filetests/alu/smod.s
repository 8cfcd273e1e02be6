; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; dst s%= src in all four forms; the sign is the dividend's; by zero leaves it, by -1 is 0.

; program: smod64_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=07000000000000000000000000000000 r0=0x7
; run: mem=ffffffffffffffff0000000000000000 r0=0xffffffffffffffff
; run: mem=07000000010000000000000001000000 r0=0x7
; run: mem=07000000000000000200000000000000 r0=0x1
; run: mem=f9ffffffffffffff0200000000000000 r0=0xffffffffffffffff
; run: mem=0700000000000000feffffffffffffff r0=0x1
; run: mem=f9fffffffffffffffeffffffffffffff r0=0xffffffffffffffff
; run: mem=0000000000000080ffffffffffffffff r0=0x0
; run: mem=00000000000000800100000000000000 r0=0x0
; run: mem=00000080ffffffffffffffffffffffff r0=0x0
; run: mem=0000008000000000ffffffff00000000 r0=0x80000000
; run: mem=bebafecaefbeadde6745230100000000 r0=0xffffffffffbd3c98
; run: mem=0500000000000000ffffffffffffffff r0=0x0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r3 s%= r4
r0 = r3
exit

; program: smod64_imm_3
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xffffffffffffffff
; run: mem=0700000000000000 r0=0x1
; run: mem=0700000000000000 r0=0x1
; run: mem=0000000000000080 r0=0xfffffffffffffffe
r3 = *(u64 *)(r1 + 0)
r3 s%= 3
r0 = r3
exit

; program: smod64_imm_0
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xffffffffffffffff
; run: mem=0700000000000000 r0=0x7
; run: mem=0700000000000000 r0=0x7
; run: mem=0000000000000080 r0=0x8000000000000000
r3 = *(u64 *)(r1 + 0)
r3 s%= 0
r0 = r3
exit

; program: smod64_imm_minus_1
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0000000000000080 r0=0x0
r3 = *(u64 *)(r1 + 0)
r3 s%= -1
r0 = r3
exit

; program: smod64_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x0
; run: mem=f0debc9a78563412 r0=0x0
r0 = *(u64 *)(r1 + 0)
r0 s%= r0
exit

; program: smod32_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=07000000000000000000000000000000 r0=0x7
; run: mem=ffffffffffffffff0000000000000000 r0=0xffffffff
; run: mem=07000000010000000000000001000000 r0=0x7
; run: mem=07000000000000000200000000000000 r0=0x1
; run: mem=f9ffffffffffffff0200000000000000 r0=0xffffffff
; run: mem=0700000000000000feffffffffffffff r0=0x1
; run: mem=f9fffffffffffffffeffffffffffffff r0=0xffffffff
; run: mem=0000000000000080ffffffffffffffff r0=0x0
; run: mem=00000000000000800100000000000000 r0=0x0
; run: mem=00000080ffffffffffffffffffffffff r0=0x0
; run: mem=0000008000000000ffffffff00000000 r0=0x0
; run: mem=bebafecaefbeadde6745230100000000 r0=0xff553340
; run: mem=0500000000000000ffffffffffffffff r0=0x0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
w3 s%= w4
r0 = r3
exit

; program: smod32_imm_3
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xffffffff
; run: mem=0700000000000000 r0=0x1
; run: mem=0700000000000000 r0=0x1
; run: mem=0000000000000080 r0=0x0
r3 = *(u64 *)(r1 + 0)
w3 s%= 3
r0 = r3
exit

; program: smod32_imm_0
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xffffffff
; run: mem=0700000000000000 r0=0x7
; run: mem=0700000000000000 r0=0x7
; run: mem=0000000000000080 r0=0x0
r3 = *(u64 *)(r1 + 0)
w3 s%= 0
r0 = r3
exit

; program: smod32_imm_minus_1
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0000000000000080 r0=0x0
r3 = *(u64 *)(r1 + 0)
w3 s%= -1
r0 = r3
exit

; program: smod32_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x0
; run: mem=f0debc9a78563412 r0=0x0
r0 = *(u64 *)(r1 + 0)
w0 s%= w0
exit
