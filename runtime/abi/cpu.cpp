// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/cpu.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "frontend/support/text.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace weir {

namespace {

// What the x86-64 psABI's micro-architecture levels are made of, and a few features beyond them
// that change the code LLVM writes for packet programs.
struct Feature {
  std::string_view name;  // LLVM's
  uint8_t level;          // 2, 3, 4: part of x86-64-vN; 0: of none
  // Where CPUID reports it: leaf, subleaf 0, register (0 eax .. 3 edx), bit.
  uint32_t leaf;
  uint8_t reg;
  uint8_t bit;
};

constexpr Feature kX86[] = {
    {"cx16", 2, 1, 2, 13},         {"sse3", 2, 1, 2, 0},           {"ssse3", 2, 1, 2, 9},
    {"sse4.1", 2, 1, 2, 19},       {"sse4.2", 2, 1, 2, 20},        {"popcnt", 2, 1, 2, 23},
    {"sahf", 2, 0x80000001, 2, 0}, {"avx", 3, 1, 2, 28},           {"avx2", 3, 7, 1, 5},
    {"bmi", 3, 7, 1, 3},           {"bmi2", 3, 7, 1, 8},           {"f16c", 3, 1, 2, 29},
    {"fma", 3, 1, 2, 12},          {"lzcnt", 3, 0x80000001, 2, 5}, {"movbe", 3, 1, 2, 22},
    {"xsave", 3, 1, 2, 26},        {"avx512f", 4, 7, 1, 16},       {"avx512bw", 4, 7, 1, 30},
    {"avx512cd", 4, 7, 1, 28},     {"avx512dq", 4, 7, 1, 17},      {"avx512vl", 4, 7, 1, 31},
    {"adx", 0, 7, 1, 19},          {"aes", 0, 1, 2, 25},           {"pclmul", 0, 1, 2, 1},
    {"sha", 0, 7, 1, 29},          {"gfni", 0, 7, 2, 8},           {"vaes", 0, 7, 2, 9},
    {"vpclmulqdq", 0, 7, 2, 10},   {"avx512vbmi", 0, 7, 2, 1},     {"avx512vbmi2", 0, 7, 2, 6},
    {"avx512vnni", 0, 7, 2, 11},   {"avx512bitalg", 0, 7, 2, 12},  {"avx512vpopcntdq", 0, 7, 2, 14},
    {"avx512ifma", 0, 7, 1, 21},
};
static_assert(std::size(kX86) <= 64);

uint64_t level_features(int level) {
  uint64_t set = 0;
  for (size_t i = 0; i < std::size(kX86); ++i) {
    if (kX86[i].level != 0 && kX86[i].level <= level) set |= 1ull << i;
  }
  return set;
}

struct Level {
  std::string_view name;
  int level;
};
constexpr Level kLevels[] = {{"x86-64", 1}, {"x86-64-v2", 2}, {"x86-64-v3", 3}, {"x86-64-v4", 4}};

// CPUs by the names that LLVM and GCC have for them, in terms of the table above. tests/cli holds
// them against clang. Only features count here: code for one of these runs on every CPU that has
// them.
struct Core {
  std::string_view name;
  int level;
  std::string_view more;  // features beyond the level
};
constexpr std::string_view kAllOfIceLake =
    "adx,aes,pclmul,sha,gfni,vaes,vpclmulqdq,avx512vbmi,avx512vbmi2,avx512vnni,avx512bitalg,"
    "avx512vpopcntdq,avx512ifma";
constexpr Core kCores[] = {{"haswell", 3, "pclmul"},
                           {"broadwell", 3, "adx,pclmul"},
                           {"skylake", 3, "adx,aes,pclmul"},
                           {"skylake-avx512", 4, "adx,aes,pclmul"},
                           {"cascadelake", 4, "adx,aes,pclmul,avx512vnni"},
                           {"icelake-server", 4, kAllOfIceLake},
                           {"sapphirerapids", 4, kAllOfIceLake},
                           {"graniterapids", 4, kAllOfIceLake},
                           {"sierraforest", 3, "adx,aes,pclmul,sha,gfni,vaes,vpclmulqdq"},
                           {"znver1", 3, "adx,aes,pclmul,sha"},
                           {"znver2", 3, "adx,aes,pclmul,sha"},
                           {"znver3", 3, "adx,aes,pclmul,sha,vaes,vpclmulqdq"},
                           {"znver4", 4, kAllOfIceLake}};

// This machine, rounded down to a level: many machines of a fleet then want the same code.
constexpr std::string_view kNativeLevel = "native-level";

int feature_index(std::string_view name) {
  for (size_t i = 0; i < std::size(kX86); ++i) {
    if (kX86[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

#if defined(__x86_64__)
// The operating system must have switched on the wider registers (XCR0), else using them faults.
uint64_t os_enabled_registers() {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & (1u << 27)) == 0) return 0;  // OSXSAVE
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

// CPUID leaves of the table, each asked for once: in a virtual machine every CPUID is an exit to
// the hypervisor (5 us where this was measured; two for each feature made 320 us).
class CpuidLeaves {
 public:
  using Registers = std::array<uint32_t, 4>;
  // Zeros for a leaf that the CPU does not have.
  const Registers& operator[](uint32_t leaf) {
    for (size_t i = 0; i < count_; ++i) {
      if (leaves_[i].first == leaf) return leaves_[i].second;
    }
    auto& [number, r] = leaves_[count_++];
    number = leaf;
    if (!__get_cpuid_count(leaf, 0, &r[0], &r[1], &r[2], &r[3])) r = {};
    return r;
  }

 private:
  std::array<std::pair<uint32_t, Registers>, std::size(kX86)> leaves_{};
  size_t count_ = 0;
};

uint64_t detect() {
  const uint64_t xcr0 = os_enabled_registers();
  const bool ymm = (xcr0 & 0x6) == 0x6;
  const bool zmm = (xcr0 & 0xe6) == 0xe6;
  CpuidLeaves leaves;
  uint64_t set = 0;
  for (size_t i = 0; i < std::size(kX86); ++i) {
    const Feature& f = kX86[i];
    if ((leaves[f.leaf][f.reg] >> f.bit & 1) == 0) continue;
    const bool needs_zmm = f.name.starts_with("avx512");
    const bool needs_ymm = f.name.starts_with("avx") || f.name == "fma" || f.name == "f16c" ||
                           f.name == "vaes" || f.name == "vpclmulqdq";
    if ((needs_zmm && !zmm) || (needs_ymm && !ymm)) continue;
    set |= 1ull << i;
  }
  return set;
}
#endif

// A name without features behind it. Nothing: there is no such CPU.
std::optional<CpuSpec> find_cpu(std::string_view name) {
  if (name == "native") return host_cpu();
  if (name == kNativeLevel) {
    CpuSpec cpu = host_cpu();
    if (cpu.arch != Arch::kX86_64) return cpu;
    uint64_t best = 0;
    for (const Level& level : kLevels) {
      const uint64_t wanted = level_features(level.level);
      if ((wanted & ~cpu.features) == 0) best = wanted;
    }
    cpu.features = best;
    return cpu;
  }
  for (const Level& level : kLevels) {
    if (level.name == name) return CpuSpec{Arch::kX86_64, level_features(level.level)};
  }
  for (const Core& core : kCores) {
    if (core.name != name) continue;
    CpuSpec cpu = {Arch::kX86_64, level_features(core.level)};
    for (std::string_view rest = core.more; !rest.empty();) {
      const std::string_view feature = rest.substr(0, rest.find(','));
      cpu.features |= 1ull << feature_index(feature);
      rest.remove_prefix(std::min(rest.size(), feature.size() + 1));
    }
    return cpu;
  }
  return std::nullopt;
}

}  // namespace

std::string_view arch_name(Arch arch) {
  switch (arch) {
    case Arch::kX86_64: return "x86_64";
    case Arch::kAarch64: return "aarch64";
  }
  return "unknown";
}

Arch host_arch() {
#if defined(__aarch64__)
  return Arch::kAarch64;
#else
  return Arch::kX86_64;
#endif
}

CpuSpec host_cpu() {
  CpuSpec cpu{host_arch(), 0};
#if defined(__x86_64__)
  static const uint64_t detected = detect();
  cpu.features = detected;
#endif
  return cpu;
}

std::vector<std::string_view> cpu_names(Arch arch) {
  std::vector<std::string_view> names = {"native", kNativeLevel};
  if (arch == Arch::kX86_64) {
    for (const Level& level : kLevels) names.push_back(level.name);
    for (const Core& core : kCores) names.push_back(core.name);
  }
  return names;
}

Result<CpuSpec> parse_cpu(std::string_view text) {
  const size_t comma = text.find(',');
  const std::string_view base = text.substr(0, comma);
  const auto known = find_cpu(base);
  if (!known) {
    return Error(ErrorCode::kCompilerTarget, fmt::format("unknown CPU '{}'", printable(base)))
        .with_hint(
            "known are native, native-level, x86-64, x86-64-v2, x86-64-v3 and x86-64-v4, and CPUs "
            "from haswell and znver1 on");
  }
  CpuSpec cpu = *known;
  std::string_view rest = comma == std::string_view::npos ? "" : text.substr(comma + 1);
  while (!rest.empty()) {
    const size_t end = rest.find(',');
    const std::string_view item = rest.substr(0, end);
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    const int index =
        item.size() > 1 && (item[0] == '+' || item[0] == '-') ? feature_index(item.substr(1)) : -1;
    if (index < 0) {
      return Error(ErrorCode::kCompilerTarget,
                   fmt::format("unknown CPU feature '{}'", printable(item)))
          .with_hint("write +name or -name with LLVM's names, for example x86-64-v2,+avx2");
    }
    if (item[0] == '+') {
      cpu.features |= 1ull << index;
    } else {
      cpu.features &= ~(1ull << index);
    }
  }
  return cpu;
}

bool cpu_runs(const CpuSpec& have, const CpuSpec& wanted) {
  return have.arch == wanted.arch && (wanted.features & ~have.features) == 0;
}

std::string cpu_to_string(const CpuSpec& cpu) {
  if (cpu.arch != Arch::kX86_64) return std::string(arch_name(cpu.arch));
  const Level* best = &kLevels[0];
  for (const Level& level : kLevels) {
    if ((level_features(level.level) & ~cpu.features) == 0) best = &level;
  }
  std::string out(best->name);
  const uint64_t base = level_features(best->level);
  for (size_t i = 0; i < std::size(kX86); ++i) {
    if (((cpu.features & ~base) >> i & 1) != 0) out += fmt::format(",+{}", kX86[i].name);
  }
  return out;
}

std::string cpu_llvm_features(const CpuSpec& cpu) {
  std::string out;
  if (cpu.arch != Arch::kX86_64) return out;
  for (size_t i = 0; i < std::size(kX86); ++i) {
    if (!out.empty()) out += ',';
    out += (cpu.features >> i & 1) != 0 ? '+' : '-';
    out += kX86[i].name;
  }
  return out;
}

std::string cpu_missing(const CpuSpec& have, const CpuSpec& wanted) {
  std::string out;
  for (size_t i = 0; i < std::size(kX86); ++i) {
    if (((wanted.features & ~have.features) >> i & 1) == 0) continue;
    if (!out.empty()) out += ", ";
    out += kX86[i].name;
  }
  return out;
}

}  // namespace weir
