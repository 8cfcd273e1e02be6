; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The verdicts of redirect helpers.

; program: xdp
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=4
r1 = 3
r2 = 0
call 23
exit

; program: xdp_flags
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=0
r1 = 3
r2 = 1
call 23
exit

; program: tc
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00 r0=7
r1 = 3
r2 = 1
call 23
exit

; program: tc_flags
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00 r0=2
r1 = 3
r2 = 2
call 23
exit

; program: peer
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00 r0=7
r1 = 3
r2 = 0
call 155
exit

; program: neighbour_without_address
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00 r0=7
r1 = 3
r2 = 0
r3 = 0
r4 = 0
call 152
exit

; program: empty_devmap
; options: at=xdp helpers=kernel policy=strict
; map: name=ports type=14 key=4 value=4 entries=4
; run: mem=00 r0=2
r1 = map_fd(0) ll
r2 = 1
r3 = 2
call 51
exit

; program: devmap_flags
; options: at=xdp helpers=kernel policy=strict
; map: name=ports type=14 key=4 value=4 entries=4
; run: mem=00 r0=0
r1 = map_fd(0) ll
r2 = 1
r3 = 64
call 51
exit

; program: broadcast
; options: at=xdp helpers=kernel policy=strict
; map: name=ports type=14 key=4 value=4 entries=4
; run: mem=00 r0=4
r1 = map_fd(0) ll
r2 = 1
r3 = 8
call 51
exit

; program: empty_xskmap
; options: at=xdp helpers=kernel policy=strict
; map: name=sockets type=17 key=4 value=4 entries=4
; run: mem=00 r0=1
*(u32 *)(r10 - 4) = 0
r1 = map_fd(0) ll
r2 = r10
r2 += -4
call 1
if r0 != 0 goto there
r1 = map_fd(0) ll
r2 = 0
r3 = 1
call 51
exit
there:
r0 = 9
exit
