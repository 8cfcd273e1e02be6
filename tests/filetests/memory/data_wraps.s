; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Offsets that wrap round: an address is taken modulo 2^64, and only where it ends up counts.

; program: whole_turn
; run: mem=2a r0=0x2a
r3 = 0x8000000000000000 ll
r1 += r3
r1 += r3
r0 = *(u8 *)(r1 + 0)
exit

; program: half_turn
; run: mem=2a*64 trap=access@bad
r3 = 0x8000000000000000 ll
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: offset_near_the_top
; run: mem=2a*64 trap=access@bad
r1 += -8
bad:
r0 = *(u64 *)(r1 + 4)
exit

; program: variable_all_ones
; run: mem=ffffffffffffffff2a trap=access@bad
; run: mem=08000000000000002a r0=0x2a
; run: mem=09000000000000002a trap=access@bad
; run: mem=00000000000000802a trap=access@bad
r3 = *(u64 *)(r1 + 0)
r1 += r3
bad:
r0 = *(u8 *)(r1 + 0)
exit

; program: length_less_than_the_access
; run: mem=00 trap=access@bad
; run: mem=00*7 trap=access@bad
; run: mem=00*8 r0=0
r3 = *(u8 *)(r1 + 0)
r1 += r3
bad:
r0 = *(u64 *)(r1 + 0)
exit
