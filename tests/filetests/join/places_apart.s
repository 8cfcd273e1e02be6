; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A place where nothing is live, right behind one where a pointer is: what came to the first one once
; says nothing of the second.

; program: behind_a_pointer
; options: at=xdp policy=strict
; run: mem=00*22,05 r0=2
; run: mem=00 r0=1
r8 = *(u32 *)(r1 + 0)
r9 = *(u32 *)(r1 + 4)
r3 = r8
r3 += 23
if r3 > r9 goto short
r0 = *(u16 *)(r8 + 21)
if w0 == 9 goto near
if w0 == 7 goto other
goto far
other:
if w0 != 7 goto far
near:
r0 = *(u8 *)(r8 + 2)
goto end
far:
r0 = *(u8 *)(r8 + 3)
end:
w0 = 2
exit
short:
w0 = 1
exit
