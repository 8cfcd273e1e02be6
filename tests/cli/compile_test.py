# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir compile: into the cache, into files, several at once."""

import os

from harness import (CAPTURE, CommandTest, FAILED, OK, USAGE, HAS_COMPILER, expected, main,
                     needs_clang, needs_compiler, object_of)

ANSWER = "r0 = 42\nexit\n"
NAMES = [example["object"] for example in expected()["filters"]]


@needs_compiler
class CompileTest(CommandTest):
    def test_text_of_a_compilation(self):
        answer = self.file("answer.s", ANSWER)
        pattern = (r"\A{}: answer, at memory: \d+ bytes of code, 0 accesses proven, 0 guarded, "
                   r"\d+\.\d+ ms, cache {}\n\Z")
        self.assertRegex(self.ok("compile", answer).out,
                         pattern.format(answer, "miss [0-9a-f]{12}, compiled and stored"))
        self.assertRegex(self.ok("compile", answer).out,
                         pattern.format(answer, "hit [0-9a-f]{12}"))

    def test_compiled_program_is_a_hit_for_run(self):
        answer = self.file("answer.s", ANSWER)
        key = self.ok("compile", answer, "--json").json["files"][0]["programs"][0]["cache"]["key"]
        got = self.ok("run", answer, "--json").json
        self.assertEqual((got["cache"]["outcome"], got["cache"]["key"], got["r0"]),
                         ("hit", key, 42))

    @needs_clang
    def test_compiled_program_is_a_hit_for_filter(self):
        for name in NAMES:
            self.ok("compile", object_of(name))
            got = self.ok("filter", "--prog", object_of(name), CAPTURE, "--json").json
            self.assertEqual((got["cache"]["outcome"], got["engine"]), ("hit", "aot"))

    @needs_clang
    def test_many_files_at_once_in_order(self):
        files = [object_of(name) for name in NAMES]
        one = self.ok("compile", "-j1", *files, "--json").json
        self.ok("cache", "clear")
        got = self.ok("compile", "-j3", *files, "--json").json
        self.assertEqual([f["file"] for f in got["files"]], files)
        for left, right in zip(one["files"], got["files"]):
            left, right = left["programs"][0], right["programs"][0]
            self.assertEqual({k: v for k, v in left.items() if k != "time_ns"},
                             {k: v for k, v in right.items() if k != "time_ns"})
        self.assertEqual(len(self.entries()), len(files))

    def test_bad_file_does_not_stop_the_others(self):
        good = self.file("good.s", ANSWER)
        bad = self.file("bad.o", "no object")
        result = self.fails(FAILED, "compile", "-j2", bad, "none.o", good, "--json")
        files = result.json["files"]
        self.assertEqual([f["errors"][0]["code"] for f in files[:2]],
                         ["elf-not-bpf", "not-found"])
        self.assertEqual(files[2]["programs"][0]["cache"]["outcome"], "miss")
        self.assertNotIn("errors", files[2])
        self.assertIn(f"error: {bad}: ", result.err)
        self.assertIn("error: none.o: ", result.err)

    def test_no_progress_where_nobody_looks(self):
        files = [self.file(f"{i}.s", ANSWER) for i in range(3)]
        self.ok("compile", *files)

    def test_progress_on_a_terminal(self):
        import pty
        import subprocess
        from harness import WEIR
        files = [self.file(f"{i}.s", f"r0 = {i}\nexit\n") for i in range(3)]
        master, slave = pty.openpty()
        done = subprocess.run([WEIR, "compile", *files], stderr=slave, stdout=subprocess.PIPE,
                              env=self.environment)
        os.close(slave)
        shown = os.read(master, 100000)
        os.close(master)
        self.assertEqual(done.returncode, OK)
        self.assertIn(b"[0/3] ", shown)
        self.assertEqual(done.stdout.count(b"\n"), 4)  # and the sum

    def test_file_is_deterministic(self):
        answer = self.file("answer.s", ANSWER)
        os.mkdir(self.path("elsewhere"))
        copy = self.file("elsewhere/answer.s", ANSWER)
        self.ok("compile", answer, "-o", "one.weir")
        self.ok("compile", copy, "-o", "two.weir", cwd=self.path("elsewhere"))
        with open(self.path("one.weir"), "rb") as one:
            with open(self.path("elsewhere/two.weir"), "rb") as two:
                self.assertEqual(one.read(), two.read())
        self.assertFalse(os.path.exists(self.cache), "files do not need the cache")

    def test_file_runs_and_says_what_it_is(self):
        result = self.ok("compile", self.file("answer.s", ANSWER), "-o", "answer.weir")
        self.assertRegex(result.out, r"ms, written to answer\.weir\n\Z")
        self.assertEqual(self.ok("run", "answer.weir", "--json").json["r0"], 42)
        got = self.ok("objdump", "answer.weir", "--json").json
        self.assertEqual((got["manifest"]["cpu"], got["manifest"]["policy"],
                          got["manifest"]["opt_level"], got["manifest"]["programs"][0]["name"]),
                         ("x86-64-v2", "guard", "2", "answer"))
        self.assertEqual(os.stat(self.path("answer.weir")).st_mode & 0o111, 0)

    def test_subprograms_count_as_code_of_their_program(self):
        # Long, and called from two places: it stays a function of its own.
        body = "".join(f"r0 *= {n * 2 + 3}\nr0 ^= {n}\nr0 += r1\n" for n in range(2000))
        long = self.file("long.s", "r6 = r1\ncall f\nr1 = r0\ncall f\nexit\nf:\nr0 = r1\n" + body + "exit\n")
        compiled = self.ok("compile", long, "-o", "long.weir", "--json").json["files"][0]["programs"][0]
        whole = self.ok("objdump", "long.weir", "--json").json["manifest"]["code_bytes"]
        self.assertGreater(compiled["code_bytes"], 2000)
        self.assertLess(whole - compiled["code_bytes"], 64)  # between functions

    def test_cpu_and_level_of_a_file(self):
        self.ok("compile", self.file("answer.s", ANSWER), "-o", "a.weir", "--cpu",
                "x86-64-v3,+sha", "-O3")
        manifest = self.ok("objdump", "a.weir", "--json").json["manifest"]
        self.assertEqual((manifest["cpu"], manifest["opt_level"]), ("x86-64-v3,+sha", "3"))

    def test_folder_of_files(self):
        files = [self.file(name, ANSWER) for name in ("a.s", "b.s")]
        for output in ("out/", "out"):  # made, then found
            got = self.ok("compile", *files, "-o", output, "--json").json
            self.assertEqual([f["output"] for f in got["files"]], ["out/a.weir", "out/b.weir"])
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["a.weir", "b.weir"])
        os.mkdir(self.path("x"))
        again = self.file("x/a.s", ANSWER)
        result = self.fails(USAGE, "compile", files[0], again, "-o", "out/")
        self.assertEqual(result.err,
                         "error: two inputs would be written to out/a.weir [usage]\n")

    def test_file_appears_whole_or_not_at_all(self):
        self.file("out.weir", "precious")
        self.fails(FAILED, "compile", self.file("bad.s", "goto +9\nexit\n"), "-o", "out.weir")
        with open(self.path("out.weir")) as file:
            self.assertEqual(file.read(), "precious")
        result = self.fails(FAILED, "compile", self.file("a.s", ANSWER), "-o", "no/folder/a.weir")
        self.assertIn("cannot create the file: No such file or directory [io]", result.err)

    def test_unchecked_file_must_be_asked_for(self):
        self.ok("compile", self.file("a.s", ANSWER), "-o", "a.weir", "--policy", "trusted")
        result = self.fails(FAILED, "run", "a.weir")
        self.assertIn("compiled with policy trusted", result.err)
        self.assertEqual(self.ok("run", "a.weir", "--policy", "trusted", "--json").json["r0"], 42)

    def test_file_for_another_hook_is_refused(self):
        self.ok("compile", self.file("a.s", ANSWER), "-o", "a.weir", "--at", "ip")
        result = self.fails(USAGE, "filter", "--prog", "a.weir", "--at", "frame", CAPTURE)
        self.assertIn("the object was compiled for --at ip, not frame", result.err)

    def test_strict_rejects(self):
        stray = self.file("stray.s", "r1 += r2\nr0 = *(u8 *)(r1 + 0)\nexit\n")
        result = self.fails(FAILED, "compile", "--policy", "strict", stray, "--json")
        self.assertEqual(result.json["files"][0]["errors"][0]["code"], "program-rejected")
        self.assertEqual(self.entries(), [])

    def test_cache_that_cannot_be_used_is_a_failure_here(self):
        blocked = self.file("blocked", "a file")
        result = self.fails(FAILED, "compile", self.file("a.s", ANSWER),
                            env={"WEIR_CACHE_DIR": blocked})
        self.assertIn("[cache-unavailable]", result.err)


class WithoutCompilerTest(CommandTest):
    def test_says_that_nothing_can_be_compiled(self):
        environment = {"WEIR_COMPILER_LIBRARY": "/nowhere.so"} if HAS_COMPILER else {}
        answer = self.file("answer.s", ANSWER)
        result = self.fails(FAILED, "compile", answer, env=environment)
        self.assertIn("[compiler-failed]", result.err)
        if not HAS_COMPILER:
            self.assertIn("this build of weir has no compiler", result.err)
        result = self.weir("run", answer, "--json", env=environment)
        self.assertEqual((result.code, result.json["r0"], result.json["engine"]),
                         (OK, 42, "interp"))


if __name__ == "__main__":
    main()
