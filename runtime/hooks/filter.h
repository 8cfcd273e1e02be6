// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A filter: programs at a place where packets pass. It runs them on packets, gives verdicts and
// counts. Programs are attached, replaced and detached while other threads run packets: those take
// no lock, and each packet is judged by the programs of one generation, the old ones or the new
// ones.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "runtime/hooks/chain.h"
#include "runtime/hooks/counters.h"
#include "runtime/hooks/instance.h"
#include "runtime/hooks/packet.h"
#include "runtime/hooks/worker.h"

namespace weir {

enum class OnError : uint8_t { kPass, kDrop };

struct FilterOptions {
  ContextKind hook = ContextKind::kXdp;
  // kIp: packets are given as Ethernet frames, and the filter looks for the IP packet in them.
  bool ethernet = true;
  // What becomes of a packet whose program trapped; of one that is nothing for the hook kind (no IP
  // packet, shorter than its headers); of every one while no program is attached.
  OnError on_trap = OnError::kDrop;
  OnError on_other = OnError::kPass;
  OnError on_empty = OnError::kPass;
  uint64_t budget = kDefaultBudget;
  // Of so many runs one is timed; 0: none.
  uint32_t measure_every = 0;
  // Generations that rollback() can return to; they and their maps stay in memory.
  uint32_t history = 1;
};

struct Attachment {
  std::shared_ptr<const Instance> program;
  // Empty: as the program says (XDP_RUN_CONFIG), else as is usual at the hook (chain.h).
  std::optional<uint32_t> priority;
  std::optional<VerdictSet> go_on;
};

// A program at a filter, as links() shows it.
struct LinkInfo {
  uint32_t id = 0;  // from 1
  std::shared_ptr<const Instance> program;
  ChainRules rules;
  uint64_t since = 0;  // generation that brought the program
  Counts counts;
  std::vector<TrapCounts::Place> traps;
  uint64_t traps_elsewhere = 0;
};

struct FilterCounts {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  std::array<uint64_t, kActions> actions{};  // what packets were told to do
  uint64_t others = 0;                       // of the packets: nothing for the hook kind
  uint64_t trapped = 0;                      // of the packets
};

class Filter {
 public:
  // The host outlives it.
  Filter(Host& host, const FilterOptions& options);
  // No run may be going on.
  ~Filter();
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  const FilterOptions& options() const { return options_; }

  // Changes, from any thread. Each makes a new generation; on an error nothing has changed. Errors:
  // a program of another hook kind, a number that no link has.
  Result<uint32_t> attach(const Attachment& attachment);
  // The program of a link; its place and number stay, its counts begin anew.
  Status replace(uint32_t link, std::shared_ptr<const Instance> program);
  Status detach(uint32_t link);
  // All at once: these programs and no others. Their numbers, in the same order.
  Result<std::vector<uint32_t>> set(std::span<const Attachment> attachments);
  // Undoes the last change. Error: there is nothing to go back to.
  Status rollback();
  uint64_t generation() const;

  // Runs the programs on up to 2^32 packets and fills in what they became. How many of them are
  // kPass. Takes no lock. The worker is the calling thread's.
  size_t run(Worker& worker, std::span<Packet> packets);

  // In the order in which they run.
  std::vector<LinkInfo> links() const;
  FilterCounts counts() const;

 private:
  struct Link;
  using LinkList = std::vector<std::shared_ptr<Link>>;
  struct Generation;
  struct alignas(64) Totals;
  class Run;

  Status check(const Attachment& attachment) const;
  std::shared_ptr<Link> make_link(uint32_t id, const Attachment& attachment) const;
  std::shared_ptr<Link> make_link(uint32_t id, std::shared_ptr<const Instance> program,
                                  const ChainRules& rules) const;
  // Takes the links in the order in which they were attached.
  void publish(LinkList links);
  Status no_link(uint32_t link) const;

  Host& host_;
  const FilterOptions options_;
  std::atomic<const Generation*> current_;
  std::unique_ptr<Totals[]> totals_;  // by worker

  mutable std::mutex mutex_;  // for changes
  uint32_t next_link_ = 1;
  uint64_t next_generation_ = 1;
  std::deque<std::shared_ptr<const Generation>> generations_;  // back() is current
};

}  // namespace weir
