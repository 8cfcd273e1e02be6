; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Programs whose instructions are right and whose shape is not.

; program: falls_off
r0 = 1 ; error: function 'falls_off' can run past its last instruction, Mov64Imm [program-malformed]

; program: conditional_at_the_end
r0 = 1
exit
if r0 == 1 goto -2 ; error: function 'conditional_at_the_end' can run past its last instruction, Jeq64Imm [program-malformed]

; program: jump_into_another_function
goto inside ; error: jump leaves the function 'jump_into_another_function' [insn-bad-target]
call f
exit
f:
r0 = 1
inside:
exit

; program: falls_into_another_function
call f
r0 = 1 ; error: function 'falls_into_another_function' can run past its last instruction, Mov64Imm [program-malformed]
f:
exit
