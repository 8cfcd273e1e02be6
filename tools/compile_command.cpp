// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir compile: programs to native code, into the cache or into native objects.
//
// Files are independent: several are compiled at once, a bad one is told and the others go on, and
// what is told comes in the order of the command line, whichever was ready first.
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "frontend/verifier/verifier.h"
#include "tools/inputs.h"
#include "tools/output.h"
#include "tools/output_file.h"
#include "tools/plugin_compiler.h"

namespace weir::tool {

namespace {

struct CompileCommand {
  std::vector<std::string> files;
  std::string output;
  unsigned jobs = 1;
  ProgramChoice program;
  CompileChoice compile;
  CacheChoice cache;
  OutputOptions out;
};

// What became of one program.
struct CompiledProgram {
  std::string name, section;
  ContextKind context = ContextKind::kMemory;
  uint32_t code_bytes = 0, accesses = 0, proven = 0;
  std::chrono::nanoseconds time{};  // of the object, when a file becomes one object
  CacheReport cache;
};

// What became of one file. Programs and errors can both be there.
struct CompiledFile {
  std::string path, output;
  std::vector<CompiledProgram> programs;
  std::vector<std::string> warnings;
  std::vector<Error> errors;
};

// Code of each program: its entry and its subprograms, which stand wherever the compiler put them.
// Their symbols are SYMBOL and SYMBOL.N. The object has been checked (runtime/native).
void set_code_sizes(const NativeObject& object, std::vector<CompiledProgram>& programs) {
  const auto at = [&object]<class T>(T value, uint64_t offset) {
    std::memcpy(&value, object.bytes().data() + offset, sizeof value);
    return value;
  };
  const auto header = at(Elf64_Ehdr(), 0);
  const auto section = [&](unsigned from_end) {  // .symtab, .strtab and .shstrtab are the last ones
    return at(Elf64_Shdr(), header.e_shoff + (header.e_shnum - from_end) * sizeof(Elf64_Shdr));
  };
  const Elf64_Shdr symbols = section(3), names = section(2);
  for (uint64_t offset = 0; offset < symbols.sh_size; offset += sizeof(Elf64_Sym)) {
    const auto symbol = at(Elf64_Sym(), symbols.sh_offset + offset);
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
    std::string_view name(
        reinterpret_cast<const char*>(object.bytes().data() + names.sh_offset + symbol.st_name));
    name = name.substr(0, name.find('.'));
    for (size_t i = 0; i < programs.size(); ++i) {
      if (object.manifest().programs[i].symbol == name)
        programs[i].code_bytes += static_cast<uint32_t>(symbol.st_size);
    }
  }
}

class Compilation {
 public:
  Compilation(const CompileCommand& command, Store* store, bool is_folder)
      : command_(command), store_(store), is_folder_(is_folder) {}

  std::string output_of(const std::string& file) const {
    if (command_.output.empty() || !is_folder_) return command_.output;
    return fmt::format("{}/{}.weir", command_.output, file_stem(file));
  }

  CompiledFile compile(const std::string& path) {
    CompiledFile file;
    file.path = path;
    file.output = output_of(path);
    if (auto input = Input::read(path)) {
      file.warnings = input->warnings();
      const Status done = file.output.empty() ? to_cache(*input, file) : to_object(*input, file);
      if (!done) file.errors.push_back(Error(done.error()).in_file(path));
    } else {
      file.errors.push_back(input.take_error());
    }
    return file;
  }

 private:
  Status to_cache(const Input& input, CompiledFile& file) {
    WEIR_TRY(const std::vector<ProgramRef> refs, input.choose(command_.program));
    for (const ProgramRef& ref : refs) {
      auto compiled = one_to_cache(input, ref);
      if (compiled) {
        file.programs.push_back(std::move(*compiled));
      } else {
        file.errors.push_back(compiled.take_error().in_file(file.path));
      }
    }
    return {};
  }

  Result<CompiledProgram> one_to_cache(const Input& input, const ProgramRef& ref) {
    WEIR_TRY(const Program program, input.load(ref));
    PrecompileOptions options;
    WEIR_TRY(options.compile, command_.compile.options_for(ref.section, "native"));
    options.cache = store_;
    options.compiler = &compiler_;
    CompiledProgram out{.name = ref.name, .section = ref.section};
    const auto start = Clock::now();
    WEIR_TRY(const NativeObject object, precompile(program, options, out.cache));
    out.time = Clock::now() - start;
    const ManifestProgram& made = object.manifest().programs.front();
    out.context = made.context;
    out.accesses = made.accesses;
    out.proven = made.proven;
    out.code_bytes = object.manifest().code_size;
    return out;
  }

