// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/map_types.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/btf_value.h"
#include "tools/hex.h"

namespace weir::tool {

Status MapTypes::add(const Input& input, const ProgramChoice& choice) {
  WEIR_TRY(const ProgramRef ref, input.choose_one(choice));
  WEIR_TRY(Program program, input.load(ref));
  Part& part = parts_.emplace_back();
  part.file = input.path();
  part.maps = std::move(program.maps);
  if (!input.btf().empty()) {
    if (auto btf = Btf::parse(input.btf())) part.btf = std::move(*btf);
  }
  return {};
}

Result<MapTypes> MapTypes::of(const Input& input, const TestCase& test) {
  MapTypes types;
  if (test.chain.empty()) WEIR_CHECK(types.add(input, {test.program, test.section}));
  for (const ChainedProgram& program : test.chain) {
    std::optional<Input> other;
    if (!program.file.empty() && program.file != input.path()) {
      WEIR_TRY(other, Input::read(program.file));
    }
    WEIR_CHECK(types.add(other ? *other : input, {program.program, program.section}));
  }
  return types;
}

// FILE/NAME where two files have a map of that name.
Result<const MapDef*> MapTypes::find(const std::string& name) const {
  std::string known;
  const Part* owner = nullptr;
  const MapDef* found = nullptr;
  for (const Part& part : parts_) {
    for (const MapDef& map : part.maps) {
      if (file_stem(part.file) + "/" + map.name == name) return &map;
      if (map.name == name) {
        if (owner != nullptr && owner->file != part.file) {
          return Error(ErrorCode::kUsage, fmt::format("two files have a map '{}'", printable(name)))
              .with_hint(fmt::format("{}/{} is that of {}", file_stem(part.file), name, part.file));
        }
        owner = &part;
        found = &map;
      }
      if (known.find(printable(map.name)) == std::string::npos)
        known += (known.empty() ? "" : ", ") + printable(map.name);
    }
  }
  if (found != nullptr) return found;
  return Error(ErrorCode::kUsage, fmt::format("the program uses no map '{}'", printable(name)))
      .with_hint("it uses " + (known.empty() ? "none" : known));
}

const Btf* MapTypes::btf_of(const MapDef& map) const {
  for (const Part& part : parts_) {
    const bool own = std::ranges::any_of(part.maps, [&](const MapDef& m) { return &m == &map; });
    if (own) return part.btf ? &*part.btf : nullptr;
  }
  return nullptr;
}

Result<Bytes> MapTypes::bytes(const MapDef& map, bool key, const Json& json) const {
  const uint32_t type = key ? map.key_type_id : map.value_type_id;
  const size_t size = key ? map.key_size : map.value_size;
  const std::string what = fmt::format("map {}: {}", printable(map.name), key ? "key" : "value");
  const std::string text = json.is_string() ? json.get<std::string>() : std::string();
  const Btf* const btf = btf_of(map);
  if (btf != nullptr && type != 0 && !text.starts_with("hex:")) {
    auto bytes = value_from_json(*btf, type, json, size);
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
  if (const Btf* const btf = btf_of(map); btf != nullptr && type != 0) {
    Json json = value_to_json(*btf, type, value);
    // Whatever does not come back as it was is better told in bytes.
    const auto back = value_from_json(*btf, type, json, size);
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
