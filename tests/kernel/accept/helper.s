; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What helpers are given.

; program: probe_read_of_any_address
; at: xdp
r3 = *(u32 *)(r1 + 12)
r1 = r10
r1 += -8
r2 = 8
call 113
r0 = 0
exit

; program: probe_read_str_of_any_address
; at: xdp
r3 = *(u32 *)(r1 + 12)
r1 = r10
r1 += -16
r2 = 16
call 115
r0 = 0
exit

; program: probe_read_of_any_number_of_bytes
; at: xdp
r3 = *(u32 *)(r1 + 12)
r2 = *(u32 *)(r1 + 16)
r2 &= 15
r1 = r10
r1 += -16
call 113
r0 = 0
exit

; program: probe_read_beyond_the_packet
; at: xdp
r3 = *(u32 *)(r1 + 0)
r1 = r10
r1 += -16
r2 = 16
call 113
r0 = 0
exit

; Bytes of the packet, for the helpers that take them.

; program: packet_as_key_and_value
; at: xdp
; map: type=1 key=4 value=8 entries=4
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_as_key_and_value
r1 = map_fd(0) ll
r2 = r6
call 1
r1 = map_fd(0) ll
r2 = r6
r3 = r6
r3 += 8
r4 = 0
call 2
r1 = map_fd(0) ll
r2 = r6
call 3
o_packet_as_key_and_value:
r0 = 1
exit

; program: packet_to_push
; at: xdp
; map: type=22 key=0 value=8 entries=4
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_to_push
r1 = map_fd(0) ll
r2 = r6
r3 = 0
call 87
o_packet_to_push:
r0 = 1
exit

; program: packet_for_another_cpu
; at: xdp
; map: type=6 key=4 value=8 entries=4
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_for_another_cpu
r1 = map_fd(0) ll
r2 = r6
r3 = 0
call 195
o_packet_for_another_cpu:
r0 = 1
exit

; program: packet_for_a_checksum
; at: xdp
r8 = r1
r6 = *(u32 *)(r8 + 0)
r7 = *(u32 *)(r8 + 4)
r1 = r6
r1 += 32
if r1 > r7 goto o_packet_for_a_checksum
r1 = 0
r2 = 0
r3 = r6
r4 = 16
r5 = 0
call 28
o_packet_for_a_checksum:
r0 = 1
exit
