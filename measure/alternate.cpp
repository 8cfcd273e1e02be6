// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/alternate.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <numeric>

#include <fmt/format.h>
#include <sys/resource.h>

#include "measure/random.h"

namespace weir::measure {

namespace {

// Runs in one batch at most, unless one pass takes more. The list of them is read while timing, and
// must leave room in the second-level cache.
constexpr size_t kMaxRuns = 8'192;
// A timing is repeated so often if the thread lost its CPU meanwhile, then taken as it is.
constexpr int kMaxRepeats = 5;

double now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// How often this thread had to give its CPU away.
long preemptions() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

// What the reference did with each packet.
struct Expected {
  std::vector<uint64_t> results;
  std::vector<std::vector<uint8_t>> memory;
};

Result<Expected> run_reference(const Workload& workload, const Contestant& reference,
                               Inputs& inputs) {
  Expected expected;
  inputs.restore();
  for (size_t i = 0; i < inputs.count(); ++i) {
    const Packet packet = inputs.packet(i);
    expected.results.push_back(reference.runner->run({&packet, 1}));
    if (const Trap trap = reference.runner->trap()) {
      return Error(
          ErrorCode::kInternal,
          fmt::format("{}: {} on packet {} of {}: trap '{}' at instruction {}", workload.name,
                      reference.name, i, inputs.count(), trap_name(trap.code), trap.insn));
    }
    const ByteSpan after = reference.runner->left(packet);
    expected.memory.emplace_back(after.begin(), after.end());
  }
  const bool all_alike = std::ranges::all_of(
      expected.results, [&](uint64_t result) { return result == expected.results.front(); });
  if (all_alike && !workload.uniform && inputs.count() > 1) {
    return Error(ErrorCode::kInternal,
                 fmt::format("{}: the result is {} for all {} packets", workload.name,
                             expected.results.front(), inputs.count()));
  }
  return expected;
}

Status compare(const Workload& workload, const Contestant& contender, Inputs& inputs,
               const Expected& expected) {
  inputs.restore();
  Runner& runner = *contender.runner;
  for (size_t i = 0; i < inputs.count(); ++i) {
    const Packet packet = inputs.packet(i);
    const uint64_t result = runner.run({&packet, 1});
    auto differs = [&](const std::string& how) {
      return Error(ErrorCode::kInternal, fmt::format("{}: {} on packet {} of {}: {}", workload.name,
                                                     contender.name, i, inputs.count(), how));
    };
    if (runner.trap()) {
      return differs(fmt::format("trap '{}' at instruction {}", trap_name(runner.trap().code),
                                 runner.trap().insn));
    }
    if (result != expected.results[i]) {
      return differs(
          fmt::format("result {:#x} where the reference has {:#x}", result, expected.results[i]));
    }
    if (!std::ranges::equal(runner.left(packet), expected.memory[i])) {
      return differs("left other bytes in the packet than the reference");
    }
  }
  return {};
}

class Stopwatch {
 public:
  Stopwatch(const Workload& workload, Inputs& inputs, const Expected& expected)
      : workload_(workload),
        inputs_(inputs),
        expected_(expected),
        random_(1),
        order_(inputs.count()) {
    std::iota(order_.begin(), order_.end(), 0u);
  }

  // Nanoseconds per run of a batch of `runs` runs, after as many that only warm up. Each batch has
  // the packets in an order of its own: a branch predictor learns an order that comes again, and
  // best the one of the reference, which runs more often than anybody else.
  Result<double> time(const Contestant& contender, size_t runs) {
    Runner& runner = *contender.runner;
    lay_out(warm_up_, runs);
    const uint64_t expected = lay_out(batch_, runs);
    if (workload_.fresh) inputs_.restore();
    runner.run(warm_up_);
    if (workload_.fresh) inputs_.restore();
    const double start = now_ns();
    const uint64_t sum = runner.run(batch_);
    const double end = now_ns();
    if ((sum != expected && !workload_.stateful) || runner.trap()) {
      return Error(ErrorCode::kInternal,
                   fmt::format("{}: {}: a timed batch gave other results than the check",
                               workload_.name, contender.name));
    }
    return runner.own_time_ns().value_or(end - start) / static_cast<double>(runs);
  }

