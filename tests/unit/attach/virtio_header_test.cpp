// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The virtio-net header: unfinished checksums are finished as the receiver would check them, and
// what the header says stays true when a frame's length changes.
#include "tools/attach/virtio_header.h"

#include <gtest/gtest.h>

#include "tools/attach/wire.h"

namespace weir::attach {
namespace {

using Bytes = std::vector<uint8_t>;

uint32_t fold(uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}
uint32_t sum_of(std::span<const uint8_t> bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
  return fold(sum);
}

// Ethernet, IPv4, UDP with a checksum that is only begun.
struct Datagram {
  Bytes vnet = Bytes(12);
  Bytes bytes;
  uint32_t pseudo = 0;

  explicit Datagram(size_t payload) : bytes(14 + 20 + 8 + payload) {
    bytes[12] = 8;
    uint8_t* ip = bytes.data() + 14;
    ip[0] = 0x45;
    ip[9] = 17;
    for (int i = 12; i < 20; ++i) ip[i] = static_cast<uint8_t>(i * 31);
    uint8_t* udp = ip + 20;
    const size_t length = 8 + payload;
    udp[4] = static_cast<uint8_t>(length >> 8);
    udp[5] = static_cast<uint8_t>(length);
    for (size_t i = 0; i < payload; ++i) udp[8 + i] = static_cast<uint8_t>(i * 13 + 5);
    pseudo = fold(sum_of({ip + 12, 8}) + 17 + static_cast<uint32_t>(length));
    udp[6] = static_cast<uint8_t>(pseudo >> 8);
    udp[7] = static_cast<uint8_t>(pseudo);
    write_header(vnet, {.flags = 1, .csum_start = 34, .csum_offset = 6});
  }
  Frame frame() { return {vnet, bytes}; }
  // What a receiver computes; 0xffff is right.
  uint32_t check(size_t start = 34) {
    return fold(sum_of(std::span(bytes).subspan(start)) + pseudo);
  }
};

TEST(VirtioHeader, FinishesAChecksum) {
  for (const size_t payload : {0u, 1u, 2u, 3u, 17u, 1400u, 1401u, 65000u}) {
    Datagram datagram(payload);
    Frame frame = datagram.frame();
    ASSERT_TRUE(finish_checksum(frame));
    EXPECT_EQ(datagram.check(), 0xffffu) << payload;
    const VirtioHeader header = read_header(frame.vnet);
    EXPECT_EQ(header.flags, 2);  // DATA_VALID
    const Bytes once = datagram.bytes;
    ASSERT_TRUE(finish_checksum(frame));  // there is nothing left to do
    EXPECT_EQ(datagram.bytes, once);
  }
}

TEST(VirtioHeader, NothingToFinish) {
  Bytes bytes(60, 1);
  Frame plain{{}, bytes};
  EXPECT_TRUE(finish_checksum(plain));
  EXPECT_EQ(bytes, Bytes(60, 1));
}

TEST(VirtioHeader, PlacesOutsideTheFrameAreRefused) {
  for (const auto& [start, offset] : {std::pair{34, 60000}, {60000, 0}, {65535, 65535}, {49, 0}}) {
    Datagram datagram(8);  // 50 bytes
    write_header(datagram.vnet, {.flags = 1,
                                 .csum_start = static_cast<uint16_t>(start),
                                 .csum_offset = static_cast<uint16_t>(offset)});
    Frame frame = datagram.frame();
    const Bytes before = datagram.bytes;
    EXPECT_FALSE(finish_checksum(frame));
    EXPECT_EQ(datagram.bytes, before);
  }
}

TEST(VirtioHeader, AHeaderInFrontMovesTheChecksum) {
  Datagram datagram(100);
  datagram.bytes.insert(datagram.bytes.begin(), 4, 0);  // 4 bytes in front of everything
  Frame frame = datagram.frame();
  ASSERT_TRUE(adjust_header(frame, 4));
  EXPECT_EQ(read_header(frame.vnet).csum_start, 38);
  ASSERT_TRUE(finish_checksum(frame));
  EXPECT_EQ(datagram.check(38), 0xffffu);
}

TEST(VirtioHeader, CuttingMoreThanThereIsCannotBeTold) {
  Datagram datagram(100);
  Frame frame = datagram.frame();
  frame.bytes = frame.bytes.subspan(40);
  EXPECT_FALSE(adjust_header(frame, -40));
  Datagram cut(100);
  Frame tail = cut.frame();
  tail.bytes = tail.bytes.first(38);  // the field itself is cut off
  EXPECT_FALSE(adjust_header(tail, 0));
}

TEST(VirtioHeader, SegmentationFollowsTheFrame) {
  Bytes vnet(12), bytes(54 + 3000);
  bytes[12] = 0x86, bytes[13] = 0xdd;
  const VirtioHeader tcp4{.flags = 1,
                          .gso_type = 0x81,
                          .header_bytes = 54,
                          .gso_size = 1460,
                          .csum_start = 34,
                          .csum_offset = 16};
  write_header(vnet, tcp4);
  Frame frame{vnet, bytes};
  EXPECT_EQ(segments(tcp4, bytes.size()), 3u);
  ASSERT_TRUE(adjust_header(frame, 20));  // IPv4 became IPv6
  VirtioHeader now = read_header(vnet);
  EXPECT_EQ(now.gso_type, 0x84);
  EXPECT_EQ(now.header_bytes, 74);
  EXPECT_EQ(now.csum_start, 54);
  frame.bytes = frame.bytes.first(74 + 1460);  // fits in one segment
  ASSERT_TRUE(adjust_header(frame, 0));
  now = read_header(vnet);
  EXPECT_FALSE(now.is_gso());
  EXPECT_EQ(now.gso_size, 0);
  EXPECT_TRUE(now.needs_checksum());
}

TEST(VirtioHeader, GsoWithoutASizeIsNotSound) {
  EXPECT_FALSE(is_sound({.gso_type = 1}, 1000));
  EXPECT_TRUE(is_sound({.gso_type = 1, .gso_size = 1}, 1000));
  EXPECT_EQ(segments({.gso_type = 1}, 1000), 1u);
}

}  // namespace
}  // namespace weir::attach
