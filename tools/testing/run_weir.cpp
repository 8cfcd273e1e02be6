// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/run_weir.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/engine/helper_table.h"
#include "runtime/hooks/packet_buffer.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_in_map.h"
#include "runtime/maps/map_ops.h"
#include "tools/map_output.h"

namespace weir::tool {

namespace {

// Maps of one run, and the maps that steps have put into maps of maps.
class TestMaps {
 public:
  explicit TestMaps(ProgramSet& programs) : programs_(programs), maps_(programs.maps(0)) {}

  Status apply(const MapStep& step) {
    const MapHandle* const map = find(step.map);
    if (map == nullptr) return {};
    switch (step.kind) {
      case MapStep::Kind::kUpdate: return update(*map, step.key, step.value);
      case MapStep::Kind::kArrayBytes: return array_bytes(*map, step);
      case MapStep::Kind::kInnerUpdate: return inner_update(*map, step);
      case MapStep::Kind::kProgArray: break;
    }
    const auto program = programs_.find(step.program);
    if (!program) {
      return Error(ErrorCode::kUsage, fmt::format("there is no program '{}' for program array '{}'",
                                                  printable(step.program), printable(step.map)));
    }
    return programs_.set_entry(map->map(), step.index, *program);
  }

 private:
  const MapHandle* find(std::string_view name) const {
    for (const MapHandle& handle : maps_.handles()) {
      if (std::string_view(handle.map()->name) == name) return &handle;
    }
    return nullptr;
  }

  static Error failed(const Map* map, int64_t error) {
    return Error(ErrorCode::kUsage,
                 fmt::format("the update of map '{}' failed: {}", printable(map->name),
                             std::strerror(static_cast<int>(-error))));
  }

  static Status update(const MapHandle& handle, const Bytes& key, const Bytes& value) {
    Map* const map = handle.map();
    if (key.size() != map->key_size || value.size() != map->value_size) {
      return Error(
          ErrorCode::kUsage,
          fmt::format("map '{}' has keys of {} and values of {} bytes, the update {} and {}",
                      printable(map->name), map->key_size, map->value_size, key.size(),
                      value.size()));
    }
    // One value a CPU, each in a multiple of 8 bytes.
    Bytes values(map_host_value_size(map));
    const size_t step = (value.size() + 7) & ~size_t{7};
    for (size_t at = 0; at + value.size() <= values.size(); at += step)
      std::memcpy(values.data() + at, value.data(), value.size());
    if (const int64_t error = map_host_update(map, key.data(), values.data(), 0); error != 0)
      return failed(map, error);
    return {};
  }

  static Status array_bytes(const MapHandle& handle, const MapStep& step) {
    for (size_t i = 0; i < step.bytes.size(); ++i) {
      const uint32_t index = step.index + static_cast<uint32_t>(i), value = step.bytes[i];
      const auto raw = [](const uint32_t& number) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(&number);
        return Bytes(bytes, bytes + sizeof(number));
      };
      WEIR_CHECK(update(handle, raw(index), raw(value)));
    }
    return {};
  }

  Status inner_update(const MapHandle& outer, const MapStep& step) {
    if (step.key.size() != outer.map()->key_size) {
      return Error(ErrorCode::kUsage,
                   fmt::format("map '{}' has keys of {} bytes, the update {}", printable(step.map),
                               outer.map()->key_size, step.key.size()));
    }
    MapHandle& inner = inner_[{step.map, step.key}];
    if (!inner) {
      MapSpec spec;
      spec.name = "inner";
      for (const MapKind* kind : map_kinds()) {
        if (kind->name == step.inner_type) spec.type = kind->type;
      }
      spec.key_size = step.inner_key_size;
      spec.value_size = step.inner_value_size;
      spec.max_entries = step.inner_max_entries;
      spec.flags = step.inner_flags;
      spec.cpu_slots = 1;
      WEIR_TRY(inner, create_map(spec));
      if (const int64_t error = set_inner_map(outer, step.key.data(), inner, 0); error != 0)
        return failed(outer.map(), error);
    }
    return update(inner, step.inner_key, step.inner_value);
  }

