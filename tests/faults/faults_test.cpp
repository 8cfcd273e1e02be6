// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every scenario, with every fault. Prints what it did, for tests/robustness_table.py.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "runtime/maps/owner.h"
#include "tests/faults/host_scenarios.h"

namespace weir::faults {
namespace {

// Made once for all tests of a process.
const Files& files() {
  static const Files made = [] {
    char folder[] = "/tmp/weir_faults_XXXXXX";
    if (::mkdtemp(folder) == nullptr) std::abort();
    Files out{.object = WEIR_FAULTS_OBJECT,
              .native = WEIR_FAULTS_NATIVE,
              .weir = WEIR_COMMAND,
              .folder = folder};
    const std::string command =
        fmt::format("WEIR_CACHE_DIR={0}/cache {1} compile {2} > {0}/compile.txt 2>&1", folder,
                    out.weir, out.object);
    if (std::system(command.c_str()) != 0) std::abort();
    std::atexit([] {
      std::error_code ignored;
      std::filesystem::remove_all(files().folder, ignored);
    });
    return out;
  }();
  return made;
}

std::vector<Scenario> in_process() {
  std::vector<Scenario> out = host_scenarios(files());
  out.push_back(store_scenario(files()));
  return out;
}

void expect_clean(const Scenario& scenario, const SweepOptions& options, const char* what) {
  const Report report = sweep(scenario, options);
  for (const std::string& finding : report.findings) ADD_FAILURE() << finding;
  fmt::print("faults: {}: {}: {} calls, {} refused, {} errors, {} did without\n", scenario.name,
             what, report.calls, report.refused, report.errors, report.refused - report.errors);
}

class EachScenario : public testing::TestWithParam<size_t> {};
// Listing the tests makes no files.
constexpr std::array kNames = {"Interpret", "Native",        "Cached", "Trap",       "Strict",
                               "Maps",      "FilterChanges", "Hooks",  "PinnedMaps", "Store"};
std::string test_name(const testing::TestParamInfo<size_t>& info) {
  return kNames[info.param];
}

TEST_P(EachScenario, Allocations) {
  const Scenario scenario = in_process()[GetParam()];
  expect_clean(scenario,
               {.points = bit(Point::kAllocation), .hows = {How::kOnce, How::kFromThenOn}},
               "allocation");
}

TEST_P(EachScenario, SystemCalls) {
  const Scenario scenario = in_process()[GetParam()];
  for (size_t i = 1; i < kPoints; ++i) {
    const auto point = static_cast<Point>(i);
    SweepOptions options{.points = bit(point), .hows = {How::kOnce, How::kFromThenOn}};
    if (point == Point::kRead || point == Point::kWrite) options.hows.push_back(How::kShort);
    if (point == Point::kRead || point == Point::kWrite || point == Point::kOpen) {
      options.hows.push_back(How::kInterrupted);
    }
    expect_clean(scenario, options, point_name(point));
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, EachScenario, testing::Range<size_t>(0, kNames.size()), test_name);

// The others: how many there are is said in one place.
TEST(Faults, EveryScenarioIsRun) {
  EXPECT_EQ(in_process().size(), kNames.size());
}

// Without /proc for a moment, a process would pass for dead with those who share its maps, and they
// would take its locks away.
TEST(Faults, AnOwnerThatCouldNotLookAtItselfLives) {
  arm({.points = bit(Point::kOpen), .how = How::kFromThenOn, .at = 1});
  const uint32_t owner = this_owner();
  disarm();
  EXPECT_TRUE(owner_lives(owner));
  EXPECT_TRUE(owner_lives(this_owner()));
}

// A process for each run, so there are fewer.
TEST(Faults, BackgroundCompiler) {
  const Scenario scenario = compiler_scenario(files());
  expect_clean(scenario,
               {.points = bit(Point::kAllocation), .hows = {How::kOnce}, .dense = 5, .sparse = 20},
               "allocation");
  for (const Point point : {Point::kFork, Point::kThread, Point::kSocket, Point::kMmap}) {
    expect_clean(scenario, {.points = bit(point), .hows = {How::kOnce}}, point_name(point));
  }
}

}  // namespace
}  // namespace weir::faults
