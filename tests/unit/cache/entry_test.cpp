// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The entry format: what goes in comes out, and nothing else does. Most tests build a whole entry
// and spoil it; those that want to get past the checksum seal it again.
#include "cache/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <random>

#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using cache_test::Bytes;
using cache_test::description_of;
using cache_test::key_of;
using cache_test::noise;
using cache_test::seal;
using ::testing::HasSubstr;

// Offsets of the header's fields (entry.h).
constexpr size_t kVersionAt = 8;
constexpr size_t kEncodingAt = 12;
constexpr size_t kKeyAt = 16;
constexpr size_t kObjectSizeAt = 48;
constexpr size_t kPayloadSizeAt = 56;
constexpr size_t kDescriptionSizeAt = 64;

const Digest kKey = key_of("entry");

Bytes encode(ByteSpan object, const Description& description = description_of("d")) {
  auto entry = encode_entry(kKey, object, description);
  EXPECT_TRUE(entry) << entry.error().to_string();
  return *entry;
}

template <class T>
void poke(Bytes& entry, size_t at, T value) {
  ASSERT_LE(at + sizeof value, entry.size());
  std::memcpy(entry.data() + at, &value, sizeof value);
}

// A whole entry with a payload of the test's choosing.
Bytes make_entry(uint32_t encoding, uint64_t object_size, ByteSpan payload,
                 std::string_view text = "") {
  ByteWriter writer;
  writer.write_bytes(ByteSpan(encode({})).first(kVersionAt));
  writer.write(kEntryVersion);
  writer.write(encoding);
  writer.write_bytes(kKey.bytes);
  writer.write(object_size);
  writer.write(static_cast<uint64_t>(payload.size()));
  writer.write(static_cast<uint32_t>(text.size()));
  writer.write_bytes(as_bytes(text));
  writer.write_bytes(payload);
  writer.write_bytes(Bytes(Digest::kSize));
  Bytes entry = writer.take();
  seal(entry);
  return entry;
}

void expect_damaged(const Bytes& entry, std::string_view words) {
  auto decoded = decode_entry(entry, kKey);
  ASSERT_FALSE(decoded) << words;
  EXPECT_EQ(decoded.error().code(), ErrorCode::kCacheDamaged) << decoded.error().to_string();
  EXPECT_THAT(decoded.error().message(), HasSubstr(std::string(words)));
}

TEST(Entry, GivesBackWhatWasPut) {
  for (size_t size : {0, 1, 100, 3000, 4000, 4096, 5000, 20000, 300000}) {
    for (bool random : {false, true}) {
      Bytes object = random ? noise(size) : Bytes(size, 0x5a);
      Bytes entry = encode(object);
      auto decoded = decode_entry(entry, kKey);
      ASSERT_TRUE(decoded) << decoded.error().to_string();
      EXPECT_EQ(decoded->object, object);
      EXPECT_EQ(decoded->key, kKey);
      EXPECT_EQ(decoded->description, description_of("d"));
      auto header = peek_entry(entry);
      ASSERT_TRUE(header);
      EXPECT_EQ(header->object_size, size);
      EXPECT_EQ(header->description, description_of("d"));
    }
  }
}

TEST(Entry, SameInputSameBytes) {
  EXPECT_EQ(encode(Bytes(9000, 1)), encode(Bytes(9000, 1)));
}

TEST(Entry, CompressesOnlyWhereItSavesABlock) {
  EXPECT_FALSE(peek_entry(encode(Bytes(3000, 0)))->compressed);
  EXPECT_TRUE(peek_entry(encode(Bytes(5000, 0)))->compressed);
  EXPECT_FALSE(peek_entry(encode(noise(50000)))->compressed);
}

TEST(Entry, EveryTruncationIsRefused) {
  for (const Bytes& object : {noise(60), Bytes(5000, 7)}) {
    Bytes entry = encode(object);
    for (size_t size = 0; size < entry.size(); ++size) {
      expect_damaged(Bytes(entry.begin(), entry.begin() + static_cast<ptrdiff_t>(size)),
                     "truncated");
    }
  }
}

