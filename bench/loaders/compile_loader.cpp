// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a miss of the cache costs: the program compiled to a native object, and that mapped.
#include "bench/loaders/loader.h"
#include "codegen/compiler.h"
#include "frontend/verifier/verifier.h"
#include "runtime/native/native_object.h"

namespace weir::bench {

namespace {

class CompileLoader final : public Loader {
 public:
  explicit CompileLoader(const LoadCase& load_case)
      : program_(load_case.program), options_(load_case.options) {}

  Status load() override {
    double times[4] = {now_ns(), 0, 0, 0};
    WEIR_TRY(const VerifiedProgram verified, verify(std::move(copy_), options_));
    times[1] = now_ns();
    WEIR_TRY(std::vector<uint8_t> bytes, compile_object({&verified, 1}));
    times[2] = now_ns();
    WEIR_TRY(const NativeObject object, NativeObject::parse(std::move(bytes)));
    WEIR_TRY(image_, Image::map_trusted(object));
    times[3] = now_ns();
    steps_ = {{"verify", times[1] - times[0]},
              {"compile_object", times[2] - times[1]},
              {"parse and map", times[3] - times[2]}};
    return {};
  }
  void unload() override {
    image_.reset();
    copy_ = program_;
  }
  uint64_t run(Packet packet) override { return run_once(image_->entry(0), packet); }
  std::vector<LoadStep> steps() const override { return steps_; }

 private:
  const Program program_;
  Program copy_ = program_;
  const CompileOptions options_;
  std::shared_ptr<const Image> image_;
  std::vector<LoadStep> steps_;
};

}  // namespace

LoaderKind compile_loader() {
  return {"compile", "weir: verify, compile_object, parse, map_trusted", true,
          [](const LoadCase& load_case) -> Result<std::unique_ptr<Loader>> {
            return std::make_unique<CompileLoader>(load_case);
          }};
}

}  // namespace weir::bench
