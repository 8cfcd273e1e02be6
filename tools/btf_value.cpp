// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/btf_value.h"

#include <arpa/inet.h>
#include <linux/btf.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/hex.h"

namespace weir::tool {

namespace {

// A nesting that C programs do not reach; what lies deeper is shown as bytes.
constexpr int kMaxNesting = 32;
constexpr size_t kMaxElements = 1u << 20;

uint32_t kind_of(const btf_type& type) {
  return type.info >> 24 & 0x1f;
}
uint32_t members_of(const btf_type& type) {
  return type.info & 0xffff;
}
bool has_bitfields(const btf_type& type) {
  return (type.info >> 31) != 0;
}
// What follows a type's record: see <linux/btf.h>. Btf::parse() has checked that it is there.
template <class T>
const T* behind(const btf_type& type) {
  return reinterpret_cast<const T*>(&type + 1);
}

uint64_t bits_at(ByteSpan bytes, uint64_t offset, uint32_t count) {
  uint64_t value = 0;
  for (uint32_t i = 0; i < count && i < 64; ++i) {
    const uint64_t at = offset + i;
    if (at / 8 < bytes.size()) value |= uint64_t{bytes[at / 8]} >> (at % 8) << 63 >> (63 - i);
  }
  return value;
}

void set_bits(std::vector<uint8_t>& bytes, uint64_t offset, uint32_t count, uint64_t value) {
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t at = offset + i;
    if (at / 8 >= bytes.size()) return;
    const uint8_t bit = static_cast<uint8_t>(1u << (at % 8));
    if (i < 64 && (value >> i & 1) != 0)
      bytes[at / 8] |= bit;
    else
      bytes[at / 8] &= static_cast<uint8_t>(~bit);
  }
}

int64_t sign_extend(uint64_t value, uint32_t bits) {
  if (bits == 0 || bits >= 64) return static_cast<int64_t>(value);
  return static_cast<int64_t>(value << (64 - bits)) >> (64 - bits);
}

// The type behind typedefs and qualifiers, or null.
const btf_type* resolve(const Btf& btf, uint32_t id) {
  const auto found = btf.skip_modifiers(id);
  return found ? btf.type(*found) : nullptr;
}

bool is_text(const Btf& btf, uint32_t element) {
  const btf_type* const type = resolve(btf, element);
  if (type == nullptr || kind_of(*type) != BTF_KIND_INT || type->size != 1) return false;
  const uint32_t encoding = *behind<uint32_t>(*type) >> 24;
  return (encoding & BTF_INT_CHAR) != 0 || btf.string(type->name_off) == "char";
}

// ---- To JSON ----

class Printer {
 public:
  Printer(const Btf& btf, ByteSpan bytes) : btf_(btf), bytes_(bytes) {}

  // The value at a bit offset; `width` is not 0 for a bit field.
  Json value(uint32_t id, uint64_t offset, uint32_t width, int depth) const {
    const btf_type* const type = resolve(btf_, id);
    if (type == nullptr || depth > kMaxNesting) return nullptr;
    switch (kind_of(*type)) {
      case BTF_KIND_INT: return integer(*type, offset, width);
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64: return enumerator(*type, offset, width);
      case BTF_KIND_PTR: return fmt::format("{:#x}", bits_at(bytes_, offset, 64));
      case BTF_KIND_FLOAT: return real(*type, offset);
      case BTF_KIND_ARRAY: return array(*behind<btf_array>(*type), offset, depth);
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION: return members(*type, offset, depth);
      case BTF_KIND_DATASEC: return variables(*type, depth);
      default: return nullptr;
    }
  }

 private:
  Json integer(const btf_type& type, uint64_t offset, uint32_t width) const {
    const uint32_t info = *behind<uint32_t>(type);
    const uint32_t bits = width != 0 ? width : std::min(info & 0xff, type.size * 8);
    const uint64_t number = bits_at(bytes_, offset + (info >> 16 & 0xff), bits);
    const uint32_t encoding = info >> 24;
    if (bits > 64) return hex(offset, type.size);
    if ((encoding & BTF_INT_BOOL) != 0) return number != 0;
    if ((encoding & BTF_INT_SIGNED) != 0) return sign_extend(number, bits);
    return number;
  }

