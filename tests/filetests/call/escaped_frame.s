; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A frame whose address is handed to a subprogram: frames lie one below the other, and any of them can
; be reached through such an address.

; program: callee_writes
; run: r0=0x2a
r1 = r10
r1 += -8
call f
r0 = *(u64 *)(r10 - 8)
exit
f:
*(u64 *)(r1 + 0) = 42
exit

; program: callee_reads
; run: r0=0x9
*(u64 *)(r10 - 16) = 9
r1 = r10
r1 += -16
call f
exit
f:
r0 = *(u64 *)(r1 + 0)
exit

; program: top_of_the_block
; run: trap=access@bad
r1 = r10
call f
exit
f:
bad:
r0 = *(u64 *)(r1 + 0)
exit

; program: the_callee_sees_its_own_frame_below
; run: r0=0x77
r1 = r10
r1 += -512
call f
exit
f:
*(u64 *)(r10 - 8) = 0x77
r0 = *(u64 *)(r1 - 8)
exit

; program: below_the_last_frame
; run: trap=access@bad
r1 = r10
call f
exit
f:
bad:
r0 = *(u8 *)(r1 - 1025)
exit

; program: lowest_byte
; run: r0=0
r1 = r10
call f
exit
f:
r0 = *(u8 *)(r1 - 1024)
exit

; program: two_levels
; run: r0=0x1
r1 = r10
r1 += -8
call f
r0 = *(u64 *)(r10 - 8)
exit
f:
*(u64 *)(r1 + 0) = 1
r6 = r1
r7 = *(u64 *)(r6 + 0)
call g
r0 = *(u64 *)(r6 + 0)
exit
g:
*(u64 *)(r10 - 8) = 2
r0 = 0
exit
