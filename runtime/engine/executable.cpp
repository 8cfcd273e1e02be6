// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a program to something that runs. Each engine is one function that either fills the
// Executable or says why not; load_program() and load_object() are the order in which they are
// tried.
#include "runtime/engine/executable.h"

#include <utility>

#include <fmt/format.h>

#include "frontend/verifier/callbacks.h"
#include "frontend/verifier/verifier.h"
#include "runtime/abi/host_hooks.h"
#include "runtime/engine/admission.h"

namespace weir {

class ExecutableLoader {
 public:
  explicit ExecutableLoader(const LoadOptions& options) : options_(options), out_(new Executable) {}

  Result<std::shared_ptr<const Executable>> load_program(Program program) {
    if (options_.trust != nullptr) {
      WEIR_CHECK(admit_program(*options_.trust, program, options_.compile));
    }
    out_->info_.name = program.name;
    out_->info_.section = program.section;
    out_->info_.run_config = program.run_config;
    out_->info_.options = options_.compile;
    out_->program_ = std::make_shared<const Program>(std::move(program));
    switch (options_.engine) {
      case EngineKind::kInterp: WEIR_CHECK(interpret()); break;
      case EngineKind::kJit: WEIR_CHECK(jit()); break;
      case EngineKind::kAot: WEIR_CHECK(aot()); break;
      case EngineKind::kAuto: WEIR_CHECK(aot_or_interpret()); break;
    }
    return std::shared_ptr<const Executable>(std::move(out_));
  }

  Result<std::shared_ptr<const Executable>> load_object(NativeObject object, size_t index) {
    const Manifest& manifest = object.manifest();
    if (index >= manifest.programs.size()) {
      return Error(ErrorCode::kNotFound, fmt::format("program {} of an object that has {}", index,
                                                     manifest.programs.size()));
    }
    if (options_.trust != nullptr) {
      WEIR_CHECK(admit_object(*options_.trust, object, index, Origin::kFile));
    }
    const ManifestProgram& entry = manifest.programs[index];
    out_->info_.name = entry.name;
    out_->info_.section = entry.section;
    out_->info_.run_config = entry.run_config;
    // Whoever wrote the object decided what it is for; whoever loads it, what is checked.
    options_.compile.context = entry.context;
    // Of sets that are declared alike, that of whoever loads it.
    if (helper_set_identity(options_.compile.helpers) != helper_set_identity(entry.helpers))
      options_.compile.helpers = entry.helpers;
    out_->info_.options = options_.compile;

    const EngineKind wanted = options_.engine;
    if (wanted == EngineKind::kAot || wanted == EngineKind::kAuto) {
      WEIR_CHECK(check_policy(manifest));
      Status mapped = map(object, index);
      if (!mapped && wanted == EngineKind::kAot) return mapped.take_error();
      if (!mapped) out_->fallback_ = mapped.take_error();
    }
    if (out_->entry_ == nullptr) {
      WEIR_TRY(Program program, object.program(index));
      // It is verified and run under the loader's policy, which may be another than the object's.
      if (options_.trust != nullptr) {
        WEIR_CHECK(admit_program(*options_.trust, program, options_.compile));
      }
      out_->program_ = std::make_shared<const Program>(std::move(program));
      if (wanted == EngineKind::kJit) {
        WEIR_CHECK(jit());
      } else {
        WEIR_CHECK(interpret());
      }
    }
    out_->object_index_ = index;
    out_->object_ = std::move(object);
    return std::shared_ptr<const Executable>(std::move(out_));
  }

 private:
  // The analysis, made when it is first needed: a cache hit never needs it.
  Result<const VerifiedProgram*> verified() {
    if (!verified_) {
      WEIR_TRY(VerifiedProgram made, verify(*out_->program_, options_.compile));
      verified_ = std::move(made);
      out_->info_.accesses = verified_->facts().accesses;
      out_->info_.proven = verified_->facts().proven;
    }
    return &*verified_;
  }

  Status interpret() {
    WEIR_TRY(const VerifiedProgram* program, verified());
    if (options_.count) {
      WEIR_TRY(out_->counting_, CountingInterp::make(*program));
      out_->counts_ = out_->counting_->no_counts();
    } else {
      WEIR_TRY(out_->interp_, InterpCode::make(*program));
    }
    out_->engine_ = EngineKind::kInterp;
    return {};
  }

  Status jit() {
    WEIR_TRY(const VerifiedProgram* program, verified());
    if (options_.compiler == nullptr) {
      return Error(ErrorCode::kCompilerFailed, "there is no compiler here")
          .in_program(out_->info_.name);
    }
    WEIR_TRY(out_->jit_, options_.compiler->compile_jit(*program));
    out_->entry_ = out_->jit_.entry;
    out_->engine_ = EngineKind::kJit;
    return {};
  }

