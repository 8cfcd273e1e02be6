# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Help, versions, exit codes and the environment."""

import re

from harness import CommandTest, FAILED, OK, USAGE, main

COMMANDS = ["compile", "run", "filter", "verify", "disasm", "asm", "objdump", "compare", "cache", "survey",
            "feature", "key", "sign", "policy"]
ANSWER = "b7 00 00 00 2a 00 00 00 95 00 00 00 00 00 00 00"  # r0 = 42; exit


class UsageTest(CommandTest):
    def test_version(self):
        result = self.ok("--version")
        self.assertRegex(result.out, r"^weir \d+\.\d+\.\d+, LLVM \d+\.\d+\.\d+\n$")

    def test_every_command_has_help_with_an_example(self):
        for command in COMMANDS:
            by_option = self.ok(command, "--help")
            self.assertIn("Usage: weir " + command, by_option.out)
            self.assertIn("Example:\n  ", by_option.out)
            self.assertEqual(self.ok("help", command).out, by_option.out)

    def test_help_names_every_command(self):
        text = self.ok("--help").out
        for command in COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command} ")
        self.assertEqual(self.ok("help").out, text)

    def test_feature_lists_what_programs_can_use(self):
        features = self.ok("feature", "-j").json
        self.assertIn("sched_cls", features["hook_kinds"])
        self.assertIn("prog_array", features["map_kinds"])
        self.assertIn("bpf_xdp_adjust_head", features["helpers"]["xdp"])
        self.assertNotIn("bpf_xdp_adjust_head", features["helpers"]["sched_cls"])
        self.assertNotIn("memory", features["helpers"])
        text = self.ok("feature").out
        self.assertIn("Helpers of hook kind xdp:\n", text)
        self.assertIn("\t- bpf_tail_call\n", text)

    def test_help_of_a_nested_command(self):
        self.assertIn("--max-size SIZE", self.ok("help", "cache", "prune").out)

    def test_help_of_nothing(self):
        result = self.fails(USAGE, "help", "fly")
        self.assertEqual(result.err, "error: there is no command 'fly' [usage]\n"
                                     "hint: weir help lists them\n")

    def test_no_command_shows_help(self):
        result = self.fails(USAGE)
        self.assertIn("Subcommands:", result.err)
        self.assertEqual(result.out, "")

    def test_wrong_usage(self):
        for arguments in [["fly"], ["filter"], ["run", "--fly"], ["compile"], ["cache"],
                          ["cache", "prune"], ["cache", "explain"], ["key"], ["key", "generate"], ["sign"],
                          ["sign", "--key", "k"], ["policy"], ["policy", "check"], ["run"],
                          ["run", "--hex", ANSWER, "--engine", "warp"],
                          ["run", "--hex", ANSWER, "--policy", "none"],
                          ["run", "--hex", ANSWER, "-O4"],
                          ["run", "--hex", ANSWER, "--cpu", "z80"],
                          ["run", "--hex", ANSWER, "--budget", "-1"],
                          ["run", "--hex", "b7 0"],
                          ["run", "--hex", ANSWER, "--mem-hex", "zz"],
                          ["run", "--hex", ANSWER, "--mem", "-", "--mem-hex", "00"],
                          ["compile", "-j0", "x.o"],
                          ["compile", "--no-cache", "x.o"],
                          ["compile", "a.o", "b.o", "-o", "one.weir"],
                          ["filter", "--prog", "x.o", "--at", "memory", "in.pcap"],
                          ["filter", "--prog", "x.o", "--repeat", "0", "in.pcap"],
                          ["filter", "--prog", "x.o", "--json", "-o", "-", "in.pcap"],
                          ["disasm", "--dialect", "latin", "x.o"]]:
            result = self.fails(USAGE, *arguments)
            self.assertRegex(result.err, r"^error: .*\[usage\]\n(hint: .*\n)?$", arguments)

    def test_message_of_a_wrong_value(self):
        result = self.fails(USAGE, "run", "--hex", ANSWER, "--engine", "warp")
        self.assertEqual(result.err,
                         "error: --engine: 'warp' is none of interp|jit|aot|auto [usage]\n"
                         "hint: weir run --help\n")

    def test_missing_files(self):
        for arguments in [["run", "none.o"], ["verify", "none.o"], ["disasm", "none.o"],
                          ["asm", "none.s"], ["objdump", "none.o"], ["compile", "none.o"],
                          ["filter", "--prog", "none.o", "none.pcap"]]:
            result = self.fails(FAILED, *arguments)
            self.assertRegex(result.err, r"(?m)^error: none\.[os]: ", arguments)

    def test_errors_are_json_too(self):
        result = self.fails(FAILED, "run", "none.o", "--json")
        self.assertEqual(result.json["error"]["code"], "not-found")
        self.assertEqual(result.json["error"]["file"], "none.o")

    def test_environment_sets_defaults_and_options_win(self):
        run = ["run", "--hex", ANSWER, "--json"]
        result = self.ok(*run, env={"WEIR_ENGINE": "interp", "WEIR_BUDGET": "7"})
        self.assertEqual((result.json["engine"], result.json["budget"]), ("interp", 7))
        result = self.ok(*run, "--budget", "9", env={"WEIR_ENGINE": "interp", "WEIR_BUDGET": "7"})
        self.assertEqual(result.json["budget"], 9)
        self.fails(USAGE, *run, env={"WEIR_ENGINE": "warp"})
        # A command that has no engine does not care.
        self.ok("asm", "-", stdin="exit\n", env={"WEIR_ENGINE": "warp"})

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            process = self.start("help")
            process.communicate()
            import subprocess
            from harness import WEIR
            done = subprocess.run([WEIR, "help"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, FAILED)
        self.assertTrue(re.match("error: ", done.stderr), done.stderr)


if __name__ == "__main__":
    main()
