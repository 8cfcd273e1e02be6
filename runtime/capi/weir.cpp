// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C interface over the engine facade. Nothing C++ gets across this border: no exception
// (running out of memory becomes a failure like any other), no type.
#include "runtime/capi/weir.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "cache/folder.h"
#include "cache/local_store.h"
#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"
#include "runtime/abi/contexts.h"
#include "runtime/engine/executable.h"
#include "runtime/engine/helper_table.h"
#include "runtime/engine/map_set.h"
#include "runtime/hooks/packet_buffer.h"
#include "runtime/native/native_file.h"
#include "weir/version.h"

struct weir_program {
  std::shared_ptr<const weir::Executable> executable;
  weir::MapSet maps;
};

namespace weir {
namespace {

char* copy_text(const std::string& text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy != nullptr) std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

Result<EngineKind> engine_of(weir_engine engine) {
  switch (engine) {
    case WEIR_ENGINE_AUTO: return EngineKind::kAuto;
    case WEIR_ENGINE_INTERP: return EngineKind::kInterp;
    case WEIR_ENGINE_NATIVE: return EngineKind::kAot;
  }
  return Error(ErrorCode::kUsage, "unknown engine");
}

// An ELF file that is no eBPF program is a native object or nothing.
bool is_native(const std::vector<uint8_t>& bytes) {
  constexpr size_t kMachineOffset = 18;
  constexpr uint16_t kBpf = 247;  // EM_BPF
  uint16_t machine = kBpf;
  if (bytes.size() >= kMachineOffset + 2) std::memcpy(&machine, bytes.data() + kMachineOffset, 2);
  return bytes.size() >= 4 && std::memcmp(bytes.data(), "\177ELF", 4) == 0 && machine != kBpf;
}

Result<weir_program> open_program(const std::string& path, std::string_view name,
                                  weir_engine engine) {
  weir_program out;
  LoadOptions options;
  WEIR_TRY(options.engine, engine_of(engine));
  options.compile.cpu = host_cpu();
  WEIR_TRY(std::vector<uint8_t> bytes, read_object_bytes(path));
  if (is_native(bytes)) {
    WEIR_TRY(NativeObject object, NativeObject::parse(std::move(bytes)));
    WEIR_TRY(const size_t index, object.find(name));
    WEIR_TRY(const Program program, object.program(index));
    WEIR_TRY(out.maps, MapSet::create(program.maps));
    WEIR_TRY(out.executable, load_executable(std::move(object), index, options));
    return out;
  }
  WEIR_TRY(const ObjectFile file, read_elf(bytes, path));
  WEIR_TRY(const FunctionSymbol* entry, file.find_program(name));
  WEIR_TRY(Program program, link_program(file, *entry));
  options.compile.context = context_from_section(program.section);
  options.compile.helpers = default_helpers(options.compile.context);
  // A cache that cannot be used is no reason to fail: there is the interpreter.
  auto folder = default_cache_folder();
  auto store = folder ? LocalStore::open(*folder) : Result<LocalStore>(folder.take_error());
  if (store) options.cache = &*store;
  WEIR_TRY(out.maps, MapSet::create(program.maps));
  WEIR_TRY(out.executable, load_executable(std::move(program), options));
  return out;
}

}  // namespace
}  // namespace weir

const char* weir_version(void) {
  return WEIR_VERSION;
}

weir_program* weir_program_open(const char* path, const char* name, enum weir_engine engine,
                                char** error) {
  if (error != nullptr) *error = nullptr;
  try {
    auto program = weir::open_program(path, name != nullptr ? name : "", engine);
    if (program) return new weir_program(std::move(*program));
    if (error != nullptr) {
      *error = weir::copy_text(std::move(program.error()).in_file(path).to_string());
    }
  } catch (const std::bad_alloc&) {
    if (error != nullptr) *error = weir::copy_text("error: out of memory");
  }
  return nullptr;
}

void weir_program_close(weir_program* program) {
  delete program;
}

int weir_program_run(const weir_program* program, void* data, size_t size, uint64_t budget,
                     struct weir_result* result) {
  weir::ExecContext context;
  if (budget != 0) context.budget = budget;
  context.helpers = weir::helper_table(program->executable->info().options.helpers);
  program->maps.attach(context);
  const weir::ContextKind kind = program->executable->info().options.context;
  uint64_t r0 = 0;
  if (weir::context_shape(kind) == weir::ContextShape::kRaw) {
    r0 = program->executable->run(&context, data, size);
  } else {
    weir::PacketContext packet;
    const std::span frame(static_cast<uint8_t*>(data), size);
    if (weir::describe_frame(kind, frame, packet)) {
      r0 = program->executable->run(&context, &packet, 0);
    } else {
      context.trap_code = weir::TrapCode::kAccess;
    }
  }
  const bool trapped = context.trap_code != weir::TrapCode::kNone;
  *result = {.r0 = trapped ? 0 : r0,
             .trap = static_cast<uint32_t>(context.trap_code),
             .trap_instruction = trapped ? context.trap_insn : 0};
  return trapped ? -1 : 0;
}

const char* weir_program_engine(const weir_program* program) {
  return program->executable->engine() == weir::EngineKind::kInterp ? "interp" : "aot";
}

const char* weir_trap_name(uint32_t trap) {
  return weir::trap_name(static_cast<weir::TrapCode>(trap)).data();
}

char* weir_program_explain(const weir_program* program, const struct weir_result* result) {
  if (result->trap == 0) return nullptr;
  try {
    const weir::Trap trap{static_cast<weir::TrapCode>(result->trap), result->trap_instruction};
    return weir::copy_text(program->executable->describe(trap).to_string());
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void weir_string_free(char* text) {
  std::free(text);
}
