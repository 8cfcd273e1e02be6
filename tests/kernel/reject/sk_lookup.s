; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Sockets that are kept, used when they are gone, or touched where nothing is.

; program: not_released
; at: sched_cls
; reject: the socket that instruction 8 looked up is not released
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
r0 = 0
exit

; program: not_released_on_one_path
; at: sched_cls
; reject: is not released
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
r1 = *(u32 *)(r0 + 4)
if r1 == 2 goto out
r1 = r0
call 86
out:
r0 = 0
exit

; program: not_compared_with_null
; at: sched_cls
; reject: a socket, or null
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
r7 = *(u32 *)(r0 + 4)
r1 = r0
call 86
r0 = 0
exit

; program: null_released
; at: sched_cls
; reject: a socket, or null, but argument 1 of sk_release
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
r1 = r0
call 86
r0 = 0
exit

; program: released_twice
; at: sched_cls
; reject: argument 1 of sk_release
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
call 86
r1 = r7
call 86
out:
r0 = 0
exit

; program: read_after_release
; at: sched_cls
; reject: a number and no pointer
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
call 86
r1 = *(u32 *)(r7 + 4)
out:
r0 = 0
exit

; program: another_view_read_after_release
; at: sched_cls
; reject: a number and no pointer
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
r8 = r0
r1 = r7
call 86
if r8 == 0 goto out
r1 = *(u32 *)(r8 + 0)
out:
r0 = 0
exit

; program: only_another_view_is_null
; at: sched_cls
; reject: is not released
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
if r0 == 0 goto out
r1 = r7
call 86
out:
r0 = 0
exit

; program: read_of_half_a_mark
; at: sched_cls
; reject: no field of a socket
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
r1 = *(u16 *)(r0 + 16)
r1 = r7
call 86
out:
r0 = 0
exit

; program: read_of_eight_bytes
; at: sched_cls
; reject: no field of a socket
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
r1 = *(u64 *)(r0 + 24)
r1 = r7
call 86
out:
r0 = 0
exit

; program: read_of_a_later_byte
; at: sched_cls
; reject: no field of a socket
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
r1 = *(u8 *)(r0 + 9)
r1 = r7
call 86
out:
r0 = 0
exit

; program: read_behind_the_port
; at: sched_cls
; reject: no field of a socket
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
r1 = *(u16 *)(r0 + 50)
r1 = r7
call 86
out:
r0 = 0
exit

; program: read_behind_the_socket
; at: sched_cls
; reject: no field of a socket
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
r1 = *(u32 *)(r0 + 80)
r1 = r7
call 86
out:
r0 = 0
exit

; program: read_before_the_socket
; at: sched_cls
; reject: no field of a socket
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
r1 = *(u32 *)(r0 - 4)
r1 = r7
call 86
out:
r0 = 0
exit

; program: mark_of_a_common_one
; at: sched_cls
; reject: no field of a socket
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
r1 = *(u32 *)(r0 + 16)
r1 = r7
call 86
out:
r0 = 0
exit

; program: written
; at: sched_cls
; reject: programs may only read
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
r1 = 1
*(u32 *)(r0 + 16) = r1
r1 = r7
call 86
out:
r0 = 0
exit

; program: moved
; at: sched_cls
; reject: a socket, which cannot be moved
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
r0 += 4
r1 = r7
call 86
out:
r0 = 0
exit

; program: moved_by_nothing
; at: sched_cls
; reject: a socket, which cannot be moved
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
r0 += 0
r1 = r7
call 86
out:
r0 = 0
exit

; program: tcp_member_of_four_bytes
; at: sched_cls
; reject: no field of a socket
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
r1 = r7
call 96
if r0 == 0 goto gone
r1 = *(u32 *)(r0 + 80)
gone:
r1 = r7
call 86
out:
r0 = 0
exit

; program: handed_to_a_helper_as_bytes
; at: sched_cls
; reject: argument 1 of csum_diff
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
r2 = 4
r3 = 0
r4 = 0
r5 = 0
call 28
r1 = r7
call 86
out:
r0 = 0
exit

; program: full_sock_of_the_context
; at: sched_cls
; reject: the context, but argument 1 of sk_fullsock
call 95
r0 = 0
exit

; program: tuple_that_is_not_there
; at: sched_cls
; reject: argument 2 of sk_lookup_tcp
r2 = r10
r2 += -8
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

; program: lookup_at_a_socket_filter
; at: socket_filter
; reject: cannot be called by programs of hook kind
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

; program: full_sock_at_xdp
; at: xdp
; reject: cannot be called by programs of hook kind
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
r1 = r7
call 86
out:
r0 = 2
exit

; program: tail_call_with_a_socket
; at: sched_cls
; map: type=3 key=4 value=4 entries=1
; reject: is not released
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
r1 = r6
r2 = map_fd(0) ll
r3 = 0
call 12
r1 = r7
call 86
out:
r0 = 0
exit

; program: perf_event_value_at_a_tracepoint
; at: tracepoint
; reject: cannot be called by programs of hook kind
r2 = r10
r2 += -24
r3 = 24
call 56
r0 = 0
exit

; program: assigned_perhaps_null
; at: sched_cls
; reject: a socket, or null, but argument 2 of sk_assign
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 99
r7 = r0
r1 = r6
r2 = r7
r3 = 0
call 124
if r7 == 0 goto out
r1 = r7
call 86
out:
r0 = 0
exit
