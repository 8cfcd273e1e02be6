// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/worker.h"

#include "runtime/engine/helper_table.h"
#include "runtime/hooks/packet_buffer.h"

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

RunResult Worker::run(const Instance& instance, std::span<uint8_t> data, uint64_t budget) {
  const Executable& executable = instance.executable();
  const ContextKind kind = instance.context();
  if (context_shape(kind) == ContextShape::kPacket && !describe_frame(kind, data, packet_)) {
    return {.trap = {TrapCode::kAccess, 0}};
  }
  context_.helpers = helper_table(executable.info().options.helpers);
  instance.programs().attach(0, context_);
  begin_run(context_, budget);
  const uint64_t r0 = context_shape(kind) == ContextShape::kPacket
                          ? executable.run(&context_, &packet_, 0)
                          : executable.run(&context_, data.data(), data.size());
  if (context_.trap_code == TrapCode::kNone) return {.r0 = r0};
  return {.trap = trap_of(context_), .program = context_.program};
}

Worker::~Worker() {
  host_.epochs().remove(reader_);
  host_.give_back_cpu(cpu_);
}

}  // namespace weir
