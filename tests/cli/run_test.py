# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir run and weir asm: programs in every form, results, memory, traps."""

from harness import HAS_COMPILER, CommandTest, FAILED, USAGE, main

ANSWER = "b7 00 00 00 2a 00 00 00 95 00 00 00 00 00 00 00"  # r0 = 42; exit
ANSWER_BYTES = bytes.fromhex(ANSWER)
ANSWER_TEXT = "r0 = 42\nexit\n"
STRAY = "r1 += r2\n# behind the end\nr0 = *(u8 *)(r1 + 0)\nexit\n"
LOOP = "again:\ngoto again\nexit\n"
ENGINES = ["interp", "jit", "aot", "auto"] if HAS_COMPILER else ["interp"]


class RunTest(CommandTest):
    def test_text_of_a_run(self):
        result = self.ok("run", "--hex", ANSWER, "--engine", "interp")
        self.assertEqual(result.out, "r0      0x2a (42)\n"
                                     "engine  interp, 0 of 0 accesses proven, policy guard\n"
                                     "cache   not used\n"
                                     "budget  0 of 1000000 used\n")

    def test_every_form_of_a_program(self):
        forms = [["--hex", ANSWER], ["--insns", ANSWER.replace(" ", "")],
                 [self.file("answer.s", ANSWER_TEXT)],
                 [self.file("answer.asm", "mov %r0, 42\nexit\n")],
                 [self.file("answer.hex", ANSWER + "\n")],
                 [self.file("answer.bin", ANSWER_BYTES)],
                 [self.file("answer", ANSWER_TEXT)]]
        for form in forms:
            result = self.ok("run", *form, "--engine", "interp", "--json")
            self.assertEqual(result.json["r0"], 42, form)

    def test_standard_input(self):
        for text in (ANSWER, ANSWER_TEXT):
            result = self.ok("run", "-", "--engine", "interp", "--json", stdin=text)
            self.assertEqual(result.json["r0"], 42)

    def test_every_engine_gives_the_same(self):
        source = self.file("sum.s", "r0 = 0\nr3 = 0\nagain:\nif r3 >= r2 goto done\nr4 = r1\n"
                                    "r4 += r3\nr5 = *(u8 *)(r4 + 0)\nr0 += r5\n"
                                    "*(u8 *)(r4 + 0) = 7\nr3 += 1\ngoto again\ndone:\nexit\n")
        for engine in ENGINES:
            result = self.ok("run", source, "--mem-hex", "01 02 ff", "--engine", engine, "--json")
            got = result.json
            self.assertEqual((got["r0"], got["r0_hex"], got["memory"], got["memory_changed"],
                              got["budget_used"]), (258, "0x102", "070707", True, 0), engine)
            self.assertEqual(got["engine"], "aot" if engine == "auto" else engine)

    def test_memory_from_a_file(self):
        data = self.file("data", bytes([5, 6]))
        source = self.file("second.s", "r0 = *(u8 *)(r1 + 1)\nexit\n")
        self.assertEqual(self.ok("run", source, "--mem", data, "--engine", "interp", "--json").json["r0"], 6)

    def test_changed_memory_is_shown(self):
        source = self.file("write.s", "*(u8 *)(r1 + 1) = 65\nr0 = 0\nexit\n")
        result = self.ok("run", source, "--mem-hex", "00 00 00", "--engine", "interp")
        self.assertTrue(result.out.endswith(
            "memory  changed:\n00000000  00 41 00" + " " * 41 + ".A.\n"), result.out)
        unchanged = self.ok("run", "--hex", ANSWER, "--mem-hex", "00", "--engine", "interp")
        self.assertNotIn("memory", unchanged.out)

    def test_no_memory_is_a_null_pointer(self):
        source = self.file("first.s", "r0 = r1\nexit\n")
        self.assertEqual(self.ok("run", source, "--engine", "interp", "--json").json["r0"], 0)

    def test_trap_says_where(self):
        source = self.file("stray.s", STRAY)
        for engine in ENGINES:
            result = self.weir("run", source, "--mem-hex", "aa bb", "--engine", engine)
            self.assertEqual(result.code, FAILED)
            self.assertEqual(
                result.out.split("engine")[0],
                "trap access at instruction 1 (stray.s:3): memory access outside what the hook "
                "gave the program\n    r0 = *(u8 *)(r1 + 0)\n    | r0 = *(u8 *)(r1 + 0)\n", engine)
            got = self.weir("run", source, "--mem-hex", "aa", "--engine", engine, "--json").json
            self.assertNotIn("r0", got)
            self.assertEqual({key: got["trap"][key] for key in
                              ("code", "instruction", "source_file", "source_line", "text")},
                             {"code": "access", "instruction": 1, "source_file": "stray.s",
                              "source_line": 3, "text": "r0 = *(u8 *)(r1 + 0)"})

    def test_budget(self):
        source = self.file("loop.s", LOOP)
        for engine in ENGINES:
            result = self.weir("run", source, "--budget", "50", "--engine", engine, "--json")
            self.assertEqual(result.code, FAILED)
            self.assertEqual((result.json["trap"]["code"], result.json["budget_used"]),
                             ("budget", 50), engine)

    def test_helpers_of_the_conformance_suite(self):
        source = self.file("unwind.s", "r1 = 0\ncall 5\nr0 = 9\nexit\n")
        for engine in ENGINES:
            result = self.ok("run", source, "--helpers", "conformance", "--engine", engine,
                             "--json")
            self.assertEqual(result.json["r0"], 0)
            result = self.weir("run", source, "--engine", engine, "--json")
            self.assertEqual(result.json["trap"]["code"], "unknown-helper")

    def test_strict_policy_rejects(self):
        result = self.fails(FAILED, "run", self.file("stray.s", STRAY), "--policy", "strict",
                            "--json")
        self.assertEqual(result.json["error"]["code"], "program-rejected")
        self.assertEqual(result.json["error"]["source_line"], 3)

    def test_bad_programs(self):
        cases = [("text.s", "r0 = 42\nexcit\n", "asm-syntax"),
                 ("half.bin", ANSWER_BYTES[:12], "insn-truncated"),
                 ("open.s", "r0 = 42\n", "program-malformed"),
                 ("target.s", "goto +9\nexit\n", "insn-bad-target"),
                 ("frame.s", "r10 = 1\nexit\n", "insn-bad-register"),
                 ("empty.o", b"", "elf-truncated"),
                 ("cut.o", b"\x7fELF\2\1\1", "elf-truncated")]
        for name, content, code in cases:
            result = self.fails(FAILED, "run", self.file(name, content), "--json")
            self.assertEqual(result.json["error"]["code"], code, name)

    def test_error_in_text_names_the_line(self):
        result = self.fails(FAILED, "run", self.file("frame.s", "r0 = 1\n\nr10 = 1\nexit\n"))
        self.assertRegex(result.err, r"frame\.s:3: .*\n    \| r10 = 1\n")


