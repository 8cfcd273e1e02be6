# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs as people write them, on packets of all sorts: every engine does what the kernel does.

Each file of programs/ is compiled (for one of the four CPU versions of BPF in turn), run on the packets of
packets.py by every engine under policy strict, and by the kernel; return values, packets and maps must be
the same. The comment at a file's head may say `cpu: v3`, `policy: guard` where the kernel proves more than weir
does, `program: NAME` where there are several, and what maps hold at the start: `setup: MAP KEY VALUE`, in hex digits.

corpus_test.py [SHARD SHARDS]: every SHARDS-th program from SHARD on.
"""

import glob
import os
import platform
import re
import subprocess
import sys
import unittest

import harness
import packets

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = sorted(glob.glob(os.path.join(HERE, "programs", "*.bpf.c")))
OTHER_ENGINES = ["jit", "aot"] if harness.HAS_COMPILER else []
SEEDS = [int(seed) for seed in os.environ.get("WEIR_CORPUS_SEEDS", "1").split(",")]


class Corpus(harness.CommandTest):
    __test__ = False

    def build(self, source, number):
        with open(source, encoding="utf-8") as file:
            head = file.read().split("#include")[0]
        cpu = re.search(r"^// cpu: (v\d)$", head, re.M)
        setup = re.findall(r"^// setup: (\w+) ([0-9a-f]+) ([0-9a-f]+)$", head, re.M)
        program = re.search(r"^// program: (\w+)$", head, re.M)
        policy = re.search(r"^// policy: (\w+)$", head, re.M)
        name = os.path.basename(source)[:-len(".bpf.c")] + ".bpf.o"
        subprocess.run([harness.CLANG, "-target", "bpf", "-O2", "-g", "-Wall", "-Werror",
                        "-Wno-unused-function", "-mcpu=" + (cpu[1] if cpu else "v%d" % (number % 4 + 1)),
                        "-I/usr/include/" + platform.machine() + "-linux-gnu", "-c", source, "-o",
                        self.path(name)], check=True)
        return (self.path(name), setup, policy[1] if policy else "strict",
                ["--prog", program[1]] if program else [])

    def arguments(self, setup):
        maps = {}
        for name, key, value in setup:
            maps.setdefault(name, []).append('["%s", "%s"]' % (key, value))
        for name, entries in maps.items():
            yield "--map"
            yield name + "=" + self.file(name + ".json", "[" + ", ".join(entries) + "]")

    def check(self, source, number):
        program, setup, policy, which = self.build(source, number)
        for seed in SEEDS:
            # What is not in one piece, or changes length there, the kernel keeps in fragments.
            with open(source, encoding="utf-8") as file:
                moves = "adjust_tail" in file.read()
            made = packets.generate(seed, long_ones=not moves)
            capture = self.file("packets.pcap", harness.pcap([(i, 0, p) for i, (_, p) in enumerate(made)]))
            run = ["test", "run", program, "--packets", capture, "--policy", policy, "-j", *which,
                   *self.arguments(setup)]
            kernel = ["--against-kernel"] if harness.kernel_takes_programs() else []
            first = self.weir(*run, "--engine", "interp", *kernel)
            self.assertIn(first.code, (harness.OK, harness.FAILED), first.err)
            reference = first.json
            self.assertNotIn("error", reference, first.err)
            reference.pop("not_compared", None)
            self.assertEqual(reference.pop("differences", []), [],
                             "weir and the kernel differ, seed %d" % seed)
            self.assertEqual(len(reference["runs"]), len(made))
            self.assertFalse([run for run in reference["runs"] if "trap" in run])
            for engine in OTHER_ENGINES:
                other = self.ok(*run, "--engine", engine).json
                self.assertEqual(other.pop("engine"), engine)
                self.assertEqual(other, {k: v for k, v in reference.items() if k != "engine"}, engine)


def add_tests(shard, shards):
    """One method a program, so that a failure names it."""
    class Programs(Corpus):
        __test__ = True

    for number, source in enumerate(PROGRAMS):
        if number % shards != shard:
            continue
        name = os.path.basename(source)[:-len(".bpf.c")]
        setattr(Programs, "test_" + name, lambda self, s=source, n=number: self.check(s, n))
    return harness.needs_clang(Programs)


class Kernel(unittest.TestCase):
    def test_the_kernel_is_there(self):
        self.assertGreaterEqual(len(PROGRAMS), 60)
        if not harness.kernel_takes_programs():
            self.skipTest("the kernel takes no BPF program here: the engines were only compared with each other")


if __name__ == "__main__":
    place = [int(text) for text in sys.argv[1:3]] if len(sys.argv) == 3 else [0, 1]
    if len(sys.argv) == 3:
        del sys.argv[1:3]
    Programs = add_tests(*place)
    harness.main()
