; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Helpers that are not there.

; program: not_in_the_set
; run: mem=00 trap=unknown-helper@bad mem_after=01
*(u8 *)(r1 + 0) = 1
bad:
call 1
r0 = 5
exit

; program: only_where_called
; run: mem=00 r0=0x1
; run: mem=01 trap=unknown-helper@bad
r3 = *(u8 *)(r1 + 0)
r0 = 1
if r3 == 0 goto done
bad:
call 1
done:
exit

; program: negative_number
; run: trap=unknown-helper@bad
bad:
call 0xffffffff
exit

; program: beyond_the_table
; run: trap=unknown-helper@bad
bad:
call 300
exit

; program: empty_table
; run: table=empty trap=unknown-helper@bad
; run: table=absent trap=unknown-helper@bad
; run: table=full r0=0x1
r1 = 1
bad:
call 5
exit

; program: no_set
; options: helpers=none
; run: table=full trap=unknown-helper@bad
r1 = 1
bad:
call 5
exit

; program: in_a_subprogram
; run: trap=unknown-helper@bad budget_left=1000000
call f
exit
f:
bad:
call 2
exit
