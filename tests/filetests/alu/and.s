; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; dst &= src in all four forms.

; program: and64_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=01000000000000000200000000000000 r0=0x0
; run: mem=ffffffffffffffff0100000000000000 r0=0x1
; run: mem=ffffffffffffff7f0100000000000000 r0=0x1
; run: mem=0000000000000080ffffffffffffffff r0=0x8000000000000000
; run: mem=ffffffff000000000100000000000000 r0=0x1
; run: mem=05000000010000000000008000000000 r0=0x0
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0x122416688abc9ab0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r3 &= r4
r0 = r3
exit

; program: and64_imm_5
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x5
; run: mem=0000000000000080 r0=0x0
; run: mem=0500000001000000 r0=0x5
r3 = *(u64 *)(r1 + 0)
r3 &= 5
r0 = r3
exit

; program: and64_imm_minus_3
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xfffffffffffffffd
; run: mem=0000000000000080 r0=0x8000000000000000
; run: mem=0500000001000000 r0=0x100000005
r3 = *(u64 *)(r1 + 0)
r3 &= -3
r0 = r3
exit

; program: and64_imm_2147483647
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x7fffffff
; run: mem=0000000000000080 r0=0x0
; run: mem=0500000001000000 r0=0x5
r3 = *(u64 *)(r1 + 0)
r3 &= 2147483647
r0 = r3
exit

; program: and64_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x7
; run: mem=ffffffffffffffff r0=0xffffffffffffffff
; run: mem=f0debc9a78563412 r0=0x123456789abcdef0
r0 = *(u64 *)(r1 + 0)
r0 &= r0
exit

; program: and32_reg
; run: mem=00000000000000000000000000000000 r0=0x0
; run: mem=01000000000000000200000000000000 r0=0x0
; run: mem=ffffffffffffffff0100000000000000 r0=0x1
; run: mem=ffffffffffffff7f0100000000000000 r0=0x1
; run: mem=0000000000000080ffffffffffffffff r0=0x0
; run: mem=ffffffff000000000100000000000000 r0=0x1
; run: mem=05000000010000000000008000000000 r0=0x0
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0x8abc9ab0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
w3 &= w4
r0 = r3
exit

; program: and32_imm_5
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x5
; run: mem=0000000000000080 r0=0x0
; run: mem=0500000001000000 r0=0x5
r3 = *(u64 *)(r1 + 0)
w3 &= 5
r0 = r3
exit

; program: and32_imm_minus_3
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xfffffffd
; run: mem=0000000000000080 r0=0x0
; run: mem=0500000001000000 r0=0x5
r3 = *(u64 *)(r1 + 0)
w3 &= -3
r0 = r3
exit

; program: and32_imm_2147483647
; run: mem=0000000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x7fffffff
; run: mem=0000000000000080 r0=0x0
; run: mem=0500000001000000 r0=0x5
r3 = *(u64 *)(r1 + 0)
w3 &= 2147483647
r0 = r3
exit

; program: and32_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x7
; run: mem=ffffffffffffffff r0=0xffffffff
; run: mem=f0debc9a78563412 r0=0x9abcdef0
r0 = *(u64 *)(r1 + 0)
w0 &= w0
exit
