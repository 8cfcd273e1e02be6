// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Target CPUs: a name for people, a set of features for the loader and the cache key. Known without
// LLVM, so that a cache hit needs no LLVM; codegen hands the same features to LLVM by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/support/result.h"

namespace weir {

enum class Arch : uint8_t { kX86_64 = 1, kAarch64 = 2 };

std::string_view arch_name(Arch arch);  // "x86_64", "aarch64"
Arch host_arch();

struct CpuSpec {
  Arch arch = Arch::kX86_64;
  uint64_t features = 0;  // bit i = feature i of the architecture's table in cpu.cpp
  friend bool operator==(const CpuSpec&, const CpuSpec&) = default;
};

// The portable baseline for object files: x86-64-v2 (SSE4.2, POPCNT; every x86 server since 2009).
inline constexpr std::string_view kBaselineCpu = "x86-64-v2";

// "native" (this machine), "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"; each may be followed by
// ",+feature" or ",-feature" with LLVM's feature names.
Result<CpuSpec> parse_cpu(std::string_view text);
// The names parse_cpu() takes for an architecture.
std::vector<std::string_view> cpu_names(Arch arch);

CpuSpec host_cpu();
// True if code for `wanted` runs on a machine with `have`.
bool cpu_runs(const CpuSpec& have, const CpuSpec& wanted);
// Shortest spelling: "x86-64-v3" or "x86-64-v2,+bmi,+bmi2".
std::string cpu_to_string(const CpuSpec& cpu);
// LLVM's spelling: every feature of the table as "+x" or "-x", in table order, comma separated.
std::string cpu_llvm_features(const CpuSpec& cpu);
// Names of the features in `wanted` that `have` lacks, comma separated.
std::string cpu_missing(const CpuSpec& have, const CpuSpec& wanted);

}  // namespace weir
