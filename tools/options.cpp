// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/options.h"

#include <algorithm>
#include <charconv>

#include <unistd.h>

#include <fmt/format.h>

#include "cache/folder.h"
#include "cache/layered_store.h"
#include "cache/remote/stacked_store.h"
#include "cache/size_text.h"
#include "runtime/abi/section_hook.h"
#include "runtime/engine/admission.h"
#include "tools/remote_stores.h"
#include "tools/signing.h"

namespace weir::tool {

void add_program_choice(CLI::App& command, ProgramChoice& choice) {
  command.add_option("--prog-name", choice.name, "The program of this name")->type_name("NAME");
  command.add_option("--section", choice.section, "The program in this section")->type_name("NAME");
}

void add_policy(CLI::App& command, Policy& policy) {
  add_named(
      command, "--policy", policy, policy_from_name, "strict|guard|trusted",
      "What happens to an access that is not proven safe: the program is rejected, the access is "
      "checked at run time (default), or nothing is checked")
      ->envname("WEIR_POLICY");
}

void add_at(CLI::App& command, std::optional<ContextKind>& at) {
  add_named(command, "--at", at, context_from_name, "KIND",
            "What the program is given: memory, ip, frame, or a hook kind of the kernel: xdp, "
            "sched_cls, socket_filter, kprobe, ... (weir feature lists them; default: as its "
            "section says)");
}

void add_helpers(CLI::App& command, std::optional<HelperSet>& helpers) {
  add_named(command, "--helpers", helpers, helper_set_from_name, "none|conformance|kernel",
            "The helper functions that the program may call (default: as the hook kind has)");
}

void add_compile_choice(CLI::App& command, CompileChoice& choice, bool with_at) {
  add_policy(command, choice.policy);
  add_named(command, "-O", choice.opt_level, opt_level_from_name, "0|1|2|3|s",
            "Optimisation level, s for small code (default 2)")
      ->envname("WEIR_OPT_LEVEL");
  command
      .add_option(
          "--cpu", choice.cpu,
          "CPU to compile for: native, native-level (the level of this machine), x86-64, "
          "x86-64-v2 to -v4, haswell to graniterapids, znver1 to -4, each with ,+feature or "
          ",-feature")
      ->type_name("CPU")
      ->check([](const std::string& text) {
        for (const std::string& one : split_cpus(text)) {
          if (auto cpu = parse_cpu(one); !cpu) {
            return fmt::format("{}; {}", cpu.error().message(), cpu.error().hint());
          }
        }
        return std::string();
      })
      ->envname("WEIR_CPU");
  add_helpers(command, choice.helpers);
  if (with_at) add_at(command, choice.at);
}

std::vector<std::string> split_cpus(std::string_view text) {
  std::vector<std::string> cpus;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    const bool is_feature = item.starts_with('+') || item.starts_with('-');
    if (is_feature && !cpus.empty()) {
      cpus.back() += fmt::format(",{}", item);
    } else {
      cpus.emplace_back(item);
    }
  }
  return cpus;
}

Result<CompileOptions> CompileChoice::options_for(std::string_view section,
                                                  std::string_view default_cpu) const {
  CompileOptions options;
  options.policy = policy;
  options.opt_level = opt_level;
  if (split_cpus(cpu).size() > 1) {
    return Error(ErrorCode::kUsage,
                 fmt::format("'{}' is several CPUs, only weir compile takes that", printable(cpu)));
  }
  WEIR_TRY(options.cpu, parse_cpu(cpu.empty() ? default_cpu : std::string_view(cpu)));
  if (const std::string_view type = foreign_section(section); !type.empty() && !at) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("the section '{}' holds a program of type {}, which weir does not run",
                             printable(section), type))
        .with_hint("say with --at what it is to be given");
  }
  if (!at) {
    if (Status known = check_section_hook(section); !known) {
      return known.take_error().with_hint(
          "say with --at what it is to be given, or load it in the host that has the hook");
    }
  }
  options.context = at.value_or(context_from_section(section));
  options.helpers = helpers.value_or(default_helpers(options.context));
  return options;
}

