; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Bugs that llvmbpf, which compiles with LLVM as well, and bpftime have had. References are commits of
; github.com/eunomia-bpf/llvmbpf and github.com/eunomia-bpf/bpftime.

; Conversions to little endian cut nothing off (llvmbpf 658ba89).
; program: le16_cuts
; run: mem=0102030405060708 r0=0x201
r0 = *(u64 *)(r1 + 0)
r0 = le16 r0
exit

; program: le32_cuts_before_a_comparison
; run: mem=0000000001000000 r0=1
; run: mem=0100000000000000 r0=2
r3 = *(u64 *)(r1 + 0)
r3 = le32 r3
r0 = 1
if r3 == 0 goto out
r0 = 2
out:
exit

; Compare-and-exchange was missing in the interpreter; then the old value was read apart from the exchange (bpftime 9222c276).
; program: cmpxchg_that_fails_returns_what_is_there
; run: mem=0700000000000000 r0=7 mem_after=0700000000000000
r0 = 6
r4 = 9
r0 = cmpxchg_64(r1 + 0, r0, r4)
exit

; program: cmpxchg32_clears_the_upper_half_of_r0
; run: mem=07000000ffffffff r0=7 mem_after=09000000ffffffff
; run: mem=08000000ffffffff r0=8 mem_after=08000000ffffffff
r0 = 0xaaaaaaaa00000007 ll
r4 = 9
w0 = cmpxchg32_32(r1 + 0, w0, w4)
exit

; Helpers took the upper half of the map's register for the map (bpftime 79e97df0): with two maps, the wrong one was asked.
; program: second_map_is_the_second_map
; options: at=xdp helpers=kernel policy=strict
; map: name=first type=2 key=4 value=8 entries=1
; map: name=second type=2 key=4 value=8 entries=1
; run: mem=00 r0=1 maps=second[00000000]=0500000000000000
*(u32 *)(r10 - 4) = 0
*(u64 *)(r10 - 16) = 5
r1 = map_fd(1) ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call 2
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r3 = *(u64 *)(r0 + 0)
r0 = 1
if r3 == 0 goto out
r0 = 2
out:
exit
