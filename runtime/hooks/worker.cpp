// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/worker.h"

namespace weir {

Result<std::unique_ptr<Worker>> Worker::open(Host& host) {
  WEIR_TRY(const uint32_t cpu, host.take_cpu());
  return std::unique_ptr<Worker>(new Worker(host, cpu));
}

Worker::Worker(Host& host, uint32_t cpu) : host_(host), cpu_(cpu), reader_(host.epochs()) {
  context_.cpu = cpu;
  context_.services = host.options().services;
  host.epochs().add(reader_);
}

Worker::~Worker() {
  host_.epochs().remove(reader_);
  host_.give_back_cpu(cpu_);
}

}  // namespace weir
