; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A store to the value of a map changes nothing in the packet: what was read of it is not read again.

; program: map_and_packet
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=8 entries=4
; run: mem=05 r0=10 maps=counts[00000000]=0500000000000000
; opt-ir-count: 1 load i8
r6 = *(u32 *)(r1 + 0)
r7 = *(u32 *)(r1 + 4)
r0 = 0
r2 = r6
r2 += 1
if r2 > r7 goto done
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto done
r3 = *(u8 *)(r6 + 0)
*(u64 *)(r0 + 0) = r3
r0 = *(u8 *)(r6 + 0)
r0 += r3
done:
exit

; program: the_packet_may_overlap_itself
; run: mem=0107 r0=1 mem_after=0101
; run: mem=0007 r0=7 mem_after=0007
; opt-ir-count: 2 load i8
r0 = 0
if r2 < 2 goto done
r3 = *(u8 *)(r1 + 0)
r4 = r3
r4 &= 1
r4 += r1
*(u8 *)(r4 + 0) = r3
r0 = *(u8 *)(r1 + 1)
done:
exit
