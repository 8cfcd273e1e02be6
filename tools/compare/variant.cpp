// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compare/variant.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::tool {

namespace {

constexpr Builder kBuilders[] = {Builder::kInterpreter, Builder::kJit,    Builder::kAot,
                                 Builder::kClang,       Builder::kKernel, Builder::kDpdk,
                                 Builder::kPcap};

bool compiles(Builder builder) {
  return builder == Builder::kJit || builder == Builder::kAot;
}

}  // namespace

std::string_view builder_name(Builder builder) {
  switch (builder) {
    case Builder::kInterpreter: return "interpreter";
    case Builder::kJit: return "jit";
    case Builder::kAot: return "aot";
    case Builder::kClang: return "clang";
    case Builder::kKernel: return "kernel";
    case Builder::kDpdk: return "dpdk";
    case Builder::kPcap: return "pcap";
  }
  return "unknown";
}

std::optional<Builder> builder_from_name(std::string_view name) {
  for (const Builder builder : kBuilders) {
    if (builder_name(builder) == name) return builder;
  }
  return std::nullopt;
}

std::string Variant::id() const {
  std::string out(builder_name(builder));
  if (compiles(builder) || builder == Builder::kClang)
    out += fmt::format("-O{}-{}", opt_level_name(level), cpu);
  if (compiles(builder) || builder == Builder::kInterpreter)
    out += fmt::format("-{}", policy_name(policy));
  if (compiles(builder) && !inlining) out += "-noinline";
  if (compiles(builder) && profiled) out += "-profile";
  return out;
}

std::string Variant::how() const {
  switch (builder) {
    case Builder::kInterpreter:
      return fmt::format("weir interpreter, --policy {}", policy_name(policy));
    case Builder::kKernel: return "the kernel's JIT, by BPF_PROG_TEST_RUN";
    case Builder::kDpdk: return "the JIT of DPDK's librte_bpf";
    case Builder::kPcap: return "libpcap's interpreter, bpf_filter()";
    case Builder::kClang:
      return fmt::format("clang -O{} -march={} of the C source", opt_level_name(level), cpu);
    default: break;
  }
  return fmt::format("weir {}, -O{} --cpu {} --policy {}{}{}",
                     builder == Builder::kJit ? "JIT" : "native object", opt_level_name(level), cpu,
                     policy_name(policy), inlining ? "" : ", nothing inlined",
                     profiled ? ", with a profile" : "");
}

Json Variant::json() const {
  Json out = {{"id", id()}, {"engine", builder_name(builder)}};
  if (compiles(builder) || builder == Builder::kClang) {
    out["level"] = opt_level_name(level);
    out["cpu"] = cpu;
  }
  if (compiles(builder) || builder == Builder::kInterpreter) out["policy"] = policy_name(policy);
  if (compiles(builder)) out["inline"] = inlining;
  if (compiles(builder) && profiled) out["profile"] = true;
  out["how"] = how();
  return out;
}

std::vector<Variant> variants_of(const Matrix& matrix) {
  std::vector<Variant> out;
  const std::vector<bool> profiles =
      matrix.profiled ? std::vector{false, true} : std::vector{false};
  for (const Builder builder : matrix.builders) {
    for (const uint8_t level : matrix.levels) {
      for (const std::string& cpu : matrix.cpus) {
        for (const Policy policy : matrix.policies) {
          for (const bool inlining : matrix.inlining) {
            for (const bool profiled : profiles) {
              Variant variant{builder, level, cpu, policy, inlining, profiled};
              const bool there = std::ranges::any_of(
                  out, [&](const Variant& other) { return other.id() == variant.id(); });
              if (!there) out.push_back(std::move(variant));
            }
          }
        }
      }
    }
  }
  return out;
}

}  // namespace weir::tool