  Status aot() {
    std::optional<NativeKey> key;
    std::optional<NativeObject> object;
    if (options_.cache != nullptr) {
      key = native_key(*out_->program_, options_.compile);
      object = find_native(*key, *out_->program_, options_.compile, *options_.cache, options_.trust,
                           out_->cache_);
    }
    if (!object) {
      WEIR_TRY(const VerifiedProgram* program, verified());
      WEIR_TRY(object, compile_native(*program, options_.compiler));
      if (key) keep_native(*key, *object, *options_.cache, out_->cache_);
    }
    return map(*object, 0);
  }

  Status aot_or_interpret() {
    if (options_.later != nullptr) return interpret_until_native();
    Status native = aot();
    if (native) return {};
    // A rejected program is rejected; anything else is a reason to be slower.
    WEIR_CHECK(verified());
    out_->fallback_ = native.take_error();
    return interpret();
  }

  Status interpret_until_native() {
    NativeKey key = native_key(*out_->program_, options_.compile);
    if (options_.cache != nullptr) {
      auto object = find_native(key, *out_->program_, options_.compile, *options_.cache,
                                options_.trust, out_->cache_);
      if (object && map(*object, 0)) return {};
    }
    WEIR_CHECK(interpret());
    out_->later_ = Executable::Later::kAwaited;
    options_.later->submit(
        {.executable = out_,
         .program = std::make_shared<const VerifiedProgram>(std::move(*verified_)),
         .key = std::move(key),
         .cache = options_.later_cache});
    return {};
  }

  Status map(const NativeObject& object, size_t index) {
    const Manifest& manifest = object.manifest();
    WEIR_CHECK(out_->map_code(object));
    const ManifestProgram& entry = manifest.programs[index];
    ProgramInfo& info = out_->info_;
    info.options.policy = manifest.policy;
    info.options.opt_level = manifest.opt_level;
    info.options.cpu = manifest.cpu;
    info.accesses = entry.accesses;
    info.proven = entry.proven;
    out_->entry_.store(out_->image_->entry(index), std::memory_order_release);
    out_->engine_ = EngineKind::kAot;
    return {};
  }

  Status check_policy(const Manifest& manifest) const {
    if (manifest.policy != Policy::kTrusted || options_.compile.policy == Policy::kTrusted) {
      return {};
    }
    return Error(ErrorCode::kProgramRejected,
                 "the object was compiled with policy trusted: nothing in it is checked")
        .in_program(out_->info_.name)
        .with_hint("compile it with policy guard, or ask for policy trusted by name");
  }

  LoadOptions options_;
  std::shared_ptr<Executable> out_;
  std::optional<VerifiedProgram> verified_;
};

uint64_t Executable::refuse_data(ExecContext& context) {
  context.trap_code = TrapCode::kAccess;
  context.trap_insn = 0;
  return 0;
}

Status Executable::map_code(const NativeObject& object) {
  WEIR_TRY(image_, Image::map_trusted(object));
  image_code_bytes_ = object.manifest().code_size;
  return {};
}

Status Executable::become_native(const NativeObject& object) {
  WEIR_CHECK(map_code(object));
  entry_.store(image_->entry(0), std::memory_order_release);
  later_.store(Later::kDone, std::memory_order_release);
  return {};
}

void Executable::stay_interpreted(Error why) {
  native_problem_ = std::move(why);
  later_.store(Later::kFailed, std::memory_order_release);
}

std::optional<Error> Executable::native_problem() const {
  if (later_.load(std::memory_order_acquire) != Later::kFailed) return std::nullopt;
  return native_problem_;
}

TrapReport Executable::describe(Trap trap) const {
  std::call_once(decode_once_, [this] {
    if (program_ || !object_) return;
    // Bytecode that does not decode costs the message its place, nothing more.
    if (auto program = object_->program(object_index_)) {
      program_ = std::make_shared<const Program>(std::move(*program));
    }
  });
  if (program_) {
    TrapReport report = describe_trap(
        *program_, {trap.code, source_instruction(*program_, info_.options.helpers, trap.insn)});
    report.trap = trap;
    return report;
  }
  TrapReport report;
  report.trap = trap;
  report.where.program = info_.name;
  report.where.section = info_.section;
  return report;
}

Result<std::shared_ptr<const Executable>> load_executable(Program program,
                                                          const LoadOptions& options) {
  return ExecutableLoader(options).load_program(std::move(program));
}

Result<std::shared_ptr<const Executable>> load_executable(NativeObject object, size_t index,
                                                          const LoadOptions& options) {
  return ExecutableLoader(options).load_object(std::move(object), index);
}

}  // namespace weir
