// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What lookups, puts and keys cost on this machine, with a warm page cache. Not a test: times
// depend on the machine. Every result is checked before it is timed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "cache/entry.h"
#include "cache/local_store.h"

using namespace weir;

namespace {

// Median and 99th percentile of `rounds` calls, in microseconds.
template <class Call>
void measure(const char* name, size_t size, int rounds, Call call) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    auto start = std::chrono::steady_clock::now();
    if (!call()) {
      std::printf("%s failed\n", name);
      std::exit(1);
    }
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%-22s %8zu bytes  median %8.2f us  p99 %8.2f us\n", name, size,
              times[times.size() / 2], times[times.size() * 99 / 100]);
}

// Half as compressible as code: words from a small vocabulary.
std::vector<uint8_t> sample(size_t size) {
  std::minstd_rand random(3);
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<uint8_t>(random() >> 8) & (i % 2 == 0 ? 0xff : 0x03);
  return bytes;
}

}  // namespace

int main() {
  std::string folder = (std::filesystem::temp_directory_path() / "weir-hit-cost-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  auto store = LocalStore::open(folder);
  if (!store) return 1;
  Description description;
  for (int i = 0; i < 15; ++i)
    description.key_fields.push_back({"field" + std::to_string(i), "a value of usual length"});

  for (size_t size : {1000, 4096, 16384, 65536, 1 << 20}) {
    const auto object = sample(size);
    const Digest key = digest_of(object);
    measure("put", size, 200, [&] { return store->put(key, object, description).has_value(); });
    auto entry = encode_entry(key, object, description);
    if (!entry || !(decode_entry(*entry, key)->object == object)) return 1;
    measure("decode", size, 2000, [&] { return decode_entry(*entry, key).has_value(); });
    measure("digest", entry->size(), 2000, [&] { return digest_of(*entry) != Digest{}; });
    measure("hit", size, 5000, [&] { return store->lookup(key)->hit(); });
  }
  measure("miss", 0, 5000, [&] { return store->lookup(digest_of(as_bytes("absent")))->absent(); });
  const auto code = sample(8192);
  measure("key of 15 fields", 8192, 5000, [&] {
    KeyBuilder builder;
    builder.add("code", code);
    for (const KeyField& field : description.key_fields) builder.add(field.tag, field.value);
    return builder.finish() != Digest{};
  });
  std::filesystem::remove_all(folder);
}
