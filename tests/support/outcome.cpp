// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A run of something that is ready to run, and all that it leaves behind. No LLVM.
#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/engine/helper_table.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "tests/support/engines.h"

namespace weir::test {

namespace {

uint64_t unwind(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return r1;
}

const HelperFn* helper_table(HelperTable which) {
  static constexpr std::array<HelperFn, kHelperSlots> empty{};
  static const std::array<HelperFn, kHelperSlots> full = [] {
    std::array<HelperFn, kHelperSlots> table{};
    table[5] = unwind;
    return table;
  }();
  switch (which) {
    case HelperTable::kAbsent: return nullptr;
    case HelperTable::kEmpty: return empty.data();
    case HelperTable::kFull: return full.data();
  }
  return nullptr;
}

}  // namespace

std::string to_string(const Outcome& outcome) {
  std::string text =
      outcome.trap ? fmt::format("trap={}@{}", trap_name(outcome.trap.code), outcome.trap.insn)
                   : fmt::format("r0={:#x}", outcome.r0);
  if (outcome.trap && outcome.r0 != 0) text += fmt::format(" r0={:#x}", outcome.r0);
  if (!outcome.memory.empty()) {
    text += fmt::format(" mem_after={:02x}", fmt::join(outcome.memory, ""));
  }
  if (!outcome.maps.empty()) text += " maps=" + outcome.maps;
  text += fmt::format(" budget_left={}", outcome.budget);
  if (outcome.strayed) text += " (bytes outside the memory were written)";
  return text;
}

std::vector<PacketContext> make_packet(const RunInput& input, uint8_t* memory) {
  static uint8_t nothing;  // pointers of a packet without bytes point somewhere too
  const size_t behind = context_struct_bytes(input.context);
  std::vector<PacketContext> block(1 +
                                   (behind + sizeof(PacketContext) - 1) / sizeof(PacketContext));
  auto* const structure = reinterpret_cast<uint8_t*>(block.data()) + kStructOffset;
  std::iota(structure, structure + behind, uint8_t{0x10});
  PacketContext& packet = block.front();
  packet.kind = static_cast<uint32_t>(input.context);
  packet.head = packet.data_meta = memory ? memory : &nothing;
  packet.data = packet.data_meta + std::min(input.meta, input.memory.size());
  packet.tail = packet.data_end = packet.data_meta + input.memory.size();
  packet.mac = packet.data;
  packet.network = std::min(packet.data + 14, packet.data_end);
  std::iota(std::begin(packet.xdp), std::end(packet.xdp), uint8_t{0x10});
  std::iota(std::begin(packet.skb), std::end(packet.skb), uint8_t{0x10});
  return block;
}

std::vector<uint8_t> fields_of(const std::vector<PacketContext>& block) {
  const PacketContext& packet = block.front();
  std::vector<uint8_t> fields(std::begin(packet.xdp), std::end(packet.xdp));
  fields.insert(fields.end(), std::begin(packet.skb), std::end(packet.skb));
  const auto* const structure = reinterpret_cast<const uint8_t*>(block.data()) + kStructOffset;
  const size_t behind = context_struct_bytes(static_cast<ContextKind>(packet.kind));
  fields.insert(fields.end(), structure, structure + behind);
  return fields;
}

std::string maps_text(const MapSet& maps) {
  std::vector<std::string> lines;
  for (const MapHandle& handle : maps.handles()) {
    Map* const map = handle.map();
    std::vector<uint8_t> key(map->key_size), next(map->key_size);
    std::vector<uint8_t> value(map_host_value_size(map));
    std::vector<std::string> entries;
    for (const uint8_t* at = nullptr; map_get_next_key(map, at, next.data()) == 0;) {
      key = next;
      at = key.data();
      if (map_host_lookup(map, key.data(), value.data(), 0) != 0) continue;
      if (std::ranges::all_of(value, [](uint8_t b) { return b == 0; })) continue;
      entries.push_back(
          fmt::format("{}[{:02x}]={:02x}", map->name, fmt::join(key, ""), fmt::join(value, "")));
    }
    std::ranges::sort(entries);
    lines.insert(lines.end(), entries.begin(), entries.end());
  }
  return fmt::format("{}", fmt::join(lines, ","));
}

Outcome run(const Runnable& program, const RunInput& input, GuardedMemory& memory) {
  uint8_t* const data = memory.place(input.memory);
  const bool has_packet = context_shape(input.context) == ContextShape::kPacket;
  std::vector<PacketContext> packet = make_packet(input, data);
  ExecContext context;
  context.budget = input.budget;
  context.helpers = input.helper_set == HelperSet::kKernel ? helper_table(HelperSet::kKernel)
                                                           : helper_table(input.helpers);
  Outcome out;
  auto maps = MapSet::create(input.maps);
  if (!maps) {
    out.maps = maps.error().to_string();
    return out;
  }
  maps->attach(context);
  out.r0 = has_packet ? program(&context, packet.data(), 0)
                      : program(&context, data, input.memory.size());
  if (has_packet) out.fields = fields_of(packet);
  out.trap = {context.trap_code, context.trap_insn};
  out.memory.assign(data, data + input.memory.size());
  out.budget = context.budget;
  out.maps = maps_text(*maps);
  out.strayed = !memory.whole();
  return out;
}

}  // namespace weir::test
