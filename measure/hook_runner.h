// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs on packets, at any hook that hands over bytes or packets, with as little around the call
// as a host needs: at XDP the context is made once and each packet described in it; elsewhere it is
// made once for each packet, and copied for each run. Of weir compare and of the benchmark.
#pragma once

#include <memory>

#include "measure/inputs.h"
#include "runtime/abi/packet_context.h"
#include "runtime/engine/map_set.h"
#include "runtime/interp/interpreter.h"

namespace weir::measure {

// The kernel's verdicts are 32 bits wide; what is above them means nothing.
inline constexpr uint64_t kVerdict = UINT32_MAX;

// The contexts of packets at a kPacket hook, found by where the packet lies.
class PacketContexts {
 public:
  // Packets that the hook does not take (too short) must not be among the inputs.
  static Result<PacketContexts> make(ContextKind kind, Inputs& inputs);
  const PacketContext& of(const Packet& packet) const {
    return contexts_[index_[static_cast<size_t>(packet.data - base_) / 16]];
  }

 private:
  const uint8_t* base_ = nullptr;
  std::vector<uint32_t> index_;
  std::vector<PacketContext> contexts_;
};

// Whether a packet is one that the hook takes.
bool hook_takes(ContextKind kind, ByteSpan packet);

// A program of the same file that fills the maps before anything runs; it gets the first packet,
// or a frame of zeros.
struct SetupProgram {
  std::shared_ptr<const InterpCode> code;
  std::vector<MapDef> maps;
};

struct HookSetup {
  ContextKind kind;
  HelperSet helpers;
  std::span<const MapDef> maps;
  // What runs are on, which hooks with a struct __sk_buff must know before. Null: any packets, with
  // no room around them.
  Inputs* inputs = nullptr;
  const SetupProgram* before = nullptr;  // null: nothing fills the maps
};
// New maps, filled.
Result<MapSet> filled_maps(const HookSetup& setup);
// Each has maps of its own. `owner` is what lives as long as the code is used.
Result<std::unique_ptr<Runner>> run_at_hook(const HookSetup& setup, EntryFn entry,
                                            std::shared_ptr<const void> owner);
Result<std::unique_ptr<Runner>> run_at_hook(const HookSetup& setup,
                                            std::shared_ptr<const InterpCode> code);
// Counts into `counts`, which outlives it.
Result<std::unique_ptr<Runner>> run_at_hook(const HookSetup& setup,
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
Result<std::unique_ptr<Runner>> run_at_hook(const HookSetup& setup, NativeProgram program);

}  // namespace weir::measure
