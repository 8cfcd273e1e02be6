// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compare/baseline.h"

#include <algorithm>

#include <fmt/format.h>

#include "tools/compare/cost.h"

namespace weir::tool {

namespace {

struct Measure {
  const char* group;
  const char* name;
  const char* title;
  bool of_model;   // means something only between estimates of one model
  bool of_inputs;  // ... only on the same packets
};
constexpr Measure kMeasures[] = {
    {"code", "instructions", "instructions in the code", false, false},
    {"code", "bytes", "bytes of code", false, false},
    {"guards", "left", "guards in the code", false, false},
    {"executed", "instructions", "instructions a run", false, true},
    {"estimate", "cycles", "estimated cycles a run", true, true},
};

bool is_ours(const Json& variant) {
  const auto engine = variant.value("engine", "");
  return engine == "aot" || engine == "jit";
}

const Json* find_named(const Json& list, const char* key, const std::string& value) {
  for (const Json& one : list) {
    if (one.value(key, "") == value) return &one;
  }
  return nullptr;
}

// The lines whose cost grew most, with the text of today.
std::vector<std::string> grown_lines(const Json& now, const Json& before, const std::string& id) {
  const std::vector<LineCost> today = cost_by_line(now);
  struct Grown {
    double by;
    std::string text;
  };
  std::vector<Grown> grown;
  for (const LineCost& line : today) {
    if (!line.counted.contains(id)) continue;
    double was = 0;
    size_t guards_were = 0, counted_were = 0;
    if (before.contains("lines")) {
      for (const Json& old : before["lines"]) {
        // By text where there is one: lines move.
        const bool same = line.text.empty() ? old.value("line", 0u) == line.line
                                            : old.value("text", "") == line.text;
        if (!same) continue;
        was += old.value("executed", 0.0);
        guards_were += old.value("guards", size_t{0});
        counted_were += old.value("counted", size_t{0});
      }
    }
    const double is = line.executed.contains(id) ? line.executed.at(id) : 0;
    const size_t counted = line.counted.at(id);
    const size_t guards = line.guards.contains(id) ? line.guards.at(id) : 0;
    if (is <= was && counted <= counted_were && guards <= guards_were) continue;
    std::string text = line.text;
    text.erase(0, std::min(text.size(), text.find_first_not_of(' ')));
    grown.push_back(
        {is - was + static_cast<double>(counted) - static_cast<double>(counted_were),
         fmt::format("{}: {} instructions, was {}; {:.1f} a run, was {:.1f}; {} guards, was {}",
                     line.line == 0 ? "(frame, entry, shared)"
                                    : fmt::format("line {}: {}", line.line, text),
                     counted, counted_were, is, was, guards, guards_were)});
  }
  std::ranges::stable_sort(grown, [](const Grown& a, const Grown& b) { return a.by > b.by; });
  std::vector<std::string> out;
  for (size_t i = 0; i < std::min<size_t>(5, grown.size()); ++i) out.push_back(grown[i].text);
  return out;
}

Json lines_of(const Json& program, const std::string& id) {
  Json out = Json::array();
  for (const LineCost& line : cost_by_line(program)) {
    if (!line.counted.contains(id)) continue;
    Json one = {{"line", line.line}, {"text", line.text}, {"counted", line.counted.at(id)}};
    if (line.executed.contains(id)) one["executed"] = line.executed.at(id);
    if (line.guards.contains(id)) one["guards"] = line.guards.at(id);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

Json baseline_of(const Json& comparison) {
  Json out = {{"format", 1}, {"weir", comparison["weir"]}, {"programs", Json::array()}};
  for (const Json& program : comparison["programs"]) {
    Json kept = {{"id", program["id"]}, {"inputs", program["inputs"]}, {"variants", Json::array()}};
    for (const Json& variant : program["variants"]) {
      if (!is_ours(variant) || variant.contains("error")) continue;
      Json one = {{"id", variant["id"]}, {"engine", variant["engine"]}};
      for (const Measure& measure : kMeasures) {
        if (variant.contains(measure.group) && variant[measure.group].contains(measure.name))
          one[measure.group][measure.name] = variant[measure.group][measure.name];
      }
      if (variant.contains("estimate")) one["estimate"]["model"] = variant["estimate"]["model"];
      one["lines"] = lines_of(program, variant["id"]);
      kept["variants"].push_back(std::move(one));
    }
    out["programs"].push_back(std::move(kept));
  }
  return out;
}

BaselineResult compare_with_baseline(const Json& now, const Json& baseline, double tolerance) {
  BaselineResult out;
  for (const Json& program : now["programs"]) {
    const std::string name = program["id"];
    const Json* before = find_named(baseline["programs"], "id", name);
    if (before == nullptr) {
      out.notes.push_back(fmt::format("{} is new: the baseline does not have it", name));
      continue;
    }
    const bool same_inputs = program["inputs"] == (*before)["inputs"];
    if (!same_inputs)
      out.notes.push_back(
          fmt::format("{}: the packets are others than the baseline's; what depends "
                      "on them is not compared",
                      name));
    for (const Json& variant : program["variants"]) {
      if (!is_ours(variant)) continue;
      const std::string id = variant["id"];
      const Json* old = find_named((*before)["variants"], "id", id);
      if (old == nullptr) {
        out.notes.push_back(fmt::format("{} {} is new", name, id));
        continue;
      }
      if (variant.contains("error")) {
        out.worse.push_back({name,
                             id,
                             fmt::format("it cannot be had any more: {}",
                                         variant["error"]["message"].get<std::string>()),
                             {}});
        continue;
      }
      ++out.compared;
      for (const Measure& measure : kMeasures) {
        if (measure.of_inputs && !same_inputs) continue;
        if (!old->contains(measure.group) || !variant.contains(measure.group)) continue;
        const Json &then_group = (*old)[measure.group], &now_group = variant[measure.group];
        if (!then_group.contains(measure.name) || !now_group.contains(measure.name)) continue;
        if (measure.of_model && then_group.value("model", "") != now_group.value("model", "")) {
          out.notes.push_back(
              fmt::format("{} {}: the estimate is for another CPU than the baseline's", name, id));
          continue;
        }
        const double was = then_group[measure.name], is = now_group[measure.name];
        const std::string change = fmt::format("{} {:g}, was {:g} ({:+.1f}%)", measure.title, is,
                                               was, was > 0 ? 100 * (is - was) / was : 100.0);
        if (is > was * (1 + tolerance) + 1e-9) {
          out.worse.push_back({name, id, change, grown_lines(program, *old, id)});
        } else if (is < was * (1 - tolerance) - 1e-9) {
          out.better.push_back(fmt::format("{} {}: {}", name, id, change));
        }
      }
    }
  }
  for (const Json& program : baseline["programs"]) {
    if (find_named(now["programs"], "id", program.value("id", "")) == nullptr) {
      out.notes.push_back(fmt::format("{} is in the baseline only", program.value("id", "")));
    }
  }
  return out;
}

}  // namespace weir::tool
