// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/digest.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

TEST(Digest, IsBlake2b256) {
  // Test vectors from an independent implementation (Python hashlib.blake2b, digest_size=32).
  EXPECT_EQ(digest_of({}).hex(),
            "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  EXPECT_EQ(digest_of(as_bytes("abc")).hex(),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Digest, HexGoesBothWays) {
  Digest digest = digest_of(as_bytes("x"));
  EXPECT_EQ(*Digest::from_hex(digest.hex()), digest);
  std::string upper = digest.hex();
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(*Digest::from_hex(upper), digest);
}

TEST(Digest, HexIsCheckedInFull) {
  std::string hex = digest_of({}).hex();
  EXPECT_EQ(Digest::from_hex("").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(Digest::from_hex(hex + "0").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(Digest::from_hex(hex.substr(1)).error().code(), ErrorCode::kUsage);
  for (size_t i = 0; i < hex.size(); ++i) {
    for (char bad : {'g', ' ', '/', ':', '@', '`', '\0', '\xff'}) {
      std::string text = hex;
      text[i] = bad;
      auto digest = Digest::from_hex(text);
      ASSERT_FALSE(digest) << i;
      EXPECT_NE(digest.error().message().find("position " + std::to_string(i)), std::string::npos);
    }
  }
}

TEST(KeyBuilder, FramesTagAndValue) {
  auto key = [](auto... parts) {
    KeyBuilder builder;
    const char* all[] = {parts...};
    for (size_t i = 0; i < sizeof...(parts); i += 2) builder.add(all[i], all[i + 1]);
    return builder.finish();
  };
  std::set<Digest> keys = {key("ab", "c"),       key("a", "bc"),          key("abc", ""),
                           key("", "abc"),       key("a", "b", "c", ""),  key("a", "b"),
                           key("b", "a"),        key("a", "b", "a", "b"), key("c", "", "a", "b"),
                           KeyBuilder().finish()};
  EXPECT_EQ(keys.size(), 10u);
}

TEST(KeyBuilder, LongValuesAreHashedWhole) {
  // Sizes around the border between "as it is" and "as its digest", and a digest given as a value.
  std::set<Digest> keys;
  for (size_t size = 90; size < 103; ++size) {
    std::string value(size, 'v');
    keys.insert(KeyBuilder().add("t", value).finish());
    value.back() = 'w';
    keys.insert(KeyBuilder().add("t", value).finish());
    Digest inner = digest_of(as_bytes(value));
    keys.insert(KeyBuilder().add("t", ByteSpan(inner.bytes)).finish());
  }
  EXPECT_EQ(keys.size(), 3u * 13);
}

TEST(KeyBuilder, KeepsFieldsToExplain) {
  KeyBuilder builder;
  std::vector<uint8_t> code(8192, 0x95);
  builder.add("arch", "x86-64").add("code", code).add_number("abi", 7).add("odd", "a\nb");
  ASSERT_EQ(builder.fields().size(), 4u);
  EXPECT_EQ(builder.fields()[0], (KeyField{"arch", "x86-64"}));
  EXPECT_EQ(builder.fields()[1],
            (KeyField{"code", "8192 bytes, blake2b " + digest_of(code).hex().substr(0, 32)}));
  EXPECT_EQ(builder.fields()[2], (KeyField{"abi", "7"}));
  EXPECT_TRUE(builder.fields()[3].value.starts_with("3 bytes, blake2b "));
}

TEST(KeyBuilder, FinishDoesNotEndIt) {
  KeyBuilder builder;
  builder.add("a", "1");
  Digest first = builder.finish();
  EXPECT_EQ(builder.finish(), first);
  EXPECT_NE(builder.add("b", "2").finish(), first);
}

}  // namespace
}  // namespace weir
