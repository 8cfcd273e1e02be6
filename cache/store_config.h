// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Limits that belong to a cache folder, and hold for every process that puts something into it. The
// file `config` in the folder is text, one setting a line:
//
//     max-size = 5368709120
//     max-age = 2592000
//
// Bytes and seconds. `weir cache --max-size 5Gi` writes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cache/folder.h"
#include "frontend/support/result.h"

namespace weir {

inline constexpr const char* kConfigFile = "config";

struct StoreConfig {
  std::optional<uint64_t> max_size;             // 0: no limit
  std::optional<std::chrono::seconds> max_age;  // since the last use

  std::string to_text() const;
  // Errors: Usage, with the line.
  static Result<StoreConfig> from_text(std::string_view text);
  bool operator==(const StoreConfig&) const = default;
};

// Of an open cache folder; without a file, nothing is set. Errors: CacheOwner, CacheUnavailable,
// Usage.
Result<StoreConfig> read_store_config(int root, std::string_view root_path, Owner owner);
Status write_store_config(int root, std::string_view root_path, const StoreConfig& config);

}  // namespace weir
