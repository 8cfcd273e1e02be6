// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A compiler and a store that tests can steer. The compiler's code returns 42 whatever the program
// says, so that a result tells which engine gave it, and needs no LLVM.
#pragma once

#include <map>
#include <string>

#include "cache/store.h"
#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "frontend/isa/program_bytes.h"
#include "frontend/support/text.h"
#include "runtime/abi/artifact_writer.h"
#include "runtime/abi/compile_key.h"
#include "runtime/engine/compiler_provider.h"

namespace weir::engine_test {

inline constexpr uint64_t kNativeResult = 42;

inline uint64_t jit_entry(ExecContext*, void*, uint64_t) {
  return 43;
}
inline constexpr uint64_t kJitResult = 43;

// return 42
inline std::vector<uint8_t> native_text(Arch arch) {
  if (arch == Arch::kAarch64) return {0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6};
  return {0xb8, 42, 0, 0, 0, 0xc3};
}

class FakeCompiler final : public CompilerProvider {
 public:
  Result<std::vector<uint8_t>> compile_object(std::span<const VerifiedProgram> programs) override {
    ++compilations;
    if (broken) return Error(ErrorCode::kCompilerFailed, "the fake compiler is broken");
    NativeParts parts;
    const CompileOptions& options = programs.front().options();
    parts.text = native_text(options.cpu.arch);
    parts.manifest.abi = kAbiVersion;
    parts.manifest.cpu = options.cpu;
    parts.manifest.policy = options.policy;
    parts.manifest.opt_level = options.opt_level;
    parts.manifest.compiler = compiler_identity();
    parts.manifest.code_size = static_cast<uint32_t>(parts.text.size());
    for (const VerifiedProgram& one : programs) {
      const std::string symbol = to_identifier("weir_" + one.program().name);
      parts.manifest.programs.push_back({.name = one.program().name,
                                         .section = one.program().section,
                                         .symbol = symbol,
                                         .context = one.options().context,
                                         .helpers = one.options().helpers,
                                         .entry = 0,
                                         .accesses = one.facts().accesses,
                                         .proven = one.facts().proven});
      parts.programs.push_back(program_to_bytes(one.source()));
      parts.symbols.push_back({symbol, 0, parts.manifest.code_size, true});
    }
    return write_native_object(parts);
  }

  Result<JitEntry> compile_jit(const VerifiedProgram&) override {
    ++compilations;
    if (broken) return Error(ErrorCode::kCompilerFailed, "the fake compiler is broken");
    return JitEntry{nullptr, &jit_entry};
  }

  int compilations = 0;
  bool broken = false;
};

class FakeStore final : public Store {
 public:
  Result<Lookup> lookup(const Digest& key) override {
    ++lookups;
    if (lookup_fails) return Error(ErrorCode::kCacheUnavailable, "the fake store is gone");
    Lookup found;
    if (damaged) {
      found.state = Lookup::State::kDamaged;
      found.damage = Error(ErrorCode::kCacheDamaged, "checksum");
      found.set_aside = "/somewhere";
      return found;
    }
    const auto entry = entries.find(key);
    if (entry == entries.end()) return found;
    found.state = Lookup::State::kHit;
    found.object = entry->second;
    return found;
  }
  Status put(const Digest& key, ByteSpan object, const Description& description) override {
    if (put_fails) return Error(ErrorCode::kCacheUnavailable, "the fake store is full");
    entries[key] = {object.begin(), object.end()};
    last_description = description;
    damaged = false;
    return {};
  }
  std::string name() const override { return "fake"; }

  std::map<Digest, std::vector<uint8_t>> entries;
  Description last_description;
  int lookups = 0;
  bool lookup_fails = false, put_fails = false, damaged = false;
};

// A program from text, with a line for each instruction.
inline Program assembled(std::string_view text, std::string name = "test",
                         std::string section = "filter/ip") {
  const AssembledText bytes = *assemble(text, "test.s");
  Program program = *make_program(*decode(bytes.bytes), std::move(name));
  program.section = std::move(section);
  program.source_files.push_back("test.c");
  for (const AsmLine& line : bytes.lines) {
    program.lines.push_back({.insn = static_cast<uint32_t>(program.lines.size()),
                             .line = line.line,
                             .column = 0,
                             .file = 0,
                             .text = "line " + std::to_string(line.line)});
  }
  return program;
}

// Gives 7.
inline Program seven(std::string name = "test") {
  return assembled("r0 = 7\nexit\n", name);
}
// Reads the byte behind the data: the trap kAccess at instruction 1.
inline Program stray() {
  return assembled("r1 += r2\nr0 = *(u8 *)(r1 + 0)\nexit\n");
}

}  // namespace weir::engine_test
