// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir map: pinned maps, while programs use them or not. A pinned map is a file that says what it
// holds (runtime/maps/pin.h), so values are shown and taken as their types say, without the object
// they come from. Commands that only look open the file to read only. JSON is as bpftool has it.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/pin.h"
#include "runtime/maps/queue_stack.h"
#include "runtime/maps/ring_buffer.h"
#include "tools/btf_value.h"
#include "tools/hex.h"
#include "tools/map_output.h"

namespace weir::tool {

namespace {

struct MapCommand {
  std::string folder;  // empty: default_pin_folder()
  std::string name, key, value;
  std::string flags = "any";
  uint32_t interval_ms = 1000;
  uint32_t rounds = 0;  // 0: until interrupted
  OutputOptions out;

  Result<std::string> place() const {
    if (!folder.empty()) return folder;
    return default_pin_folder();
  }
};

// A map that is open, with what its file says of its types.
struct OpenMap {
  MapHandle handle;
  PinnedMap about;
  std::optional<Btf> btf;

  Map* map() const { return handle.map(); }
  const Btf* types() const { return btf ? &*btf : nullptr; }
  bool per_cpu() const { return is_per_cpu(map()->type); }
  size_t slot_bytes() const { return (size_t{map()->value_size} + 7) & ~size_t{7}; }
};

Result<OpenMap> open_map(const MapCommand& command, PinAccess access) {
  WEIR_TRY(const std::string folder, command.place());
  OpenMap open;
  WEIR_TRY(open.about, describe_pinned_map(folder, command.name));
  WEIR_TRY(open.handle, open_pinned_map(folder, command.name, access));
  if (!open.about.spec.btf.empty()) {
    // Values can be shown as bytes where the types cannot be read.
    if (auto btf = Btf::parse(open.about.spec.btf)) open.btf = std::move(*btf);
  }
  return open;
}

Status need_keys(const OpenMap& open) {
  if (lists_values(open.map()) || open.map()->type == BPF_MAP_TYPE_STACK_TRACE) return {};
  const char* hint = "";
  switch (open.map()->type) {
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK: hint = "dump, watch, peek, push and pop look at its values"; break;
    case BPF_MAP_TYPE_RINGBUF: hint = "dump, watch and pop look at its records"; break;
    case BPF_MAP_TYPE_BLOOM_FILTER:
      hint = "it cannot say what it holds: peek asks for a value, push adds one";
      break;
    default: break;
  }
  return Error(ErrorCode::kUsage, fmt::format("a {} has no keys with values to look at",
                                              map_type_name(open.map()->type)))
      .with_hint(hint);
}

bool is_queue(const OpenMap& open) {
  return open.map()->type == BPF_MAP_TYPE_QUEUE || open.map()->type == BPF_MAP_TYPE_STACK;
}
bool is_ring(const OpenMap& open) {
  return open.map()->type == BPF_MAP_TYPE_RINGBUF;
}

// The read-only way to all entries.
MapEntries read_entries(const OpenMap& open) {
  constexpr uint32_t kBatch = 256;
  MapEntries entries;
  const size_t key_size = open.map()->key_size, value_size = map_host_value_size(open.map());
  std::vector<uint8_t> keys(kBatch * key_size), values(kBatch * value_size);
  MapCursor cursor{};
  for (int64_t result = 0; result == 0;) {
    uint32_t count = kBatch;
    result = map_lookup_batch(open.map(), cursor, keys.data(), values.data(), count, false);
    if (result != 0 && result != -ENOENT) break;
    for (uint32_t i = 0; i < count; ++i) {
      const uint8_t *key = keys.data() + i * key_size, *value = values.data() + i * value_size;
      entries.emplace_back(std::vector(key, key + key_size),
                           std::vector(value, value + value_size));
    }
  }
  std::ranges::sort(entries);
  return entries;
}

// ---- One entry ----

Json formatted(const OpenMap& open, uint32_t type_id, ByteSpan bytes) {
  if (open.btf && type_id != 0) return value_to_json(*open.btf, type_id, bytes);
  return to_hex(bytes);
}

Json cpu_values(const OpenMap& open, ByteSpan value, bool typed) {
  Json list = Json::array();
  for (size_t cpu = 0; (cpu + 1) * open.slot_bytes() <= value.size(); ++cpu) {
    const ByteSpan one = value.subspan(cpu * open.slot_bytes(), open.map()->value_size);
    Json shown = typed ? formatted(open, open.map()->value_type_id, one) : Json(to_hex(one));
    list.push_back({{"cpu", cpu}, {"value", std::move(shown)}});
  }
  return list;
}

// ["0x0a","0x00"]
Json byte_list(ByteSpan bytes) {
  Json list = Json::array();
  for (const uint8_t byte : bytes) list.push_back(fmt::format("{:#04x}", byte));
  return list;
}

Json entry_json(const OpenMap& open, ByteSpan key, ByteSpan value) {
  Json out = {{"key", byte_list(key)}};
  Json typed = {{"key", formatted(open, open.map()->key_type_id, key)}};
  if (open.per_cpu()) {
    Json raw = Json::array();
    for (size_t cpu = 0; (cpu + 1) * open.slot_bytes() <= value.size(); ++cpu) {
      raw.push_back(
          {{"cpu", cpu},
           {"value", byte_list(value.subspan(cpu * open.slot_bytes(), open.map()->value_size))}});
    }
    out["values"] = std::move(raw);
    typed["values"] = cpu_values(open, value, true);
  } else {
    out["value"] = byte_list(value);
    typed["value"] = formatted(open, open.map()->value_type_id, value);
  }
  if (open.btf) out["formatted"] = std::move(typed);
  return out;
}

std::string text_of(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

void print_entry(const OpenMap& open, ByteSpan key, ByteSpan value) {
  const std::string shown = text_of(formatted(open, open.map()->key_type_id, key));
  if (!open.per_cpu()) {
    fmt::print("{} = {}\n", shown, text_of(formatted(open, open.map()->value_type_id, value)));
    return;
  }
  std::string values;
  for (const Json& one : cpu_values(open, value, true)) {
    fmt::format_to(std::back_inserter(values), "{}cpu {}: {}", values.empty() ? "" : ", ",
                   one["cpu"].get<size_t>(), text_of(one["value"]));
  }
  fmt::print("{} = {}\n", shown, values);
}

// ---- The commands ----

Result<Exit> list(const MapCommand& command) {
  WEIR_TRY(const std::string folder, command.place());
  WEIR_TRY(const std::vector<std::string> names, list_pinned_maps(folder));
  Json maps = Json::array();
  Exit exit = Exit::kOk;
  for (const std::string& name : names) {
    auto about = describe_pinned_map(folder, name);
    if (!about) {
      // Somebody may have taken it away since the names were read.
      if (about.error().code() == ErrorCode::kNotFound) continue;
      print_error(about.error());
      exit = Exit::kFailed;
      continue;
    }
    const MapSpec& spec = about->spec;
    if (!command.out.as_json()) {
      fmt::print("{}: {}, key {} bytes, value {} bytes, max_entries {}, flags {:#x}{}\n", name,
                 map_type_name(spec.type), spec.key_size, spec.value_size, spec.max_entries,
                 spec.flags, spec.btf.empty() ? "" : ", BTF");
      continue;
    }
    maps.push_back({{"name", name},
                    {"type", map_type_name(spec.type)},
                    {"flags", spec.flags},
                    {"bytes_key", spec.key_size},
                    {"bytes_value", spec.value_size},
                    {"max_entries", spec.max_entries},
                    {"bytes_memlock", about->file_bytes},
                    {"btf", !spec.btf.empty()},
                    {"pinned", Json::array({printable(folder + "/" + name, 4096)})}});
  }
  if (command.out.as_json()) print_json(maps, command.out);
  return exit;
}

// ---- Values without keys ----

Error value_error(const MapCommand& command, std::string_view what, int64_t error) {
  return Error(error == -ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
               fmt::format("{}: {}", what, std::strerror(static_cast<int>(-error))))
      .in_file(command.name);
}

Json value_json(const OpenMap& open, ByteSpan value) {
  Json out = {{"value", byte_list(value)}};
  if (open.btf && open.map()->value_type_id != 0)
    out["formatted"] = {{"value", formatted(open, open.map()->value_type_id, value)}};
  return out;
}
std::string value_text(const OpenMap& open, ByteSpan value) {
  return text_of(formatted(open, open.map()->value_type_id, value));
}

// The values of a queue or stack; the records that wait in a ring buffer, from `position` on.
Result<std::vector<std::vector<uint8_t>>> waiting_values(const MapCommand& command,
                                                         const OpenMap& open, uint64_t& position) {
  std::vector<std::vector<uint8_t>> values;
  if (is_ring(open)) {
    const auto keep = [](void* context, const void* data, uint32_t size) -> int64_t {
      const auto* bytes = static_cast<const uint8_t*>(data);
      static_cast<std::vector<std::vector<uint8_t>>*>(context)->emplace_back(bytes, bytes + size);
      return 0;
    };
    (void)ring_buffer_look(open.map(), position, keep, &values);
    return values;
  }
  QueuedValues all;
  if (const int64_t error = queue_values(open.map(), all); error != 0)
    return value_error(command, "the map is locked", error);
  const size_t size = open.map()->value_size;
  for (uint64_t i = 0; i < all.count; ++i) {
    const auto from = all.bytes.begin() + static_cast<ptrdiff_t>(i * size);
    values.emplace_back(from, from + static_cast<ptrdiff_t>(size));
  }
  position = all.pushed;
  return values;
}

// A queue is looked at under its lock, which is in the file.
PinAccess access_to_look(const MapCommand& command) {
  auto folder = command.place();
  const auto about = folder ? describe_pinned_map(*folder, command.name) : folder.take_error();
  const uint32_t type = about ? about->spec.type : 0;
  return type == BPF_MAP_TYPE_QUEUE || type == BPF_MAP_TYPE_STACK ? PinAccess::kWrite
                                                                  : PinAccess::kRead;
}

Result<Exit> dump_values(const MapCommand& command, const OpenMap& open) {
  uint64_t position = 0;
  WEIR_TRY(const auto values, waiting_values(command, open, position));
  Json all = Json::array();
  for (const auto& value : values) {
    if (command.out.as_json())
      all.push_back(value_json(open, value));
    else
      fmt::print("{}\n", value_text(open, value));
  }
  if (command.out.as_json())
    print_json(all, command.out);
  else
    fmt::print("{} {}\n", values.size(), is_ring(open) ? "records" : "values");
  return Exit::kOk;
}

Result<Exit> show_value(const MapCommand& command, const OpenMap& open, ByteSpan value) {
  if (command.out.as_json())
    print_json(value_json(open, value), command.out);
  else
    fmt::print("{}\n", value_text(open, value));
  return Exit::kOk;
}

Result<std::vector<uint8_t>> value_of(const MapCommand& command, const OpenMap& open) {
  return parse_value(open.types(), open.map()->value_type_id, open.map()->value_size, command.value,
                     "the value");
}

// Whether a bloom filter has a value: exit code 0 perhaps, 1 no.
Result<Exit> ask_filter(const MapCommand& command, const OpenMap& open) {
  if (command.value.empty())
    return Error(ErrorCode::kUsage, "a bloom filter is asked for a value: peek MAP VALUE");
  WEIR_TRY(std::vector<uint8_t> value, value_of(command, open));
  const int64_t error = map_peek(open.map(), value.data());
  if (error != 0 && error != -ENOENT) return value_error(command, "the filter", error);
  const bool perhaps = error == 0;
  if (command.out.as_json())
    print_json({{"value", byte_list(value)}, {"present", perhaps ? "perhaps" : "no"}}, command.out);
  else
    fmt::print("{}\n", perhaps ? "perhaps" : "no");
  return perhaps ? Exit::kOk : Exit::kFailed;
}

Result<Exit> peek(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, access_to_look(command)));
  if (open.map()->type == BPF_MAP_TYPE_BLOOM_FILTER) return ask_filter(command, open);
  if (!is_queue(open) && !is_ring(open)) {
    return Error(ErrorCode::kUsage, fmt::format("a {} has keys: get looks at an entry",
                                                map_type_name(open.map()->type)));
  }
  uint64_t position = 0;
  WEIR_TRY(const auto values, waiting_values(command, open, position));
  if (values.empty()) return value_error(command, "the map is empty", -ENOENT);
  return show_value(command, open, values.front());
}

Result<Exit> push(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, PinAccess::kWrite));
  if (!is_queue(open) && open.map()->type != BPF_MAP_TYPE_BLOOM_FILTER) {
    return Error(ErrorCode::kUsage, fmt::format("nobody but programs adds to a {} without a key",
                                                map_type_name(open.map()->type)));
  }
  WEIR_TRY(const std::vector<uint8_t> value, value_of(command, open));
  const uint64_t flags = command.flags == "exist" ? uint64_t{BPF_EXIST} : uint64_t{BPF_ANY};
  if (const int64_t error = map_host_update(open.map(), nullptr, value.data(), flags); error != 0) {
    return value_error(command, error == -E2BIG ? "the map is full" : "push", error)
        .with_hint(error == -E2BIG ? "--flags exist lets the oldest value go" : "");
  }
  if (command.out.as_json()) print_json(Json::object(), command.out);
  return Exit::kOk;
}

