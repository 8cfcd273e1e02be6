// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Measures one program: checks that all contenders do the same, then lets them alternate.
//
// A round goes once through the contenders, in another order each time. Each is timed between two
// batches of the reference, and what is kept is its time divided by the mean of the two. So a
// machine that gets slower, or busy, for longer than a batch slows both sides of the ratio. The
// figure of a contender is the median of its ratios over all rounds.
#pragma once

#include <optional>
#include <span>

#include "bench/contenders/contender.h"
#include "bench/statistics.h"

namespace weir::bench {

struct Plan {
  unsigned rounds = 101;
  double batch_ns = 100'000;  // how long a batch of the reference is to take, about
  size_t packets = SIZE_MAX;  // of the input set, at most
};

struct Measurement {
  size_t packets = 0;                // different ones
  size_t runs = 0;                   // in a batch of the reference
  Distribution reference_ns;         // per run
  std::vector<Distribution> ratios;  // parallel to the contenders
  unsigned interrupted = 0;          // timings that were repeated because the thread lost its CPU
};

// An error if a contender's result, trap or packet afterwards differs from the reference's, on any
// packet; or if the reference gives the same result for all packets, unless the program is a floor:
// such inputs measure nothing.
Result<Measurement> measure(const BenchProgram& program, Runner& reference,
                            std::span<const std::unique_ptr<Runner>> contenders,
                            std::span<const Contender> names, const Plan& plan);

}  // namespace weir::bench