class AsmTest(CommandTest):
    def test_prints_a_slot_a_line(self):
        result = self.ok("asm", self.file("answer.s", ANSWER_TEXT))
        self.assertEqual(result.out, "b70000002a000000\n9500000000000000\n")

    def test_writes_bytes(self):
        result = self.ok("asm", self.file("answer.s", ANSWER_TEXT), "-o", "answer.bin")
        self.assertEqual(result.out, "")
        with open(self.path("answer.bin"), "rb") as file:
            self.assertEqual(file.read(), ANSWER_BYTES)
        self.assertEqual(self.ok("run", "answer.bin", "--engine", "interp", "--json").json["r0"],
                         42)

    def test_json(self):
        got = self.ok("asm", "-", "--json", stdin=ANSWER_TEXT).json
        self.assertEqual((got["bytes"], got["instructions"]), (ANSWER_BYTES.hex(), 2))

    def test_error(self):
        result = self.fails(FAILED, "asm", self.file("bad.s", "r0 = 42\nexcit\n"))
        self.assertIn("bad.s:2", result.err)
        self.assertIn("[asm-syntax]", result.err)

    def test_disassembly_assembles_to_the_same(self):
        source = self.file("loop.s", "r0 = 0\nagain:\nr0 += 1\nif r0 < 10 goto again\nexit\n")
        self.ok("asm", source, "-o", "loop.bin")
        for dialect in ("kernel", "ubpf"):
            text = self.ok("disasm", "loop.bin", "--dialect", dialect).out
            again = self.file("again.s", text)
            self.assertEqual(self.ok("asm", again).out, self.ok("asm", source).out, text)

    def test_usage(self):
        self.fails(USAGE, "asm")


if __name__ == "__main__":
    main()
