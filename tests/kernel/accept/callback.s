; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Functions that helpers call back.

; program: sum
; at: xdp
*(u64 *)(r10 - 8) = 0
r1 = 10
r2 = func(adds) ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = 0
exit
adds:
r0 = *(u64 *)(r2 + 0)
r0 += r1
*(u64 *)(r2 + 0) = r0
r0 = 0
exit

; program: any_number_of_rounds
; at: sched_cls
r1 = *(u32 *)(r1 + 0)
r2 = func(zero) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
zero:
r0 = 0
exit

; program: more_rounds_than_there_can_be
; at: xdp
r1 = 0x7fffffff
r2 = func(zero2) ll
r3 = 0
r4 = 9
call 181
r0 = 0
exit
zero2:
r0 = 0
exit

; program: key_and_value
; at: xdp
; map: type=1 key=8 value=16 entries=4
r1 = map_fd(0) ll
r2 = func(looks) ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
looks:
r1 = *(u64 *)(r2 + 0)
r2 = *(u64 *)(r3 + 8)
r1 += r2
*(u64 *)(r3 + 0) = r1
r0 = 0
exit

; program: deletes
; at: xdp
; map: type=1 key=8 value=16 entries=4
r1 = map_fd(0) ll
r2 = func(removes) ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
removes:
call 3
r0 = 0
exit

; program: record_in_a_round
; at: xdp
; map: type=27 entries=4096
r1 = 4
r2 = func(records) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
records:
r1 = map_fd(0) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto none
*(u64 *)(r0 + 0) = 1
r1 = r0
r2 = 0
call 132
none:
r0 = 0
exit

; As deep as calls may nest, where what calls back is no frame.

; program: seven_deep
; at: xdp
r1 = 1
r2 = func(seven1) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
seven1:
r1 = 1
r2 = func(seven2) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
seven2:
r1 = 1
r2 = func(seven3) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
seven3:
r1 = 1
r2 = func(seven4) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
seven4:
r1 = 1
r2 = func(seven5) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
seven5:
r1 = 1
r2 = func(seven6) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
seven6:
r1 = 1
r2 = func(seven7) ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
seven7:
r0 = 0
exit
