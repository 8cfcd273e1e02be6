; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What raw hooks have no meaning for.

; program: packet_load
r6 = r1
r0 = *(u16 *)skb[12] ; error: LdAbsH is a legacy packet load, which the hook kind 'memory' does not have [program-unsupported]
exit

; program: indirect_packet_load
r6 = r1
r0 = *(u8 *)skb[r2 + 4] ; error: LdIndB is a legacy packet load, which the hook kind 'memory' does not have [program-unsupported]
exit

; program: variable_address
r0 = var_addr(3) ll ; error: the program takes the address of a kernel variable [program-unsupported]
exit
