// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

TEST(BloomFilter, NeverDeniesWhatWasAddedAndSeldomClaimsMore) {
  for (const uint32_t size : {1u, 4u, 9u, 40u}) {
    MapSpec spec = spec_of(BPF_MAP_TYPE_BLOOM_FILTER, 0, size, 1000);
    spec.map_extra = 3;
    const MapHandle handle = make_map(spec);
    const uint32_t many = size == 1 ? 100 : 1000;
    for (uint32_t i = 0; i < many; ++i) {
      ASSERT_EQ(map_push(handle.map(), key_bytes(i, size).data(), BPF_ANY), 0);
    }
    for (uint32_t i = 0; i < many; ++i) {
      ASSERT_EQ(map_peek(handle.map(), key_bytes(i, size).data()), 0);
    }
    uint32_t claimed = 0;
    const uint32_t others = size == 1 ? 100 : 5000;
    for (uint32_t i = many; i < many + others; ++i) {
      claimed += map_peek(handle.map(), key_bytes(i, size).data()) == 0 ? 1 : 0;
    }
    // 4.2 bits an entry with 3 functions: 13 %, and the bits are rounded up to a power of two.
    EXPECT_LT(claimed, others / 5);
  }
}

TEST(BloomFilter, FlagsAndWhatItHasNot) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 10));
  uint32_t value = 7;
  EXPECT_EQ(map_peek(handle.map(), &value), -ENOENT);
  EXPECT_EQ(map_push(handle.map(), &value, BPF_EXIST), -EINVAL);
  EXPECT_EQ(map_push(handle.map(), &value, BPF_ANY), 0);
  EXPECT_EQ(map_peek(handle.map(), &value), 0);
  EXPECT_EQ(map_pop(handle.map(), &value), -EOPNOTSUPP);
  EXPECT_EQ(map_delete(handle.map(), &value), -EOPNOTSUPP);
}

}  // namespace
}  // namespace weir