Result<Exit> pop(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, PinAccess::kWrite));
  std::vector<uint8_t> value(open.map()->value_size);
  if (is_queue(open)) {
    if (const int64_t error = map_host_lookup_and_delete(open.map(), nullptr, value.data(), 0);
        error != 0)
      return value_error(command, error == -ENOENT ? "the map is empty" : "pop", error);
    return show_value(command, open, value);
  }
  if (!is_ring(open)) {
    return Error(ErrorCode::kUsage, fmt::format("nothing can be taken from a {} without a key",
                                                map_type_name(open.map()->type)));
  }
  const auto take = [](void* context, const void* data, uint32_t size) -> int64_t {
    const auto* bytes = static_cast<const uint8_t*>(data);
    static_cast<std::vector<uint8_t>*>(context)->assign(bytes, bytes + size);
    return 0;
  };
  if (ring_buffer_consume(open.map(), 1, take, &value) == 0)
    return value_error(command, "the map is empty", -ENOENT);
  return show_value(command, open, value);
}

Result<Exit> dump(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, access_to_look(command)));
  if (is_queue(open) || is_ring(open)) return dump_values(command, open);
  WEIR_CHECK(need_keys(open));
  const MapEntries entries = read_entries(open);
  if (command.out.as_json()) {
    Json all = Json::array();
    for (const auto& [key, value] : entries) all.push_back(entry_json(open, key, value));
    print_json(all, command.out);
    return Exit::kOk;
  }
  for (const auto& [key, value] : entries) print_entry(open, key, value);
  fmt::print("{} entries\n", entries.size());
  return Exit::kOk;
}

