; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Sockets that programs look up, read and release.

; program: tcp_at_xdp
; at: xdp
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
if r0 == 0 goto out
r1 = r0
call 86
out:
r0 = 2
exit

; program: tcp_at_sched_cls
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
if r0 == 0 goto out
r1 = r0
call 86
out:
r0 = 0
exit

; program: tcp_at_cgroup_skb_ingress
; section: cgroup_skb/ingress
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
if r0 == 0 goto out
r1 = r0
call 86
out:
r0 = 1
exit

; program: tcp_at_sk_skb
; at: sk_skb
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
if r0 == 0 goto out
r1 = r0
call 86
out:
r0 = 1
exit

; program: udp
; at: xdp
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 85
if r0 == 0 goto out
r1 = r0
call 86
out:
r0 = 2
exit

; program: common
; at: xdp
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 99
if r0 == 0 goto out
r1 = r0
call 86
out:
r0 = 2
exit

; program: fields
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
if r0 == 0 goto out
r1 = *(u32 *)(r0 + 0)
r1 = *(u32 *)(r0 + 4)
r1 = *(u8 *)(r0 + 8)
r1 = *(u16 *)(r0 + 12)
r1 = *(u8 *)(r0 + 49)
r1 = *(u8 *)(r0 + 55)
r1 = *(u32 *)(r0 + 16)
r1 = *(u16 *)(r0 + 26)
r1 = *(u32 *)(r0 + 40)
r1 = *(u32 *)(r0 + 44)
r1 = *(u16 *)(r0 + 48)
r1 = *(u32 *)(r0 + 48)
r1 = *(u8 *)(r0 + 72)
r1 = *(u32 *)(r0 + 76)
r1 = r0
call 86
out:
r0 = 0
exit

; program: fields_of_a_common_one
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 99
if r0 == 0 goto out
r1 = *(u32 *)(r0 + 4)
r1 = *(u32 *)(r0 + 24)
r1 = *(u32 *)(r0 + 72)
r1 = r0
call 86
out:
r0 = 0
exit

; program: full_from_common
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 99
if r0 == 0 goto out
r7 = r0
r1 = r0
call 95
if r0 == 0 goto release
r1 = *(u32 *)(r0 + 8)
release:
r1 = r7
call 86
out:
r0 = 0
exit

; program: released_as_another_view
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 99
if r0 == 0 goto out
r7 = r0
r1 = r0
call 95
if r0 == 0 goto release
r7 = r0
release:
r1 = r7
call 86
out:
r0 = 0
exit

; program: tcp_members
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
if r0 == 0 goto out
r7 = r0
r1 = r0
call 96
if r0 == 0 goto release
r1 = *(u32 *)(r0 + 0)
r1 = *(u64 *)(r0 + 80)
r1 = *(u64 *)(r0 + 88)
r1 = *(u32 *)(r0 + 108)
release:
r1 = r7
call 86
out:
r0 = 0
exit

; program: listener
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
if r0 == 0 goto out
r7 = r0
r1 = r0
call 98
if r0 == 0 goto release
r1 = *(u32 *)(r0 + 44)
release:
r1 = r7
call 86
out:
r0 = 0
exit

; program: kept_on_the_stack
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
*(u64 *)(r10 - 24) = r0
if r0 == 0 goto out
call 7
r1 = *(u64 *)(r10 - 24)
r2 = *(u32 *)(r1 + 4)
call 86
out:
r0 = 0
exit

; program: two_at_once
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
r8 = r0
r1 = r6
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 85
r9 = r0
if r8 == 0 goto second
r1 = r8
call 86
second:
if r9 == 0 goto out
r1 = r9
call 86
out:
r0 = 0
exit

; program: tuple_in_the_packet
; at: xdp
r6 = r1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 12
if r4 > r3 goto out
r3 = 12
r4 = -1
r5 = 0
call 84
if r0 == 0 goto out
r1 = r0
call 86
out:
r0 = 2
exit

; program: perf_event_value
; at: perf_event
r2 = r10
r2 += -24
r3 = 24
call 56
r0 = 0
exit

; program: assigned
; at: sched_cls
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 99
if r0 == 0 goto out
r7 = r0
r1 = r6
r2 = r7
r3 = 0
call 124
r1 = r7
call 86
out:
r0 = 0
exit