void add_engine_choice(CLI::App& command, EngineChoice& choice) {
  add_named(command, "--engine", choice.engine, engine_from_name, "interp|jit|aot|auto",
            "What runs the program (default auto: native code if it can be had, else the "
            "interpreter)")
      ->envname("WEIR_ENGINE");
  command
      .add_option("--budget", choice.budget,
                  fmt::format("Backward jumps and calls that one run may make (default {})",
                              kDefaultBudget))
      ->type_name("N")
      ->check([](const std::string& text) {
        // CLI11 would take -1 for 2^64 - 1.
        if (text.find_first_not_of("0123456789") != std::string::npos)
          return fmt::format("'{}' is no number", printable(text));
        uint64_t budget = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), budget);
        return error == std::errc() && budget <= kMaxBudget
                   ? std::string()
                   : fmt::format("at most {}", kMaxBudget);
      })
      ->envname("WEIR_BUDGET");
}

void add_cache_folder(CLI::App& command, CacheChoice& choice) {
  command
      .add_option("--cache-dir", choice.folder,
                  "Folder of the cache (default: $XDG_CACHE_HOME/weir or ~/.cache/weir)")
      ->type_name("DIR")
      ->envname("WEIR_CACHE_DIR");
}

void add_cache_choice(CLI::App& command, CacheChoice& choice) {
  add_cache_folder(command, choice);
  command.add_flag("--no-cache", choice.off, "Neither read nor write the cache")
      ->envname("WEIR_NO_CACHE");
  command
      .add_option("--cache-max-size", choice.max_size,
                  "Size that the cache may grow to (default 1Gi; 0 for no limit)")
      ->type_name("SIZE")
      ->check([](const std::string& text) {
        auto size = parse_size(text);
        return size ? std::string() : size.error().message();
      })
      ->envname("WEIR_CACHE_MAX_SIZE");
  command
      .add_option("--system-cache-dir", choice.system_folder,
                  fmt::format("Store of the machine's that is looked into as well, and never "
                              "written (default {}, if it is there)",
                              kSystemCacheFolder))
      ->type_name("DIR")
      ->envname("WEIR_SYSTEM_CACHE_DIR");
  add_host_policy(command, choice);
  add_sign_key(command, choice.sign_key);
  add_remote(command, choice.remote);
}

void add_host_policy(CLI::App& command, CacheChoice& choice) {
  command
      .add_option(
          "--host-policy", choice.host_policy,
          "One more policy for what may run: who must have signed it, which hooks and policies "
          "(~/.config/weir/policy.json and /etc/weir/policy.json count if they are there)")
      ->type_name("FILE")
      ->envname("WEIR_HOST_POLICY");
  command.add_flag("--reverify", choice.reverify,
                   "Analyse the bytecode of native code again before it runs, as a host policy's "
                   "\"reverify\" does");
}

void add_sign_key(CLI::App& command, std::string& key) {
  command
      .add_option("--sign-key", key,
                  "Sign what is kept: a key that weir key list shows, or its file")
      ->type_name("NAME|FILE")
      ->envname("WEIR_SIGN_KEY");
}

void add_remote(CLI::App& command, std::string& remote) {
  command
      .add_option("--remote", remote,
                  "Stores that are asked after the cache, in order, separated by commas: http://, "
                  "https:// or redis://, with |attribute behind each, or off (default: what "
                  "~/.config/weir/remotes or /etc/weir/remotes say)")
      ->type_name("URL,...")
      ->check([](const std::string& text) {
        const auto remotes = configured_remotes(text);
        return remotes ? std::string() : remotes.error().to_string().substr(7);
      })
      ->envname("WEIR_REMOTE");
}

Result<std::string> CacheChoice::path() const {
  if (!folder.empty()) return folder;
  return default_cache_folder();
}

Result<std::shared_ptr<const Trust>> CacheChoice::trust() const {
  TrustSources sources = TrustSources::defaults();
  const bool known = std::ranges::any_of(sources.policies, [&](const TrustSources::Named& source) {
    return source.path == host_policy;  // by $WEIR_HOST_POLICY, for example
  });
  if (!host_policy.empty() && !known) sources.policies.push_back({host_policy, true});
  WEIR_TRY(Trust trust, Trust::load(sources));
  for (const HostPolicy& policy : trust.policies()) WEIR_CHECK(check_names(policy));
  if (reverify) {
    HostPolicy again;
    again.path = "--reverify";
    for (const Origin origin : kOrigins) again.reverify.add(origin);
    trust.add(std::move(again));
  }
  return std::make_shared<const Trust>(std::move(trust));
}

