// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two ports and the programs between them. What comes from the first port (the guest's side) goes
// to the second in direction rx, what comes from the second goes to the first in direction tx.
//
// Where a side does not keep up, its source is not read until there is room, so that nothing is
// lost that the sender could keep; a source that must be read (a redirector) is read on, and what
// does not fit is dropped there.
#pragma once

#include "tools/attach/judge.h"
#include "tools/attach/port.h"

namespace weir::attach {

struct LaneCounters {
  uint64_t frames = 0, bytes = 0;
  uint64_t passed = 0, dropped = 0;  // by the programs, or by the rules
  uint64_t unfinished = 0;           // passed, but the other side takes no unfinished frames
};

class Link {
 public:
  // Says what happens to a link, for the log; called by the loop's thread.
  using Log = std::function<void(const std::string& link, std::string_view what)>;

  Link(std::string name, std::unique_ptr<Port> guest, std::unique_ptr<Port> net, const Rules& rules,
       Worker& worker, Log log);

  // All below belongs to the loop's thread.
  Status start(EventLoop& loop);
  // Takes no more than what has come until now.
  void drain();

  const std::string& name() const { return name_; }
  Judge& judge() { return judge_; }
  const Judge& judge() const { return judge_; }
  const Port& guest() const { return *guest_; }
  const Port& net() const { return *net_; }
  const LaneCounters& counters(Direction direction) const {
    return direction == Direction::kRx ? rx_.counters : tx_.counters;
  }

 private:
  // One direction: the receiver of its source.
  struct Lane final : Receiver {
    Link* link = nullptr;
    Direction direction = Direction::kRx;
    Port* from = nullptr;
    Port* to = nullptr;
    LaneCounters counters;
    bool paused = false;
    void received(Frame& frame) override;
    void batch_ended() override;
    void has_room() override;
    void happened(std::string_view what) override;
    void hold_back();
  };

  std::string name_;
  Judge judge_;
  Log log_;
  bool draining_ = false;
  Lane rx_, tx_;
  std::unique_ptr<Port> guest_, net_;
};

}  // namespace weir::attach
