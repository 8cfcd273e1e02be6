; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Byte swaps are intrinsics, also as part of a comparison with a constant.
; run: mem=0800 r0=0x800
; run: mem=0806 r0=0x806
; ir-check: call i16 @llvm.bswap.i16
; opt-ir-check: @llvm.bswap.i16
r0 = *(u16 *)(r1 + 0)
r0 = be16 r0
exit

; program: bswap64
; run: mem=0102030405060708 r0=0x102030405060708
; opt-ir-check: @llvm.bswap.i64
r0 = *(u64 *)(r1 + 0)
r0 = bswap64 r0
exit

; program: folded_into_the_constant
; run: mem=0800 r0=1
; run: mem=0806 r0=0
; opt-ir-not: bswap
; opt-ir-check: icmp eq i16
; opt-ir-not: bswap
r3 = *(u16 *)(r1 + 0)
r3 = be16 r3
r0 = 1
if r3 == 0x800 goto done
r0 = 0
done:
exit
