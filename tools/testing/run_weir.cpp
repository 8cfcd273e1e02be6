// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/run_weir.h"

#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/abi/host_services.h"
#include "runtime/engine/helper_table.h"
#include "runtime/hooks/packet_buffer.h"
#include "runtime/hooks/socket_table.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_in_map.h"
#include "runtime/maps/map_ops.h"
#include "tools/chain_options.h"
#include "tools/map_output.h"

namespace weir::tool {

namespace {

// A map of the programs that run. `shown`: its name, or FILE/NAME where two files have one of it.
struct TestMap {
  std::string shown;
  std::string full;  // FILE/NAME
  MapHandle handle;
  ProgramSet* programs = nullptr;  // whose it is
};

// Maps of one run, and the maps that steps have put into maps of maps.
class TestMaps {
 public:
  // A chain's programs of one file share its maps.
  explicit TestMaps(std::vector<TestMap> maps) : maps_(std::move(maps)) {}

  Status apply(const MapStep& step) {
    const auto found = std::ranges::find_if(
        maps_, [&](const TestMap& map) { return map.shown == step.map || map.full == step.map; });
    if (found == maps_.end()) return {};
    const MapHandle* const map = &found->handle;
    switch (step.kind) {
      case MapStep::Kind::kUpdate: return update(*map, step.key, step.value);
      case MapStep::Kind::kArrayBytes: return array_bytes(*map, step);
      case MapStep::Kind::kInnerUpdate: return inner_update(*map, step);
      case MapStep::Kind::kProgArray: break;
    }
    const auto program = found->programs->find(step.program);
    if (!program) {
      return Error(ErrorCode::kUsage, fmt::format("there is no program '{}' for program array '{}'",
                                                  printable(step.program), printable(step.map)));
    }
    return found->programs->set_entry(map->map(), step.index, *program);
  }

  // What is in them now.
  std::vector<MapContents> contents() const {
    std::vector<MapContents> out;
    for (const TestMap& map : maps_) {
      if (lists_values(map.handle.map())) out.push_back({map.shown, map_entries(map.handle.map())});
    }
    return out;
  }

 private:
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

  std::vector<TestMap> maps_;
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

// What the programs of a test are told of the world.
class TestWorld {
 public:
  explicit TestWorld(const TestCase& test) : perf_event_(test.perf_event) {
    for (const Socket& socket : test.sockets) sockets_.add(socket);
    services_.user = this;
    if (!sockets_.empty()) services_.find_socket = &find_socket;
    if (perf_event_) services_.perf_counter = &perf_counter;
  }
  TestWorld(const TestWorld&) = delete;
  TestWorld& operator=(const TestWorld&) = delete;
  const HostServices& services() const { return services_; }

 private:
  static const Socket* find_socket(void* user, const PacketContext* packet, uint8_t protocol,
                                   const SocketTuple& tuple) {
    return static_cast<TestWorld*>(user)->sockets_.find(*packet, protocol, tuple);
  }
  // No entry of a map has a counter.
  static int64_t perf_counter(void* user, const Map* map, uint32_t, uint64_t out[3]) {
    if (map != nullptr) return -ENOENT;
    std::ranges::copy(*static_cast<TestWorld*>(user)->perf_event_, out);
    return 0;
  }

  SocketTable sockets_;
  std::optional<std::array<uint64_t, 3>> perf_event_;
  HostServices services_;
};

// What runs on a packet: a chain of programs; of one alone its result is the verdict.
struct Bench {
  struct Member {
    const ProgramSet* programs;
    uint32_t number;
  };
  std::vector<Member> members;  // ChainLink::program is an index into it
  Chain chain;

