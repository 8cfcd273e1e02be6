// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Several stores as one: a user's own over the machine's. Lookups go from the first to the last and
// end at a hit; only the first is written. Each store judges its own entries (trust.h), as coming
// from where it is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cache/store.h"

namespace weir {

// A store of precompiled filters that root keeps for everybody; used if the folder is there.
inline constexpr const char* kSystemCacheFolder = "/var/cache/weir";

class LayeredStore final : public Store {
 public:
  // At least one.
  explicit LayeredStore(std::vector<std::unique_ptr<Store>> layers) : layers_(std::move(layers)) {}

  // A layer that is damaged, refuses the entry or cannot be asked does not keep the next one from
  // having it. If none has it, what the first of these said.
  Result<Lookup> lookup(const Digest& key) override;
  Status put(const Digest& key, ByteSpan object, const Description& description) override;
  std::string name() const override;

 private:
  std::vector<std::unique_ptr<Store>> layers_;
};

}  // namespace weir
