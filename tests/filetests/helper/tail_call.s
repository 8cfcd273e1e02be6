; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Tail calls that find nothing go on; what they enter is tested with programs to enter
; (tests/unit/helpers).

; program: empty
; options: at=xdp helpers=kernel policy=strict
; map: name=next type=3 key=4 value=4 entries=2
; run: mem=00 r0=7
r2 = map_fd(0) ll
r3 = 1
call 12
r0 = 7
exit

; program: no_such_entry
; options: at=sched_cls helpers=kernel policy=strict
; map: name=next type=3 key=4 value=4 entries=2
; run: mem=00 r0=7
r2 = map_fd(0) ll
r3 = 100
call 12
r0 = 7
exit

; program: in_a_function
; options: at=xdp helpers=kernel policy=strict
; map: name=next type=3 key=4 value=4 entries=2
; run: mem=00 r0=9
call f
r0 += 1
exit
f:
r2 = map_fd(0) ll
r3 = 0
call 12
r0 = 8
exit

; program: r0_is_zero
; options: at=xdp helpers=kernel
; map: name=next type=3 key=4 value=4 entries=2
; run: mem=00 r0=0
r0 = 5
r2 = map_fd(0) ll
r3 = 0
call 12
exit

; program: not_a_program_array
; options: at=xdp helpers=kernel
; map: name=next type=2 key=4 value=4 entries=2
r2 = map_fd(0) ll
r3 = 0
; error: that tail_call does not take
call 12
r0 = 0
exit

; program: with_a_record
; options: at=xdp helpers=kernel policy=strict
; map: name=next type=3 key=4 value=4 entries=2
; map: name=events type=27 entries=4096
r6 = r1
r1 = map_fd(1) ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto out
r7 = r0
r1 = r6
r2 = map_fd(0) ll
r3 = 0
; error: the record that instruction 4 reserved
call 12
r1 = r7
r2 = 0
call 133
out:
r0 = 0
exit
