; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Atomic or on data: 64 and 32 bits, without and with fetch. The old 32-bit value comes back
; zero-extended; the word beside it stays.

; program: or64
; run: mem=05000000000000000300000000000000 r0=0x3 mem_after=07000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0x1 mem_after=ffffffffffffffff0100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0x123456789abcdef0 mem_after=fefefedafffebddef0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
lock *(u64 *)(r1 + 0) |= r4
r0 = r4
exit

; program: fetch_or64
; run: mem=05000000000000000300000000000000 r0=0x5 mem_after=07000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0xffffffffffffffff mem_after=ffffffffffffffff0100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0xdeadbeefcafebabe mem_after=fefefedafffebddef0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
r4 = atomic_fetch_or((u64 *)(r1 + 0), r4)
r0 = r4
exit

; program: or32
; run: mem=05000000000000000300000000000000 r0=0x3 mem_after=07000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0x1 mem_after=ffffffffffffffff0100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0x123456789abcdef0 mem_after=fefefedaefbeaddef0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
lock *(u32 *)(r1 + 0) |= w4
r0 = r4
exit

; program: fetch_or32
; run: mem=05000000000000000300000000000000 r0=0x5 mem_after=07000000000000000300000000000000
; run: mem=ffffffffffffffff0100000000000000 r0=0xffffffff mem_after=ffffffffffffffff0100000000000000
; run: mem=bebafecaefbeaddef0debc9a78563412 r0=0xcafebabe mem_after=fefefedaefbeaddef0debc9a78563412
; run: mem=00000000000000000000000000000000 r0=0x0 mem_after=00000000000000000000000000000000
r4 = *(u64 *)(r1 + 8)
w4 = atomic_fetch_or((u32 *)(r1 + 0), w4)
r0 = r4
exit
