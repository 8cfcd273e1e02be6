// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where machine code comes from: what a host asks of it depends on that.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

enum class Origin : uint8_t {
  kLocal,   // the user's own store, written by this user's compilations
  kSystem,  // a store of the machine's, which this user only reads
  kRemote,  // a store that is reached over a network
  kFile,    // a native object that was named
};
inline constexpr std::array kOrigins = {Origin::kLocal, Origin::kSystem, Origin::kRemote,
                                        Origin::kFile};

// "local", "system", "remote", "file".
constexpr std::string_view origin_name(Origin origin) {
  constexpr std::array<std::string_view, kOrigins.size()> kNames = {"local", "system", "remote",
                                                                    "file"};
  return kNames[static_cast<size_t>(origin)];
}
constexpr std::optional<Origin> origin_from_name(std::string_view name) {
  for (const Origin origin : kOrigins) {
    if (origin_name(origin) == name) return origin;
  }
  return std::nullopt;
}

// A set of them.
class Origins {
 public:
  constexpr Origins() = default;
  constexpr Origins& add(Origin origin) {
    bits_ |= bit(origin);
    return *this;
  }
  constexpr bool has(Origin origin) const { return (bits_ & bit(origin)) != 0; }
  constexpr bool operator==(const Origins&) const = default;

 private:
  static constexpr uint8_t bit(Origin origin) {
    return static_cast<uint8_t>(1U << static_cast<unsigned>(origin));
  }
  uint8_t bits_ = 0;
};

}  // namespace weir
