// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/store_config.h"

#include <fmt/format.h>

#include <charconv>

#include "cache/atomic_file.h"
#include "cache/layout.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr size_t kMaxConfigFile = 4096;
constexpr std::string_view kMaxSizeKey = "max-size = ";
constexpr std::string_view kMaxAgeKey = "max-age = ";
constexpr uint64_t kMaxSeconds = uint64_t{1} << 40;

std::optional<uint64_t> number_after(std::string_view line, std::string_view key) {
  if (!line.starts_with(key)) return std::nullopt;
  line.remove_prefix(key.size());
  uint64_t value = 0;
  const auto [end, bad] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (bad != std::errc() || end != line.data() + line.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string StoreConfig::to_text() const {
  std::string text;
  if (max_size) text += fmt::format("{}{}\n", kMaxSizeKey, *max_size);
  if (max_age) text += fmt::format("{}{}\n", kMaxAgeKey, max_age->count());
  return text;
}

Result<StoreConfig> StoreConfig::from_text(std::string_view text) {
  StoreConfig config;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (const auto size = number_after(line, kMaxSizeKey)) {
      config.max_size = *size;
    } else if (const auto age = number_after(line, kMaxAgeKey); age && *age <= kMaxSeconds) {
      config.max_age = std::chrono::seconds(*age);
    } else {
      return Error(ErrorCode::kUsage,
                   fmt::format("line {} of the cache's settings is '{}', no setting", number,
                               printable(line)))
          .with_hint("write 'max-size = BYTES' or 'max-age = SECONDS', or remove the file");
    }
  }
  return config;
}

Result<StoreConfig> read_store_config(int root, std::string_view root_path, Owner owner) {
  const std::string path = fmt::format("{}/{}", root_path, kConfigFile);
  WEIR_TRY(const OpenedFile file, open_own_file(root, kConfigFile, path, owner));
  if (!file.fd) return StoreConfig();
  WEIR_TRY(const Buffer bytes, read_start(file.fd.get(), kMaxConfigFile, path));
  auto config = StoreConfig::from_text(as_text(bytes.span()));
  if (!config) return config.take_error().in_file(path);
  return *config;
}

Status write_store_config(int root, std::string_view root_path, const StoreConfig& config) {
  WEIR_TRY(const UniqueFd temporary,
           open_subfolder(root, root_path, kTemporaryFolder, IfAbsent::kCreate));
  WEIR_TRY(AtomicFile file, AtomicFile::create(temporary.get(), root, kConfigFile,
                                               fmt::format("{}/{}", root_path, kConfigFile)));
  const std::string text = config.to_text();
  WEIR_CHECK(file.write(as_bytes(text)));
  return file.commit(true);
}

}  // namespace weir
