// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/description.h"

#include <gtest/gtest.h>

#include <random>

namespace weir {
namespace {

TEST(Description, IsReadableText) {
  Description description;
  description.key_fields = {{"arch", "x86-64"}, {"options", "policy: guard"}};
  description.note("source", "a b.o");
  EXPECT_EQ(description.to_text(),
            "key arch: x86-64\nkey options: policy: guard\nnote source: a b.o\n");
}

TEST(Description, AnyBytesSurvive) {
  std::minstd_rand random(7);
  for (int round = 0; round < 500; ++round) {
    auto bytes = [&] {
      std::string text(random() % 12, '\0');
      for (char& c : text)
        c = round % 2 != 0 ? static_cast<char>(random() >> 8) : ": \\x\n0aF"[random() % 8];
      return text;
    };
    Description description;
    for (size_t i = random() % 4; i > 0; --i) description.key_fields.push_back({bytes(), bytes()});
    for (size_t i = random() % 4; i > 0; --i) description.note(bytes(), bytes());
    auto back = Description::from_text(description.to_text());
    ASSERT_TRUE(back) << back.error().to_string();
    EXPECT_EQ(*back, description);
  }
}

TEST(Description, OnlyItsOwnTextIsAccepted) {
  for (const char* text : {
           "key a: b",               // no end of line
           "a: b\n",                 // no kind
           "key a b\n",              // no colon
           "\n",                     //
           "key a: \\x4\n",          // cut escape
           "key a: \\n\n",           // another escape
           "key a: \\x41\n",         // needless escape
           "key a: \\x0A\n",         // upper case
           "key a:b: c\n",           // colon in a tag
           "key a: \t\n",            // not printable
           "note a: b\nkey c: d\n",  // wrong order
           "key a: b\nnote\n",       //
       }) {
    auto description = Description::from_text(text);
    ASSERT_FALSE(description) << text;
    EXPECT_EQ(description.error().code(), ErrorCode::kCacheDamaged);
  }
  EXPECT_TRUE(Description::from_text(""));
  EXPECT_NE(Description::from_text("key a: b\nkey\n").error().message().find("line 2"),
            std::string::npos);
}

// What is accepted is exactly what would be written: no two texts for one description.
TEST(Description, TextIsCanonical) {
  std::minstd_rand random(3);
  const std::string good = "key arch: x86\\x0a\nnote source: filter.o\n";
  for (int round = 0; round < 20000; ++round) {
    std::string text = good;
    for (size_t i = 1 + random() % 3; i > 0; --i) {
      text[random() % text.size()] = ":\\x \n0aknoey"[random() % 12];
    }
    auto description = Description::from_text(text);
    if (description) {
      EXPECT_EQ(description->to_text(), text);
    }
  }
}

}  // namespace
}  // namespace weir
