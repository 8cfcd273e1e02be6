// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The virtio-net header (virtio 1.2, 5.1.6): what the sender left undone. A frame may be up to
// 64 KiB of one TCP stream that the receiver is to cut (GSO), and its checksum may be only begun:
// the field then holds the sum of the pseudo header, and the header says where to go on from.
// Programs see such a frame as it is; what they do to its length has to be told to the header.
//
// Header and frame come from a guest. Nothing here trusts a number in them.
#pragma once

#include <cstddef>

#include "tools/attach/frame.h"

namespace weir::attach {

struct VirtioHeader {
  uint8_t flags = 0, gso_type = 0;
  uint16_t header_bytes = 0;  // Ethernet to TCP, for GSO: a hint
  uint16_t gso_size = 0;      // payload of each segment
  uint16_t csum_start = 0, csum_offset = 0;

  bool needs_checksum() const { return (flags & 1) != 0; }  // VIRTIO_NET_HDR_F_NEEDS_CSUM
  bool is_gso() const { return (gso_type & 0x7f) != 0; }    // but for VIRTIO_NET_HDR_GSO_ECN
};

// All 0 if there is none.
VirtioHeader read_header(std::span<const uint8_t> vnet);
// `vnet` has kMinVnetBytes; what follows those fields is left alone.
void write_header(std::span<uint8_t> vnet, const VirtioHeader& header);

// That the places the header names lie in the frame.
bool is_sound(const VirtioHeader& header, size_t frame_bytes);

// Completes the checksum and says so in the header. False: there is no such place in the frame.
bool finish_checksum(Frame& frame);

// The frame has become longer by `grown` bytes before the part that the checksum covers (shorter,
// if negative), and may carry another protocol than before. False: the header cannot say what is
// to be done to the frame any more.
bool adjust_header(Frame& frame, ptrdiff_t grown);

// Into how many segments the frame will be cut; 1 without GSO.
uint32_t segments(const VirtioHeader& header, size_t frame_bytes);

}  // namespace weir::attach
