// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a remote store does for a fleet: hosts, each with every filter, get a new version. The hosts
// do it one after another over a window of time; each goes through the filters as `weir compile`
// does (tools/compile_command.cpp): fetch what is there, compile what nobody compiles, come back
// later to the rest. One queue of events in order of time, nothing else; costs are what
// first_verdict.py measured:
//
//     first_verdict.py build/dev/tools/weir --json > costs.json
//     build/dev/bench/fleet/fleet_simulation costs.json
//
// The store is a server that takes one request at a time, as many a second as it was measured to.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace {

struct Costs {
  double compile = 0, local_hit = 0, remote_hit = 0, miss = 0, upload = 0, request = 0;  // seconds
  double bytes = 0;  // of an entry
};

struct Fleet {
  uint32_t hosts = 10'000, filters = 1'000, cpus = 3, builders = 16;
  double window = 600;  // seconds over which the hosts are updated
};

struct Way {
  const char* name;
  bool store = false, leases = false, ahead = false;
};

struct Outcome {
  uint64_t compiled = 0, fetched = 0, waited = 0, local = 0;
  double up = 0, down = 0;                  // bytes
  double compile_seconds = 0;               // of CPUs
  double ready_ahead = 0;                   // when the builders were done
  double median = 0, p99 = 0, slowest = 0;  // from a host's start until it has everything
  double peak = 0;                          // requests to the store in the busiest second
};

// When an entry is in the store, and who is at it.
struct Entry {
  double there = INFINITY;
  bool taken = false;
};

// A machine on its way through the list.
struct Machine {
  double start = 0;
  uint32_t cpu = 0;
  uint32_t at = 0;              // how far it has come in `order`
  std::vector<uint32_t> order;  // filters still to do, then those to come back to
};

struct Event {
  double time;
  uint32_t machine;
  bool operator>(const Event& other) const { return time > other.time; }
};

class Simulation {
 public:
  Simulation(const Fleet& fleet, const Costs& costs, const Way& way, uint32_t changed)
      : fleet_(fleet), costs_(costs), way_(way), changed_(changed) {
    entries_.resize(size_t{fleet.cpus} * changed);
  }

  Outcome run() {
    double begin = 0;
    if (way_.ahead) {
      // The builders have all CPUs of the fleet to compile for.
      std::vector<Machine> builders(fleet_.builders);
      for (auto& builder : builders) builder.order = all(uint32_t{fleet_.cpus} * changed_);
      begin = out_.ready_ahead = drive(builders, true);
    }
    std::mt19937 random(1);
    std::uniform_real_distribution<double> moment(0, fleet_.window);
    std::vector<Machine> hosts(fleet_.hosts);
    for (uint32_t i = 0; i < fleet_.hosts; ++i) {
      hosts[i].start = begin + moment(random);
      hosts[i].cpu = i % fleet_.cpus;
      hosts[i].order = all(changed_);
    }
    (void)drive(hosts, false);
    // What did not change is where it was.
    out_.local = uint64_t{fleet_.hosts} * (fleet_.filters - changed_);
    std::vector<double> took = std::move(took_);
    std::ranges::sort(took);
    const double rest = costs_.local_hit * (fleet_.filters - changed_);
    out_.median = took[took.size() / 2] + rest;
    out_.p99 = took[took.size() * 99 / 100] + rest;
    out_.slowest = took.back() + rest;
    for (const uint32_t requests : requests_) out_.peak = std::max<double>(out_.peak, requests);
    return out_;
  }

 private:
  static std::vector<uint32_t> all(uint32_t count) {
    std::vector<uint32_t> order(count);
    for (uint32_t i = 0; i < count; ++i) order[i] = i;
    return order;
  }

  void count(double time) {
    const auto second = static_cast<size_t>(time);
    if (second >= requests_.size()) requests_.resize(second + 1);
    ++requests_[second];
  }

  // A request that reaches the store at `time`; when it is answered.
  double ask(double time, double cost) {
    count(time);
    // Requests come nearly in order of time: the queue of the server is one number.
    server_free_ = std::max(server_free_, time) + costs_.request;
    return std::max(time + cost, server_free_);
  }

  // Gives the time at which the last one was done.
  double drive(std::vector<Machine>& machines, bool builders) {
    std::priority_queue<Event, std::vector<Event>, std::greater<>> queue;
    for (uint32_t i = 0; i < machines.size(); ++i) queue.push({machines[i].start, i});
    double last = 0;
    while (!queue.empty()) {
      const Event event = queue.top();
      queue.pop();
      Machine& machine = machines[event.machine];
      if (machine.at == machine.order.size()) {
        last = std::max(last, event.time);
        if (!builders) took_.push_back(event.time - machine.start);
        machine.order = {};
        continue;
      }
      queue.push({step(machine, event.time, builders), event.machine});
    }
    return last;
  }

