; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Legacy packet loads: network order, from the packet's start or (negative) from its headers; what is not
; there ends the function with 0.

; program: absolute
; options: at=socket_filter
; run: mem=01020304 r0=0x304
; run: mem=010203 r0=0
r6 = r1
r0 = 9
r0 = *(u16 *)skb[2]
exit

; program: word
; options: at=socket_filter
; run: mem=01020304 r0=0x01020304
; run: mem=010203 r0=0
r6 = r1
r0 = *(u32 *)skb[0]
exit

; program: indirect
; options: at=socket_filter
; run: mem=0102030405 r0=5
; run: mem=0902030405 r0=0
r6 = r1
r0 = *(u8 *)skb[0]
r7 = r0
r0 = *(u8 *)skb[r7 + 3]
exit

; program: wraps
; options: at=socket_filter
; run: mem=0102030405 r0=2
r6 = r1
r7 = -4
w7 = w7
r0 = *(u8 *)skb[r7 + 5]
exit

; program: network_header
; options: at=sched_cls
; run: mem=000000000000000000000000000045 r0=0x45
; run: mem=0000000000000000000000000000 r0=0
r6 = r1
r0 = *(u8 *)skb[-1048576]
exit

; program: link_header
; options: at=sched_cls
; run: mem=0708 r0=0x708
r6 = r1
r7 = -2097152
r0 = *(u16 *)skb[r7 + 0]
exit

; program: far_below
; options: at=sched_cls
; run: mem=0708 r0=0
r6 = r1
r7 = -2097153
r0 = *(u8 *)skb[r7 + 0]
exit

; program: in_a_subprogram
; options: at=socket_filter
; run: mem=01 r0=5
; run: mem=0102 r0=7
r6 = r1
call second
r0 += 5
exit
second:
r6 = r1
r0 = *(u8 *)skb[1]
exit
