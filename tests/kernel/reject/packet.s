; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Packet accesses that no check covers.

; program: no_end_check
; at: xdp
; reject: read of 1 bytes at r2 = data\+0, but nothing is known of the data's length
r2 = *(u32 *)(r1 + 0)
r0 = *(u8 *)(r2 + 0)
exit

; program: off_by_one
; at: xdp
; reject: read of 2 bytes at r2 = data\+13, but only 14 bytes are proven
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto out
r0 = *(u16 *)(r2 + 13)
out:
exit

; program: byte_behind_the_check
; at: xdp
; reject: only 14 bytes are proven
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto out
r0 = *(u8 *)(r4 + 0)
out:
exit

; program: wrong_way_round
; at: xdp
; reject: nothing is known of the data's length
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 <= r3 goto out
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: end_against_itself
; at: xdp
; reject: nothing is known of the data's length
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
if r3 > r3 goto out
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: equal_only
; at: xdp
; reject: only 1 bytes are proven
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
if r2 == r3 goto out
r0 = *(u8 *)(r2 + 3)
out:
exit

; program: compared_as_32_bits
; at: xdp
; reject: nothing is known of the data's length
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if w4 > w3 goto out
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: signed_comparison
; at: xdp
; reject: nothing is known of the data's length
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 s> r3 goto out
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: one_path_without_check
; at: xdp
; reject: nothing is known of the data's length
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r5 = *(u32 *)(r1 + 16)
r4 = r2
r4 += 14
r0 = 0
if r5 == 0 goto use
if r4 > r3 goto out
use:
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: before_the_start
; at: xdp
; reject: may lie before the data
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto out
r0 = *(u8 *)(r2 - 1)
out:
exit

; program: at_the_end
; at: xdp
; reject: the end of the data
r3 = *(u32 *)(r1 + 4)
r0 = *(u8 *)(r3 + 0)
exit

; program: below_the_end
; at: xdp
; reject: the end of the data
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 1
r0 = 0
if r4 > r3 goto out
r0 = *(u8 *)(r3 - 1)
out:
exit

; program: number_for_the_end
; at: xdp
; reject: nothing is known of the data's length
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 16)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto out
r0 = *(u8 *)(r2 + 0)
out:
exit

; program: check_on_the_wrong_register
; at: xdp
; reject: the check is on another pointer
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
r6 = r2
r6 += r5
r0 = *(u8 *)(r6 + 0)
out:
exit

; program: check_before_the_addition
; at: xdp
; reject: (the check is on another pointer|are proven)
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 0
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
r5 &= 63
r2 += r5
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: another_variable_part
; at: xdp
; reject: read of 4 bytes at r6 = data plus 0 to 255
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 2
r0 = 0
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
r7 = *(u8 *)(r2 + 1)
r6 = r2
r6 += r5
r2 += r7
r2 += 4
if r2 > r3 goto out
r0 = *(u32 *)(r6 + 0)
out:
exit

; program: variable_part_added_twice
; at: xdp
; reject: read of 4 bytes at r2 = data
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 2
r0 = 0
if r4 > r3 goto out
r5 = *(u8 *)(r2 + 0)
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r2 += r5
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: unbounded_offset
; at: xdp
; reject: r2 \+= r5: r5 has no bound
r6 = r1
call 5
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r5 = r0
r0 = 0
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: signed_offset
; at: xdp
; reject: may lie before the data
r6 = r1
call 5
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r5 = r0
r5 <<= 56
r5 s>>= 56
r0 = 0
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: sign_extended_offset
; at: xdp
; reject: may lie before the data
r6 = r1
call 5
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r5 = (s8)r0
r0 = 0
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: signed_bound_only_above
; at: xdp
; reject: r2 \+= r5
r6 = r1
call 5
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r5 = r0
r0 = 0
if r5 s> 100 goto out
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: offset_too_large_for_a_packet
; at: xdp
; reject: (65535|64 KiB|beyond any packet)
r6 = r1
call 5
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r5 = r0
r0 = 0
r5 &= 0x1ffff
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: offset_of_16_bits_and_a_header
; at: xdp
; reject: (65535|beyond any packet)
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto out
r5 = *(u16 *)(r2 + 12)
r2 += 14
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: truncated_after_the_bound
; at: xdp
; reject: r2 \+= r5
r6 = r1
call 5
r2 = *(u32 *)(r6 + 0)
r3 = *(u32 *)(r6 + 4)
r5 = r0
r0 = 0
if w5 > 100 goto out
r2 += r5
r4 = r2
r4 += 4
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: stale_after_adjust_head
; at: xdp
; reject: packet moved|(the helper that moves the packet)|moves the packet
r6 = r1
r7 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r7
r4 += 14
if r4 > r3 goto out
r1 = r6
r2 = 4
call 44
r0 = *(u8 *)(r7 + 0)
out:
r0 = 0
exit

