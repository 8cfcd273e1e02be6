// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same C for this machine, as the reference. A program that calls helpers gets a header in
// front of it that makes those calls go to weir's own functions for them, with maps from weir too:
// what a host has that compiles its filters in, and calls a library for maps.
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "frontend/object/elf_reader.h"
#include "frontend/support/text.h"
#include "measure/hook_runner.h"
#include "tools/compare/candidate.h"

extern char** environ;

namespace weir::tool {

namespace {

const char* clang_name() {
  const char* named = ::getenv("WEIR_CLANG");
  return named != nullptr && *named ? named : "clang-19";
}

Error not_native(std::string why) {
  return Error(ErrorCode::kProgramUnsupported, std::move(why));
}

bool is_native_kind(ContextKind kind) {
  if (context_shape(kind) != ContextShape::kPacket) return true;
  return context_struct_bytes(kind) == 0 && kind != ContextKind::kFlowDissector;
}

// The header: a macro for each helper that the program calls. In the declarations of libbpf's
// bpf_helper_defs.h a name is followed by ')', so that a macro with arguments leaves them alone.
Result<std::string> helper_macros(const Subject& subject) {
  std::set<uint64_t> numbers;
  for (const Instruction& insn : subject.program.insns) {
    if (insn.info().format == Format::kCall) numbers.insert(static_cast<uint64_t>(insn.imm));
  }
  std::string text =
      "#define WEIR_NATIVE 1\n"
      "typedef unsigned long weir_word;\n"
      "weir_word (*weir_helpers[256])(weir_word, weir_word, weir_word, weir_word, weir_word, void "
      "*);\n"
      "void *weir_context;\n";
  for (const uint64_t number : numbers) {
    const HelperInfo* helper = find_helper(subject.helpers, number);
    if (helper == nullptr) return not_native(fmt::format("it calls unknown helper {}", number));
    std::string names, values;
    for (size_t i = 0; i < 5; ++i) {
      const char letter = static_cast<char>('a' + i);
      const bool given = i < helper->argument_count;
      switch (helper->arguments[i]) {
        case HelperArgument::kContext:
        case HelperArgument::kFunction:
          return not_native(fmt::format("it calls bpf_{}, which there is only inside of an engine",
                                        helper->name));
        default: break;
      }
      if (given) names += fmt::format("{}{}", i == 0 ? "" : ", ", letter);
      values += !given ? "0, "
                : helper->arguments[i] == HelperArgument::kMap
                    ? fmt::format("(weir_word)(*(void *const *)({})), ", letter)
                    : fmt::format("(weir_word)({}), ", letter);
    }
    if (helper->effect != HelperEffect::kReturns) {
      return not_native(
          fmt::format("it calls bpf_{}, which there is only inside of an engine", helper->name));
    }
    const bool pointer = helper->result == HelperResult::kMapValueOrNull ||
                         helper->result == HelperResult::kRecordOrNull || gives_socket(*helper);
    text += fmt::format("#define bpf_{}({}) (({})weir_helpers[{}]({}weir_context))\n", helper->name,
                        names, pointer ? "void *" : "long", number, values);
  }
  return text;
}

std::string march(const std::string& cpu) {
  std::string out;
  bool first = true;
  for (size_t at = 0; at <= cpu.size();) {
    const size_t end = std::min(cpu.find(',', at), cpu.size());
    const std::string part = cpu.substr(at, end - at);
    if (first) {
      out = "-march=" + part;
    } else if (part.starts_with('+')) {
      out += " -m" + part.substr(1);
    } else if (part.starts_with('-')) {
      out += " -mno-" + part.substr(1);
    }
    first = false;
    at = end + 1;
  }
  return out;
}

Status run_command(const std::vector<std::string>& words, const std::string& errors) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 2, errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
  pid_t child = 0;
  const int started =
      ::posix_spawnp(&child, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (started != 0) {
    return Error(ErrorCode::kNotFound, fmt::format("cannot run {}", words[0]))
        .with_hint("install clang-19, or name a clang in WEIR_CLANG");
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  std::ifstream file(errors);
  std::string line, first;
  while (std::getline(file, line)) {
    if (line.find("error") != std::string::npos) {
      first = line;
      break;
    }
  }
  return Error(
      ErrorCode::kCompilerFailed,
      fmt::format("clang does not compile the C for this machine: {}", printable(first, 400)));
}

}  // namespace

Status build_clang(const Subject& subject, measure::Inputs& inputs, PluginCompiler& compiler,
                   Candidate& out) {
  if (subject.source.empty()) return not_native("there is no C source (--source)");
  if (!is_native_kind(subject.kind))
    return not_native(fmt::format("a program at {} is no C function that a host could call",
                                  context_name(subject.kind)));
  WEIR_TRY(const std::string macros, helper_macros(subject));
  const std::string base = fmt::format("{}/{}", subject.folder, to_identifier(out.variant.id()));
  const std::string header = base + ".h", library = base + ".so", errors = base + ".txt";
  std::ofstream(header) << macros;
  std::vector<std::string> words = {clang_name(),
                                    "-O" + std::string(opt_level_name(out.variant.level)),
                                    "-shared",
                                    "-fPIC",
                                    "-g",
                                    "-std=gnu17",
                                    "-w",
                                    "-fno-strict-aliasing",
                                    "-include",
                                    header,
                                    "-I/usr/include/x86_64-linux-gnu",
                                    "-o",
                                    library};
  const std::string flags = march(out.variant.cpu);
  for (size_t at = 0; at < flags.size();) {
    const size_t end = std::min(flags.find(' ', at), flags.size());
    words.push_back(flags.substr(at, end - at));
    at = end + 1;
  }
  words.insert(words.end(), subject.clang_options.begin(), subject.clang_options.end());
  words.push_back(subject.source);
  const auto start = Clock::now();
  WEIR_CHECK(run_command(words, errors));
  out.compile_ns = std::chrono::duration<double, std::nano>(Clock::now() - start).count();

  const auto loading = Clock::now();
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  out.load_ns = std::chrono::duration<double, std::nano>(Clock::now() - loading).count();
  if (handle == nullptr) {
    const char* why = ::dlerror();
    return not_native(fmt::format("the C does not load: {}", why == nullptr ? "?" : why));
  }
  measure::NativeProgram native;
  native.owner = std::shared_ptr<const void>(handle, [](void* library) { ::dlclose(library); });
  native.function = ::dlsym(handle, subject.function.c_str());
  if (native.function == nullptr)
    return not_native(fmt::format("the C has no function '{}'", printable(subject.function)));
  native.helpers = static_cast<HelperFn*>(::dlsym(handle, "weir_helpers"));
  native.context = static_cast<ExecContext**>(::dlsym(handle, "weir_context"));
  for (const MapDef& map : subject.program.maps) {
    auto** slot = static_cast<void**>(::dlsym(handle, map.name.c_str()));
    // Global data is the C code's own variables.
    native.map_slots.push_back(map.name.find('.') == std::string::npos ? slot : nullptr);
  }
  WEIR_TRY(const CompilerPlugin* plugin, compiler.plugin());
  WEIR_TRY(const std::vector<uint8_t> elf, read_object_bytes(library));
  WEIR_TRY(ElfFunction function, plugin->read_elf_function(elf, subject.function));
  out.code = std::move(function.code);
  out.runs_at = static_cast<const uint8_t*>(native.function);
  WEIR_TRY(out.machine, plugin->analyze_machine_code(out.code, ""));
  for (const MachineInsn& insn : out.machine->insns) {
    CodePlace place;
    for (const SourceSpan& span : function.lines) {
      if (span.at > insn.at) break;
      place.file = span.file;
      place.line = span.line;
    }
    out.places.push_back(std::move(place));
  }
  const HookSetup setup{subject.kind, subject.helpers, subject.program.maps, &inputs,
                        subject.prepared ? &*subject.prepared : nullptr};
  WEIR_TRY(out.runner, run_at_hook(setup, std::move(native)));
  return {};
}

}  // namespace weir::tool