  Json enumerator(const btf_type& type, uint64_t offset, uint32_t width) const {
    const uint32_t bits = width != 0 ? width : type.size * 8;
    const uint64_t number = bits_at(bytes_, offset, bits);
    const bool is_signed = has_bitfields(type);  // the same bit: kind_flag
    const int64_t wanted = sign_extend(number, bits);
    for (uint32_t i = 0; i < members_of(type); ++i) {
      uint32_t name;
      int64_t value;
      if (kind_of(type) == BTF_KIND_ENUM) {
        name = behind<btf_enum>(type)[i].name_off;
        value = behind<btf_enum>(type)[i].val;
      } else {
        const btf_enum64& row = behind<btf_enum64>(type)[i];
        name = row.name_off;
        value = static_cast<int64_t>(uint64_t{row.val_hi32} << 32 | row.val_lo32);
      }
      if (sign_extend(static_cast<uint64_t>(value), bits) == wanted)
        return printable(btf_.string(name));
    }
    if (is_signed) return wanted;
    return number;
  }

  Json real(const btf_type& type, uint64_t offset) const {
    const uint64_t bits = bits_at(bytes_, offset, std::min(type.size * 8, 64u));
    if (type.size == 4) {
      const auto low = static_cast<uint32_t>(bits);
      float number;
      std::memcpy(&number, &low, sizeof number);
      return number;
    }
    if (type.size != 8) return hex(offset, type.size);
    double number;
    std::memcpy(&number, &bits, sizeof number);
    return number;
  }

  Json array(const btf_array& array, uint64_t offset, int depth) const {
    const auto size = btf_.size_of(array.type);
    if (!size || *size == 0) return Json::array();
    const size_t count = std::min<size_t>({array.nelems, kMaxElements, bytes_.size()});
    if (is_text(btf_, array.type)) {
      std::string text;
      for (size_t i = 0; i < count; ++i)
        text += static_cast<char>(bits_at(bytes_, offset + i * 8, 8));
      // Text ends at the first NUL, and has nothing behind it.
      const size_t end = std::min(text.size(), text.find('\0'));
      const bool plain = std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(end),
                                     [](char c) { return c >= 0x20 && c < 0x7f; });
      if (plain && text.find_first_not_of('\0', end) == std::string::npos)
        return text.substr(0, end);
    }
    Json list = Json::array();
    for (size_t i = 0; i < count; ++i)
      list.push_back(value(array.type, offset + i * *size * 8, 0, depth + 1));
    return list;
  }

  Json members(const btf_type& type, uint64_t offset, int depth) const {
    Json out = Json::object();
    for (uint32_t i = 0; i < members_of(type); ++i) {
      const btf_member& member = behind<btf_member>(type)[i];
      const uint32_t width = has_bitfields(type) ? member.offset >> 24 : 0;
      const uint32_t at = has_bitfields(type) ? member.offset & 0xffffff : member.offset;
      Json value_here = value(member.type, offset + at, width, depth + 1);
      const std::string name = printable(btf_.string(member.name_off));
      if (!name.empty()) {
        out[name] = std::move(value_here);
      } else if (value_here.is_object()) {
        out.update(value_here);  // an anonymous struct or union
      }
    }
    return out;
  }

  Json variables(const btf_type& type, int depth) const {
    Json out = Json::object();
    for (uint32_t i = 0; i < members_of(type); ++i) {
      const btf_var_secinfo& place = behind<btf_var_secinfo>(type)[i];
      const btf_type* const variable = btf_.type(place.type);
      if (variable == nullptr || kind_of(*variable) != BTF_KIND_VAR) continue;
      out[printable(btf_.string(variable->name_off))] =
          value(variable->type, uint64_t{place.offset} * 8, 0, depth + 1);
    }
    return out;
  }

  Json hex(uint64_t offset, uint32_t size) const {
    std::vector<uint8_t> out;
    for (uint32_t i = 0; i < size; ++i)
      out.push_back(static_cast<uint8_t>(bits_at(bytes_, offset + i * 8, 8)));
    return to_hex(out);
  }

  const Btf& btf_;
  ByteSpan bytes_;
};

// ---- From JSON ----

Error does_not_fit(const Json& json, std::string_view wanted) {
  return Error(
      ErrorCode::kUsage,
      fmt::format("{} is no {}",
                  printable(json.dump(-1, ' ', false, Json::error_handler_t::replace)), wanted));
}