; program: stale_after_adjust_tail
; at: xdp
; reject: moves the packet
r6 = r1
r7 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r7
r4 += 14
if r4 > r3 goto out
r1 = r6
r2 = -4
call 65
r0 = *(u8 *)(r7 + 0)
out:
r0 = 0
exit

; program: stale_after_adjust_meta
; at: xdp
; reject: moves the packet
r6 = r1
r7 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r7
r4 += 14
if r4 > r3 goto out
r1 = r6
r2 = -4
call 54
r0 = *(u8 *)(r7 + 0)
out:
r0 = 0
exit

; program: stale_in_a_slot
; at: xdp
; reject: moves the packet
r6 = r1
r7 = *(u32 *)(r1 + 0)
*(u64 *)(r10 - 8) = r7
r3 = *(u32 *)(r1 + 4)
r4 = r7
r4 += 14
if r4 > r3 goto out
r1 = r6
r2 = 4
call 44
r7 = *(u64 *)(r10 - 8)
r0 = *(u8 *)(r7 + 0)
out:
r0 = 0
exit

; program: stale_after_a_function_that_moves
; at: xdp
; reject: moves the packet
r6 = r1
r7 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r7
r4 += 14
if r4 > r3 goto out
r1 = r6
call move
r0 = *(u8 *)(r7 + 0)
out:
r0 = 0
exit
move:
r2 = 4
call 44
exit

; program: moved_and_not_checked_again
; at: xdp
; reject: nothing is known of the data's length
r6 = r1
r7 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r7
r4 += 14
if r4 > r3 goto out
r1 = r6
r2 = 4
call 44
r7 = *(u32 *)(r6 + 0)
r0 = *(u8 *)(r7 + 0)
out:
r0 = 0
exit

; program: old_end
; at: xdp
; reject: nothing is known of the data's length
r6 = r1
r8 = *(u32 *)(r1 + 4)
r2 = 4
call 44
r7 = *(u32 *)(r6 + 0)
r4 = r7
r4 += 14
if r4 > r8 goto out
r0 = *(u8 *)(r7 + 0)
out:
r0 = 0
exit

; program: meta_without_check
; at: xdp
; reject: meta data
r2 = *(u32 *)(r1 + 8)
r0 = *(u32 *)(r2 + 0)
exit

; program: meta_against_the_end
; at: xdp
; reject: meta data
r2 = *(u32 *)(r1 + 8)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 4
r0 = 0
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 0)
out:
exit

; program: meta_too_far
; at: xdp
; reject: meta data
r2 = *(u32 *)(r1 + 8)
r3 = *(u32 *)(r1 + 0)
r4 = r2
r4 += 4
r0 = 0
if r4 > r3 goto out
r0 = *(u32 *)(r2 + 4)
out:
exit

; program: write_where_packets_are_read_only
; section: cgroup_skb/ingress
; reject: may be read but not written
r2 = *(u32 *)(r1 + 76)
r3 = *(u32 *)(r1 + 80)
r4 = r2
r4 += 4
r0 = 1
if r4 > r3 goto out
*(u8 *)(r2 + 0) = 1
out:
exit

; program: write_at_lwt_in
; section: lwt_in
; reject: may be read but not written
r2 = *(u32 *)(r1 + 76)
r3 = *(u32 *)(r1 + 80)
r4 = r2
r4 += 4
r0 = 0
if r4 > r3 goto out
*(u8 *)(r2 + 0) = 1
out:
exit

; program: atomic_on_the_packet
; at: xdp
; reject: atomics need an aligned address
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
r0 = 0
if r4 > r3 goto out
r5 = 1
lock *(u64 *)(r2 + 0) += r5
out:
exit

; program: check_lost_in_a_loop
; at: xdp
; reject: read of 1 bytes at r2
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 4
r0 = 0
if r4 > r3 goto out
r5 = 0
next:
r0 = *(u8 *)(r2 + 0)
r2 += 1
r5 += 1
if r5 < 5 goto next
out:
exit
