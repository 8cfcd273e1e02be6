// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A native object small enough to flip every bit of it, with hand-assembled code for both
// architectures: four programs, a local function, a constant.
#pragma once

#include <string>
#include <vector>

#include "frontend/isa/decode.h"
#include "frontend/isa/program_bytes.h"
#include "runtime/abi/artifact_writer.h"
#include "runtime/abi/exec_context.h"

namespace weir::sample {

inline constexpr uint32_t kSize = 0;      // returns the size it is given
inline constexpr uint32_t kTrap = 1;      // traps: kAccess at instruction 7
inline constexpr uint32_t kConstant = 2;  // returns 0x12345678, read from behind the code
inline constexpr uint32_t kCall = 3;      // returns size + 1, through a local function

struct Named {
  const char* name;
  const char* symbol;
  uint32_t entry;
  uint32_t size;
};
inline constexpr Named kPrograms[] = {{"size", "weir_size", 0, 8},
                                      {"trap", "weir_trap", 16, 24},
                                      {"constant", "weir_constant", 48, 8},
                                      {"call", "weir_call", 64, 16}};
inline constexpr uint32_t kLocal = 80;
inline constexpr uint32_t kCodeSize = 96;
inline constexpr uint32_t kConstantValue = 0x12345678;

inline std::vector<uint8_t> x86_text() {
  std::vector<uint8_t> text(kCodeSize, 0xcc);
  auto put = [&](size_t at, std::initializer_list<uint8_t> bytes) {
    std::copy(bytes.begin(), bytes.end(), text.begin() + static_cast<ptrdiff_t>(at));
  };
  put(0, {0x48, 0x89, 0xd0, 0xc3});                      // mov rax, rdx; ret
  put(16, {0xc7, 0x47, 0x08, 1, 0, 0, 0,                 // mov dword [rdi + 8], kAccess
           0xc7, 0x47, 0x0c, 7, 0, 0, 0,                 // mov dword [rdi + 12], 7
           0x31, 0xc0, 0xc3});                           // xor eax, eax; ret
  put(48, {0x8b, 0x05, kCodeSize - 54, 0, 0, 0, 0xc3});  // mov eax, [rip + ..]; ret
  put(64, {0xe8, kLocal - 69, 0, 0, 0, 0xc3});           // call local; ret
  put(kLocal, {0x48, 0x8d, 0x42, 0x01, 0xc3});           // lea rax, [rdx + 1]; ret
  return text;
}

inline std::vector<uint8_t> aarch64_text() {
  std::vector<uint8_t> text(kCodeSize, 0);
  auto put = [&](size_t at, std::initializer_list<uint32_t> words) {
    for (uint32_t word : words) {
      std::memcpy(&text[at], &word, 4);
      at += 4;
    }
  };
  put(0, {0xaa0203e0, 0xd65f03c0});                               // mov x0, x2; ret
  put(16, {0x52800029, 0xb9000809,                                // mov w9, #1; str w9, [x0, #8]
           0x528000e9, 0xb9000c09,                                // mov w9, #7; str w9, [x0, #12]
           0xd2800000, 0xd65f03c0});                              // mov x0, #0; ret
  put(48, {0x18000000 | (kCodeSize - 48) / 4 << 5, 0xd65f03c0});  // ldr w0, constant; ret
  put(64, {0xa9bf7bfd, 0x94000003,        // stp x29, x30, [sp, #-16]!; bl local
           0xa8c17bfd, 0xd65f03c0});      // ldp x29, x30, [sp], #16; ret
  put(kLocal, {0x91000440, 0xd65f03c0});  // add x0, x2, #1; ret
  return text;
}

// mov64 r0, imm; exit
inline Program program(std::string name, int32_t imm) {
  const RawInsn code[] = {{0xb7, 0, 0, imm}, {0x95, 0, 0, 0}};
  return *make_program(*decode({reinterpret_cast<const uint8_t*>(code), sizeof code}),
                       std::move(name));
}

inline NativeParts parts(Arch arch = host_arch()) {
  NativeParts out;
  out.text = arch == Arch::kAarch64 ? aarch64_text() : x86_text();
  const auto* constant = reinterpret_cast<const uint8_t*>(&kConstantValue);
  out.text.insert(out.text.end(), constant, constant + 4);
  out.manifest.abi = kAbiVersion;
  out.manifest.cpu = {arch, 0};
  out.manifest.opt_level = 2;
  out.manifest.compiler = "weir test";
  out.manifest.code_size = kCodeSize;
  out.symbols.push_back({"local", kLocal, 8, false});
  for (const Named& named : kPrograms) {
    const auto index = static_cast<int32_t>(out.programs.size());
    ManifestProgram& program = out.manifest.programs.emplace_back();
    program.name = named.name;
    program.section = "filter/ip";
    program.symbol = named.symbol;
    program.context = ContextKind::kIp;
    program.entry = named.entry;
    program.accesses = 3;
    program.proven = 2;
    out.programs.push_back(program_to_bytes(sample::program(named.name, index)));
    out.symbols.push_back({named.symbol, named.entry, named.size, true});
  }
  out.debug_sections.push_back({".debug_str", {'w', 'e', 'i', 'r', 0}});
  return out;
}

inline std::vector<uint8_t> object(Arch arch = host_arch()) {
  return *write_native_object(parts(arch));
}

}  // namespace weir::sample
