// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hosts, programs, workers and maps of the C interface; filter.cpp has its filters.
#include "runtime/capi/weir.h"

#include <linux/bpf.h>

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "cache/folder.h"
#include "runtime/capi/handles.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/ring_buffer.h"
#include "weir/version.h"

namespace weir {
namespace capi {

namespace {
// As long as the process; copy_text() gives it to many.
constexpr char kNoMemoryText[] = "error: out of memory [out-of-memory]";
}  // namespace

char* copy_text(std::string_view text) noexcept {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) return const_cast<char*>(kNoMemoryText);
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

void free_text(char* text) noexcept {
  if (text != kNoMemoryText) std::free(text);
}

}  // namespace capi

namespace {

void print_through(void* host, const char* text, size_t size) {
  const auto* const to = static_cast<const weir_host*>(host);
  to->print(to->user, text, size);
}

// NULL: the machine's and the user's; "": none; else a file, beside the machine's.
Result<std::shared_ptr<const Trust>> load_trust(const char* policy) {
  if (policy != nullptr && policy[0] == '\0') return std::make_shared<const Trust>();
  WEIR_TRY(Trust trust, Trust::load(policy == nullptr ? TrustSources::defaults()
                                                      : TrustSources::with_policy(policy)));
  return std::make_shared<const Trust>(std::move(trust));
}

Result<std::unique_ptr<weir_host>> open_host(const weir_host_options& options) {
  auto host = std::make_unique<weir_host>();
  WEIR_TRY(host->trust, load_trust(options.host_policy));
  HostOptions made{.workers = options.workers,
                   .allow_trusted = options.allow_trusted != 0,
                   .trust = host->trust.get()};
  StoreOptions store_options;
  store_options.trust = host->trust;
  if (options.cache == nullptr) {
    // A cache that cannot be used is no reason to fail: there is the interpreter.
    auto folder = default_cache_folder();
    auto store =
        folder ? LocalStore::open(*folder, store_options) : Result<LocalStore>(folder.take_error());
    if (store) host->cache = std::move(*store);
  } else if (options.cache[0] != '\0') {
    WEIR_TRY(host->cache, LocalStore::open(options.cache, store_options));
  }
  if (host->cache) made.cache = &*host->cache;
  if (options.compiler != nullptr && options.compiler[0] != '\0') {
    constexpr std::string_view kStart = "start:";
    const std::string_view where = options.compiler;
    if (where.starts_with(kStart)) {
      WEIR_TRY(host->compiler, ProcessCompiler::start(std::string(where.substr(kStart.size()))));
    } else {
      host->compiler = ProcessCompiler::at(std::string(where));
    }
    host->later.emplace(*host->compiler);
    made.later = &*host->later;
  }
  host->print = options.print;
  host->user = options.user;
  host->services.user = host.get();
  if (options.print != nullptr) host->services.print = &print_through;
  made.services = &host->services;
  host->host.emplace(made);
  return host;
}

Result<InstanceOptions> instance_options(const weir_program_options& options) {
  InstanceOptions out;
  if (options.name != nullptr) out.program = options.name;
  switch (options.engine) {
    case WEIR_ENGINE_AUTO: out.engine = EngineKind::kAuto; break;
    case WEIR_ENGINE_INTERP: out.engine = EngineKind::kInterp; break;
    case WEIR_ENGINE_NATIVE: out.engine = EngineKind::kAot; break;
    default: return Error(ErrorCode::kUsage, "unknown engine");
  }
  switch (options.policy) {
    case WEIR_POLICY_GUARD: out.policy = Policy::kGuard; break;
    case WEIR_POLICY_STRICT: out.policy = Policy::kStrict; break;
    default: return Error(ErrorCode::kUsage, "unknown policy");
  }
  if (options.at != nullptr) {
    out.at = context_from_name(options.at);
    if (!out.at || context_shape(*out.at) != ContextShape::kRaw) {
      return Error(
          ErrorCode::kUsage,
          fmt::format("'{}' is no kind of bytes, expected memory, ip or frame", options.at));
    }
  }
  if (options.maps_from != nullptr) out.maps_from = options.maps_from->instance;
  if (options.pin_folder != nullptr) out.pin_folder = options.pin_folder;
  out.pin_all = options.pin_all != 0;
  if (options.helpers != 0) {
    out.helpers = static_cast<HelperSet>(options.helpers);
    if (options.helpers > UINT8_MAX || !is_host_set(*out.helpers)) {
      return Error(ErrorCode::kUsage, "weir_helpers_register() did not give this set of helpers");
    }
  }
  return out;
}

weir_program* open_program(weir_host* host, const weir_program_options* given, char** error,
                           auto&& read) {
  return capi::guarded<weir_program*>(error, nullptr, [&]() -> Result<weir_program*> {
    WEIR_TRY(const ProgramFile file, read());
    auto options = instance_options(capi::options_of(given));
    if (!options) return options.take_error().in_file(file.path());
    WEIR_TRY(auto instance, host->host->load(file, *options));
    return new weir_program{std::move(instance)};
  });
}

// Maps are C++ objects to us and handles to the caller.
Map* map_of(const weir_map* map) {
  return const_cast<Map*>(reinterpret_cast<const Map*>(map));
}
weir_map* handle_of(Map* map) {
  return reinterpret_cast<weir_map*>(map);
}

}  // namespace
}  // namespace weir

