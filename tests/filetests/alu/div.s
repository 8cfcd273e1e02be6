; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; dst /= src in all four forms; unsigned; by zero gives 0.

; program: div64_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=07000000000000000000000000000000 r0=0x0
; run: mem=ffffffffffffffff0000000000000000 r0=0x0
; run: mem=07000000010000000000000001000000 r0=0x1
; run: mem=07000000000000000200000000000000 r0=0x3
; run: mem=f9ffffffffffffff0200000000000000 r0=0x7ffffffffffffffc
; run: mem=0700000000000000feffffffffffffff r0=0x0
; run: mem=f9fffffffffffffffeffffffffffffff r0=0x0
; run: mem=0000000000000080ffffffffffffffff r0=0x0
; run: mem=00000000000000800100000000000000 r0=0x8000000000000000
; run: mem=00000080ffffffffffffffffffffffff r0=0x0
; run: mem=0000008000000000ffffffff00000000 r0=0x0
; run: mem=bebafecaefbeadde6745230100000000 r0=0xc3b6b52d42
; run: mem=0500000000000000ffffffffffffffff r0=0x0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r3 /= r4
r0 = r3
exit

; program: div64_imm_3
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x5555555555555555
; run: mem=0700000000000000 r0=0x2
; run: mem=0700000000000000 r0=0x2
; run: mem=0000000000000080 r0=0x2aaaaaaaaaaaaaaa
r3 = *(u64 *)(r1 + 0)
r3 /= 3
r0 = r3
exit

; program: div64_imm_0
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0000000000000080 r0=0x0
r3 = *(u64 *)(r1 + 0)
r3 /= 0
r0 = r3
exit

; program: div64_imm_minus_1
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x1
; run: mem=0700000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0000000000000080 r0=0x0
r3 = *(u64 *)(r1 + 0)
r3 /= -1
r0 = r3
exit

; program: div64_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x1
; run: mem=ffffffffffffffff r0=0x1
; run: mem=f0debc9a78563412 r0=0x1
r0 = *(u64 *)(r1 + 0)
r0 /= r0
exit

; program: div32_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=07000000000000000000000000000000 r0=0x0
; run: mem=ffffffffffffffff0000000000000000 r0=0x0
; run: mem=07000000010000000000000001000000 r0=0x0
; run: mem=07000000000000000200000000000000 r0=0x3
; run: mem=f9ffffffffffffff0200000000000000 r0=0x7ffffffc
; run: mem=0700000000000000feffffffffffffff r0=0x0
; run: mem=f9fffffffffffffffeffffffffffffff r0=0x0
; run: mem=0000000000000080ffffffffffffffff r0=0x0
; run: mem=00000000000000800100000000000000 r0=0x0
; run: mem=00000080ffffffffffffffffffffffff r0=0x0
; run: mem=0000008000000000ffffffff00000000 r0=0x0
; run: mem=bebafecaefbeadde6745230100000000 r0=0xb2
; run: mem=0500000000000000ffffffffffffffff r0=0x0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
w3 /= w4
r0 = r3
exit

; program: div32_imm_3
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x55555555
; run: mem=0700000000000000 r0=0x2
; run: mem=0700000000000000 r0=0x2
; run: mem=0000000000000080 r0=0x0
r3 = *(u64 *)(r1 + 0)
w3 /= 3
r0 = r3
exit

; program: div32_imm_0
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0000000000000080 r0=0x0
r3 = *(u64 *)(r1 + 0)
w3 /= 0
r0 = r3
exit

; program: div32_imm_minus_1
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x1
; run: mem=0700000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=0000000000000080 r0=0x0
r3 = *(u64 *)(r1 + 0)
w3 /= -1
r0 = r3
exit

; program: div32_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x1
; run: mem=ffffffffffffffff r0=0x1
; run: mem=f0debc9a78563412 r0=0x1
r0 = *(u64 *)(r1 + 0)
w0 /= w0
exit
