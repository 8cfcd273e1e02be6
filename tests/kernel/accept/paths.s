; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; More paths than can be kept apart, which differ in numbers that prove nothing.

; What options there are is noted in r8, which goes to memory; whether the packet is long enough in r3.

; program: noted_in_a_register
; at: xdp
; map: type=2 key=4 value=8 entries=1
r9 = r1
r6 = *(u32 *)(r9 + 0)
r7 = *(u32 *)(r9 + 4)
r8 = 0
r1 = r6
r1 += 16
if r1 > r7 goto out
r1 = *(u8 *)(r6 + 0)
if r1 == 0 goto bit0
r8 |= 1
bit0:
r1 = *(u8 *)(r6 + 1)
if r1 == 0 goto bit1
r8 |= 2
bit1:
r1 = *(u8 *)(r6 + 2)
if r1 == 0 goto bit2
r8 |= 4
bit2:
r1 = *(u8 *)(r6 + 3)
if r1 == 0 goto bit3
r8 |= 8
bit3:
r1 = *(u8 *)(r6 + 4)
if r1 == 0 goto bit4
r8 |= 16
bit4:
r1 = *(u8 *)(r6 + 5)
if r1 == 0 goto bit5
r8 |= 32
bit5:
r1 = *(u8 *)(r6 + 6)
if r1 == 0 goto bit6
r8 |= 64
bit6:
r1 = *(u8 *)(r6 + 7)
if r1 == 0 goto bit7
r8 |= 128
bit7:
r1 = *(u8 *)(r6 + 8)
if r1 == 0 goto bit8
r8 |= 256
bit8:
r1 = *(u8 *)(r6 + 9)
if r1 == 0 goto bit9
r8 |= 512
bit9:
r1 = *(u8 *)(r6 + 10)
if r1 == 0 goto bit10
r8 |= 1024
bit10:
r1 = *(u8 *)(r6 + 11)
if r1 == 0 goto bit11
r8 |= 2048
bit11:
r1 = *(u8 *)(r6 + 12)
if r1 == 0 goto bit12
r8 |= 4096
bit12:
*(u64 *)(r10 - 8) = r8
r8 = *(u8 *)(r6 + 14)
r6 = *(u32 *)(r9 + 0)
r6 += r8
r3 = 1
r1 = r6
r1 += 20
if r1 > r7 goto short
r3 = 0
short:
*(u32 *)(r10 - 12) = 0
if r3 != 0 goto out
r0 = *(u8 *)(r6 + 19)
*(u8 *)(r10 - 16) = r0
r1 = map_fd(0) ll
r2 = r10
r2 += -12
r3 = r10
r3 += -8
r4 = 0
call 2
out:
r0 = 1
exit

; In a slot, beside one that matters.

; program: noted_on_the_stack
; at: xdp
r9 = r1
r6 = *(u32 *)(r9 + 0)
r7 = *(u32 *)(r9 + 4)
*(u64 *)(r10 - 8) = 0
r1 = r6
r1 += 16
if r1 > r7 goto out2
r1 = *(u8 *)(r6 + 0)
if r1 == 0 goto slot0
r2 = *(u16 *)(r10 - 8)
r2 |= 1
*(u16 *)(r10 - 8) = r2
slot0:
r1 = *(u8 *)(r6 + 1)
if r1 == 0 goto slot1
r2 = *(u16 *)(r10 - 8)
r2 |= 2
*(u16 *)(r10 - 8) = r2
slot1:
r1 = *(u8 *)(r6 + 2)
if r1 == 0 goto slot2
r2 = *(u16 *)(r10 - 8)
r2 |= 4
*(u16 *)(r10 - 8) = r2
slot2:
r1 = *(u8 *)(r6 + 3)
if r1 == 0 goto slot3
r2 = *(u16 *)(r10 - 8)
r2 |= 8
*(u16 *)(r10 - 8) = r2
slot3:
r1 = *(u8 *)(r6 + 4)
if r1 == 0 goto slot4
r2 = *(u16 *)(r10 - 8)
r2 |= 16
*(u16 *)(r10 - 8) = r2
slot4:
r1 = *(u8 *)(r6 + 5)
if r1 == 0 goto slot5
r2 = *(u16 *)(r10 - 8)
r2 |= 32
*(u16 *)(r10 - 8) = r2
slot5:
r1 = *(u8 *)(r6 + 6)
if r1 == 0 goto slot6
r2 = *(u16 *)(r10 - 8)
r2 |= 64
*(u16 *)(r10 - 8) = r2
slot6:
r1 = *(u8 *)(r6 + 7)
if r1 == 0 goto slot7
r2 = *(u16 *)(r10 - 8)
r2 |= 128
*(u16 *)(r10 - 8) = r2
slot7:
r1 = *(u8 *)(r6 + 8)
if r1 == 0 goto slot8
r2 = *(u16 *)(r10 - 8)
r2 |= 256
*(u16 *)(r10 - 8) = r2
slot8:
r1 = *(u8 *)(r6 + 9)
if r1 == 0 goto slot9
r2 = *(u16 *)(r10 - 8)
r2 |= 512
*(u16 *)(r10 - 8) = r2
slot9:
r1 = *(u8 *)(r6 + 10)
if r1 == 0 goto slot10
r2 = *(u16 *)(r10 - 8)
r2 |= 1024
*(u16 *)(r10 - 8) = r2
slot10:
r1 = *(u8 *)(r6 + 11)
if r1 == 0 goto slot11
r2 = *(u16 *)(r10 - 8)
r2 |= 2048
*(u16 *)(r10 - 8) = r2
slot11:
r1 = *(u8 *)(r6 + 12)
if r1 == 0 goto slot12
r2 = *(u16 *)(r10 - 8)
r2 |= 4096
*(u16 *)(r10 - 8) = r2
slot12:
*(u64 *)(r10 - 16) = 1
r8 = *(u8 *)(r6 + 14)
r6 += r8
r1 = r6
r1 += 20
if r1 > r7 goto short2
*(u64 *)(r10 - 16) = 0
short2:
r3 = *(u64 *)(r10 - 16)
if r3 != 0 goto out2
r0 = *(u8 *)(r6 + 19)
out2:
r1 = r10
r1 += -8
r2 = 8
call 6
r0 = 1
exit
