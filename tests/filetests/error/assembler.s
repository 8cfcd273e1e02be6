; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Text that is no program.

; program: unknown_mnemonic
r0 = 1
; error: column 1: unknown instruction 'frobnicate' [asm-syntax]
frobnicate r1
exit

; program: unknown_register
r11 = 1 ; error: column 1: unknown register 'r11' [insn-bad-register]
exit

; program: mixed_widths
r1 += w2 ; error: column 7: 'w2' and r1 differ in width [asm-syntax]
exit

; program: immediate_too_large
r1 = 0x100000000 ; error: column 6: immediate 4294967296 is out of range: -2147483648 to 4294967295 are allowed [asm-range]
exit

; program: offset_too_large
r0 = *(u8 *)(r1 + 32768) ; error: column 17: offset 32768 is out of range: -32768 to 32767 are allowed [asm-range]
exit

; program: missing_label
goto nowhere ; error: column 6: unknown label 'nowhere' [insn-bad-target]
exit

; program: label_twice
a:
r0 = 1
; error: column 1: label 'a' is defined twice, first in line 31 [asm-syntax]
a: r0 = 2
exit

; program: no_such_size
r0 = *(u24 *)(r1 + 0) ; error: column 8: expected a type (u8, u16, u32, u64, s8, s16 or s32), found 'u24' [asm-syntax]
exit
