# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir verify, disasm and objdump: what the tools say of a program."""

from harness import (CommandTest, FAILED, main, needs_clang, needs_compiler, object_of)

# One access that is proven after the comparison, and one that is not.
HALF = "r3 = r1\nr3 += r2\nr4 = r1\nr4 += 4\nr0 = 0\nif r4 > r3 goto out\n" \
       "r0 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r1 + 4)\nout:\nexit\n"


class VerifyTest(CommandTest):
    def test_accepted(self):
        half = self.file("half.s", HALF)
        result = self.ok("verify", half)
        self.assertEqual(result.out, f"{half}: half, at memory: accepted, 9 instructions, "
                                     "1 accesses proven, 1 guarded\n")
        result = self.ok("verify", half, "--guards")
        self.assertEqual(result.out.split("\n", 1)[1],
                         "    half.s:8: instruction 7: r0 = *(u32 *)(r1 + 4)\n"
                         "        | r0 = *(u32 *)(r1 + 4)\n"
                         "        read of 4 bytes at r1 = data+4, but only 4 bytes are proven\n"
                         "        hint: a check covers 4 bytes, 8 are needed: compare the length "
                         "first, and leave if it is below 8\n")
        program = self.ok("verify", half, "--guards", "--json").json["programs"][0]
        self.assertEqual((program["accepted"], program["proven"], program["guarded"]),
                         (True, 1, 1))
        self.assertEqual(program["guards"], [
            {"instruction": 7, "text": "r0 = *(u32 *)(r1 + 4)", "region": "data",
             "source_file": "half.s", "source_line": 8, "source_text": "r0 = *(u32 *)(r1 + 4)",
             "reasons": [{"what": "read of 4 bytes at r1 = data+4, but only 4 bytes are proven",
                          "hint": "a check covers 4 bytes, 8 are needed: compare the length "
                                  "first, and leave if it is below 8"}]}])

    def test_guarded_arguments_are_explained(self):
        text = "r3 = *(u32 *)(r1 + 76)\nr4 = 8\nr2 = 0\ncall 26\nr0 = 0\nexit\n"
        load = self.file("load.s", text)
        result = self.ok("verify", "--at", "sched_cls", load, "--guards")
        self.assertIn("1 accesses proven, 0 guarded, 1 arguments guarded\n", result.out)
        self.assertIn("    load.s:4: instruction 3: call 26\n", result.out)
        self.assertIn("        argument 3 of skb_load_bytes: 8 bytes at r3 = data+0, but nothing is "
                      "known of the data's length; the value comes from instruction 0, line 1\n"
                      "        hint: compare the length first, and leave if it is below 8\n",
                      result.out)
        program = self.ok("verify", "--at", "sched_cls", load, "--guards", "-j").json["programs"][0]
        self.assertEqual(program["guarded_arguments"], 1)
        reason = program["guards"][0]["reasons"][0]
        self.assertEqual((program["guards"][0]["instruction"], reason["argument"], reason["lost"]),
                         (3, 3, "the value comes from instruction 0, line 1"))

    def test_one_cause_is_explained_once(self):
        twice = self.file("twice.s", "r3 = r1\nr0 = *(u8 *)(r10 - 1)\nif r0 == 0 goto other\n"
                          "r0 = *(u32 *)(r3 + 16)\nexit\nother:\nr0 = *(u32 *)(r3 + 26)\nexit\n")
        out = self.ok("verify", twice, "--guards").out
        self.assertEqual(out.count("hint:"), 1)
        self.assertIn("        as instruction 3\n", out)
        guards = self.ok("verify", twice, "--guards", "-j").json["programs"][0]["guards"]
        self.assertEqual(guards[1]["same_as"], 3)

    def test_log(self):
        half = self.file("half.s", HALF)
        out = self.ok("verify", half, "--log").out
        self.assertIn("0: R1=pkt(r=0) R2=scalar(length,", out)
        self.assertIn("5: (2d) if r4 > r3 goto +2              ; R3=pkt_end() "
                      "R4=pkt(off=4,r=4)\n", out)
        self.assertRegex(out, r"from 5 to 8: safe\nprocessed 9 insns \(limit 1000000\)\n"
                              r".*: half, at memory: accepted")
        result = self.fails(FAILED, "verify", "--policy", "strict", half, "--log")
        self.assertIn("processed 9 insns", result.out)
        self.assertTrue(result.out.endswith(f"{half}: half: rejected\n"))
        program = self.ok("verify", half, "--log", "--json").json["programs"][0]
        self.assertIn("7: (61) r0 = *(u32 *)(r1 +4)", program["log"])
        cut = self.ok("verify", half, "--log", "--log-size", "100").out
        self.assertIn("the log is cut here", cut)

    def test_rejected(self):
        half = self.file("half.s", HALF)
        result = self.fails(FAILED, "verify", "--policy", "strict", half)
        self.assertEqual(result.out, f"{half}: half: rejected\n")
        self.assertRegex(result.err, r"\Aerror: .*half\.s: program 'half': instruction 7: "
                                     r"half\.s:8: .*\[program-rejected\]\n"
                                     r"    \| r0 = \*\(u32 \*\)\(r1 \+ 4\)\n")
        program = self.weir("verify", "--policy", "strict", half, "-j").json["programs"][0]
        self.assertEqual((program["accepted"], program["error"]["code"],
                          program["error"]["source_line"]), (False, "program-rejected", 8))

    def test_bad_files_do_not_stop_the_others(self):
        half = self.file("half.s", HALF)
        result = self.fails(FAILED, "verify", "none.o", half, "--json")
        self.assertEqual([p["accepted"] for p in result.json["programs"]], [False, True])

    def test_pretty_json_is_the_same_json(self):
        half = self.file("half.s", HALF)
        pretty = self.ok("verify", half, "--pretty")
        self.assertEqual(pretty.json, self.ok("verify", half, "--json").json)
        self.assertGreater(pretty.out.count("\n"), 5)

    @needs_clang
    def test_simple_example_is_proven(self):
        self.ok("verify", "--policy", "strict", object_of("ip_dst"))


