// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir test: programs on packets, without root and without a network. Its subcommands are in
// tools/testing.
#include "tools/testing/test_commands.h"

namespace weir::tool {

void add_test_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("test", "Test programs on packets, without root or a kernel");
  sub->require_subcommand(0, 1);
  add_test_run_command(*sub, exit);
  add_test_init_command(*sub, exit);
  add_test_file_options(*sub, exit);
  sub->footer(
      "Example:\n"
      "  weir test xdp.test.yaml\n"
      "  weir test init xdp.bpf.o --packets in.pcap -o xdp.test.yaml\n"
      "  weir test run xdp.bpf.o --packets in.pcap\n"
      "  weir test run xdp.bpf.o --packets in.pcap --against-kernel");
}

}  // namespace weir::tool
