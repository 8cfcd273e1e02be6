// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/hook_runner.h"

#include <cstring>

#include <fmt/format.h>

#include "runtime/engine/helper_table.h"
#include "runtime/engine/trap_report.h"
#include "runtime/hooks/packet_buffer.h"

namespace weir::measure {

namespace {

// What every run of weir's code has: maps, helpers, a budget.
struct Setting {
  ExecContext context;
  MapSet maps;
  Trap trap;

  static Result<std::unique_ptr<Setting>> make(const HookSetup& setup) {
    auto out = std::make_unique<Setting>();
    WEIR_TRY(out->maps, filled_maps(setup));
    out->context.helpers = helper_table(setup.helpers);
    out->maps.attach(out->context);
    return out;
  }

  void note_trap() {
    if (context.trap_code != TrapCode::kNone) [[unlikely]]
      trap = {context.trap_code, context.trap_insn};
  }
};

// `Call` is called as an EntryFn.
template <class Call>
class BytesRunner final : public Runner {
 public:
  BytesRunner(std::unique_ptr<Setting> setting, Call call)
      : setting_(std::move(setting)), call_(std::move(call)) {}
  uint64_t run(std::span<const Packet> packets) override {
    Setting& setting = *setting_;
    uint64_t sum = 0;
    for (const Packet& packet : packets) {
      begin_run(setting.context, kDefaultBudget);
      sum += call_(&setting.context, packet.data, packet.size) & kVerdict;
      setting.note_trap();
    }
    return sum;
  }
  Trap trap() const override { return setting_->trap; }

 private:
  std::unique_ptr<Setting> setting_;
  Call call_;
};

template <class Call>
class PacketRunner final : public Runner {
 public:
  PacketRunner(std::unique_ptr<Setting> setting, PacketContexts contexts, Call call)
      : setting_(std::move(setting)), contexts_(std::move(contexts)), call_(std::move(call)) {}
  uint64_t run(std::span<const Packet> packets) override {
    Setting& setting = *setting_;
    uint64_t sum = 0;
    for (const Packet& packet : packets) {
      packet_ = contexts_.of(packet);
      begin_run(setting.context, kDefaultBudget);
      sum += call_(&setting.context, &packet_, 0) & kVerdict;
      setting.note_trap();
    }
    return sum;
  }
  Trap trap() const override { return setting_->trap; }
  ByteSpan left(const Packet&) const override { return {packet_.data, packet_.data_end}; }

 private:
  std::unique_ptr<Setting> setting_;
  PacketContexts contexts_;
  PacketContext packet_;
  Call call_;
};

// At XDP a packet is described as a worker of a host does it: in the context of the one before.
template <class Call>
class XdpRunner final : public Runner {
 public:
  XdpRunner(std::unique_ptr<Setting> setting, Room room, Call call)
      : setting_(std::move(setting)), room_(room), call_(std::move(call)) {
    uint8_t frame[64] = {};
    (void)describe_frame(ContextKind::kXdp, frame, packet_);
  }
  uint64_t run(std::span<const Packet> packets) override {
    Setting& setting = *setting_;
    uint64_t sum = 0;
    for (const Packet& packet : packets) {
      if (!describe_next_xdp({packet.data, packet.size}, packet_)) [[unlikely]]
        continue;
      packet_.head -= room_.before;
      packet_.tail += room_.behind;
      begin_run(setting.context, kDefaultBudget);
      sum += call_(&setting.context, &packet_, 0) & kVerdict;
      setting.note_trap();
    }
    return sum;
  }
  Trap trap() const override { return setting_->trap; }
  ByteSpan left(const Packet&) const override { return {packet_.data, packet_.data_end}; }

