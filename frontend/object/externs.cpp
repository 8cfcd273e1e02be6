// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Symbols that a file uses and does not define. BTF tells the two kinds apart, by the data section
// that the declaration puts them into:
//
//   .ksyms     extern const void init_task __ksym;      a kernel variable or function
//   .kconfig   extern int CONFIG_HZ __kconfig;          a value of the kernel's configuration
//
// Configuration values are, as in libbpf, the value of one read-only map ".kconfig". They are
// written as in a .config file: y, n or m, a number, or text in double quotes. In the map they are
// ordered by alignment, the widest first, then by size, then by name.
#include "frontend/object/externs.h"

#include <bpf/btf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "frontend/object/data_maps.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr uint32_t kMaxTextBytes = 4'096;
constexpr uint32_t kMaxKconfigBytes = 1u << 20;
constexpr const char* kVersionName = "LINUX_KERNEL_VERSION";

// Fills in type, signedness and size.
void describe_type(const Btf& btf, uint32_t type_id, Extern& out) {
  const auto id = btf.skip_modifiers(type_id);
  const btf_type* type = id ? btf.type(*id) : nullptr;
  if (type == nullptr) return;
  if (btf_is_int(type)) {
    const uint8_t encoding = btf_int_encoding(type);
    out.is_signed = (encoding & BTF_INT_SIGNED) != 0;
    out.size = type->size;
    if (encoding & BTF_INT_BOOL) {
      if (type->size == 1) out.type = Extern::Type::kBool;
    } else if (type->size == 1) {
      out.type = Extern::Type::kChar;
    } else if (type->size == 2 || type->size == 4 || type->size == 8) {
      out.type = Extern::Type::kInt;
    }
  } else if (btf_is_enum(type)) {
    if (type->size != 4 || btf.string(type->name_off) != "libbpf_tristate") return;
    out.type = Extern::Type::kTristate;
    out.size = type->size;
  } else if (btf_is_array(type)) {
    Extern element;
    const auto& array = *btf_array(type);
    if (array.nelems == 0 || array.nelems > kMaxTextBytes) return;
    if (const auto inner = btf.skip_modifiers(array.type);
        !inner || !btf.type(*inner) || !btf_is_int(btf.type(*inner))) {
      return;
    }
    describe_type(btf, array.type, element);
    if (element.type != Extern::Type::kChar) return;
    out.type = Extern::Type::kText;
    out.size = array.nelems;
  }
}

uint32_t alignment(const Extern& e) {
  return e.type == Extern::Type::kText ? 1 : e.size;
}

// Gives each configuration value its place.
void lay_out(ObjectFile& object) {
  std::vector<Extern*> values;
  for (Extern& e : object.externs) {
    if (e.kind == Extern::Kind::kKconfig && e.type != Extern::Type::kUnknown) values.push_back(&e);
  }
  auto order = [&](const Extern* e) {
    return std::tuple(UINT32_MAX - alignment(*e), e->size,
                      std::string_view(object.symbols[e->symbol].name), e->symbol);
  };
  std::ranges::sort(values, [&](auto* a, auto* b) { return order(a) < order(b); });
  uint32_t end = 0;
  for (Extern* e : values) {
    const uint32_t align = alignment(*e);
    const uint32_t offset = (end + align - 1) / align * align;
    if (e->size > kMaxKconfigBytes - offset) {
      e->type = Extern::Type::kUnknown;  // far more than any kernel has
      continue;
    }
    e->offset = offset;
    end = offset + e->size;
  }
}