Result<std::vector<uint8_t>> key_of(const MapCommand& command, const OpenMap& open) {
  WEIR_CHECK(need_keys(open));
  return parse_value(open.types(), open.map()->key_type_id, open.map()->key_size, command.key,
                     "the key");
}

Error map_error(const MapCommand& command, int64_t error) {
  return Error(error == -ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
               error == -ENOENT ? fmt::format("there is no entry {}", printable(command.key))
                                : fmt::format("entry {}: {}", printable(command.key),
                                              std::strerror(static_cast<int>(-error))))
      .in_file(command.name);
}

Result<Exit> get(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, PinAccess::kRead));
  WEIR_TRY(const std::vector<uint8_t> key, key_of(command, open));
  std::vector<uint8_t> value(map_host_value_size(open.map()));
  if (const int64_t error = map_host_lookup(open.map(), key.data(), value.data(), 0); error != 0)
    return map_error(command, error);
  if (command.out.as_json())
    print_json(entry_json(open, key, value), command.out);
  else
    print_entry(open, key, value);
  return Exit::kOk;
}

Result<Exit> set(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, PinAccess::kWrite));
  WEIR_TRY(const std::vector<uint8_t> key, key_of(command, open));
  WEIR_TRY(const std::vector<uint8_t> one,
           parse_value(open.types(), open.map()->value_type_id, open.map()->value_size,
                       command.value, "the value"));
  std::vector<uint8_t> value = one;
  if (open.per_cpu()) {
    // The same for each CPU.
    value.assign(map_host_value_size(open.map()), 0);
    for (size_t at = 0; at + one.size() <= value.size(); at += open.slot_bytes())
      std::ranges::copy(one, value.begin() + static_cast<ptrdiff_t>(at));
  }
  const uint64_t flags = command.flags == "exist"     ? BPF_EXIST
                         : command.flags == "noexist" ? BPF_NOEXIST
                                                      : BPF_ANY;
  if (const int64_t error = map_host_update(open.map(), key.data(), value.data(), flags);
      error != 0)
    return map_error(command, error);
  if (command.out.as_json()) print_json(Json::object(), command.out);
  return Exit::kOk;
}

