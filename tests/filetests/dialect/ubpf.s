; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The dialect of uBPF, and both in one file.

; program: ubpf
; run: mem=aabb11ccdd r0=0x11
ldxb %r0, [%r1+2]
exit

; program: mixed
; run: mem=05000000 r0=0xf mem_after=07000000
ldxw %r3, [%r1]
r3 += 2
stxw [%r1], %r3
mov %r0, 8
add %r0, %r3
exit

; program: atomics
; run: mem=0500000000000000 r0=5 mem_after=0800000000000000
mov %r0, 3
lock fetch add [%r1], %r0
exit

; program: jumps
; run: mem=05 r0=1
; run: mem=06 r0=0
ldxb %r3, [%r1]
mov %r0, 1
jeq %r3, 5, done
mov %r0, 0
done:
exit
