; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Samples for a consumer. Nobody has opened the buffer here, which the program is told.

; program: not_open
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=4 key=4 value=4 entries=8
; run: mem=00 r0=0xfffffffffffffffe
*(u64 *)(r10 - 8) = 7
r2 = map_fd(0) ll
w3 = -1
r4 = r10
r4 += -8
r5 = 8
call 25
exit

; program: no_such_buffer
; options: at=sched_cls helpers=kernel policy=strict
; map: name=events type=4 key=4 value=4 entries=8
; run: mem=00 r0=0xfffffffffffffff9
*(u64 *)(r10 - 8) = 7
r2 = map_fd(0) ll
r3 = 8
r4 = r10
r4 += -8
r5 = 8
call 25
exit

; program: more_than_the_packet
; options: at=xdp helpers=kernel policy=strict
; map: name=events type=4 key=4 value=4 entries=8
; run: mem=0011 r0=0xfffffffffffffff2
*(u64 *)(r10 - 8) = 7
r2 = map_fd(0) ll
r3 = 0x3ffffffff ll
r4 = r10
r4 += -8
r5 = 8
call 25
exit
