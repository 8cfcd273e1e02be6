; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The long jump, forwards and backwards.

; program: forwards
; run: r0=0x1 budget_left=1000000
r0 = 1
gotol done
r0 = 2
done:
exit

; program: backwards
; run: r0=0x5 budget_left=1000000
gotol start
back:
r0 += 1
exit
start:
r0 = 4
gotol back
