// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compare/cost.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::tool {

namespace {

using Place = std::pair<size_t, uint32_t>;  // file, line

// Of something that names a line itself, or an instruction that has one.
Place place_of(const Json& program, const Json& thing) {
  const Json* from = &thing;
  if (const auto bpf = thing.find("bpf"); bpf != thing.end()) {
    const Json& insns = program["bpf"];
    const auto index = bpf->get<size_t>();
    if (index < insns.size()) from = &insns[index];
  }
  if (!from->contains("line")) return {0, 0};
  return {from->value("source", size_t{0}), from->value("line", uint32_t{0})};
}

}  // namespace

bool has_origins(const Json& variant) {
  if (!variant.contains("asm")) return false;
  return std::ranges::any_of(variant["asm"], [](const Json& insn) {
    return insn.contains("bpf") || insn.contains("line");
  });
}

double LineCost::most() const {
  double most = 0;
  for (const auto& [id, cost] : executed) most = std::max(most, cost);
  return most;
}

std::vector<LineCost> cost_by_line(const Json& program) {
  std::map<Place, LineCost> lines;
  for (const Json& variant : program["variants"]) {
    if (!has_origins(variant)) continue;
    const std::string id = variant["id"];
    for (const Json& insn : variant["asm"]) {
      if (insn.value("label", false)) continue;
      LineCost& cost = lines[place_of(program, insn)];
      cost.executed[id] += insn.value("runs", 0.0);
      ++cost.counted[id];
    }
    if (variant.contains("guards") && variant["guards"].contains("left_at")) {
      for (const Json& at : variant["guards"]["left_at"])
        ++lines[place_of(program, {{"bpf", at}})].guards[id];
    }
    if (!variant.contains("remarks")) continue;
    for (const Json& remark : variant["remarks"]) {
      const Place place = place_of(program, remark);
      if (place.second == 0 || remark["kind"] == "passed") continue;
      const std::string text = fmt::format(
          "{}:{}: {}: {}", program["sources"][place.first]["name"].get<std::string>(), place.second,
          remark["pass"].get<std::string>(), remark["text"].get<std::string>());
      auto& remarks = lines[place].remarks;
      if (std::ranges::find(remarks, text) == remarks.end()) remarks.push_back(text);
    }
  }
  std::vector<LineCost> out;
  for (auto& [place, cost] : lines) {
    cost.source = place.first;
    cost.line = place.second;
    if (place.second != 0 && place.first < program["sources"].size()) {
      for (const Json& line : program["sources"][place.first]["lines"]) {
        if (line[0] == place.second) cost.text = line[1];
      }
    }
    out.push_back(std::move(cost));
  }
  std::ranges::stable_sort(
      out, [](const LineCost& a, const LineCost& b) { return a.most() > b.most(); });
  return out;
}

}  // namespace weir::tool
