// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keys and values of a program's maps as its object's BTF says they are, to read and to show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/object/btf.h"
#include "tools/inputs.h"
#include "tools/output.h"
#include "tools/testing/test_case.h"

namespace weir::tool {

class MapTypes {
 public:
  // Of the program that the test names, or of all of its chain.
  static Result<MapTypes> of(const Input& input, const TestCase& test);

  // kUsage, naming those that there are.
  Result<const MapDef*> find(const std::string& name) const;
  // As value_from_json(), or "hex:..."; without types numbers, and text as parse_value() takes it.
  Result<Bytes> bytes(const MapDef& map, bool key, const Json& json) const;
  // What bytes() makes the same of again; "hex:..." where types do not say it all.
  Json json(const MapDef& map, bool key, const Bytes& bytes) const;
  // The update of one entry, {"key": ..., "value": ...}.
  Result<MapStep> update(const MapDef& map, const Json& entry) const;

 private:
  struct Part {  // of one program
    std::string file;
    std::vector<MapDef> maps;
    std::optional<Btf> btf;
  };
  Status add(const Input& input, const ProgramChoice& choice);
  const Btf* btf_of(const MapDef& map) const;
  std::vector<Part> parts_;
};

}  // namespace weir::tool
