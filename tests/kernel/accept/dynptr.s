; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Dynptrs.

; program: of_a_map_value
; at: xdp
; map: type=2 key=4 value=16 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
r1 = r10
r1 += -40
r2 = 8
r3 = r10
r3 += -24
r4 = 4
r5 = 0
call 201
r1 = r10
r1 += -24
r2 = 0
r3 = 8
call 203
if r0 == 0 goto none
r0 = *(u64 *)(r0 + 0)
none:
r0 = 1
exit

; program: reserved_and_submitted
; at: sched_cls
; map: type=27 entries=4096
r6 = *(u32 *)(r1 + 0)
r1 = map_fd(0) ll
r2 = r6
r3 = 0
r4 = r10
r4 += -16
call 198
if r0 != 0 goto discard
*(u64 *)(r10 - 24) = 5
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -24
r4 = 8
r5 = 0
call 202
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit
discard:
r1 = r10
r1 += -16
r2 = 0
call 200
r0 = 0
exit

; program: local_written_over
; at: xdp
; map: type=2 key=4 value=16 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none2
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
*(u64 *)(r10 - 24) = 1
r0 = *(u64 *)(r10 - 24)
r0 &= 1
exit
none2:
r0 = 1
exit

; program: set_up_again
; at: xdp
; map: type=2 key=4 value=16 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none3
r6 = r0
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
r1 = r6
r2 = 8
r3 = 0
r4 = r10
r4 += -32
call 197
none3:
r0 = 1
exit

; program: in_a_callback
; at: xdp
; map: type=2 key=4 value=16 entries=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none4
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 197
r1 = 3
r2 = func(marks) ll
r3 = r10
r3 += -24
r4 = 0
call 181
none4:
r0 = 1
exit
marks:
*(u8 *)(r10 - 1) = 1
r4 = r1
r1 = r2
r2 = r4
r3 = r10
r3 += -1
r4 = 1
r5 = 0
call 202
r0 = 0
exit
