// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whom the commands sign as.
#pragma once

#include <memory>
#include <string>

#include "cache/key_folder.h"
#include "cache/signing_key.h"

namespace weir::tool {

// The user's folder of keys.
Result<KeyFolder> open_key_folder(bool create);

// `key` names a key of the user's folder, or, with a slash in it, is the file of one. `valid_for`:
// an age ("30d"); empty: for ever. $SOURCE_DATE_EPOCH stands for now, so that the same input can
// give the same bytes.
Result<std::shared_ptr<const Signer>> make_signer(const std::string& key,
                                                  const std::string& valid_for);

// A file as it is, with the signature of `signer` after it, or in place of the one that the same
// key made before. Of a native object.
Result<std::vector<uint8_t>> sign_object(ByteSpan file, const Signer& signer);

}  // namespace weir::tool
