// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The programs of a link, and what they say of a frame. They run in order of their priorities;
// equal ones as they were attached, but XDP programs among themselves by name
// (runtime/hooks/chain.h). After each the next one has its turn if the result is one to go on
// after: of an XDP program what it says itself or XDP_PASS, of the others whatever does not drop,
// unless the user says otherwise. Each is alone at a filter of its own (runtime/hooks/filter.h),
// because they may be of different hook kinds; what is here is their sequence, the rules of the
// link, and the virtio-net header. All of it belongs to its link's loop: between two frames it can
// be changed at will, so each frame is judged by the programs as they were at one moment.
//
// What a program cannot say follows the rules of the link, which the user has chosen: a run that
// ends in a trap, and a frame that is nothing for the program's hook kind (ARP, where the program
// is given IP packets).
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "runtime/hooks/filter.h"
#include "tools/attach/frame.h"

namespace weir::attach {

enum class NotTaken : uint8_t { kPass, kDrop, kArpOnly };

struct Rules {
  bool fail_closed = true;                  // frames on which a program traps, or without a program
  NotTaken not_taken = NotTaken::kArpOnly;  // frames that are nothing for a program's hook kind
};

// One program, ready to be attached: immutable, and any number of links may share it.
struct AttachedProgram {
  std::string name;
  std::string path;  // as the user gave it
  uint8_t directions = kBothWays;
  ContextKind at = ContextKind::kFrame;
  uint64_t budget = kDefaultBudget;
  ChainRules rules;
  std::shared_ptr<const Instance> instance;
};

// The rules of a program at a link: as chain_rules(), but that by default every program that is no
// XDP program goes on after whatever does not drop.
ChainRules link_rules(ContextKind at, const Executable& program, std::optional<uint32_t> priority,
                      std::optional<VerdictSet> go_on);

struct ProgramCounters {
  uint64_t runs = 0, dropped = 0, trapped = 0, not_taken = 0;
  uint64_t bad_length = 0;  // changed in a way that the virtio-net header cannot say; dropped
};

class Judge {
 public:
  // The worker runs the programs; it and its host outlive the judge.
  Judge(const Rules& rules, Worker& worker);
  ~Judge();

  // True: the frame goes on, with what the programs made of it; its bytes may then lie elsewhere,
  // valid until the next call.
  bool passes(Frame& frame, Direction direction);

  // Where its priority says. Fails if the name is taken (unless `replaces`, which keeps counters),
  // or if the program is of another hook kind than it is to be run at.
  Status attach(std::shared_ptr<const AttachedProgram> program, bool replaces);
  Status detach(const std::string& name);

  struct Entry {
    std::shared_ptr<const AttachedProgram> program;
    std::array<ProgramCounters, 2> counters;  // by Direction
    uint64_t generation = 1;                  // how often it was replaced, plus one
    Trap last_trap;                           // of this generation
    uint32_t trapped_in = 0;                  // number of the program in the instance's programs()
  };
  // In the order in which they run.
  std::vector<Entry> entries() const;
  const Rules& rules() const { return rules_; }
  void set_rules(const Rules& rules) { rules_ = rules; }

 private:
  struct Running;
  // kGoOn: the next one has its turn; `drops` says what it would have been otherwise.
  enum class Outcome { kGoOn, kPass, kDrop, kTrap, kNotTaken, kBadLength };
  void sort();
  Status take(Running& running, std::shared_ptr<const AttachedProgram> program);
  Outcome run(Running& running, Frame& frame, bool& drops);
  bool place_copy(const Frame& frame, ContextKind at, Packet& packet);
  bool passes_untaken(const Frame& frame) const;

  Rules rules_;
  Worker& worker_;
  std::vector<std::unique_ptr<Running>> running_;  // as they run
  uint64_t attached_ = 0;                          // ever
  // For programs that may change a frame's length. Frames that earlier ones have changed lie in it.
  std::vector<uint8_t> memory_;
};

}  // namespace weir::attach
