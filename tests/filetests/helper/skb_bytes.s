; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Bytes and checksums of a packet through helpers.

; program: store_then_load
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00*20 mem_after=0000,aabbccdd,00*14 r0=0xddccbbaa
r6 = r1
*(u32 *)(r10 - 4) = 0xddccbbaa
r2 = 2
r3 = r10
r3 += -4
r4 = 4
r5 = 0
call 9
if r0 != 0 goto failed
r1 = r6
r2 = 2
r3 = r10
r3 += -8
r4 = 4
call 26
if r0 != 0 goto failed
r0 = *(u32 *)(r10 - 8)
exit
failed:
r0 = 1
exit

; program: store_beyond
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00*20 r0=0xfffffffffffffff2
*(u32 *)(r10 - 4) = 1
r2 = 17
r3 = r10
r3 += -4
r4 = 4
r5 = 0
call 9
exit

; program: store_flags
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00*20 r0=0xffffffffffffffea
*(u32 *)(r10 - 4) = 1
r2 = 0
r3 = r10
r3 += -4
r4 = 4
r5 = 4
call 9
exit

; program: store_moves_the_packet
; options: at=sched_cls helpers=kernel policy=strict
r6 = *(u32 *)(r1 + 76)
r7 = *(u32 *)(r1 + 80)
r8 = r6
r8 += 4
if r8 > r7 goto out
*(u32 *)(r10 - 4) = 1
r2 = 0
r3 = r10
r3 += -4
r4 = 4
r5 = 0
call 9
; error: which pointed into the packet before a helper that moves the packet
r0 = *(u32 *)(r6 + 0)
exit
out:
r0 = 0
exit

; program: l3_checksum
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00*10,1234,00*8 mem_after=00*10,1334,00*8 r0=0
r2 = 10
r3 = 0x0002
r4 = 0x0001
r5 = 2
call 10
exit

; program: l3_odd_offset
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00*20 r0=0xfffffffffffffff2
r2 = 11
r3 = 2
r4 = 1
r5 = 2
call 10
exit

; program: l4_zero_is_no_checksum
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00*20 r0=0
r2 = 10
r3 = 2
r4 = 1
r5 = 0x22
call 11
exit

; program: l4_checksum
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00*10,1234,00*8 mem_after=00*10,1334,00*8 r0=0
r2 = 10
r3 = 2
r4 = 1
r5 = 0x14
call 11
exit

; program: relative
; options: at=sched_cls helpers=kernel policy=strict
; run: mem=00*14,4500,00*4 r0=0x45
r2 = 0
r3 = r10
r3 += -4
r4 = 1
r5 = 1
call 68
r0 = *(u8 *)(r10 - 4)
exit

; program: xdp_load_store
; options: at=xdp helpers=kernel policy=strict
; run: mem=0011223344556677 mem_after=0011223344550011 r0=8
; run: mem=0011 r0=0xffffffffffffffea
r6 = r1
r2 = 0
r3 = r10
r3 += -4
r4 = 2
call 189
r1 = r6
r2 = 6
r3 = r10
r3 += -4
r4 = 2
call 190
if r0 != 0 goto out2
r1 = r6
call 188
out2:
exit
