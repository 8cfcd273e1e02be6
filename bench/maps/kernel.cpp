// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/maps/kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace weir::bench {

namespace {

Error failed(const std::string& what, int code) {
  return Error(ErrorCode::kIo,
               what + ": " + std::generic_category().message(code < 0 ? -code : code));
}

class Loaded : public KernelRun {
 public:
  explicit Loaded(bpf_object* object) : object_(object) {}
  ~Loaded() override { bpf_object__close(object_); }

  Status start() {
    bpf_program* program = bpf_object__next_program(object_, nullptr);
    map_ = bpf_object__next_map(object_, nullptr);
    if (!program || !map_) return Error(ErrorCode::kInternal, "no program or no map in the object");
    program_ = bpf_program__fd(program);
    return {};
  }

  Status update(const void* key, uint64_t value) override {
    const auto type = bpf_map__type(map_);
    const bool per_cpu = type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH;
    const std::vector<uint64_t> values(
        per_cpu ? static_cast<size_t>(libbpf_num_possible_cpus()) : 1, value);
    const int code = bpf_map_update_elem(bpf_map__fd(map_), key, values.data(), BPF_ANY);
    if (code != 0) return failed("updating the kernel's map", code);
    return {};
  }

  Result<double> run(unsigned repeat, uint32_t* result) override {
    uint8_t packet[64] = {};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof packet,
                .repeat = static_cast<int>(repeat));
    const int code = bpf_prog_test_run_opts(program_, &options);
    if (code != 0) return failed("BPF_PROG_TEST_RUN", code);
    *result = options.retval;
    return static_cast<double>(options.duration);
  }

 private:
  bpf_object* object_;
  bpf_map* map_ = nullptr;
  int program_ = -1;
};

}  // namespace

Result<std::unique_ptr<KernelRun>> KernelRun::load(const std::string& path) {
  libbpf_set_print(nullptr);
  bpf_object* object = bpf_object__open(path.c_str());
  if (!object) return failed("opening " + path, errno);
  auto loaded = std::make_unique<Loaded>(object);
  if (const int code = bpf_object__load(object); code != 0)
    return failed("the kernel does not load " + path, code);
  WEIR_CHECK(loaded->start());
  return std::unique_ptr<KernelRun>(std::move(loaded));
}

}  // namespace weir::bench
