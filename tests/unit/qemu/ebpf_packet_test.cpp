// SPDX-License-Identifier: GPL-2.0-or-later
extern "C" {
#include "tools/qemu/ebpf-packet.h"
}

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<uint8_t>;

// Cut into pieces of these lengths; the last one takes the rest.
std::vector<iovec> pieces(Bytes& bytes, std::vector<size_t> lengths) {
  std::vector<iovec> out;
  size_t at = 0;
  for (const size_t length : lengths) {
    out.push_back({bytes.data() + at, length});
    at += length;
  }
  out.push_back({bytes.data() + at, bytes.size() - at});
  return out;
}

Bytes numbered(size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), 1);
  return bytes;
}

class EbpfPacket : public ::testing::Test {
 protected:
  bool take(Bytes& bytes, size_t vnet_len, std::vector<size_t> lengths = {}) {
    iov_ = pieces(bytes, std::move(lengths));
    return ebpf_packet_take(packet_.get(), iov_.data(), static_cast<int>(iov_.size()), vnet_len);
  }
  bool is_same() const {
    return ebpf_packet_is(packet_.get(), iov_.data(), static_cast<int>(iov_.size()));
  }
  Bytes frame() const { return {packet_->frame, packet_->frame + packet_->frame_len}; }
  Bytes whole() const {
    const iovec whole = ebpf_packet_whole(packet_.get());
    const auto* const first = static_cast<const uint8_t*>(whole.iov_base);
    return {first, first + whole.iov_len};
  }

  std::unique_ptr<ebpf_packet> packet_ = std::make_unique<ebpf_packet>();
  std::vector<iovec> iov_;
};

TEST_F(EbpfPacket, TheFrameBeginsBehindTheHeaderHoweverItIsCut) {
  Bytes bytes = numbered(80);
  const Bytes wanted(bytes.begin() + 12, bytes.end());
  for (const std::vector<size_t>& cuts : std::vector<std::vector<size_t>>{
           {}, {12}, {5}, {12, 14}, {0, 20}, {1, 1, 1, 30}, {11, 2}, {79}, {80}}) {
    ASSERT_TRUE(take(bytes, 12, cuts));
    EXPECT_EQ(frame(), wanted);
    EXPECT_TRUE(is_same());
    EXPECT_TRUE(ebpf_packet_mend(packet_.get(), packet_->frame, packet_->frame_len, false));
    EXPECT_EQ(whole(), bytes);
  }
}

TEST_F(EbpfPacket, TheCopyIsPrivate) {
  Bytes bytes = numbered(60);
  ASSERT_TRUE(take(bytes, 0));
  const Bytes before = frame();
  bytes[20] ^= 0xff;  // the guest, after the fact
  EXPECT_EQ(frame(), before);
  EXPECT_FALSE(is_same());
}

TEST_F(EbpfPacket, AChangedFrameIsNotTheSame) {
  Bytes bytes = numbered(60);
  for (const size_t at : {size_t{0}, size_t{29}, size_t{47}}) {
    ASSERT_TRUE(take(bytes, 12, {20}));
    EXPECT_TRUE(is_same());
    packet_->frame[at] ^= 1;
    EXPECT_FALSE(is_same()) << at;
  }
  ASSERT_TRUE(take(bytes, 12, {20}));
  packet_->frame_len -= 1;
  EXPECT_FALSE(is_same());
  packet_->frame_len += 2;
  EXPECT_FALSE(is_same());
}

TEST_F(EbpfPacket, TheLongestFitsAndNoLonger) {
  Bytes bytes(EBPF_MAX_PACKET, 7);
  EXPECT_TRUE(take(bytes, 12, {100, 60'000}));
  EXPECT_EQ(packet_->frame_len, bytes.size() - 12);
  bytes.push_back(7);
  EXPECT_FALSE(take(bytes, 12, {100, 60'000}));
  EXPECT_FALSE(take(bytes, 12));
}

TEST_F(EbpfPacket, WhatIsShorterThanItsHeaderIsNoPacket) {
  Bytes bytes = numbered(11);
  EXPECT_FALSE(take(bytes, 12));
  EXPECT_TRUE(take(bytes, 11));
  EXPECT_EQ(packet_->frame_len, 0u);
  EXPECT_FALSE(take(bytes, EBPF_MAX_VNET_HEADER + 1));
}

TEST_F(EbpfPacket, RoomHoldsNothingOfThePacketBefore) {
  Bytes long_one(4000, 0xaa);
  ASSERT_TRUE(take(long_one, 12));
  memset(packet_->memory, 0xbb, EBPF_HEADROOM);
  Bytes bytes = numbered(60);
  ASSERT_TRUE(take(bytes, 12));
  for (const uint8_t* at = packet_->memory; at < packet_->frame; ++at) ASSERT_EQ(*at, 0);
  const uint8_t* const end = packet_->frame + packet_->frame_len;
  for (const uint8_t* at = end; at < end + EBPF_TAILROOM; ++at) ASSERT_EQ(*at, 0);
}

// A header that asks for a checksum from `start` on, to be put `offset` further.
Bytes with_checksum(uint16_t start, uint16_t offset, uint16_t hdr_len, bool big_endian) {
  Bytes bytes = numbered(12 + 100);
  const auto put = [&](size_t at, uint16_t value) {
    bytes[at + (big_endian ? 1 : 0)] = static_cast<uint8_t>(value);
    bytes[at + (big_endian ? 0 : 1)] = static_cast<uint8_t>(value >> 8);
  };
  bytes[0] = 1;  // VIRTIO_NET_HDR_F_NEEDS_CSUM
  bytes[1] = 0;
  put(2, hdr_len);
  put(6, start);
  put(8, offset);
  return bytes;
}

TEST_F(EbpfPacket, OffsetsMoveWithTheFramesStart) {
  for (const bool big_endian : {false, true}) {
    Bytes bytes = with_checksum(34, 16, 54, big_endian);
    for (const int grown : {0, 4, 36, -14}) {
      ASSERT_TRUE(take(bytes, 12, {3}));
      uint8_t* const start = packet_->frame - grown;
      ASSERT_TRUE(ebpf_packet_mend(packet_.get(), start, packet_->frame_len + grown, big_endian));
      const Bytes wanted =
          with_checksum(static_cast<uint16_t>(34 + grown), 16, static_cast<uint16_t>(54 + grown),
                        big_endian);
      const Bytes have = whole();
      EXPECT_EQ(Bytes(have.begin(), have.begin() + 12), Bytes(wanted.begin(), wanted.begin() + 12))
          << grown;
      EXPECT_EQ(have.size(), 112u + grown);
    }
  }
}

TEST_F(EbpfPacket, AChecksumBehindTheFramesEndIsRefused) {
  Bytes bytes = with_checksum(34, 16, 54, false);
  ASSERT_TRUE(take(bytes, 12));
  EXPECT_FALSE(ebpf_packet_mend(packet_.get(), packet_->frame, 34 + 17, false));
  ASSERT_TRUE(take(bytes, 12));
  EXPECT_TRUE(ebpf_packet_mend(packet_.get(), packet_->frame, 34 + 18, false));
  ASSERT_TRUE(take(bytes, 12));
  EXPECT_FALSE(ebpf_packet_mend(packet_.get(), packet_->frame + 40, 60, false));
}

}  // namespace
