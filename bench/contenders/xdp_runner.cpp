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

Result<MapSet> filled_maps(const BenchProgram& program) {
  WEIR_TRY(const Program main, load_bpf(program));
  WEIR_TRY(MapSet maps, MapSet::create(main.maps));
  WEIR_TRY(Program setup, load_bpf(program, "setup"));
  WEIR_TRY(MapSet same, MapSet::create(setup.maps, {.shared = maps.handles()}));
  const CompileOptions options = options_for(setup);
  WEIR_TRY(const VerifiedProgram verified, verify(std::move(setup), options));
  WEIR_TRY(std::shared_ptr<const InterpCode> code, InterpCode::make(verified));
  uint8_t frame[64] = {};
  const Packet packet{frame, sizeof frame};
  XdpRunner run(std::move(same), [&](auto... arguments) { return code->run(arguments...); }, code);
  run.run({&packet, 1});
  if (const Trap trap = run.trap()) {
    return Error(ErrorCode::kInternal, "setup: trap '" + std::string(trap_name(trap.code)) + "'")
        .in_program(program.name);
  }
  return maps;
}

Result<std::unique_ptr<Runner>> run_compiled(const BenchProgram& program, EntryFn entry,
                                             std::shared_ptr<const void> owner) {
  if (program.hook == Hook::kBytes) return run_entry(entry, std::move(owner));
  WEIR_TRY(MapSet maps, filled_maps(program));
  return std::make_unique<XdpRunner<EntryFn>>(std::move(maps), entry, std::move(owner));
}

// Filled by the same program that fills the others', so that all start alike.
Result<std::unique_ptr<Runner>> run_native_xdp(const BenchProgram& program,
                                               const bench_xdp& native) {
  WEIR_TRY(MapSet maps, filled_maps(program));
  for (bench_map* map : std::span(native.maps, native.map_count)) {
    map->map = maps.find(map->name);
    if (!map->map)
      return Error(ErrorCode::kInternal, "no map " + std::string(map->name))
          .in_program(program.name);
  }
  return std::make_unique<NativeXdpRunner>(std::move(maps), native);
}

}  // namespace weir::bench