  Status to_object(const Input& input, CompiledFile& file) {
    WEIR_TRY(const std::vector<ProgramRef> refs, input.choose(command_.program));
    const auto start = Clock::now();
    std::vector<VerifiedProgram> verified;
    for (const ProgramRef& ref : refs) {
      WEIR_TRY(Program program, input.load(ref));
      WEIR_TRY(const CompileOptions options,
               command_.compile.options_for(ref.section, kBaselineCpu));
      WEIR_TRY(VerifiedProgram made, verify(std::move(program), options));
      verified.push_back(std::move(made));
    }
    WEIR_TRY(std::vector<uint8_t> bytes, compiler_.compile_object(verified));
    // What is written is read first: a file that weir does not take back must not appear.
    WEIR_TRY(const NativeObject object, NativeObject::parse(std::move(bytes)));
    WEIR_CHECK(write_file(file.output, object.bytes()));
    for (size_t i = 0; i < refs.size(); ++i) {
      file.programs.push_back({.name = refs[i].name,
                               .section = refs[i].section,
                               .context = verified[i].options().context,
                               .accesses = verified[i].facts().accesses,
                               .proven = verified[i].facts().proven,
                               .time = Clock::now() - start});
    }
    set_code_sizes(object, file.programs);
    return {};
  }

  const CompileCommand& command_;
  Store* store_;
  bool is_folder_;
  PluginCompiler compiler_;
};

// "[3/12] ip_dst.bpf.o" on one line of the terminal, rewritten as work goes on.
class Progress {
 public:
  explicit Progress(size_t total) : total_(total), on_(total > 1 && ::isatty(STDERR_FILENO)) {}
  void show(size_t done, const std::string& name) const {
    if (on_) fmt::print(stderr, "\r\033[K[{}/{}] {}", done, total_, printable(name, 60));
  }
  void clear() const {
    if (on_) fmt::print(stderr, "\r\033[K");
  }

