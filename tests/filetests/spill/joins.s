; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A slot that holds different things on different paths.

; program: pointer_or_number
; run: mem=002a r0=0x2a
; run: mem=012a r0=5
r3 = *(u8 *)(r1 + 0)
*(u64 *)(r10 - 8) = r1
if r3 == 0 goto join
*(u64 *)(r10 - 8) = 5
join:
r4 = *(u64 *)(r10 - 8)
r0 = 5
if r3 != 0 goto done
r0 = *(u8 *)(r4 + 1)
done:
exit

; program: written_on_one_path
; run: mem=00 r0=0
; run: mem=01 r0=9
r3 = *(u8 *)(r1 + 0)
if r3 == 0 goto join
*(u64 *)(r10 - 8) = 9
join:
r0 = *(u64 *)(r10 - 8)
exit

; program: two_pointers
; run: mem=0005 r0=0x5
; run: mem=0105 r0=0x1
r3 = *(u8 *)(r1 + 0)
r4 = r1
r4 += 1
*(u64 *)(r10 - 8) = r4
if r3 == 0 goto join
*(u64 *)(r10 - 8) = r1
join:
r5 = *(u64 *)(r10 - 8)
r0 = *(u8 *)(r5 + 0)
exit
