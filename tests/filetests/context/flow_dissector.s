; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A flow dissector reads the packet and writes struct bpf_flow_keys, which lies right before it.

; program: finds
; options: at=flow_dissector policy=strict
; run: mem=00*56,45,00*7,06 meta=56 r0=0 mem_after=00*2,0100,00*5,06,00*46,45,00*7,06
; run: mem=00*56,45 meta=56 r0=2
r2 = *(u32 *)(r1 + 76)
r3 = *(u32 *)(r1 + 80)
r6 = *(u64 *)(r1 + 144)
r0 = 2
r4 = r2
r4 += 9
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 8)
*(u8 *)(r6 + 9) = r5
r5 = 1
*(u16 *)(r6 + 2) = r5
r0 = 0
out:
exit

; program: behind_the_keys
; options: at=flow_dissector policy=strict
r6 = *(u64 *)(r1 + 144)
r5 = 0
; error: write of 4 bytes at r6 = meta data+56
*(u32 *)(r6 + 56) = r5
r0 = 0
exit

; program: the_packet_is_not_written
; options: at=flow_dissector policy=strict
r2 = *(u32 *)(r1 + 76)
r3 = *(u32 *)(r1 + 80)
r0 = 2
r4 = r2
r4 += 9
if r4 > r3 goto out
; error: r2 points into the packet, which is not to be written at the hook kind 'flow_dissector'
*(u8 *)(r2 + 8) = r0
out:
exit

; program: other_fields
; options: at=flow_dissector
; run: mem=00*56 meta=56 trap=access@0
r0 = *(u32 *)(r1 + 0)
exit