 private:
  size_t total_;
  bool on_;
};

Json file_json(const CompiledFile& file) {
  Json out = {{"file", printable(file.path, 4096)}};
  if (!file.output.empty() && file.errors.empty()) out["output"] = printable(file.output, 4096);
  out["programs"] = Json::array();
  for (const CompiledProgram& program : file.programs) {
    out["programs"].push_back({{"name", printable(program.name)},
                               {"section", printable(program.section)},
                               {"at", context_name(program.context)},
                               {"code_bytes", program.code_bytes},
                               {"accesses", program.accesses},
                               {"proven", program.proven},
                               {"guarded", program.accesses - program.proven},
                               {"time_ns", program.time.count()},
                               {"cache", to_json(program.cache)}});
  }
  if (!file.errors.empty()) {
    out["errors"] = Json::array();
    for (const Error& error : file.errors) out["errors"].push_back(to_json(error));
  }
  return out;
}

void print_text(const CompiledFile& file) {
  for (const CompiledProgram& program : file.programs) {
    const std::string kept = file.output.empty() ? "cache " + cache_text(program.cache)
                                                 : "written to " + printable(file.output, 4096);
    fmt::print("{}: {}, at {}: {} bytes of code, {} accesses proven, {} guarded, {}, {}\n",
               printable(file.path, 4096), program_label(program.name, program.section),
               context_name(program.context), program.code_bytes, program.proven,
               program.accesses - program.proven, milliseconds(program.time), kept);
  }
}

// Tells of one file. Failed: an error, or a program that was to be in the cache and is not.
Exit report(const CompiledFile& file, const OutputOptions& out) {
  Exit exit = Exit::kOk;
  for (const std::string& warning : file.warnings) {
    print_warning(fmt::format("{}: {}", printable(file.path, 4096), warning));
  }
  if (!out.as_json()) print_text(file);
  for (const CompiledProgram& program : file.programs) {
    warn_of_cache(program.cache);
    if (file.output.empty() && !program.cache.stored) exit = Exit::kFailed;
  }
  for (const Error& error : file.errors) {
    print_error(error);
    exit = worst(exit, error.code() == ErrorCode::kUsage ? Exit::kUsage : Exit::kFailed);
  }
  return exit;
}

// Compiles all files with `jobs` threads and tells of each when it is its turn.
Exit compile_all(const CompileCommand& command, Compilation& compilation, Json& files) {
  const size_t count = command.files.size();
  std::vector<std::optional<CompiledFile>> results(count);
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::condition_variable ready;
  size_t done = 0;

  auto work = [&] {
    for (size_t i; (i = next.fetch_add(1)) < count;) {
      CompiledFile file = compilation.compile(command.files[i]);
      const std::lock_guard lock(mutex);
      results[i] = std::move(file);
      ++done;
      ready.notify_one();
    }
  };
  std::vector<std::thread> threads;
  const size_t jobs = std::min<size_t>(command.jobs, count);
  for (size_t i = 0; i < jobs; ++i) threads.emplace_back(work);

  const Progress progress(count);
  progress.show(0, command.files.front());
  Exit exit = Exit::kOk;
  for (size_t i = 0; i < count; ++i) {
    std::unique_lock lock(mutex);
    while (!results[i]) {
      progress.show(done, command.files[i]);
      ready.wait(lock);
    }
    lock.unlock();
    progress.clear();
    exit = worst(exit, report(*results[i], command.out));
    if (command.out.as_json()) files.push_back(file_json(*results[i]));
  }
  for (std::thread& thread : threads) thread.join();
  return exit;
}

// A folder: named with a slash, there already, or needed because there are several files.
Result<bool> prepare_output(CompileCommand& command) {
  std::string& output = command.output;
  if (output.empty()) return false;
  struct stat info{};
  const bool exists = ::stat(output.c_str(), &info) == 0;
  const bool is_folder = exists && S_ISDIR(info.st_mode);
  const bool wanted = output.ends_with('/');
  if (command.files.size() > 1 && !is_folder && !wanted) {
    return Error(ErrorCode::kUsage, fmt::format("-o {} is one file, but there are {} inputs",
                                                printable(output), command.files.size()))
        .with_hint("name a folder with a slash at its end: -o " + printable(output) + "/");
  }
  if (!is_folder && !wanted) return false;
  while (output.size() > 1 && output.ends_with('/')) output.pop_back();
  if (!is_folder && ::mkdir(output.c_str(), 0777) != 0) {
    return Error(ErrorCode::kIo, fmt::format("cannot make the folder: {}", std::strerror(errno)))
        .in_file(output);
  }
  std::set<std::string> names;
  for (const std::string& file : command.files) {
    if (!names.insert(file_stem(file)).second) {
      return Error(ErrorCode::kUsage, fmt::format("two inputs would be written to {}/{}.weir",
                                                  printable(output), printable(file_stem(file))));
    }
  }
  return true;
}

Exit run(CompileCommand command) {
  auto is_folder = prepare_output(command);
  if (!is_folder) return fail(is_folder.error(), command.out);
  if (command.output.empty() && command.cache.off) {
    return fail(Error(ErrorCode::kUsage, "with --no-cache and without -o nothing would be kept"),
                command.out);
  }
  std::optional<OptionalCache> cache;
  if (command.output.empty()) {
    cache.emplace(command.cache);
    // The cache is what was asked for here: without it there is nothing to do.
    if (cache->problem()) return fail(*cache->problem(), command.out);
  }
  Compilation compilation(command, cache ? cache->store() : nullptr, *is_folder);
  Json files = Json::array();
  const Exit exit = compile_all(command, compilation, files);
  if (command.out.as_json()) print_json({{"files", std::move(files)}}, command.out);
  return exit;
}

}  // namespace

void add_compile_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("compile", "Compile programs to native code");
  auto command = std::make_shared<CompileCommand>();
  sub->add_option("FILES", command->files, "BPF objects (or .s, .hex, .bin)")->required();
  sub->add_option("-o,--output", command->output,
                  "Write a native object, or one for each input into a folder; without it programs "
                  "are compiled into the cache")
      ->type_name("FILE|DIR/");
  sub->add_option("-j,--jobs", command->jobs, "Files to compile at once (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1024U));
  add_program_choice(*sub, command->program);
  add_compile_choice(*sub, command->compile, true);
  add_cache_choice(*sub, command->cache);
  add_output_options(*sub, command->out, false);
  sub->footer(
      "The CPU is x86-64-v2 for files and this machine's for the cache, unless --cpu says.\n\n"
      "Example:\n"
      "  weir compile -j2 filters/*.bpf.o             # into the cache\n"
      "  weir compile ip_dst.bpf.o -o ip_dst.weir     # a file to take elsewhere");
  sub->callback([command, &exit] { exit = run(*command); });
}

}  // namespace weir::tool
