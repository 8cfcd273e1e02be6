// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packets through a filter: one generation for all packets of a call, program after program for
// each.
#include <time.h>

#include <bit>
#include <cstring>

#include "runtime/hooks/ethernet.h"
#include "runtime/hooks/filter_state.h"
#include "runtime/hooks/host_packet.h"
#include "runtime/hooks/packet_buffer.h"
#include "runtime/maps/map_handle.h"

namespace weir {

namespace {

uint64_t now_ns() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1'000'000'000 + uint64_t(now.tv_nsec);
}

constexpr Action action_of(OnError choice) {
  return choice == OnError::kDrop ? Action::kDrop : Action::kPass;
}

Action action_of(ContextKind hook, uint64_t result) {
  const auto low = static_cast<uint32_t>(result);
  constexpr uint32_t kXdpTx = 3, kXdpRedirect = 4, kRedirect = 7;  // TC_ACT_, BPF_REDIRECT
  switch (hook) {
    case ContextKind::kXdp:
      if (low == kXdpTx) return Action::kTransmit;
      if (low == kXdpRedirect) return Action::kRedirect;
      break;
    case ContextKind::kSchedCls:
    case ContextKind::kSchedAct:
    case ContextKind::kLwtIn:
    case ContextKind::kLwtOut:
    case ContextKind::kLwtXmit:
      if (low == kRedirect) return Action::kRedirect;
      break;
    default: break;
  }
  const bool drops = is_host_context(hook) ? result != 0 : verdict_drops(hook, result);
  return drops ? Action::kDrop : Action::kPass;
}

}  // namespace

namespace {

// Fields of struct xdp_md and struct __sk_buff (uapi/linux/bpf.h).
void set_xdp_interface(PacketContext& context, uint32_t ifindex, uint32_t rx_queue) {
  constexpr size_t kXdpIngress = 12, kXdpQueue = 16;
  std::memcpy(context.xdp + kXdpIngress, &ifindex, sizeof ifindex);
  std::memcpy(context.xdp + kXdpQueue, &rx_queue, sizeof rx_queue);
}

void set_origin(PacketContext& context, const Packet& packet) {
  constexpr size_t kQueue = 8, kIngress = 36, kIfindex = 40, kGsoSegments = 164, kGsoSize = 176;
  const auto put = [&context](size_t at, uint32_t value) {
    std::memcpy(context.skb + at, &value, sizeof value);
  };
  set_xdp_interface(context, packet.ifindex, packet.rx_queue);
  put(kQueue, packet.rx_queue);
  put(kIngress, packet.ifindex);
  put(kIfindex, packet.ifindex);
  put(kGsoSegments, packet.gso_segments);
  put(kGsoSize, packet.gso_size);
}

}  // namespace

// What every packet goes through is one function: hosts that hand over packets one by one pay for
// calls, and for a Run in memory, each time.
#define WEIR_INLINE [[gnu::always_inline]] inline

// The run of one call, on one worker.
class Filter::Run {
 public:
  Run(Filter& filter, Worker& worker, const Generation& generation)
      : filter_(filter),
        hook_(filter.options_.hook),
        is_packet_(generation.is_packet),
        at_ip_(generation.at_ip),
        worker_(worker),
        generation_(generation),
        totals_(filter.totals_[worker.cpu()]) {}

  WEIR_INLINE void run(Packet& packet) {
    packet.link = 0;
    packet.trap = 0;
    packet.trap_instruction = 0;
    packet.trap_program = 0;
    packet.result = 0;
    packet.redirect_ifindex = 0;
    const uint32_t size = packet.size;
    if (generation_.chain.empty()) {
      packet.action = action_of(filter_.options_.on_empty);
    } else if (!place(packet)) {
      packet.action = action_of(filter_.options_.on_other);
      Counters::add(totals_.others, 1);
    } else {
      judge(packet);
    }
    Counters::add(totals_.packets, 1);
    Counters::add(totals_.bytes, size);
    Counters::add(totals_.actions[static_cast<size_t>(packet.action)], 1);
  }

