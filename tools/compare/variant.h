// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ways a program is built: the matrix of what the user asked for, without what makes no
// difference (the interpreter has no level, clang no policy).
#pragma once

#include <string>
#include <vector>

#include "runtime/abi/compile_options.h"
#include "tools/output.h"

namespace weir::tool {

enum class Builder : uint8_t { kInterpreter, kJit, kAot, kClang, kKernel, kDpdk, kPcap };
// "interpreter", "jit", "aot", "clang", "kernel", "dpdk", "pcap".
std::string_view builder_name(Builder builder);
std::optional<Builder> builder_from_name(std::string_view name);

struct Variant {
  Builder builder = Builder::kAot;
  uint8_t level = 2;
  std::string cpu;  // as parse_cpu() takes it
  Policy policy = Policy::kGuard;
  bool inlining = true;
  bool profiled = false;

  // "aot-O2-x86-64-guard": stable, what baselines and options know it by.
  std::string id() const;
  std::string how() const;  // for people
  Json json() const;        // the members of the comparison that say what it is
};

struct Matrix {
  std::vector<Builder> builders;
  std::vector<uint8_t> levels;
  std::vector<std::string> cpus;
  std::vector<Policy> policies;
  std::vector<bool> inlining;
  bool profiled = false;
};
std::vector<Variant> variants_of(const Matrix& matrix);

}  // namespace weir::tool
