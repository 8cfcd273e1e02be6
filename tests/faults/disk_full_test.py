# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A disk that is full: a small tmpfs for what the commands write. Needs the right to mount."""

import glob
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from harness import CAPTURE, CommandTest, FAILED, OK, WEIR, main, needs_clang, object_of  # noqa: E402

OBJECT = os.environ["WEIR_FAULTS_OBJECT"]
FRAME = "ffffffffffff0200000000010800" + "45" + "00" * 49


class DiskFull(CommandTest):
    def setUp(self):
        super().setUp()
        self.disk = self.path("disk")
        os.mkdir(self.disk)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=64", "weir", self.disk],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest("a tmpfs cannot be mounted: " + done.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)

    def leave(self, room):
        """Fills the disk but for so many bytes."""
        with open(os.path.join(self.disk, "ballast"), "wb") as file:
            free = os.statvfs(self.disk)
            file.write(bytes(max(0, free.f_bavail * free.f_bsize - room)))

    def left(self):
        return sorted(set(os.listdir(self.disk)) - {"ballast"})

    def refused(self, *arguments):
        result = self.fails(FAILED, *arguments)
        self.assertIn("No space left on device", result.err)
        self.assertEqual(self.left(), [])

    def test_object(self):
        for room in (0, 4096):
            self.leave(room)
            self.refused("compile", OBJECT, "-o", os.path.join(self.disk, "out.weir"))

    @needs_clang
    def test_capture(self):
        self.leave(0)
        out = os.path.join(self.disk, "out.pcap")
        self.refused("filter", "--prog", object_of("ip_dst"), "--at", "ip", CAPTURE, "-o", out)

    def test_packets_of_a_test(self):
        self.leave(0)
        self.refused("test", "run", OBJECT, "--prog", "everything", "--packet", FRAME, "--out",
                     os.path.join(self.disk, "out.pcap"))

    def test_a_file_that_was_there_stays(self):
        out = os.path.join(self.disk, "out.weir")
        with open(out, "wb") as file:
            file.write(b"before")
        self.leave(0)
        result = self.fails(FAILED, "compile", OBJECT, "-o", out)
        self.assertIn("No space left on device", result.err)
        with open(out, "rb") as file:
            self.assertEqual(file.read(), b"before")
        self.assertEqual(self.left(), ["out.weir"])

    # The cache cannot keep it. A run does without, and says so; what is there is whole.
    def test_cache(self):
        self.environment["WEIR_CACHE_DIR"] = os.path.join(self.disk, "cache")
        for room in (0, 4096, 16384, 40960):
            self.leave(room)
            run = self.weir("test", "run", OBJECT, "--prog", "everything", "--packet", FRAME)
            self.assertEqual(run.code, OK, run.err)
            self.assertIn("XDP_TX", run.out)
            compiled = self.weir("compile", OBJECT)
            self.assertIn(compiled.code, (OK, FAILED))
            if room == 0:
                self.assertRegex(compiled.out + compiled.err, "No space left on device")
            self.assertEqual(glob.glob(os.path.join(self.disk, "cache", "tmp", "*")), [])
            os.remove(os.path.join(self.disk, "ballast"))
            if os.path.isdir(os.path.join(self.disk, "cache")):
                self.assertEqual(self.weir("cache", "verify").code, OK)
                self.weir("cache", "clear")

    def test_output(self):
        for arguments in (["verify", OBJECT], ["disasm", OBJECT], ["--help"], ["feature"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([WEIR, *arguments], stdout=full, stderr=subprocess.PIPE,
                                      env=self.environment, timeout=300, check=False)
            self.assertEqual(done.returncode, FAILED, arguments)
            self.assertIn(b"No space left on device", done.stderr)


if __name__ == "__main__":
    main()
