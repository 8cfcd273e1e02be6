; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Numbers from text.

; program: strtol
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=0xffffffffffffffd8
*(u64 *)(r10 - 8) = 0x30342d20
r1 = r10
r1 += -8
r2 = 8
r3 = 10
r4 = r10
r4 += -16
call 105
if r0 != 4 goto out
r0 = *(u64 *)(r10 - 16)
out:
exit

; program: strtoul_hex
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=0x1f
*(u64 *)(r10 - 8) = 0x66317830
r1 = r10
r1 += -8
r2 = 8
r3 = 0
r4 = r10
r4 += -16
call 106
if r0 != 4 goto out2
r0 = *(u64 *)(r10 - 16)
out2:
exit

; program: no_digits
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=0xffffffffffffffea
*(u64 *)(r10 - 8) = 0x7a7a
r1 = r10
r1 += -8
r2 = 8
r3 = 10
r4 = r10
r4 += -16
call 106
exit

; program: string_not_constant
; options: at=xdp helpers=kernel
*(u64 *)(r10 - 8) = 0x7a7a
r1 = r10
r1 += -8
r2 = 8
r3 = r10
r3 += -8
; error: argument 3 of strncmp is a string in a map that never changes
call 182
exit

; program: printk
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=5
*(u64 *)(r10 - 8) = 0x64253d78
r1 = r10
r1 += -8
r2 = 5
r3 = 123
r4 = 0
r5 = 0
call 6
exit

; program: printk_not_terminated
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=0xffffffffffffffea
*(u64 *)(r10 - 8) = 0x64253d78
r1 = r10
r1 += -8
r2 = 4
r3 = 123
r4 = 0
r5 = 0
call 6
exit

; %s takes strings from the stack, of the function itself and of its callers.

; program: string_on_the_stack
; options: at=xdp helpers=kernel policy=strict
; map: name=p.rodata type=2 key=4 value=8 entries=1 bytes=3c25733e00000000
; run: mem=00 r0=0x3e6f6c6c65683c maps=p.rodata[00000000]=3c25733e00000000
*(u32 *)(r10 - 40) = 0x6c6c6568
*(u32 *)(r10 - 36) = 0x0000006f
r1 = r10
r1 += -40
*(u64 *)(r10 - 8) = r1
*(u64 *)(r10 - 24) = 0
r1 = r10
r1 += -24
r2 = 16
r3 = map_value(0, 0) ll
r4 = r10
r4 += -8
r5 = 8
call 165
if r0 != 8 goto wrong
r0 = *(u64 *)(r10 - 24)
exit
wrong:
exit

; program: string_of_the_caller
; options: at=xdp helpers=kernel
; map: name=p.rodata type=2 key=4 value=8 entries=1 bytes=3c25733e00000000
; run: mem=00 r0=0x3e6f6c6c65683c maps=p.rodata[00000000]=3c25733e00000000
*(u64 *)(r10 - 40) = 0
*(u32 *)(r10 - 40) = 0x6c6c6568
*(u32 *)(r10 - 36) = 0x0000006f
r1 = r10
r1 += -40
call text
exit
text:
*(u64 *)(r10 - 8) = r1
*(u64 *)(r10 - 24) = 0
r1 = r10
r1 += -24
r2 = 16
r3 = map_value(0, 0) ll
r4 = r10
r4 += -8
r5 = 8
call 165
r0 = *(u64 *)(r10 - 24)
exit

; What is no memory of the program is no text.

; program: string_of_nobody
; options: at=xdp helpers=kernel
; map: name=p.rodata type=2 key=4 value=8 entries=1 bytes=3c25733e00000000
; run: mem=00 r0=0x3e3c maps=p.rodata[00000000]=3c25733e00000000
*(u64 *)(r10 - 8) = 4096
*(u64 *)(r10 - 24) = 0
r1 = r10
r1 += -24
r2 = 16
r3 = map_value(0, 0) ll
r4 = r10
r4 += -8
r5 = 8
call 165
r0 = *(u64 *)(r10 - 24)
exit

; Memory that is not the program's: -EFAULT, and zeros.

; program: probe_read_of_any_address
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=-14
r6 = *(u32 *)(r1 + 12)
*(u64 *)(r10 - 8) = -1
r1 = r10
r1 += -8
r2 = 8
r3 = r6
call 113
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto zeros1
r0 = 1
zeros1:
exit

; program: probe_read_str_of_any_address
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=-14
r6 = *(u32 *)(r1 + 12)
r1 = r10
r1 += -8
r2 = 8
r3 = r6
call 115
exit

; program: probe_read_of_the_packet
; options: at=xdp helpers=kernel policy=strict
; run: mem=0102030405060708 r0=0x807060504030201
; run: mem=01020304050607 r0=0
r6 = *(u32 *)(r1 + 0)
r1 = r10
r1 += -8
r2 = 8
r3 = r6
call 113
r0 = *(u64 *)(r10 - 8)
exit

; program: probe_read_of_the_frame
; options: at=xdp helpers=kernel policy=strict
; run: mem=00 r0=5
*(u64 *)(r10 - 16) = 5
r1 = r10
r1 += -8
r2 = 8
r3 = r10
r3 += -16
call 113
r0 = *(u64 *)(r10 - 8)
exit
