// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir_report_page <comparison.json >page.html: the HTML report of a comparison that is there
// already.
#include <iostream>

#include <nlohmann/json.hpp>

#include "tools/compare/html_report.h"

int main() {
  const auto comparison = nlohmann::ordered_json::parse(std::cin, nullptr, false);
  if (comparison.is_discarded()) {
    std::cerr << "weir_report_page: standard input is not JSON\n";
    return 1;
  }
  std::cout << weir::tool::html_report(comparison);
  return std::cout.flush() ? 0 : 1;
}
