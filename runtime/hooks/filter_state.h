// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a Filter is made of. Internal to filter.cpp and filter_run.cpp.
#pragma once

#include "runtime/engine/helper_table.h"
#include "runtime/hooks/filter.h"
#include "runtime/hooks/packet_buffer.h"

namespace weir {

// A program at the filter. What packets need of it comes first, in one place.
struct Filter::Link {
  Link(uint32_t number, std::shared_ptr<const Instance> instance, const ChainRules& place,
       uint64_t generation, uint32_t workers)
      : executable(&instance->executable()),
        programs(&instance->programs()),
        helpers(helper_table(executable->info().options.helpers)),
        serial(next_serial()),
        id(number),
        program(std::move(instance)),
        rules(place),
        since(generation),
        counters(workers) {}

  const Executable* executable;
  const ProgramSet* programs;
  const HelperFn* helpers;
  // No two links of a process have the same, ever: a worker knows by it what it is set up for.
  const uint64_t serial;
  const uint32_t id;
  const std::shared_ptr<const Instance> program;
  const ChainRules rules;
  const uint64_t since;
  mutable Counters counters;
  mutable TrapCounts traps;

 private:
  static uint64_t next_serial() {
    static std::atomic<uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
  }
};

struct Filter::Generation {
  Generation(uint64_t n, ContextKind hook, LinkList list)
      : number(n),
        is_packet(context_shape(hook) == ContextShape::kPacket),
        at_ip(begins_at_ip(hook)),
        attached(std::move(list)),
        chain(hook, chain_links(attached)) {}

  static std::vector<ChainLink> chain_links(const LinkList& attached) {
    std::vector<ChainLink> out;
    for (size_t i = 0; i < attached.size(); ++i) {
      const Link& link = *attached[i];
      out.push_back({.program = i,
                     .name = link.program->name(),
                     .priority = link.rules.priority,
                     .go_on = link.rules.go_on});
    }
    return out;
  }

  const uint64_t number;
  const bool is_packet;     // of the hook: programs are given a PacketContext
  const bool at_ip;         // of the hook: the Ethernet header lies before what programs see
  const LinkList attached;  // in the order in which they were
  const Chain chain;        // ChainLink::program is an index into it
};

// Of one worker.
struct alignas(64) Filter::Totals {
  Counters::Count packets{0}, bytes{0}, others{0}, trapped{0};
  std::array<Counters::Count, kActions> actions{};
};

}  // namespace weir
