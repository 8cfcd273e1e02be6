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
  if (lists_values(open.map())) return {};
  return Error(ErrorCode::kUsage, fmt::format("a {} has no keys with values to look at",
                                              map_type_name(open.map()->type)));
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

Result<Exit> dump(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, PinAccess::kRead));
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

Result<Exit> watch(const MapCommand& command) {
  WEIR_TRY(const OpenMap open, open_map(command, PinAccess::kRead));
  WEIR_CHECK(need_keys(open));
  const auto stop = [](int) { interrupted = true; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
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
    std::fflush(stdout);
    if (command.rounds != 0 && round + 1 >= command.rounds) break;
    for (uint32_t waited = 0; waited < command.interval_ms && !interrupted; waited += 50) {
      std::this_thread::sleep_for(
          std::chrono::milliseconds(std::min(50u, command.interval_ms - waited)));
    }
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
  name(add_action(*map, exit, command, "dump", "All entries of a map", dump));
  auto* lookup = key(name(add_action(*map, exit, command, "get", "One entry", get)));
  lookup->alias("lookup");
  auto* update = key(name(add_action(*map, exit, command, "set", "Set an entry", set)));
  update->alias("update");
  update->add_option("VALUE", command->value, "As KEY; of a per-CPU map for each CPU")->required();
  update->add_option("--flags", command->flags, "any (default), exist or noexist")
      ->check(CLI::IsMember({"any", "exist", "noexist"}));
  key(name(add_action(*map, exit, command, "delete", "Delete an entry", erase)));
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
