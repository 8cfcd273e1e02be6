// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BLAKE2b-256 of bytes that come in pieces. In a header of its own, because it shows libsodium's.
#pragma once

#include <sodium/crypto_generichash.h>

#include "cache/digest.h"

namespace weir {

class DigestStream {
 public:
  DigestStream();
  void add(ByteSpan bytes);
  // Of all that was added; more can be added afterwards.
  Digest so_far() const;

 private:
  crypto_generichash_state state_;
};

// Lets libsodium choose the code for this CPU. Whoever calls libsodium calls this first, any number
// of times, from any thread. False: there are no random bytes to be had, so no key can be made; all
// else works.
bool prepare_crypto();

}  // namespace weir