// A number in decimal or, with 0x, in hexadecimal.
std::optional<uint64_t> number_of(std::string_view text, bool& negative) {
  negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// The number in `bits` bits, or nothing if it needs more.
std::optional<uint64_t> fit(uint64_t magnitude, bool negative, uint32_t bits, bool is_signed) {
  const uint64_t mask = bits >= 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  const uint64_t half = uint64_t{1} << (std::min(bits, 64u) - 1);
  if (negative) {
    if (!is_signed || magnitude > half) return std::nullopt;
    return (0 - magnitude) & mask;
  }
  if (magnitude > (is_signed ? half - 1 : mask)) return std::nullopt;
  return magnitude;
}

class Reader {
 public:
  Reader(const Btf& btf, size_t size) : btf_(btf), bytes_(size) {}
  std::vector<uint8_t> take() { return std::move(bytes_); }

  Status set(uint32_t id, uint64_t offset, uint32_t width, const Json& json, int depth) {
    const btf_type* const type = resolve(btf_, id);
    if (type == nullptr || depth > kMaxNesting) return does_not_fit(json, "value that can be set");
    switch (kind_of(*type)) {
      case BTF_KIND_INT: return integer(*type, offset, width, json);
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64: return enumerator(*type, offset, width, json);
      case BTF_KIND_PTR: return number(offset, 64, false, json);
      case BTF_KIND_ARRAY: return array(*behind<btf_array>(*type), offset, json, depth);
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION: return members(*type, offset, json, depth);
      default: return does_not_fit(json, "value that can be set; give it as hex:BYTES");
    }
  }

 private:
  Status number(uint64_t offset, uint32_t bits, bool is_signed, const Json& json) {
    bool negative = false;
    std::optional<uint64_t> magnitude;
    if (json.is_boolean()) {
      magnitude = json.get<bool>() ? 1 : 0;
    } else if (json.is_number_unsigned()) {
      magnitude = json.get<uint64_t>();
    } else if (json.is_number_integer()) {
      negative = json.get<int64_t>() < 0;
      magnitude = 0 - static_cast<uint64_t>(json.get<int64_t>());
    } else if (json.is_string()) {
      const auto text = json.get<std::string>();
      in_addr address;
      if (bits == 32 && offset % 8 == 0 && ::inet_pton(AF_INET, text.c_str(), &address) == 1) {
        std::memcpy(bytes_.data() + offset / 8, &address,
                    std::min(sizeof address, bytes_.size() - std::min(bytes_.size(), offset / 8)));
        return {};
      }
      magnitude = number_of(text, negative);
    }
    if (!magnitude) return does_not_fit(json, "number");
    const auto fitting = fit(*magnitude, negative, bits, is_signed);
    if (!fitting)
      return does_not_fit(
          json, fmt::format("{} number of {} bits", is_signed ? "signed" : "unsigned", bits));
    set_bits(bytes_, offset, bits, *fitting);
    return {};
  }

  Status integer(const btf_type& type, uint64_t offset, uint32_t width, const Json& json) {
    const uint32_t info = *behind<uint32_t>(type);
    const uint32_t bits = width != 0 ? width : std::min(info & 0xff, type.size * 8);
    if (bits > 64) return does_not_fit(json, "value that can be set; give it as hex:BYTES");
    return number(offset, bits, (info >> 24 & BTF_INT_SIGNED) != 0, json);
  }

  Status enumerator(const btf_type& type, uint64_t offset, uint32_t width, const Json& json) {
    const uint32_t bits = width != 0 ? width : type.size * 8;
    for (uint32_t i = 0; json.is_string() && i < members_of(type); ++i) {
      const bool wide = kind_of(type) == BTF_KIND_ENUM64;
      const uint32_t name =
          wide ? behind<btf_enum64>(type)[i].name_off : behind<btf_enum>(type)[i].name_off;
      if (btf_.string(name) != json.get<std::string>()) continue;
      const uint64_t value = wide ? uint64_t{behind<btf_enum64>(type)[i].val_hi32} << 32 |
                                        behind<btf_enum64>(type)[i].val_lo32
                                  : static_cast<uint64_t>(int64_t{behind<btf_enum>(type)[i].val});
      set_bits(bytes_, offset, bits, value);
      return {};
    }
    return number(offset, bits, has_bitfields(type), json);
  }

  Status array(const btf_array& array, uint64_t offset, const Json& json, int depth) {
    WEIR_TRY(const uint32_t size, btf_.size_of(array.type));
    if (json.is_string() && is_text(btf_, array.type)) {
      const auto text = json.get<std::string>();
      if (text.size() > array.nelems)
        return does_not_fit(json, fmt::format("text of at most {} bytes", array.nelems));
      for (size_t i = 0; i < text.size(); ++i)
        set_bits(bytes_, offset + i * 8, 8, static_cast<uint8_t>(text[i]));
      return {};
    }
    if (!json.is_array() || json.size() > array.nelems)
      return does_not_fit(json, fmt::format("list of at most {}", array.nelems));
    for (size_t i = 0; i < json.size(); ++i)
      WEIR_CHECK(set(array.type, offset + i * size * 8, 0, json[i], depth + 1));
    return {};
  }

  // Names that were found are taken out of `left`: anonymous members share it.
  Status members(const btf_type& type, uint64_t offset, const Json& json, int depth) {
    if (!json.is_object()) return does_not_fit(json, "object with members");
    Json left = json;
    WEIR_CHECK(take_members(type, offset, left, depth));
    if (!left.empty())
      return Error(ErrorCode::kUsage,
                   fmt::format("there is no member '{}'", printable(left.begin().key())));
    return {};
  }

  Status take_members(const btf_type& type, uint64_t offset, Json& left, int depth) {
    if (depth > kMaxNesting) return {};
    for (uint32_t i = 0; i < members_of(type); ++i) {
      const btf_member& member = behind<btf_member>(type)[i];
      const uint32_t width = has_bitfields(type) ? member.offset >> 24 : 0;
      const uint64_t at = offset + (has_bitfields(type) ? member.offset & 0xffffff : member.offset);
      const std::string name(btf_.string(member.name_off));
      const btf_type* const inner = resolve(btf_, member.type);
      const bool composite = inner != nullptr && (kind_of(*inner) == BTF_KIND_STRUCT ||
                                                  kind_of(*inner) == BTF_KIND_UNION);
      if (name.empty() && composite) {
        WEIR_CHECK(take_members(*inner, at, left, depth + 1));
        continue;
      }
      const auto found = left.find(name);
      if (found == left.end()) continue;
      WEIR_CHECK(set(member.type, at, width, *found, depth + 1));
      left.erase(found);
    }
    return {};
  }

  const Btf& btf_;
  std::vector<uint8_t> bytes_;
};

}  // namespace

