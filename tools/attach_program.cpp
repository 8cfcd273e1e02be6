// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach_program.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/attach/spec.h"
#include "tools/classic_input.h"

namespace weir::tool {

namespace {

// A program is given packets; bytes of any kind are what weir run gives.
std::optional<ContextKind> packet_kind(std::string_view name) {
  const auto found = context_from_name(name);
  return found == ContextKind::kMemory ? std::nullopt : found;
}

std::string absolute(const std::string& path) {
  if (pcap_expression(path)) return path;
  std::error_code error;
  const auto made = std::filesystem::absolute(path, error);
  return error ? path : made.lexically_normal().string();
}

Error bad_value(std::string_view key, const Json& value, std::string_view names) {
  return Error(ErrorCode::kUsage,
               fmt::format("{}: {} is none of {}", key, printable(value.dump(), 200), names));
}

// The value of a key, by the function that gives it a meaning.
template <class Find, class T>
Status take_named(const Json& json, std::string_view key, Find find, std::string_view names,
                  T& out) {
  if (!json.contains(key)) return {};
  const Json& value = json[key];
  // A name may look like a number: a configuration says opt_level: 3.
  const auto found = value.is_string()            ? find(value.get<std::string>())
                     : value.is_number_unsigned() ? find(value.dump())
                                                  : std::nullopt;
  if (!found) return bad_value(key, value, names);
  out = *found;
  return {};
}
Status take_text(const Json& json, std::string_view key, std::string& out) {
  if (!json.contains(key)) return {};
  if (!json[key].is_string()) return bad_value(key, json[key], "the texts");
  out = json[key].get<std::string>();
  return {};
}
Status take_number(const Json& json, std::string_view key, uint64_t most, uint64_t& out) {
  if (!json.contains(key)) return {};
  const Json& value = json[key];
  const bool number = value.is_number_integer() && (value.is_number_unsigned() || value >= 0);
  if (!number || value.get<uint64_t>() > most)
    return bad_value(key, value, fmt::format("0 to {}", most));
  out = value.get<uint64_t>();
  return {};
}

// It is not opened again: whoever sent it may open files that this process may not.
Result<std::vector<uint8_t>> read_open_file(const attach::Descriptor& file) {
  constexpr size_t kMostBytes = 64 << 20;
  std::vector<uint8_t> bytes;
  for (;;) {
    uint8_t block[65536];
    const ssize_t count = pread(file.get(), block, sizeof(block), static_cast<off_t>(bytes.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return attach::io_error("read the file");
    if (count == 0) return bytes;
    bytes.insert(bytes.end(), block, block + count);
    if (bytes.size() > kMostBytes)
      return Error(ErrorCode::kLimit, fmt::format("more than {} bytes", kMostBytes));
  }
}

constexpr std::string_view kKeys[] = {"link",      "name",  "file",      "direction",   "priority",
                                      "go_on",     "at",    "program",   "section",     "policy",
                                      "opt_level", "cpu",   "helpers",   "engine",      "budget",
                                      "pin",       "cache", "cache_dir", "host_policy", "reverify"};

}  // namespace

void add_attached_choice(CLI::App& command, AttachedChoice& choice) {
  add_named(command, "--direction", choice.directions, attach::directions_from_name, "all|rx|tx",
            "Which way: rx is what comes from the guest (the first port), tx what goes to it "
            "(default all)");
  command
      .add_option("--priority", choice.priority,
                  "Programs with a lower number run earlier (default: what an XDP program says "
                  "itself, XDP_RUN_CONFIG; else 50)")
      ->type_name("N");
  command
      .add_option("--go-on", choice.go_on,
                  "Results after which the next program has its turn, as XDP_PASS,XDP_DROP, or all "
                  "or none (default: what an XDP program says itself, else XDP_PASS; of other "
                  "kinds whatever does not drop)")
      ->type_name("RESULTS");
  add_named(command, "--at", choice.load.compile.at, packet_kind, "KIND",
            "What the program is given: ip (the packet from its IP header on), frame (the Ethernet "
            "frame), or a hook kind of the kernel: xdp, sched_cls, ... (default: as its section "
            "says; else frame)");
  command
      .add_option(
          "--pin", choice.load.maps.pin_folder,
          "Pin the program's maps in this folder, or go on with those that are pinned there")
      ->type_name("DIR")
      ->envname("WEIR_PIN_DIR");
  add_load_choice(command, choice.load, false);
}

Json choice_json(const AttachedChoice& choice) {
  const LoadChoice& load = choice.load;
  Json out = {{"link", choice.link},
              {"file", absolute(choice.file)},
              {"direction", attach::directions_name(choice.directions)},
              {"policy", policy_name(load.compile.policy)},
              {"opt_level", opt_level_name(load.compile.opt_level)},
              {"engine", engine_name(load.engine.engine)},
              {"budget", load.engine.budget}};
  const auto put = [&out](const char* key, const std::string& value) {
    if (!value.empty()) out[key] = value;
  };
  put("name", choice.name);
  put("go_on", choice.go_on);
  if (choice.priority) out["priority"] = *choice.priority;
  put("program", load.program.name);
  put("section", load.program.section);
  put("cpu", load.compile.cpu);
  if (load.compile.at) out["at"] = context_name(*load.compile.at);
  if (load.compile.helpers) out["helpers"] = helper_set_name(*load.compile.helpers);
  if (!load.maps.pin_folder.empty()) out["pin"] = absolute(load.maps.pin_folder);
  if (!load.cache.folder.empty()) out["cache_dir"] = absolute(load.cache.folder);
  if (load.cache.off) out["cache"] = false;
  if (!load.cache.host_policy.empty()) out["host_policy"] = absolute(load.cache.host_policy);
  if (load.cache.reverify) out["reverify"] = true;
  return out;
}

Result<AttachedChoice> choice_from_json(const Json& json) {
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(kKeys, key) == std::end(kKeys))
      return Error(ErrorCode::kUsage, fmt::format("a program has no '{}'", printable(key)));
  }
  AttachedChoice out;
  LoadChoice& load = out.load;
  load.pins = true;
  WEIR_CHECK(take_text(json, "link", out.link));
  WEIR_CHECK(take_text(json, "name", out.name));
  WEIR_CHECK(take_text(json, "file", out.file));
  WEIR_CHECK(
      take_named(json, "direction", attach::directions_from_name, "all, rx, tx", out.directions));
  if (json.contains("priority")) {
    uint64_t priority = 0;
    WEIR_CHECK(take_number(json, "priority", UINT32_MAX, priority));
    out.priority = static_cast<uint32_t>(priority);
  }
  WEIR_CHECK(take_text(json, "go_on", out.go_on));
  WEIR_CHECK(take_named(json, "at", packet_kind, "the kinds of hooks", load.compile.at));
  WEIR_CHECK(take_text(json, "program", load.program.name));
  WEIR_CHECK(take_text(json, "section", load.program.section));
  WEIR_CHECK(
      take_named(json, "policy", policy_from_name, "strict, guard, trusted", load.compile.policy));
  WEIR_CHECK(
      take_named(json, "opt_level", opt_level_from_name, "0, 1, 2, 3, s", load.compile.opt_level));
  WEIR_CHECK(take_text(json, "cpu", load.compile.cpu));
  WEIR_CHECK(take_named(json, "helpers", helper_set_from_name, "none, conformance, kernel",
                        load.compile.helpers));
  WEIR_CHECK(
      take_named(json, "engine", engine_from_name, "interp, jit, aot, auto", load.engine.engine));
  WEIR_CHECK(take_number(json, "budget", UINT64_MAX, load.engine.budget));
  WEIR_CHECK(take_text(json, "pin", load.maps.pin_folder));
  WEIR_CHECK(take_text(json, "cache_dir", load.cache.folder));
  // One more policy: that of this process counts as well.
  WEIR_CHECK(take_text(json, "host_policy", load.cache.host_policy));
  if (json.contains("reverify")) {
    if (!json["reverify"].is_boolean())
      return bad_value("reverify", json["reverify"], "true, false");
    load.cache.reverify = json["reverify"].get<bool>();
  }
  if (json.contains("cache")) {
    if (!json["cache"].is_boolean()) return bad_value("cache", json["cache"], "true, false");
    load.cache.off = !json["cache"].get<bool>();
  }
  if (out.file.empty()) return Error(ErrorCode::kUsage, "a program has a file");
  if (out.name.empty()) out.name = file_stem(out.file);
  return out;
}

Result<std::shared_ptr<const attach::AttachedProgram>> load_attached(
    const AttachedChoice& choice, const attach::Descriptor& open_file) {
  std::vector<uint8_t> bytes;
  if (!pcap_expression(choice.file)) {
    auto read = open_file ? read_open_file(open_file) : read_data(choice.file);
    if (!read) return read.take_error().in_file(choice.file);
    bytes = std::move(*read);
  }
  auto input = Input::from_bytes(std::move(bytes), choice.file);
  if (!input) return input.take_error().in_file(choice.file);
  WEIR_TRY(LoadedProgram loaded, load(*input, choice.load));
  warn_of_load(loaded);
  auto program = std::make_shared<attach::AttachedProgram>();
  program->name = choice.name;
  program->path = choice.file;
  program->directions = choice.directions;
  const ContextKind made_for = loaded.executable->info().options.context;
  program->at = choice.load.compile.at.value_or(
      made_for == ContextKind::kMemory ? ContextKind::kFrame : made_for);
  program->budget = choice.load.engine.budget;
  std::optional<VerdictSet> go_on;
  if (!choice.go_on.empty()) {
    auto results = verdict_set_from_text(program->at, choice.go_on);
    if (!results) return results.take_error().in_file(choice.file);
    go_on = *results;
  }
  program->rules = attach::link_rules(program->at, *loaded.executable, choice.priority, go_on);
  program->instance = Instance::of(std::move(loaded.programs), choice.file);
  return program;
}

}  // namespace weir::tool
