// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/size_text.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(SizeText, Parses) {
  const struct {
    const char* text;
    uint64_t bytes;
  } kCases[] = {
      {"0", 0},
      {"1", 1},
      {"007", 7},
      {"4096B", 4096},
      {"500M", 500'000'000},
      {"500MB", 500'000'000},
      {"500 M", 500'000'000},
      {"1k", 1000},
      {"1K", 1000},
      {"1G", 1'000'000'000},
      {"2T", 2'000'000'000'000},
      {"1Ki", 1024},
      {"1KiB", 1024},
      {"1Mi", 1 << 20},
      {"1.5Gi", 3ull << 29},
      {"1.5 GiB", 3ull << 29},
      {"0.5k", 500},
      {"1.000001M", 1'000'001},
      {"0.0001k", 0},
      {"1Ti", 1ull << 40},
      {"18446744073709551615", ~0ull},
      {"16777215.999999Ti", (16777215ull << 40) + 999999ull * (1ull << 40) / 1000000},
  };
  for (const auto& c : kCases) {
    auto size = parse_size(c.text);
    ASSERT_TRUE(size) << c.text << ": " << size.error().to_string();
    EXPECT_EQ(*size, c.bytes) << c.text;
  }
}

TEST(SizeText, Refuses) {
  for (const char* text :
       {"",     " ",   "M",      "-1",   "+1",  "1.",         ".5M",    "1.5",
        "1.5B", "1m",  "1g",     "1ki",  "1KI", "1P",         "1Mi Mi", "1  M",
        "1M ",  " 1M", "1.5.5M", "0x10", "1e3", "1.0000001M", "1BB",    "1,5M"}) {
    auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().code(), ErrorCode::kUsage) << text;
    EXPECT_FALSE(size.error().hint().empty()) << text;
  }
  for (const char* text : {"18446744073709551616", "99999999999999999999999", "16777216Ti",
                           "18446745T", "18446744.073710T"}) {
    auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().code(), ErrorCode::kLimit) << text;
  }
}

TEST(SizeText, Formats) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1024), "1.0 KiB");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(format_size(20 << 20), "20.0 MiB");
  EXPECT_EQ(format_size(1ull << 30), "1.0 GiB");
  EXPECT_EQ(format_size(~0ull), "16777216.0 TiB");
}

TEST(SizeText, ReadsWhatItWrites) {
  for (uint64_t size = 1; size < 1ull << 55; size = size * 3 + 1) {
    auto back = parse_size(format_size(size));
    ASSERT_TRUE(back) << format_size(size);
    EXPECT_NEAR(static_cast<double>(*back), static_cast<double>(size),
                static_cast<double>(size) * 0.05);
  }
}

}  // namespace
}  // namespace weir
