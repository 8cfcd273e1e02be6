// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compare/guard_cost.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>

namespace weir::tool {

namespace {

// Passes that make less work of the same: what they did only without guards, the guards prevented.
constexpr const char* kSavingPasses[] = {
    "licm",       "loop-vectorize", "slp-vectorizer", "loop-unroll",
    "loop-idiom", "loop-delete",    "loop-unswitch",  "gvn",
    "dse"};

struct Cost {
  double instructions = 0, cycles = 0;
};

std::map<size_t, Cost> cost_by_insn(const Json& variant) {
  std::map<size_t, Cost> out;
  for (const Json& insn : variant["asm"]) {
    if (!insn.contains("bpf")) continue;
    const double runs = insn.value("runs", 0.0);
    Cost& cost = out[insn["bpf"].get<size_t>()];
    cost.instructions += runs;
    cost.cycles += runs * insn.value("cycles", 0.0);
  }
  return out;
}

bool is_traced(const Json& variant) {
  return variant.contains("asm") && variant.contains("executed");
}

const Json* without_guards(const Json& program, const Json& variant) {
  for (const Json& other : program["variants"]) {
    if (other.value("policy", "") != "trusted" || !is_traced(other)) continue;
    const bool same = std::ranges::all_of(
        std::initializer_list<const char*>{"engine", "level", "cpu", "inline", "profile"},
        [&](const char* name) { return other.value(name, Json()) == variant.value(name, Json()); });
    if (same) return &other;
  }
  return nullptr;
}

bool said(const Json& variant, const Json& remark) {
  return std::ranges::any_of(variant.value("remarks", Json::array()), [&](const Json& other) {
    return std::ranges::all_of(
        std::initializer_list<const char*>{"kind", "pass", "name", "bpf"},
        [&](const char* name) { return other.value(name, Json()) == remark.value(name, Json()); });
  });
}

double four_digits(double value) {
  return std::round(value * 1e4) / 1e4;
}

Json cost_of(const Json& variant, const Json& free) {
  Json out = {{"against", free["id"]},
              {"instructions", four_digits(variant["executed"]["instructions"].get<double>() -
                                           free["executed"]["instructions"].get<double>())}};
  if (variant.contains("estimate") && free.contains("estimate")) {
    out["cycles"] = four_digits(variant["estimate"]["cycles"].get<double>() -
                                free["estimate"]["cycles"].get<double>());
  }
  std::map<size_t, Cost> with = cost_by_insn(variant), without = cost_by_insn(free);
  std::map<size_t, unsigned> checks;
  for (const Json& at : variant["guards"]["left_at"]) ++checks[at.get<size_t>()];
  std::vector<Json> at;
  for (const auto& [insn, count] : checks) {
    at.push_back(
        {{"bpf", insn},
         {"checks", count},
         {"instructions", four_digits(with[insn].instructions - without[insn].instructions)},
         {"cycles", four_digits(with[insn].cycles - without[insn].cycles)}});
  }
  std::ranges::stable_sort(at, [](const Json& a, const Json& b) {
    return a["instructions"].get<double>() > b["instructions"].get<double>();
  });
  out["at"] = std::move(at);
  out["prevented"] = Json::array();
  for (const Json& remark : free.value("remarks", Json::array())) {
    const bool saves = remark["kind"] == "passed" &&
                       std::ranges::find(kSavingPasses, remark["pass"].get<std::string>()) !=
                           std::end(kSavingPasses);
    if (saves && !said(variant, remark)) out["prevented"].push_back(remark);
  }
  return out;
}

}  // namespace

void add_guard_costs(Json& program) {
  for (Json& variant : program["variants"]) {
    if (!is_traced(variant) || !variant.contains("guards") ||
        variant["guards"].value("left_at", Json::array()).empty()) {
      continue;
    }
    if (const Json* free = without_guards(program, variant))
      variant["guards"]["cost"] = cost_of(variant, *free);
  }
}

}  // namespace weir::tool
