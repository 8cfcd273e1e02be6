; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Once frames escape, what earlier callees left below the current frame can be read; zeros where there
; was none. A frame is zeroed when its function starts all the same.

; program: leftovers
; run: r0=0x55
r6 = r10
r6 ^= 0
call f
r3 = r6
r0 = *(u64 *)(r3 - 520)
exit
f:
*(u64 *)(r10 - 8) = 0x55
exit

; program: zeros_before
; run: r0=0
r6 = r10
r6 ^= 0
r0 = *(u64 *)(r6 - 520)
if r0 != 0 goto done
r7 = r0
call f
r0 = r7
done:
exit
f:
*(u64 *)(r10 - 8) = 0x55
exit

; program: zeroed_again
; run: r0=0
r6 = r10
r6 ^= 0
call f
*(u64 *)(r6 - 520) = 0x66
call f
exit
f:
r0 = *(u64 *)(r10 - 8)
exit

; program: alone_it_has_one_frame
; run: trap=access@bad
r6 = r10
r6 ^= 0
bad:
r0 = *(u8 *)(r6 - 513)
exit
