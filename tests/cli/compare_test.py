# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir compare, and profiles: what programs became, built in many ways."""

import csv
import json
import os
import platform
import unittest

from harness import (CAPTURE, EXAMPLES, CommandTest, FAILED, USAGE, main, needs_clang,
                     needs_compiler, needs_dpdk, object_of)

# An access that nothing proves.
OPEN = "r0 = *(u32 *)(r1 + 0)\nexit\n"
# The same, after a comparison.
CHECKED = "r3 = r1\nr3 += 4\nr4 = r1\nr4 += r2\nr0 = 0\nif r3 > r4 goto out\n" \
          "r0 = *(u32 *)(r1 + 0)\nout:\nexit\n"
STEPS = unittest.skipUnless(platform.machine() == "x86_64", "single steps are counted on x86-64 only")


def variants(result, program=0):
    return {v["id"]: v for v in result.json["programs"][program]["variants"]}


@needs_compiler
class CompareTest(CommandTest):
    @needs_clang
    def test_against_the_same_c(self):
        source = os.path.join(EXAMPLES, "filters", "ip_dst.bpf.c")
        result = self.ok("compare", object_of("ip_dst"), "--source", source, "--rounds", "3", "-j",
                         "--levels", "0,2,s", "--inlining", "on,off")
        found = variants(result)
        program = result.json["programs"][0]
        self.assertEqual(program["reference"], "clang-O0-x86-64")
        self.assertEqual(program["hook"], "ip")
        self.assertGreater(program["inputs"]["packets"], 100)
        for name in ("clang-O2-x86-64", "aot-O2-x86-64-guard", "aot-Os-x86-64-trusted",
                     "aot-O0-x86-64-guard-noinline", "jit-O2-x86-64-guard", "interpreter-guard"):
            self.assertIn(name, found)
        for name, variant in found.items():
            self.assertNotIn("error", variant, name)
            self.assertGreater(variant["ratio"]["median"], 0, name)
        aot, jit = found["aot-O2-x86-64-guard"], found["jit-O2-x86-64-guard"]
        self.assertEqual(aot["code"], jit["code"])
        self.assertEqual(sum(i["size"] for i in aot["asm"]), aot["code"]["bytes"])
        self.assertEqual(aot["guards"], {"accesses": 2, "proven": 2, "left": 0, "left_at": []})
        self.assertLess(aot["code"]["bytes"], found["aot-O0-x86-64-guard"]["code"]["bytes"])
        # The source is there, and machine code leads to it by way of the bytecode.
        lines = dict(program["sources"][0]["lines"])
        text = {lines[program["bpf"][i["bpf"]]["line"]] for i in aot["asm"] if "bpf" in i}
        self.assertTrue(any("BLOCKED" in line for line in text), text)
        self.assertTrue(any("line" in i for i in found["clang-O2-x86-64"]["asm"]))

    @STEPS
    def test_what_is_not_timed_is_the_same_again(self):
        file = self.file("open.s", OPEN)
        runs = [self.ok("compare", file, "--no-time", "-j") for _ in range(2)]
        first, second = (variants(run) for run in runs)
        self.assertNotIn("ratio", first["aot-O2-x86-64-guard"])
        for name in first:
            for group in ("code", "guards", "executed", "estimate"):
                self.assertEqual(first[name].get(group), second[name].get(group), name)

    @STEPS
    def test_what_a_guard_costs(self):
        found = variants(self.ok("compare", self.file("open.s", OPEN), "--no-time", "-j"))
        guard, trusted = found["aot-O2-x86-64-guard"], found["aot-O2-x86-64-trusted"]
        # A comparison and a jump.
        self.assertEqual(guard["guards"].pop("cost")["at"][0]["instructions"], 2)
        self.assertEqual(guard["guards"], {"accesses": 1, "proven": 0, "left": 1, "left_at": [0]})
        self.assertEqual(trusted["guards"]["left"], 0)
        self.assertGreater(guard["executed"]["instructions"], trusted["executed"]["instructions"])
        # One load of the program; each packet is long enough.
        self.assertEqual(guard["executed"]["loads"], 1)
        self.assertGreater(guard["estimate"]["cycles"], 0)
        self.assertGreater(len(guard["estimate"]["ports"]), 1)

    @STEPS
    def test_what_each_guard_costs_and_prevented(self):
        # Each byte says where the next one is: no check can be made ahead of the loop.
        text = ("r0 = 0\nr3 = 0\nr4 = 8\nloop:\nr5 = r1\nr5 += r3\nr3 = *(u8 *)(r5 + 0)\nr0 += r3\n"
                "r4 += -1\nif r4 != 0 goto loop\nexit\n")
        result = self.ok("compare", self.file("chase.s", text), "--no-time", "-j", "--engines", "aot,jit",
                         "--inputs", "bytes512")
        found = variants(result)
        guard, trusted = found["aot-O2-x86-64-guard"], found["aot-O2-x86-64-trusted"]
        cost = guard["guards"]["cost"]
        self.assertEqual(cost["against"], "aot-O2-x86-64-trusted")
        self.assertAlmostEqual(cost["instructions"], guard["executed"]["instructions"]
                               - trusted["executed"]["instructions"], places=3)
        self.assertEqual({at["bpf"] for at in cost["at"]}, set(guard["guards"]["left_at"]))
        self.assertEqual(sum(at["checks"] for at in cost["at"]), guard["guards"]["left"])
        self.assertNotIn("cost", trusted["guards"])
        # What the JIT made runs as many, and is looked at where it runs.
        jit = found["jit-O2-x86-64-guard"]
        self.assertEqual(jit["executed"], guard["executed"])
        self.assertEqual(jit["estimate"]["cycles"], guard["estimate"]["cycles"])
        text = self.ok("compare", self.path("chase.s"), "--no-time", "--engines", "aot", "--lines", "5",
                       "--inputs", "bytes512").out
        self.assertRegex(text, r"guards of aot-O2-x86-64-guard: [+-][\d.]+ instructions, [+-]?[\d.]+ "
                               r"estimated cycles a run, against aot-O2-x86-64-trusted\n  [+-]")
        for remark in cost["prevented"]:
            self.assertIn(f"{remark['pass']}: {remark['text']}", text)

    def test_of_calls_and_what_stands_for_them(self):
        text = "call f\nr0 += 1\nexit\nf:\nr0 = r2\nr0 *= 7\nexit\n"
        found = variants(self.ok("compare", self.file("call.s", text), "--no-time", "-j",
                                 "--inlining", "on,off", "--policies", "guard"))
        self.assertEqual(found["aot-O2-x86-64-guard"]["code"]["calls"], 0)
        self.assertGreater(found["aot-O2-x86-64-guard-noinline"]["code"]["calls"], 0)

    def test_what_cannot_be_had_says_why(self):
        result = self.ok("compare", self.file("open.s", OPEN), "--no-time", "-j",
                         "--policies", "strict,guard", "--engines", "aot,clang")
        found = variants(result)
        self.assertIn("program-rejected", found["aot-O2-x86-64-strict"]["error"]["code"])
        self.assertIn("--source", found["clang-O2-x86-64"]["error"]["message"])
        self.assertNotIn("error", found["aot-O2-x86-64-guard"])
        text = self.ok("compare", self.path("open.s"), "--no-time", "--policies", "strict,guard").out
        self.assertIn("not there:\n  aot-O2-x86-64-strict: ", text)

    @needs_clang
    def test_another_result_is_found_before_anything_is_timed(self):
        source = self.file("ip_dst.bpf.c", "unsigned long ip_dst(void *data, unsigned long size) "
                                           "{ return size > 400; }\n")
        result = self.fails(FAILED, "compare", object_of("ip_dst"), "--source", source,
                            "--rounds", "3", "-j", "--engines", "clang,aot",
                            "--reference", "aot-O2-x86-64-guard")
        message = variants(result)["clang-O2-x86-64"]["error"]["message"]
        self.assertRegex(message, r"on packet \d+ of \d+: result 0x[01] where the reference has 0x")

    @needs_clang
    def test_maps_as_calls_of_the_c(self):
        source = os.path.join(EXAMPLES, "kernel", "count.bpf.c")
        found = variants(self.ok("compare", object_of("count", "kernel"), "--source", source,
                                 "--rounds", "3", "-j", "--engines", "clang,aot,interpreter"))
        for name, variant in found.items():
            self.assertNotIn("error", variant, name)
        self.assertGreater(found["clang-O2-x86-64"]["code"]["calls"], 1)

    @STEPS
    @needs_dpdk
    def test_dpdk_does_the_same(self):
        # It knows no jumps that compare 32 bits: each is spelled otherwise for it.
        comparisons = [f"if w3 {op} {other} goto skip" for other in ("-100", "w4") for op in (
            "==", "!=", ">", ">=", "<", "<=", "&", "s>", "s>=", "s<", "s<=")]
        for first in range(0, len(comparisons), 8):
            text = "r0 = 0\nif r2 < 16 goto out\nr3 = *(u64 *)(r1 + 0)\nr4 = *(u64 *)(r1 + 8)\n"
            for i, comparison in enumerate(comparisons[first:first + 8]):
                text += f"{comparison}{i}\nr0 |= {1 << i}\nskip{i}:\n"
            found = variants(self.ok("compare", self.file("wide.s", text + "out:\nexit\n"), "--no-time",
                                     "-j", "--engines", "aot,dpdk", "--policies", "guard"))
            self.assertNotIn("error", found["dpdk"])
            self.assertGreater(found["dpdk"]["executed"]["instructions"], 16)

    @STEPS
    @needs_dpdk
    def test_code_that_belongs_to_no_line_is_in_no_line(self):
        text = self.ok("compare", self.file("seven.s", "r0 = 7\nexit\n"), "--no-time", "--engines",
                       "aot,dpdk", "--lines", "3").out
        table, lines = text.split("instructions a run, by line")
        self.assertIn("dpdk", table)
        self.assertNotIn("dpdk", lines)

    @needs_dpdk
    def test_what_dpdk_does_not_take_it_says(self):
        refused = {"r1 = 3\nloop:\nr1 += -1\nif r1 != 0 goto loop\nr0 = 0\nexit\n": "loop",
                   "call 5\nr0 = 0\nexit\n": "calls a helper",
                   "r0 = (s8)r1\nexit\n": "-mcpu=v4",
                   "r1 += r2\nr0 = *(u8 *)(r1 - 1)\nexit\n": "memory boundary violation"}
        for text, why in refused.items():
            found = variants(self.ok("compare", self.file("no.s", text), "--no-time", "-j",
                                     "--engines", "aot,dpdk", "--helpers", "kernel"))
            self.assertIn(why, found["dpdk"]["error"]["message"])
        found = variants(self.ok("compare", self.file("xdp.s", "r0 = 2\nexit\n"), "--at", "xdp", "-j",
                                 "--no-time", "--engines", "aot,dpdk"))
        self.assertIn("no hook like xdp", found["dpdk"]["error"]["message"])

    def test_on_the_packets_of_a_capture(self):
        result = self.ok("compare", self.file("open.s", OPEN), "--at", "frame", "--packets", CAPTURE,
                         "--no-time", "-j", "--engines", "aot")
        self.assertEqual(result.json["programs"][0]["inputs"], {"packets": 541, "what": "of mixed.pcap"})

    def test_files_of_it(self):
        file = self.file("open.s", OPEN)
        text = self.ok("compare", file, "--no-time", "--save", self.path("c.json"), "--csv",
                       self.path("c.csv"), "--html", self.path("c.html")).out
        with open(self.path("c.csv"), encoding="utf-8") as rows:
            rows = list(csv.DictReader(rows))
        self.assertEqual([row["variant"] for row in rows][:2],
                         ["aot-O2-x86-64-guard", "aot-O2-x86-64-trusted"])
        self.assertEqual(rows[0]["guards_left"], "1")
        with open(self.path("c.html"), encoding="utf-8") as page:
            page = page.read()
        self.assertIn("aot-O2-x86-64-trusted", page)
        self.assertNotRegex(page, r"(?i)<(script|link|img)[^>]*(src|href)=.?http")
        self.assertEqual(self.ok("compare", "--from", self.path("c.json")).out, text)
        self.assertIn("line", self.ok("compare", "--from", self.path("c.json"), "--lines", "3").out)

    @STEPS
    def test_a_baseline_says_what_got_worse_and_where(self):
        file, baseline = self.file("f.s", CHECKED), self.path("base.json")
        compare = ["compare", file, "--no-time", "--engines", "aot", "--policies", "guard",
                   "--baseline", baseline]
        self.assertIn("updated", self.ok(*compare, "--update").out)
        same = self.ok(*compare).out
        self.assertIn("1 variants compared", same)
        self.assertIn("0 worse, 0 better", same)
        self.file("f.s", CHECKED.replace("+ 0)\nout", "+ 0)\nr5 = *(u8 *)(r1 + 9)\nr0 += r5\nout"))
        worse = self.weir(*compare)
        self.assertEqual(worse.code, FAILED)
        self.assertIn("worse: f:f aot-O2-x86-64-guard: guards in the code 1, was 0", worse.out)
        self.assertIn("instructions in the code", worse.out)
        self.assertRegex(worse.out, r"line 8: r5 = \*\(u8 \*\)\(r1 \+ 9\): .*1 guards, was 0")
        # What is accepted is the baseline from then on; then the old program is better.
        self.ok(*compare, "--update")
        self.ok(*compare)
        self.file("f.s", CHECKED)
        self.assertIn("better: f:f", self.ok(*compare).out)
        # Small enough to be kept, and no time in it.
        with open(baseline, encoding="utf-8") as kept:
            self.assertNotIn("_ns", kept.read())

    def test_wrong_usage(self):
        file = self.file("open.s", OPEN)
        for arguments, why in [([], "give programs"), ([file, "--from", "x"], "give programs"),
                               ([file, "--engines", "warp"], "unknown 'warp'"),
                               ([file, "--levels", "7"], "unknown '7'"),
                               ([file, "--inlining", ""], "empty"),
                               ([file, "--inputs", "noodles"], "unknown 'noodles'"),
                               (["--from", self.file("no.json", "{}")], "no comparison")]:
            self.assertIn(why, self.fails(USAGE, "compare", *arguments).err)
        self.assertIn("not-found", self.fails(FAILED, "compare", "nowhere.o").err)


