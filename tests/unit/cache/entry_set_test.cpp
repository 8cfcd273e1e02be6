// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A set of entries as one file: out of one store, into another.
#include "cache/entry_set.h"

#include <fcntl.h>

#include "tests/unit/cache/trust_fixture.h"

namespace weir {
namespace {

using namespace cache_test;
using ::testing::HasSubstr;

class EntrySetTest : public TrustFixture {
 protected:
  EntrySetTest() : alice_(make_key("alice")) {
    StoreOptions options;
    options.signer = std::make_shared<const Signer>(Signer{alice_, {}, {}});
    LocalStore store = open_store(options);
    for (int i = 0; i < 5; ++i) {
      keys_of_.push_back(key_of(std::to_string(i)));
      EXPECT_TRUE(store.put(keys_of_.back(), noise(1000, static_cast<uint32_t>(i) + 1), {}));
    }
  }
  Bytes exported() {
    Bytes out;
    auto report = export_entries(open_store(), keys_of_, [&](ByteSpan bytes) -> Status {
      out.insert(out.end(), bytes.begin(), bytes.end());
      return {};
    });
    EXPECT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->entries, keys_of_.size());
    EXPECT_EQ(report->bytes, out.size());
    return out;
  }
  LocalStore target() { return must(LocalStore::open(scratch_ / "target")); }
  Result<ImportReport> import(const Bytes& bytes, const Trust& by,
                              Origin origin = Origin::kRemote) {
    const std::string path = scratch_ / "set";
    cache_test::write_file(path, bytes);
    const UniqueFd fd(open_at(AT_FDCWD, path.c_str(), O_RDONLY));
    LocalStore store = target();
    return import_entries(store, fd.get(), path, by, origin);
  }
  std::shared_ptr<const SigningKey> alice_;
  std::vector<Digest> keys_of_;
};

TEST_F(EntrySetTest, ThereAndBack) {
  auto report = import(exported(), *trust());
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->entries, 5u);
  EXPECT_TRUE(report->refused.empty());
  LocalStore store = target();
  for (size_t i = 0; i < keys_of_.size(); ++i) {
    EXPECT_EQ(must_lookup(store, keys_of_[i]).object, noise(1000, static_cast<uint32_t>(i) + 1));
    EXPECT_EQ(must(store.read_entry(keys_of_[i])), must(open_store().read_entry(keys_of_[i])))
        << "signatures and all";
  }
}

TEST_F(EntrySetTest, NobodysEntriesAreRefusedOneByOne) {
  ASSERT_TRUE(open_store().put(keys_of_[2], noise(1000), {}));  // without a signature
  auto report = import(exported(), *trust());
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->entries, 4u);
  ASSERT_EQ(report->refused.size(), 1u);
  EXPECT_EQ(report->refused[0].code(), ErrorCode::kCacheOwner);
  EXPECT_EQ(report->refused[0].where().file, keys_of_[2].hex());
  LocalStore store = target();
  EXPECT_TRUE(must_lookup(store, keys_of_[2]).absent());
  // Its maker says it is his.
  EXPECT_EQ(must(import(exported(), *trust(), Origin::kLocal)).entries, 5u);
}

TEST_F(EntrySetTest, CutShortOrSpoiled) {
  const Bytes good = exported();
  for (size_t size = 0; size < good.size(); size += 1 + size / 50) {
    auto report =
        import(Bytes(good.begin(), good.begin() + static_cast<ptrdiff_t>(size)), *trust());
    ASSERT_FALSE(report) << size;
    EXPECT_EQ(report.error().code(), ErrorCode::kCacheDamaged);
  }
  auto spoiled = [&](size_t at, uint8_t value) {
    Bytes bytes = good;
    bytes[at] = value;
    return import(bytes, *trust());
  };
  EXPECT_THAT(spoiled(0, 'w').error().message(), HasSubstr("is no set of entries"));
  EXPECT_EQ(spoiled(8, 2).error().code(), ErrorCode::kCacheUnavailable);
  EXPECT_THAT(spoiled(12 + 32 + 7, 1).error().message(), HasSubstr("oversized"));
  EXPECT_EQ(must(spoiled(12, good[12] ^ 1)).refused.size(), 1u) << "another key";
  EXPECT_EQ(must(spoiled(12 + 40 + 100, good[152] ^ 1)).refused.size(), 1u);
  EXPECT_THAT(spoiled(good.size() - 8, 4).error().message(), HasSubstr("says it has 4 entries"));
}

}  // namespace
}  // namespace weir