using weir::capi::copy_text;
using weir::capi::guarded;

const char* weir_version(void) {
  return WEIR_VERSION;
}

void weir_string_free(char* text) {
  weir::capi::free_text(text);
}

weir_host* weir_host_open(const weir_host_options* options, char** error) {
  return guarded<weir_host*>(error, nullptr, [&]() -> weir::Result<weir_host*> {
    WEIR_TRY(auto host, weir::open_host(weir::capi::options_of(options)));
    return host.release();
  });
}

void weir_host_close(weir_host* host) {
  delete host;
}

size_t weir_host_reclaim(weir_host* host) {
  return host->host->epochs().reclaim();
}

weir_program* weir_program_open(weir_host* host, const char* path,
                                const weir_program_options* options, char** error) {
  return weir::open_program(host, options, error, [&] { return weir::ProgramFile::read(path); });
}

weir_program* weir_program_open_bytes(weir_host* host, const void* bytes, size_t count,
                                      const char* shown, const weir_program_options* options,
                                      char** error) {
  return weir::open_program(host, options, error, [&] {
    const auto* const first = static_cast<const uint8_t*>(bytes);
    return weir::ProgramFile::parse({first, first + count}, shown);
  });
}

void weir_program_close(weir_program* program) {
  delete program;
}

const char* weir_program_name(const weir_program* program) {
  return program->instance->name().c_str();
}

const char* weir_program_hook(const weir_program* program) {
  return weir::context_name(program->instance->context()).data();
}

const char* weir_program_engine(const weir_program* program) {
  return program->instance->executable().engine() == weir::EngineKind::kInterp ? "interp" : "aot";
}

char* weir_program_fallback(const weir_program* program) {
  return guarded<char*>(nullptr, nullptr, [&]() -> weir::Result<char*> {
    const weir::Executable& executable = program->instance->executable();
    if (executable.awaits_native()) return copy_text("its native code is being made");
    if (const auto problem = executable.native_problem()) return copy_text(problem->to_string());
    const auto& reason = executable.fallback_reason();
    return reason ? copy_text(reason->to_string()) : nullptr;
  });
}

weir_worker* weir_worker_open(weir_host* host, char** error) {
  return guarded<weir_worker*>(error, nullptr, [&]() -> weir::Result<weir_worker*> {
    WEIR_TRY(auto worker, weir::Worker::open(*host->host));
    return new weir_worker{std::move(worker)};
  });
}

void weir_worker_close(weir_worker* worker) {
  delete worker;
}

uint32_t weir_worker_cpu(const weir_worker* worker) {
  return worker->worker->cpu();
}

namespace {
int give(const weir::RunResult& run, weir_result* result) {
  *result = {.r0 = run.r0,
             .trap = static_cast<uint32_t>(run.trap.code),
             .trap_instruction = run.trap.insn,
             .trap_program = run.program};
  return run.trap ? -1 : 0;
}
}  // namespace

