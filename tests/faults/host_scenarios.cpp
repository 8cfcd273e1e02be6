// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/faults/host_scenarios.h"

#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "cache/entry.h"
#include "cache/local_store.h"
#include "runtime/capi/weir.h"

namespace weir::faults {

namespace {

// A handle, closed when it goes. The functions are the C interface's, which throws nothing: what
// comes out of one of them ends the process, and the sweep tells.
template <class T, void (*Close)(T*) noexcept>
struct Handle {
  T* it = nullptr;
  Handle() = default;
  explicit Handle(T* made) : it(made) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { Close(it); }
};
void close_host(weir_host* host) noexcept {
  weir_host_close(host);
}
void close_program(weir_program* program) noexcept {
  weir_program_close(program);
}
void close_worker(weir_worker* worker) noexcept {
  weir_worker_close(worker);
}
void close_filter(weir_filter* filter) noexcept {
  weir_filter_close(filter);
}
using Host = Handle<weir_host, close_host>;
using Program = Handle<weir_program, close_program>;
using Worker = Handle<weir_worker, close_worker>;
using Filter = Handle<weir_filter, close_filter>;

// A call of the interface; an exception out of it ends the process.
template <class Call>
auto border(Call&& call) noexcept {
  return call();
}

Outcome refused_by(char* error) {
  const Outcome out = refused(error);
  weir_string_free(error);
  return out;
}

weir_host* open_host(char** error, const char* cache = "",
                     const char* compiler = nullptr) noexcept {
  const weir_host_options options = {.size = sizeof options,
                                     .workers = 2,
                                     .cache = cache,
                                     .compiler = compiler,
                                     .host_policy = ""};
  return weir_host_open(&options, error);
}

weir_program* open_program(weir_host* host, const char* path, const char* name, char** error,
                           weir_program_options options = {}) noexcept {
  options.size = sizeof options;
  options.name = name;
  return weir_program_open(host, path, &options, error);
}

// One packet, on which `everything` must transmit.
Outcome run_everything(weir_worker* worker, const weir_program* program) noexcept {
  uint8_t packet[64] = {1, 2, 3};
  weir_result result;
  if (weir_program_run(worker, program, packet, sizeof packet, 0, &result) != 0) {
    return wrong("the run trapped");
  }
  if (result.r0 != XDP_TX) return wrong("the run gave another verdict");
  const uint32_t key = 1;
  uint64_t count = 0;
  weir_map* const counts = weir_program_map(program, "counts");
  if (counts == nullptr || weir_map_lookup(counts, &key, &count, 0) != 0 || count == 0) {
    return wrong("the run was not counted");
  }
  return done();
}

Outcome load_and_run(const char* path, weir_program_options options, const char* cache) noexcept {
  char* error = nullptr;
  const Host host(open_host(&error, cache));
  if (host.it == nullptr) return refused_by(error);
  const Worker worker(border([&] { return weir_worker_open(host.it, &error); }));
  if (worker.it == nullptr) return refused_by(error);
  const Program program(open_program(host.it, path, "everything", &error, options));
  if (program.it == nullptr) return refused_by(error);
  if (std::strcmp(weir_program_hook(program.it), "xdp") != 0) return wrong("another hook");
  const Outcome out = run_everything(worker.it, program.it);
  weir_string_free(border([&] { return weir_program_fallback(program.it); }));
  return out;
}

Outcome trap(const char* path) noexcept {
  char* error = nullptr;
  const Host host(open_host(&error));
  if (host.it == nullptr) return refused_by(error);
  const Worker worker(border([&] { return weir_worker_open(host.it, &error); }));
  if (worker.it == nullptr) return refused_by(error);
  const Program program(open_program(host.it, path, "reaches_too_far", &error));
  if (program.it == nullptr) return refused_by(error);
  uint8_t packet[64] = {};
  weir_result result;
  if (weir_program_run(worker.it, program.it, packet, sizeof packet, 0, &result) != -1) {
    return wrong("a guard let it pass");
  }
  weir_string_free(border([&] { return weir_program_explain(program.it, &result); }));
  return done();
}

// Refused always, with a text that says why.
Outcome strict(const char* path) noexcept {
  char* error = nullptr;
  const Host host(open_host(&error));
  if (host.it == nullptr) return refused_by(error);
  const Program program(
      open_program(host.it, path, "reaches_too_far", &error, {.policy = WEIR_POLICY_STRICT}));
  if (program.it != nullptr) return wrong("strict accepts an access that is not proven");
  const bool why = error != nullptr && std::strstr(error, "data+100000") != nullptr;
  const Outcome out = refused_by(error);
  return why && out.kind == Outcome::Kind::kRefused ? done() : out;
}

// Each kind of map, by the host.
struct MapCase {
  uint32_t type, key, value, entries, flags;
};
constexpr MapCase kMaps[] = {
    {BPF_MAP_TYPE_ARRAY, 4, 8, 8, 0},
    {BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 8, 0},
    {BPF_MAP_TYPE_HASH, 4, 8, 8, 0},
    {BPF_MAP_TYPE_HASH, 4, 8, 8, BPF_F_NO_PREALLOC},
    {BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 8, 0},
    {BPF_MAP_TYPE_LRU_HASH, 4, 8, 8, 0},
    {BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 8, 0},
    {BPF_MAP_TYPE_LPM_TRIE, 8, 8, 8, BPF_F_NO_PREALLOC},
    {BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0},
    {BPF_MAP_TYPE_QUEUE, 0, 8, 8, 0},
    {BPF_MAP_TYPE_STACK, 0, 8, 8, 0},
    {BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 8, 0},
    {BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2, 0},
    {BPF_MAP_TYPE_DEVMAP, 4, 4, 8, 0},
    {BPF_MAP_TYPE_CPUMAP, 4, 4, 2, 0},
    {BPF_MAP_TYPE_XSKMAP, 4, 4, 8, 0},
    {BPF_MAP_TYPE_SOCKMAP, 4, 4, 8, 0},
};

bool has_values(uint32_t type) {
  return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH ||
         type == BPF_MAP_TYPE_LPM_TRIE || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

Outcome use_map(weir_map* map, const MapCase& shape) noexcept {
  uint8_t key[8] = {1}, next[8] = {};
  uint8_t value[64] = {7}, found[64] = {};
  const bool keyed = shape.key != 0;
  if (shape.type == BPF_MAP_TYPE_LPM_TRIE) key[0] = 32;
  (void)weir_map_update(map, keyed ? key : nullptr, value, BPF_ANY);
  const int got = weir_map_lookup(map, keyed ? key : nullptr, found, 0);
  if (has_values(shape.type)) {
    if (got != 0 || found[0] != 7) return wrong("an update did not stay");
    if (weir_map_next_key(map, nullptr, next) != 0) return wrong("no key where one was put");
  }
  (void)weir_map_delete(map, key);
  (void)weir_map_consume(map, 10, [](void*, const void*, size_t) { return 0; }, nullptr);
  return done();
}

Outcome maps() noexcept {
  char* error = nullptr;
  const Host host(open_host(&error));
  if (host.it == nullptr) return refused_by(error);
  Outcome out;
  for (size_t i = 0; i < std::size(kMaps); ++i) {
    const MapCase& shape = kMaps[i];
    weir_map_info info = {.type = shape.type,
                          .key_size = shape.key,
                          .value_size = shape.value,
                          .max_entries = shape.entries,
                          .flags = shape.flags};
    std::snprintf(info.name, sizeof info.name, "map_%zu", i);
    weir_map* const map = border([&] { return weir_host_add_map(host.it, &info, &error); });
    if (map == nullptr) {
      out = refused_by(error);
      if (out.kind == Outcome::Kind::kWrong) return out;
      continue;
    }
    const Outcome used = use_map(map, shape);
    if (used.kind != Outcome::Kind::kDone) return used;
  }
  return out;
}

constexpr uint32_t kSize = 64, kRoom = 32;
weir_packet run_packet(weir_worker* worker, weir_filter* filter) noexcept {
  static uint8_t bytes[kSize + 2 * kRoom];
  std::memset(bytes, 0, sizeof bytes);
  weir_packet packet = {.data = bytes + kRoom, .size = kSize, .headroom = kRoom, .tailroom = kRoom};
  weir_filter_run(worker, filter, &packet, 1);
  return packet;
}

// A change that failed has changed nothing: what runs is `link`'s program, or nobody's.
Outcome filter(const char* path) noexcept {
  char* error = nullptr;
  const Host host(open_host(&error));
  if (host.it == nullptr) return refused_by(error);
  const Worker worker(border([&] { return weir_worker_open(host.it, &error); }));
  if (worker.it == nullptr) return refused_by(error);
  const Program first(open_program(host.it, path, "everything", &error));
  if (first.it == nullptr) return refused_by(error);
  const Program second(open_program(host.it, path, "behind", &error, {.maps_from = first.it}));
  if (second.it == nullptr) return refused_by(error);
  const weir_filter_options options = {.size = sizeof options,
                                       .hook = "xdp",
                                       .on_trap = WEIR_DROP_IT,
                                       .measure_every = 1,
                                       .history = 2};
  const Filter filter(border([&] { return weir_filter_open(host.it, &options, &error); }));
  if (filter.it == nullptr) return refused_by(error);

  Outcome out;
  const auto try_change = [&](auto&& change) {
    const uint64_t before = weir_filter_generation(filter.it);
    error = nullptr;
    if (border(change) == 0) return true;
    out = refused_by(error);
    if (weir_filter_generation(filter.it) != before) out = wrong("a change that failed was made");
    return false;
  };
  const auto expect = [&](uint32_t action, const char* when) {
    const weir_packet packet = run_packet(worker.it, filter.it);
    if (packet.action != action) out = wrong(when);
  };
  uint32_t link = 0;
  const bool attached =
      try_change([&] { return weir_filter_attach(filter.it, first.it, nullptr, &link, &error); });
  expect(attached ? WEIR_TRANSMIT : WEIR_PASS, "attached, or not, is not what runs");
  if (attached) {
    const bool replaced =
        try_change([&] { return weir_filter_replace(filter.it, link, second.it, &error); });
    expect(WEIR_TRANSMIT, "replaced is not what runs");
    if (replaced) try_change([&] { return weir_filter_rollback(filter.it, &error); });
    expect(WEIR_TRANSMIT, "rolled back is not what runs");
  }
  uint32_t other = 0;
  const bool two =
      try_change([&] { return weir_filter_attach(filter.it, second.it, nullptr, &other, &error); });
  weir_link_info info[4];
  (void)border([&] { return weir_filter_get_links(filter.it, info, 4); });
  weir_string_free(border([&] { return weir_filter_explain_traps(filter.it, link); }));
  weir_filter_counts counts;
  weir_filter_get_counts(filter.it, &counts);
  if (two) {
    const bool gone = try_change([&] { return weir_filter_detach(filter.it, other, &error); });
    expect(!gone || attached ? WEIR_TRANSMIT : WEIR_PASS, "detached is not what runs");
  }
  (void)border([&] { return weir_host_reclaim(host.it); });
  return out;
}

Outcome registrations(const char* path) noexcept {
  char* error = nullptr;
  static const weir_field fields[] = {{"tenant", 0, 4, WEIR_FIELD_NUMBER, 0},
                                      {"verdict", 4, 4, WEIR_FIELD_NUMBER, 1}};
  const weir_hook_options hook = {.size = sizeof hook,
                                  .name = "faults",
                                  .context_bytes = 8,
                                  .fields = fields,
                                  .field_count = 2};
  if (border([&] { return weir_hook_register(&hook, &error); }) != 0) return refused_by(error);
  const weir_hook_options of_btf = {
      .size = sizeof of_btf, .name = "faults_prefix", .btf_struct = "prefix", .btf_file = path};
  if (border([&] { return weir_hook_register(&of_btf, &error); }) != 0) return refused_by(error);
  const weir_helper helper = {.number = 216,
                              .name = "nothing",
                              .function = [](uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                             weir_call*) -> uint64_t { return 0; },
                              .arguments = {WEIR_ARG_NUMBER}};
  if (border([&] { return weir_helpers_register(&helper, 1, &error); }) == 0) {
    return refused_by(error);
  }
  return done();
}

// Nothing of the pinned maps is half made: what is there can be opened.
Outcome pinned(const char* path, const char* folder) noexcept {
  const Outcome out = load_and_run(path, {.pin_folder = folder, .pin_all = 1}, "");
  if (out.kind == Outcome::Kind::kDone) {
    // The next one makes them anew.
    for (const char* name :
         {"counts", "per_cpu", "flows", "recent", "routes", "events", "queue", "inside"}) {
      char file[4096];
      std::snprintf(file, sizeof file, "%s/%s", folder, name);
      (void)::unlink(file);
    }
  }
  return out;
}

Outcome compile_in_background(const char* path, const char* compiler) noexcept {
  char* error = nullptr;
  const Host host(open_host(&error, "", compiler));
  if (host.it == nullptr) return refused_by(error);
  const Worker worker(border([&] { return weir_worker_open(host.it, &error); }));
  if (worker.it == nullptr) return refused_by(error);
  const Program program(open_program(host.it, path, "takes_long", &error));
  if (program.it == nullptr) return refused_by(error);
  // Native, or a reason why it stays in the interpreter.
  for (int i = 0; i < 2000; ++i) {
    if (std::strcmp(weir_program_engine(program.it), "aot") == 0) return done();
    char* const why = border([&] { return weir_program_fallback(program.it); });
    const bool waits = why == nullptr || std::strcmp(why, "its native code is being made") == 0;
    if (!waits) return refused_by(why);
    weir_string_free(why);
    const timespec pause = {0, 5'000'000};
    ::nanosleep(&pause, nullptr);
  }
  return wrong("neither native nor a reason");
}

Outcome store(const std::string& folder) {
  const auto failed = [](const Error& error) { return refused(error.message().c_str()); };
  const Digest key{};
  static const std::vector<uint8_t> object(5000, 0x5a);
  auto opened = LocalStore::open(folder);
  if (!opened) return failed(opened.error());
  // What is there in the end is the entry, whatever failed.
  if (auto cleared = opened->clear(); !cleared) return failed(cleared.error());
  if (auto put = opened->put(key, object, {}); !put) return failed(put.error());
  auto found = opened->lookup(key);
  if (!found) return failed(found.error());
  if (found->hit() && !std::ranges::equal(found->object, object)) return wrong("other bytes");
  if (auto listed = opened->list(); !listed) return failed(listed.error());
  if (auto verified = opened->verify(); !verified) return failed(verified.error());
  return done();
}

}  // namespace

std::vector<Scenario> host_scenarios(const Files& files) {
  const auto object = [&files] { return files.object.c_str(); };
  const auto folder = [&files](const char* name) { return files.folder + "/" + name; };
  std::vector<Scenario> out;
  out.push_back({"load, verify, interpret",
                 [=] { return load_and_run(object(), {.engine = WEIR_ENGINE_INTERP}, ""); },
                 {}});
  out.push_back(
      {"native object",
       [&files] { return load_and_run(files.native.c_str(), {.engine = WEIR_ENGINE_NATIVE}, ""); },
       {}});
  out.push_back({"from the cache",
                 [=, cache = folder("cache")] { return load_and_run(object(), {}, cache.c_str()); },
                 {}});
  out.push_back({"a trap", [=] { return trap(object()); }, {}});
  out.push_back({"refused by strict", [=] { return strict(object()); }, {}});
  out.push_back({"maps of each kind", [] { return maps(); }, {}});
  out.push_back({"a filter's changes", [=] { return filter(object()); }, {}});
  out.push_back({"hooks and helpers", [=] { return registrations(object()); }, {}});
  out.push_back(
      {"pinned maps", [=, pins = folder("pins")] { return pinned(object(), pins.c_str()); }, {}});
  return out;
}

Scenario compiler_scenario(const Files& files) {
  return {"compiled in the background",
          [&files, compiler = "start:" + files.weir] {
            return compile_in_background(files.object.c_str(), compiler.c_str());
          },
          {}};
}

Scenario store_scenario(const Files& files) {
  const std::string folder = files.folder + "/store";
  return {"the store", [folder] { return store(folder); }, folder};
}

}  // namespace weir::faults
