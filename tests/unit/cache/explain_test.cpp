// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/explain.h"

#include <gtest/gtest.h>

#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using Fields = std::vector<KeyField>;

TEST(CompareFields, NamesWhatDiffers) {
  EXPECT_TRUE(compare_fields({}, {}).empty());
  Fields stored = {
      {"arch", "x86-64"}, {"policy", "guard"}, {"map", "a"}, {"map", "b"}, {"old", "1"}};
  Fields wanted = {
      {"arch", "x86-64"}, {"policy", "strict"}, {"map", "a"}, {"map", "c"}, {"new", "2"}};
  EXPECT_EQ(compare_fields(stored, wanted),
            (std::vector<FieldDifference>{{"policy", "guard", "strict"},
                                          {"map", "b", "c"},
                                          {"new", std::nullopt, "2"},
                                          {"old", "1", std::nullopt}}));
}

using NearestTest = StoreTest;

TEST_F(NearestTest, FindsTheEntryThatIsMostAlike) {
  LocalStore store = open_store();
  auto put = [&](const char* code, const char* policy, const char* cpu) {
    KeyBuilder key;
    key.add("code", code).add("policy", policy).add("cpu", cpu);
    Description description;
    description.key_fields = key.fields();
    ASSERT_TRUE(store.put(key.finish(), noise(10), description));
  };
  Fields wanted = {{"code", "A"}, {"policy", "strict"}, {"cpu", "znver3"}};
  EXPECT_FALSE(*find_nearest(store, wanted));
  put("B", "guard", "skylake");
  EXPECT_FALSE(*find_nearest(store, wanted));  // nothing in common
  put("A", "guard", "skylake");
  put("A", "guard", "znver3");
  auto nearest = find_nearest(store, wanted);
  ASSERT_TRUE(nearest);
  ASSERT_TRUE(*nearest);
  EXPECT_EQ((*nearest)->differences, (std::vector<FieldDifference>{{"policy", "guard", "strict"}}));
}

}  // namespace
}  // namespace weir
