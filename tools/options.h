// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options that several commands share, each with its variable in the environment: declared once, so
// that they mean the same everywhere.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/local_store.h"
#include "cache/trust.h"
#include "frontend/support/text.h"
#include "runtime/engine/executable.h"
#include "tools/command.h"

namespace weir {
class StackedStore;  // cache/remote/stacked_store.h
}

namespace weir::tool {

// An option whose value is one of a few names. `find` gives the value of a name, or nothing;
// `names` are shown, "strict|guard|trusted".
template <class T, class Find>
CLI::Option* add_named(CLI::App& command, const std::string& flag, T& value, Find find,
                       const std::string& names, const std::string& help) {
  return command
      .add_option_function<std::string>(
          flag,
          [&value, find, flag, names](const std::string& text) {
            const auto found = find(text);
            if (!found) {
              throw CLI::ValidationError(flag, "'" + printable(text) + "' is none of " + names);
            }
            value = *found;
          },
          help)
      ->type_name(names);
}

// Which program of a file that has several.
struct ProgramChoice {
  std::string name;
  std::string section;
};
void add_program_choice(CLI::App& command, ProgramChoice& choice);

// What is compiled, and how.
struct CompileChoice {
  Policy policy = Policy::kGuard;
  uint8_t opt_level = 2;
  std::string cpu;                   // empty: what the command takes by default
  std::optional<HelperSet> helpers;  // as the hook kind has
  std::optional<ContextKind> at;     // empty: what the program's section says

  // For a program of a section, and one CPU. `default_cpu` is for an empty `cpu`.
  Result<CompileOptions> options_for(std::string_view section, std::string_view default_cpu) const;
};
// "x86-64-v2,+bmi,x86-64-v3": the CPUs of a list. A comma before '+' or '-' belongs to the CPU.
std::vector<std::string> split_cpus(std::string_view text);
// --policy, -O, --cpu, --helpers; --at where the command takes any kind of program.
void add_compile_choice(CLI::App& command, CompileChoice& choice, bool with_at);
void add_policy(CLI::App& command, Policy& policy);
void add_at(CLI::App& command, std::optional<ContextKind>& at);
void add_helpers(CLI::App& command, std::optional<HelperSet>& helpers);

struct EngineChoice {
  EngineKind engine = EngineKind::kAuto;
  uint64_t budget = kDefaultBudget;
};
void add_engine_choice(CLI::App& command, EngineChoice& choice);

struct CacheChoice {
  bool off = false;
  std::string folder;         // empty: default_cache_folder()
  std::string max_size;       // empty: the store's own default
  std::string host_policy;    // one more; empty: only the machine's and the user's
  std::string sign_key;       // empty: what is put there is not signed
  bool reverify = false;      // whatever the policy says
  std::string system_folder;  // of the machine's store; empty: kSystemCacheFolder
  std::string remote;         // as --remote says; empty: what is configured

  Result<std::string> path() const;
  // What the host allows. An Error here must stop the command: nobody goes on without a policy that
  // could not be read.
  Result<std::shared_ptr<const Trust>> trust() const;
};
void add_cache_folder(CLI::App& command, CacheChoice& choice);  // --cache-dir
void add_cache_choice(CLI::App& command, CacheChoice& choice);  // all of them
void add_host_policy(CLI::App& command, CacheChoice& choice);   // --host-policy
void add_sign_key(CLI::App& command, std::string& key);         // --sign-key
void add_remote(CLI::App& command, std::string& remote);        // --remote

enum class CacheUse : uint8_t {
  kRun,    // for what runs now: nothing waits long for a server
  kFill,   // to have programs compiled: uploads are waited for, work is shared with others
  kCheck,  // whether it can be opened
};

// The cache of a command that can do without, with the remote stores behind it.
class OptionalCache {
 public:
  // Never fails: what is wrong is kept. `trust` is choice.trust().
  OptionalCache(const CacheChoice& choice, std::shared_ptr<const Trust> trust,
                CacheUse use = CacheUse::kRun);
  ~OptionalCache();
  // Null if it is off or cannot be used.
  Store* store();
  // Of CacheUse::kFill always there if store() is; else if there are remote stores.
  StackedStore* stack() { return stack_.get(); }
  // Whether an entry that was not there a moment ago may be there now: worth another look.
  bool may_have_come(const Digest& key) const;
  const std::optional<Error>& problem() const { return problem_; }
  // What a run reports: `report`, with what remote stores had to tell, or that the cache could not
  // be opened.
  CacheReport complete(CacheReport report) const;

 private:
  Status open(const CacheChoice& choice, std::shared_ptr<const Trust> trust, CacheUse use);

  std::unique_ptr<Store> base_;  // the user's folder, perhaps with the machine's behind it
  LocalStore* own_ = nullptr;    // the folder, in base_
  std::unique_ptr<StackedStore> stack_;
  std::optional<Error> problem_;
};

}  // namespace weir::tool