class DisasmTest(CommandTest):
    def test_dialects(self):
        half = self.file("half.s", "r0 = *(u32 *)(r1 + 16)\nexit\n")
        self.assertIn("r0 = *(u32 *)(r1 + 16)", self.ok("disasm", half).out)
        self.assertIn("ldxw %r0, [%r1+16]", self.ok("disasm", half, "--dialect", "ubpf").out)

    def test_json(self):
        half = self.file("half.s", "r0 = 7\nexit\n")
        got = self.ok("disasm", half, "--json").json["programs"][0]
        self.assertEqual([i["text"] for i in got["instructions"]], ["r0 = 7", "exit"])
        self.assertEqual([i["source_line"] for i in got["instructions"]], [1, 2])

    @needs_clang
    def test_source_lines(self):
        text = self.ok("disasm", "--source", object_of("ip_dst")).out
        self.assertRegex(text, r"; [./]*ip_dst\.bpf\.c:\d+: +if \(\(const u8\*\)\(ip \+ 1\) > end\)")
        self.assertNotIn("ip_dst.bpf.c:", self.ok("disasm", object_of("ip_dst")).out)

    @needs_clang
    def test_text_assembles_to_the_same_program(self):
        for name in ("ip_dst", "port_allow", "tcp_flags", "dns_block"):
            for options in ([], ["--dialect", "ubpf"], ["--bytes", "--source"], ["--plain"]):
                text = self.ok("disasm", object_of(name), *options).out
                first = self.ok("asm", self.file("first.s", text)).out
                again = self.ok("disasm", self.file("again.hex", first), "--plain").out
                self.assertEqual(self.ok("asm", "-", stdin=again).out, first)


@needs_compiler
class ObjdumpTest(CommandTest):
    def test_bytecode_and_machine_code_stand_together(self):
        source = self.file("first.s", "r0 = 0\nif r2 == 0 goto out\nr0 = *(u8 *)(r1 + 0)\nout:\n"
                                      "exit\n")
        text = self.ok("objdump", source).out
        self.assertRegex(text, r"(?m)^first:$")
        self.assertRegex(text, r"(?s); first\.s:3: r0 = \*\(u8 \*\)\(r1 \+ 0\)\n +2: r0 = "
                               r"\*\(u8 \*\)\(r1 \+ 0\)\n +asm +[0-9a-f]+: movzx")
        self.assertRegex(text, r"asm +[0-9a-f]+: ret")

    def test_forms(self):
        source = self.file("first.s", "r0 = *(u8 *)(r1 + 0)\nexit\n")
        got = self.ok("objdump", source, "--ir", "--opt-ir", "--asm", "--json").json
        program = got["programs"][0]
        load = program["instructions"][0]
        for form, word in (("ir", "load i8"), ("opt_ir", "load i8"), ("asm", "movzx")):
            self.assertTrue(any(word in line["text"] for line in load[form]), (form, load))
        self.assertGreater(load["asm"][0]["size"], 0)
        only = self.ok("objdump", source, "--bpf").out
        self.assertEqual(only, "first:\n     0: r0 = *(u8 *)(r1 + 0)\n     1: exit\n")

    def test_native_object(self):
        self.ok("compile", self.file("first.s", "r0 = 7\nexit\n"), "-o", "first.weir")
        text = self.ok("objdump", "first.weir").out
        self.assertRegex(text, r"\Afirst\.weir: native object, ABI \d+, by weir .*\n"
                               r"cpu x86-64-v2 \(x86_64\), policy guard, -O2, \d+ bytes of code\n")
        self.assertIn("r0 = 7", text)

    @needs_clang
    def test_example(self):
        text = self.ok("objdump", object_of("ip_dst")).out
        self.assertRegex(text, r"(?s); [./]*ip_dst\.bpf\.c:\d+: +return ip->destination == BLOCKED \? "
                               r"DROP : PASS;.*0x1010101")


if __name__ == "__main__":
    main()
