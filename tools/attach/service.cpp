// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/service.h"

#include <algorithm>

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include "frontend/support/text.h"
#include "runtime/engine/trap_report.h"

namespace weir::attach {

namespace {

Json port_json(const Port& port) {
  const PortCounters& counters = port.counters();
  return {{"port", port.text()},           {"connected", port.connected()},
          {"received", counters.received}, {"received_bytes", counters.received_bytes},
          {"sent", counters.sent},         {"sent_bytes", counters.sent_bytes},
          {"queued", port.queued()},       {"queue_full", counters.queue_full},
          {"lost", counters.lost},         {"malformed", counters.malformed},
          {"connects", counters.connects}, {"disconnects", counters.disconnects}};
}

Json lane_json(const LaneCounters& counters) {
  return {{"frames", counters.frames},
          {"bytes", counters.bytes},
          {"passed", counters.passed},
          {"dropped", counters.dropped},
          {"unfinished", counters.unfinished}};
}

Json program_json(const Judge::Entry& entry) {
  const AttachedProgram& program = *entry.program;
  const Executable& executable = program.instance->executable();
  Json out = {{"name", program.name},
              {"file", printable(program.path, 4096)},
              {"program", printable(executable.info().name)},
              {"at", context_name(program.at)},
              {"direction", directions_name(program.directions)},
              {"priority", program.rules.priority},
              {"priority_from", chain_source_name(program.rules.priority_from)},
              {"go_on", verdict_set_text(program.at, program.rules.go_on)},
              {"go_on_from", chain_source_name(program.rules.go_on_from)},
              {"engine", engine_name(executable.engine())},
              {"awaits_native", executable.awaits_native()},
              {"generation", entry.generation}};
  for (const Direction direction : {Direction::kRx, Direction::kTx}) {
    const ProgramCounters& counters = entry.counters[static_cast<size_t>(direction)];
    out[direction == Direction::kRx ? "rx" : "tx"] = {{"runs", counters.runs},
                                                      {"dropped", counters.dropped},
                                                      {"trapped", counters.trapped},
                                                      {"not_taken", counters.not_taken},
                                                      {"bad_length", counters.bad_length}};
  }
  if (entry.last_trap) {
    const TrapReport report =
        program.instance->programs().executable(entry.trapped_in).describe(entry.last_trap);
    out["last_trap"] = report.to_string();
  }
  return out;
}

Json link_json(const Link& link) {
  Json programs = Json::array();
  for (const Judge::Entry& entry : link.judge().entries()) programs.push_back(program_json(entry));
  const Rules& rules = link.judge().rules();
  return {{"link", link.name()},
          {"fail", rules.fail_closed ? "closed" : "open"},
          {"not_taken", not_taken_name(rules.not_taken)},
          {"rx", lane_json(link.counters(Direction::kRx))},
          {"tx", lane_json(link.counters(Direction::kTx))},
          {"guest", port_json(link.guest())},
          {"net", port_json(link.net())},
          {"programs", std::move(programs)}};
}

}  // namespace

Result<std::unique_ptr<Service>> Service::create(uint32_t threads, Link::Log log) {
  std::unique_ptr<Service> service(new Service(threads));
  service->log_ = std::move(log);
  // Signals are the owner's: the threads inherit a mask that has none.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Status made;
  for (uint32_t i = 0; i < threads && made; ++i) {
    auto loop = EventLoop::create();
    if (!loop) {
      made = loop.take_error();
      break;
    }
    auto worker = Worker::open(service->host_);
    if (!worker) {
      made = worker.take_error();
      break;
    }
    auto thread = std::make_unique<LoopThread>();
    thread->loop = std::move(*loop);
    thread->worker = std::move(*worker);
    thread->thread = std::thread([running = thread->loop.get()] { running->run(); });
    service->threads_.push_back(std::move(thread));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!made) return made.take_error();
  return service;
}

Service::~Service() {
  stop();
}

void Service::stop() {
  for (const auto& thread : threads_) {
    thread->loop->stop();
    if (thread->thread.joinable()) thread->thread.join();
  }
  links_.clear();
}

Status Service::add_link(const LinkSpec& spec,
                         const std::vector<std::shared_ptr<const AttachedProgram>>& programs) {
  WEIR_CHECK(check_name("link", spec.name));
  if (links_.contains(spec.name))
    return Error(ErrorCode::kUsage, fmt::format("there is a link '{}' already", spec.name));
  WEIR_TRY(Ports ports, make_ports(spec));
  const auto least = std::ranges::min_element(
      threads_, {}, [](const std::unique_ptr<LoopThread>& thread) { return thread->links; });
  Placed placed;
  placed.thread = least->get();
  placed.link = std::make_unique<Link>(spec.name, std::move(ports.guest), std::move(ports.net),
                                       spec.rules, *placed.thread->worker, log_);
  for (const auto& program : programs) WEIR_CHECK(placed.link->judge().attach(program, false));
  Status started;
  placed.thread->loop->call([&] {
    started = placed.link->start(*placed.thread->loop);
    if (!started) placed.link.reset();
  });
  if (!started) return started;
  ++placed.thread->links;
  links_.emplace(spec.name, std::move(placed));
  specs_[spec.name] = spec;
  return {};
}

Result<std::vector<Service::Placed*>> Service::choose(const std::string& link) {
  std::vector<Placed*> out;
  for (auto& [name, placed] : links_)
    if (link == "*" || link == name) out.push_back(&placed);
  if (!out.empty()) return out;
  return Error(ErrorCode::kNotFound, link == "*"
                                         ? "there is no link"
                                         : fmt::format("there is no link '{}'", printable(link)));
}

Status Service::remove_link(const std::string& name) {
  if (name == "*") return Error(ErrorCode::kUsage, "links are removed one by one");
  WEIR_TRY(const std::vector<Placed*> chosen, choose(name));
  Placed& placed = *chosen.front();
  placed.thread->loop->call([&] { placed.link.reset(); });
  --placed.thread->links;
  links_.erase(name);
  specs_.erase(name);
  return {};
}

Status Service::attach(const std::string& link, std::shared_ptr<const AttachedProgram> program,
                       bool replaces) {
  WEIR_CHECK(check_name("program", program->name));
  WEIR_TRY(const std::vector<Placed*> chosen, choose(link));
  for (size_t i = 0; i < chosen.size(); ++i) {
    Status done;
    chosen[i]->thread->loop->call(
        [&] { done = chosen[i]->link->judge().attach(program, replaces); });
    if (done) continue;
    if (!replaces) {
      for (size_t k = 0; k < i; ++k) {
        chosen[k]->thread->loop->call(
            [&] { static_cast<void>(chosen[k]->link->judge().detach(program->name)); });
      }
    }
    return std::move(done.take_error()).in_section(chosen[i]->link->name());
  }
  // What was replaced while another thread was in the middle of a frame.
  host_.epochs().reclaim();
  return {};
}

Status Service::detach(const std::string& link, const std::string& program) {
  WEIR_TRY(const std::vector<Placed*> chosen, choose(link));
  Status result =
      Error(ErrorCode::kNotFound, fmt::format("no program '{}' is attached", printable(program)));
  for (Placed* placed : chosen) {
    Status done;
    placed->thread->loop->call([&] { done = placed->link->judge().detach(program); });
    if (done) result = Status();
  }
  return result;
}

Status Service::set_rules(const std::string& link, const Rules& rules) {
  WEIR_TRY(const std::vector<Placed*> chosen, choose(link));
  for (Placed* placed : chosen) {
    placed->thread->loop->call([&] { placed->link->judge().set_rules(rules); });
    specs_[placed->link->name()].rules = rules;
  }
  return {};
}

std::vector<std::string> Service::link_names() const {
  std::vector<std::string> out;
  for (const auto& [name, placed] : links_) out.push_back(name);
  return out;
}

std::shared_ptr<const AttachedProgram> Service::find(const std::string& link,
                                                     const std::string& name) {
  std::shared_ptr<const AttachedProgram> found;
  auto chosen = choose(link);
  if (!chosen) return nullptr;
  for (Placed* placed : *chosen) {
    placed->thread->loop->call([&] {
      for (const Judge::Entry& entry : placed->link->judge().entries())
        if (entry.program->name == name) found = entry.program;
    });
  }
  return found;
}

bool Service::is_connected(const std::string& link) {
  auto chosen = choose(link);
  if (!chosen) return false;
  bool connected = true;
  for (Placed* placed : *chosen) {
    placed->thread->loop->call([&] {
      connected = connected && placed->link->guest().ready() && placed->link->net().ready();
    });
  }
  return connected;
}

Json Service::stats(const std::string& link) {
  Json links = Json::array(), threads = Json::array();
  for (auto& [name, placed] : links_) {
    if (link != "*" && link != name) continue;
    placed.thread->loop->call([&] { links.push_back(link_json(*placed.link)); });
  }
  for (const auto& thread : threads_) {
    thread->loop->call([&] {
      threads.push_back({{"links", thread->links},
                         {"stalls", thread->loop->stalls()},
                         {"longest_stall_ms", thread->loop->longest_stall().count()}});
    });
  }
  return {{"links", std::move(links)}, {"threads", std::move(threads)}};
}

uint64_t Service::finish(std::chrono::milliseconds limit) {
  for (auto& [name, placed] : links_) placed.thread->loop->call([&] { placed.link->drain(); });
  const auto end = EventLoop::Clock::now() + limit;
  uint64_t left = 0;
  for (;;) {
    left = 0;
    for (auto& [name, placed] : links_) {
      placed.thread->loop->call(
          [&] { left += placed.link->guest().queued() + placed.link->net().queued(); });
    }
    if (left == 0 || EventLoop::Clock::now() >= end) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  stop();
  return left;
}

}  // namespace weir::attach
