// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir cache: what is in the cache, whether it is whole, why something was not found, and what may
// go. Looking never creates the folder.
#include <sys/stat.h>

#include <charconv>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cache/explain.h"
#include "cache/size_text.h"
#include "frontend/support/text.h"
#include "tools/inputs.h"
#include "tools/output.h"

namespace weir::tool {

namespace {

struct CacheCommand {
  CacheChoice cache;
  OutputOptions out;
  std::string what;  // of explain: a key or a file
  ProgramChoice program;
  CompileChoice compile;
  std::string max_size, max_age;
};

// Seconds of "90", "12h", "30d".
Result<std::chrono::seconds> parse_age(std::string_view text) {
  uint64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, text.data() + text.size());
  const uint64_t factor = unit.empty() || unit == "s" ? 1
                          : unit == "m"               ? 60
                          : unit == "h"               ? 3600
                          : unit == "d"               ? 86400
                          : unit == "w"               ? 604800
                                                      : 0;
  constexpr uint64_t kCentury = uint64_t{100} * 366 * 86400;
  if (bad != std::errc() || factor == 0 || number > kCentury / factor) {
    return Error(ErrorCode::kUsage, fmt::format("'{}' is no age", printable(text)))
        .with_hint("write a number and s, m, h, d or w, for example 30d");
  }
  return std::chrono::seconds(number * factor);
}

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
  struct stat info{};
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
    if (cache.store) {
      WEIR_TRY(stats, cache.store->stats());
      WEIR_TRY(const auto list, cache.store->list());
      entries = list.size();
    }
    if (command.out.as_json()) {
      print_json({{"folder", printable(cache.path, 4096)},
                  {"entries", entries},
                  {"bytes", stats.bytes},
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
  WEIR_TRY(const Program program, input.load(ref));
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
    struct stat info{};
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

}  // namespace

void add_cache_command(CLI::App& app, Exit& exit) {
  auto* group = app.add_subcommand("cache", "Look into the cache, check it, make room");
  group->require_subcommand(1);
  group->footer(
      "Example:\n"
      "  weir cache stats\n"
      "  weir cache prune --max-size 100M");
  auto command = std::make_shared<CacheCommand>();
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
  CLI::App* prune = add("prune", "Remove the entries that were not used for longest", run_prune,
                        "weir cache prune --max-size 100M --max-age 30d");
  prune->add_option("--max-size", command->max_size, "Size that may stay, e.g. 500M or 1Gi")
      ->type_name("SIZE");
  prune->add_option("--max-age", command->max_age, "Age since the last use, e.g. 12h or 30d")
      ->type_name("AGE");
}

}  // namespace weir::tool