 private:
  std::unique_ptr<Setting> setting_;
  Room room_;
  Call call_;
  PacketContext packet_;
};

struct EntryCall {
  EntryFn entry;
  std::shared_ptr<const void> owner;
  uint64_t operator()(ExecContext* context, void* data, uint64_t size) const {
    return entry(context, data, size);
  }
};
struct InterpCall {
  std::shared_ptr<const InterpCode> code;
  uint64_t operator()(ExecContext* context, void* data, uint64_t size) const {
    return code->run(context, data, size);
  }
};
struct CountingCall {
  std::shared_ptr<const CountingInterp> code;
  BranchProfile* counts;
  uint64_t operator()(ExecContext* context, void* data, uint64_t size) const {
    return code->run(context, data, size, *counts);
  }
};
struct NativeBytesCall {
  NativeProgram program;
  uint64_t operator()(ExecContext*, void* data, uint64_t size) const {
    return reinterpret_cast<uint64_t (*)(void*, uint64_t)>(program.function)(data, size);
  }
};

// Fills the kernel's structure as a program of C sees it, and calls. Offsets are those of
// <linux/bpf.h>.
struct NativeXdpCall {
  NativeProgram program;
  uint64_t operator()(ExecContext*, void* data, uint64_t) const {
    const auto& packet = *static_cast<const PacketContext*>(data);
    const auto low = [](const uint8_t* p) {
      return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(p));
    };
    uint32_t md[6];
    std::memcpy(md, packet.xdp, sizeof md);
    md[0] = low(packet.data);
    md[1] = low(packet.data_end);
    md[2] = low(packet.data_meta);
    return static_cast<uint32_t>(reinterpret_cast<int (*)(void*)>(program.function)(md));
  }
};
struct NativeSkbCall {
  NativeProgram program;
  uint64_t operator()(ExecContext*, void* data, uint64_t) const {
    const auto& packet = *static_cast<const PacketContext*>(data);
    constexpr size_t kData = 76, kDataEnd = 80, kDataMeta = 140;
    alignas(8) uint8_t skb[sizeof packet.skb];
    std::memcpy(skb, packet.skb, sizeof skb);
    const auto put = [&](size_t offset, const uint8_t* p) {
      const auto low = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(p));
      std::memcpy(skb + offset, &low, sizeof low);
    };
    put(kData, packet.data);
    put(kDataEnd, packet.data_end);
    put(kDataMeta, packet.data_meta);
    return static_cast<uint32_t>(reinterpret_cast<int (*)(void*)>(program.function)(skb));
  }
};

template <class Call>
Result<std::unique_ptr<Runner>> make_runner(const HookSetup& setup,
                                            std::unique_ptr<Setting> setting, Call call) {
  if (context_shape(setup.kind) != ContextShape::kPacket) {
    return std::unique_ptr<Runner>(
        std::make_unique<BytesRunner<Call>>(std::move(setting), std::move(call)));
  }
  if (setup.kind == ContextKind::kXdp) {
    const Room room = setup.inputs != nullptr ? setup.inputs->room() : Room{};
    return std::unique_ptr<Runner>(
        std::make_unique<XdpRunner<Call>>(std::move(setting), room, std::move(call)));
  }
  if (setup.inputs == nullptr)
    return Error(ErrorCode::kInternal,
                 "the packets of a hook with a context of its own are unknown");
  WEIR_TRY(PacketContexts contexts, PacketContexts::make(setup.kind, *setup.inputs));
  return std::unique_ptr<Runner>(std::make_unique<PacketRunner<Call>>(
      std::move(setting), std::move(contexts), std::move(call)));
}

template <class Call>
Result<std::unique_ptr<Runner>> make_runner(const HookSetup& setup, Call call) {
  WEIR_TRY(std::unique_ptr<Setting> setting, Setting::make(setup));
  return make_runner(setup, std::move(setting), std::move(call));
}

}  // namespace