Result<Exit> erase(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, PinAccess::kWrite));
  WEIR_TRY(const std::vector<uint8_t> key, key_of(command, open));
  if (const int64_t error = map_host_delete(open.map(), key.data()); error != 0)
    return map_error(command, error);
  if (command.out.as_json()) print_json(Json::object(), command.out);
  return Exit::kOk;
}

Result<Exit> unpin(const MapCommand& command) {
  WEIR_TRY(const std::string folder, command.place());
  WEIR_CHECK(unpin_map(folder, command.name));
  if (command.out.as_json()) print_json(Json::object(), command.out);
  return Exit::kOk;
}

// Set by SIGINT and SIGTERM: a watch ends then, as asked.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void stop_when_asked() {
  const auto stop = [](int) { interrupted = true; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
}

// False: that was the last round.
bool wait_for_round(const MapCommand& command, uint32_t round) {
  std::fflush(stdout);
  if (command.rounds != 0 && round + 1 >= command.rounds) return false;
  for (uint32_t waited = 0; waited < command.interval_ms && !interrupted; waited += 50) {
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::min(50u, command.interval_ms - waited)));
  }
  return !interrupted;
}

// Values as they come, of a stack all of them whenever they are others. They stay: what comes and
// is taken between two looks is not seen.
Result<Exit> watch_values(const MapCommand& command, const OpenMap& open) {
  stop_when_asked();
  uint64_t position = 0;
  std::vector<std::vector<uint8_t>> before;
  for (uint32_t round = 0;; ++round) {
    const uint64_t seen = position;
    WEIR_TRY(auto values, waiting_values(command, open, position));
    const auto tell = [&](std::string_view what, const std::vector<uint8_t>& value) {
      if (command.out.as_json()) {
        Json json = value_json(open, value);
        json["change"] = what;
        print_json(json, command.out);
      } else {
        fmt::print("{:<7} {}\n", what, value_text(open, value));
      }
    };
    const std::string_view what = round == 0 ? "is" : "new";
    if (is_ring(open)) {
      for (const auto& value : values) tell(what, value);
    } else if (open.map()->type == BPF_MAP_TYPE_QUEUE) {
      const size_t fresh = std::min<uint64_t>(position - seen, values.size());
      for (size_t i = values.size() - fresh; i < values.size(); ++i) tell(what, values[i]);
    } else if (values != before) {
      if (round != 0 && !command.out.as_json()) fmt::print("now {} values\n", values.size());
      for (const auto& value : values) tell("is", value);
      before = std::move(values);
    }
    if (!wait_for_round(command, round)) return Exit::kOk;
  }
}

