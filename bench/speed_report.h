// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What weir_bench_speed measured, as a table and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/contenders/contender.h"
#include "measure/alternate.h"

namespace weir::bench {

struct Row {
  const BenchProgram* program;
  Measurement measured;  // without the ratios
  // Of each contender; none: it did not take the program.
  std::vector<std::optional<Distribution>> ratios;
  std::vector<std::string> remarks;  // parallel: why it did not, or what is special about it
};

struct Report {
  Contender reference;
  std::vector<Contender> contenders;
  std::vector<std::string> absent;  // contenders that cannot run here, with the reason
  std::vector<Row> rows;
  unsigned rounds = 0;
};

std::string to_text(const Report& report);
nlohmann::ordered_json to_json(const Report& report);

}  // namespace weir::bench
