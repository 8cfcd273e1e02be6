// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir asm: text to bytecode. It does not judge the program (weir verify does): programs that must
// be refused have to be written somehow.
#include <fmt/format.h>

#include "frontend/isa/assembler.h"
#include "frontend/support/text.h"
#include "tools/hex.h"
#include "tools/inputs.h"
#include "tools/output.h"
#include "tools/output_file.h"

namespace weir::tool {

namespace {

struct AsmCommand {
  std::string file, output;
  bool hex = false;
  OutputOptions out;
};

Exit run(const AsmCommand& command) {
  auto bytes = read_data(command.file);
  if (!bytes) return fail(bytes.error(), command.out);
  auto assembled = assemble(as_text(*bytes), command.file);
  if (!assembled) return fail(assembled.error(), command.out);
  if (!command.output.empty()) {
    if (Status written = write_file(command.output, assembled->bytes); !written) {
      return fail(written.error(), command.out);
    }
  }
  if (command.out.as_json()) {
    Json out = {{"file", printable(command.file, 4096)},
                {"bytes", to_hex(assembled->bytes)},
                {"instructions", assembled->lines.size()}};
    if (!command.output.empty()) out["output"] = printable(command.output, 4096);
    print_json(out, command.out);
  } else if (command.hex || command.output.empty()) {
    // One slot a line.
    for (size_t at = 0; at < assembled->bytes.size(); at += 8) {
      fmt::print("{}\n", to_hex(ByteSpan(assembled->bytes).subspan(at, 8)));
    }
  }
  return Exit::kOk;
}

}  // namespace

void add_asm_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("asm", "Assemble text to bytecode");
  auto command = std::make_shared<AsmCommand>();
  sub->add_option("FILE", command->file,
                  "Text in the dialect of LLVM and the kernel, of uBPF, or "
                  "mixed; - is standard input")
      ->required();
  sub->add_option("-o,--output", command->output, "Write raw bytecode to this file")
      ->type_name("FILE");
  sub->add_flag("--hex", command->hex, "Print hex digits (the default without -o)");
  add_output_options(*sub, command->out);
  sub->footer(
      "Example:\n"
      "  echo 'r0 = 42; exit' | tr ';' '\\n' | weir asm - -o answer.bin\n"
      "  weir run answer.bin");
  sub->callback([command, &exit] { exit = run(*command); });
}

}  // namespace weir::tool