int weir_program_run(weir_worker* worker, const weir_program* program, void* data, size_t bytes,
                     uint64_t budget, weir_result* result) {
  return give(worker->worker->run(*program->instance, {static_cast<uint8_t*>(data), bytes},
                                  budget != 0 ? budget : weir::kDefaultBudget),
              result);
}

int weir_program_run_at(weir_worker* worker, const weir_program* program, void* context,
                        size_t context_bytes, void* data, size_t bytes, uint64_t budget,
                        weir_result* result) {
  return give(
      worker->worker->run_at(*program->instance, {static_cast<uint8_t*>(context), context_bytes},
                             {static_cast<uint8_t*>(data), bytes},
                             budget != 0 ? budget : weir::kDefaultBudget),
      result);
}

void weir_worker_set_user(weir_worker* worker, void* user) {
  worker->worker->set_user(user);
}

const char* weir_trap_name(uint32_t trap) {
  return weir::trap_name(static_cast<weir::TrapCode>(trap)).data();
}

char* weir_program_explain(const weir_program* program, const weir_result* result) {
  if (result->trap == 0) return nullptr;
  return guarded<char*>(nullptr, nullptr, [&]() -> weir::Result<char*> {
    const weir::ProgramSet& programs = program->instance->programs();
    if (result->trap_program >= programs.size()) return nullptr;
    const weir::Trap trap{static_cast<weir::TrapCode>(result->trap), result->trap_instruction};
    return copy_text(programs.executable(result->trap_program).describe(trap).to_string());
  });
}

weir_map* weir_program_map(const weir_program* program, const char* name) {
  return weir::handle_of(program->instance->find_map(name));
}

weir_map* weir_program_map_at(const weir_program* program, size_t index) {
  const auto maps = program->instance->maps();
  return index < maps.size() ? weir::handle_of(maps[index].map()) : nullptr;
}

void weir_map_get_info(const weir_map* handle, weir_map_info* info) {
  const weir::Map* const map = weir::map_of(handle);
  static_assert(sizeof info->name == sizeof map->name);
  *info = {.type = map->type,
           .key_size = map->key_size,
           .value_size = map->value_size,
           .max_entries = map->max_entries,
           .flags = map->flags,
           .host_value_size = weir::map_host_value_size(map)};
  std::memcpy(info->name, map->name, sizeof info->name);
}

weir_map* weir_host_add_map(weir_host* host, const weir_map_info* info, char** error) {
  return guarded<weir_map*>(error, nullptr, [&]() -> weir::Result<weir_map*> {
    weir::MapSpec spec;
    spec.name.assign(info->name, strnlen(info->name, sizeof info->name));
    if (spec.name.empty()) return weir::Error(weir::ErrorCode::kUsage, "the map's name is not set");
    spec.type = info->type;
    spec.key_size = info->key_size;
    spec.value_size = info->value_size;
    spec.max_entries = info->max_entries;
    spec.flags = info->flags;
    WEIR_TRY(weir::Map* const map, host->host->add_map(spec));
    return weir::handle_of(map);
  });
}

int weir_map_lookup(const weir_map* map, const void* key, void* value, uint64_t flags) {
  return static_cast<int>(weir::map_host_lookup(weir::map_of(map), key, value, flags));
}

int weir_map_update(weir_map* map, const void* key, const void* value, uint64_t flags) {
  return static_cast<int>(weir::map_host_update(weir::map_of(map), key, value, flags));
}

int weir_map_delete(weir_map* map, const void* key) {
  return static_cast<int>(weir::map_host_delete(weir::map_of(map), key));
}

int weir_map_next_key(const weir_map* map, const void* key, void* next) {
  return static_cast<int>(weir::map_get_next_key(weir::map_of(map), key, next));
}

int weir_map_consume(weir_map* handle, uint32_t limit, weir_record_fn record, void* user) {
  weir::Map* const map = weir::map_of(handle);
  if (map->type != BPF_MAP_TYPE_RINGBUF) return -EINVAL;
  struct Call {
    weir_record_fn record;
    void* user;
  } call{record, user};
  return static_cast<int>(weir::ring_buffer_consume(
      map, limit,
      [](void* context, const void* data, uint32_t size) -> int64_t {
        const auto* const to = static_cast<const Call*>(context);
        return to->record(to->user, data, size);
      },
      &call));
}