  // One filter of one machine.
  double step(Machine& machine, double now, bool builder) {
    const uint32_t filter = machine.order[machine.at++];
    Entry& entry = entries_[builder ? filter : size_t{machine.cpu} * changed_ + filter];
    if (!way_.store) {
      ++out_.compiled;
      out_.compile_seconds += costs_.compile;
      return now + costs_.compile;
    }
    if (entry.there <= now) {
      ++out_.fetched;
      out_.down += costs_.bytes;
      return ask(now, costs_.remote_hit);
    }
    now = ask(now, costs_.miss);
    if (way_.leases) {
      now = ask(now, costs_.miss);
      if (entry.taken) {
        ++out_.waited;
        machine.order.push_back(filter);
        // Nothing else to do: it looks again later.
        const bool waiting = machine.at + 1 >= machine.order.size();
        return now + (waiting ? 0.02 : 0);
      }
      entry.taken = true;
    }
    ++out_.compiled;
    out_.compile_seconds += costs_.compile;
    out_.up += costs_.bytes;
    const double done = now + costs_.compile;
    // Uploaded in the background. It lies ahead: its place in the queue of the server is taken now.
    count(done);
    server_free_ += costs_.request;
    entry.there = std::min(entry.there, done + costs_.upload);
    return done;
  }

  const Fleet& fleet_;
  const Costs& costs_;
  const Way way_;
  const uint32_t changed_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> requests_;  // in each second
  std::vector<double> took_;
  double server_free_ = 0;
  Outcome out_;
};

std::string bytes_text(double bytes) {
  if (bytes >= 1e9) return fmt::format("{:.1f} GB", bytes / 1e9);
  if (bytes >= 1e6) return fmt::format("{:.1f} MB", bytes / 1e6);
  return fmt::format("{:.0f} kB", bytes / 1e3);
}

std::string time_text(double seconds) {
  if (seconds >= 3600) return fmt::format("{:.1f} h", seconds / 3600);
  if (seconds >= 1) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{:.1f} ms", seconds * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"What a remote store does for a fleet that gets a new version"};
  std::string path;
  std::string store = "redis";
  Fleet fleet;
  app.add_option("COSTS", path, "What first_verdict.py --json printed")->required();
  app.add_option("--store", store, "Whose costs: redis or nginx")
      ->check(CLI::IsMember({"redis", "nginx"}));
  app.add_option("--hosts", fleet.hosts)->check(CLI::Range(1U, 1'000'000U));
  app.add_option("--filters", fleet.filters)->check(CLI::Range(1U, 100'000U));
  app.add_option("--cpus", fleet.cpus, "Kinds of CPUs in the fleet")->check(CLI::Range(1U, 64U));
  app.add_option("--builders", fleet.builders, "Processes that compile ahead")
      ->check(CLI::Range(1U, 10'000U));
  app.add_option("--window", fleet.window, "Seconds over which the hosts are updated")
      ->check(CLI::Range(1.0, 1e6));
  CLI11_PARSE(app, argc, argv);

  Costs costs;
  try {
    std::ifstream file(path);
    const auto json = nlohmann::json::parse(file);
    const auto& remote = json.at("stores").at(store);
    costs.compile = json.at("compile_s");
    costs.local_hit = json.at("local_hit_s");
    costs.bytes = json.at("entry_bytes");
    costs.remote_hit = remote.at("hit_s");
    costs.miss = remote.at("miss_s");
    costs.upload = remote.at("upload_s");
    costs.request = remote.at("request_s");
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}: {}\n", path, error.what());
    return 1;
  }

  fmt::print(
      "{} hosts, {} filters, {} kinds of CPUs, updated within {}; {} as the store\n"
      "measured: compile {}, local hit {}, remote hit {}, miss {}, {:.0f} requests/s, entry {}\n",
      fleet.hosts, fleet.filters, fleet.cpus, time_text(fleet.window), store,
      time_text(costs.compile), time_text(costs.local_hit), time_text(costs.remote_hit),
      time_text(costs.miss), 1 / costs.request, bytes_text(costs.bytes));
  const Way ways[] = {{"no remote store"},
                      {"store, no leases", true, false, false},
                      {"store with leases", true, true, false},
                      {"store filled ahead", true, true, true}};
  const std::pair<const char*, uint32_t> changes[] = {
      {"a new version of one filter", 1}, {"a new version of weir: all filters", fleet.filters}};
  for (const auto& [what, changed] : changes) {
    fmt::print("\n{}\n{:<20}{:>10}{:>11}{:>11}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", what,
               "", "compiled", "fetched", "local", "up", "down", "CPU", "median", "99 %", "slowest",
               "peak/s");
    for (const Way& way : ways) {
      const Outcome out = Simulation(fleet, costs, way, changed).run();
      fmt::print("{:<20}{:>10}{:>11}{:>11}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10.0f}\n",
                 way.name, out.compiled, out.fetched, out.local, bytes_text(out.up),
                 bytes_text(out.down), time_text(out.compile_seconds), time_text(out.median),
                 time_text(out.p99), time_text(out.slowest), out.peak);
      // The books must balance whatever the costs are.
      const uint64_t once = uint64_t{std::min(fleet.cpus, fleet.hosts)} * changed;
      const uint64_t got = out.compiled + out.fetched;
      const bool balanced = way.ahead    ? out.compiled == uint64_t{fleet.cpus} * changed
                            : way.leases ? out.compiled == once
                                         : got == uint64_t{fleet.hosts} * changed;
      if (!balanced) {
        fmt::print(stderr, "error: the books do not balance\n");
        return 1;
      }
      if (way.ahead) {
        fmt::print("{:<20}the {} builders had been done after {}\n", "", fleet.builders,
                   time_text(out.ready_ahead));
      }
    }
  }
  return 0;
}
