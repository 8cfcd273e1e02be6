; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Helpers about sockets, stacks and counters with wrong hooks, maps and arguments.

; program: netns_cookie_of_a_number
; at: sock_ops
; reject: the context, or null
r1 = 7
call 122
r0 = 1
exit

; program: stack_number_at_xdp
; at: xdp
; map: type=7 key=4 value=64 entries=16
; reject: cannot be called by programs of hook kind 'xdp'
r2 = map_fd(0) ll
r3 = 0
call 27
r0 = 2
exit

; program: stack_number_into_a_hash
; at: tracepoint
; map: type=1 key=4 value=64 entries=16
; reject: get_stackid does not take
r2 = map_fd(0) ll
r3 = 0
call 27
r0 = 0
exit

; program: stack_looked_up
; at: tracepoint
; map: type=7 key=4 value=64 entries=16
; reject: map_lookup_elem does not take
*(u32 *)(r10 - 4) = 1
r1 = map_fd(0) ll
r2 = r10
r2 += -4
call 1
r0 = 0
exit

; program: message_by_index_of_a_hash
; at: sk_msg
; map: type=18 key=8 value=4 entries=4
; reject: msg_redirect_map does not take
r2 = map_fd(0) ll
r3 = 1
r4 = 0
call 60
r0 = 1
exit

; program: reuseport_updated
; at: sk_reuseport
; map: type=20 key=4 value=8 entries=4
; reject: map_update_elem does not take
*(u32 *)(r10 - 4) = 1
*(u64 *)(r10 - 16) = 1
r1 = map_fd(0) ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call 2
r0 = 1
exit

; program: option_set_at_sk_msg
; at: sk_msg
; reject: cannot be called by programs of hook kind 'sk_msg'
*(u32 *)(r10 - 4) = 1
r2 = 6
r3 = 13
r4 = r10
r4 += -4
r5 = 4
call 49
r0 = 1
exit
