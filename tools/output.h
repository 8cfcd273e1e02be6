// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the commands have to say: text for people, JSON for programs. Results go to standard output,
// errors and warnings to standard error. With --json standard output is exactly one JSON value,
// whatever happens; an error is {"error": {...}} there, and is told on standard error as well.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "frontend/support/error.h"
#include "runtime/engine/executable.h"
#include "tools/command.h"

namespace weir::tool {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct OutputOptions {
  bool json = false;
  bool pretty = false;
  bool as_json() const { return json || pretty; }
};
// -j/--json and -p/--pretty. `short_json`: -j is free for it.
void add_output_options(CLI::App& command, OutputOptions& options, bool short_json = true);

void print_json(const Json& value, const OutputOptions& options);

Json to_json(const Error& error);
Json to_json(const CacheReport& report);
Json to_json(const TrapReport& report);

// Tells the error. kUsage for an Error of that code.
Exit fail(const Error& error, const OutputOptions& options);
// On standard error only; for one of several inputs.
void print_error(const Error& error);
void print_warning(std::string_view text);

// "hit 3fa07c2b91d4", "miss 3fa07c2b91d4, compiled and stored", ...
std::string cache_text(const CacheReport& report);
// What is wrong with the cache, as warnings.
void warn_of_cache(const CacheReport& report);
std::vector<std::string> cache_warnings(const CacheReport& report);

// "0.062 ms"
std::string milliseconds(std::chrono::nanoseconds time);

}  // namespace weir::tool
