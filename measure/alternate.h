// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Measures one program: checks that all contenders do the same, then lets them alternate.
//
// A round goes once through the contenders, in another order each time. Each is timed between two
// batches of the reference, and what is kept is its time divided by the mean of the two. So a
// machine that gets slower, or busy, for longer than a batch slows both sides of the ratio. The
// figure of a contender is the median of its ratios over all rounds.
#pragma once

#include <string>
#include <vector>

#include "frontend/support/result.h"
#include "measure/distribution.h"
#include "measure/inputs.h"
#include "measure/runner.h"

namespace weir::measure {

struct Workload {
  std::string name;
  // A run changes its packet so that the next run on it would do other work: every run gets the
  // packet as it was made.
  bool fresh = false;
  // Every packet may have the same result: it is the cost of a call that is measured.
  bool uniform = false;
  // A result depends on what ran before, by maps. Then only the first pass is compared, in which
  // all contenders run the packets in one order from the same start.
  bool stateful = false;
  // check_alike() has been asked: alternate() need not.
  bool checked = false;
};

struct Contestant {
  std::string name;
  Runner* runner;
};

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

// For each contender an error if its result, trap or packet afterwards differs from the
// reference's, on any packet. An error of the whole if the reference traps, or gives the same
// result for all packets, unless the workload says that it may: such inputs measure nothing.
Result<std::vector<Status>> check_alike(const Workload& workload, Inputs& inputs,
                                        const Contestant& reference,
                                        std::span<const Contestant> contenders);

// check_alike(), of which any error ends it, then the rounds.
Result<Measurement> alternate(const Workload& workload, Inputs& inputs, const Contestant& reference,
                              std::span<const Contestant> contenders, const Plan& plan);

}  // namespace weir::measure