 private:
  // False: it is nothing for the hook kind.
  WEIR_INLINE bool place(Packet& packet) {
    if (!is_packet_) {
      data_ = {packet.data, packet.size};
      if (hook_ != ContextKind::kIp || !filter_.options_.ethernet) return true;
      const auto ip = ip_in_ethernet(ByteSpan(packet.data, packet.size));
      if (!ip) return false;
      data_ = {packet.data + (ip->data() - packet.data), ip->size()};
      return true;
    }
    return hook_ == ContextKind::kXdp ? place_xdp(packet) : place_other(packet);
  }

  [[gnu::noinline]] bool place_other(Packet& packet) {
    PacketContext& context = worker_.place_.packet;
    worker_.placed_.reset();
    if (is_host_context(hook_)) {
      if (packet.context == nullptr || packet.size > kMaxDataBytes) return false;
      context = host_packet(hook_, packet.data, packet.size);
      if (packet.data != nullptr) {
        context.head = packet.data - packet.headroom;
        context.tail = packet.data + packet.size + packet.tailroom;
      }
      std::memcpy(worker_.place_.structure.data(), packet.context, context_bytes(hook_));
      return true;
    }
    if (!describe_frame(hook_, std::span(packet.data, packet.size), context)) return false;
    context.head = head_ = packet.data - packet.headroom;
    context.tail = packet.data + packet.size + packet.tailroom;
    if (at_ip_) {
      // The program cannot say where the Ethernet header is to go: it goes with the packet, and has
      // its place before all that the packet can grow into.
      std::memcpy(ethernet_.data(), packet.data, ethernet_.size());
      if (packet.headroom >= kEthernetHeader) context.head += kEthernetHeader;
    }
    set_origin(context, packet);
    data_ = {};
    return true;
  }

  WEIR_INLINE bool place_xdp(const Packet& packet) {
    PacketContext& context = worker_.place_.packet;
    const std::span frame(packet.data, packet.size);
    if (worker_.placed_ == hook_) {
      if (!describe_next_xdp(frame, context)) return false;
    } else {
      if (!describe_frame(hook_, frame, context)) return false;
      worker_.placed_ = hook_;
    }
    context.head = packet.data - packet.headroom;
    context.tail = packet.data + packet.size + packet.tailroom;
    set_xdp_interface(context, packet.ifindex, packet.rx_queue);
    return true;
  }

  WEIR_INLINE void judge(Packet& packet) {
    const Link* decider = nullptr;
    const ChainResult result = generation_.chain.run([&](const ChainLink& entry) {
      decider = generation_.attached[entry.program].get();
      return run_link(packet, *decider);
    });
    packet.link = decider->id;
    if (is_packet_) take_back(packet);
    packet.result = result.verdict;
    packet.action = action_of(hook_, result.verdict);
    if (packet.action == Action::kRedirect) tell_redirect(packet, *decider);
    if (packet.trap != 0) Counters::add(totals_.trapped, 1);
    Counters::Block& block = decider->counters.of(worker_.cpu());
    Counters::add(block.decided[static_cast<size_t>(packet.action)], 1);
  }

  // The program's result; where it trapped, one that drops or passes as the filter's options say.
  WEIR_INLINE uint64_t run_link(Packet& packet, const Link& link) {
    ExecContext& context = worker_.context_;
    if (worker_.attached_ != link.serial) {
      context.helpers = link.helpers;
      link.programs->attach(0, context);
      worker_.attached_ = link.serial;
    }
    begin_run(context, filter_.options_.budget);
    Counters::Block& block = link.counters.of(worker_.cpu());
    const bool measured = worker_.until_sample_ == 1;
    const uint64_t start = measured ? now_ns() : 0;
    const uint64_t verdict = is_packet_
                                 ? link.executable->run(&context, &worker_.place_.packet, 0)
                                 : link.executable->run(&context, data_.data(), data_.size());
    if (worker_.until_sample_ != 0) measure(block, measured, start);
    Counters::add(block.runs, 1);
    Counters::add(block.bytes, packet.size);
    if (context.trap_code == TrapCode::kNone) [[likely]] {
      Counters::add(block.results[result_bucket(verdict)], 1);
      return verdict;
    }
    return trapped(packet, link, block);
  }

