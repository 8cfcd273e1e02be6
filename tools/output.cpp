// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/output.h"

#include <cstdio>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir::tool {

namespace {

constexpr size_t kKeyDigits = 12;  // enough to name an entry, as git does

void set_text(Json& object, const char* name, std::string_view text) {
  if (!text.empty()) object[name] = printable(text, 4096);
}

Json location_json(const Location& where) {
  Json out = Json::object();
  set_text(out, "file", where.file);
  set_text(out, "section", where.section);
  set_text(out, "program", where.program);
  if (where.instruction) out["instruction"] = *where.instruction;
  set_text(out, "source_file", where.source_file);
  if (where.source_line != 0) out["source_line"] = where.source_line;
  set_text(out, "source_text", where.source_text);
  return out;
}

}  // namespace

void add_output_options(CLI::App& command, OutputOptions& options, bool short_json) {
  command.add_flag(short_json ? "-j,--json" : "--json", options.json, "Print JSON");
  command.add_flag("-p,--pretty", options.pretty, "Print indented JSON");
}

void print_json(const Json& value, const OutputOptions& options) {
  fmt::print("{}\n",
             value.dump(options.pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace));
}

Json to_json(const Error& error) {
  Json out = {{"code", error_code_name(error.code())}, {"message", error.message()}};
  out.update(location_json(error.where()));
  set_text(out, "hint", error.hint());
  return out;
}

Json to_json(const CacheReport& report) {
  Json out = {{"outcome", cache_outcome_name(report.outcome)}};
  if (report.key) out["key"] = report.key->hex();
  if (report.outcome == CacheOutcome::kHit) out["origin"] = origin_name(report.origin);
  if (report.outcome != CacheOutcome::kNotUsed) out["stored"] = report.stored;
  set_text(out, "from", report.from);
  set_text(out, "set_aside", report.set_aside);
  if (!report.problems.empty()) {
    out["problems"] = Json::array();
    for (const Error& problem : report.problems) out["problems"].push_back(to_json(problem));
  }
  return out;
}

Json to_json(const TrapReport& report) {
  Json out = {{"code", trap_name(report.trap.code)}, {"message", trap_text(report.trap.code)}};
  out.update(location_json(report.where));
  set_text(out, "text", report.instruction);
  return out;
}

Exit fail(const Error& error, const OutputOptions& options) {
  if (options.as_json()) print_json(Json{{"error", to_json(error)}}, options);
  print_error(error);
  return error.code() == ErrorCode::kUsage ? Exit::kUsage : Exit::kFailed;
}

void print_error(const Error& error) {
  fmt::print(stderr, "{}\n", error.to_string());
}

void print_warning(std::string_view text) {
  fmt::print(stderr, "warning: {}\n", text);
}

std::string cache_text(const CacheReport& report) {
  const std::string key = report.key ? " " + report.key->hex().substr(0, kKeyDigits) : "";
  const char* kept = report.stored ? ", compiled and stored" : ", not stored";
  switch (report.outcome) {
    case CacheOutcome::kNotUsed: return "not used";
    case CacheOutcome::kHit:
      if (!report.from.empty()) return "hit" + key + " from " + printable(report.from);
      return "hit" + key +
             (report.origin == Origin::kLocal ? ""
                                              : fmt::format(" ({})", origin_name(report.origin)));
    case CacheOutcome::kMiss: return "miss" + key + kept;
    case CacheOutcome::kDamaged: return "damaged" + key + kept;
    case CacheOutcome::kUnavailable: return "unavailable" + key + kept;
    case CacheOutcome::kRefused: return "refused" + key + kept;
  }
  return "unknown";
}

std::vector<std::string> cache_warnings(const CacheReport& report) {
  std::vector<std::string> warnings;
  for (const Error& problem : report.problems) {
    std::string text = problem.to_string();
    if (text.starts_with("error: ")) text.erase(0, 7);
    warnings.push_back("cache: " + text);
  }
  if (!report.set_aside.empty()) {
    warnings.push_back("cache: the entry was set aside as " + printable(report.set_aside, 4096));
  }
  return warnings;
}

void warn_of_cache(const CacheReport& report) {
  for (const std::string& warning : cache_warnings(report)) print_warning(warning);
}

std::string milliseconds(std::chrono::nanoseconds time) {
  return fmt::format("{:.3f} ms", static_cast<double>(time.count()) / 1e6);
}

}  // namespace weir::tool