TEST(Entry, EveryFlippedBitIsRefused) {
  for (const Bytes& object : {noise(60), Bytes(5000, 7)}) {
    Bytes entry = encode(object);
    for (size_t bit = 0; bit < entry.size() * 8; ++bit) {
      entry[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      expect_damaged(entry, "");
      entry[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
    EXPECT_TRUE(decode_entry(entry, kKey));
  }
}

TEST(Entry, SaysWhatIsWrong) {
  const Bytes good = encode(noise(60));
  auto with = [&](auto change) {
    Bytes entry = good;
    change(entry);
    return entry;
  };
  expect_damaged(with([](Bytes& e) { e[0] = 'x'; }), "bad magic");
  expect_damaged(with([](Bytes& e) { e.back() ^= 1; }), "checksum mismatch");
  expect_damaged(with([](Bytes& e) { e[kEntryHeaderSize] ^= 1; }), "checksum mismatch");
  expect_damaged(with([](Bytes& e) { e[kKeyAt] ^= 1; }), "checksum mismatch");
  expect_damaged(with([](Bytes& e) { e.push_back(0); }), "1 bytes follow");
  expect_damaged(with([](Bytes& e) { poke<uint32_t>(e, kVersionAt, 3); }), "checksum mismatch");
  expect_damaged(with([](Bytes& e) { poke<uint32_t>(e, kEncodingAt, 2); }), "unknown encoding 2");
  expect_damaged(with([](Bytes& e) {
                   e[kKeyAt] ^= 1;
                   seal(e);
                 }),
                 "wrong key");
  expect_damaged(with([](Bytes& e) { poke(e, kObjectSizeAt, kMaxObjectSize + 1); }),
                 "oversized: the object");
  expect_damaged(with([](Bytes& e) { poke(e, kObjectSizeAt, ~uint64_t{0}); }),
                 "oversized: the object");
  expect_damaged(with([](Bytes& e) { poke(e, kPayloadSizeAt, ~uint64_t{0}); }), "a payload of");
  expect_damaged(with([](Bytes& e) { poke(e, kDescriptionSizeAt, ~uint32_t{0}); }),
                 "oversized: the description");
  expect_damaged(make_entry(0, 2, noise(2), "no field\n"), "line 1 of the description");
}

TEST(Entry, AnotherVersionIsNotDamage) {
  Bytes entry = encode(noise(60));
  poke<uint32_t>(entry, kVersionAt, 3);
  seal(entry);
  auto decoded = decode_entry(entry, kKey);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), ErrorCode::kCacheUnavailable);
  EXPECT_THAT(decoded.error().message(), HasSubstr("format version 3, this weir reads 2"));
}

TEST(Entry, WrongKey) {
  auto decoded = decode_entry(encode(noise(60)), key_of("another"));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), ErrorCode::kCacheDamaged);
  EXPECT_THAT(decoded.error().message(), HasSubstr("made for " + kKey.hex()));
}

// A frame header by hand (RFC 8878, 3.1.1): single segment, a content size of 8 bytes.
Bytes frame_that_says(uint64_t content_size) {
  ByteWriter writer;
  writer.write(uint32_t{0xfd2fb528});
  writer.write(uint8_t{0xe0});
  writer.write(content_size);
  return writer.take();
}

// `count` RLE blocks of 128 KiB each, four bytes long.
void append_blocks(Bytes& frame, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t header = (i + 1 == count ? 1u : 0u) | 1u << 1 | (128u * 1024) << 3;
    frame.insert(frame.end(), {static_cast<uint8_t>(header), static_cast<uint8_t>(header >> 8),
                               static_cast<uint8_t>(header >> 16), 'A'});
  }
}

TEST(Entry, Bombs) {
  // 8000 blocks are 1 GB; they fit in 32 KB, and the frame tells the truth.
  Bytes bomb = frame_that_says(8000ull << 17);
  append_blocks(bomb, 8000);
  expect_damaged(make_entry(1, 8000ull << 17, bomb), "oversized");
  // The entry lies about it.
  expect_damaged(make_entry(1, 100000, bomb), "states");
  // So does the frame.
  Bytes liar = frame_that_says(100000);
  append_blocks(liar, 8000);
  expect_damaged(make_entry(1, 100000, liar), "zstd");
  // A frame that could never give what both say costs no memory.
  Bytes empty = frame_that_says(kMaxObjectSize);
  append_blocks(empty, 1);
  expect_damaged(make_entry(1, kMaxObjectSize, empty), "cannot give");
  // Too little comes out.
  Bytes little = frame_that_says(3 << 17);
  append_blocks(little, 2);
  expect_damaged(make_entry(1, 3 << 17, little), "zstd");
  // The same by the rules is a good entry.
  Bytes fine = frame_that_says(3 << 17);
  append_blocks(fine, 3);
  auto decoded = decode_entry(make_entry(1, 3 << 17, fine), kKey);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_EQ(decoded->object, Bytes(3 << 17, 'A'));
}

