// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the filters of one process have in common: code that is loaded once however many hooks run
// it, the cache it comes from, and the threads that run it.
//
//   Host ── load() ──▶ Instance ── attach() ──▶ Filter ── run(Worker, packets) ──▶ verdicts
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cache/store.h"
#include "runtime/abi/host_services.h"
#include "runtime/hooks/epochs.h"
#include "runtime/hooks/instance.h"
#include "runtime/hooks/program_file.h"

namespace weir {

struct MapSpec;  // runtime/maps/map_spec.h

struct HostOptions {
  // Threads that run programs at once, each with its own values of per-CPU maps. 0: as many as the
  // machine can have CPUs.
  uint32_t workers = 0;
  Store* cache = nullptr;                  // null: eBPF files are not looked up anywhere
  CompilerProvider* compiler = nullptr;    // null: what is not in the cache is interpreted
  // Engine kAuto: who compiles what is not in the cache while it runs already. It and the cache are
  // there as long as any program of the host.
  LaterCompiler* later = nullptr;
  const HostServices* services = nullptr;  // outlives the host
  bool allow_trusted = false;              // programs that nothing checks
  const Trust* trust = nullptr;            // what may run at all; outlives the host; null: anything
};

struct InstanceOptions {
  std::string program;  // its name; empty: the only one of the file
  EngineKind engine = EngineKind::kAuto;
  Policy policy = Policy::kGuard;
  // What programs of no kernel's kind are given (kIp, kFrame, kMemory); empty: as their section
  // says.
  std::optional<ContextKind> at;
  // Helpers that eBPF programs may call (abi/host_hooks.h); empty: those that the hook has.
  std::optional<HelperSet> helpers;
  // Maps that it has with the same name and shape are taken over, contents and all.
  std::shared_ptr<const Instance> maps_from;
  // Maps that ask for it (LIBBPF_PIN_BY_NAME) are pinned here, or all; empty: none.
  std::string pin_folder;
  bool pin_all = false;
};

// All calls may come from any thread. It outlives its workers and filters.
class Host {
 public:
  explicit Host(const HostOptions& options = {});
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const HostOptions& options() const { return options_; }
  Epochs& epochs() { return epochs_; }

  // A program of the file with maps of its own. The same program of the same bytes, loaded with the
  // same options, is the same code in memory.
  Result<std::shared_ptr<const Instance>> load(const ProgramFile& file,
                                               const InstanceOptions& options);

  // A map of the host's own: programs that are loaded from now on and have a map of that name and
  // shape use it. It lives as long as the host and whoever has it. Errors: those of create_map().
  Result<Map*> add_map(const MapSpec& spec);

  // A place among the workers: its number is what bpf_get_smp_processor_id gives.
  Result<uint32_t> take_cpu();
  void give_back_cpu(uint32_t cpu);

  // Pieces of code that are in use now.
  size_t code_count();

 private:
  friend class InstanceMaker;
  // Code and what is needed to make an instance of it.
  struct Code {
    std::shared_ptr<const Executable> executable;
    std::vector<MapDef> maps;
  };
  using CodeKey = std::tuple<Digest, size_t, EngineKind, Policy, std::optional<ContextKind>,
                             std::optional<HelperSet>>;
  Result<std::shared_ptr<const Code>> code(const ProgramFile& file, size_t index,
                                           const InstanceOptions& options);
  void copy_own_maps(std::vector<MapHandle>& into);

  HostOptions options_;
  Epochs epochs_;
  std::mutex mutex_;
  std::map<CodeKey, std::weak_ptr<const Code>> codes_;
  std::vector<bool> cpus_;  // taken
  struct OwnMaps;           // not here: <linux/bpf.h> and <pcap/bpf.h> exclude each other
  std::shared_ptr<OwnMaps> own_maps_;
};

}  // namespace weir
