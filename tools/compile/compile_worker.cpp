// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compile/compile_worker.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "cache/remote/stacked_store.h"
#include "frontend/support/text.h"
#include "frontend/verifier/verifier.h"
#include "runtime/engine/admission.h"
#include "runtime/native/variants.h"
#include "tools/inputs.h"
#include "tools/output_file.h"
#include "tools/plugin_compiler.h"
#include "tools/profile_file.h"
#include "tools/signing.h"

namespace weir::tool {

namespace {

// What became of one program.
struct CompiledProgram {
  std::string name, section;
  ContextKind context = ContextKind::kMemory;
  CpuSpec cpu;
  uint32_t code_bytes = 0, accesses = 0, proven = 0;
  std::chrono::nanoseconds time{};  // of the object, when a file becomes one object
  CacheReport cache;
};

// Code of each program: its entry and its subprograms, which stand wherever the compiler put them.
// Their symbols are SYMBOL and SYMBOL.N. The object has been checked (runtime/native).
void set_code_sizes(const NativeObject& object, std::span<CompiledProgram> programs) {
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

// Ends a claim, however its work ends.
class ClaimGuard {
 public:
  ClaimGuard(StackedStore* stack, const Digest& key) : stack_(stack), key_(key) {}
  ~ClaimGuard() {
    if (stack_ != nullptr) stack_->release(key_);
  }
  ClaimGuard(const ClaimGuard&) = delete;
  ClaimGuard& operator=(const ClaimGuard&) = delete;

 private:
  StackedStore* stack_;
  Digest key_;
};

class CompileWorker final : public WorkerBody {
 public:
  explicit CompileWorker(const CompilePlan& plan) : plan_(plan) {
    if (plan_.outputs.empty()) cache_.emplace(plan_.cache, plan_.trust, CacheUse::kFill);
  }

  std::string work(std::string_view request) override {
    const Json job = Json::parse(request);
    answer_ = {{"programs", Json::array()},
               {"busy", Json::array()},
               {"errors", Json::array()},
               {"warnings", Json::array()}};
    const size_t file = job.at("file");
    const std::string& path = plan_.files[file].path;
    if (auto input = Input::read(path)) {
      for (const std::string& warning : input->warnings()) {
        answer_["warnings"].push_back(fmt::format("{}: {}", printable(path, 4096), warning));
      }
      const Status done =
          plan_.outputs.empty() ? to_cache(*input, job) : to_object(*input, plan_.outputs[file]);
      if (!done) answer_["errors"].push_back(error_answer(Error(done.error()).in_file(path)));
    } else {
      answer_["errors"].push_back(error_answer(input.error()));
    }
    return dump(answer_);
  }

  std::string finish() override {
    Json out = {{"remotes", Json::array()}, {"warnings", Json::array()}};
    StackedStore* stack = cache_ ? cache_->stack() : nullptr;
    if (stack != nullptr) {
      CacheReport report;
      if (cache_->problem()) report.problems.push_back(*cache_->problem());
      stack->flush();
      for (const auto& remote : stack->remotes()) {
        const RemoteStats stats = remote->stats();
        out["remotes"].push_back({{"name", remote->name()},
                                  {"hits", stats.hits},
                                  {"misses", stats.misses},
                                  {"refused", stats.refused},
                                  {"failures", stats.failures},
                                  {"uploads", stats.uploads},
                                  {"bytes_down", stats.bytes_down},
                                  {"bytes_up", stats.bytes_up}});
      }
      for (Error& problem : stack->take_problems()) report.problems.push_back(std::move(problem));
      for (std::string& text : cache_warnings(report)) out["warnings"].push_back(std::move(text));
    }
    return dump(out);
  }

 private:
  static std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  Status to_cache(const Input& input, const Json& job) {
    // It could be opened a moment ago.
    if (cache_->stack() == nullptr) return Error(*cache_->problem());
    WEIR_TRY(const std::vector<ProgramRef> refs, input.choose(plan_.program));
    const CompileChoice& target = plan_.targets[job.at("target")];
    for (size_t i = 0; i < refs.size(); ++i) {
      if (job.contains("only") && std::ranges::find(job["only"], Json(i)) == job["only"].end()) {
        continue;
      }
      auto compiled = one_to_cache(input, refs[i], target);
      if (!compiled) {
        answer_["errors"].push_back(error_answer(compiled.take_error().in_file(input.path())));
      } else if (!*compiled) {
        answer_["busy"].push_back(i);
      } else {
        tell(i, **compiled, input.path(), "cache " + cache_text((*compiled)->cache),
             (*compiled)->cache.stored);
      }
    }
    return {};
  }

  // Nothing: somebody else is compiling it.
  Result<std::optional<CompiledProgram>> one_to_cache(const Input& input, const ProgramRef& ref,
                                                      const CompileChoice& target) {
    WEIR_TRY(const Program program, input.load(ref, target.at));
    WEIR_TRY(CompileOptions options, target.options_for(ref.section, "native"));
    if (plan_.profile) {
      WEIR_TRY(options.profile, plan_.profile->find(program));
    }
    WEIR_CHECK(admit_program(*plan_.trust, program, options));
    CompiledProgram out{.name = ref.name, .section = ref.section};
    const auto start = Clock::now();
    const NativeKey key = native_key(program, options);
    Store& store = *cache_->store();
    StackedStore* const stack = cache_->stack();
    auto object = find_native(key, program, options, store, plan_.trust.get(), out.cache);
    if (!object) {
      if (stack->claim(key.digest) == StackedStore::Claim::kOthers) return std::nullopt;
      const ClaimGuard claim(stack, key.digest);
      // Whoever had it may have finished between the look and the claim. What the first look found
      // to tell is kept.
      CacheReport again;
      if (cache_->may_have_come(key.digest))
        object = find_native(key, program, options, store, plan_.trust.get(), again);
      if (object) {
        out.cache = std::move(again);
      } else {
        WEIR_TRY(const VerifiedProgram verified, verify(program, options));
        WEIR_TRY(object, compile_native(verified, &compiler_));
        keep_native(key, *object, store, out.cache);
      }
    }
    for (Error& problem : stack->take_problems()) out.cache.problems.push_back(std::move(problem));
    out.time = Clock::now() - start;
    const ManifestProgram& made = object->manifest().programs.front();
    out.context = made.context;
    out.cpu = object->manifest().cpu;
    out.accesses = made.accesses;
    out.proven = made.proven;
    out.code_bytes = object->manifest().code_size;
    return out;
  }

  // One object for each CPU; several of them in one file (variants.h).
  Status to_object(const Input& input, const std::string& output) {
    WEIR_TRY(const std::vector<ProgramRef> refs, input.choose(plan_.program));
    std::vector<CompiledProgram> programs;
    std::vector<std::vector<uint8_t>> objects;
    for (const CompileChoice& target : plan_.targets) {
      const auto start = Clock::now();
      std::vector<VerifiedProgram> verified;
      for (const ProgramRef& ref : refs) {
        WEIR_TRY(Program program, input.load(ref, target.at));
        WEIR_TRY(CompileOptions options, target.options_for(ref.section, kBaselineCpu));
        if (plan_.profile) {
          WEIR_TRY(options.profile, plan_.profile->find(program));
        }
        WEIR_TRY(VerifiedProgram made, verify(std::move(program), options));
        verified.push_back(std::move(made));
      }
      WEIR_TRY(std::vector<uint8_t> bytes, compiler_.compile_object(verified));
      // What is written is read first: a file that weir does not take back must not appear.
      WEIR_TRY(const NativeObject object, NativeObject::parse(std::move(bytes)));
      const size_t first = programs.size();
      for (size_t i = 0; i < refs.size(); ++i) {
        programs.push_back({.name = refs[i].name,
                            .section = refs[i].section,
                            .context = verified[i].options().context,
                            .cpu = object.manifest().cpu,
                            .accesses = verified[i].facts().accesses,
                            .proven = verified[i].facts().proven,
                            .time = Clock::now() - start});
      }
      set_code_sizes(object, std::span(programs).subspan(first));
      if (plan_.signer) {
        WEIR_TRY(std::vector<uint8_t> made, sign_object(object.bytes(), *plan_.signer));
        objects.push_back(std::move(made));
      } else {
        objects.emplace_back(object.bytes().begin(), object.bytes().end());
      }
    }
    if (objects.size() > 1) {
      WEIR_TRY(const std::vector<uint8_t> file, write_variants(objects));
      WEIR_CHECK(write_file(output, file));
    } else {
      WEIR_CHECK(write_file(output, objects.front()));
    }
    for (size_t i = 0; i < programs.size(); ++i) {
      tell(i, programs[i], input.path(), "written to " + printable(output, 4096), true);
    }
    return {};
  }

  void tell(size_t index, const CompiledProgram& program, const std::string& path,
            const std::string& kept_text, bool kept) {
    const std::string cpu =
        plan_.targets.size() > 1 ? ", for " + cpu_to_string(program.cpu) : std::string();
    Json one = {{"index", index},
                {"state", program.cache.outcome == CacheOutcome::kHit ? "hit" : "compiled"},
                {"kept", kept}};
    one["text"] = fmt::format(
        "{}: {}, at {}{}: {} bytes of code, {} accesses proven, {} guarded, "
        "{}, {}",
        printable(path, 4096), program_label(program.name, program.section),
        context_name(program.context), cpu, program.code_bytes, program.proven,
        program.accesses - program.proven, milliseconds(program.time), kept_text);
    one["json"] = {{"name", printable(program.name)},
                   {"section", printable(program.section)},
                   {"at", context_name(program.context)},
                   {"cpu", cpu_to_string(program.cpu)},
                   {"code_bytes", program.code_bytes},
                   {"accesses", program.accesses},
                   {"proven", program.proven},
                   {"guarded", program.accesses - program.proven},
                   {"time_ns", program.time.count()},
                   {"cache", to_json(program.cache)}};
    one["warnings"] = cache_warnings(program.cache);
    answer_["programs"].push_back(std::move(one));
  }

  const CompilePlan& plan_;
  std::optional<OptionalCache> cache_;
  PluginCompiler compiler_;
  Json answer_;
};

}  // namespace

Json error_answer(const Error& error) {
  return {{"text", error.to_string()},
          {"json", to_json(error)},
          {"usage", error.code() == ErrorCode::kUsage}};
}

std::unique_ptr<WorkerBody> make_compile_worker(const CompilePlan& plan) {
  return std::make_unique<CompileWorker>(plan);
}

}  // namespace weir::tool
