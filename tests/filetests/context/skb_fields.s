; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Fields of __sk_buff by hook kind: reads as a whole or an aligned part, writes where the kernel has them.

; program: read_parts
; options: at=sched_cls
; run: mem=00 r0=0x1b1918
r0 = *(u16 *)(r1 + 8)
r2 = *(u8 *)(r1 + 11)
r2 <<= 16
r0 |= r2
exit

; program: write_mark
; options: at=sched_cls
; run: mem=00 r0=0x77
r2 = 0x77
*(u32 *)(r1 + 8) = r2
r0 = *(u32 *)(r1 + 8)
exit

; program: write_part_of_mark
; options: at=sched_cls
; run: mem=00 trap=access@0
*(u16 *)(r1 + 8) = 1
r0 = 0
exit

; program: cb
; options: at=socket_filter
; run: mem=00 r0=0x4746450543424141
; run: mem=01 r0=0x4746450543424141
r0 = *(u64 *)(r1 + 48)
r2 = 5
*(u8 *)(r1 + 52) = r2
r0 = *(u64 *)(r1 + 48)
r3 = 1
r0 += r3
exit

; program: socket_filter_has_no_data
; options: at=socket_filter
; run: mem=00 trap=access@0
r0 = *(u32 *)(r1 + 76)
exit

; program: tstamp
; options: at=sched_cls
; run: mem=00 r0=0xafaeadacabaaa9a8
r0 = *(u64 *)(r1 + 152)
exit

; program: packet
; options: at=sched_cls
; run: mem=0000000000000000000000000800 r0=0x800
; run: mem=00000000000000000000000008 r0=0
r2 = *(u32 *)(r1 + 76)
r3 = *(u32 *)(r1 + 80)
r0 = 0
r4 = r2
r4 += 14
if r4 > r3 goto out
r0 = *(u16 *)(r2 + 12)
r0 = be16 r0
out:
exit
