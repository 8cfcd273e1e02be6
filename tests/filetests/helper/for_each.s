; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; bpf_for_each_map_elem: a function of the program, called with each entry of a map.

; program: array
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
; run: mem=00 r0=46 maps=m[01000000]=0100000000000000,m[02000000]=0200000000000000,m[03000000]=0300000000000000
; The keys into the values, then the sum.
*(u64 *)(r10 - 8) = 0
r1 = map_fd(0) ll
r2 = func(fill) ll
r3 = r10
r3 += -8
r4 = 0
call 164
r0 *= 10
r1 = *(u64 *)(r10 - 8)
r0 += r1
exit
fill:
r1 = *(u32 *)(r2 + 0)
*(u64 *)(r3 + 0) = r1
r2 = *(u64 *)(r4 + 0)
r2 += r1
*(u64 *)(r4 + 0) = r2
r0 = 0
exit

; program: stops
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
; run: mem=00 r0=2
r1 = map_fd(0) ll
r2 = func(second) ll
r3 = 0
r4 = 0
call 164
exit
second:
r0 = *(u32 *)(r2 + 0)
r0 &= 1
exit

; program: flags
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
; run: mem=00 r0=0xffffffffffffffea
r1 = map_fd(0) ll
r2 = func(nothing) ll
r3 = 0
r4 = 1
call 164
exit
nothing:
r0 = 0
exit

; The function deletes each entry that it is given.

; program: hash_deletes
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=1 key=4 value=8 entries=8
; run: mem=00 r0=3003
*(u64 *)(r10 - 16) = 5
*(u32 *)(r10 - 4) = 1
r1 = map_fd(0) ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call 2
*(u32 *)(r10 - 4) = 70000
r1 = map_fd(0) ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call 2
*(u32 *)(r10 - 4) = 3
r1 = map_fd(0) ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call 2
*(u64 *)(r10 - 16) = 0
r1 = map_fd(0) ll
r2 = func(remove) ll
r3 = r10
r3 += -16
r4 = 0
call 164
r6 = r0
r1 = map_fd(0) ll
r2 = func(remove) ll
r3 = r10
r3 += -16
r4 = 0
call 164
r0 += r6
r1 = *(u64 *)(r10 - 16)
r1 *= 1000
r0 += r1
exit
remove:
r6 = r4
call 3
if r0 != 0 goto failed
r1 = *(u64 *)(r6 + 0)
r1 += 1
*(u64 *)(r6 + 0) = r1
failed:
r0 = 0
exit

; Values of this CPU.

; program: percpu
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=6 key=4 value=8 entries=3
; run: mem=00 r0=3
r1 = map_fd(0) ll
r2 = func(mark) ll
r3 = 0
r4 = 0
call 164
exit
mark:
*(u64 *)(r3 + 0) = 1
r0 = 0
exit

; program: lru
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=9 key=4 value=8 entries=4
; run: mem=00 r0=0
r1 = map_fd(0) ll
r2 = func(nothing2) ll
r3 = 0
r4 = 0
call 164
exit
nothing2:
r0 = 0
exit

; program: no_walk_over_tries
; options: at=xdp helpers=kernel
; map: name=m type=11 key=8 value=8 entries=4 flags=1
r1 = map_fd(0) ll
r2 = func(nothing3) ll
r3 = 0
r4 = 0
call 164 ; error: that for_each_map_elem does not take
exit
nothing3:
r0 = 0
exit

; program: no_map
; options: at=xdp helpers=kernel
r1 = 0
r2 = func(nothing4) ll
r3 = 0
r4 = 0
call 164 ; error: argument 1 of for_each_map_elem is a map of the program
exit
nothing4:
r0 = 0
exit

; The key is a copy. Under guard, what lies outside of it is nobody's.

; program: beyond_the_key
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
r1 = map_fd(0) ll
r2 = func(reads_far) ll
r3 = 0
r4 = 0
call 164
exit
reads_far:
r0 = *(u64 *)(r2 + 0) ; error: read of 8 bytes
r0 = 0
exit

; program: writes_the_key
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=8 entries=4
r1 = map_fd(0) ll
r2 = func(writes) ll
r3 = 0
r4 = 0
call 164
exit
writes:
*(u32 *)(r2 + 0) = 1 ; error: which programs may only read
r0 = 0
exit
