; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Exchange: memory gets the register, the register the old value.

; program: xchg64
; run: mem=05000000000000000300000000000000 r0=0x5 mem_after=03000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0xffffffffffffffff mem_after=01000000000000000100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0xdeadbeefcafebabe mem_after=f0debc9a78563412f0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
r4 = xchg_64(r1 + 0, r4)
r0 = r4
exit

; program: xchg32
; run: mem=05000000000000000300000000000000 r0=0x5 mem_after=03000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0xffffffff mem_after=01000000ffffffff0100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0xcafebabe mem_after=f0debc9aefbeaddef0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
w4 = xchg32_32(r1 + 0, w4)
r0 = r4
exit