 private:
  // Fills `out` with `runs` runs, whole passes through the packets, each in another order. Gives
  // the sum of the results they must have.
  uint64_t lay_out(std::vector<Packet>& out, size_t runs) {
    uint64_t sum = 0;
    out.clear();
    while (out.size() < runs) {
      random_.shuffle(std::span(order_));
      for (const uint32_t index : order_) {
        out.push_back(inputs_.packet(index));
        sum += expected_.results[index];
      }
    }
    return sum;
  }

  const Workload& workload_;
  Inputs& inputs_;
  const Expected& expected_;
  Random random_;
  std::vector<uint32_t> order_;
  std::vector<Packet> warm_up_, batch_;
};

}  // namespace

Result<std::vector<Status>> check_alike(const Workload& workload, Inputs& inputs,
                                        const Contestant& reference,
                                        std::span<const Contestant> contenders) {
  WEIR_TRY(const Expected expected, run_reference(workload, reference, inputs));
  std::vector<Status> out;
  for (const Contestant& contender : contenders) {
    out.push_back(compare(workload, contender, inputs, expected));
  }
  inputs.restore();
  return out;
}

Result<Measurement> alternate(const Workload& workload, Inputs& inputs, const Contestant& reference,
                              std::span<const Contestant> contenders, const Plan& plan) {
  WEIR_TRY(const Expected expected, run_reference(workload, reference, inputs));
  if (!workload.checked) {
    for (const Contestant& contender : contenders) {
      WEIR_CHECK(compare(workload, contender, inputs, expected));
    }
  }
  inputs.restore();

  // A batch is some whole passes through the packets, so that two batches of different length have
  // run the same mix; just one pass where each run needs a fresh packet.
  Stopwatch watch(workload, inputs, expected);
  const size_t most = workload.fresh ? 1 : std::max<size_t>(1, kMaxRuns / inputs.count());
  auto calibrate = [&](const Contestant& contender) -> Result<size_t> {
    double best = 1e12;
    for (int i = 0; i < 3; ++i) {
      WEIR_TRY(const double ns, watch.time(contender, inputs.count()));
      best = std::min(best, ns);
    }
    const double passes =
        std::ceil(plan.batch_ns / std::max(best * static_cast<double>(inputs.count()), 1.0));
    return static_cast<size_t>(std::clamp(passes, 1.0, static_cast<double>(most))) * inputs.count();
  };
  Measurement out;
  out.packets = inputs.count();
  WEIR_TRY(out.runs, calibrate(reference));
  std::vector<size_t> runs(contenders.size());
  for (size_t c = 0; c < contenders.size(); ++c) {
    WEIR_TRY(runs[c], calibrate(contenders[c]));
  }

  Random random(2);
  std::vector<size_t> order(contenders.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::vector<double> reference_ns;
  std::vector<std::vector<double>> ratios(contenders.size());
  for (unsigned round = 0; round < plan.rounds; ++round) {
    random.shuffle(std::span(order));
    for (const size_t c : order) {
      for (int repeat = 0;; ++repeat) {
        const long before = preemptions();
        WEIR_TRY(const double first, watch.time(reference, out.runs));
        WEIR_TRY(const double own, watch.time(contenders[c], runs[c]));
        WEIR_TRY(const double second, watch.time(reference, out.runs));
        if (preemptions() != before && repeat < kMaxRepeats) {
          ++out.interrupted;
          continue;
        }
        reference_ns.push_back((first + second) / 2);
        ratios[c].push_back(own / ((first + second) / 2));
        break;
      }
    }
    if (contenders.empty()) {
      WEIR_TRY(const double own, watch.time(reference, out.runs));
      reference_ns.push_back(own);
    }
  }
  out.reference_ns = summarize(std::move(reference_ns));
  for (std::vector<double>& values : ratios) out.ratios.push_back(summarize(std::move(values)));
  return out;
}

}  // namespace weir::measure
