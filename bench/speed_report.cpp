// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/speed_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "measure/report.h"

namespace weir::bench {

namespace {

// Programs over which one mean goes. Every figure of a line is over all of them, or is not there.
struct Group {
  std::string name;   // stable, for JSON
  std::string title;  // of the line
  std::vector<const Row*> rows;
};

std::vector<Group> groups_of(const Report& report) {
  std::vector<Group> groups;
  auto add = [&](const std::string& name, const std::string& title, auto belongs) {
    Group group{name, title, {}};
    for (const Row& row : report.rows) {
      if (row.program->set != Set::kFloor && belongs(row)) group.rows.push_back(&row);
    }
    if (!group.rows.empty()) groups.push_back(std::move(group));
  };
  for (const Hook hook : {Hook::kBytes, Hook::kXdp}) {
    const std::string maps = hook == Hook::kXdp ? " with maps" : "";
    for (const Set set : {Set::kTuned, Set::kHeldOut}) {
      add(std::string(set_name(set)) + maps, (set == Set::kTuned ? "tuned" : "held out") + maps,
          [&](const Row& row) { return row.program->set == set && row.program->hook == hook; });
    }
  }
  add("all", "programs", [](const Row&) { return true; });
  for (size_t c = 0; c < report.contenders.size(); ++c) {
    const bool takes_all =
        std::ranges::all_of(report.rows, [&](const Row& row) { return row.ratios[c].has_value(); });
    if (takes_all) continue;
    const std::string& name = report.contenders[c].name;
    add("taken by " + name, "that " + name + " takes",
        [&](const Row& row) { return row.ratios[c].has_value(); });
  }
  return groups;
}

std::optional<double> mean_of(const Group& group, size_t contender) {
  std::vector<double> ratios;
  for (const Row* row : group.rows) {
    if (!row->ratios[contender]) return std::nullopt;
    ratios.push_back(row->ratios[contender]->median);
  }
  return geometric_mean(ratios);
}

std::string table_text(const Report& report) {
  std::vector<std::string> titles = {"time / clang -O2", "clang\n-O2\nns/run"};
  for (const Contender& contender : report.contenders) titles.push_back(contender.title);
  Table table(titles);
  for (const Set set : {Set::kFloor, Set::kTuned, Set::kHeldOut}) {
    size_t shown = 0;
    for (const Row& row : report.rows) {
      if (row.program->set != set) continue;
      if (shown++ == 0) table.add_line();
      std::vector<std::string> cells = {std::string(row.program->name),
                                        fmt::format("{:.2f}", row.measured.reference_ns.median)};
      for (const std::optional<Distribution>& ratio : row.ratios) {
        cells.push_back(
            ratio ? fmt::format("{} ±{:>2.0f}%", ratio_text(ratio->median), 100 * ratio->spread())
                  : "-     ");
      }
      table.add(cells);
    }
  }
  table.add_line();
  for (const Group& group : groups_of(report)) {
    std::vector<std::string> cells = {fmt::format("mean, {} {}", group.rows.size(), group.title),
                                      ""};
    for (size_t c = 0; c < report.contenders.size(); ++c) {
      const std::optional<double> mean = mean_of(group, c);
      cells.push_back((mean ? ratio_text(*mean) : "-") + "     ");
    }
    table.add(cells);
  }
  return table.text();
}

}  // namespace

std::string to_text(const Report& report) {
  std::string out = machine_text(bench_facts());
  out += fmt::format("{:<20}{}\n", "clang -O2", report.reference.how);
  for (const Contender& contender : report.contenders)
    out += fmt::format("{:<20}{}\n", contender.name, contender.how);
  for (const std::string& text : report.absent) out += fmt::format("left out: {}\n", text);
  out += fmt::format("\n{}\n", table_text(report));

  unsigned interrupted = 0;
  bool remarks = false;
  for (const Row& row : report.rows) {
    interrupted += row.measured.interrupted;
    for (size_t c = 0; c < row.remarks.size(); ++c) {
      if (row.remarks[c].empty()) continue;
      remarks = true;
      out += fmt::format("{}, {}{}: {}\n", row.program->name, report.contenders[c].name,
                         row.ratios[c] ? "" : " does not take it", row.remarks[c]);
    }
  }
  if (remarks) out += "\n";
  return out +
         fmt::format(
             "Median of {} paired ratios, ± half of the way from the 10th to the 90th percentile; "
             "means are geometric,\nover the same programs in every column. Every result, and the "
             "packet after it, was compared with\nclang -O2's before timing, and every timed batch "
             "by its sum. {} timings were repeated because another\nprocess took the CPU.\n",
             report.rounds, interrupted);
}

nlohmann::ordered_json to_json(const Report& report) {
  nlohmann::ordered_json json;
  json["machine"] = machine_json(bench_facts());
  json["rounds"] = report.rounds;
  json["reference"] = {{"name", report.reference.name}, {"how", report.reference.how}};
  for (const Group& group : groups_of(report)) {
    for (const Row* row : group.rows)
      json["groups"][group.name].push_back(std::string(row->program->name));
  }
  for (size_t c = 0; c < report.contenders.size(); ++c) {
    nlohmann::ordered_json means = nlohmann::ordered_json::object();
    for (const Group& group : groups_of(report)) {
      if (const std::optional<double> mean = mean_of(group, c)) means[group.name] = *mean;
    }
    json["contenders"].push_back({{"name", report.contenders[c].name},
                                  {"how", report.contenders[c].how},
                                  {"geometric_mean", means}});
  }
  json["absent"] = report.absent;
  for (const Row& row : report.rows) {
    const Measurement& measured = row.measured;
    nlohmann::ordered_json program = {{"name", row.program->name},
                                      {"source", row.program->source},
                                      {"set", set_name(row.program->set)},
                                      {"inputs", input_text(row.program->inputs)},
                                      {"packets", measured.packets},
                                      {"runs_in_a_batch", measured.runs},
                                      {"interrupted", measured.interrupted},
                                      {"reference_ns", measure::to_json(measured.reference_ns)}};
    for (size_t c = 0; c < report.contenders.size(); ++c) {
      const std::string& name = report.contenders[c].name;
      if (row.ratios[c]) program["ratios"][name] = measure::to_json(*row.ratios[c]);
      if (!row.remarks[c].empty())
        program[row.ratios[c] ? "remarks" : "refused"][name] = row.remarks[c];
    }
    json["programs"].push_back(program);
  }
  return json;
}

}  // namespace weir::bench
