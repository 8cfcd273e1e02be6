# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir cache: counts, list, explanations, verification, removal."""

import os

from harness import CommandTest, FAILED, OK, USAGE, main, needs_compiler


class EmptyCacheTest(CommandTest):
    def test_looking_at_nothing_creates_nothing(self):
        self.assertIn("entries  0 (0 B)\n", self.ok("cache", "stats").out)
        self.assertEqual(self.ok("cache", "list").out, "")
        self.assertEqual(self.ok("cache", "verify").out,
                         "0 whole, 0 damaged, 0 refused, 0 of another version\n")
        self.assertEqual(self.ok("cache", "clear").out, "removed 0 entries (0 B), kept 0 (0 B)\n")
        self.assertEqual(self.ok("cache", "prune", "--max-size", "1M").out,
                         "removed 0 entries (0 B), kept 0 (0 B)\n")
        self.fails(FAILED, "cache", "explain", "abc")
        self.assertFalse(os.path.exists(self.cache))

    def test_folder_by_option_and_environment(self):
        got = self.ok("cache", "stats", "--cache-dir", "/tmp/some where", "--json").json
        self.assertEqual(got["folder"], "/tmp/some where")
        environment = {"WEIR_CACHE_DIR": "", "XDG_CACHE_HOME": self.folder}
        got = self.ok("cache", "stats", "--json", env=environment).json
        self.assertEqual(got["folder"], self.path("weir"))

    def test_options_as_ccache_has_them(self):
        self.fails(USAGE, "cache")
        self.fails(USAGE, "cache", "--max-size", "many")
        self.assertEqual(self.ok("cache", "-z").out, "")
        self.assertIn("entries  0 (0 B)\n", self.ok("cache", "-s").out)
        self.assertFalse(os.path.exists(self.cache))
        self.ok("cache", "--max-size", "5Mi", "--max-age", "30d")
        self.assertIn("limit    5.0 MiB, unused for 30d\n", self.ok("cache", "stats").out)
        # One of them leaves the other as it is; 0 takes it away.
        self.ok("cache", "--max-size", "0")
        self.assertIn("limit    none, unused for 30d\n", self.ok("cache", "-s").out)
        self.ok("cache", "--max-age", "0")
        self.assertIn("limit    none\n", self.ok("cache", "-s").out)
        # The option of a command is the command's.
        elsewhere = self.path("elsewhere")
        self.ok("cache", "--cache-dir", elsewhere, "-M", "7Mi")
        self.assertIn("limit    7.0 MiB\n", self.ok("cache", "stats", "--cache-dir", elsewhere).out)

    def test_wrong_limits(self):
        for arguments in (["--max-size", "many"], ["--max-age", "long"], ["--max-age", "3y"], []):
            self.fails(USAGE, "cache", "prune", *arguments)


