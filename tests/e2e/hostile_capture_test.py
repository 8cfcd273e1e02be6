# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ten thousand captures that are cut off, altered or random: the command ends with a verdict or a message.

Each is run through the interpreter, so that the test needs no LLVM and no clang. WEIR_HOSTILE_CAPTURES sets
another number, WEIR_HOSTILE_SEED another seed.
"""

import concurrent.futures
import json
import os
import random
import subprocess
import unittest

import harness

PROGRAM = "r0 = 0\nif r2 < 20 goto out\nr3 = *(u8 *)(r1 + 9)\nif r3 != 17 goto out\nr0 = 1\nout:\nexit\n"
COUNT = int(os.environ.get("WEIR_HOSTILE_CAPTURES", "10000"))
SEED = int(os.environ.get("WEIR_HOSTILE_SEED", "1"))


class HostileCaptures(harness.CommandTest):
    def setUp(self):
        super().setUp()
        self.program = self.file("program.s", PROGRAM)
        _, link_type, packets = harness.read_pcap(harness.CAPTURE)[:3]
        self.packets = packets[:12]
        self.link_type = link_type

    def base(self, choose):
        packets = [(p[0], p[1], p[2]) for p in self.packets]
        if choose.random() < 0.4:
            return bytearray(harness.pcapng(packets, self.link_type))
        return bytearray(harness.pcap(packets, self.link_type, nanoseconds=choose.random() < 0.3))

    def mutant(self, number):
        choose = random.Random(SEED * 1_000_003 + number)
        kind = number % 4
        if kind == 0:
            return bytes(choose.randbytes(choose.randrange(0, 400)))
        data = self.base(choose)
        if kind == 1:
            return bytes(data[: choose.randrange(0, len(data))])
        # Mostly in the headers, where a change is felt.
        for _ in range(choose.choice([1, 1, 2, 8])):
            at = choose.randrange(0, 120) if choose.random() < 0.6 else choose.randrange(0, len(data))
            if kind == 2:
                data[at] ^= 1 << choose.randrange(8)
            else:
                data[at : at + 4] = choose.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\x80", choose.randbytes(4)])
        return bytes(data)

    def run_one(self, number):
        path = self.path("capture%d" % number)
        with open(path, "wb") as file:
            file.write(self.mutant(number))
        done = subprocess.run([harness.WEIR, "filter", "--prog", self.program, "--at", "ip", "--engine", "interp",
                               "--json", path], capture_output=True, env=self.environment, cwd=self.folder,
                              timeout=60, check=False)
        os.unlink(path)
        return number, done

    def test_none_breaks_the_command(self):
        outcomes = {0: 0, 1: 0}
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            for number, done in pool.map(self.run_one, range(COUNT)):
                context = "capture %d, seed %d: %s" % (number, SEED, done.stderr[-2000:])
                self.assertIn(done.returncode, outcomes, context)
                outcomes[done.returncode] += 1
                if done.returncode == 1:
                    self.assertTrue(done.stderr, context)
                if done.stdout:
                    report = json.loads(done.stdout)
                    if done.returncode == 1 and "packets" not in report:
                        continue  # an error in JSON
                    self.assertEqual(report["packets"], report["passed"] + report["dropped"], context)
        # Both happen, or the mutants are of the wrong kind.
        self.assertGreater(outcomes[0], COUNT // 50)
        self.assertGreater(outcomes[1], COUNT // 50)


if __name__ == "__main__":
    unittest.main()
