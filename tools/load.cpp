// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/load.h"

#include <filesystem>

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/pin.h"
#include "tools/plugin_compiler.h"
#include "tools/profile_file.h"

namespace weir::tool {

namespace {

// Lives as long as the process: JIT code may.
PluginCompiler& compiler() {
  static PluginCompiler instance;
  return instance;
}

Status check_hook(const ManifestProgram& program, std::optional<ContextKind> at) {
  // A program for memory of any kind may be given packets.
  if (!at || program.context == *at || program.context == ContextKind::kMemory) return {};
  return Error(ErrorCode::kUsage, fmt::format("the object was compiled for --at {}, not {}",
                                              context_name(program.context), context_name(*at)))
      .in_program(program.name)
      .with_hint("leave --at away, or compile the program again");
}

constexpr uint32_t kTypePerfEventArray = 4, kTypeRingBuffer = 27;  // BPF_MAP_TYPE_*

void take_as_test_run(std::vector<MapDef>& maps) {
  for (MapDef& map : maps) {
    if (map.max_entries == 0) map.max_entries = map.type == kTypeRingBuffer ? 4096 : 64;
    if (map.type == kTypeRingBuffer) map.key_size = map.value_size = 0;
    if (map.type == kTypePerfEventArray) map.key_size = map.value_size = 4;
  }
}

MapSetOptions map_options(const Input& input, const LoadChoice& choice) {
  MapSetOptions options = choice.maps;
  options.btf = input.btf();
  if (choice.test_run_maps) options.cpu_slots = 1;
  options.pin_all = choice.pins && !options.pin_folder.empty();
  if (choice.pins && options.pin_folder.empty()) {
    if (auto folder = default_pin_folder()) options.pin_folder = std::move(*folder);
  }
  return options;
}

}  // namespace

void add_load_choice(CLI::App& command, LoadChoice& choice, bool with_at) {
  add_program_choice(command, choice.program);
  add_compile_choice(command, choice.compile, with_at);
  add_engine_choice(command, choice.engine);
  add_cache_choice(command, choice.cache);
}

namespace {

// One program of an input, with the definitions of its maps.
struct OneProgram {
  std::shared_ptr<const Executable> executable;
  std::vector<MapDef> maps;
  std::chrono::nanoseconds load_time{};
  CacheReport cache;
};

// `cache` is opened when the first program needs it.
Result<OneProgram> load_one(const Input& input, const ProgramRef& ref, const LoadChoice& choice,
                            const std::shared_ptr<const Trust>& trust,
                            std::shared_ptr<OptionalCache>& cache) {
  LoadOptions options;
  options.trust = trust.get();
  options.engine = choice.engine.engine;
  options.compiler = &compiler();
  if (choice.compiler != nullptr && options.engine != EngineKind::kJit)
    options.compiler = choice.compiler;
  options.later = choice.later;
  options.count = choice.count;
  if (choice.count) options.engine = EngineKind::kInterp;
  WEIR_TRY(options.compile, choice.compile.options_for(ref.section, "native"));

  OneProgram loaded;
  if (input.kind() == Input::Kind::kNative) {
    WEIR_CHECK(check_hook(input.native().manifest().programs[ref.index], choice.compile.at));
    NativeObject object = input.native();
    WEIR_TRY(Program program, object.program(ref.index));
    loaded.maps = std::move(program.maps);
    const auto start = Clock::now();
    auto executable = load_executable(std::move(object), ref.index, options);
    loaded.load_time = Clock::now() - start;
    if (!executable) return executable.take_error().in_file(input.path());
    loaded.executable = std::move(*executable);
    return loaded;
  }

  WEIR_TRY(Program program, input.load(ref, choice.compile.at));
  if (choice.test_run_maps) take_as_test_run(program.maps);
  loaded.maps = program.maps;
  const bool uses_cache = options.engine == EngineKind::kAot || options.engine == EngineKind::kAuto;
  const auto start = Clock::now();
  if (uses_cache) {
    if (!cache) cache = std::make_shared<OptionalCache>(choice.cache, trust);
    options.cache = cache->store();
    if (options.cache != nullptr)
      options.later_cache = std::shared_ptr<Store>(cache, options.cache);
  }
  auto executable = load_executable(std::move(program), options);
  loaded.load_time = Clock::now() - start;
  if (!executable) return executable.take_error().in_file(input.path());
  loaded.executable = std::move(*executable);
  loaded.cache = loaded.executable->cache();
  if (uses_cache) loaded.cache = cache->complete(std::move(loaded.cache));
  return loaded;
}

// The program of that name that a program array holds.
Result<ProgramRef> find_tail_called(const Input& input, const std::string& name) {
  WEIR_TRY(const std::vector<ProgramRef> all, input.programs());
  const auto found = std::ranges::find(all, name, &ProgramRef::name);
  if (found != all.end()) return *found;
  return Error(ErrorCode::kNotFound,
               fmt::format("a program array holds '{}', which the file does not have",
                           printable(name)))
      .in_file(input.path());
}

}  // namespace

Result<LoadedProgram> load(const Input& input, const LoadChoice& choice) {
  WEIR_TRY(const ProgramRef ref, input.choose_one(choice.program));
  LoadedProgram loaded;
  std::vector<std::vector<MapDef>> definitions;  // parallel to loaded.programs
  std::vector<MapHandle> shared;
  auto add = [&](OneProgram one) -> Status {
    MapSetOptions options = map_options(input, choice);
    options.shared = shared;
    WEIR_TRY(MapSet maps, MapSet::create(one.maps, options));
    shared.insert(shared.end(), maps.handles().begin(), maps.handles().end());
    loaded.programs.add(std::move(one.executable), std::move(maps));
    definitions.push_back(std::move(one.maps));
    return {};
  };
  WEIR_TRY(const std::shared_ptr<const Trust> trust, choice.cache.trust());
  WEIR_TRY(OneProgram first, load_one(input, ref, choice, trust, loaded.opened_cache));
  loaded.executable = first.executable;
  loaded.load_time = first.load_time;
  loaded.cache = std::move(first.cache);
  WEIR_CHECK(add(std::move(first)));
  loaded.maps = loaded.programs.maps(0);
  for (size_t i = 0; i < definitions.size(); ++i) {
    std::vector<std::string> names = tail_called(definitions[i]);
    if (i == 0) names.insert(names.end(), choice.also.begin(), choice.also.end());
    for (const std::string& name : names) {
      if (loaded.programs.find(name)) continue;
      WEIR_TRY(const ProgramRef next, find_tail_called(input, name));
      WEIR_TRY(OneProgram one, load_one(input, next, choice, trust, loaded.opened_cache));
      WEIR_CHECK(add(std::move(one)));
    }
  }
  for (uint32_t i = 0; i < definitions.size(); ++i)
    WEIR_CHECK(loaded.programs.fill(definitions[i], loaded.programs.maps(i)));
  return loaded;
}

Status write_profile(const std::string& path, std::span<const LoadedProgram> loaded) {
  ProfileFile profiles;
  std::error_code missing;
  if (std::filesystem::exists(path, missing)) {
    WEIR_TRY(profiles, read_profile_file(path));
  }
  for (const LoadedProgram& one : loaded) {
    for (uint32_t i = 0; i < one.programs.size(); ++i) {
      const Executable& program = one.programs.executable(i);
      if (const BranchProfile* counts = program.counted())
        profiles.add(program.counted_program(), *counts);
    }
  }
  return write_profile_file(path, profiles);
}

std::string engine_text(const Executable& program) {
  const ProgramInfo& info = program.info();
  std::string out(engine_name(program.engine()));
  if (program.code_bytes() != 0) out += fmt::format(", {} bytes of code", program.code_bytes());
  out += fmt::format(", {} of {} accesses proven, policy {}", info.proven, info.accesses,
                     policy_name(info.options.policy));
  return out;
}

void warn_of_load(const LoadedProgram& loaded) {
  warn_of_cache(loaded.cache);
  if (const auto& reason = loaded.executable->fallback_reason()) {
    print_warning("the interpreter runs the program: " + reason->message());
    if (!reason->hint().empty()) fmt::print(stderr, "hint: {}\n", reason->hint());
  }
}

Json load_json(const LoadedProgram& loaded) {
  const ProgramInfo& info = loaded.executable->info();
  Json out = {{"engine", engine_name(loaded.executable->engine())},
              {"policy", policy_name(info.options.policy)},
              {"accesses", info.accesses},
              {"proven", info.proven},
              {"code_bytes", loaded.executable->code_bytes()},
              {"cache", to_json(loaded.cache)},
              {"load_ns", loaded.load_time.count()}};
  if (const auto& reason = loaded.executable->fallback_reason()) {
    out["fallback"] = to_json(*reason);
  }
  return out;
}

}  // namespace weir::tool
