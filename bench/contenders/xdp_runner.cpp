// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/contenders/xdp_runner.h"

#include <string>

#include "frontend/verifier/verifier.h"
#include "runtime/interp/interpreter.h"
#include "runtime/maps/map_ops.h"

extern "C" void* bench_map_lookup(void* map, const void* key, unsigned cpu) {
  return weir::map_lookup(static_cast<weir::Map*>(map), key, cpu);
}

extern "C" long bench_map_update(void* map, const void* key, const void* value,
                                 unsigned long long flags, unsigned cpu) {
  return weir::map_update(static_cast<weir::Map*>(map), key, value, flags, cpu);
}

namespace weir::bench {

namespace {

class NativeXdpRunner final : public Runner {
 public:
  NativeXdpRunner(MapSet maps, const bench_xdp& native)
      : maps_(std::move(maps)), function_(native.run) {}

  uint64_t run(std::span<const Packet> packets) override {
    const auto function = function_;
    uint64_t sum = 0;
    for (const Packet& packet : packets) {
      const auto data = reinterpret_cast<unsigned long>(packet.data);
      bench_xdp_md context = {data, data + packet.size};
      sum += static_cast<uint32_t>(function(&context));
    }
    return sum;
  }

 private:
  MapSet maps_;  // the functions have pointers to them
  int (*function_)(bench_xdp_md*);
};

}  // namespace

CompileOptions options_for(const Program& program) {
  CompileOptions options;
  options.context = context_from_section(program.section);
  options.helpers = default_helpers(options.context);
  return options;
}

namespace {

// What run_at_hook() wants to know of a program at XDP, and what that stands on.
struct AtXdp {
  Program program;
  SetupProgram before;

  static Result<AtXdp> of(const BenchProgram& program) {
    AtXdp out;
    WEIR_TRY(out.program, load_bpf(program));
    WEIR_TRY(Program setup, load_bpf(program, "setup"));
    out.before.maps = setup.maps;
    const CompileOptions options = options_for(setup);
    WEIR_TRY(const VerifiedProgram verified, verify(std::move(setup), options));
    WEIR_TRY(out.before.code, InterpCode::make(verified));
    return out;
  }
  HookSetup setup() const {
    const CompileOptions options = options_for(program);
    return {options.context, options.helpers, program.maps, nullptr, &before};
  }
};

}  // namespace

Result<std::unique_ptr<Runner>> run_compiled(const BenchProgram& program, EntryFn entry,
                                             std::shared_ptr<const void> owner) {
  if (program.hook == Hook::kBytes) return run_entry(entry, std::move(owner));
  WEIR_TRY(const AtXdp at, AtXdp::of(program));
  return run_at_hook(at.setup(), entry, std::move(owner));
}

Result<std::unique_ptr<Runner>> run_interpreted_xdp(const BenchProgram& program,
                                                    std::shared_ptr<const InterpCode> code) {
  WEIR_TRY(const AtXdp at, AtXdp::of(program));
  return run_at_hook(at.setup(), std::move(code));
}

// Filled by the same program that fills the others', so that all start alike.
Result<std::unique_ptr<Runner>> run_native_xdp(const BenchProgram& program,
                                               const bench_xdp& native) {
  WEIR_TRY(const AtXdp at, AtXdp::of(program));
  WEIR_TRY(MapSet maps, filled_maps(at.setup()));
  for (bench_map* map : std::span(native.maps, native.map_count)) {
    map->map = maps.find(map->name);
    if (!map->map)
      return Error(ErrorCode::kInternal, "no map " + std::string(map->name))
          .in_program(program.name);
  }
  return std::make_unique<NativeXdpRunner>(std::move(maps), native);
}

}  // namespace weir::bench
