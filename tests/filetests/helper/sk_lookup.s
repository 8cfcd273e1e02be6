; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Lookups of sockets where the host has none, and what is no socket handed over as one.

; program: nothing_found
; options: helpers=kernel at=xdp policy=strict
; run: mem=00*14 r0=0
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
r0 = 1
exit
out:
exit

; program: no_udp
; options: helpers=kernel at=sched_cls policy=strict
; run: mem=00*14 r0=0
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
r0 = 1
exit
out:
exit

; program: no_common_one
; options: helpers=kernel at=xdp policy=strict
; run: mem=00*14 r0=0
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
r0 = 1
exit
out:
exit

; program: null_is_no_memory
; options: helpers=kernel at=xdp policy=guard
; run: mem=00*14 trap=access@bad
r6 = r1
*(u64 *)(r10 - 16) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -16
r3 = 12
r4 = -1
r5 = 0
call 84
bad:
r0 = *(u32 *)(r0 + 4)
exit

; program: a_number_is_no_socket
; options: helpers=kernel at=sched_cls policy=guard
; run: mem=00*14 r0=0
r1 = 4096
call 95
exit

; program: a_number_has_no_tcp_members
; options: helpers=kernel at=sched_cls policy=guard
; run: mem=00*14 r0=0
r1 = 4096
call 96
exit

; program: a_number_is_no_listener
; options: helpers=kernel at=sched_cls policy=guard
; run: mem=00*14 r0=0
r1 = 4096
call 98
exit

; program: a_number_can_be_released
; options: helpers=kernel at=xdp policy=guard
; run: mem=00*14 r0=0
r1 = 4096
call 86
exit

; program: a_tuple_that_is_not_there
; options: helpers=kernel at=xdp policy=guard
; run: mem=00*14 trap=access@bad
r2 = 0
r3 = 12
r4 = -1
r5 = 0
bad:
call 84
r0 = 1
exit

; program: a_number_is_nobody_to_assign_to
; options: helpers=kernel at=sched_cls policy=guard
; run: mem=00*14 r0=0xffffffffffffffea
r2 = 4096
r3 = 0
call 124
exit

; program: no_event_has_counted
; options: helpers=kernel at=perf_event policy=strict
; run: mem=00*184 r0=0xffffffffffffffea
r2 = r10
r2 += -24
r3 = 24
call 56
r1 = *(u64 *)(r10 - 24)
r0 |= r1
exit

