; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; callx of a function whose address the program takes.

; program: one
; run: r0=0x2b budget_left=999999
r3 = func(f) ll
r1 = 42
callx r3
exit
f:
r0 = r1
r0 += 1
exit

; program: choice
; run: mem=00 r0=10
; run: mem=01 r0=20
; run: mem=02 trap=bad-function@bad
r4 = *(u8 *)(r1 + 0)
r3 = func(f) ll
if r4 == 0 goto go
r3 = func(g) ll
if r4 == 1 goto go
r3 += 1
go:
bad:
callx r3
exit
f:
r0 = 10
exit
g:
r0 = 20
exit

; program: budget
; run: budget=0 trap=budget@bad
; run: budget=1 r0=0 budget_left=0
r3 = func(f) ll
bad:
callx r3
exit
f:
exit

; program: depth
; run: trap=call-depth@bad budget_left=999992
r1 = func(f) ll
callx r1
exit
f:
r1 = func(f) ll
bad:
callx r1
exit

; program: saved_registers
; run: r0=0x6
r6 = 6
r3 = func(f) ll
callx r3
r0 = r6
r0 |= r1
r0 |= r3
exit
f:
r6 = 7
r3 = 8
exit

; program: stack_pointer_argument
; run: r0=0x2a
r1 = r10
r1 += -8
r3 = func(f) ll
callx r3
r0 = *(u64 *)(r10 - 8)
exit
f:
*(u64 *)(r1 + 0) = 42
exit

; program: token_through_memory
; run: r0=0x7
r3 = func(f) ll
*(u64 *)(r10 - 8) = r3
r4 = *(u64 *)(r10 - 8)
callx r4
exit
f:
r0 = 7
exit

; program: a_function_or_a_helper
; run: mem=00 r0=0x63
; run: mem=01 r0=0x11
r4 = *(u8 *)(r1 + 0)
r1 = 0x11
r3 = 5
if r4 != 0 goto go
r3 = func(f) ll
go:
callx r3
exit
f:
r0 = 0x63
exit

; program: tokens_are_not_addresses
; run: trap=access@bad
r3 = func(f) ll
bad:
r0 = *(u64 *)(r3 + 0)
exit
f:
exit
