// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A user's store over the machine's.
#include "cache/layered_store.h"

#include "tests/unit/cache/trust_fixture.h"

namespace weir {
namespace {

using namespace cache_test;

class LayeredTest : public TrustFixture {
 protected:
  // The machine's folder holds `key` with `object`.
  void fill_system(const Digest& key, ByteSpan object) {
    auto store = must(LocalStore::open(scratch_ / "system"));
    ASSERT_TRUE(store.put(key, object, {}));
  }
  LayeredStore layered(const StoreOptions& own = {}) {
    StoreOptions system = own;
    system.read_only = true;
    system.origin = Origin::kSystem;
    std::vector<std::unique_ptr<Store>> layers;
    layers.push_back(std::make_unique<LocalStore>(must(LocalStore::open(folder_, own))));
    layers.push_back(
        std::make_unique<LocalStore>(must(LocalStore::open(scratch_ / "system", system))));
    return LayeredStore(std::move(layers));
  }
  Digest key_ = key_of("k");
};

TEST_F(LayeredTest, TheUsersOwnComesFirst) {
  fill_system(key_, noise(100, 1));
  LayeredStore store = layered();
  auto found = store.lookup(key_);
  ASSERT_TRUE(found && found->hit());
  EXPECT_EQ(found->object, noise(100, 1));
  EXPECT_EQ(found->origin, Origin::kSystem);
  ASSERT_TRUE(store.put(key_, noise(100, 2), {}));
  found = store.lookup(key_);
  EXPECT_EQ(found->object, noise(100, 2));
  EXPECT_EQ(found->origin, Origin::kLocal);
  EXPECT_TRUE(store.lookup(key_of("none"))->absent());
}

TEST_F(LayeredTest, OnlyTheFirstIsWritten) {
  fill_system(key_of("other"), noise(10));
  const auto before = names_in(scratch_ / "system");
  {
    LayeredStore store = layered();
    ASSERT_TRUE(store.put(key_, noise(10), {}));
    (void)store.lookup(key_of("other"));
  }
  EXPECT_EQ(names_in(scratch_ / "system"), before);
}

TEST_F(LayeredTest, ADamagedLayerHidesNothingBehindIt) {
  fill_system(key_, noise(100, 1));
  LayeredStore store = layered();
  ASSERT_TRUE(store.put(key_, noise(100, 2), {}));
  cache_test::write_file(open_store().entry_path(key_), as_bytes("rubbish"));
  auto found = store.lookup(key_);
  ASSERT_TRUE(found && found->hit());
  EXPECT_EQ(found->origin, Origin::kSystem);
}

TEST_F(LayeredTest, EachIsJudgedAsWhatItIs) {
  fill_system(key_, noise(100, 1));
  StoreOptions options;
  options.trust = trust(R"({"require_signature": ["system"]})");
  LayeredStore store = layered(options);
  auto refused = store.lookup(key_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kCacheOwner);
  ASSERT_TRUE(store.put(key_, noise(100, 2), {}));
  EXPECT_TRUE(store.lookup(key_)->hit());
}

}  // namespace
}  // namespace weir
