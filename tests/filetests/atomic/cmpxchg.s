; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Compare and exchange: the old value goes to r0, zero-extended; 32 bits compare with w0 only.

; program: cmpxchg64
; run: mem=050000000000000003000000000000000500000000000000 r0=0x5 mem_after=030000000000000003000000000000000500000000000000
; run: mem=050000000000000003000000000000000600000000000000 r0=0x5 mem_after=050000000000000003000000000000000600000000000000
; run: mem=bebafecaefbeadde0700000000000000bebafeca00000000 r0=0xdeadbeefcafebabe mem_after=bebafecaefbeadde0700000000000000bebafeca00000000
; run: mem=bebafecaefbeadde0700000000000000bebafecaefbeadde r0=0xdeadbeefcafebabe mem_after=07000000000000000700000000000000bebafecaefbeadde
; run: mem=bebafeca00000000ffffffffffffffffbebafeca01000000 r0=0xcafebabe mem_after=bebafeca00000000ffffffffffffffffbebafeca01000000
r4 = *(u64 *)(r1 + 8)
r0 = *(u64 *)(r1 + 16)
r0 = cmpxchg_64(r1 + 0, r0, r4)
exit

; program: cmpxchg32
; run: mem=050000000000000003000000000000000500000000000000 r0=0x5 mem_after=030000000000000003000000000000000500000000000000
; run: mem=050000000000000003000000000000000600000000000000 r0=0x5 mem_after=050000000000000003000000000000000600000000000000
; run: mem=bebafecaefbeadde0700000000000000bebafeca00000000 r0=0xcafebabe mem_after=07000000efbeadde0700000000000000bebafeca00000000
; run: mem=bebafecaefbeadde0700000000000000bebafecaefbeadde r0=0xcafebabe mem_after=07000000efbeadde0700000000000000bebafecaefbeadde
; run: mem=bebafeca00000000ffffffffffffffffbebafeca01000000 r0=0xcafebabe mem_after=ffffffff00000000ffffffffffffffffbebafeca01000000
r4 = *(u64 *)(r1 + 8)
r0 = *(u64 *)(r1 + 16)
w0 = cmpxchg32_32(r1 + 0, w0, w4)
exit
