// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/support/engines.h"

#include <stdlib.h>

#include <filesystem>
#include <optional>

#include "cache/digest.h"
#include "cache/local_store.h"
#include "codegen/compiler.h"
#include "runtime/abi/compile_key.h"
#include "runtime/interp/interpreter.h"
#include "runtime/native/native_object.h"

namespace weir::test {

namespace {

// A store in a folder that lives as long as the process.
class ScratchStore {
 public:
  static ScratchStore& instance() {
    static ScratchStore store;
    return store;
  }
  ~ScratchStore() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // There and back. The object comes from the store's file, not from `object`.
  Result<std::vector<uint8_t>> round_trip(const Digest& key, ByteSpan object,
                                          const Description& description) {
    if (!store_) return Error(ErrorCode::kIo, "no temporary folder for the store");
    WEIR_CHECK(store_->put(key, object, description));
    WEIR_TRY(Lookup found, store_->lookup(key));
    if (!found.hit()) return Error(ErrorCode::kCacheDamaged, "what was just put is no hit");
    return std::move(found.object);
  }

 private:
  ScratchStore() {
    std::error_code failed;
    folder_ = (std::filesystem::temp_directory_path(failed) / "weir-engines-XXXXXX").string();
    if (failed || ::mkdtemp(folder_.data()) == nullptr) return;
    if (auto store = LocalStore::open(folder_ + "/store")) store_ = std::move(*store);
  }
  std::string folder_;
  std::optional<LocalStore> store_;
};

Result<std::vector<uint8_t>> through_cache(std::span<const VerifiedProgram> programs,
                                           std::vector<uint8_t> object) {
  KeyBuilder key;
  for (const VerifiedProgram& program : programs) {
    for (const CompileKeyField& field : compile_key_fields(program.source(), program.options())) {
      key.add(field.tag, field.value);
    }
  }
  Description description;
  // The fields of a whole batch are more than a description may hold.
  if (programs.size() == 1) description.key_fields = key.fields();
  return ScratchStore::instance().round_trip(key.finish(), object, description);
}

Result<std::vector<Runnable>> load(std::vector<uint8_t> object) {
  WEIR_TRY(const NativeObject native, NativeObject::parse(std::move(object)));
  WEIR_TRY(const std::shared_ptr<const Image> image, Image::map_trusted(native));
  std::vector<Runnable> out;
  for (size_t i = 0; i < image->program_count(); ++i) {
    out.push_back(
        [image, entry = image->entry(i)](ExecContext* context, void* data, uint64_t size) {
          return entry(context, data, size);
        });
  }
  return out;
}

}  // namespace

std::string_view engine_name(Engine engine) {
  switch (engine) {
    case Engine::kInterp: return "interp";
    case Engine::kJit: return "jit";
    case Engine::kAot: return "aot";
    case Engine::kCached: return "cached";
  }
  return "unknown";
}

Result<std::vector<Runnable>> prepare(Engine engine, std::span<const VerifiedProgram> programs) {
  std::vector<Runnable> out;
  switch (engine) {
    case Engine::kInterp:
      for (const VerifiedProgram& program : programs) {
        WEIR_TRY(std::shared_ptr<const InterpCode> code, InterpCode::make(program));
        out.push_back([code](ExecContext* context, void* data, uint64_t size) {
          return code->run(context, data, size);
        });
      }
      return out;
    case Engine::kJit:
      for (const VerifiedProgram& program : programs) {
        WEIR_TRY(std::shared_ptr<const JitCode> code, compile_jit(program));
        out.push_back([code](ExecContext* context, void* data, uint64_t size) {
          return code->entry()(context, data, size);
        });
      }
      return out;
    case Engine::kAot:
    case Engine::kCached: {
      WEIR_TRY(std::vector<uint8_t> object, compile_object(programs));
      if (engine == Engine::kCached) {
        WEIR_TRY(object, through_cache(programs, std::move(object)));
      }
      return load(std::move(object));
    }
  }
  return out;
}

Result<Runnable> prepare(Engine engine, const VerifiedProgram& program) {
  WEIR_TRY(std::vector<Runnable> one, prepare(engine, std::span(&program, 1)));
  return std::move(one.front());
}

Result<Outcome> run_on(Engine engine, const VerifiedProgram& program, const RunInput& input,
                       GuardedMemory& memory) {
  WEIR_TRY(const Runnable ready, prepare(engine, program));
  return run(ready, input, memory);
}

}  // namespace weir::test
