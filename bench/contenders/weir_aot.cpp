// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir's native objects, made and mapped as a host gets them. Two of the four are compiled for the
// CPU that clang -O2 compiles for, so that the flags are equal; two for this machine.
#include "bench/contenders/contender.h"
#include "bench/contenders/xdp_runner.h"
#include "codegen/compiler.h"
#include "frontend/verifier/verifier.h"
#include "runtime/native/native_object.h"

namespace weir::bench {

namespace {

struct Variant {
  const char* name;
  const char* title;
  const char* cpu;
  uint8_t level;
  Policy policy;
};
constexpr Variant kVariants[] = {
    {"aot-guard", "AOT -O2\nguard", "x86-64", 2, Policy::kGuard},
    {"aot-trusted", "AOT -O2\ntrusted", "x86-64", 2, Policy::kTrusted},
    {"aot-native-guard", "AOT -O3\nnative\nguard", "native", 3, Policy::kGuard},
    {"aot-native-trusted", "AOT -O3\nnative\ntrusted", "native", 3, Policy::kTrusted},
};

Result<Prepared> prepare(const BenchProgram& program, const Variant& variant) {
  WEIR_TRY(Program bpf, load_bpf(program));
  CompileOptions options = options_for(bpf);
  options.policy = variant.policy;
  options.opt_level = variant.level;
  WEIR_TRY(options.cpu, parse_cpu(variant.cpu));
  WEIR_TRY(const VerifiedProgram verified, verify(std::move(bpf), options));
  WEIR_TRY(std::vector<uint8_t> bytes, compile_object({&verified, 1}));
  WEIR_TRY(const NativeObject object, NativeObject::parse(std::move(bytes)));
  WEIR_TRY(std::shared_ptr<const Image> image, Image::map_trusted(object));
  const EntryFn entry = image->entry(0);
  WEIR_TRY(std::unique_ptr<Runner> runner, run_compiled(program, entry, std::move(image)));
  return Prepared{std::move(runner), {}};
}

}  // namespace

std::vector<Contender> weir_aot() {
  std::vector<Contender> contenders;
  for (const Variant& variant : kVariants) {
    const std::string how = std::string("weir native object, -O") + std::to_string(variant.level) +
                            " --cpu " + variant.cpu + " --policy " +
                            std::string(policy_name(variant.policy));
    contenders.push_back(
        {variant.name, variant.title, how,
         [&variant](const BenchProgram& program) { return prepare(program, variant); }});
  }
  return contenders;
}

}  // namespace weir::bench
