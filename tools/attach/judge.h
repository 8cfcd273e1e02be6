// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The programs of a link, and what they say of a frame. A frame passes if every program of its
// direction passes it; they run in the order they were attached in, and one that drops ends it.
// Each is alone at a filter of its own (runtime/hooks/filter.h), because they may be of different
// hook kinds; what is here is their sequence, the rules of the link, and the virtio-net header.
// All of it belongs to its link's loop: between two frames it can be changed at will, so each frame
// is judged by the programs as they were at one moment.
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
  std::shared_ptr<const Instance> instance;
};

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

  // At the end. Fails if the name is taken (unless `replaces`, which keeps place and counters), or
  // if the program is of another hook kind than it is to be run at.
  Status attach(std::shared_ptr<const AttachedProgram> program, bool replaces);
  Status detach(const std::string& name);

  struct Entry {
    std::shared_ptr<const AttachedProgram> program;
    std::array<ProgramCounters, 2> counters;  // by Direction
    uint64_t generation = 1;                  // how often it was replaced, plus one
    Trap last_trap;                           // of this generation
    uint32_t trapped_in = 0;                  // number of the program in the instance's programs()
  };
  std::vector<Entry> entries() const;
  const Rules& rules() const { return rules_; }
  void set_rules(const Rules& rules) { rules_ = rules; }

 private:
  struct Running;
  enum class Outcome { kPass, kDrop, kTrap, kNotTaken, kBadLength };
  Status take(Running& running, std::shared_ptr<const AttachedProgram> program);
  Outcome run(Running& running, Frame& frame);
  bool place_copy(const Frame& frame, ContextKind at, Packet& packet);
  bool passes_untaken(const Frame& frame) const;

  Rules rules_;
  Worker& worker_;
  std::vector<std::unique_ptr<Running>> running_;
  // For programs that may change a frame's length. Frames that earlier ones have changed lie in it.
  std::vector<uint8_t> memory_;
};

}  // namespace weir::attach
