; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The bpf_spin_lock in a value as if it were data: who can write it can pretend that somebody else holds it, and keep
; updates with BPF_F_LOCK waiting.

; program: written
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=16 entries=1 spin_lock=4
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
bad:
*(u32 *)(r0 + 4) = 1
out:
r0 = 0
exit

; program: written_strict
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=16 entries=1 spin_lock=4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
; error: the bpf_spin_lock in a value
*(u32 *)(r0 + 4) = 1
out:
r0 = 0
exit

; Its last byte, as the first of a wider read.
; program: last_byte_read
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=16 entries=1 spin_lock=4
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
bad:
r0 = *(u64 *)(r0 + 7)
out:
exit

; At an offset that only the run knows.
; program: by_a_number
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=16 entries=1 spin_lock=4
; run: mem=00*15 r0=0
; run: mem=08,00*14 r0=0 maps=m[00000000]=00000000000000000100000000000000
; run: mem=04,00*14 trap=access@bad
; run: mem=07,00*14 trap=access@bad
r7 = 0
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 1
if r4 > r3 goto out
r7 = *(u8 *)(r2 + 0)
if r7 == 0 goto out
if r7 > 12 goto out
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 += r7
r1 = 1
bad:
*(u8 *)(r0 + 0) = r1
out:
r0 = 0
exit

; What lies before and behind it is data.
; program: beside_it
; options: at=xdp helpers=kernel policy=strict
; map: name=m type=2 key=4 value=16 entries=1 spin_lock=4
; run: mem=00 r0=0 maps=m[00000000]=01000000000000000200000000000000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
*(u32 *)(r0 + 0) = 1
*(u64 *)(r0 + 8) = 2
out:
r0 = 0
exit

; A whole value, lock and all, as the value of another entry.
; program: handed_to_a_helper
; options: at=xdp helpers=kernel
; map: name=m type=2 key=4 value=16 entries=2 spin_lock=4
; run: mem=00 trap=access@bad
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
*(u32 *)(r10 - 4) = 1
r3 = r0
r2 = r10
r2 += -4
r4 = 0
r1 = map_fd(0) ll
bad:
call 2
out:
r0 = 0
exit
