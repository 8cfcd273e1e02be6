// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The manifest as bytes: the fields of Manifest in order, little-endian, strings and the program
// list with a u32 length before them. Magic and ABI number come first and stay first for ever, so
// that any weir can tell "made for another weir" from "damaged".
#include "runtime/abi/artifact.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/abi/exec_context.h"
#include "runtime/abi/host_hooks.h"

namespace weir {

namespace {

constexpr uint8_t kLastContext = kContextCount - 1;
constexpr uint8_t kLastPolicy = static_cast<uint8_t>(Policy::kTrusted);
constexpr uint8_t kLastHelperSet = static_cast<uint8_t>(HelperSet::kKernel);
constexpr uint8_t kMaxOptLevel = kOptLevelSize;
// A hook kind or helper set of a host: which, its identity says, which follows the program.
constexpr uint8_t kOfHost = 0xff;

// Three strings, two enumerators, three numbers, whether there is a run configuration.
constexpr size_t kLeastProgramBytes = 3 * 4 + 2 + 3 * 4 + 1;

Error malformed(std::string message) {
  return Error(ErrorCode::kObjectMalformed, std::move(message)).in_section(kManifestSection);
}

Error truncated(const ByteReader& in, size_t total, std::string_view part) {
  return Error(ErrorCode::kObjectTruncated,
               fmt::format("the manifest has {} bytes; its {} starts before byte {} and goes past "
                           "the end",
                           total, part, in.offset()))
      .in_section(kManifestSection);
}

Error other_host(const ManifestProgram& program, std::string_view what) {
  return Error(ErrorCode::kObjectTarget,
               fmt::format("the program '{}' was made for {} of a host that this process does not "
                           "have, or has otherwise",
                           printable(program.name), what))
      .in_section(kManifestSection)
      .with_hint("compile it in, or for, the host that runs it");
}

// `index` is for messages: "program 3".
Status check_program(const ManifestProgram& program, size_t index, uint8_t context, uint8_t helpers,
                     uint32_t code_size) {
  auto bad = [&](std::string message) {
    return malformed(fmt::format("program {}: {}", index, message));
  };
  if (program.name.size() > kMaxManifestName || program.section.size() > kMaxManifestName) {
    return Error(ErrorCode::kLimit,
                 fmt::format("program {}: name and section have {} and {} bytes, at most {} are "
                             "allowed",
                             index, program.name.size(), program.section.size(), kMaxManifestName))
        .in_section(kManifestSection);
  }
  if (!is_identifier(program.symbol)) {
    return bad(fmt::format("symbol '{}' is no C identifier of at most 128 bytes",
                           printable(program.symbol)));
  }
  if (context > kLastContext && context != kOfHost) {
    return bad(fmt::format("context kind {}, but the last one is {}", context, kLastContext));
  }
  if (helpers > kLastHelperSet && helpers != kOfHost) {
    return bad(fmt::format("helper set {}, but the last one is {}", helpers, kLastHelperSet));
  }
  if (program.entry % kEntryAlignment != 0 || program.entry >= code_size) {
    return bad(
        fmt::format("entry point at {}, but it must be a multiple of {} below the code size {}",
                    program.entry, kEntryAlignment, code_size));
  }
  if (program.proven > program.accesses) {
    return bad(fmt::format("{} of {} accesses are proven", program.proven, program.accesses));
  }
  return {};
}

// Two programs with one symbol could not be linked into one executable.
Status check_symbols_differ(const std::vector<ManifestProgram>& programs) {
  if (programs.size() < 2) return {};
  std::vector<std::string_view> symbols;
  symbols.reserve(programs.size());
  for (const ManifestProgram& program : programs) symbols.push_back(program.symbol);
  std::ranges::sort(symbols);
  const auto twice = std::ranges::adjacent_find(symbols);
  if (twice == symbols.end()) return {};
  return malformed(fmt::format("two programs have the symbol '{}'", printable(*twice)));
}

}  // namespace

std::vector<uint8_t> manifest_to_bytes(const Manifest& manifest) {
  const auto& [abi, cpu, policy, opt_level, analysis, compiler, code_size, programs] = manifest;
  ByteWriter out;
  out.write(kManifestMagic);
  out.write(abi);
  out.write(cpu.arch);
  out.write(cpu.features);
  out.write(policy);
  out.write(opt_level);
  out.write(analysis);
  out.write_string(compiler);
  out.write(code_size);
  out.write(static_cast<uint32_t>(programs.size()));
  for (const ManifestProgram& program : programs) {
    const auto& [name, section, symbol, context, helpers, entry, accesses, proven, run_config] =
        program;
    out.write_string(name);
    out.write_string(section);
    out.write_string(symbol);
    const bool host_context = find_host_context(context) != nullptr;
    const bool host_helpers = is_host_set(helpers);
    out.write(host_context ? kOfHost : static_cast<uint8_t>(context));
    out.write(host_helpers ? kOfHost : static_cast<uint8_t>(helpers));
    out.write(entry);
    out.write(accesses);
    out.write(proven);
    out.write(static_cast<uint8_t>(run_config.has_value()));
    if (run_config) {
      out.write(run_config->priority);
      out.write(run_config->chain_call_actions);
    }
    if (host_context) out.write_string(context_identity(context));
    if (host_helpers) out.write_string(helper_set_identity(helpers));
  }
  return out.take();
}

Result<Manifest> manifest_from_bytes(ByteSpan bytes) {
  const size_t total = bytes.size();
  if (total > kMaxManifestBytes) {
    return Error(ErrorCode::kLimit, fmt::format("the manifest has {} bytes, at most {} are allowed",
                                                total, kMaxManifestBytes))
        .in_section(kManifestSection);
  }
  ByteReader in(bytes);
  Manifest manifest;
  const auto magic = in.read<uint32_t>();
  manifest.abi = in.read<uint32_t>();
  if (!in.ok()) return truncated(in, total, "magic and ABI number");
  if (magic != kManifestMagic) {
    return malformed(fmt::format("the manifest starts with {:#010x}, expected {:#010x} (\"weir\")",
                                 magic, kManifestMagic));
  }
  if (manifest.abi != kAbiVersion) {
    return Error(ErrorCode::kObjectAbi, fmt::format("made for ABI {}, but this weir runs ABI {}",
                                                    manifest.abi, kAbiVersion))
        .with_hint("compile the program again with the weir that is to run it");
  }

  const auto arch = in.read<uint8_t>();
  manifest.cpu.features = in.read<uint64_t>();
  const auto policy = in.read<uint8_t>();
  manifest.opt_level = in.read<uint8_t>();
  manifest.analysis = in.read<uint32_t>();
  const ByteSpan compiler = in.read_block();
  manifest.code_size = in.read<uint32_t>();
  const auto count = in.read<uint32_t>();
  if (!in.ok()) return truncated(in, total, "description of the code");

  if (arch != static_cast<uint8_t>(Arch::kX86_64) && arch != static_cast<uint8_t>(Arch::kAarch64)) {
    return malformed(fmt::format("architecture {}, expected 1 (x86_64) or 2 (aarch64)", arch));
  }
  if (policy > kLastPolicy) {
    return malformed(fmt::format("policy {}, but the last one is {}", policy, kLastPolicy));
  }
  manifest.cpu.arch = static_cast<Arch>(arch);
  manifest.policy = static_cast<Policy>(policy);
  if (manifest.opt_level > kMaxOptLevel) {
    return malformed(fmt::format("optimisation level {}, but the last one is {}",
                                 manifest.opt_level, kMaxOptLevel));
  }
  if (compiler.size() > kMaxCompilerName) {
    return Error(ErrorCode::kLimit, fmt::format("the compiler's name has {} bytes, at most {} are "
                                                "allowed",
                                                compiler.size(), kMaxCompilerName))
        .in_section(kManifestSection);
  }
  if (std::ranges::any_of(compiler, [](uint8_t c) { return c < 0x20 || c > 0x7e; })) {
    return malformed(fmt::format("the compiler's name '{}' is not printable ASCII",
                                 printable(as_text(compiler))));
  }
  manifest.compiler = as_text(compiler);
  if (count == 0) return malformed("the manifest lists no program");
  if (count > kMaxNativePrograms) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the manifest lists {} programs, at most {} are allowed", count,
                             kMaxNativePrograms))
        .in_section(kManifestSection);
  }
  if (count > in.remaining() / kLeastProgramBytes) {
    return truncated(in, total, fmt::format("list of {} programs", count));
  }

  manifest.programs.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    ManifestProgram& program = manifest.programs[i];
    program.name = in.read_string();
    program.section = in.read_string();
    program.symbol = in.read_string();
    const auto context = in.read<uint8_t>();
    const auto helpers = in.read<uint8_t>();
    program.entry = in.read<uint32_t>();
    program.accesses = in.read<uint32_t>();
    program.proven = in.read<uint32_t>();
    const auto configured = in.read<uint8_t>();
    if (configured == 1) {
      program.run_config.emplace();
      program.run_config->priority = in.read<uint32_t>();
      program.run_config->chain_call_actions = in.read<uint32_t>();
    }
    if (!in.ok()) return truncated(in, total, fmt::format("program {}", i));
    if (configured > 1) {
      return malformed(fmt::format(
          "program {}: a run configuration is there or not (1 or 0), not {}", i, configured));
    }
    WEIR_CHECK(check_program(program, i, context, helpers, manifest.code_size));
    program.context = static_cast<ContextKind>(context);
    program.helpers = static_cast<HelperSet>(helpers);
    if (context == kOfHost) {
      const auto kind = context_from_identity(in.read_string());
      if (!in.ok()) return truncated(in, total, fmt::format("hook of program {}", i));
      if (!kind) return other_host(program, "a hook");
      program.context = *kind;
    }
    if (helpers == kOfHost) {
      const auto set = helper_set_from_identity(in.read_string());
      if (!in.ok()) return truncated(in, total, fmt::format("helpers of program {}", i));
      if (!set) return other_host(program, "helpers");
      program.helpers = *set;
    }
  }
  if (!in.done()) {
    return malformed(fmt::format("{} bytes follow the end of the manifest, at byte {}",
                                 in.remaining(), in.offset()));
  }
  WEIR_CHECK(check_symbols_differ(manifest.programs));
  return manifest;
}

}  // namespace weir