Result<MapSet> filled_maps(const HookSetup& setup) {
  WEIR_TRY(MapSet maps, MapSet::create(setup.maps, {.cpu_slots = 1}));
  if (setup.before == nullptr) return maps;
  // The setup program sees the same maps, by name.
  WEIR_TRY(const MapSet shared,
           MapSet::create(setup.before->maps, {.cpu_slots = 1, .shared = maps.handles()}));
  ExecContext context;
  context.helpers = helper_table(setup.helpers);
  shared.attach(context);
  uint8_t frame[64] = {};
  const Packet packet =
      setup.inputs != nullptr ? setup.inputs->packet(0) : Packet{frame, sizeof frame};
  PacketContext around;
  void* data = packet.data;
  if (context_shape(setup.kind) == ContextShape::kPacket) {
    WEIR_CHECK(describe_frame(setup.kind, {packet.data, packet.size}, around));
    data = &around;
  }
  begin_run(context, kDefaultBudget);
  setup.before->code->run(&context, data, packet.size);
  if (setup.inputs != nullptr) setup.inputs->restore();
  if (context.trap_code == TrapCode::kNone) return maps;
  return Error(ErrorCode::kProgramRejected,
               fmt::format("the setup program ended with the trap '{}' at instruction {}",
                           trap_name(context.trap_code), context.trap_insn));
}

Result<PacketContexts> PacketContexts::make(ContextKind kind, Inputs& inputs) {
  PacketContexts out;
  const Room room = inputs.room();
  for (size_t i = 0; i < inputs.count(); ++i) {
    const Packet packet = inputs.packet(i);
    if (i == 0) out.base_ = packet.data;
    PacketContext context;
    WEIR_CHECK(describe_frame(kind, {packet.data, packet.size}, context));
    context.head -= room.before;
    context.tail += room.behind;
    out.index_.resize(static_cast<size_t>(packet.data - out.base_) / 16 + 1);
    out.index_.back() = static_cast<uint32_t>(out.contexts_.size());
    out.contexts_.push_back(context);
  }
  return out;
}

bool hook_takes(ContextKind kind, ByteSpan packet) {
  if (context_shape(kind) != ContextShape::kPacket) return true;
  std::vector<uint8_t> copy(packet.begin(), packet.end());
  PacketContext context;
  return static_cast<bool>(describe_frame(kind, copy, context));
}

Result<std::unique_ptr<Runner>> run_at_hook(const HookSetup& setup, EntryFn entry,
                                            std::shared_ptr<const void> owner) {
  return make_runner(setup, EntryCall{entry, std::move(owner)});
}

Result<std::unique_ptr<Runner>> run_at_hook(const HookSetup& setup,
                                            std::shared_ptr<const InterpCode> code) {
  return make_runner(setup, InterpCall{std::move(code)});
}

Result<std::unique_ptr<Runner>> run_at_hook(const HookSetup& setup,
                                            std::shared_ptr<const CountingInterp> code,
                                            BranchProfile& counts) {
  return make_runner(setup, CountingCall{std::move(code), &counts});
}

Result<std::unique_ptr<Runner>> run_at_hook(const HookSetup& setup, NativeProgram program) {
  WEIR_TRY(std::unique_ptr<Setting> setting, Setting::make(setup));
  for (size_t i = 0; i < program.map_slots.size(); ++i) {
    if (program.map_slots[i] != nullptr) *program.map_slots[i] = setting->maps.table()[i];
  }
  if (program.helpers != nullptr)
    std::copy_n(helper_table(setup.helpers), kHelperSlots, program.helpers);
  if (program.context != nullptr) *program.context = &setting->context;
  if (context_shape(setup.kind) != ContextShape::kPacket)
    return make_runner(setup, std::move(setting), NativeBytesCall{std::move(program)});
  if (setup.inputs == nullptr || !setup.inputs->is_low()) {
    return Error(ErrorCode::kProgramUnsupported,
                 "there is no memory below 4 GiB for the packets, which the C code finds by 32-bit "
                 "pointers");
  }
  if (setup.kind == ContextKind::kXdp)
    return make_runner(setup, std::move(setting), NativeXdpCall{std::move(program)});
  return make_runner(setup, std::move(setting), NativeSkbCall{std::move(program)});
}

}  // namespace weir::measure
