// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/options.h"

#include <fmt/format.h>

#include "cache/folder.h"
#include "cache/size_text.h"
#include "runtime/abi/section_hook.h"

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
  command.add_option("-O", choice.opt_level, "Optimisation level (default 2)")
      ->type_name("0..3")
      ->check(CLI::Range(0, 3))
      ->envname("WEIR_OPT_LEVEL");
  command
      .add_option("--cpu", choice.cpu,
                  "CPU to compile for: native, x86-64, x86-64-v2 to -v4, each with ,+feature or "
                  ",-feature")
      ->type_name("CPU")
      ->check([](const std::string& text) {
        auto cpu = parse_cpu(text);
        return cpu ? std::string()
                   : fmt::format("{}; {}", cpu.error().message(), cpu.error().hint());
      })
      ->envname("WEIR_CPU");
  add_helpers(command, choice.helpers);
  if (with_at) add_at(command, choice.at);
}

Result<CompileOptions> CompileChoice::options_for(std::string_view section,
                                                  std::string_view default_cpu) const {
  CompileOptions options;
  options.policy = policy;
  options.opt_level = static_cast<uint8_t>(opt_level);
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
        return text.find_first_not_of("0123456789") == std::string::npos
                   ? std::string()
                   : fmt::format("'{}' is no number", printable(text));
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
}

Result<std::string> CacheChoice::path() const {
  if (!folder.empty()) return folder;
  return default_cache_folder();
}

OptionalCache::OptionalCache(const CacheChoice& choice) {
  if (choice.off) return;
  StoreOptions options;
  if (!choice.max_size.empty()) {
    if (auto size = parse_size(choice.max_size)) options.max_size = *size;
  }
  auto path = choice.path();
  if (!path) {
    problem_ = path.take_error();
    return;
  }
  auto store = LocalStore::open(*path, options);
  if (!store) {
    problem_ = store.take_error();
    return;
  }
  store_ = std::move(*store);
}

CacheReport OptionalCache::complete(CacheReport report) const {
  if (!problem_) return report;
  report.outcome = CacheOutcome::kUnavailable;
  report.problems.push_back(*problem_);
  return report;
}

}  // namespace weir::tool
