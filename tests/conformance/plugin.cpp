// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir as a plugin of the bpf_conformance runner. Its contract, one process a case:
//
//   weir-conformance-plugin [MEMORY] [OPTIONS...] [--elf]
//
// MEMORY is one argument of hexadecimal bytes, there only if the case has memory. Standard input is
// one line, the program as hexadecimal bytes, or with --elf an ELF file with the function `main`.
// Success prints r0 in hexadecimal and nothing else; failure goes to standard error and the exit
// code is 1 (64 for wrong usage). The runner has no timeout, and need not: runs have a budget.
//
// Options: --interp, --jit (default), --aot, --cached choose the engine, -O0 to -O3 the level.
#include <unistd.h>

#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"
#include "frontend/verifier/verifier.h"
#include "tests/support/engines.h"
#include "tests/support/programs.h"

namespace weir::test {
namespace {

struct Arguments {
  std::vector<uint8_t> memory;
  Engine engine = Engine::kJit;
  uint8_t level = 2;
  bool elf = false;
};

Result<Arguments> parse_arguments(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    std::optional<Engine> engine;
    for (Engine e : kEngines) {
      if (argument == fmt::format("--{}", engine_name(e))) engine = e;
    }
    if (engine) {
      out.engine = *engine;
    } else if (argument == "--elf") {
      out.elf = true;
    } else if (argument.size() == 3 && argument >= "-O0" && argument <= "-O3") {
      out.level = static_cast<uint8_t>(argument[2] - '0');
    } else if (i == 1 && !argument.starts_with('-')) {
      auto memory = from_hex(argument);
      if (!memory) return Error(ErrorCode::kUsage, "the memory is no list of hexadecimal bytes");
      out.memory = std::move(*memory);
    } else {
      return Error(ErrorCode::kUsage, fmt::format("unknown argument '{}'", argument))
          .with_hint("[MEMORY] [--interp|--jit|--aot|--cached] [-O0..-O3] [--elf]");
    }
  }
  return out;
}

std::string read_standard_input() {
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

Result<Program> read_program(const Arguments& arguments) {
  const std::string input = read_standard_input();
  if (arguments.elf) {
    WEIR_TRY(const ObjectFile object, read_elf(as_bytes(input), "standard input"));
    for (const FunctionSymbol& function : object.functions) {
      if (function.name == "main" && object.sections[function.section].name == ".text") {
        return link_program(object, function);
      }
    }
    return Error(ErrorCode::kElfNoProgram, "the file has no function 'main' in .text");
  }
  const auto code = from_hex(input);
  if (!code) return Error(ErrorCode::kUsage, "standard input is no line of hexadecimal bytes");
  return program_from_code(*code, "main");
}

Result<uint64_t> execute(const Arguments& arguments) {
  WEIR_TRY(Program program, read_program(arguments));
  CompileOptions options = test_options();
  options.opt_level = arguments.level;
  WEIR_TRY(const VerifiedProgram verified, verify(std::move(program), options));
  GuardedMemory memory(arguments.memory.size());
  const RunInput input{.memory = arguments.memory};
  WEIR_TRY(const Outcome outcome, run_on(arguments.engine, verified, input, memory));
  if (outcome.trap) {
    return Error(ErrorCode::kProgramRejected, fmt::format("trap: {}", trap_text(outcome.trap.code)))
        .at(verified.program().locate(outcome.trap.insn));
  }
  return outcome.r0;
}

int main_of_plugin(int argc, char** argv) {
  const auto arguments = parse_arguments(argc, argv);
  if (!arguments) {
    std::cerr << arguments.error().to_string();
    return 64;
  }
  const auto r0 = execute(*arguments);
  if (!r0) {
    std::cerr << r0.error().to_string();
    return 1;
  }
  std::cout << fmt::format("{:x}\n", *r0);
  return 0;
}

}  // namespace
}  // namespace weir::test

int main(int argc, char** argv) {
  return weir::test::main_of_plugin(argc, argv);
}
