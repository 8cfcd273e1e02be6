// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Framing: whatever way a stream is cut, the same frames come out; what cannot be is refused.
#include "tools/attach/wire.h"

#include <cstring>
#include <random>

#include <gtest/gtest.h>

namespace weir::attach {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes sample(size_t size, uint8_t seed) {
  Bytes out(size);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(seed + i * 7);
  return out;
}

void append(Bytes& stream, Framing framing, Bytes vnet, Bytes frame) {
  uint8_t prefix[8];
  write_prefix(framing, Frame{vnet, frame}, prefix);
  stream.insert(stream.end(), prefix, prefix + prefix_bytes(framing));
  if (framing == Framing::kLengthAndVnet) stream.insert(stream.end(), vnet.begin(), vnet.end());
  stream.insert(stream.end(), frame.begin(), frame.end());
}

struct Decoded {
  Bytes vnet, frame;
  bool operator==(const Decoded&) const = default;
};

std::vector<Decoded> decode(FrameDecoder& decoder, const Bytes& stream, size_t step) {
  std::vector<Decoded> out;
  for (size_t at = 0; at < stream.size();) {
    const auto room = decoder.room();
    const size_t n = std::min({step, stream.size() - at, room.size()});
    EXPECT_GT(n, 0u);
    std::memcpy(room.data(), stream.data() + at, n);
    decoder.filled(n);
    at += n;
    for (Frame frame; decoder.next(frame);) {
      out.push_back({Bytes(frame.vnet.begin(), frame.vnet.end()),
                     Bytes(frame.bytes.begin(), frame.bytes.end())});
    }
    if (!decoder.broken().empty()) break;
  }
  return out;
}

TEST(Wire, LengthIsInNetworkOrderAndCountsTheHeader) {
  Bytes stream;
  append(stream, Framing::kLengthAndVnet, sample(12, 1), sample(60, 2));
  EXPECT_EQ(Bytes(stream.begin(), stream.begin() + 8), (Bytes{0, 0, 0, 72, 0, 0, 0, 12}));
  stream.clear();
  append(stream, Framing::kLength, {}, sample(0x0102, 2));
  EXPECT_EQ(Bytes(stream.begin(), stream.begin() + 4), (Bytes{0, 0, 1, 2}));
}

TEST(Wire, AnyCutGivesTheSameFrames) {
  for (const Framing framing : {Framing::kLength, Framing::kLengthAndVnet}) {
    Bytes stream;
    std::vector<Decoded> expected;
    const size_t sizes[] = {14, 60, 1514, 65550, kMaxFrameBytes - 12, 15};
    for (size_t i = 0; i < std::size(sizes); ++i) {
      Decoded one{{}, sample(sizes[i], static_cast<uint8_t>(i))};
      if (framing == Framing::kLengthAndVnet && i % 2 == 0) one.vnet = sample(12, 99);
      append(stream, framing, one.vnet, one.frame);
      expected.push_back(std::move(one));
    }
    for (const size_t step : {1u, 2u, 3u, 5u, 7u, 64u, 1000u, 65536u, 1000000u}) {
      FrameDecoder decoder(framing);
      EXPECT_EQ(decode(decoder, stream, step), expected) << step;
      EXPECT_EQ(decoder.pending(), 0u);
    }
  }
}

TEST(Wire, TheLongestFrameIsTakenAndOneByteMoreIsNot) {
  Bytes longest, more;
  append(longest, Framing::kLength, {}, sample(kMaxFrameBytes, 3));
  append(more, Framing::kLength, {}, sample(kMaxFrameBytes + 1, 3));
  FrameDecoder good(Framing::kLength), bad(Framing::kLength);
  EXPECT_EQ(decode(good, longest, 4096).size(), 1u);
  EXPECT_TRUE(good.broken().empty());
  EXPECT_EQ(decode(bad, more, 4096).size(), 0u);
  EXPECT_EQ(bad.broken(), "a frame of 69633 bytes, but none has more than 69632");
}

TEST(Wire, AfterAnImpossibleLengthNothingIsBelieved) {
  Bytes stream{0xff, 0xff, 0xff, 0xff};
  append(stream, Framing::kLength, {}, sample(60, 1));
  FrameDecoder decoder(Framing::kLength);
  EXPECT_EQ(decode(decoder, stream, 1000).size(), 0u);
  EXPECT_FALSE(decoder.broken().empty());
  Frame frame;
  EXPECT_FALSE(decoder.next(frame));
  decoder.reset();
  stream.erase(stream.begin(), stream.begin() + 4);
  EXPECT_EQ(decode(decoder, stream, 1000).size(), 1u);
}

TEST(Wire, ImpossibleHeaderLengths) {
  for (const uint8_t vnet : {1, 9, 65, 73, 255}) {
    Bytes stream{0, 0, 0, 72, 0, 0, 0, vnet};
    stream.resize(8 + 72);
    FrameDecoder decoder(Framing::kLengthAndVnet);
    EXPECT_EQ(decode(decoder, stream, 1000).size(), 0u);
    EXPECT_FALSE(decoder.broken().empty()) << int(vnet);
  }
}

TEST(Wire, FramesWithoutAnEthernetHeaderAreCountedAndLeftOut) {
  Bytes stream;
  append(stream, Framing::kLength, {}, {});
  append(stream, Framing::kLength, {}, sample(13, 1));
  append(stream, Framing::kLength, {}, sample(14, 1));
  FrameDecoder decoder(Framing::kLength);
  EXPECT_EQ(decode(decoder, stream, 1000).size(), 1u);
  EXPECT_EQ(decoder.runts(), 2u);
  Bytes header_only;
  append(header_only, Framing::kLengthAndVnet, sample(12, 1), {});
  FrameDecoder other(Framing::kLengthAndVnet);
  EXPECT_EQ(decode(other, header_only, 1).size(), 0u);
  EXPECT_EQ(other.runts(), 1u);
}

// Whatever comes: frames lie in what was given, and after what cannot be there are none.
TEST(Wire, AnyBytes) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const Framing framing = round % 2 == 0 ? Framing::kLength : Framing::kLengthAndVnet;
    FrameDecoder decoder(framing);
    size_t given = 0, taken = 0;
    for (int step = 0; step < 200 && decoder.broken().empty(); ++step) {
      const auto room = decoder.room();
      ASSERT_FALSE(room.empty());
      const size_t count = std::min<size_t>(random() % 5000, room.size());
      for (size_t i = 0; i < count; ++i) {
        // Mostly zeros, so that lengths are often possible.
        room[i] = random() % 8 == 0 ? static_cast<uint8_t>(random()) : 0;
      }
      decoder.filled(count);
      given += count;
      for (Frame frame; decoder.next(frame);) {
        ASSERT_GE(frame.bytes.size(), kMinFrameBytes);
        ASSERT_LE(frame.bytes.size() + frame.vnet.size(), kMaxFrameBytes);
        ASSERT_TRUE(frame.vnet.empty() || frame.vnet.size() >= kMinVnetBytes);
        taken += prefix_bytes(framing) + frame.vnet.size() + frame.bytes.size();
      }
      ASSERT_LE(taken + decoder.pending(), given);
    }
  }
}

}  // namespace
}  // namespace weir::attach