namespace {

// A store that could not be opened: it says why to whoever looks something up that no other has.
class RefusedStore final : public Store {
 public:
  explicit RefusedStore(Error why) : why_(std::move(why)) {}
  Result<Lookup> lookup(const Digest&) override { return Error(why_); }
  Status put(const Digest&, ByteSpan, const Description&) override { return Error(why_); }
  std::string name() const override { return why_.where().file; }

 private:
  Error why_;
};

}  // namespace

OptionalCache::OptionalCache(const CacheChoice& choice, std::shared_ptr<const Trust> trust,
                             CacheUse use) {
  if (choice.off) return;
  Status opened = open(choice, std::move(trust), use);
  if (!opened) problem_ = opened.take_error();
}

OptionalCache::~OptionalCache() = default;

Store* OptionalCache::store() {
  if (stack_) return stack_.get();
  return base_.get();
}

Status OptionalCache::open(const CacheChoice& choice, std::shared_ptr<const Trust> trust,
                           CacheUse use) {
  StoreOptions options;
  options.trust = trust;
  if (!choice.max_size.empty()) {
    WEIR_TRY(options.max_size, parse_size(choice.max_size));
  }
  if (!choice.sign_key.empty()) {
    WEIR_TRY(options.signer, make_signer(choice.sign_key, ""));
  }
  WEIR_TRY(const std::string path, choice.path());
  WEIR_TRY(LocalStore opened, LocalStore::open(path, options));
  WEIR_TRY(std::vector<RemoteAddress> remotes, configured_remotes(choice.remote));
  auto own = std::make_unique<LocalStore>(std::move(opened));
  own_ = &*own;
  // The machine's store is used where there is one; that of a command line must be there.
  StoreOptions system_options = options;
  system_options.read_only = true;
  system_options.origin = Origin::kSystem;
  system_options.signer = nullptr;
  const bool named = !choice.system_folder.empty();
  auto system = LocalStore::open(named ? choice.system_folder : kSystemCacheFolder, system_options);
  if (!system && named) return system.take_error();
  if (!system && system.error().code() == ErrorCode::kCacheUnavailable) {  // there is none
    base_ = std::move(own);
  } else {
    std::vector<std::unique_ptr<Store>> layers;
    layers.push_back(std::move(own));
    if (system) {
      layers.push_back(std::make_unique<LocalStore>(std::move(*system)));
    } else {
      layers.push_back(std::make_unique<RefusedStore>(system.take_error()));
    }
    base_ = std::make_unique<LayeredStore>(std::move(layers));
  }
  if (use == CacheUse::kCheck || (use == CacheUse::kRun && remotes.empty())) return {};
  const bool fill = use == CacheUse::kFill;
  StackParts parts = {.remotes = std::move(remotes),
                      .local = base_.get(),
                      .own = own_,
                      .trust = std::move(trust),
                      .signer = options.signer,
                      .options = {.wait_for_room = fill, .offer_hits = fill},
                      .leases = fill};
  auto stack = open_stack(parts);
  if (!stack) {
    // The local store is still good.
    problem_ = stack.take_error();
    parts.remotes.clear();
    stack = open_stack(std::move(parts));
    if (!stack) return stack.take_error();
  }
  stack_ = std::move(*stack);
  return {};
}

bool OptionalCache::may_have_come(const Digest& key) const {
  if (stack_ && !stack_->remotes().empty()) return true;
  return own_ != nullptr && ::access(own_->entry_path(key).c_str(), F_OK) == 0;
}

CacheReport OptionalCache::complete(CacheReport report) const {
  if (stack_) {
    for (Error& problem : stack_->take_problems()) report.problems.push_back(std::move(problem));
  }
  if (!problem_) return report;
  if (!base_) report.outcome = CacheOutcome::kUnavailable;
  report.problems.push_back(*problem_);
  return report;
}

}  // namespace weir::tool