TEST(Entry, OddFrames) {
  Bytes object(9000, 1);
  Bytes frame = *compress(object);
  // Two frames, a frame with something after it, a skippable frame, no frame.
  Bytes twice = frame;
  twice.insert(twice.end(), frame.begin(), frame.end());
  expect_damaged(make_entry(1, 9000, twice), "not one whole");
  Bytes longer = frame;
  longer.push_back(0);
  expect_damaged(make_entry(1, 9000, longer), "not one whole");
  Bytes skippable = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
  expect_damaged(make_entry(1, 9000, skippable), "states 0 bytes");
  expect_damaged(make_entry(1, 9000, noise(50)), "not a zstd frame");
  expect_damaged(make_entry(1, 9000, {}), "zstd frame");
  // One that does not state its size.
  Bytes silent(ZSTD_compressBound(object.size()));
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  silent.resize(
      ZSTD_compress2(context, silent.data(), silent.size(), object.data(), object.size()));
  ZSTD_freeCCtx(context);
  expect_damaged(make_entry(1, 9000, silent), "does not state its size");
}

TEST(Entry, LimitAndOnePast) {
  Description description;
  description.note("n",
                   std::string(kMaxDescriptionSize - std::string_view("note n: \n").size(), 'v'));
  ASSERT_EQ(description.to_text().size(), kMaxDescriptionSize);
  EXPECT_TRUE(decode_entry(encode({}, description), kKey));
  EXPECT_TRUE(peek_entry(encode({}, description)));
  description.notes[0].value += 'v';
  EXPECT_EQ(encode_entry(kKey, {}, description).error().code(), ErrorCode::kLimit);

  Bytes large(kMaxObjectSize + 1);
  EXPECT_EQ(encode_entry(kKey, large, {}).error().code(), ErrorCode::kLimit);
  auto entry = encode_entry(kKey, ByteSpan(large).first(kMaxObjectSize), {});
  ASSERT_TRUE(entry);
  EXPECT_LT(entry->size(), 100000u);
  large.pop_back();
  auto decoded = decode_entry(*entry, kKey);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_TRUE(decoded->object == large);
}

TEST(Entry, PeekRefusesWhatItCannotRead) {
  Bytes entry = encode(noise(60));
  const size_t enough = entry.size() - 60 - Digest::kSize;
  for (size_t size = 0; size < entry.size(); ++size) {
    auto header = peek_entry(ByteSpan(entry).first(size));
    EXPECT_EQ(header.has_value(), size >= enough) << size;
  }
}

// Random bytes, and entries spoiled in several places: never a hit (but for the one that happens to
// be whole), never a crash; the sanitizers watch.
TEST(Entry, TenThousandSpoiled) {
  std::minstd_rand random(11);
  const Bytes small = encode(noise(60));
  const Bytes packed = encode(Bytes(6000, 3));
  for (int round = 0; round < 10000; ++round) {
    const Bytes& good = round % 2 == 0 ? small : packed;
    Bytes entry;
    if (round % 5 == 0) {
      entry = noise(random() % 400, static_cast<uint32_t>(round) + 1);
      if (round % 10 == 0)
        std::copy(good.begin(), good.begin() + std::min<ptrdiff_t>(16, std::ssize(entry)),
                  entry.begin());
    } else {
      entry = good;
      for (size_t i = 1 + random() % 6; i > 0; --i)
        entry[random() % entry.size()] = static_cast<uint8_t>(random() >> 8);
      if (random() % 4 == 0) entry.resize(random() % (entry.size() + 20));
    }
    auto decoded = decode_entry(entry, kKey);
    ASSERT_TRUE(!decoded || entry == good) << round;
    (void)peek_entry(entry);

    // With a checksum that holds, everything behind it gets its share.
    if (entry.size() < Digest::kSize) continue;
    seal(entry);
    auto sealed = decode_entry(entry, kKey);
    if (sealed) {
      ASSERT_LE(sealed->object.size(), entry.size() * 40000);
      ASSERT_EQ(sealed->key, kKey);
    }
  }
}

// Payloads only: zstd and the header's sizes against each other, behind a good checksum.
TEST(Entry, SpoiledFrames) {
  std::minstd_rand random(5);
  Bytes object = noise(3000);
  object.insert(object.end(), object.begin(), object.end());
  const Bytes frame = *compress(object);
  for (int round = 0; round < 5000; ++round) {
    Bytes payload = frame;
    for (size_t i = 1 + random() % 4; i > 0; --i)
      payload[random() % payload.size()] ^= static_cast<uint8_t>(1 << random() % 8);
    if (random() % 3 == 0) payload.resize(random() % payload.size());
    auto decoded = decode_entry(make_entry(1, object.size(), payload), kKey);
    if (decoded) {
      ASSERT_EQ(decoded->object.size(), object.size());
    }
  }
}

}  // namespace
}  // namespace weir