@needs_compiler
class ProfileTest(CommandTest):
    @needs_clang
    def test_a_profile_is_recorded_added_to_and_used(self):
        filter_object, profile = object_of("dns_block"), self.path("p.json")
        plain = self.ok("filter", "--prog", filter_object, CAPTURE, "-j", "--no-cache").json
        counted = self.ok("filter", "--prog", filter_object, CAPTURE, "-j", "--profile", profile).json
        self.assertEqual(counted["engine"], "interp")
        self.assertEqual(counted["dropped"], plain["dropped"])
        with open(profile, encoding="utf-8") as file:
            first = json.load(file)["programs"][0]
        self.assertEqual((first["name"], first["runs"]), ("dns_block", 541))
        self.assertEqual(first["insns"][0][0], 541)
        self.assertTrue(all(taken <= runs for runs, taken in first["insns"]))
        self.ok("filter", "--prog", filter_object, CAPTURE, "--profile", profile)
        with open(profile, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["programs"][0]["runs"], 2 * 541)
        native = self.path("dns_block.weir")
        self.ok("compile", filter_object, "-o", native, "--profile", profile, "--cpu", "native")
        guided = self.ok("filter", "--prog", native, CAPTURE, "-j").json
        self.assertEqual((guided["engine"], guided["dropped"]), ("aot", plain["dropped"]))
        self.ok("compile", filter_object, "-o", self.path("plain.weir"), "--cpu", "native")
        with open(native, "rb") as a, open(self.path("plain.weir"), "rb") as b:
            self.assertNotEqual(a.read(), b.read())

    def test_a_branch_is_counted_with_what_it_took(self):
        program = self.file("p.s", "r0 = 0\nif r1 == 0 goto out\nr3 = 4\nloop:\nr3 += -1\n"
                                   "if r3 != 0 goto loop\nr0 = 7\nout:\nexit\n")
        self.ok("run", program, "--mem-hex", "00", "--profile", self.path("p.json"))
        with open(self.path("p.json"), encoding="utf-8") as file:
            counts = json.load(file)["programs"][0]["insns"]
        self.assertEqual(counts, [[1, 0], [1, 0], [1, 0], [4, 0], [4, 3], [1, 0], [1, 0]])

    @STEPS
    def test_exits_that_are_never_taken_are_no_guards(self):
        # A loop without its own checks is made by a test in front of it; a profile that has never
        # seen the loop's end must not keep that from being found.
        text = ("r0 = 2000\nif r2 < 2 goto L4\nr2 >>= 1\nr3 = r1\nr3 += r2\nr4 = 0\ngoto L2\n"
                "L1:\nr4 += 1\nr0 = 2000\nif r4 >= r2 goto L4\nL2:\nr5 = r1\nr5 += r4\nr0 = r3\n"
                "r0 += r4\nr0 = *(u8 *)(r0 + 0)\nr5 = *(u8 *)(r5 + 0)\nif w5 == w0 goto L3\n"
                "r5 -= r0\nr0 = r5\ngoto L4\nL3:\nr0 = 1000\nif w5 != 0 goto L1\nL4:\nexit\n")
        found = variants(self.ok("compare", self.file("equal.s", text), "--at", "frame", "--inputs",
                                 "strings", "--with-profile", "--no-time", "-j", "--engines", "aot",
                                 "--policies", "guard"))
        plain = found["aot-O2-x86-64-guard"]["executed"]["instructions"]
        guided = found["aot-O2-x86-64-guard-profile"]["executed"]["instructions"]
        self.assertLess(guided, 1.1 * plain)

    def test_a_profile_is_of_one_program(self):
        one, two = self.file("one.s", OPEN), self.file("two.s", CHECKED)
        self.ok("run", one, "--mem-hex", "00000000", "--profile", self.path("p.json"))
        refused = self.fails(FAILED, "compile", two, "-o", self.path("two.weir"), "--profile",
                             self.path("p.json"))
        self.assertIn("the profile knows no program 'two'", refused.err)
        self.file("one.s", CHECKED)
        refused = self.fails(FAILED, "compile", one, "-o", self.path("one.weir"), "--profile",
                             self.path("p.json"))
        self.assertIn("another build of it", refused.err)
        for bad in ("", "[]", '{"format": 1}', '{"format": 1, "programs": [{}]}',
                    '{"format": 1, "programs": [{"name": "a", "program": "b", "runs": 1, '
                    '"insns": [[1]]}]}'):
            self.file("bad.json", bad)
            self.assertIn("no profile", self.fails(USAGE, "compile", one, "-o", self.path("x.weir"),
                                                   "--profile", self.path("bad.json")).err)
        self.assertFalse(os.path.exists(self.path("x.weir")))


if __name__ == "__main__":
    main()
