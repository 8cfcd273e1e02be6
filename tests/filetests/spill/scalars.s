; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Numbers kept on the stack, read back whole, in part and across.

; program: whole
; run: mem=f0debc9a78563412 r0=0x123456789abcdef0
r3 = *(u64 *)(r1 + 0)
*(u64 *)(r10 - 8) = r3
r0 = *(u64 *)(r10 - 8)
exit

; program: narrow_then_wide
; run: mem=ffffffff r0=0xffffffff
w3 = *(u32 *)(r1 + 0)
*(u64 *)(r10 - 8) = r3
r0 = *(u64 *)(r10 - 8)
exit

; program: halves
; run: mem=f0debc9a78563412 r0=0xacf13568
r3 = *(u64 *)(r1 + 0)
*(u64 *)(r10 - 8) = r3
w0 = *(u32 *)(r10 - 8)
w4 = *(u32 *)(r10 - 4)
w0 += w4
exit

; program: across_two_slots
; run: mem=f0debc9a78563412 r0=0x9abcdef000000000
r3 = *(u64 *)(r1 + 0)
*(u64 *)(r10 - 8) = r3
r0 = *(u64 *)(r10 - 12)
exit

; program: upper_byte_written
; run: mem=f0debc9a78563412 r0=0x773456789abcdef0
r3 = *(u64 *)(r1 + 0)
*(u64 *)(r10 - 8) = r3
*(u8 *)(r10 - 1) = 0x77
r0 = *(u64 *)(r10 - 8)
exit

; program: never_written_register
; run: r0=0
*(u64 *)(r10 - 8) = -1
*(u64 *)(r10 - 8) = r7
r0 = *(u64 *)(r10 - 8)
exit

; program: constant_decides_a_branch
; run: r0=1
*(u64 *)(r10 - 8) = 5
r3 = *(u64 *)(r10 - 8)
r0 = 1
if r3 == 5 goto done
r0 = 2
done:
exit
