; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; 64-bit immediates, two slots; jumps over them count slots.

; program: values
; run: r0=0x123456789abcdef0
r0 = 0x123456789abcdef0 ll
exit

; program: small
; run: r0=0xffffffff
r0 = 0xffffffff ll
exit

; program: negative
; run: r0=-2
r0 = -2 ll
exit

; program: jump_over
; run: mem=00 r0=1
; run: mem=01 r0=0x1122334455667788
r3 = *(u8 *)(r1 + 0)
r0 = 1
if r3 == 0 goto done
r0 = 0x1122334455667788 ll
done:
exit
