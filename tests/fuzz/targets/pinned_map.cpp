// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files that pretend to be pinned maps: what describes and lists them takes any bytes. Who may
// write such a file is trusted as much as a thread of the process (runtime/maps/pin.h), so that
// contents are only read as `weir map dump` reads them, within bounds.
#include <fcntl.h>
#include <unistd.h>

#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/pin.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

namespace {

constexpr uint64_t kMostValue = 1 << 16;
constexpr uint32_t kMostBatches = 16;

void dump(Map* map) {
  const uint64_t value_bytes = map_host_value_size(map);
  if (map->key_size == 0 || map->key_size > 4096 || value_bytes > kMostValue) return;
  MapCursor cursor{};
  constexpr uint32_t kBatch = 4;
  std::vector<uint8_t> keys(size_t{map->key_size} * kBatch), values(value_bytes * kBatch);
  for (uint32_t i = 0; i < kMostBatches; ++i) {
    uint32_t count = kBatch;
    const int64_t error = map_lookup_batch(map, cursor, keys.data(), values.data(), count, false);
    fuzz::promise(count <= kBatch, "a batch has its limit");
    if (error != 0) break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string folder = fuzz::scratch_folder() + "/maps";
  static const bool made = [&] {
    std::error_code ignored;
    (void)unpin_map(folder, "m");
    MapSpec spec;
    spec.type = 2;
    spec.key_size = spec.value_size = 4;
    spec.max_entries = 1;
    return pin_map(folder, "m", spec).has_value();
  }();
  fuzz::promise(made, "a map can be pinned in an empty folder");
  const int fd = ::open((folder + "/m").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  const bool written = fd >= 0 && ::pwrite(fd, data, size, 0) == static_cast<ssize_t>(size);
  if (fd >= 0) ::close(fd);
  if (!written) return 0;
  const auto listed = list_pinned_maps(folder);
  fuzz::promise(listed && listed->size() == 1, "the folder has one file");
  const auto description = describe_pinned_map(folder, "m");
  const auto opened = open_pinned_map(folder, "m", PinAccess::kRead);
  fuzz::promise(description.has_value() || !opened, "what can be opened can be described");
  if (!opened) return 0;
  fuzz::promise(map_btf(opened->map()).size() <= size, "the BTF lies in the file");
  dump(opened->map());
  return 0;
}
