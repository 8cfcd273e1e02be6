; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Each activation has a frame of its own, all zeros at its start.

; program: caller_keeps_its_frame
; run: r0=0x1
*(u64 *)(r10 - 8) = 1
call f
r0 = *(u64 *)(r10 - 8)
exit
f:
*(u64 *)(r10 - 8) = 2
exit

; program: zeros_every_time
; run: r0=0
call f
r6 = r0
call f
r0 |= r6
exit
f:
r0 = *(u64 *)(r10 - 8)
*(u64 *)(r10 - 8) = -1
exit

; program: zeros_at_the_bottom_every_time
; run: r0=0
call f
r6 = r0
call f
r0 |= r6
exit
f:
r0 = *(u64 *)(r10 - 512)
*(u64 *)(r10 - 512) = -1
exit

; program: bounds_are_of_its_own
; run: trap=access@bad
*(u64 *)(r10 - 8) = 1
call f
exit
f:
bad:
r0 = *(u64 *)(r10 + 504)
exit

; program: recursion_has_frames
; run: mem=05 r0=0xf
r1 = *(u8 *)(r1 + 0)
call f
exit
f:
*(u64 *)(r10 - 8) = r1
if r1 == 0 goto done
r1 += -1
call f
r3 = *(u64 *)(r10 - 8)
r0 += r3
done:
exit