  ProgramSet& programs_;
  const MapSet& maps_;
  std::map<std::pair<std::string, Bytes>, MapHandle> inner_;
};

PacketOutcome refuse(std::string why) {
  PacketOutcome out;
  out.refused = EINVAL;
  out.note = std::move(why);
  return out;
}

Status set_fields(const TestPacket& packet, ContextKind kind, PacketBuffer& buffer) {
  PacketContext& context = buffer.context();
  uint8_t* const image = context_struct_bytes(kind) != 0 ? buffer.structure().data()
                         : kind == ContextKind::kXdp     ? context.xdp
                                                         : context.skb;
  for (const auto& [name, value] : packet.fields) {
    WEIR_TRY(const ContextMember member, context_member(kind, name));
    std::memcpy(image + member.offset, &value, member.size);
  }
  return {};
}

// As bpf_flow_dissect() does: no offset is before the headers, or behind the packet.
void clamp_flow_keys(PacketContext& context) {
  const auto size = static_cast<uint16_t>(context.data_end - context.data);
  uint16_t offsets[2];  // nhoff, thoff
  std::memcpy(offsets, context.data_meta, sizeof offsets);
  offsets[0] = std::clamp(offsets[0], static_cast<uint16_t>(kEthernetHeader), size);
  offsets[1] = std::clamp(offsets[1], offsets[0], size);
  std::memcpy(context.data_meta, offsets, sizeof offsets);
}

// What a program that trapped means to a hook: the packet is dropped.
uint32_t trap_verdict(ContextKind kind) {
  switch (kind) {
    case ContextKind::kSchedCls:
    case ContextKind::kSchedAct:
    case ContextKind::kLwtIn:
    case ContextKind::kLwtOut:
    case ContextKind::kLwtXmit:
    case ContextKind::kLwtSeg6Local:
    case ContextKind::kFlowDissector: return 2;  // TC_ACT_SHOT, BPF_DROP
    default: return 0;
  }
}

Result<PacketOutcome> run_packet(const ProgramSet& programs, ExecContext& context, ContextKind kind,
                                 const TestPacket& packet, uint32_t repeat, uint64_t budget) {
  const Executable& program = programs.executable(0);
  const bool xdp = kind == ContextKind::kXdp;
  if (!xdp && packet_input(kind) != PacketInput::kContext && packet.data.size() > kSkbMaxBytes) {
    return refuse(fmt::format("a packet of {} bytes is longer than the {} that a test run takes",
                              packet.data.size(), kSkbMaxBytes));
  }
  const size_t linear = xdp ? std::min(packet.data.size(), kXdpLinearBytes) : packet.data.size();
  PacketBuffer buffer;
  if (Status placed = buffer.place(kind, ByteSpan(packet.data).first(linear)); !placed)
    return refuse(placed.error().message());
  WEIR_CHECK(set_fields(packet, kind, buffer));

  PacketOutcome out;
  const auto start = Clock::now();
  for (uint32_t round = 0; round < repeat && !out.trapped; ++round) {
    begin_run(context, budget);
    out.retval = static_cast<uint32_t>(program.run(&context, &buffer.context(), 0));
    if (const Trap trap = trap_of(context)) {
      out.trapped = true;
      out.note = programs.executable(context.program).describe(trap).to_string();
      out.retval = trap_verdict(kind);
      context.program = 0;
    }
  }
  out.time = (Clock::now() - start) / repeat;
  // Where the data begins at the IP header, zeros stand for the Ethernet header.
  if (begins_at_ip(kind)) out.out.resize(kEthernetHeader);
  if (kind == ContextKind::kFlowDissector) clamp_flow_keys(buffer.context());
  const ByteSpan after = buffer.packet();
  out.out.insert(out.out.end(), after.begin(), after.end());
  out.out.insert(out.out.end(), packet.data.begin() + static_cast<ptrdiff_t>(linear),
                 packet.data.end());
  return out;
}

}  // namespace

Result<TestOutcome> run_in_weir(const Input& input, const TestCase& test, LoadChoice load_choice) {
  load_choice.program = {test.program, test.section};
  load_choice.compile.at = test.kind;
  load_choice.test_run_maps = true;
  for (const MapStep& step : test.steps) {
    if (step.kind == MapStep::Kind::kProgArray) load_choice.also.push_back(step.program);
  }
  WEIR_TRY(LoadedProgram loaded, load(input, load_choice));
  const Executable& program = *loaded.executable;

  TestOutcome outcome;
  outcome.program = program.info().name;
  outcome.section = program.info().section;
  outcome.kind = program.info().options.context;
  outcome.engine = engine_name(program.engine());
  if (context_shape(outcome.kind) != ContextShape::kPacket) {
    return Error(ErrorCode::kUsage,
                 fmt::format("a test run needs a hook kind of the kernel, not '{}'",
                             context_name(outcome.kind)))
        .in_program(outcome.program)
        .with_hint("say which with --at");
  }

  ExecContext context;
  context.helpers = helper_table(program.info().options.helpers);
  loaded.programs.attach(0, context);
  TestMaps maps(loaded.programs);
  for (size_t i = 0; i <= test.packets.size(); ++i) {
    for (const MapStep& step : test.steps) {
      if (step.before_packet == i) WEIR_CHECK(maps.apply(step));
    }
    if (i == test.packets.size()) break;
    WEIR_TRY(PacketOutcome run, run_packet(loaded.programs, context, outcome.kind, test.packets[i],
                                           test.repeat, load_choice.engine.budget));
    outcome.runs.push_back(std::move(run));
  }
  for (const MapHandle& handle : loaded.maps.handles()) {
    if (!lists_values(handle.map())) continue;
    outcome.maps.push_back({handle.map()->name, map_entries(handle.map())});
  }
  return outcome;
}

}  // namespace weir::tool
