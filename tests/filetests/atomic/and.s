; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Atomic and on data: 64 and 32 bits, without and with fetch. The old 32-bit value comes back
; zero-extended; the word beside it stays.

; program: and64
; run: mem=05000000000000000300000000000000 r0=0x3 mem_after=01000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0x1 mem_after=01000000000000000100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0x123456789abcdef0 mem_after=b09abc8a68162412f0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
lock *(u64 *)(r1 + 0) &= r4
r0 = r4
exit

; program: fetch_and64
; run: mem=05000000000000000300000000000000 r0=0x5 mem_after=01000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0xffffffffffffffff mem_after=01000000000000000100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0xdeadbeefcafebabe mem_after=b09abc8a68162412f0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
r4 = atomic_fetch_and((u64 *)(r1 + 0), r4)
r0 = r4
exit

; program: and32
; run: mem=05000000000000000300000000000000 r0=0x3 mem_after=01000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0x1 mem_after=01000000ffffffff0100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0x123456789abcdef0 mem_after=b09abc8aefbeaddef0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
lock *(u32 *)(r1 + 0) &= w4
r0 = r4
exit

; program: fetch_and32
; run: mem=05000000000000000300000000000000 r0=0x5 mem_after=01000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0xffffffff mem_after=01000000ffffffff0100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0xcafebabe mem_after=b09abc8aefbeaddef0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
w4 = atomic_fetch_and((u32 *)(r1 + 0), w4)
r0 = r4
exit
