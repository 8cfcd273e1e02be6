// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/support/engines.h"

#include "runtime/engine/helper_table.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"

#include <algorithm>
#include <numeric>

#include <stdlib.h>

#include <array>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cache/digest.h"
#include "cache/local_store.h"
#include "codegen/compiler.h"
#include "runtime/abi/compile_key.h"
#include "runtime/interp/interpreter.h"
#include "runtime/native/native_object.h"

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

// A store in a folder that lives as long as the process.
class ScratchStore {
 public:
  static ScratchStore& instance() {
    static ScratchStore store;
    return store;
  }
  ~ScratchStore() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // There and back. The object comes from the store's file, not from `object`.
  Result<std::vector<uint8_t>> round_trip(const Digest& key, ByteSpan object,
                                          const Description& description) {
    if (!store_) return Error(ErrorCode::kIo, "no temporary folder for the store");
    WEIR_CHECK(store_->put(key, object, description));
    WEIR_TRY(Lookup found, store_->lookup(key));
    if (!found.hit()) return Error(ErrorCode::kCacheDamaged, "what was just put is no hit");
    return std::move(found.object);
  }

 private:
  ScratchStore() {
    std::error_code failed;
    folder_ = (std::filesystem::temp_directory_path(failed) / "weir-engines-XXXXXX").string();
    if (failed || ::mkdtemp(folder_.data()) == nullptr) return;
    if (auto store = LocalStore::open(folder_ + "/store")) store_ = std::move(*store);
  }
  std::string folder_;
  std::optional<LocalStore> store_;
};

Result<std::vector<uint8_t>> through_cache(std::span<const VerifiedProgram> programs,
                                           std::vector<uint8_t> object) {
  KeyBuilder key;
  for (const VerifiedProgram& program : programs) {
    for (const CompileKeyField& field : compile_key_fields(program.source(), program.options())) {
      key.add(field.tag, field.value);
    }
  }
  Description description;
  // The fields of a whole batch are more than a description may hold.
  if (programs.size() == 1) description.key_fields = key.fields();
  return ScratchStore::instance().round_trip(key.finish(), object, description);
}

Result<std::vector<Runnable>> load(std::vector<uint8_t> object) {
  WEIR_TRY(const NativeObject native, NativeObject::parse(std::move(object)));
  WEIR_TRY(const std::shared_ptr<const Image> image, Image::map_trusted(native));
  std::vector<Runnable> out;
  for (size_t i = 0; i < image->program_count(); ++i) {
    out.push_back(
        [image, entry = image->entry(i)](ExecContext* context, void* data, uint64_t size) {
          return entry(context, data, size);
        });
  }
  return out;
}

}  // namespace

std::string_view engine_name(Engine engine) {
  switch (engine) {
    case Engine::kInterp: return "interp";
    case Engine::kJit: return "jit";
    case Engine::kAot: return "aot";
    case Engine::kCached: return "cached";
  }
  return "unknown";
}

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

Result<std::vector<Runnable>> prepare(Engine engine, std::span<const VerifiedProgram> programs) {
  std::vector<Runnable> out;
  switch (engine) {
    case Engine::kInterp:
      for (const VerifiedProgram& program : programs) {
        WEIR_TRY(std::shared_ptr<const InterpCode> code, InterpCode::make(program));
        out.push_back([code](ExecContext* context, void* data, uint64_t size) {
          return code->run(context, data, size);
        });
      }
      return out;
    case Engine::kJit:
      for (const VerifiedProgram& program : programs) {
        WEIR_TRY(std::shared_ptr<const JitCode> code, compile_jit(program));
        out.push_back([code](ExecContext* context, void* data, uint64_t size) {
          return code->entry()(context, data, size);
        });
      }
      return out;
    case Engine::kAot:
    case Engine::kCached: {
      WEIR_TRY(std::vector<uint8_t> object, compile_object(programs));
      if (engine == Engine::kCached) {
        WEIR_TRY(object, through_cache(programs, std::move(object)));
      }
      return load(std::move(object));
    }
  }
  return out;
}

Result<Runnable> prepare(Engine engine, const VerifiedProgram& program) {
  WEIR_TRY(std::vector<Runnable> one, prepare(engine, std::span(&program, 1)));
  return std::move(one.front());
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

Result<Outcome> run_on(Engine engine, const VerifiedProgram& program, const RunInput& input,
                       GuardedMemory& memory) {
  WEIR_TRY(const Runnable ready, prepare(engine, program));
  return run(ready, input, memory);
}

}  // namespace weir::test
