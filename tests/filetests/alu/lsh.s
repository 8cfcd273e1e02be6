; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; dst <<= src in all four forms; the count is taken modulo the width.

; program: lsh64_reg
; run: mem=bebafecaefbeadde0000000000000000 r0=0xdeadbeefcafebabe
; run: mem=bebafecaefbeadde0100000000000000 r0=0xbd5b7ddf95fd757c
; run: mem=bebafecaefbeadde1f00000000000000 r0=0xe57f5d5f00000000
; run: mem=bebafecaefbeadde2000000000000000 r0=0xcafebabe00000000
; run: mem=bebafecaefbeadde2100000000000000 r0=0x95fd757c00000000
; run: mem=bebafecaefbeadde3f00000000000000 r0=0x0
; run: mem=bebafecaefbeadde4000000000000000 r0=0xdeadbeefcafebabe
; run: mem=bebafecaefbeadde4100000000000000 r0=0xbd5b7ddf95fd757c
; run: mem=bebafecaefbeaddeffffffffffffffff r0=0x0
; run: mem=ffffffffffffff7f0400000000000000 r0=0xfffffffffffffff0
; run: mem=ffffff7f000000000400000000000000 r0=0x7fffffff0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r3 <<= r4
r0 = r3
exit

; program: lsh64_imm_1
; run: mem=bebafecaefbeadde r0=0xbd5b7ddf95fd757c
; run: mem=bebafecaefbeadde r0=0xbd5b7ddf95fd757c
; run: mem=bebafecaefbeadde r0=0xbd5b7ddf95fd757c
; run: mem=bebafecaefbeadde r0=0xbd5b7ddf95fd757c
; run: mem=bebafecaefbeadde r0=0xbd5b7ddf95fd757c
r3 = *(u64 *)(r1 + 0)
r3 <<= 1
r0 = r3
exit

; program: lsh64_imm_31
; run: mem=bebafecaefbeadde r0=0xe57f5d5f00000000
; run: mem=bebafecaefbeadde r0=0xe57f5d5f00000000
; run: mem=bebafecaefbeadde r0=0xe57f5d5f00000000
; run: mem=bebafecaefbeadde r0=0xe57f5d5f00000000
; run: mem=bebafecaefbeadde r0=0xe57f5d5f00000000
r3 = *(u64 *)(r1 + 0)
r3 <<= 31
r0 = r3
exit

; program: lsh64_imm_32
; run: mem=bebafecaefbeadde r0=0xcafebabe00000000
; run: mem=bebafecaefbeadde r0=0xcafebabe00000000
; run: mem=bebafecaefbeadde r0=0xcafebabe00000000
; run: mem=bebafecaefbeadde r0=0xcafebabe00000000
; run: mem=bebafecaefbeadde r0=0xcafebabe00000000
r3 = *(u64 *)(r1 + 0)
r3 <<= 32
r0 = r3
exit

; program: lsh64_imm_63
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
r3 = *(u64 *)(r1 + 0)
r3 <<= 63
r0 = r3
exit

; program: lsh64_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x380
; run: mem=ffffffffffffffff r0=0x8000000000000000
; run: mem=f0debc9a78563412 r0=0xdef0000000000000
r0 = *(u64 *)(r1 + 0)
r0 <<= r0
exit

; program: lsh32_reg
; run: mem=bebafecaefbeadde0000000000000000 r0=0xcafebabe
; run: mem=bebafecaefbeadde0100000000000000 r0=0x95fd757c
; run: mem=bebafecaefbeadde1f00000000000000 r0=0x0
; run: mem=bebafecaefbeadde2000000000000000 r0=0xcafebabe
; run: mem=bebafecaefbeadde2100000000000000 r0=0x95fd757c
; run: mem=bebafecaefbeadde3f00000000000000 r0=0x0
; run: mem=bebafecaefbeadde4000000000000000 r0=0xcafebabe
; run: mem=bebafecaefbeadde4100000000000000 r0=0x95fd757c
; run: mem=bebafecaefbeaddeffffffffffffffff r0=0x0
; run: mem=ffffffffffffff7f0400000000000000 r0=0xfffffff0
; run: mem=ffffff7f000000000400000000000000 r0=0xfffffff0
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
w3 <<= w4
r0 = r3
exit

; program: lsh32_imm_1
; run: mem=bebafecaefbeadde r0=0x95fd757c
; run: mem=bebafecaefbeadde r0=0x95fd757c
; run: mem=bebafecaefbeadde r0=0x95fd757c
; run: mem=bebafecaefbeadde r0=0x95fd757c
; run: mem=bebafecaefbeadde r0=0x95fd757c
r3 = *(u64 *)(r1 + 0)
w3 <<= 1
r0 = r3
exit

; program: lsh32_imm_31
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
r3 = *(u64 *)(r1 + 0)
w3 <<= 31
r0 = r3
exit

; program: lsh32_imm_32
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
r3 = *(u64 *)(r1 + 0)
w3 <<= 32
r0 = r3
exit

; program: lsh32_imm_63
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
; run: mem=bebafecaefbeadde r0=0x0
r3 = *(u64 *)(r1 + 0)
w3 <<= 63
r0 = r3
exit

; program: lsh32_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x380
; run: mem=ffffffffffffffff r0=0x80000000
; run: mem=f0debc9a78563412 r0=0xdef00000
r0 = *(u64 *)(r1 + 0)
w0 <<= w0
exit
