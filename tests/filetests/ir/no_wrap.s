; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Sums that are known to stay below 2^32 do not wrap; pointers that stay near their region do not either.

; program: counter
; run: mem=01020304 r0=10
; ir-check: add nuw i32
r0 = 0
r3 = 0
next:
if r3 >= r2 goto done
r4 = r1
r4 += r3
r5 = *(u8 *)(r4 + 0)
r0 += r5
r3 += 1
goto next
done:
exit

; program: sum_may_wrap
; run: mem=ffffffffffffffff r0=0
; ir-check: add i64
; ir-not: add nuw
if r2 < 8 goto done
r0 = *(u64 *)(r1 + 0)
r0 += 1
done:
exit

; program: near
; run: mem=00000009 r0=9
; ir-check: getelementptr inbounds i8
if r2 < 4 goto done
r3 = *(u8 *)(r1 + 0)
r3 &= 1
r1 += r3
r0 = *(u8 *)(r1 + 3)
done:
exit

; program: far
; run: mem=0000000000000000 r0=0
; run: mem=ffffffffffffffff trap=access@load
; ir-not: getelementptr inbounds i8, ptr %r1
if r2 < 8 goto done
r3 = *(u64 *)(r1 + 0)
r1 += r3
load:
r0 = *(u8 *)(r1 + 0)
done:
exit
