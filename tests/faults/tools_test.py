# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The weir command with calls refused: libweir_faults.so is preloaded (preload.cpp).

Whatever is refused, the command ends with 0 and what it should have made, or with 1 and a message;
never by a signal. A file that it writes is whole or not there, and nothing else is left. LLVM ends
the process when memory runs out: that is a worker of `weir compile`, and its parent tells.

Of each way to fail so many calls are tried, spread evenly; WEIR_FAULTS=all tries every one.
"""

import glob
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from harness import CAPTURE, CommandTest, FAILED, OK, main, needs_clang, object_of  # noqa: E402

PRELOAD = os.environ["WEIR_FAULTS_LIBRARY"]
OBJECT = os.environ["WEIR_FAULTS_OBJECT"]
FRAME = "ffffffffffff0200000000010800" + "45" + "00" * 49
EVERY_CALL = os.environ.get("WEIR_FAULTS") == "all"

# How many calls of each are tried.
POINTS = {"allocation:once": 14, "allocation:on": 14, "mmap:once": 4, "mprotect:once": 2, "open:once": 6,
          "open:on": 3, "read:once": 4, "read:short": 4, "read:eintr": 4, "write:once": 4,
          "write:short": 4, "write:eintr": 4, "fsync:once": 2, "rename:once": 2, "ftruncate:once": 2,
          "stat:once": 4, "chmod:once": 2, "fork:once": 2, "thread:once": 2, "socket:once": 2}


def chosen(calls, most):
    if EVERY_CALL or calls <= most:
        return range(1, calls + 1)
    return sorted({1 + i * (calls - 1) // (most - 1) for i in range(most)})


class Faults(CommandTest):
    def count(self, point, arguments):
        """Calls of the first process."""
        counted = self.path("calls.txt")
        result = self.faulty(point.split(":")[0] + ":once:0", arguments, WEIR_FAULT_COUNT=counted)
        self.assertEqual(result.code, OK, result.err)
        with open(counted, encoding="utf-8") as file:
            return int(file.read().split()[0])

    def faulty(self, fault, arguments, **environment):
        return self.weir(*arguments, env={"LD_PRELOAD": PRELOAD, "WEIR_FAULT": fault, **environment})

    def sweep(self, name, arguments, check, points=POINTS):
        """`check(code)` looks at what is there, and removes it."""
        tried = failed = 0
        for point, most in points.items():
            calls = self.count(point, arguments)
            check(OK)
            for at in chosen(calls, most):
                with self.subTest(command=name, fault=f"{point}:{at}"):
                    result = self.faulty(f"{point}:{at}", arguments)
                    tried += 1
                    failed += result.code != OK
                    self.assertIn(result.code, (OK, FAILED), result.err)
                    if result.code == FAILED:
                        self.assertRegex(result.err, r"\w")
                    if point.endswith("eintr"):
                        self.assertEqual(result.code, OK, result.err)
                    check(result.code)
        print(f"faults: weir {name}: {tried} refused, {failed} errors, {tried - failed} did without")

    def file_is_whole(self, path, expected):
        def check(code):
            there = os.path.exists(path)
            if code == OK:
                self.assertTrue(there)
            if there:
                with open(path, "rb") as file:
                    self.assertEqual(file.read(), expected)
                os.remove(path)
            self.assertEqual(glob.glob(path + "*"), [], "something is left beside the file")
        return check

    def expected(self, path, arguments):
        self.weir(*arguments)
        with open(path, "rb") as file:
            return file.read()

    def test_verify(self):
        self.sweep("verify", ["verify", OBJECT], lambda code: None)

    def test_run(self):
        arguments = ["test", "run", OBJECT, "--prog", "everything", "--packet", FRAME, "--engine",
                     "interp"]
        self.sweep("test run", arguments, lambda code: None)

    def test_compile_to_a_file(self):
        out = self.path("out.weir")
        arguments = ["compile", OBJECT, "-o", out]
        self.sweep("compile -o", arguments, self.file_is_whole(out, self.expected(out, arguments)))

    def test_compile_to_the_cache(self):
        def check(code):
            damaged = self.weir("cache", "verify")
            self.assertEqual(damaged.code, OK, damaged.out + damaged.err)
            if code == OK:
                self.assertNotEqual(self.entries(), [])
            left = glob.glob(os.path.join(self.cache, "tmp", "*"))
            # A worker that LLVM ended left its file to the next prune.
            self.assertLessEqual(len(left), 1)
            self.weir("cache", "clear")
        few = {point: min(most, 4) for point, most in POINTS.items()}
        self.sweep("compile", ["compile", OBJECT, "--prog-name", "behind"], check, few)

    @needs_clang
    def test_filter_to_a_file(self):
        out = self.path("out.pcap")
        arguments = ["filter", "--prog", object_of("ip_dst"), "--at", "ip", "--engine", "interp",
                     CAPTURE, "-o", out]
        self.sweep("filter -o", arguments, self.file_is_whole(out, self.expected(out, arguments)))


if __name__ == "__main__":
    main()