  const Executable& executable(const Member& member) const {
    return member.programs->executable(member.number);
  }
  // The member's result; of one that trapped what drops the packet.
  uint64_t run(const Member& member, ExecContext& context, PacketBuffer& buffer, uint64_t budget,
               PacketOutcome& out) const {
    const Executable& program = executable(member);
    context.helpers = helper_table(program.info().options.helpers);
    member.programs->attach(member.number, context);
    begin_run(context, budget);
    const uint64_t result = program.run(&context, &buffer.context(), 0);
    const Trap trap = trap_of(context);
    if (!trap) return result;
    if (!out.trapped) {
      out.note = member.programs->executable(context.program).describe(trap).to_string();
    }
    out.trapped = true;
    return dropping_verdict(chain.kind());
  }
};

// Where the verdict sends the packet.
std::optional<RedirectTarget> redirect_of(ContextKind kind, uint32_t verdict,
                                          const Redirect& redirect) {
  constexpr uint32_t kTcRedirect = 7;  // BPF_REDIRECT too
  uint32_t wanted = kTcRedirect;
  switch (kind) {
    case ContextKind::kXdp: wanted = XDP_REDIRECT; break;
    case ContextKind::kSkSkb:
    case ContextKind::kSkMsg:
    case ContextKind::kSkReuseport: wanted = SK_PASS; break;
    default: break;
  }
  if (verdict != wanted || redirect.kind == RedirectKind::kNone) return std::nullopt;
  if (redirect.kind != RedirectKind::kMap) return RedirectTarget{.ifindex = redirect.ifindex};
  return RedirectTarget{.map = redirect.map->name, .key = redirect.key};
}

Result<PacketOutcome> run_packet(const Bench& bench, ExecContext& context, const TestPacket& packet,
                                 uint32_t repeat, uint64_t budget) {
  const ContextKind kind = bench.chain.kind();
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
    const ChainResult result = bench.chain.run([&](const ChainLink& link) {
      return bench.run(bench.members[link.program], context, buffer, budget, out);
    });
    out.retval = static_cast<uint32_t>(result.verdict);
    out.decided = bench.chain.links()[result.last].name;
    out.redirect = redirect_of(kind, out.retval, context.redirect);
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

// The programs of one file that run, with those that they may enter.
struct LoadedFile {
  std::string path;
  LoadedProgram loaded;
};

// Loads the programs of a file; the first one says which, the others are loaded with it.
Result<LoadedProgram> load_file(const Input& input, const std::vector<ChainedProgram>& programs,
                                LoadChoice choice) {
  choice.program = {programs.front().program, programs.front().section};
  for (const ChainedProgram& other : programs) choice.also.push_back(other.program);
  return load(input, choice);
}

Result<std::vector<LoadedFile>> load_all(const Input& input,
                                         const std::vector<ChainedProgram>& programs,
                                         const LoadChoice& choice) {
  std::vector<LoadedFile> files;
  for (const ChainedProgram& program : programs) {
    const std::string& path = program.file.empty() ? input.path() : program.file;
    if (std::ranges::find(files, path, &LoadedFile::path) != files.end()) continue;
    std::vector<ChainedProgram> own;
    for (const ChainedProgram& other : programs) {
      if ((other.file.empty() ? input.path() : other.file) == path) own.push_back(other);
    }
    std::optional<Input> opened;
    if (path != input.path()) {
      WEIR_TRY(opened, Input::read(path));
    }
    WEIR_TRY(LoadedProgram loaded, load_file(opened ? *opened : input, own, choice));
    files.push_back({path, std::move(loaded)});
  }
  return files;
}

std::vector<TestMap> maps_of(std::vector<LoadedFile>& files, const Bench& bench) {
  std::vector<TestMap> maps;
  for (LoadedFile& file : files) {
    for (const Bench::Member& member : bench.members) {
      if (member.programs != &file.loaded.programs) continue;
      for (const MapHandle& handle : member.programs->maps(member.number).handles()) {
        if (std::ranges::find(maps, handle, &TestMap::handle) != maps.end()) continue;
        const std::string name = handle.map()->name;
        maps.push_back({name, file_stem(file.path) + "/" + name, handle, &file.loaded.programs});
      }
    }
  }
  // Names that two files have.
  std::vector<std::string> shown;
  for (const TestMap& map : maps) {
    const bool twice = std::ranges::count(maps, map.shown, &TestMap::shown) > 1;
    shown.push_back(twice ? map.full : map.shown);
  }
  for (size_t i = 0; i < maps.size(); ++i) maps[i].shown = std::move(shown[i]);
  return maps;
}

}  // namespace

Result<TestOutcome> run_in_weir(const Input& input, const TestCase& test, LoadChoice load_choice) {
  load_choice.compile.at = test.kind;
  load_choice.test_run_maps = true;
  for (const MapStep& step : test.steps) {
    if (step.kind == MapStep::Kind::kProgArray) load_choice.also.push_back(step.program);
  }
  std::vector<ChainedProgram> programs = test.chain;
  if (programs.empty()) {
    WEIR_TRY(const ProgramRef ref, input.choose_one({test.program, test.section}));
    programs.push_back({.file = "", .program = ref.name, .section = ref.section});
  }
  WEIR_TRY(std::vector<LoadedFile> files, load_all(input, programs, load_choice));

  Bench bench{.members = {}, .chain = Chain(ContextKind::kMemory, {})};
  std::vector<const ProgramInfo*> infos;
  for (const ChainedProgram& program : programs) {
    const std::string& path = program.file.empty() ? input.path() : program.file;
    const ProgramSet& set = std::ranges::find(files, path, &LoadedFile::path)->loaded.programs;
    // The first program of a file is number 0, whatever its name; bare instructions have none.
    const uint32_t number = set.find(program.program).value_or(0);
    bench.members.push_back({&set, number});
    infos.push_back(&set.executable(number).info());
  }

  TestOutcome outcome;
  outcome.program = infos.front()->name;
  outcome.section = infos.front()->section;
  outcome.kind = infos.front()->options.context;
  outcome.engine = engine_name(bench.executable(bench.members.front()).engine());
  if (context_shape(outcome.kind) != ContextShape::kPacket) {
    return Error(ErrorCode::kUsage,
                 fmt::format("a test run needs a hook kind of the kernel, not '{}'",
                             context_name(outcome.kind)))
        .in_program(outcome.program)
        .with_hint("say which with --at");
  }
  WEIR_TRY(PlannedChain planned, plan_chain(outcome.kind, programs, infos));
  // One program alone: its result is what came out.
  bench.chain = test.chain.empty()
                    ? Chain(outcome.kind, {{.program = 0, .name = outcome.program, .go_on = {}}})
                    : std::move(planned.chain);
  if (!test.chain.empty()) outcome.chain = std::move(planned.places);

  const TestWorld world(test);
  ExecContext context;
  context.services = &world.services();
  TestMaps maps(maps_of(files, bench));
  for (size_t i = 0; i <= test.packets.size(); ++i) {
    for (const MapStep& step : test.steps) {
      if (step.before_packet == i) WEIR_CHECK(maps.apply(step));
    }
    if (i == test.packets.size()) break;
    WEIR_TRY(PacketOutcome run,
             run_packet(bench, context, test.packets[i], test.repeat, load_choice.engine.budget));
    if (test.chain.empty()) run.decided.clear();
    outcome.runs.push_back(std::move(run));
  }
  outcome.maps = maps.contents();
  return outcome;
}

}  // namespace weir::tool
