; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Jump if dst > src, in all four forms: 1 if taken. 32-bit jumps look at the lower halves only.

; program: jgt64_reg
; run: mem=00000000000000000000000000000000 r0=0
; run: mem=01000000000000000200000000000000 r0=0
; run: mem=02000000000000000100000000000000 r0=1
; run: mem=ffffffffffffffff0100000000000000 r0=1
; run: mem=0100000000000000ffffffffffffffff r0=0
; run: mem=0000000000000080ffffffffffffff7f r0=1
; run: mem=00000000010000000000000000000000 r0=1
; run: mem=ffffffff01000000ffffffff00000000 r0=1
; run: mem=0000008000000000ffffff7f00000000 r0=1
; run: mem=00000080ffffffff0500000000000000 r0=1
; run: mem=06000000000000000800000000000000 r0=0
; run: mem=06000000000000000400000000000000 r0=1
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r0 = 1
if r3 > r4 goto done
r0 = 0
done:
exit

; program: jgt64_imm_5
; run: mem=0000000000000000 r0=0
; run: mem=0500000000000000 r0=0
; run: mem=0600000000000000 r0=1
; run: mem=ffffffffffffffff r0=1
; run: mem=ffffffff00000000 r0=1
; run: mem=0000000000000080 r0=1
; run: mem=00000080ffffffff r0=1
; run: mem=0000008000000000 r0=1
; run: mem=0500000001000000 r0=1
r3 = *(u64 *)(r1 + 0)
r0 = 1
if r3 > 5 goto done
r0 = 0
done:
exit

; program: jgt64_imm_minus_1
; run: mem=0000000000000000 r0=0
; run: mem=0500000000000000 r0=0
; run: mem=0600000000000000 r0=0
; run: mem=ffffffffffffffff r0=0
; run: mem=ffffffff00000000 r0=0
; run: mem=0000000000000080 r0=0
; run: mem=00000080ffffffff r0=0
; run: mem=0000008000000000 r0=0
; run: mem=0500000001000000 r0=0
r3 = *(u64 *)(r1 + 0)
r0 = 1
if r3 > -1 goto done
r0 = 0
done:
exit

; program: jgt64_imm_minus_2147483648
; run: mem=0000000000000000 r0=0
; run: mem=0500000000000000 r0=0
; run: mem=0600000000000000 r0=0
; run: mem=ffffffffffffffff r0=1
; run: mem=ffffffff00000000 r0=0
; run: mem=0000000000000080 r0=0
; run: mem=00000080ffffffff r0=0
; run: mem=0000008000000000 r0=0
; run: mem=0500000001000000 r0=0
r3 = *(u64 *)(r1 + 0)
r0 = 1
if r3 > -2147483648 goto done
r0 = 0
done:
exit

; program: jgt64_small
; run: mem=0000000000000000 r0=0
; run: mem=0100000002000000 r0=0
; run: mem=00000080ffffff7f r0=1
; run: mem=ffffffff01000000 r0=1
; run: mem=ffffffffffffffff r0=0
; run: mem=0600000008000000 r0=0
w3 = *(u32 *)(r1 + 0)
w4 = *(u32 *)(r1 + 4)
r0 = 1
if r3 > r4 goto done
r0 = 0
done:
exit

; program: jgt32_reg
; run: mem=00000000000000000000000000000000 r0=0
; run: mem=01000000000000000200000000000000 r0=0
; run: mem=02000000000000000100000000000000 r0=1
; run: mem=ffffffffffffffff0100000000000000 r0=1
; run: mem=0100000000000000ffffffffffffffff r0=0
; run: mem=0000000000000080ffffffffffffff7f r0=0
; run: mem=00000000010000000000000000000000 r0=0
; run: mem=ffffffff01000000ffffffff00000000 r0=0
; run: mem=0000008000000000ffffff7f00000000 r0=1
; run: mem=00000080ffffffff0500000000000000 r0=1
; run: mem=06000000000000000800000000000000 r0=0
; run: mem=06000000000000000400000000000000 r0=1
r3 = *(u64 *)(r1 + 0)
r4 = *(u64 *)(r1 + 8)
r0 = 1
if w3 > w4 goto done
r0 = 0
done:
exit

; program: jgt32_imm_5
; run: mem=0000000000000000 r0=0
; run: mem=0500000000000000 r0=0
; run: mem=0600000000000000 r0=1
; run: mem=ffffffffffffffff r0=1
; run: mem=ffffffff00000000 r0=1
; run: mem=0000000000000080 r0=0
; run: mem=00000080ffffffff r0=1
; run: mem=0000008000000000 r0=1
; run: mem=0500000001000000 r0=0
r3 = *(u64 *)(r1 + 0)
r0 = 1
if w3 > 5 goto done
r0 = 0
done:
exit

; program: jgt32_imm_minus_1
; run: mem=0000000000000000 r0=0
; run: mem=0500000000000000 r0=0
; run: mem=0600000000000000 r0=0
; run: mem=ffffffffffffffff r0=0
; run: mem=ffffffff00000000 r0=0
; run: mem=0000000000000080 r0=0
; run: mem=00000080ffffffff r0=0
; run: mem=0000008000000000 r0=0
; run: mem=0500000001000000 r0=0
r3 = *(u64 *)(r1 + 0)
r0 = 1
if w3 > -1 goto done
r0 = 0
done:
exit

; program: jgt32_imm_minus_2147483648
; run: mem=0000000000000000 r0=0
; run: mem=0500000000000000 r0=0
; run: mem=0600000000000000 r0=0
; run: mem=ffffffffffffffff r0=1
; run: mem=ffffffff00000000 r0=1
; run: mem=0000000000000080 r0=0
; run: mem=00000080ffffffff r0=0
; run: mem=0000008000000000 r0=0
; run: mem=0500000001000000 r0=0
r3 = *(u64 *)(r1 + 0)
r0 = 1
if w3 > -2147483648 goto done
r0 = 0
done:
exit

; program: jgt32_small
; run: mem=0000000000000000 r0=0
; run: mem=0100000002000000 r0=0
; run: mem=00000080ffffff7f r0=1
; run: mem=ffffffff01000000 r0=1
; run: mem=ffffffffffffffff r0=0
; run: mem=0600000008000000 r0=0
w3 = *(u32 *)(r1 + 0)
w4 = *(u32 *)(r1 + 4)
r0 = 1
if w3 > w4 goto done
r0 = 0
done:
exit
