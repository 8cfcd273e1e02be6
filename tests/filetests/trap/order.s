; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The first trap ends the run; what was written before stays.

; program: first_wins
; run: mem=01 trap=access@first
first:
r0 = *(u8 *)(r1 + 1)
call 77
exit

; program: writes_before_stay
; run: mem=000000 trap=access@bad mem_after=010203
*(u8 *)(r1 + 0) = 1
*(u8 *)(r1 + 1) = 2
*(u8 *)(r1 + 2) = 3
bad:
*(u8 *)(r1 + 3) = 4
*(u8 *)(r1 + 0) = 9
exit

; program: one_of_many
; run: mem=00 trap=access@second
; run: mem=0000 trap=access@third
; run: mem=000000 r0=0x0
; run: trap=access@first
first:
r3 = *(u8 *)(r1 + 0)
second:
r4 = *(u8 *)(r1 + 1)
third:
r5 = *(u8 *)(r1 + 2)
exit

; program: a_load_whose_value_is_not_used
; run: mem=00 trap=access@bad
bad:
r3 = *(u64 *)(r1 + 0)
r0 = 1
exit

; program: no_write_moves_ahead
; run: mem=00*8 trap=access@bad
r3 = *(u8 *)(r1 + 0)
bad:
r4 = *(u64 *)(r1 + 8)
*(u64 *)(r1 + 0) = -1
exit

; program: a_long_write_is_not_halfway
; run: mem=00*7 trap=access@bad
bad:
*(u64 *)(r1 + 0) = -1
exit

; program: in_the_second_round
; run: mem=0000 trap=access@bad mem_after=0101 budget_left=1000000
next:
bad:
*(u8 *)(r1 + 0) = 1
r1 += 1
goto next
