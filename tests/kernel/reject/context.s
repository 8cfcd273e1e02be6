; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The context, fields only, at their width, by who may.

; program: read_only_field
; at: xdp
; reject: context
*(u32 *)(r1 + 16) = 1
r0 = 0
exit

; program: half_of_data
; at: xdp
; reject: context
r0 = *(u16 *)(r1 + 0)
exit

; program: twice_as_wide
; at: xdp
; reject: context
r0 = *(u64 *)(r1 + 16)
exit

; program: behind_the_last_field
; at: xdp
; reject: context
r0 = *(u32 *)(r1 + 24)
exit

; program: before_the_first_field
; at: xdp
; reject: context
r0 = *(u32 *)(r1 - 4)
exit

; program: between_fields
; at: xdp
; reject: context
r0 = *(u32 *)(r1 + 2)
exit

; program: moved_context
; at: xdp
; reject: context
r1 += 4
r0 = *(u32 *)(r1 + 0)
exit

; program: variable_field
; at: xdp
; reject: context|no bound
r2 = *(u32 *)(r1 + 16)
r2 &= 4
r1 += r2
r0 = *(u32 *)(r1 + 0)
exit

; program: atomic_on_the_context
; at: xdp
; reject: context
r2 = 1
lock *(u32 *)(r1 + 16) += r2
r0 = 0
exit

; program: sign_extended_field
; at: xdp
; reject: context
r0 = *(s32 *)(r1 + 0)
exit

; program: mark_in_part
; at: sched_cls
; reject: context
*(u8 *)(r1 + 8) = 1
r0 = 0
exit

; program: mark_at_a_socket
; at: socket_filter
; reject: context
*(u32 *)(r1 + 8) = 1
r0 = 0
exit

; program: len_written
; at: sched_cls
; reject: context
*(u32 *)(r1 + 0) = 1
r0 = 0
exit

; program: data_at_a_socket
; at: socket_filter
; reject: context
r0 = *(u32 *)(r1 + 76)
exit

; program: tc_classid_at_a_socket
; at: socket_filter
; reject: context
r0 = *(u32 *)(r1 + 72)
exit

; program: family_at_tc
; at: sched_cls
; reject: context
r0 = *(u32 *)(r1 + 88)
exit

; program: behind_cb
; at: sched_cls
; reject: context
r0 = *(u64 *)(r1 + 64)
exit

; program: misaligned_cb
; at: sched_cls
; reject: context
r0 = *(u32 *)(r1 + 50)
exit

; program: tstamp_in_part
; at: sched_cls
; reject: context
r0 = *(u32 *)(r1 + 152)
exit

; program: data_meta_at_cgroup
; section: cgroup_skb/ingress
; reject: context
r0 = *(u32 *)(r1 + 140)
r0 = 1
exit

; program: handed_to_a_function_and_moved
; at: xdp
; reject: context
call f
exit
f:
r1 += 8
r0 = *(u32 *)(r1 + 0)
exit

; program: constant_for_the_context
; at: xdp
; reject: number
r1 = 0
r0 = *(u32 *)(r1 + 0)
exit

; program: context_or_packet
; at: xdp
; reject: context
r6 = r1
r7 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r7
r3 += 20
if r3 > r2 goto out
r5 = *(u32 *)(r7 + 0)
if r5 == 0 goto use
r7 = r6
use:
r0 = *(u32 *)(r7 + 12)
exit
out:
r0 = 0
exit

; program: context_or_frame
; at: xdp
; reject: context
*(u64 *)(r10 - 8) = 7
r6 = r1
r7 = r10
r7 += -20
r5 = *(u32 *)(r1 + 12)
if r5 == 0 goto use
r7 = r6
use:
r0 = *(u32 *)(r7 + 12)
exit
