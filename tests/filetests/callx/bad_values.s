; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; callx of what is neither a helper nor a function: a trap, never a jump.

; program: number
; run: trap=bad-function@bad
r3 = 256
bad:
callx r3
exit

; program: minus_one
; run: trap=bad-function@bad
r3 = -1
bad:
callx r3
exit

; program: data_pointer
; run: mem=00*16 trap=bad-function@bad
bad:
callx r1
exit

; program: stack_pointer
; run: trap=bad-function@bad
bad:
callx r10
exit

; program: guessed_token
; run: trap=bad-function@bad
r3 = 0x7765697200000000 ll
bad:
callx r3
exit

; program: guessed_token_of_a_function_that_is_only_called
; run: trap=bad-function@bad
call f
r3 = 0x7765697200000001 ll
bad:
callx r3
exit
f:
exit

; program: upper_half_counts
; run: trap=bad-function@bad
r3 = 0x100000005 ll
bad:
callx r3
exit
