; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Contexts with a structure of their own: byte i of it is 0x10 + i. Fields are read and written where
; the kernel lets programs do so; everything else ends the run, and is refused under strict.

; program: registers
; options: at=kprobe policy=strict
; run: mem= r0=0x8786858483828180
r0 = *(u64 *)(r1 + 112)
exit

; program: low_half_of_a_register
; options: at=kprobe policy=strict
; run: mem= r0=0x83828180
r0 = *(u32 *)(r1 + 112)
exit

; program: last_register_and_beyond
; options: at=kprobe
; run: mem= trap=access@1
r0 = *(u64 *)(r1 + 160)
r0 = *(u64 *)(r1 + 168)
exit

; program: registers_are_not_written
; options: at=kprobe policy=strict
r2 = 0
; error: write of 8 bytes at r1 = context+0: no field that may be accessed so
*(u64 *)(r1 + 0) = r2
r0 = 0
exit

; program: record
; options: at=tracepoint policy=strict
; run: mem= r0=0x1f1e1d1c1b1a1918
r0 = *(u64 *)(r1 + 8)
exit

; program: end_of_the_longest_record
; options: at=tracepoint policy=strict
; run: mem= r0=0x0f0e0d0c0b0a0908
r0 = *(u64 *)(r1 + 8184)
exit

; program: start_of_a_record
; options: at=tracepoint policy=strict
; error: read of 8 bytes at r1 = context+0: no field that may be accessed so
r0 = *(u64 *)(r1 + 0)
exit

; program: arguments
; options: at=raw_tracepoint policy=strict
; run: mem= r0=0x1f1e1d1c1b1a1918
r0 = *(u64 *)(r1 + 8)
exit

; program: an_argument_leads_nowhere
; options: at=raw_tracepoint
; run: mem= trap=access@1
r2 = *(u64 *)(r1 + 0)
r0 = *(u64 *)(r2 + 0)
exit

; program: sample
; options: at=perf_event policy=strict
; run: mem= r0=0xbfbebdbcbbbab9b8
r0 = *(u64 *)(r1 + 168)
exit

; program: address_to_bind_to
; options: at=cgroup_sock_addr policy=strict
; run: mem= r0=1
r2 = *(u32 *)(r1 + 4)
if r2 != 0x17161514 goto out
r2 = 0x0100007f
*(u32 *)(r1 + 4) = r2
r2 = *(u32 *)(r1 + 4)
if r2 != 0x0100007f goto out
r2 = *(u16 *)(r1 + 24)
if r2 != 0x2928 goto out
r2 = 0
*(u64 *)(r1 + 8) = r2
r2 = *(u64 *)(r1 + 16)
r3 = 0x1f1e1d1c1b1a1918 ll
r3 = 0x2726252423222120 ll
if r2 != r3 goto out
r0 = 1
exit
out:
r0 = 0
exit

; program: family_is_not_written
; options: at=cgroup_sock_addr
; run: mem= trap=access@1
r2 = 0
*(u32 *)(r1 + 0) = r2
r0 = 1
exit

; program: mark_of_a_socket
; options: at=cgroup_sock policy=strict
; run: mem= r0=1
r2 = 7
*(u32 *)(r1 + 16) = r2
r0 = 1
exit

; program: verdict_of_a_cgroup
; options: at=cgroup_sock policy=strict
r0 = 2
; error: r0, the verdict, is 2, but must be 0 to 1
exit

; program: data_of_a_message
; options: at=sk_msg policy=strict
; run: mem=41424344 r0=1 mem_after=58424344
; run: mem= r0=0
r2 = *(u64 *)(r1 + 0)
r3 = *(u64 *)(r1 + 8)
r0 = 0
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = 0x58
*(u8 *)(r2 + 0) = r5
r0 = 1
out:
exit

; program: data_for_a_socket_is_not_written
; options: at=sk_reuseport policy=strict
r2 = *(u64 *)(r1 + 0)
r3 = *(u64 *)(r1 + 8)
r0 = 0
r4 = r2
r4 += 1
if r4 > r3 goto out
r5 = 0x58
; error: r2 points into the packet, which is not to be written at the hook kind 'sk_reuseport'
*(u8 *)(r2 + 0) = r5
out:
exit

; program: option
; options: at=cgroup_sockopt policy=strict
; run: mem=2a000000 r0=1 mem_after=2b000000
; run: mem=2a r0=0
r2 = *(u64 *)(r1 + 8)
r3 = *(u64 *)(r1 + 16)
r0 = 0
r4 = r2
r4 += 4
if r4 > r3 goto out
r5 = *(u32 *)(r2 + 0)
r5 += 1
*(u32 *)(r2 + 0) = r5
r0 = 1
out:
exit

; program: event
; options: at=sock_ops policy=strict
; run: mem= r0=1
r2 = *(u32 *)(r1 + 0)
r0 = 0
if r2 != 0x13121110 goto out
r2 = 42
*(u32 *)(r1 + 4) = r2
r0 = 1
out:
exit

; program: lookup
; options: at=sk_lookup policy=strict
; run: mem= r0=1
r2 = *(u32 *)(r1 + 60)
r0 = 0
if r2 != 0x4f4e4d4c goto out
r0 = 1
out:
exit

; program: a_socket_leads_nowhere
; options: at=sk_lookup
; run: mem= trap=access@1
r2 = *(u64 *)(r1 + 0)
r0 = *(u32 *)(r2 + 4)
exit

; program: message_of_a_sockmap
; options: at=sk_skb policy=strict
; run: mem=00000005 r0=5
; run: mem=00 r0=0
r2 = *(u32 *)(r1 + 76)
r3 = *(u32 *)(r1 + 80)
r0 = 0
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u8 *)(r2 + 3)
out:
exit

; program: device
; options: at=cgroup_device policy=strict
; run: mem= r0=1
r2 = *(u16 *)(r1 + 0)
r0 = 0
if r2 != 0x1110 goto out
r0 = 1
out:
exit

; program: moved_context
; options: at=kprobe
; run: mem= trap=access@1
r1 += 8
r0 = *(u64 *)(r1 + 0)
exit
