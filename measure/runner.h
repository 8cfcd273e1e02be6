// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program made ready by one contender: something that runs on packets and can be timed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "frontend/support/bytes.h"
#include "runtime/abi/exec_context.h"

namespace weir::measure {

struct Packet {
  uint8_t* data;
  uint64_t size;
};

class Runner {
 public:
  virtual ~Runner() = default;
  // Runs the program on each packet in turn, as a host's packet loop would; the sum of the results.
  virtual uint64_t run(std::span<const Packet> packets) = 0;
  // The trap of the last run() that had one.
  virtual Trap trap() const { return {}; }
  // Nanoseconds that the last run() took, where the runner knows them better than who timed it from
  // outside: because it had to prepare something, or another clock is nearer.
  virtual std::optional<double> own_time_ns() const { return {}; }
  // The packet that the last run left, where a program may have moved its ends.
  virtual ByteSpan left(const Packet& packet) const { return {packet.data, packet.size}; }

 protected:
  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
};

// A C function that takes bytes, called directly.
using NativeFn = uint64_t (*)(void* data, uint64_t size);
std::unique_ptr<Runner> run_function(NativeFn function);

// Compiled code at a hook that hands over bytes; `owner` is what must live as long as the code is
// used.
std::unique_ptr<Runner> run_entry(EntryFn entry, std::shared_ptr<const void> owner);

}  // namespace weir::measure
