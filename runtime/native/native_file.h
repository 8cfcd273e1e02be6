// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <string>
#include <vector>

#include "frontend/support/result.h"

namespace weir {

// The bytes of a native object's file, for NativeObject::parse. A regular file of at most
// kMaxNativeBytes; a name that leads to a pipe or a device is refused without waiting for it.
// Errors carry the path.
Result<std::vector<uint8_t>> read_native_file(const std::string& path);

}  // namespace weir
