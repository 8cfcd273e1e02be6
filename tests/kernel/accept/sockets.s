; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Helpers about sockets, stacks and counters, where they may be called and with what.

; program: netns_cookie_of_the_context
; at: sock_ops
call 122
r0 = 1
exit

; program: netns_cookie_of_null
; at: sock_ops
r1 = 0
call 122
r0 = 1
exit

; program: stack_number
; at: tracepoint
; map: type=7 key=4 value=64 entries=16
r2 = map_fd(0) ll
r3 = 0
call 27
r0 = 0
exit

; program: stack_into_memory
; at: raw_tracepoint
r2 = r10
r2 += -16
r3 = 16
r4 = 0
call 67
r0 = *(u64 *)(r10 - 16)
r0 = 0
exit

; program: counter
; at: perf_event
; map: type=4 key=4 value=4 entries=4
r1 = map_fd(0) ll
r2 = 0
call 22
r0 = 0
exit

; program: counter_value
; at: perf_event
; map: type=4 key=4 value=4 entries=4
r1 = map_fd(0) ll
r2 = 0
r3 = r10
r3 += -24
r4 = 24
call 55
r0 = 0
exit

; program: message_by_index
; at: sk_msg
; map: type=15 key=4 value=4 entries=4
r2 = map_fd(0) ll
r3 = 1
r4 = 0
call 60
r0 = 1
exit

; program: message_by_key
; at: sk_msg
; map: type=18 key=8 value=4 entries=4
*(u64 *)(r10 - 8) = 5
r2 = map_fd(0) ll
r3 = r10
r3 += -8
r4 = 0
call 71
r0 = 1
exit

; program: data_by_index
; at: sk_skb
; map: type=15 key=4 value=4 entries=4
r2 = map_fd(0) ll
r3 = 1
r4 = 0
call 52
r0 = 1
exit

; program: connection_into_a_map
; at: sock_ops
; map: type=15 key=4 value=4 entries=4
*(u32 *)(r10 - 4) = 1
r2 = map_fd(0) ll
r3 = r10
r3 += -4
r4 = 0
call 53
r0 = 1
exit

; program: callback_flags
; at: sock_ops
r2 = 3
call 59
r0 = 1
exit

; program: option_set
; at: sock_ops
*(u32 *)(r10 - 4) = 1
r2 = 6
r3 = 13
r4 = r10
r4 += -4
r5 = 4
call 49
r0 = 1
exit

; program: option_read
; at: sock_ops
r2 = 6
r3 = 13
r4 = r10
r4 += -4
r5 = 4
call 57
r0 = *(u32 *)(r10 - 4)
r0 = 1
exit

; program: reuseport_socket
; at: sk_reuseport
; map: type=20 key=4 value=8 entries=4
*(u32 *)(r10 - 4) = 1
r2 = map_fd(0) ll
r3 = r10
r3 += -4
r4 = 0
call 82
r0 = 1
exit
