; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; bpf_spin_lock in a value: taken and let go, once at a time.

; program: lock_and_unlock
; options: at=xdp helpers=kernel policy=strict
; map: name=counts type=2 key=4 value=16 entries=4 spin_lock=0
; run: mem=00 r0=1
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none
r6 = r0
r1 = r6
call 93
r1 = *(u64 *)(r6 + 8)
r1 += 1
*(u64 *)(r6 + 8) = r1
r1 = r6
call 94
r0 = *(u64 *)(r6 + 8)
exit
none:
r0 = 99
exit

; program: not_the_lock
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=16 entries=4 spin_lock=0
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none2
r1 = r0
r1 += 4
; error: argument 1 of spin_lock is the bpf_spin_lock of a map's value
call 93
none2:
r0 = 0
exit

; program: never_let_go
; options: at=xdp helpers=kernel
; map: name=counts type=2 key=4 value=16 entries=4 spin_lock=0
; run: mem=00 r0=5
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none3
r6 = r0
r1 = r0
call 93
r1 = r6
call 93
none3:
r0 = 5
exit

; program: never_let_go_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=counts type=2 key=4 value=16 entries=4 spin_lock=0
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none4
r1 = r0
call 93
none4:
r0 = 5
; error: the program ends with a bpf_spin_lock taken
exit

; program: call_while_held
; options: at=xdp helpers=kernel policy=strict
; map: name=counts type=2 key=4 value=16 entries=4 spin_lock=0
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto none5
r1 = r0
call 93
; error: ktime_get_ns is called with a bpf_spin_lock taken
call 5
none5:
r0 = 5
exit