Result<Exit> watch(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, access_to_look(command)));
  if (is_queue(open) || is_ring(open)) return watch_values(command, open);
  WEIR_CHECK(need_keys(open));
  stop_when_asked();
  MapEntries before;
  for (uint32_t round = 0; !interrupted; ++round) {
    MapEntries now = read_entries(open);
    const auto tell = [&](std::string_view what, const auto& entry) {
      if (command.out.as_json()) {
        Json json = entry_json(open, entry.first, entry.second);
        json["change"] = what;
        print_json(json, command.out);
      } else {
        fmt::print("{:<7} ", what);
        print_entry(open, entry.first, entry.second);
      }
    };
    // Both are in order of the key.
    auto old = before.begin();
    for (const auto& entry : now) {
      for (; old != before.end() && old->first < entry.first; ++old) tell("deleted", *old);
      const bool was_there = old != before.end() && old->first == entry.first;
      if (!was_there) tell(round == 0 ? "is" : "new", entry);
      if (was_there && old->second != entry.second) tell("changed", entry);
      if (was_there) ++old;
    }
    for (; old != before.end(); ++old) tell("deleted", *old);
    before = std::move(now);
    if (!wait_for_round(command, round)) break;
  }
  return Exit::kOk;
}

using Action = Result<Exit> (*)(const MapCommand&);

