; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; dst s>>= src in all four forms; the sign of the operated width is kept.

; program: arsh64_reg
; run: mem=bebafecaefbeadde0000000000000000 r0=0xdeadbeefcafebabe
; run: mem=bebafecaefbeadde0100000000000000 r0=0xef56df77e57f5d5f
; run: mem=bebafecaefbeadde1f00000000000000 r0=0xffffffffbd5b7ddf
; run: mem=bebafecaefbeadde2000000000000000 r0=0xffffffffdeadbeef
; run: mem=bebafecaefbeadde2100000000000000 r0=0xffffffffef56df77
; run: mem=bebafecaefbeadde3f00000000000000 r0=0xffffffffffffffff
; run: mem=bebafecaefbeadde4000000000000000 r0=0xdeadbeefcafebabe
; run: mem=bebafecaefbeadde4100000000000000 r0=0xef56df77e57f5d5f
; run: mem=bebafecaefbeaddeffffffffffffffff r0=0xffffffffffffffff
; run: mem=ffffffffffffff7f0400000000000000 r0=0x7ffffffffffffff
; run: mem=ffffff7f000000000400000000000000 r0=0x7ffffff
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r3 s>>= r4
r0 = r3
exit

; program: arsh64_imm_1
; run: mem=bebafecaefbeadde r0=0xef56df77e57f5d5f
; run: mem=bebafecaefbeadde r0=0xef56df77e57f5d5f
; run: mem=bebafecaefbeadde r0=0xef56df77e57f5d5f
; run: mem=bebafecaefbeadde r0=0xef56df77e57f5d5f
; run: mem=bebafecaefbeadde r0=0xef56df77e57f5d5f
r3 = *(u64 *)(r1 + 0)
r3 s>>= 1
r0 = r3
exit

; program: arsh64_imm_31
; run: mem=bebafecaefbeadde r0=0xffffffffbd5b7ddf
; run: mem=bebafecaefbeadde r0=0xffffffffbd5b7ddf
; run: mem=bebafecaefbeadde r0=0xffffffffbd5b7ddf
; run: mem=bebafecaefbeadde r0=0xffffffffbd5b7ddf
; run: mem=bebafecaefbeadde r0=0xffffffffbd5b7ddf
r3 = *(u64 *)(r1 + 0)
r3 s>>= 31
r0 = r3
exit

; program: arsh64_imm_32
; run: mem=bebafecaefbeadde r0=0xffffffffdeadbeef
; run: mem=bebafecaefbeadde r0=0xffffffffdeadbeef
; run: mem=bebafecaefbeadde r0=0xffffffffdeadbeef
; run: mem=bebafecaefbeadde r0=0xffffffffdeadbeef
; run: mem=bebafecaefbeadde r0=0xffffffffdeadbeef
r3 = *(u64 *)(r1 + 0)
r3 s>>= 32
r0 = r3
exit

; program: arsh64_imm_63
; run: mem=bebafecaefbeadde r0=0xffffffffffffffff
; run: mem=bebafecaefbeadde r0=0xffffffffffffffff
; run: mem=bebafecaefbeadde r0=0xffffffffffffffff
; run: mem=bebafecaefbeadde r0=0xffffffffffffffff
; run: mem=bebafecaefbeadde r0=0xffffffffffffffff
r3 = *(u64 *)(r1 + 0)
r3 s>>= 63
r0 = r3
exit

; program: arsh64_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xffffffffffffffff
; run: mem=f0debc9a78563412 r0=0x1234
r0 = *(u64 *)(r1 + 0)
r0 s>>= r0
exit

; program: arsh32_reg
; run: mem=bebafecaefbeadde0000000000000000 r0=0xcafebabe
; run: mem=bebafecaefbeadde0100000000000000 r0=0xe57f5d5f
; run: mem=bebafecaefbeadde1f00000000000000 r0=0xffffffff
; run: mem=bebafecaefbeadde2000000000000000 r0=0xcafebabe
; run: mem=bebafecaefbeadde2100000000000000 r0=0xe57f5d5f
; run: mem=bebafecaefbeadde3f00000000000000 r0=0xffffffff
; run: mem=bebafecaefbeadde4000000000000000 r0=0xcafebabe
; run: mem=bebafecaefbeadde4100000000000000 r0=0xe57f5d5f
; run: mem=bebafecaefbeaddeffffffffffffffff r0=0xffffffff
; run: mem=ffffffffffffff7f0400000000000000 r0=0xffffffff
; run: mem=ffffff7f000000000400000000000000 r0=0x7ffffff
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
w3 s>>= w4
r0 = r3
exit

; program: arsh32_imm_1
; run: mem=bebafecaefbeadde r0=0xe57f5d5f
; run: mem=bebafecaefbeadde r0=0xe57f5d5f
; run: mem=bebafecaefbeadde r0=0xe57f5d5f
; run: mem=bebafecaefbeadde r0=0xe57f5d5f
; run: mem=bebafecaefbeadde r0=0xe57f5d5f
r3 = *(u64 *)(r1 + 0)
w3 s>>= 1
r0 = r3
exit

; program: arsh32_imm_31
; run: mem=bebafecaefbeadde r0=0xffffffff
; run: mem=bebafecaefbeadde r0=0xffffffff
; run: mem=bebafecaefbeadde r0=0xffffffff
; run: mem=bebafecaefbeadde r0=0xffffffff
; run: mem=bebafecaefbeadde r0=0xffffffff
r3 = *(u64 *)(r1 + 0)
w3 s>>= 31
r0 = r3
exit

; program: arsh32_imm_32
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
; run: mem=bebafecaefbeadde r0=0xcafebabe
r3 = *(u64 *)(r1 + 0)
w3 s>>= 32
r0 = r3
exit

; program: arsh32_imm_63
; run: mem=bebafecaefbeadde r0=0xffffffff
; run: mem=bebafecaefbeadde r0=0xffffffff
; run: mem=bebafecaefbeadde r0=0xffffffff
; run: mem=bebafecaefbeadde r0=0xffffffff
; run: mem=bebafecaefbeadde r0=0xffffffff
r3 = *(u64 *)(r1 + 0)
w3 s>>= 63
r0 = r3
exit

; program: arsh32_self
; run: mem=0000000000000000 r0=0x0
; run: mem=0700000000000000 r0=0x0
; run: mem=ffffffffffffffff r0=0xffffffff
; run: mem=f0debc9a78563412 r0=0xffff9abc
r0 = *(u64 *)(r1 + 0)
w0 s>>= w0
exit