@needs_compiler
class CacheTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.program = self.file("answer.s", "r0 = 42\nexit\n")
        compiled = self.ok("compile", self.program, "--json").json
        self.key = compiled["files"][0]["programs"][0]["cache"]["key"]

    def test_stats(self):
        self.ok("run", self.program, "--engine", "aot")
        got = self.ok("cache", "stats", "--json").json
        self.assertEqual({k: got[k] for k in ("entries", "hits", "misses", "puts", "damaged",
                                              "evicted")},
                         {"entries": 1, "hits": 1, "misses": 1, "puts": 1, "damaged": 0,
                          "evicted": 0})
        self.assertGreater(got["bytes"], 0)
        text = self.ok("cache", "stats").out
        self.assertRegex(text, r"\Afolder   .*/cache\nentries  1 \(.*\)\nhits     1\nmisses   1\n"
                               r"puts     1\n")

    def test_list(self):
        self.assertRegex(self.ok("cache", "list").out,
                         rf"\A{self.key[:12]}  \d\d\d\d-.*Z  .*  answer, guard, \d+ bytes\n\Z")
        got = self.ok("cache", "list", "--json").json["entries"]
        self.assertEqual([(e["key"], e["notes"]["name"], e["made_from"]["policy"]) for e in got],
                         [(self.key, "answer", "guard")])

    def test_explain_a_key(self):
        for prefix in (self.key, self.key[:6], self.key[:6].upper()):
            got = self.ok("cache", "explain", prefix, "--json").json
            self.assertEqual((got["key"], got["made_from"]["opt-level"]), (self.key, "2"))
        text = self.ok("cache", "explain", self.key).out
        self.assertIn(f"key        {self.key}\n", text)
        self.assertIn("  policy       guard\n", text)
        wrong = "0" * 64 if self.key[0] != "0" else "1" * 64
        self.assertIn("[not-found]", self.fails(FAILED, "cache", "explain", wrong).err)
        self.assertIn("[usage]", self.fails(USAGE, "cache", "explain", "no-hex").err)

    def test_explain_a_file(self):
        self.assertEqual(self.ok("cache", "explain", self.program, "--json").json["key"],
                         self.key)
        result = self.weir("cache", "explain", self.program, "--policy", "strict", "-O3", "--json")
        self.assertEqual((result.code, result.json["found"]), (FAILED, False))
        self.assertEqual(result.json["nearest"]["key"], self.key)
        self.assertEqual(result.json["nearest"]["differences"],
                         [{"field": "policy", "stored": "guard", "wanted": "strict"},
                          {"field": "opt-level", "stored": "2", "wanted": "3"}])
        text = self.weir("cache", "explain", self.program, "--policy", "strict").out
        self.assertIn("  policy       guard, wanted strict\n", text)

    def test_verify_sets_the_damaged_aside(self):
        self.assertEqual(self.ok("cache", "verify").out,
                         "1 whole, 0 damaged, 0 refused, 0 of another version\n")
        entry, = self.entries()
        with open(entry, "r+b") as file:
            file.seek(100)
            byte = file.read(1)
            file.seek(100)
            file.write(bytes([byte[0] ^ 1]))
        result = self.fails(FAILED, "cache", "verify", "--json")
        damaged, = result.json["damaged"]
        self.assertEqual((damaged["key"], damaged["error"]["code"], result.json["whole"]),
                         (self.key, "cache-damaged", 0))
        self.assertTrue(os.path.exists(damaged["set_aside"]))
        self.assertEqual(self.entries(), [])
        self.assertEqual(self.ok("run", self.program, "--json").json["cache"]["outcome"], "miss")

    def test_counts_begin_anew_and_old_entries_go(self):
        self.ok("run", self.program, "--engine", "aot")
        got = self.ok("cache", "-z", "-s", "--json").json
        self.assertEqual((got["hits"], got["misses"], got["puts"], got["entries"]), (0, 0, 0, 1))
        self.assertGreater(got["bytes"], 0)
        self.assertRegex(self.ok("cache", "--evict-older-than", "1h").out, "removed 0 entries")
        entry, = self.entries()
        os.utime(entry, (0, 0))
        self.assertRegex(self.ok("cache", "--evict-older-than", "1h").out, "removed 1 entries")
        self.assertEqual(self.entries(), [])

    def test_a_limit_that_stays(self):
        self.ok("cache", "--max-size", "20k")
        for number in range(8):
            self.ok("compile", self.file("more.s", f"r0 = {number}\nexit\n"))
        self.assertLess(len(self.entries()), 8)

    def test_export_and_import(self):
        carried, again = self.path("carried"), self.path("again")
        self.assertRegex(self.ok("cache", "export", carried).out, r"\A1 entries, ")
        self.ok("cache", "export", again, self.key[:8])
        with open(carried, "rb") as a, open(again, "rb") as b:
            self.assertEqual(a.read(), b.read())
        there = {"WEIR_CACHE_DIR": self.path("there")}
        result = self.fails(FAILED, "cache", "import", carried, env=there)
        self.assertEqual(result.out, "0 entries, 1 refused\n")
        self.assertIn("has no signature", result.err)
        self.assertEqual(self.ok("cache", "import", "--unsigned", carried, env=there).out,
                         "1 entries, 0 refused\n")
        self.assertEqual(self.ok("run", self.program, "--json", env=there).json["cache"]["outcome"],
                         "hit")
        # Signed by a key that the other side trusts.
        self.ok("key", "generate", "--trust", "alice")
        self.ok("sign", "--key", "alice", "--all")
        self.ok("cache", "export", carried)
        other = {"WEIR_CACHE_DIR": self.path("other")}
        self.assertEqual(self.ok("cache", "import", carried, env=other).out,
                         "1 entries, 0 refused\n")
        self.fails(FAILED, "cache", "import", self.program, env=other)

    def test_prune_and_clear(self):
        for number in range(5):
            self.ok("compile", self.file("more.s", f"r0 = {number}\nexit\n"))
        got = self.ok("cache", "prune", "--max-size", "9k", "--json").json
        self.assertEqual(got["removed_entries"] + got["kept_entries"], 6)
        self.assertLessEqual(got["kept_bytes"], 9000)
        self.assertGreater(got["removed_entries"], 0)
        self.assertEqual(len(self.entries()), got["kept_entries"])
        self.assertEqual(self.ok("cache", "prune", "--max-age", "1h", "--json").json
                         ["removed_entries"], 0)
        cleared = self.ok("cache", "clear", "--json").json
        self.assertEqual(cleared["removed_entries"], got["kept_entries"])
        self.assertEqual(self.entries(), [])

    def test_size_limit_is_kept_by_itself(self):
        for number in range(8):
            self.ok("compile", self.file("more.s", f"r0 = {number}\nexit\n"), "--cache-max-size",
                    "20k")
        self.assertLess(len(self.entries()), 9)


if __name__ == "__main__":
    main()
