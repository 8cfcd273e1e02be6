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
