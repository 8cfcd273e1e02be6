// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/signing.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "cache/age_text.h"
#include "frontend/support/text.h"
#include "runtime/native/native_object.h"
#include "runtime/native/variants.h"

namespace weir::tool {

namespace {

Result<std::optional<UnixTime>> fixed_time() {
  const char* const text = ::secure_getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') return std::optional<UnixTime>();
  const std::string_view view = text;
  UnixTime seconds = 0;
  const auto [end, bad] = std::from_chars(view.data(), view.data() + view.size(), seconds);
  if (bad != std::errc() || end != view.data() + view.size() || seconds < 0) {
    return Error(ErrorCode::kUsage,
                 fmt::format("SOURCE_DATE_EPOCH is '{}', no number of seconds", printable(view)));
  }
  return std::optional(seconds);
}

}  // namespace

Result<KeyFolder> open_key_folder(bool create) {
  WEIR_TRY(const std::string path, default_key_folder());
  return KeyFolder::open(path, create);
}

Result<std::shared_ptr<const Signer>> make_signer(const std::string& key,
                                                  const std::string& valid_for) {
  auto read = [&]() -> Result<SigningKey> {
    if (key.find('/') != std::string::npos) return SigningKey::read(key);
    WEIR_TRY(const KeyFolder folder, open_key_folder(false));
    return folder.signing_key(key);
  };
  WEIR_TRY(SigningKey secret, read());
  Signer signer;
  signer.key = std::make_shared<const SigningKey>(std::move(secret));
  WEIR_TRY(signer.at, fixed_time());
  if (!valid_for.empty()) {
    WEIR_TRY(signer.valid_for, parse_age(valid_for));
  }
  return std::make_shared<const Signer>(std::move(signer));
}

namespace {

Result<std::vector<uint8_t>> sign_one(ByteSpan file, const Signer& signer) {
  WEIR_TRY(const NativeObject object,
           NativeObject::parse(std::vector<uint8_t>(file.begin(), file.end())));
  std::vector<Signature> signatures = object.signatures();
  WEIR_CHECK(add_signature(signatures, signer.sign(object.signed_body())));
  ByteWriter out;
  out.write_bytes(object.bytes());
  append_signatures(out, signatures);
  return out.take();
}

}  // namespace

// Of several objects in a file each has signatures of its own: it is one of them that is loaded.
Result<std::vector<uint8_t>> sign_object(ByteSpan file, const Signer& signer) {
  if (!is_variant_file(file)) return sign_one(file, signer);
  WEIR_TRY(const std::vector<Variant> variants, read_variants(file));
  std::vector<std::vector<uint8_t>> made;
  for (const Variant& variant : variants) {
    WEIR_TRY(std::vector<uint8_t> one, sign_one(variant.object, signer));
    made.push_back(std::move(one));
  }
  return write_variants(made);
}

}  // namespace weir::tool
