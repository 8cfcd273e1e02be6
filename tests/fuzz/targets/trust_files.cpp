// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The small texts that decide what a host believes: policies, keys, signature blocks, descriptions,
// settings, addresses of stores. The first byte says which.
#include "cache/age_text.h"
#include "cache/description.h"
#include "cache/host_policy.h"
#include "cache/remote/address.h"
#include "cache/signature.h"
#include "cache/signing_key.h"
#include "cache/size_text.h"
#include "cache/store_config.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteSpan bytes = ByteSpan(data, size).subspan(1);
  const std::string_view text = as_text(bytes);
  switch (data[0] % 8) {
    case 0: (void)HostPolicy::parse(text, "policy.json"); break;
    case 1:
      if (const auto key = PublicKey::from_text(text)) {
        const auto again = PublicKey::from_text(key->to_text());
        fuzz::promise(again && *again == *key, "a public key comes back from its text");
      }
      break;
    case 2:
      if (const auto split = split_signatures(bytes)) {
        ByteWriter out;
        out.write_bytes(split->body);
        append_signatures(out, split->signatures);
        fuzz::promise(std::ranges::equal(out.bytes(), bytes), "a signed file is body and block");
      }
      break;
    case 3:
      if (const auto description = Description::from_text(text))
        fuzz::promise(description->to_text() == text, "only what to_text() writes is read");
      break;
    case 4:
      if (const auto config = StoreConfig::from_text(text)) {
        const auto again = StoreConfig::from_text(config->to_text());
        fuzz::promise(again && *again == *config, "settings come back from their text");
      }
      break;
    case 5: (void)parse_remotes(text); break;
    case 6: (void)parse_size(text); break;
    default: (void)KeyId::from_hex(text); break;
  }
  return 0;
}
