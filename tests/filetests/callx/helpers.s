; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; callx of a number below 256 is the call of that helper.

; program: unwind
; run: r0=0x2a
r1 = 42
r2 = 5
callx r2
r0 += r1
r0 += r2
exit

; program: unwinds
; run: r0=0 budget_left=1000000
r1 = 0
r3 = 5
callx r3
r0 = 9
exit

; program: not_in_the_set
; run: trap=unknown-helper@bad
r3 = 6
bad:
callx r3
exit

; program: highest_number
; run: trap=unknown-helper@bad
r3 = 255
bad:
callx r3
exit

; program: zero
; run: trap=unknown-helper@bad
bad:
callx r0
exit

; program: none_at_all
; options: helpers=none
; run: trap=unknown-helper@bad
r3 = 5
bad:
callx r3
exit

; program: not_offered
; run: table=empty trap=unknown-helper@bad
; run: table=absent trap=unknown-helper@bad
; run: table=full r0=1
r1 = 1
r3 = 5
bad:
callx r3
exit

; program: number_from_the_data
; run: mem=05 r0=0x9
; run: mem=06 trap=unknown-helper@bad
; run: mem=00 trap=unknown-helper@bad
r3 = *(u8 *)(r1 + 0)
r1 = 9
bad:
callx r3
exit
