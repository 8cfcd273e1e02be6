; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Pointers stay pointers: parsing a packet with a length check needs no inttoptr, and the check that the
; program made is the only one left.
; options: at=ip
; run: mem=45*20 r0=0x45454545
; run: mem=45*19 r0=0
; opt-ir-check: define
; opt-ir-not: inttoptr
; opt-ir-not: ptrtoint
; opt-ir-not: trap
; opt-ir-check: load i32
; opt-ir-not: trap
; opt-ir-count: 1 icmp
r0 = 0
if r2 < 20 goto done
r0 = *(u32 *)(r1 + 16)
done:
exit
