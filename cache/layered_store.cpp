// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/layered_store.h"

#include "cache/no_throw.h"

namespace weir {

Result<Lookup> LayeredStore::lookup(const Digest& key) {
  return without_exceptions([&]() -> Result<Lookup> {
    std::optional<Result<Lookup>> told;
    for (const auto& layer : layers_) {
      Result<Lookup> found = layer->lookup(key);
      if (found && found->hit()) return found;
      if (!told && !(found && found->absent())) told = std::move(found);
    }
    return told ? std::move(*told) : Lookup();
  });
}

Status LayeredStore::put(const Digest& key, ByteSpan object, const Description& description) {
  return layers_.front()->put(key, object, description);
}

std::string LayeredStore::name() const {
  std::string all;
  for (const auto& layer : layers_) all += (all.empty() ? "" : ", then ") + layer->name();
  return all;
}

}  // namespace weir
