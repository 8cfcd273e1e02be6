; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A lookup in an array is a comparison and an address, one in a hash or a trie is code for its size of
; keys. What is not worth it stays a call.

; program: array
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=8 entries=4
; run: mem=03 r0=1 maps=counts[03000000]=0100000000000000
; run: mem=04 r0=2
; opt-ir-not: call i64 %
; opt-ir-check: icmp
; opt-ir-not: call i64 %
r6 = *(u32 *)(r1 + 0)
r7 = *(u32 *)(r1 + 4)
r0 = 0
r2 = r6
r2 += 1
if r2 > r7 goto done
r2 = *(u8 *)(r6 + 0)
*(u32 *)(r10 - 4) = r2
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none
r1 = 1
lock *(u64 *)(r0 + 0) += r1
r0 = 1
exit
none:
r0 = 2
done:
exit

; program: trie
; options: at=xdp helpers=kernel
; map: name=nets type=11 key=8 value=8 entries=4 flags=1
; run: mem=00 r0=2
; opt-ir-check: load atomic i32
*(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none
r0 = 1
exit
none:
r0 = 2
exit

; program: long_trie_stays_a_call
; options: at=xdp helpers=kernel
; map: name=nets type=11 key=36 value=8 entries=4 flags=1
; run: mem=00 r0=2
; opt-ir-not: load atomic i32
; opt-ir-check: call i64 %
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 40) = 0
r2 = r10
r2 += -40
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none
r0 = 1
exit
none:
r0 = 2
exit
