// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of trust share: a folder of keys, policies from text, signed entries.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cache/trust.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir::cache_test {

class TrustFixture : public StoreTest {
 protected:
  TrustFixture() : keys_(must(KeyFolder::open(scratch_ / "keys", true))) {}

  template <class T>
  static T must(Result<T> made) {
    if (!made) {
      ADD_FAILURE() << made.error().to_string();
      std::abort();
    }
    return std::move(*made);
  }

  // A key of that name; `trusted`: its signatures count.
  std::shared_ptr<const SigningKey> make_key(const std::string& name, bool trusted = true,
                                             SignatureKind kind = SignatureKind::kEd25519) {
    auto key = std::make_shared<const SigningKey>(must(keys_.generate(name, kind)));
    if (trusted) (void)must(keys_.trust_own(name));
    return key;
  }
  static HostPolicy policy(std::string_view json) {
    return must(HostPolicy::parse(json, "policy.json"));
  }
  // What `json` and the folder of keys come to.
  std::shared_ptr<const Trust> trust(std::string_view json = "{}") {
    return std::make_shared<const Trust>(std::vector{policy(json)}, must(keys_.trusted_keys()),
                                         must(keys_.revocations()));
  }
  static Bytes entry(const Digest& key, ByteSpan object) {
    return must(encode_entry(key, object, description_of("d")));
  }
  // With the signature of `key`, made `age` ago.
  static Bytes signed_entry(const Digest& name, ByteSpan object, const SigningKey& key,
                            std::chrono::seconds age = {}, UnixTime expires = 0) {
    const Bytes plain = entry(name, object);
    const Signature signature =
        key.sign(must(open_entry(plain, name)).body, unix_now() - age.count(), expires);
    return must(with_signatures(plain, name, std::span(&signature, 1)));
  }
  // The body of `body` with the signatures of `signatures`, whole.
  static Bytes spliced(const Bytes& body, const Bytes& signatures, const Digest& body_key,
                       const Digest& signatures_key) {
    return must(
        with_signatures(body, body_key, must(open_entry(signatures, signatures_key)).signatures));
  }
  static void expect_refused(const Bytes& file, const Digest& key, const Trust& by, Origin from,
                             std::string_view words, ErrorCode code = ErrorCode::kCacheOwner) {
    auto taken = take_entry(file, key, by, from);
    ASSERT_FALSE(taken) << words;
    EXPECT_EQ(taken.error().code(), code) << taken.error().to_string();
    EXPECT_THAT(taken.error().message(), ::testing::HasSubstr(std::string(words)));
    if (code == ErrorCode::kCacheOwner) {
      EXPECT_NE(taken.error().hint(), "");
    }
  }

  KeyFolder keys_;
};

}  // namespace weir::cache_test
