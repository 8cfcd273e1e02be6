# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir survey: folders of objects, and what becomes of each program."""

import os
import shutil
import subprocess

from harness import CLANG, CommandTest, HAS_COMPILER, main, needs_clang, object_of
from testing_test import needs_kernel

PROVEN = "ip_dst"
UNCHECKED = """
__attribute__((section("xdp"), used)) int unchecked(unsigned *ctx) {
  return *(unsigned char *)(long)*(volatile unsigned *)ctx;
}
__attribute__((section("from-nowhere"), used)) int nowhere(unsigned *ctx) { return ctx[2]; }
__attribute__((section("tail"), used)) int of_frames(volatile unsigned *ctx) {
  unsigned char *data = (void *)(long)ctx[0], *end = (void *)(long)ctx[1];
  return data + 14 <= end && data[13] == 8 ? 1 : 2;
}
"""


@needs_clang
class SurveyTest(CommandTest):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("objects/deep"))
        shutil.copy(object_of(PROVEN), self.path("objects/deep/proven.o"))
        self.compile("open", UNCHECKED)
        self.file("objects/broken.o", b"\x7fELF")

    def compile(self, name, text):
        source = self.file(name + ".bpf.c", text)
        subprocess.run([CLANG, "-target", "bpf", "-O2", "-c", source, "-o",
                        self.path("objects/" + name + ".o")], check=True)

    def survey(self, *arguments):
        got = self.ok("survey", "-j", *arguments).json
        return got["files"], {(os.path.basename(row["file"]), row.get("name")): row
                              for row in got["programs"]}

    def test_every_program_of_a_folder(self):
        files, rows = self.survey("objects")
        self.assertEqual((files, len(rows)), (3, 5))
        broken = rows["broken.o", None]
        self.assertEqual((broken["loads"]["yes"], "strict" in broken), (False, False))
        self.assertIn("why", broken["loads"])
        proven = rows["proven.o", PROVEN]
        self.assertEqual([proven[part]["yes"] for part in ("loads", "strict", "guard")], [True] * 3)
        unchecked = rows["open.o", "unchecked"]
        self.assertEqual((unchecked["strict"]["yes"], unchecked["guard"]["yes"]), (False, True))
        self.assertIn("nothing is known of the data's length", unchecked["strict"]["why"])
        if HAS_COMPILER:
            self.assertTrue(unchecked["compiles"]["yes"])
            self.assertGreater(unchecked["code_bytes"], 0)
            self.assertGreater(unchecked["peak_mib"], 0)

    def test_sections_without_a_kind_are_tried(self):
        rows = self.survey("--no-compile", "objects/open.o")[1]
        self.assertEqual(rows["open.o", "nowhere"]["at"], "sched_cls")
        self.assertNotIn("compiles", rows["open.o", "nowhere"])
        # As a sched_cls program it would need a check: the context's first words are numbers there.
        self.assertEqual(rows["open.o", "of_frames"]["at"], "xdp")
        self.assertTrue(rows["open.o", "of_frames"]["strict"]["yes"])
        rows = self.survey("--no-compile", "--at", "cgroup_skb", "objects/open.o")[1]
        self.assertEqual(rows["open.o", "nowhere"]["at"], "cgroup_skb")
        self.assertEqual(rows["open.o", "unchecked"]["at"], "xdp")

    def test_totals_and_causes(self):
        text = self.ok("survey", "--no-compile", "objects").out
        self.assertRegex(text, r"\n3 files, 4 programs\n +loads 4\n +strict 3\n +guard 4\n")
        self.assertRegex(text, r"\nWhy not, strict:\n +1  read of N byte")
        self.assertRegex(text, r"\nlargest: \d+ instructions, ")

    @needs_kernel
    def test_the_kernel_is_asked(self):
        _, rows = self.survey("--no-compile", "--kernel", "objects")
        unchecked = rows["open.o", "unchecked"]["kernel"]
        self.assertEqual(unchecked["yes"], False)
        self.assertIn("outside of the packet", unchecked["why"])
        # libbpf has no type for the section: it is asked as what weir takes it for.
        self.assertEqual(rows["open.o", "nowhere"]["kernel"]["yes"], True)
        text = self.ok("survey", "--no-compile", "--kernel", "objects/open.o").out
        self.assertIn("Accepted by the kernel, not by strict: 0\n", text)

    def test_a_folder_that_is_not_there(self):
        files, rows = self.survey("--no-compile", "objects/none.o")
        self.assertEqual((files, rows["none.o", None]["loads"]["yes"]), (1, False))


if __name__ == "__main__":
    main()
