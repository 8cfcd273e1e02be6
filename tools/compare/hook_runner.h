// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs on packets, at any hook that hands over bytes or packets, with as little around the call
// as a host needs: the context is made once for each packet, and copied for each run.
#pragma once

#include <memory>

#include "measure/inputs.h"
#include "runtime/abi/packet_context.h"
#include "runtime/engine/map_set.h"
#include "runtime/interp/interpreter.h"

namespace weir::tool {

// The kernel's verdicts are 32 bits wide; what is above them means nothing.
inline constexpr uint64_t kVerdict = UINT32_MAX;

// The contexts of packets at a kPacket hook, found by where the packet lies.
class PacketContexts {
 public:
  // Packets that the hook does not take (too short) must not be among the inputs.
  static Result<PacketContexts> make(ContextKind kind, measure::Inputs& inputs);
  const PacketContext& of(const measure::Packet& packet) const {
    return contexts_[index_[static_cast<size_t>(packet.data - base_) / 16]];
  }

 private:
  const uint8_t* base_ = nullptr;
  std::vector<uint32_t> index_;
  std::vector<PacketContext> contexts_;
};

// Whether a packet is one that the hook takes.
bool hook_takes(ContextKind kind, ByteSpan packet);

// A program of the same file that fills the maps before anything runs; it gets the first packet.
struct SetupProgram {
  std::shared_ptr<const InterpCode> code;
  std::vector<MapDef> maps;
};

struct HookSetup {
  ContextKind kind;
  HelperSet helpers;
  std::span<const MapDef> maps;
  measure::Inputs& inputs;
  const SetupProgram* before = nullptr;  // null: nothing fills them
};
// Each has maps of its own. `owner` is what lives as long as the code is used.
Result<std::unique_ptr<measure::Runner>> run_at_hook(const HookSetup& setup, EntryFn entry,
                                                     std::shared_ptr<const void> owner);
Result<std::unique_ptr<measure::Runner>> run_at_hook(const HookSetup& setup,
                                                     std::shared_ptr<const InterpCode> code);
// Counts into `counts`, which outlives it.
Result<std::unique_ptr<measure::Runner>> run_at_hook(const HookSetup& setup,
                                                     std::shared_ptr<const CountingInterp> code,
                                                     BranchProfile& counts);

// A C function that clang compiled for this machine: of bytes, uint64_t (void *data, uint64_t
// size); of packets, int (struct xdp_md *) or (struct __sk_buff *), which needs packets below 4
// GiB. `slots`: the variables of the C code that stand for maps, parallel to setup.maps, may be
// null.
struct NativeProgram {
  void* function = nullptr;
  std::shared_ptr<const void> owner;
  std::vector<void**> map_slots;
  HelperFn* helpers = nullptr;      // kHelperSlots of them, to be filled
  ExecContext** context = nullptr;  // to be set
};
Result<std::unique_ptr<measure::Runner>> run_at_hook(const HookSetup& setup, NativeProgram program);

}  // namespace weir::tool
