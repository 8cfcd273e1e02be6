// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compare/views.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "measure/report.h"
#include "tools/compare/cost.h"

namespace weir::tool {

namespace {

// A number somewhere below, where it is known.
std::optional<double> number_at(const Json& json, std::initializer_list<const char*> path) {
  const Json* at = &json;
  for (const char* name : path) {
    const auto found = at->find(name);
    if (found == at->end()) return std::nullopt;
    at = &*found;
  }
  if (!at->is_number()) return std::nullopt;
  return at->get<double>();
}

std::string text_at(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

struct Column {
  const char* title;  // of the table
  const char* name;   // of the CSV
  std::initializer_list<const char*> path;
  int digits;  // behind the point
};
const Column kColumns[] = {
    {"insns", "instructions", {"code", "instructions"}, 0},
    {"bytes", "bytes", {"code", "bytes"}, 0},
    {"stack", "stack", {"code", "stack"}, 0},
    {"spills", "spills", {"code", "spills"}, 0},
    {"loads", "loads", {"code", "loads"}, 0},
    {"stores", "stores", {"code", "stores"}, 0},
    {"jumps", "branches", {"code", "branches"}, 0},
    {"calls", "calls", {"code", "calls"}, 0},
    {"guards\nleft", "guards_left", {"guards", "left"}, 0},
    {"executed\na run", "executed_instructions", {"executed", "instructions"}, 1},
    {"cycles\nestim.", "estimated_cycles", {"estimate", "cycles"}, 1},
};

std::string cell(const std::optional<double>& value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : "";
}

std::string guards_text(const Json& variant) {
  const auto accesses = number_at(variant, {"guards", "accesses"});
  const auto proven = number_at(variant, {"guards", "proven"});
  if (!accesses || !proven) return "";
  return fmt::format("{:.0f}/{:.0f}", *proven, *accesses);
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string program_text(const Json& program, bool timed) {
  std::string out = fmt::format("{}: {} ({}), {} packets: {}\n", text_at(program, "file"),
                                text_at(program, "name"), text_at(program, "section"),
                                program["inputs"]["packets"].get<size_t>(),
                                program["inputs"]["what"].get<std::string>());
  std::vector<std::string> titles = {"variant"};
  for (const Column& column : kColumns) titles.emplace_back(column.title);
  titles.insert(titles.begin() + 9, "proven");
  for (const char* title : {"compile", "load"}) titles.emplace_back(title);
  if (timed) {
    titles.emplace_back("ns a run");
    titles.emplace_back("ratio");
  }
  measure::Table table(titles);
  table.add_line();
  std::string problems;
  for (const Json& variant : program["variants"]) {
    const std::string id = text_at(variant, "id");
    if (variant.contains("error")) {
      problems += fmt::format("  {}: {}\n", id, variant["error"]["message"].get<std::string>());
      continue;
    }
    std::vector<std::string> row = {id == text_at(program, "reference") ? id + " *" : id};
    for (const Column& column : kColumns)
      row.push_back(cell(number_at(variant, column.path), column.digits));
    row.insert(row.begin() + 9, guards_text(variant));
    for (const char* time : {"compile_ns", "load_ns"}) {
      const auto ns = number_at(variant, {time});
      row.push_back(ns ? measure::time_text(*ns) : "");
    }
    if (timed) {
      const auto ns = number_at(variant, {"ns", "median"});
      const auto ratio = number_at(variant, {"ratio", "median"});
      row.push_back(ns ? measure::time_text(*ns) : "");
      if (ratio) {
        const double spread =
            (*number_at(variant, {"ratio", "p90"}) - *number_at(variant, {"ratio", "p10"})) / 2;
        row.push_back(fmt::format("{} ±{:>2.0f}%", measure::ratio_text(*ratio),
                                  *ratio > 0 ? 100 * spread / *ratio : 0));
      } else {
        row.emplace_back();
      }
    }
    table.add(std::move(row));
  }
  out += table.text();
  if (!problems.empty()) out += "not there:\n" + problems;
  return out;
}

std::string signed_text(double value) {
  return fmt::format("{}{:.1f}", value < 0 ? "" : "+", value);
}

std::string place_text(const Json& program, const Json& thing) {
  if (!thing.contains("bpf")) return "";
  const Json& insn = program["bpf"][thing["bpf"].get<size_t>()];
  std::string out = fmt::format("instruction {}", insn["slot"].get<unsigned>());
  if (insn.contains("line")) {
    out = fmt::format("{}:{}, {}",
                      text_at(program["sources"][insn.value("source", size_t{0})], "name"),
                      insn["line"].get<unsigned>(), out);
  }
  return out;
}

// What the checks that are left cost, each, and what they prevented.
std::string guard_cost_text(const Json& program, size_t most) {
  std::string out;
  for (const Json& variant : program["variants"]) {
    if (!variant.contains("guards") || !variant["guards"].contains("cost")) continue;
    const Json& cost = variant["guards"]["cost"];
    out += fmt::format("guards of {}: {} instructions", text_at(variant, "id"),
                       signed_text(cost["instructions"].get<double>()));
    if (cost.contains("cycles"))
      out += fmt::format(", {} estimated cycles", signed_text(cost["cycles"].get<double>()));
    out += fmt::format(" a run, against {}\n", text_at(cost, "against"));
    double elsewhere = cost["instructions"].get<double>();
    size_t told = 0;
    for (const Json& at : cost["at"]) {
      const auto instructions = at["instructions"].get<double>();
      elsewhere -= instructions;
      if (told++ >= most) continue;
      out += fmt::format(
          "  {} instructions, {} cycles: {}: {}{}\n", signed_text(instructions),
          signed_text(at["cycles"].get<double>()), place_text(program, at),
          text_at(program["bpf"][at["bpf"].get<size_t>()], "text"),
          at["checks"] == 1 ? "" : fmt::format(", {} checks", at["checks"].get<unsigned>()));
    }
    if (told > most) out += fmt::format("  (and {} more)\n", told - most);
    if (std::abs(elsewhere) >= 0.05)
      out += fmt::format("  {} instructions: elsewhere, in code that became another\n",
                         signed_text(elsewhere));
    told = 0;
    for (const Json& remark : cost["prevented"]) {
      if (told++ >= most) break;
      out += fmt::format("  prevented: {}: {}: {}\n", place_text(program, remark),
                         text_at(remark, "pass"), text_at(remark, "text"));
    }
  }
  return out;
}

}  // namespace

std::string comparison_text(const Json& comparison) {
  std::string out;
  const bool timed = comparison.value("rounds", 0) != 0;
  for (const Json& program : comparison["programs"]) out += program_text(program, timed) + "\n";
  out +=
      "* what ratios are against. insns to calls: counted in the code; executed: instructions of a "
      "run, by single\nsteps; cycles: LLVM-MCA on just these";
  for (const Json& program : comparison["programs"]) {
    for (const Json& variant : program["variants"]) {
      if (variant.contains("estimate")) {
        out += fmt::format(", model {}", text_at(variant["estimate"], "model"));
        goto told;
      }
    }
  }
told:
  out += ".\n";
  if (timed) {
    out += fmt::format(
        "Times: medians of {} rounds in which all alternate; ± is half of the way from "
        "the 10th to the 90th percentile.\n",
        comparison["rounds"].get<unsigned>());
  }
  return out;
}

std::string cost_by_line_text(const Json& comparison, size_t lines) {
  std::string out;
  for (const Json& program : comparison["programs"]) {
    const std::vector<LineCost> costs = cost_by_line(program);
    if (costs.empty()) continue;
    std::vector<std::string> ids;
    for (const Json& variant : program["variants"]) {
      if (has_origins(variant) && variant.contains("executed"))
        ids.push_back(text_at(variant, "id"));
    }
    out += fmt::format("{}: instructions a run, by line\n", text_at(program, "name"));
    std::vector<std::string> titles = {"line"};
    for (const std::string& id : ids) {
      // Ids are long: one part a line.
      std::string title = id;
      std::ranges::replace(title, '-', '\n');
      titles.push_back(std::move(title));
    }
    measure::Table table(titles);
    table.add_line();
    std::vector<std::string> said;
    for (size_t i = 0; i < std::min(lines, costs.size()); ++i) {
      const LineCost& cost = costs[i];
      std::string text = cost.text;
      text.erase(0, std::min(text.size(), text.find_first_not_of(' ')));
      if (text.size() > 60) text = text.substr(0, 57) + "...";
      std::vector<std::string> row = {cost.line == 0 ? "(frame, entry, shared)"
                                                     : fmt::format("{:>4}  {}", cost.line, text)};
      for (const std::string& id : ids) {
        const auto found = cost.executed.find(id);
        row.push_back(found == cost.executed.end() ? "" : fmt::format("{:.1f}", found->second));
      }
      table.add(std::move(row));
      for (const std::string& remark : cost.remarks) said.push_back(remark);
    }
    out += table.text();
    for (const std::string& remark : said) out += "  " + remark + "\n";
    out += guard_cost_text(program, lines);
    out += '\n';
  }
  return out;
}

std::string comparison_csv(const Json& comparison) {
  std::string out = "program,file,variant,engine,level,cpu,policy,inline,accesses,proven";
  for (const Column& column : kColumns) out += fmt::format(",{}", column.name);
  out += ",compile_ns,load_ns,ns,ratio,ratio_p10,ratio_p90,error\n";
  for (const Json& program : comparison["programs"]) {
    for (const Json& variant : program["variants"]) {
      out += csv_field(text_at(program, "name")) + "," + csv_field(text_at(program, "file"));
      for (const char* name : {"id", "engine", "level", "cpu", "policy", "inline"})
        out += "," + csv_field(text_at(variant, name));
      auto put = [&](const std::optional<double>& value) {
        out += value ? fmt::format(",{:.10g}", *value) : ",";
      };
      put(number_at(variant, {"guards", "accesses"}));
      put(number_at(variant, {"guards", "proven"}));
      for (const Column& column : kColumns) put(number_at(variant, column.path));
      put(number_at(variant, {"compile_ns"}));
      put(number_at(variant, {"load_ns"}));
      put(number_at(variant, {"ns", "median"}));
      put(number_at(variant, {"ratio", "median"}));
      put(number_at(variant, {"ratio", "p10"}));
      put(number_at(variant, {"ratio", "p90"}));
      out += "," + csv_field(variant.contains("error") ? text_at(variant["error"], "message") : "");
      out += '\n';
    }
  }
  return out;
}

}  // namespace weir::tool
