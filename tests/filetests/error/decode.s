; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Instructions that no kernel takes.

; program: writes_the_frame_pointer
r10 = 1 ; error: Mov64Imm writes r10, the read-only frame pointer [insn-bad-register]
exit

; program: adds_to_the_frame_pointer
r10 += -8 ; error: Add64Imm writes r10, the read-only frame pointer [insn-bad-register]
exit

; program: loads_into_the_frame_pointer
r10 = *(u64 *)(r1 + 0) ; error: Ldxdw writes r10, the read-only frame pointer [insn-bad-register]
exit

; program: jump_out
goto +5 ; error: jump goes to slot 6, outside the program of 2 slots [insn-bad-target]
exit

; program: jump_before
goto -5 ; error: jump goes to slot -4, outside the program of 2 slots [insn-bad-target]
exit

; program: jump_into_a_wide_immediate
goto +1 ; error: jump goes to slot 2, the middle of a 64-bit immediate [insn-bad-target]
r0 = 1 ll
exit

; program: call_out
call pc+9 ; error: call goes to slot 10, outside the program of 2 slots [insn-bad-target]
exit
