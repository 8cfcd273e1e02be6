; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Addresses of which nothing is known: numbers from the data or from arithmetic. They are checked
; against the data (and against the frames where these escape).

; program: number
; run: trap=access@bad
; run: mem=00*16 trap=access@bad
r3 = 4096
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: null
; run: trap=access@bad
; run: mem=00*16 trap=access@bad
bad:
r0 = *(u64 *)(r0 + 0)
exit

; program: null_store
; run: trap=access@bad
; run: mem=00*16 trap=access@bad
bad:
*(u8 *)(r9 + 1) = 5
exit

; program: from_the_data
; run: mem=ffffffffffffffff trap=access@bad
; run: mem=0000000000000000 trap=access@bad
; run: mem=000000c07fffffff trap=access@bad
r3 = *(u64 *)(r1 + 0)
bad:
r0 = *(u8 *)(r3 + 0)
exit

; program: data_pointer_in_disguise
; run: mem=2a00 r0=0x2a
; run: mem=2a r0=0x2a
r3 = r1
r3 ^= -1
r3 ^= -1
r0 = *(u8 *)(r3 + 0)
exit

; program: disguised_and_out_of_bounds
; run: mem=2a trap=access@bad
; run: mem=2a00 r0=0
r3 = r1
r3 ^= -1
r3 ^= -1
bad:
r0 = *(u8 *)(r3 + 1)
exit

; program: twice_the_pointer
; run: mem=2a*16 trap=access@bad
r1 += r1
bad:
r0 = *(u8 *)(r1 + 0)
exit