  [[gnu::noinline]] uint64_t trapped(Packet& packet, const Link& link, Counters::Block& block) {
    const ExecContext& context = worker_.context_;
    const auto code = static_cast<uint32_t>(context.trap_code);
    if (packet.trap == 0) {
      packet.trap = code;
      packet.trap_instruction = context.trap_insn;
      packet.trap_program = context.program;
    }
    Counters::add(block.traps, 1);
    link.traps.add(context.program, code, context.trap_insn);
    worker_.attached_ = 0;  // a tail call may have left its own maps
    return filter_.options_.on_trap == OnError::kPass ? passing_verdict(hook_)
                                                      : dropping_verdict(hook_);
  }

  void measure(Counters::Block& block, bool measured, uint64_t start) {
    if (--worker_.until_sample_ != 0) return;
    worker_.until_sample_ = filter_.options_.measure_every;
    if (!measured) return;
    const uint64_t ns = now_ns() - start;
    Counters::add(block.measured, 1);
    Counters::add(block.measured_ns, ns);
    const auto bucket = static_cast<size_t>(std::bit_width(ns | 1) - 1);
    Counters::add(block.latency[std::min(bucket, kLatencyBuckets - 1)], 1);
  }

  // The frame as the program left it.
  WEIR_INLINE void take_back(Packet& packet) {
    const PacketContext& context = worker_.place_.packet;
    if (is_host_context(hook_)) {
      std::memcpy(packet.context, worker_.place_.structure.data(), context_bytes(hook_));
    }
    const uint8_t* const head = at_ip_ ? head_ : context.head;
    uint8_t* data = context.data;
    if (at_ip_ && data >= head + kEthernetHeader) {
      data -= kEthernetHeader;
      if (data != packet.data) std::memcpy(data, ethernet_.data(), ethernet_.size());
    }
    packet.data = data;
    packet.size = static_cast<uint32_t>(context.data_end - data);
    packet.headroom = static_cast<uint32_t>(data - head);
    packet.tailroom = static_cast<uint32_t>(context.tail - context.data_end);
  }

  void tell_redirect(Packet& packet, const Link& link) {
    const Redirect& redirect = worker_.context_.redirect;
    packet.redirect_ifindex = redirect.ifindex;
    packet.redirect_map = 0;
    packet.redirect_key = redirect.key;
    packet.redirect_flags = redirect.flags;
    if (redirect.kind == RedirectKind::kNone) {
      packet.action = Action::kDrop;  // it asked for a redirect and named no target
    } else if (redirect.kind == RedirectKind::kMap) {
      const auto maps = link.program->maps();
      for (uint32_t i = 0; i < maps.size(); ++i) {
        if (maps[i].map() == redirect.map) packet.redirect_map = i + 1;
      }
    }
  }

  Filter& filter_;
  const ContextKind hook_;
  const bool is_packet_;
  const bool at_ip_;
  Worker& worker_;
  const Generation& generation_;
  Totals& totals_;
  std::span<uint8_t> data_;  // of raw kinds
  uint8_t* head_ = nullptr;  // at_ip_: where the room before the packet begins
  std::array<uint8_t, kEthernetHeader> ethernet_;  // at_ip_: the header as it came
};

size_t Filter::run(Worker& worker, std::span<Packet> packets) {
  constexpr size_t kAhead = 4;  // packets whose first bytes are fetched early
  worker.reader_.begin();
  const Generation& generation = *current_.load(std::memory_order_acquire);
  Run run(*this, worker, generation);
  if (options_.measure_every != 0 && worker.until_sample_ == 0) {
    worker.until_sample_ = options_.measure_every;
  }
  size_t passed = 0;
  for (size_t i = 0; i < packets.size(); ++i) {
    if (i + kAhead < packets.size()) __builtin_prefetch(packets[i + kAhead].data);
    run.run(packets[i]);
    passed += packets[i].action == Action::kPass ? 1 : 0;
  }
  worker.reader_.end();
  return passed;
}

}  // namespace weir
