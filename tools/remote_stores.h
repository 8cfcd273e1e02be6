// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The remote stores of the weir command: which ones are configured, and the library that speaks
// their protocols, loaded when there is one.
#pragma once

#include <memory>
#include <string>

#include "cache/local_store.h"
#include "cache/remote/stacked_store.h"
#include "cache/trust.h"

namespace weir::tool {

// What `text` (--remote, $WEIR_REMOTE) says; if it says nothing, the user's file
// ~/.config/weir/remotes, else /etc/weir/remotes, else none. "off": none.
Result<std::vector<RemoteAddress>> configured_remotes(const std::string& text);

// What is put behind a local store.
struct StackParts {
  std::vector<RemoteAddress> remotes;
  Store* local = nullptr;     // what is asked first
  LocalStore* own = nullptr;  // what is written, with the signatures of others
  std::shared_ptr<const Trust> trust;
  std::shared_ptr<const Signer> signer;
  StackOptions options;
  bool leases = false;  // between processes here as well
};
// Errors: CacheUnavailable (the library of the protocols is not installed).
Result<std::unique_ptr<StackedStore>> open_stack(StackParts parts);

}  // namespace weir::tool
