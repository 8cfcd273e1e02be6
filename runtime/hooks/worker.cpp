// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/worker.h"

#include <cstring>

#include "runtime/engine/helper_table.h"
#include "runtime/hooks/host_packet.h"
#include "runtime/hooks/packet_buffer.h"

namespace weir {

class Worker::Seat {
 public:
  Seat(Host& host, uint32_t cpu) : host_(host), cpu_(cpu) {}
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() {
    if (!taken_) host_.give_back_cpu(cpu_);
  }
  Host& host() const { return host_; }
  uint32_t cpu() const { return cpu_; }
  void take() { taken_ = true; }

 private:
  Host& host_;
  const uint32_t cpu_;
  bool taken_ = false;
};

Result<std::unique_ptr<Worker>> Worker::open(Host& host) {
  WEIR_TRY(const uint32_t cpu, host.take_cpu());
  Seat seat(host, cpu);
  return std::unique_ptr<Worker>(new Worker(seat));
}

Worker::Worker(Seat& seat) : host_(seat.host()), cpu_(seat.cpu()), reader_(host_.epochs()) {
  context_.cpu = cpu_;
  context_.services = host_.options().services;
  host_.epochs().add(reader_);
  seat.take();
}

RunResult Worker::run(const Instance& instance, std::span<uint8_t> data, uint64_t budget) {
  const ContextKind kind = instance.context();
  placed_.reset();
  const bool is_packet = context_shape(kind) == ContextShape::kPacket;
  if (is_packet && (is_host_context(kind) || !describe_frame(kind, data, place_.packet))) {
    return {.trap = {TrapCode::kAccess, 0}};
  }
  return run_placed(instance, data, budget);
}

RunResult Worker::run_at(const Instance& instance, std::span<uint8_t> structure,
                         std::span<uint8_t> data, uint64_t budget) {
  const ContextKind kind = instance.context();
  const size_t bytes = context_bytes(kind);
  const bool has_structure = is_host_context(kind) || context_struct_bytes(kind) != 0;
  if (!has_structure || bytes > place_.structure.size() || structure.size() < bytes ||
      data.size() > kMaxDataBytes) {
    return {.trap = {TrapCode::kAccess, 0}};
  }
  placed_.reset();
  place_.packet = host_packet(kind, data.data(), data.size());
  std::memcpy(place_.structure.data(), structure.data(), bytes);
  const RunResult result = run_placed(instance, data, budget);
  std::memcpy(structure.data(), place_.structure.data(), bytes);
  return result;
}

RunResult Worker::run_placed(const Instance& instance, std::span<uint8_t> data, uint64_t budget) {
  const Executable& executable = instance.executable();
  attached_ = 0;
  context_.helpers = helper_table(executable.info().options.helpers);
  instance.programs().attach(0, context_);
  begin_run(context_, budget);
  const bool is_packet = context_shape(instance.context()) == ContextShape::kPacket;
  const uint64_t r0 = is_packet ? executable.run(&context_, &place_.packet, 0)
                                : executable.run(&context_, data.data(), data.size());
  if (context_.trap_code == TrapCode::kNone) return {.r0 = r0};
  return {.trap = trap_of(context_), .program = context_.program};
}

Worker::~Worker() {
  host_.epochs().remove(reader_);
  host_.give_back_cpu(cpu_);
}

}  // namespace weir
