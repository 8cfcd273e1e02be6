; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A loop back to the first instruction: what was never written is 0 in the first round and has a value
; in the next.

; program: saved_register
; run: r0=0x5 budget_left=1000000
r6 += 1
if r6 != 5 goto -2
r0 = r6
exit

; program: result_register
; run: r0=0x5
r0 += 1
if r0 < 5 goto -2
exit

; program: argument_register
; run: r0=0xc
r4 += 3
r5 = r4
if r5 < 10 goto -3
r0 = r5
exit

; program: pointer_or_number
; run: mem=0203040506 r0=0x6
; run: mem=02 trap=access@bad
bad:
r0 = *(u8 *)(r1 + 0)
r1 += 1
r6 += 1
if r6 < 5 goto bad
exit

; program: in_a_subprogram
; run: r0=0x5
call f
exit
f:
r7 += 1
r0 = r7
if r7 != 5 goto f
exit