CLI::App* add_action(CLI::App& map, Exit& exit, const std::shared_ptr<MapCommand>& command,
                     const char* name, const char* about, Action action) {
  auto* sub = map.add_subcommand(name, about);
  sub->add_option("--dir", command->folder,
                  "Folder of the pinned maps (default: $XDG_RUNTIME_DIR/weir/maps)")
      ->type_name("DIR")
      ->envname("WEIR_PIN_DIR");
  add_output_options(*sub, command->out);
  sub->callback([command, action, &exit] {
    auto done = action(*command);
    exit = done ? *done : fail(done.error(), command->out);
  });
  return sub;
}

}  // namespace

void add_map_command(CLI::App& app, Exit& exit) {
  auto* map = app.add_subcommand("map", "Look at pinned maps and change them, while filters run");
  map->require_subcommand(1);
  map->footer(
      "Keys and values are JSON as the map's types say (5, {\"packets\": 7}, \"text\"), names of\n"
      "enumerators, IPv4 addresses, or bytes as hex:0a000001.\n\n"
      "Example:\n"
      "  weir filter --prog count.bpf.o --pin maps in.pcap\n"
      "  weir map dump --dir maps protocols");
  const auto command = std::make_shared<MapCommand>();
  const auto name = [&](CLI::App* sub) {
    sub->add_option("MAP", command->name, "Name of the pinned map")->required();
    return sub;
  };
  const auto key = [&](CLI::App* sub) {
    sub->add_option("KEY", command->key, "JSON, a number, an address, or hex:BYTES")->required();
    return sub;
  };
  auto* listing = add_action(*map, exit, command, "list", "The maps that are pinned", list);
  listing->alias("show");
  name(add_action(*map, exit, command, "dump",
                  "All entries, values or records of a map, which stay", dump));
  auto* lookup = key(name(add_action(*map, exit, command, "get", "One entry", get)));
  lookup->alias("lookup");
  auto* update = key(name(add_action(*map, exit, command, "set", "Set an entry", set)));
  update->alias("update");
  update->add_option("VALUE", command->value, "As KEY; of a per-CPU map for each CPU")->required();
  update->add_option("--flags", command->flags, "any (default), exist or noexist")
      ->check(CLI::IsMember({"any", "exist", "noexist"}));
  key(name(add_action(*map, exit, command, "delete", "Delete an entry", erase)));
  auto* peeking = name(add_action(*map, exit, command, "peek",
                                  "The value that pop would give; of a bloom filter whether it has "
                                  "VALUE (exit code 1: no)",
                                  peek));
  peeking->add_option("VALUE", command->value, "Of a bloom filter");
  auto* pushing = name(add_action(*map, exit, command, "push",
                                  "Add a value to a queue, stack or bloom filter", push));
  pushing->alias("enqueue");
  pushing->add_option("VALUE", command->value, "As KEY of set")->required();
  pushing->add_option("--flags", command->flags, "any (default); exist: the oldest makes room")
      ->check(CLI::IsMember({"any", "exist"}));
  name(add_action(*map, exit, command, "pop",
                  "Take the next value of a queue or stack, the oldest record of a ring buffer",
                  pop))
      ->alias("dequeue");
  auto* watching =
      name(add_action(*map, exit, command, "watch", "Tell the entries, then each change", watch));
  watching->add_option("--interval", command->interval_ms, "How often to look (default 1000)")
      ->type_name("MS")
      ->check(CLI::Range(1U, 3'600'000U));
  watching->add_option("--rounds", command->rounds, "Look so many times, then end")->type_name("N");
  name(add_action(*map, exit, command, "unpin",
                  "Take the name away; processes that use the map keep it", unpin));
}

}  // namespace weir::tool
