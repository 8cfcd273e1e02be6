// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables for people and JSON for programs; every measurement has both.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "frontend/support/result.h"
#include "measure/distribution.h"
#include "measure/machine.h"

namespace weir::measure {

// Text in columns: the first is left-aligned, the others right-aligned; titles may have several
// lines.
class Table {
 public:
  explicit Table(std::vector<std::string> titles) : titles_(std::move(titles)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void add_line() { rows_.emplace_back(); }
  std::string text() const;

 private:
  std::vector<std::string> titles_;
  std::vector<std::vector<std::string>> rows_;  // an empty one is a line
};

// 0.97, 1.2, 85: three digits, for ratios.
std::string ratio_text(double ratio);
// "640 ns", "12.3 us", "4.56 ms".
std::string time_text(double ns);

nlohmann::ordered_json to_json(const Distribution& distribution);
nlohmann::ordered_json machine_json(std::span<const MachineFact> facts);
std::string machine_text(std::span<const MachineFact> facts);

Status write_json(const std::string& path, const nlohmann::ordered_json& json);

}  // namespace weir::measure
