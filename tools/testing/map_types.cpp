// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/map_types.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/btf_value.h"
#include "tools/hex.h"

namespace weir::tool {

Result<MapTypes> MapTypes::of(const Input& input, const TestCase& test) {
  WEIR_TRY(const ProgramRef ref, input.choose_one({test.program, test.section}));
  WEIR_TRY(const Program program, input.load(ref));
  MapTypes types;
  types.maps_ = program.maps;
  if (!input.btf().empty()) {
    if (auto btf = Btf::parse(input.btf())) types.btf_ = std::move(*btf);
  }
  return types;
}

Result<const MapDef*> MapTypes::find(const std::string& name) const {
  const auto found = std::ranges::find(maps_, name, &MapDef::name);
  if (found != maps_.end()) return &*found;
  std::string known;
  for (const MapDef& map : maps_) known += (known.empty() ? "" : ", ") + printable(map.name);
  return Error(ErrorCode::kUsage, fmt::format("the program uses no map '{}'", printable(name)))
      .with_hint("it uses " + (known.empty() ? "none" : known));
}

Result<Bytes> MapTypes::bytes(const MapDef& map, bool key, const Json& json) const {
  const uint32_t type = key ? map.key_type_id : map.value_type_id;
  const size_t size = key ? map.key_size : map.value_size;
  const std::string what = fmt::format("map {}: {}", printable(map.name), key ? "key" : "value");
  const std::string text = json.is_string() ? json.get<std::string>() : std::string();
  if (btf_ && type != 0 && !text.starts_with("hex:")) {
    auto bytes = value_from_json(*btf_, type, json, size);
    if (bytes) return bytes;
    return Error(ErrorCode::kUsage, fmt::format("{}: {}", what, bytes.error().message()));
  }
  return parse_value(
      nullptr, 0, size,
      json.is_string() ? text : json.dump(-1, ' ', false, Json::error_handler_t::replace), what);
}

Json MapTypes::json(const MapDef& map, bool key, const Bytes& bytes) const {
  const uint32_t type = key ? map.key_type_id : map.value_type_id;
  const size_t size = key ? map.key_size : map.value_size;
  const ByteSpan value = ByteSpan(bytes).first(std::min(size, bytes.size()));
  if (btf_ && type != 0) {
    Json json = value_to_json(*btf_, type, value);
    // Whatever does not come back as it was is better told in bytes.
    const auto back = value_from_json(*btf_, type, json, size);
    if (back && std::ranges::equal(*back, value)) return json;
  }
  return "hex:" + to_hex(value);
}

Result<MapStep> MapTypes::update(const MapDef& map, const Json& entry) const {
  if (!entry.is_object() || !entry.contains("key") || !entry.contains("value")) {
    return Error(ErrorCode::kUsage,
                 fmt::format("map {}: an entry has a key and a value", printable(map.name)));
  }
  MapStep step;
  step.map = map.name;
  WEIR_TRY(step.key, bytes(map, true, entry["key"]));
  WEIR_TRY(step.value, bytes(map, false, entry["value"]));
  return step;
}

}  // namespace weir::tool
