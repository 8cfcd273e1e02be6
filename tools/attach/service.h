// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The links of one process, each run by one of its threads. Whoever owns the service calls it from
// one thread of his own; what concerns a link is done by the link's thread between two frames.
#pragma once

#include <map>
#include <thread>

#include <nlohmann/json.hpp>

#include "tools/attach/spec.h"

namespace weir::attach {

using Json = nlohmann::ordered_json;

class Service {
 public:
  static Result<std::unique_ptr<Service>> create(uint32_t threads, Link::Log log);
  ~Service();

  // Its programs are there before its first frame.
  Status add_link(const LinkSpec& spec,
                  const std::vector<std::shared_ptr<const AttachedProgram>>& programs = {});
  Status remove_link(const std::string& name);
  // "*" is every link. Of several, all take the program or none does.
  Status attach(const std::string& link, std::shared_ptr<const AttachedProgram> program,
                bool replaces);
  Status detach(const std::string& link, const std::string& program);
  Status set_rules(const std::string& link, const Rules& rules);

  const std::map<std::string, LinkSpec>& specs() const { return specs_; }
  std::vector<std::string> link_names() const;
  std::shared_ptr<const AttachedProgram> find(const std::string& link, const std::string& name);
  // Whether all connections of a link are there.
  bool is_connected(const std::string& link);

  // {"links": [...], "threads": [...]}: every counter, of each link at one moment.
  Json stats(const std::string& link = "*");

  // Takes what has come until now, sends what waits, and ends: no frame that was taken is lost,
  // unless its other side does not take it within `limit`. How many that was.
  uint64_t finish(std::chrono::milliseconds limit);

 private:
  struct LoopThread {
    std::unique_ptr<EventLoop> loop;
    std::unique_ptr<Worker> worker;  // runs the programs of its links
    std::thread thread;
    size_t links = 0;
  };
  struct Placed {
    std::unique_ptr<Link> link;
    LoopThread* thread = nullptr;
  };
  explicit Service(uint32_t threads) : host_({.workers = threads}) {}
  Result<std::vector<Placed*>> choose(const std::string& link);
  void stop();

  Link::Log log_;
  Host host_;  // of all programs: goes last
  std::vector<std::unique_ptr<LoopThread>> threads_;
  std::map<std::string, Placed> links_;
  std::map<std::string, LinkSpec> specs_;
};

}  // namespace weir::attach
