; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; dst >>= src in all four forms; the count is taken modulo the width.

; program: rsh64_reg
; run: mem=bebafecaefbeadde0000000000000000 r0=0xdeadbeefcafebabe
; run: mem=bebafecaefbeadde0100000000000000 r0=0x6f56df77e57f5d5f
; run: mem=bebafecaefbeadde1f00000000000000 r0=0x1bd5b7ddf
; run: mem=bebafecaefbeadde2000000000000000 r0=0xdeadbeef
; run: mem=bebafecaefbeadde2100000000000000 r0=0x6f56df77
; run: mem=bebafecaefbeadde3f00000000000000 r0=0x1
; run: mem=bebafecaefbeadde4000000000000000 r0=0xdeadbeefcafebabe
; run: mem=bebafecaefbeadde4100000000000000 r0=0x6f56df77e57f5d5f
; run: mem=bebafecaefbeaddeffffffffffffffff r0=0x1
; run: mem=ffffffffffffff7f0400000000000000 r0=0x7ffffffffffffff
; run: mem=ffffff7f000000000400000000000000 r0=0x7ffffff
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r3 >>= r4
r0 = r3
exit

; program: rsh64_imm_1
; run: mem=bebafecaefbeadde r0=0x6f56df77e57f5d5f
; run: mem=bebafecaefbeadde r0=0x6f56df77e57f5d5f
; run: mem=bebafecaefbeadde r0=0x6f56df77e57f5d5f
; run: mem=bebafecaefbeadde r0=0x6f56df77e57f5d5f
; run: mem=bebafecaefbeadde r0=0x6f56df77e57f5d5f
r3 = *(u64 *)(r1 + 0)
r3 >>= 1
r0 = r3
exit

; program: rsh64_imm_31
; run: mem=bebafecaefbeadde r0=0x1bd5b7ddf
; run: mem=bebafecaefbeadde r0=0x1bd5b7ddf
; run: mem=bebafecaefbeadde r0=0x1bd5b7ddf
; run: mem=bebafecaefbeadde r0=0x1bd5b7ddf
; run: mem=bebafecaefbeadde r0=0x1bd5b7ddf
r3 = *(u64 *)(r1 + 0)
r3 >>= 31
r0 = r3
exit

; program: rsh64_imm_32
; run: mem=bebafecaefbeadde r0=0xdeadbeef
; run: mem=bebafecaefbeadde r0=0xdeadbeef
; run: mem=bebafecaefbeadde r0=0xdeadbeef
; run: mem=bebafecaefbeadde r0=0xdeadbeef
; run: mem=bebafecaefbeadde r0=0xdeadbeef
r3 = *(u64 *)(r1 + 0)
r3 >>= 32
r0 = r3
exit

; program: rsh64_imm_63
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
r3 = *(u64 *)(r1 + 0)
r3 >>= 63
r0 = r3
exit

; program: rsh64_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x1
; run: mem=f0debc9a78563412 r0=0x1234
r0 = *(u64 *)(r1 + 0)
r0 >>= r0
exit

; program: rsh32_reg
; run: mem=bebafecaefbeadde0000000000000000 r0=0xcafebabe
; run: mem=bebafecaefbeadde0100000000000000 r0=0x657f5d5f
; run: mem=bebafecaefbeadde1f00000000000000 r0=0x1
; run: mem=bebafecaefbeadde2000000000000000 r0=0xcafebabe
; run: mem=bebafecaefbeadde2100000000000000 r0=0x657f5d5f
; run: mem=bebafecaefbeadde3f00000000000000 r0=0x1
; run: mem=bebafecaefbeadde4000000000000000 r0=0xcafebabe
; run: mem=bebafecaefbeadde4100000000000000 r0=0x657f5d5f
; run: mem=bebafecaefbeaddeffffffffffffffff r0=0x1
; run: mem=ffffffffffffff7f0400000000000000 r0=0xfffffff
; run: mem=ffffff7f000000000400000000000000 r0=0x7ffffff
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
w3 >>= w4
r0 = r3
exit

; program: rsh32_imm_1
; run: mem=bebafecaefbeadde r0=0x657f5d5f
; run: mem=bebafecaefbeadde r0=0x657f5d5f
; run: mem=bebafecaefbeadde r0=0x657f5d5f
; run: mem=bebafecaefbeadde r0=0x657f5d5f
; run: mem=bebafecaefbeadde r0=0x657f5d5f
r3 = *(u64 *)(r1 + 0)
w3 >>= 1
r0 = r3
exit

; program: rsh32_imm_31
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
r3 = *(u64 *)(r1 + 0)
w3 >>= 31
r0 = r3
exit

; program: rsh32_imm_32
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
r3 = *(u64 *)(r1 + 0)
w3 >>= 32
r0 = r3
exit

; program: rsh32_imm_63
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
; run: mem=bebafecaefbeadde r0=0x1
r3 = *(u64 *)(r1 + 0)
w3 >>= 63
r0 = r3
exit

; program: rsh32_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0x1
; run: mem=f0debc9a78563412 r0=0x9abc
r0 = *(u64 *)(r1 + 0)
w0 >>= w0
exit
