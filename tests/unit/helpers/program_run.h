// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program from text, ready in one engine, with its maps; and a packet for it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <vector>

#include "frontend/isa/assembler.h"
#include "frontend/verifier/verifier.h"
#include "runtime/engine/helper_table.h"
#include "runtime/engine/map_set.h"
#include "tests/support/engines.h"
#include "tests/support/programs.h"

namespace weir::test {

inline MapDef map_def(std::string name, uint32_t type, uint32_t key, uint32_t value,
                      uint32_t entries) {
  MapDef map;
  map.name = std::move(name);
  map.type = type;
  map.key_size = key;
  map.value_size = value;
  map.max_entries = entries;
  return map;
}

inline Result<VerifiedProgram> verified_program(std::string_view text, ContextKind kind,
                                                std::vector<MapDef> maps,
                                                Policy policy = Policy::kGuard) {
  WEIR_TRY(AssembledText assembled, assemble(text, "test.s"));
  WEIR_TRY(Program program, program_from_code(assembled.bytes, "test", std::move(maps)));
  CompileOptions options = test_options();
  options.context = kind;
  options.helpers = HelperSet::kKernel;
  options.policy = policy;
  return verify(std::move(program), options);
}

// One program that runs in one engine, and what tail calls need to enter it.
struct Ready {
  Runnable run;
  MapSet maps;
  ContextKind kind = ContextKind::kXdp;

  TailTarget target() const {
    return {.run =
                [](const void* program, ExecContext* context, void* data, uint64_t size) {
                  return (*static_cast<const Runnable*>(program))(context, data, size);
                },
            .program = &run,
            .maps = maps.table().data(),
            .map_count = static_cast<uint32_t>(maps.table().size()),
            .kind = static_cast<uint32_t>(kind)};
  }
};

inline Ready make_ready(Engine engine, std::string_view text, ContextKind kind,
                        std::vector<MapDef> maps, std::span<const MapHandle> shared = {},
                        Policy policy = Policy::kGuard) {
  Ready ready;
  ready.kind = kind;
  auto set = MapSet::create(maps, {.shared = shared});
  if (!set) ADD_FAILURE() << set.error().to_string();
  auto verified = verified_program(text, kind, std::move(maps), policy);
  if (!verified) ADD_FAILURE() << verified.error().to_string();
  if (!set || !verified) return ready;
  ready.maps = std::move(*set);
  auto prepared = prepare(engine, *verified);
  if (!prepared) ADD_FAILURE() << prepared.error().to_string();
  if (prepared) ready.run = std::move(*prepared);
  return ready;
}

// Bytes with the context of a hook kind; the packet may grow by 64 bytes at both ends.
class Packet {
 public:
  static constexpr size_t kRoom = 64;
  Packet(ContextKind kind, std::vector<uint8_t> bytes) : memory_(bytes.size() + 2 * kRoom) {
    std::copy(bytes.begin(), bytes.end(), memory_.begin() + kRoom);
    context.kind = static_cast<uint32_t>(kind);
    context.head = memory_.data();
    context.tail = memory_.data() + memory_.size();
    context.data = context.data_meta = context.mac = context.head + kRoom;
    context.data_end = context.data + bytes.size();
    context.network = std::min(context.data + 14, context.data_end);
  }
  std::vector<uint8_t> bytes() const { return {context.data, context.data_end}; }
  PacketContext context;

 private:
  std::vector<uint8_t> memory_;
};

}  // namespace weir::test
