// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir cache: what is in the cache, whether it is whole, why something was not found, and what may
// go. Looking never creates the folder.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cache/age_text.h"
#include "cache/entry_set.h"
#include "cache/explain.h"
#include "cache/size_text.h"
#include "frontend/support/text.h"
#include "tools/inputs.h"
#include "tools/output.h"
#include "tools/output_file.h"

namespace weir::tool {

namespace {

struct CacheCommand {
  CacheChoice cache;
  OutputOptions out;
  std::string what;  // of explain: a key or a file
  ProgramChoice program;
  CompileChoice compile;
  std::string max_size, max_age;
  std::vector<std::string> keys;  // of export; empty: all
  std::string file;               // of export and import
  bool unsigned_too = false;
  // ccache's options, without a command.
  CacheChoice own_cache;
  OutputOptions own_out;
  bool show_stats = false, zero_stats = false;
  std::string set_max_size, set_max_age, evict_older_than;
};

std::string time_text(Time time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

// A field or note of that tag, or nothing.
std::string value_of(const std::vector<KeyField>& fields, std::string_view tag) {
  for (const KeyField& field : fields) {
    if (field.tag == tag) return field.value;
  }
  return {};
}

struct OpenedCache {
  std::string path;
  std::optional<LocalStore> store;  // empty: there is no folder, so there are no entries
};

Result<OpenedCache> open_cache(const CacheCommand& command, bool read_only) {
  OpenedCache opened;
  WEIR_TRY(opened.path, command.cache.path());
  struct stat info {};
  if (::stat(opened.path.c_str(), &info) != 0 && errno == ENOENT) return opened;
  StoreOptions options;
  options.read_only = read_only;
  WEIR_TRY(LocalStore store, LocalStore::open(opened.path, options));
  opened.store.emplace(std::move(store));
  return opened;
}

// Runs `action`, which gives an Exit or an Error, on the opened cache.
template <class Action>
Exit with_cache(const CacheCommand& command, bool read_only, Action action) {
  auto opened = open_cache(command, read_only);
  if (!opened) return fail(opened.error(), command.out);
  Result<Exit> done = action(*opened);
  return done ? *done : fail(done.error(), command.out);
}

Exit run_stats(const CacheCommand& command) {
  return with_cache(command, true, [&](OpenedCache& cache) -> Result<Exit> {
    Stats stats;
    size_t entries = 0;
    StoreConfig config;
    if (cache.store) {
      config = cache.store->config();
      WEIR_TRY(stats, cache.store->stats());
      WEIR_TRY(const auto list, cache.store->list());
      entries = list.size();
    }
    if (command.out.as_json()) {
      print_json({{"folder", printable(cache.path, 4096)},
                  {"entries", entries},
                  {"bytes", stats.bytes},
                  {"max_size", config.max_size.value_or(kDefaultMaxSize)},
                  {"hits", stats.hits},
                  {"misses", stats.misses},
                  {"puts", stats.puts},
                  {"damaged", stats.damaged},
                  {"refused", stats.refused},
                  {"evicted", stats.evicted}},
                 command.out);
      return Exit::kOk;
    }
    fmt::print("folder   {}\n", printable(cache.path, 4096));
    fmt::print("entries  {} ({})\n", entries, format_size(stats.bytes));
    fmt::print("hits     {}\n", stats.hits);
    fmt::print("misses   {}\n", stats.misses);
    fmt::print("puts     {}\n", stats.puts);
    fmt::print("damaged  {}\n", stats.damaged);
    fmt::print("refused  {}\n", stats.refused);
    fmt::print("evicted  {}\n", stats.evicted);
    const uint64_t limit = config.max_size.value_or(kDefaultMaxSize);
    fmt::print("limit    {}{}\n", limit == 0 ? "none" : format_size(limit),
               config.max_age ? ", unused for " + format_age(*config.max_age) : "");
    return Exit::kOk;
  });
}

Json fields_json(const std::vector<KeyField>& fields) {
  Json out = Json::object();
  for (const KeyField& field : fields) out[printable(field.tag)] = printable(field.value, 4096);
  return out;
}

Json entry_json(const EntryInfo& entry) {
  Json out = {{"key", entry.key.hex()},
              {"file_size", entry.file_size},
              {"object_size", entry.object_size},
              {"last_used", time_text(entry.last_used)}};
  if (entry.problem) {
    out["problem"] = to_json(*entry.problem);
    return out;
  }
  out["made_from"] = fields_json(entry.description.key_fields);
  out["notes"] = fields_json(entry.description.notes);
  return out;
}

Exit run_list(const CacheCommand& command) {
  return with_cache(command, true, [&](OpenedCache& cache) -> Result<Exit> {
    std::vector<EntryInfo> entries;
    if (cache.store) {
      WEIR_TRY(entries, cache.store->list());
    }
    if (command.out.as_json()) {
      Json list = Json::array();
      for (const EntryInfo& entry : entries) list.push_back(entry_json(entry));
      print_json({{"folder", printable(cache.path, 4096)}, {"entries", std::move(list)}},
                 command.out);
      return Exit::kOk;
    }
    for (const EntryInfo& entry : entries) {
      const std::string about =
          entry.problem ? "unreadable: " + entry.problem->message()
                        : fmt::format("{}, {}, {}",
                                      program_label(value_of(entry.description.notes, "name"),
                                                    value_of(entry.description.notes, "section")),
                                      value_of(entry.description.key_fields, "policy"),
                                      value_of(entry.description.notes, "code"));
      fmt::print("{}  {}  {:>10}  {}\n", entry.key.hex().substr(0, 12), time_text(entry.last_used),
                 format_size(entry.file_size), about);
    }
    return Exit::kOk;
  });
}

void print_fields(const char* title, const std::vector<KeyField>& fields) {
  fmt::print("{}\n", title);
  for (const KeyField& field : fields) {
    fmt::print("  {:<12} {}\n", printable(field.tag), printable(field.value, 400));
  }
}

Exit explain_key(const CacheCommand& command, const EntryInfo& entry) {
  if (command.out.as_json()) {
    print_json(entry_json(entry), command.out);
    return Exit::kOk;
  }
  fmt::print("key        {}\n", entry.key.hex());
  fmt::print("size       {} in the cache, {} as an object\n", format_size(entry.file_size),
             format_size(entry.object_size));
  fmt::print("last used  {}\n", time_text(entry.last_used));
  print_fields("made from", entry.description.key_fields);
  print_fields("notes", entry.description.notes);
  return Exit::kOk;
}

// Would this file be found, and if not, what is different from the entry most like it.
Result<Exit> explain_file(const CacheCommand& command, const OpenedCache& cache) {
  WEIR_TRY(const Input input, Input::read(command.what));
  WEIR_TRY(const ProgramRef ref, input.choose_one(command.program));
  WEIR_TRY(const Program program, input.load(ref, command.compile.at));
  WEIR_TRY(const CompileOptions options, command.compile.options_for(ref.section, "native"));
  const NativeKey key = native_key(program, options);
  if (cache.store) {
    if (auto entry = cache.store->explain(key.digest.hex())) return explain_key(command, *entry);
  }
  std::optional<NearestEntry> nearest;
  if (cache.store) {
    WEIR_TRY(nearest, find_nearest(*cache.store, key.fields));
  }
  if (command.out.as_json()) {
    Json out = {
        {"key", key.digest.hex()}, {"found", false}, {"made_from", fields_json(key.fields)}};
    if (nearest) {
      Json differences = Json::array();
      for (const FieldDifference& d : nearest->differences) {
        differences.push_back({{"field", printable(d.tag)},
                               {"stored", printable(d.stored.value_or(""), 4096)},
                               {"wanted", printable(d.wanted.value_or(""), 4096)}});
      }
      out["nearest"] = {{"key", nearest->entry.key.hex()}, {"differences", differences}};
    }
    print_json(out, command.out);
    return Exit::kFailed;
  }
  fmt::print("not in the cache\nkey        {}\n", key.digest.hex());
  print_fields("made from", key.fields);
  if (nearest) {
    fmt::print("the entry most like it is {}\n", nearest->entry.key.hex().substr(0, 12));
    for (const FieldDifference& d : nearest->differences) {
      fmt::print("  {:<12} {}, wanted {}\n", printable(d.tag),
                 printable(d.stored.value_or("not there"), 400),
                 printable(d.wanted.value_or("none"), 400));
    }
  }
  return Exit::kFailed;
}

Exit run_explain(const CacheCommand& command) {
  return with_cache(command, true, [&](OpenedCache& cache) -> Result<Exit> {
    struct stat info {};
    if (::stat(command.what.c_str(), &info) == 0) return explain_file(command, cache);
    if (!cache.store) {
      return Error(ErrorCode::kNotFound, "the cache is empty").in_file(cache.path);
    }
    WEIR_TRY(const EntryInfo entry, cache.store->explain(command.what));
    return explain_key(command, entry);
  });
}

Exit run_verify(const CacheCommand& command) {
  return with_cache(command, false, [&](OpenedCache& cache) -> Result<Exit> {
    VerifyReport report;
    if (cache.store) {
      WEIR_TRY(report, cache.store->verify());
    }
    const bool good = report.damaged.empty() && report.refused.empty();
    if (command.out.as_json()) {
      Json damaged = Json::array(), refused = Json::array();
      for (const auto& one : report.damaged) {
        damaged.push_back({{"key", one.key.hex()},
                           {"error", to_json(one.error)},
                           {"set_aside", printable(one.set_aside, 4096)}});
      }
      for (const Error& error : report.refused) refused.push_back(to_json(error));
      print_json({{"whole", report.whole},
                  {"other_version", report.other_version},
                  {"damaged", std::move(damaged)},
                  {"refused", std::move(refused)}},
                 command.out);
    } else {
      fmt::print("{} whole, {} damaged, {} refused, {} of another version\n", report.whole,
                 report.damaged.size(), report.refused.size(), report.other_version);
      std::fflush(stdout);
    }
    for (const auto& one : report.damaged) {
      print_error(one.error);
      if (!one.set_aside.empty()) {
        fmt::print(stderr, "hint: it was set aside as {}\n", printable(one.set_aside, 4096));
      }
    }
    for (const Error& error : report.refused) print_error(error);
    return good ? Exit::kOk : Exit::kFailed;
  });
}

Exit report_removed(const CacheCommand& command, uint64_t entries, uint64_t bytes,
                    uint64_t kept_entries, uint64_t kept_bytes,
                    const std::vector<Error>& problems) {
  if (command.out.as_json()) {
    Json list = Json::array();
    for (const Error& problem : problems) list.push_back(to_json(problem));
    print_json({{"removed_entries", entries},
                {"removed_bytes", bytes},
                {"kept_entries", kept_entries},
                {"kept_bytes", kept_bytes},
                {"problems", std::move(list)}},
               command.out);
  } else {
    fmt::print("removed {} entries ({}), kept {} ({})\n", entries, format_size(bytes), kept_entries,
               format_size(kept_bytes));
  }
  for (const Error& problem : problems) print_error(problem);
  return problems.empty() ? Exit::kOk : Exit::kFailed;
}

Exit run_clear(const CacheCommand& command) {
  return with_cache(command, false, [&](OpenedCache& cache) -> Result<Exit> {
    ClearReport report;
    if (cache.store) {
      WEIR_TRY(report, cache.store->clear());
    }
    return report_removed(command, report.entries, report.bytes, 0, 0, report.problems);
  });
}

Exit run_prune(const CacheCommand& command) {
  return with_cache(command, false, [&](OpenedCache& cache) -> Result<Exit> {
    PruneLimits limits;
    if (!command.max_size.empty()) {
      WEIR_TRY(limits.max_size, parse_size(command.max_size));
    }
    if (!command.max_age.empty()) {
      WEIR_TRY(limits.max_age, parse_age(command.max_age));
    }
    if (!limits.max_size && !limits.max_age) {
      return Error(ErrorCode::kUsage, "say what may stay: --max-size, --max-age or both");
    }
    PruneReport report;
    if (cache.store) {
      WEIR_TRY(report, cache.store->prune(limits));
    }
    return report_removed(command, report.removed_entries, report.removed_bytes,
                          report.kept_entries, report.kept_bytes, report.problems);
  });
}

// -s, -z, --max-size, --max-age, --evict-older-than: as ccache has them.
Exit run_options(const CacheCommand& command) {
  if (!command.show_stats && !command.zero_stats && command.set_max_size.empty() &&
      command.set_max_age.empty() && command.evict_older_than.empty()) {
    return fail(Error(ErrorCode::kUsage, "say what is to be done with the cache")
                    .with_hint("weir cache --help"),
                command.out);
  }
  StoreConfig wanted;
  PruneLimits limits;
  const Status read = [&]() -> Status {
    if (!command.set_max_size.empty()) {
      WEIR_TRY(wanted.max_size, parse_size(command.set_max_size));
    }
    if (!command.set_max_age.empty()) {
      WEIR_TRY(wanted.max_age, parse_age(command.set_max_age));
    }
    if (!command.evict_older_than.empty()) {
      WEIR_TRY(limits.max_age, parse_age(command.evict_older_than));
    }
    return {};
  }();
  if (!read) return fail(read.error(), command.out);
  Exit exit = Exit::kOk;
  if (wanted.max_size || wanted.max_age) {
    // Setting a limit makes the folder, so that the limit is there before the first entry.
    auto path = command.cache.path();
    auto store = path ? LocalStore::open(*path) : Result<LocalStore>(path.take_error());
    if (!store) return fail(store.error(), command.out);
    StoreConfig config = store->config();
    if (wanted.max_size) config.max_size = wanted.max_size;
    if (wanted.max_age)
      config.max_age = wanted.max_age->count() == 0 ? std::nullopt : wanted.max_age;
    Status set = store->set_config(config);
    if (!set) return fail(set.error(), command.out);
  }
  if (limits.max_age) {
    exit = with_cache(command, false, [&](OpenedCache& cache) -> Result<Exit> {
      PruneReport report;
      if (cache.store) {
        WEIR_TRY(report, cache.store->prune(limits));
      }
      return report_removed(command, report.removed_entries, report.removed_bytes,
                            report.kept_entries, report.kept_bytes, report.problems);
    });
  }
  if (command.zero_stats && exit == Exit::kOk) {
    exit = with_cache(command, false, [&](OpenedCache& cache) -> Result<Exit> {
      if (cache.store) WEIR_CHECK(cache.store->zero_stats());
      return Exit::kOk;
    });
  }
  return command.show_stats && exit == Exit::kOk ? run_stats(command) : exit;
}

Exit run_export(const CacheCommand& command) {
  return with_cache(command, true, [&](OpenedCache& cache) -> Result<Exit> {
    if (!cache.store) {
      return Error(ErrorCode::kNotFound, "the cache is empty").in_file(cache.path);
    }
    std::vector<Digest> keys;
    for (const std::string& prefix : command.keys) {
      WEIR_TRY(const Digest key, cache.store->find_by_prefix(prefix));
      keys.push_back(key);
    }
    if (command.keys.empty()) {
      WEIR_TRY(const std::vector<EntryInfo> all, cache.store->list());
      for (const EntryInfo& entry : all) keys.push_back(entry.key);
      // Whatever was used when: the same entries give the same file.
      std::ranges::sort(keys);
    }
    WEIR_TRY(OutputFile file, OutputFile::create(command.file));
    WEIR_TRY(const ExportReport report,
             export_entries(*cache.store, keys, [&](ByteSpan bytes) { return file.write(bytes); }));
    WEIR_CHECK(file.commit());
    if (command.out.as_json()) {
      print_json({{"file", printable(command.file, 4096)},
                  {"entries", report.entries},
                  {"bytes", report.bytes},
                  {"problems", report.problems.size()}},
                 command.out);
    } else {
      fmt::print("{} entries, {}\n", report.entries, format_size(report.bytes));
    }
    for (const Error& problem : report.problems) print_error(problem);
    return report.problems.empty() ? Exit::kOk : Exit::kFailed;
  });
}

Exit run_import(const CacheCommand& command) {
  const Result<Exit> done = [&]() -> Result<Exit> {
    WEIR_TRY(const std::shared_ptr<const Trust> trust, command.cache.trust());
    WEIR_TRY(const std::string path, command.cache.path());
    const UniqueFd fd(open_at(AT_FDCWD, command.file.c_str(), O_RDONLY));
    if (!fd) return io_error("open the file", command.file, errno);
    WEIR_TRY(LocalStore store, LocalStore::open(path));
    WEIR_TRY(const ImportReport report,
             import_entries(store, fd.get(), command.file, *trust,
                            command.unsigned_too ? Origin::kLocal : Origin::kRemote));
    if (command.out.as_json()) {
      Json refused = Json::array();
      for (const Error& error : report.refused) refused.push_back(to_json(error));
      print_json({{"entries", report.entries}, {"refused", std::move(refused)}}, command.out);
    } else {
      fmt::print("{} entries, {} refused\n", report.entries, report.refused.size());
      std::fflush(stdout);
    }
    for (const Error& error : report.refused) print_error(error);
    return report.refused.empty() ? Exit::kOk : Exit::kFailed;
  }();
  return done ? *done : fail(done.error(), command.out);
}

}  // namespace

void add_cache_command(CLI::App& app, Exit& exit) {
  auto* group = app.add_subcommand("cache", "Look into the cache, check it, make room");
  group->require_subcommand(0, 1);
  group->footer(
      "The options are for use without a command, as ccache has them. Limits stay in the folder, "
      "and "
      "hold for every process that uses it.\n\n"
      "Example:\n"
      "  weir cache stats\n"
      "  weir cache --max-size 5Gi\n"
      "  weir cache prune --max-size 100M");
  auto command = std::make_shared<CacheCommand>();
  group->add_flag("-s,--show-stats", command->show_stats, "As weir cache stats");
  group->add_flag("-z,--zero-stats", command->zero_stats, "Begin all counts anew");
  group
      ->add_option("-M,--max-size", command->set_max_size,
                   "Size that the cache may grow to from now on; 0 for no limit")
      ->type_name("SIZE");
  group
      ->add_option("--max-age", command->set_max_age,
                   "Entries that were not used for so long go by themselves; 0 for no limit")
      ->type_name("AGE");
  group
      ->add_option("--evict-older-than", command->evict_older_than,
                   "Remove entries that were not used for so long, now")
      ->type_name("AGE");
  add_cache_folder(*group, command->own_cache);
  add_output_options(*group, command->own_out);
  group->callback([command, group, &exit] {
    if (!group->get_subcommands().empty()) return;
    command->cache = command->own_cache;
    command->out = command->own_out;
    exit = run_options(*command);
  });
  auto add = [&](const char* name, const char* help, Exit (*run)(const CacheCommand&),
                 const char* example) {
    CLI::App* sub = group->add_subcommand(name, help);
    add_cache_folder(*sub, command->cache);
    add_output_options(*sub, command->out);
    sub->footer(std::string("Example:\n  ") + example);
    sub->callback([command, run, &exit] { exit = run(*command); });
    return sub;
  };
  add("stats", "Counts of hits, misses and entries", run_stats, "weir cache stats --json");
  add("list", "All entries, most recently used first", run_list, "weir cache list");
  CLI::App* explain =
      add("explain", "What an entry was made from, or why a file is not in the cache", run_explain,
          "weir cache explain 3fa07c\n  weir cache explain --policy strict ip_dst.bpf.o");
  explain->add_option("KEY|FILE", command->what, "Start of a key, or a file with a program")
      ->required();
  add_program_choice(*explain, command->program);
  add_compile_choice(*explain, command->compile, true);
  add("verify", "Check every entry and set damaged ones aside", run_verify, "weir cache verify");
  add("clear", "Remove every entry", run_clear, "weir cache clear");
  CLI::App* exported = add("export", "Write entries, with their signatures, into one file",
                           run_export, "weir cache export filters.weirset");
  exported->add_option("FILE", command->file, "The file")->required();
  exported->add_option("KEYS", command->keys, "Starts of keys (default: all entries)");
  CLI::App* import = add("import", "Take entries from such a file, if a trusted key signed them",
                         run_import, "weir cache import filters.weirset");
  import->add_option("FILE", command->file, "The file")->required();
  import->add_flag(
      "--unsigned", command->unsigned_too,
      "Judge them as entries of one's own: only for a file that nobody else could write");
  add_host_policy(*import, command->cache);
  CLI::App* prune = add("prune", "Remove the entries that were not used for longest", run_prune,
                        "weir cache prune --max-size 100M --max-age 30d");
  prune->add_option("--max-size", command->max_size, "Size that may stay, e.g. 500M or 1Gi")
      ->type_name("SIZE");
  prune->add_option("--max-age", command->max_age, "Age since the last use, e.g. 12h or 30d")
      ->type_name("AGE");
}

}  // namespace weir::tool