std::vector<uint8_t> number_bytes(uint64_t value, uint32_t size) {
  std::vector<uint8_t> out(size);
  for (uint32_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(value >> 8 * i);
  return out;
}

// A decimal or 0x number, with its sign; nothing if the text is something else.
std::optional<uint64_t> parse_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (status != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return negative ? uint64_t{0} - value : value;
}

// "6.1.12" as KERNEL_VERSION(6, 1, 12).
std::optional<uint64_t> parse_version(std::string_view text) {
  uint64_t parts[3] = {};
  for (uint64_t& part : parts) {
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (status != std::errc() || part > 0xffff) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (text.empty()) return parts[0] << 16 | parts[1] << 8 | std::min<uint64_t>(parts[2], 255);
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

bool fits(uint64_t value, const Extern& e) {
  if (e.size >= sizeof value) return true;
  const uint32_t bits = e.size * 8;
  if (e.is_signed) return (value + (uint64_t{1} << (bits - 1))) >> bits == 0;
  return value >> bits == 0;
}

const char* type_name(Extern::Type type) {
  switch (type) {
    case Extern::Type::kBool: return "a bool (y or n)";
    case Extern::Type::kChar: return "a char (y, n, m or a number)";
    case Extern::Type::kTristate: return "an enum libbpf_tristate (y, n or m)";
    case Extern::Type::kInt: return "an integer";
    case Extern::Type::kText: return "an array of char (text in double quotes)";
    case Extern::Type::kUnknown: break;
  }
  return "unknown";
}

// The value as bytes, or nothing if the text is none of the type.
std::optional<std::vector<uint8_t>> convert(const Extern& e, std::string_view name,
                                            std::string_view text) {
  const bool letter = text == "y" || text == "n" || text == "m";
  switch (e.type) {
    case Extern::Type::kBool:
      if (letter && text != "m") return number_bytes(text == "y", e.size);
      break;
    case Extern::Type::kTristate:
      if (letter) return number_bytes(text == "y" ? 1 : text == "m" ? 2 : 0, e.size);
      return std::nullopt;
    case Extern::Type::kChar:
      if (letter) return number_bytes(static_cast<uint8_t>(text.front()), e.size);
      break;
    case Extern::Type::kText: {
      if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return std::nullopt;
      text = text.substr(1, text.size() - 2).substr(0, e.size - 1);  // libbpf cuts it, too
      std::vector<uint8_t> out(text.begin(), text.end());
      out.resize(e.size);
      return out;
    }
    case Extern::Type::kInt: break;
    case Extern::Type::kUnknown: return std::nullopt;
  }
  std::optional<uint64_t> number = parse_number(text);
  if (!number && name == kVersionName) number = parse_version(text);
  if (!number || !fits(*number, e)) return std::nullopt;
  return number_bytes(*number, e.size);
}

}  // namespace

void read_externs(ObjectFile& object, const Btf& btf) {
  std::unordered_map<std::string_view, uint32_t> undefined;
  for (uint32_t i = 1; i < object.symbols.size(); ++i) {
    const Symbol& symbol = object.symbols[i];
    if (symbol.section == kSectionUndefined && !symbol.name.empty()) {
      undefined.try_emplace(symbol.name, i);
    }
  }
  if (undefined.empty()) return;
  for (uint32_t id = 1; id <= btf.type_count(); ++id) {
    const btf_type* datasec = btf.type(id);
    if (!btf_is_datasec(datasec)) continue;
    const std::string_view section = btf.string(datasec->name_off);
    const bool kconfig = section == ".kconfig";
    if (!kconfig && section != ".ksyms") continue;
    const btf_var_secinfo* items = btf_var_secinfos(datasec);
    for (uint32_t i = 0; i < btf_vlen(datasec); ++i) {
      const btf_type* declaration = btf.type(items[i].type);
      if (declaration == nullptr) continue;
      if (!btf_is_var(declaration) && !(btf_is_func(declaration) && !kconfig)) continue;
      const auto symbol = undefined.find(btf.string(declaration->name_off));
      if (symbol == undefined.end()) continue;
      Extern out;
      out.symbol = symbol->second;
      out.kind = kconfig ? Extern::Kind::kKconfig : Extern::Kind::kKsym;
      if (kconfig) describe_type(btf, declaration->type, out);
      object.externs.push_back(out);
      undefined.erase(symbol);
    }
  }
  std::ranges::sort(object.externs, {}, &Extern::symbol);
  lay_out(object);
}

Result<std::vector<uint8_t>> kconfig_value(const ObjectFile& object, const Extern& wanted,
                                           const KconfigValues& values) {
  const Symbol& symbol = object.symbols[wanted.symbol];
  const std::string name = printable(symbol.name);
  if (wanted.type == Extern::Type::kUnknown) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("the kernel configuration value '{}' (__kconfig) is of a type that "
                             "none has",
                             name))
        .with_hint("declare it bool, char, an integer, enum libbpf_tristate or an array of char");
  }
  const auto given = values.find(symbol.name);
  if (given == values.end()) {
    if (symbol.binding == SymbolBinding::kWeak) return std::vector<uint8_t>(wanted.size);
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("uses the kernel configuration value '{}' (__kconfig), which is not "
                             "given",
                             name))
        .with_hint("give its value when loading, or declare it __weak: it is then 0");
  }
  auto bytes = convert(wanted, symbol.name, given->second);
  if (!bytes) {
    return Error(
        ErrorCode::kUsage,
        fmt::format("'{}' is given as the kernel configuration value '{}', which is {}{}",
                    printable(given->second), name, type_name(wanted.type),
                    wanted.type == Extern::Type::kInt ? fmt::format(" of {} bytes", wanted.size)
                                                      : std::string()));
  }
  return std::move(*bytes);
}

MapDef kconfig_map(const ObjectFile& object, const KconfigValues& values) {
  MapDef map;
  map.name = data_map_name(object.path, ".kconfig");
  map.type = BPF_MAP_TYPE_ARRAY;
  map.key_size = sizeof(uint32_t);
  map.max_entries = 1;
  map.flags = BPF_F_RDONLY_PROG | BPF_F_MMAPABLE;
  map.read_only = true;
  for (const Extern& e : object.externs) {
    if (e.kind != Extern::Kind::kKconfig || e.type == Extern::Type::kUnknown) continue;
    if (map.initial.size() < e.offset + e.size) map.initial.resize(e.offset + e.size);
    const auto value = kconfig_value(object, e, values);
    if (value) std::ranges::copy(*value, map.initial.begin() + e.offset);
  }
  map.value_size = static_cast<uint32_t>(map.initial.size());
  return map;
}

}  // namespace weir
