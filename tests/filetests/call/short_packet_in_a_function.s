; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A legacy packet load without its bytes ends the function it is in with 0, which its caller sees.

; options: at=sched_cls helpers=kernel
; run: mem=00*64 r0=6
; run: mem=00*20 r0=1
r6 = r1
call f
r0 += 1
exit
f:
r6 = r1
r0 = *(u8 *)skb[40]
r0 = 5
exit
