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
