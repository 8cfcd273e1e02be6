// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bounds-checked reading and writing of little-endian bytes. A ByteReader never reads outside its
// span: after the first failed read ok() is false, and every later read gives zero, so that a
// parser can read a whole record and test once.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

static_assert(std::endian::native == std::endian::little, "weir runs on little-endian hosts");

using ByteSpan = std::span<const uint8_t>;

inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ByteReader {
 public:
  explicit ByteReader(ByteSpan bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t offset() const { return offset_; }
  size_t remaining() const { return bytes_.size() - offset_; }
  // True if nothing failed and nothing is left over.
  bool done() const { return ok_ && remaining() == 0; }
  void fail() { ok_ = false; }

  template <class T>
  T read() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    ByteSpan raw = take(sizeof(T));
    if (ok_) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }
  // The next n bytes, or an empty span and ok() == false.
  ByteSpan take(size_t n) {
    if (!ok_ || n > remaining()) {
      ok_ = false;
      return {};
    }
    ByteSpan out = bytes_.subspan(offset_, n);
    offset_ += n;
    return out;
  }
  // A u32 length, then that many bytes.
  ByteSpan read_block() { return take(read<uint32_t>()); }
  std::string read_string() { return std::string(as_text(read_block())); }
  // A u32 count of records of at least `min_record` bytes each; fails if they cannot fit, so that a
  // hostile count never sizes an allocation.
  uint32_t read_count(size_t min_record) {
    uint32_t n = read<uint32_t>();
    if (ok_ && min_record != 0 && n > remaining() / min_record) ok_ = false;
    return ok_ ? n : 0;
  }

 private:
  ByteSpan bytes_;
  size_t offset_ = 0;
  bool ok_ = true;
};

class ByteWriter {
 public:
  template <class T>
  void write(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto* p = reinterpret_cast<const uint8_t*>(&value);
    out_.insert(out_.end(), p, p + sizeof(T));
  }
  void write_bytes(ByteSpan bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void write_block(ByteSpan bytes) {
    write(static_cast<uint32_t>(bytes.size()));
    write_bytes(bytes);
  }
  void write_string(std::string_view text) { write_block(as_bytes(text)); }
  size_t size() const { return out_.size(); }
  const std::vector<uint8_t>& bytes() const { return out_; }
  std::vector<uint8_t> take() { return std::move(out_); }

 private:
  std::vector<uint8_t> out_;
};

}  // namespace weir
