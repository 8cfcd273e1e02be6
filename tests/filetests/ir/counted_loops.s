; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A loop over the data: the pointer is stepped as a pointer.
; run: mem=01020304 r0=0xa
; run: r0=0
; opt-ir-not: inttoptr
; opt-ir-check: load i8
; opt-ir-not: inttoptr
r3 = r1
r3 += r2
next:
if r1 >= r3 goto done
r4 = *(u8 *)(r1 + 0)
r0 += r4
r1 += 1
goto next
done:
exit
