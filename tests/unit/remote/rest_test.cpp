// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/remote/rest.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using namespace std::chrono_literals;

TEST(Rest, OneTriesAndTheOthersGoOn) {
  Rest rest(100ms);
  const Rest::Clock::time_point t{};
  EXPECT_TRUE(rest.may_ask(t));
  EXPECT_TRUE(rest.may_ask(t));
  EXPECT_TRUE(rest.failed(t));
  EXPECT_FALSE(rest.failed(t)) << "what was under way fails for the same reason";
  EXPECT_FALSE(rest.may_ask(t + 99ms));
  EXPECT_TRUE(rest.may_ask(t + 100ms));
  EXPECT_FALSE(rest.may_ask(t + 100ms)) << "one is trying";
  EXPECT_FALSE(rest.failed(t + 110ms)) << "nothing new";
  EXPECT_FALSE(rest.may_ask(t + 309ms)) << "twice as long";
  EXPECT_TRUE(rest.may_ask(t + 310ms));
  rest.succeeded();
  EXPECT_TRUE(rest.may_ask(t + 310ms));
  EXPECT_TRUE(rest.failed(t + 320ms));
  EXPECT_TRUE(rest.may_ask(t + 420ms)) << "from the start again";
}

TEST(Rest, GrowsNoLongerThanItsLimit) {
  Rest rest(1s);
  Rest::Clock::time_point t{};
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(rest.may_ask(t)) << i;
    (void)rest.failed(t);
    t += Rest::kLongest;
  }
}

}  // namespace
}  // namespace weir
