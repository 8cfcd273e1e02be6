// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Several programs at one hook: who comes first, and after which results the next one has its turn.
// A chain knows nothing of how a program is run; whoever has one gives a function for that. So the
// rules are the same for a filter, a test run and a host's own loop.
//
// Where the kernel or libxdp has a rule, it is theirs: a lower priority number runs earlier, 50 is
// the default; of equal ones XDP programs go by name (libxdp), all others as they were attached;
// XDP goes on after XDP_PASS, tcx after TC_ACT_UNSPEC. What a host leaves open, an XDP program may
// say of itself (libxdp's XDP_RUN_CONFIG).
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "frontend/isa/program.h"
#include "frontend/support/result.h"
#include "runtime/abi/contexts.h"

namespace weir {

// A set of results, of which the low 32 bits count. Results up to 61 and TC_ACT_UNSPEC (-1) are
// told apart; of all the others a set has every one or none.
class VerdictSet {
 public:
  constexpr VerdictSet() = default;
  constexpr VerdictSet(std::initializer_list<int32_t> results) {
    for (const int32_t result : results) insert(static_cast<uint32_t>(result));
  }
  static constexpr VerdictSet all_but(std::initializer_list<int32_t> results) {
    VerdictSet set(results);
    set.bits_ = ~set.bits_;
    return set;
  }
  constexpr void insert(uint64_t result) { bits_ |= bit(static_cast<uint32_t>(result)); }
  constexpr bool contains(uint64_t result) const {
    return (bits_ & bit(static_cast<uint32_t>(result))) != 0;
  }
  constexpr bool operator==(const VerdictSet&) const = default;

 private:
  static constexpr uint64_t bit(uint32_t result) {
    constexpr uint64_t kUnspec = 62, kOthers = 63;
    if (result == UINT32_MAX) return uint64_t{1} << kUnspec;
    return uint64_t{1} << (result < kUnspec ? result : kOthers);
  }
  uint64_t bits_ = 0;
};

// libxdp: XDP_DEFAULT_RUN_PRIO.
inline constexpr uint32_t kDefaultChainPriority = 50;

// After which results the next program has its turn where nobody says otherwise. XDP: XDP_PASS; tc:
// TC_ACT_UNSPEC, TC_ACT_PIPE; lwt: BPF_OK; elsewhere whatever does not drop the packet.
VerdictSet default_go_on(ContextKind kind);

// libxdp: XDP_RUN_CONFIG's members and the dispatcher's chain_call_actions, bit n for action n.
VerdictSet verdicts_from_actions(uint32_t chain_call_actions);

// In the words of people: "XDP_PASS, XDP_DROP", "all but 0", "none". And back: names and numbers
// with commas between them, all, none; kUsage says what is no result there.
std::string verdict_set_text(ContextKind kind, const VerdictSet& set);
Result<VerdictSet> verdict_set_from_text(ContextKind kind, std::string_view text);

// Who said how a program is run among others: nobody, the program itself, the host.
enum class ChainSource : uint8_t { kDefault, kProgram, kHost };
std::string_view chain_source_name(ChainSource source);  // "default", "XDP_RUN_CONFIG", "option"

struct ChainRules {
  uint32_t priority = kDefaultChainPriority;
  VerdictSet go_on;
  ChainSource priority_from = ChainSource::kDefault;
  ChainSource go_on_from = ChainSource::kDefault;
};
// What the host says counts, else what the program says, else what is usual at the hook.
ChainRules chain_rules(ContextKind kind, const std::optional<RunConfig>& program,
                       std::optional<uint32_t> priority, std::optional<VerdictSet> go_on);

struct ChainLink {
  size_t program = 0;  // the host's number for it
  std::string name;    // raw bytes of the file
  uint32_t priority = kDefaultChainPriority;
  VerdictSet go_on;
};

struct ChainResult {
  uint64_t verdict = 0;       // of the hook
  size_t last = 0;            // link that ran last; nothing ran in an empty chain
  bool went_through = false;  // every link ran, and the last one would have gone on too
};

// Immutable: to change a chain is to make another. Any number of threads may run it at once.
class Chain {
 public:
  // Links in the order in which they were attached.
  Chain(ContextKind kind, std::vector<ChainLink> links);

  ContextKind kind() const { return kind_; }
  // In the order in which they run.
  std::span<const ChainLink> links() const { return links_; }
  bool empty() const { return links_.empty(); }

  // Runs the links on what `run` has at hand, all on the same packet: run(link) gives the program's
  // result, or, where it trapped, what the host lets that count as; a trap that counts as a result
  // to go on after does not keep the next program from running.
  // The verdict is that of the last program that ran; where all XDP programs went on it is
  // XDP_PASS, as libxdp's dispatcher has it. An empty chain passes the packet.
  template <typename Run>
    requires std::convertible_to<std::invoke_result_t<Run, const ChainLink&>, uint64_t>
  ChainResult run(Run&& run) const {
    ChainResult result{.verdict = passing_, .went_through = true};
    for (size_t i = 0; i < links_.size(); ++i) {
      result.last = i;
      result.verdict = run(links_[i]);
      if (!links_[i].go_on.contains(result.verdict)) {
        result.went_through = false;
        return result;
      }
    }
    if (kind_ == ContextKind::kXdp) result.verdict = passing_;
    return result;
  }

 private:
  ContextKind kind_;
  uint64_t passing_;
  std::vector<ChainLink> links_;
};

// What passes a packet at that hook: XDP_PASS, TC_ACT_OK, BPF_OK, all of it for a socket.
uint64_t passing_verdict(ContextKind kind);
// What drops it, where a program trapped: XDP_ABORTED, TC_ACT_SHOT, BPF_DROP, nothing for a socket.
uint64_t dropping_verdict(ContextKind kind);

}  // namespace weir
