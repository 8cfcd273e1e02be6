; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Helpers that take a string in data that never changes.

; program: strncmp
; options: at=xdp helpers=kernel policy=strict
; map: name=p.rodata type=2 key=4 value=8 entries=1 bytes=6162630000000000
; run: mem=00 r0=0 maps=p.rodata[00000000]=6162630000000000
*(u32 *)(r10 - 8) = 0x00636261
r1 = r10
r1 += -8
r2 = 4
r3 = map_value(0, 0) ll
call 182
exit

; program: snprintf
; options: at=xdp helpers=kernel policy=strict
; map: name=p.rodata type=2 key=4 value=8 entries=1 bytes=25643d2578000000
; run: mem=00 r0=0x66313d3534 maps=p.rodata[00000000]=25643d2578000000
*(u64 *)(r10 - 16) = 45
*(u64 *)(r10 - 8) = 31
*(u64 *)(r10 - 24) = 0
r1 = r10
r1 += -24
r2 = 6
r3 = map_value(0, 0) ll
r4 = r10
r4 += -16
r5 = 16
call 165
if r0 != 6 goto out
r0 = *(u64 *)(r10 - 24)
out:
exit

; program: string_without_an_end
; options: at=xdp helpers=kernel
; map: name=p.rodata type=2 key=4 value=4 entries=1 bytes=61626364
*(u32 *)(r10 - 8) = 0x00636261
r1 = r10
r1 += -8
r2 = 4
r3 = map_value(0, 0) ll
; error: argument 3 of strncmp is a string in a map that never changes
call 182
exit
