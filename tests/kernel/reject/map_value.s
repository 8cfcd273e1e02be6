; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Values of maps, null, bounds, who may write.

; program: no_null_check
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: a lookup may give null
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r0 = *(u64 *)(r0 + 0)
exit

; program: null_check_on_another_value
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: a lookup may give null
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 = *(u64 *)(r6 + 0)
exit
out:
r0 = 0
exit

; program: null_check_the_wrong_way_round
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: number
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 != 0 goto out
r0 = *(u64 *)(r0 + 0)
out:
r0 = 0
exit

; program: null_check_of_the_low_half
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: a lookup may give null
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if w0 == 0 goto out
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: null_compared_with_one
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: a lookup may give null
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 1 goto out
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: moved_before_the_null_check
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: null
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r0 += 8
if r0 == 0 goto out
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: null_check_on_one_path
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: a lookup may give null
r6 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r6 == 0 goto use
if r0 == 0 goto out
use:
r0 = *(u64 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: behind_the_value
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value\+16.*16 bytes
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 = *(u8 *)(r0 + 16)
exit
out:
r0 = 0
exit

; program: across_the_end
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value\+12.*16 bytes
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 = *(u64 *)(r0 + 12)
exit
out:
r0 = 0
exit

; program: before_the_value
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value-1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 = *(u8 *)(r0 - 1)
exit
out:
r0 = 0
exit

; program: index_without_bound
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: has no bound
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
if r0 == 0 goto out
call 5
r6 += r0
r0 = *(u8 *)(r6 + 0)
exit
out:
r0 = 0
exit

; program: index_too_large
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value plus 0 to 31.*16 bytes
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r7 &= 31
r0 += r7
r0 = *(u8 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: index_one_too_large
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value plus 0 to 16.*16 bytes
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
if r7 > 16 goto out
r0 += r7
r0 = *(u8 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: index_scaled_after_the_bound
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value plus 0 to 60
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r7 &= 15
r7 <<= 2
r0 += r7
r0 = *(u32 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: index_may_be_negative
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value plus -
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r7 &= 15
r7 -= 1
r0 += r7
r0 = *(u8 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: index_signed_bound
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: r6 \+= r0
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
if r0 == 0 goto out
call 5
if r0 s> 15 goto out
r6 += r0
r0 = *(u8 *)(r6 + 0)
exit
out:
r0 = 0
exit

; program: index_bound_on_the_low_half
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: r6 \+= r0
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r6 = r0
if r0 == 0 goto out
call 5
if w0 > 15 goto out
r6 += r0
r0 = *(u8 *)(r6 + 0)
exit
out:
r0 = 0
exit

; program: index_bound_on_another_register
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value plus 0 to
r7 = *(u32 *)(r1 + 16)
r8 = *(u32 *)(r1 + 12)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
if r8 > 15 goto out
r0 += r7
r0 = *(u8 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: index_masked_too_late
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value plus 0 to
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 += r7
r7 &= 15
r0 = *(u8 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: subtracted_index
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map value plus -15
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r7 &= 15
r0 -= r7
r0 = *(u8 *)(r0 + 0)
exit
out:
r0 = 0
exit

; program: map_as_memory_written
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map
r1 = map_fd(0) ll
*(u32 *)(r1 + 0) = 1
r0 = 0
exit

; program: moved_map
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: map
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
r1 += 8
call 1
r0 = 0
exit

; program: write_to_a_read_only_value
; at: xdp
; map: type=2 key=4 value=16 entries=4 flags=128
; reject: may be read but not written
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
*(u32 *)(r0 + 0) = 1
out:
r0 = 0
exit

; program: atomic_on_a_read_only_value
; at: xdp
; map: type=2 key=4 value=16 entries=4 flags=128
; reject: may be read but not written
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = 1
lock *(u32 *)(r0 + 0) += r1
out:
r0 = 0
exit

; program: helper_writes_a_read_only_value
; at: socket_filter
; map: type=2 key=4 value=16 entries=4 flags=128
; reject: read but not written
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = r6
r2 = 0
r3 = r0
r4 = 4
call 26
out:
r0 = 0
exit

; program: update_of_a_read_only_map
; at: xdp
; map: type=2 key=4 value=16 entries=4 flags=128
; reject: read-only
*(u32 *)(r10 - 4) = 0
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
r2 = r10
r2 += -4
r3 = r10
r3 += -24
r4 = 0
r1 = map_fd(0) ll
call 2
r0 = 0
exit

; program: read_of_a_write_only_value
; at: xdp
; map: type=2 key=4 value=16 entries=4 flags=256
; reject: written but not read
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r0 = *(u32 *)(r0 + 0)
out:
r0 = 0
exit

; program: misaligned_atomic
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: aligned
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
r1 = 1
lock *(u32 *)(r0 + 2) += r1
out:
r0 = 0
exit

; program: global_behind_the_value
; at: xdp
; map: type=2 key=4 value=16 entries=1
; reject: map value
r1 = map_value(0, 8) ll
r0 = *(u64 *)(r1 + 12)
exit

; program: global_index_too_large
; at: xdp
; map: type=2 key=4 value=16 entries=1
; reject: map value plus 8 to 23
r2 = *(u32 *)(r1 + 16)
r2 &= 15
r1 = map_value(0, 8) ll
r1 += r2
r0 = *(u8 *)(r1 + 0)
exit

; program: value_in_a_slot_before_the_check
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: a lookup may give null
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
*(u64 *)(r10 - 16) = r0
r1 = *(u64 *)(r10 - 16)
r0 = *(u64 *)(r1 + 0)
exit

; program: null_handed_to_a_function
; at: xdp
; map: type=1 key=4 value=16 entries=4
; reject: a lookup may give null
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
r1 = r0
call f
exit
f:
r0 = *(u64 *)(r1 + 0)
exit