Json value_to_json(const Btf& btf, uint32_t type_id, ByteSpan bytes) {
  Json json = Printer(btf, bytes).value(type_id, 0, 0, 0);
  if (json.is_null()) return to_hex(bytes);
  return json;
}

Result<std::vector<uint8_t>> value_from_json(const Btf& btf, uint32_t type_id, const Json& json,
                                             size_t size) {
  Reader reader(btf, size);
  WEIR_CHECK(reader.set(type_id, 0, 0, json, 0));
  return reader.take();
}

Result<std::vector<uint8_t>> parse_value(const Btf* btf, uint32_t type_id, size_t size,
                                         const std::string& text, std::string_view what) {
  if (text.starts_with("hex:")) {
    WEIR_TRY(std::vector<uint8_t> bytes, parse_hex(std::string_view(text).substr(4), what));
    if (bytes.size() == size) return bytes;
    return Error(ErrorCode::kUsage,
                 fmt::format("{}: {} bytes, expected {}", what, bytes.size(), size));
  }
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) json = text;  // a bare word: an enumerator, an address, 0x1f
  if (btf != nullptr && type_id != 0) {
    auto bytes = value_from_json(*btf, type_id, json, size);
    if (bytes) return bytes;
    return Error(ErrorCode::kUsage, fmt::format("{}: {}", what, bytes.error().message()));
  }
  bool negative = false;
  in_addr address;
  std::vector<uint8_t> bytes(size);
  if (size == sizeof address && ::inet_pton(AF_INET, text.c_str(), &address) == 1) {
    std::memcpy(bytes.data(), &address, size);
    return bytes;
  }
  const auto magnitude = number_of(text, negative);
  const auto fitting = magnitude && size <= 8 && size != 0
                           ? fit(*magnitude, negative, static_cast<uint32_t>(size * 8), negative)
                           : std::nullopt;
  if (!fitting) {
    return Error(ErrorCode::kUsage,
                 fmt::format("{}: '{}' is no number of {} bytes", what, printable(text), size))
        .with_hint(fmt::format("the map says nothing of its types: write hex: and {} bytes", size));
  }
  set_bits(bytes, 0, static_cast<uint32_t>(size * 8), *fitting);
  return bytes;
}

}  // namespace weir::tool
