// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/distribution.h"

#include <algorithm>
#include <cmath>

namespace weir::measure {

Distribution summarize(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  // Between two neighbours where the rank is no whole number.
  auto quantile = [&](double q) {
    const double rank = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(rank);
    const size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (values[above] - values[below]) * (rank - static_cast<double>(below));
  };
  return {quantile(0.5), quantile(0.1), quantile(0.9), values.front(), values.back()};
}

double geometric_mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

}  // namespace weir::measure
