// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every store of native objects can do: the local folder (local_store.h), and remote ones
// behind the same two calls. A store keeps bytes under a key and knows nothing of what they mean.
//
// An answer has four shapes and a caller treats them alike: a hit is used; absent, damaged and
// Error all mean "compile it", and only what is reported differs. A cache problem is never more
// than that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cache/description.h"
#include "cache/digest.h"
#include "cache/origin.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

struct Lookup {
  enum class State : uint8_t { kHit, kAbsent, kDamaged };
  State state = State::kAbsent;
  // kHit: exactly the bytes that were put, and their description.
  std::vector<uint8_t> object;
  Description description;
  // kHit: what kind of store had it. The store has judged it as coming from there (trust.h).
  Origin origin = Origin::kLocal;
  // kHit: the remote store it was found in (remote/stacked_store.h); empty for a local one.
  std::string from;
  // kDamaged: what is wrong (code CacheDamaged), and where the entry was moved; empty if it could
  // not be moved (a read-only folder). The next put() of the key replaces it in either case.
  std::optional<Error> damage;
  std::string set_aside;

  bool hit() const { return state == State::kHit; }
  bool absent() const { return state == State::kAbsent; }
  bool damaged() const { return state == State::kDamaged; }
};

class Store {
 public:
  virtual ~Store() = default;
  // Both from any thread.
  virtual Result<Lookup> lookup(const Digest& key) = 0;
  virtual Status put(const Digest& key, ByteSpan object, const Description& description) = 0;
  // For messages: a path, an address.
  virtual std::string name() const = 0;

 protected:
  Store() = default;
  Store(Store&&) = default;
  Store& operator=(Store&&) = default;
};

}  // namespace weir
