// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <span>
#include <vector>

namespace weir::measure {

// What is told of a set of measurements. No mean: one interruption would spoil it.
struct Distribution {
  double median = 0, p10 = 0, p90 = 0, min = 0, max = 0;
  // Half of p10..p90 as a fraction of the median.
  double spread() const { return median > 0 ? (p90 - p10) / 2 / median : 0; }
};

// Of at least one value.
Distribution summarize(std::vector<double> values);

// Of at least one value, all above 0.
double geometric_mean(std::span<const double> values);

}  // namespace weir::measure
