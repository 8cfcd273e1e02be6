# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir filter on the example filters: counts, engines, the cache, what it prints and writes."""

import os
import re
import threading

from harness import (CAPTURE, HAS_COMPILER, WEIR, CommandTest, FAILED, OK, expected, main,
                     needs_clang, needs_compiler, object_of, read_pcap)

STRAY = "r1 += r2\nr0 = *(u8 *)(r1 + 0)\nexit\n"
ENGINES = ["interp", "jit", "aot", "auto"] if HAS_COMPILER else ["interp"]


@needs_clang
class ExampleFilters(CommandTest):
    def count(self, example, *options):
        result = self.ok("filter", "--prog", object_of(example["object"]), "--at", example["at"],
                         CAPTURE, "--json", *options)
        self.assertEqual((result.json["packets"], result.json["dropped"]),
                         (expected()["packets"], example["dropped"]),
                         (example["object"], options))
        self.assertEqual(result.json["passed"], expected()["packets"] - example["dropped"])
        self.assertEqual(result.json["trapped"], 0)
        return result.json

    def test_interpreter(self):
        for example in expected()["filters"]:
            got = self.count(example, "--engine", "interp")
            self.assertEqual((got["engine"], got["cache"]["outcome"]), ("interp", "not-used"))

    @needs_compiler
    def test_jit(self):
        for example in expected()["filters"]:
            self.assertEqual(self.count(example, "--engine", "jit")["engine"], "jit")

    @needs_compiler
    def test_aot_cold_and_from_the_cache(self):
        for example in expected()["filters"]:
            cold = self.count(example, "--engine", "aot")
            warm = self.count(example, "--engine", "aot")
            self.assertEqual((cold["cache"]["outcome"], warm["cache"]["outcome"]), ("miss", "hit"))
            self.assertEqual((cold["engine"], warm["engine"]), ("aot", "aot"))
            self.assertEqual(cold["cache"]["key"], warm["cache"]["key"])
            self.assertEqual(cold["code_bytes"], warm["code_bytes"])

    @needs_compiler
    def test_every_level_and_policy(self):
        for example in expected()["filters"]:
            for options in (["-O0"], ["-O3"], ["--policy", "trusted"], ["--cpu", "x86-64"],
                            ["--no-cache"]):
                self.count(example, "--engine", "aot", *options)

    @needs_compiler
    def test_native_object(self):
        for example in expected()["filters"]:
            self.ok("compile", object_of(example["object"]), "-o", "filter.weir")
            for engine in ENGINES:
                result = self.ok("filter", "--prog", "filter.weir", CAPTURE, "--json", "--engine",
                                 engine)
                self.assertEqual((result.json["dropped"], result.json["at"]),
                                 (example["dropped"], example["at"]))
                self.assertEqual(result.json["cache"], {"outcome": "not-used"})


@needs_clang
class FilterTest(CommandTest):
    def test_text(self):
        result = self.ok("filter", "--prog", object_of("ip_dst"), CAPTURE, "--engine", "interp",
                         "-o", "out.pcap")
        figures = re.sub(r"\d+\.\d+", "N", result.out)
        self.assertEqual(figures, "program   ip_dst (filter/ip), at ip\n"
                                  "packets   541\n"
                                  "passed    513\n"
                                  "dropped   28\n"
                                  "not IP    24 (passed)\n"
                                  "traps     0\n"
                                  "engine    interp, 2 of 2 accesses proven, policy guard\n"
                                  "cache     not used\n"
                                  "loaded in N ms\n"
                                  "time      N ns a packet (517 runs)\n"
                                  "written   out.pcap\n")

    def test_json_fields(self):
        got = self.ok("filter", "--prog", object_of("ip_dst"), CAPTURE, "--engine", "interp",
                      "--json").json
        self.assertEqual(
            list(got), ["program", "section", "at", "capture", "link_type", "packets", "passed",
                        "dropped", "not_ip", "trapped", "traps", "on_error", "engine", "policy",
                        "accesses", "proven", "code_bytes", "cache", "load_ns", "runs", "run_ns",
                        "ns_per_packet"])
        self.assertEqual((got["program"], got["section"], got["link_type"], got["not_ip"]),
                         ("ip_dst", "filter/ip", "Ethernet (EN10MB)", 24))

    def test_frames_without_ip_can_drop(self):
        got = self.ok("filter", "--prog", object_of("ip_dst"), CAPTURE, "--engine", "interp",
                      "--on-error", "drop", "--json").json
        self.assertEqual((got["not_ip"], got["dropped"]), (24, 28 + 24))

    def test_repeat_changes_times_only(self):
        got = self.ok("filter", "--prog", object_of("port_allow"), CAPTURE, "--engine", "interp",
                      "--repeat", "3", "--json").json
        self.assertEqual((got["dropped"], got["packets"], got["runs"]), (99, 541, 3 * 541))

    def test_traps_are_counted_with_their_place(self):
        program = self.file("stray.s", STRAY)
        for engine in ENGINES:
            for on_error, dropped in (("pass", 0), ("drop", 541)):
                result = self.ok("filter", "--prog", program, CAPTURE, "--engine", engine,
                                 "--on-error", on_error, "--json")
                got = result.json
                self.assertEqual((got["trapped"], got["dropped"]), (541, dropped))
                self.assertEqual(len(got["traps"]), 1)
                trap = got["traps"][0]
                self.assertEqual((trap["code"], trap["instruction"], trap["source_file"],
                                  trap["source_line"], trap["count"]),
                                 ("access", 1, "stray.s", 2, 541))
        text = self.ok("filter", "--prog", program, CAPTURE, "--engine", "interp").out
        self.assertIn("traps     541\n"
                      "      541 x trap access at instruction 1 (stray.s:2): memory access outside "
                      "what the hook gave the program\n", text)

    def test_budget_traps(self):
        program = self.file("loop.s", "again:\ngoto again\nexit\n")
        for engine in ENGINES:
            got = self.ok("filter", "--prog", program, CAPTURE, "--engine", engine, "--budget",
                          "100", "--json").json
            self.assertEqual((got["trapped"], got["traps"][0]["code"]), (541, "budget"), engine)

    def test_program_works_on_a_copy(self):
        scribble = self.file("scribble.s", "if r2 < 8 goto +1\n*(u64 *)(r1 + 0) = 0\nr0 = 0\n"
                                           "exit\n")
        for engine in ENGINES:
            self.ok("filter", "--prog", scribble, CAPTURE, "--engine", engine, "-o", "out.pcap",
                    "--repeat", "2")
            self.assertEqual(read_pcap(self.path("out.pcap"))[2], read_pcap(CAPTURE)[2])

    def test_output_holds_what_passed(self):
        self.ok("filter", "--prog", object_of("ip_dst"), CAPTURE, "--engine", "interp", "-o",
                "out.pcap")
        magic, link_type, packets = read_pcap(self.path("out.pcap"))
        original = read_pcap(CAPTURE)
        self.assertEqual((magic, link_type), original[:2])
        self.assertEqual(len(packets), 513)
        self.assertEqual([p for p in original[2] if p in packets], packets)
        self.assertFalse(any(b"\x08\x00\x45" in p[2][12:16] and p[2][30:34] == b"\1\1\1\1"
                             for p in packets))

    def test_output_to_standard_output(self):
        result = self.weir("filter", "--prog", object_of("ip_dst"), CAPTURE, "--engine", "interp",
                           "-o", "-", text=False)
        self.assertEqual(result.code, OK)
        self.assertIn(b"dropped   28\n", result.err)
        with open(self.path("out.pcap"), "wb") as file:
            file.write(result.out)
        self.assertEqual(len(read_pcap(self.path("out.pcap"))[2]), 513)

    def test_several_programs_need_a_choice(self):
        program = self.file("two.c", "".join(
            f"__attribute__((section(\"filter/frame\"), used)) unsigned long long {name}"
            f"(void *data, unsigned long long size) {{ return {verdict}; }}\n"
            for name, verdict in (("pass_all", 0), ("drop_all", 1))))
        import subprocess
        from harness import CLANG
        subprocess.run([CLANG, "-target", "bpf", "-O2", "-c", program, "-o",
                        self.path("two.o")], check=True)
        result = self.fails(64, "filter", "--prog", "two.o", CAPTURE)
        self.assertEqual(result.err, "error: two.o: 2 programs to choose from: pass_all "
                                     "(filter/frame), drop_all (filter/frame) [usage]\n"
                                     "hint: choose one with --prog-name or --section\n")
        for name, dropped in (("pass_all", 0), ("drop_all", 541)):
            got = self.ok("filter", "--prog", "two.o", "--prog-name", name, CAPTURE, "--engine",
                          "interp", "--json").json
            self.assertEqual((got["program"], got["dropped"]), (name, dropped))
        result = self.fails(FAILED, "filter", "--prog", "two.o", "--prog-name", "none", CAPTURE)
        self.assertIn("there is no program named 'none' [not-found]", result.err)


@needs_clang
@needs_compiler
class CacheTest(CommandTest):
    def filter(self, *options, **kind):
        return self.weir("filter", "--prog", object_of("ip_dst"), CAPTURE, "--engine", "aot",
                         "--json", *options, **kind)

    def test_second_run_loads_no_llvm(self):
        libraries = re.compile(r"libLLVM|weir-compiler")
        cold = self.filter(env={"LD_DEBUG": "files"})
        warm = self.filter(env={"LD_DEBUG": "files"})
        self.assertEqual(cold.json["cache"]["outcome"], "miss")
        self.assertEqual(warm.json["cache"]["outcome"], "hit")
        self.assertRegex(cold.err, libraries)
        self.assertIn("libpcap", warm.err)  # the trace does name libraries
        self.assertNotRegex(warm.err, libraries)

    def test_warm_process_maps_no_llvm(self):
        self.filter()
        # The capture comes through a pipe that stays open: the process is then looked at.
        process = self.start("filter", "--prog", object_of("ip_dst"), "--at", "ip", "-",
                             "--engine", "aot", "--json", stdin=-1)
        with open(CAPTURE, "rb") as capture:
            data = capture.read()
        process.stdin.buffer.write(data[:5000])
        process.stdin.buffer.flush()
        for _ in range(200):
            with open(f"/proc/{process.pid}/maps") as file:
                maps = file.read()
            if "libpcap" in maps:
                break
        self.assertIn("libpcap", maps)
        process.stdin.buffer.write(data[5000:])
        process.stdin.close()
        with open(f"/proc/{process.pid}/maps") as file:
            maps += file.read()
        out = process.stdout.read()
        process.wait()
        process.stdout.close()
        process.stderr.close()
        self.assertIn('"outcome":"hit"', out)
        self.assertNotIn("LLVM", maps)

    def test_damaged_entry_is_set_aside_and_compiled_again(self):
        self.assertEqual(self.filter().json["cache"]["outcome"], "miss")
        entry, = self.entries()
        with open(entry, "rb") as file:
            whole = file.read()
        for damage in (whole[:-1], whole[:40], b"", whole[:300] + bytes([whole[300] ^ 1]) +
                       whole[301:], whole + b"x"):
            with open(entry, "wb") as file:
                file.write(damage)
            result = self.filter()
            self.assertEqual(result.code, OK, result.err)
            self.assertEqual((result.json["cache"]["outcome"], result.json["dropped"],
                              result.json["engine"]), ("damaged", 28, "aot"))
            self.assertTrue(result.json["cache"]["stored"])
            self.assertTrue(os.path.exists(result.json["cache"]["set_aside"]))
            self.assertRegex(result.err, r"(?m)^warning: cache: .*\[cache-damaged\]")
            self.assertIn("warning: cache: the entry was set aside as ", result.err)
            self.assertEqual(self.filter().json["cache"]["outcome"], "hit")
            with open(entry, "rb") as file:
                self.assertEqual(file.read(), whole, "the same program gives the same entry")

    def test_processes_at_once(self):
        programs = [["filter", "--prog", object_of(name), CAPTURE, "--engine", "aot", "--json"]
                    for name in ("dns_block", "dns_block", "dns_block")]
        processes = [self.start(*program) for program in programs]
        results = [None] * len(processes)

        def finish(i):
            results[i] = processes[i].communicate()
        threads = [threading.Thread(target=finish, args=[i]) for i in range(len(processes))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for process, (out, err) in zip(processes, results):
            self.assertEqual((process.returncode, err), (OK, ""))
            self.assertIn('"dropped":18,', out)
        self.assertEqual(len(self.entries()), 1)
        self.assertEqual(self.ok("cache", "verify").out,
                         "1 whole, 0 damaged, 0 refused, 0 of another version\n")

    def test_cache_that_cannot_be_used_costs_a_message(self):
        blocked = self.file("blocked", "a file, not a folder")
        result = self.filter(env={"WEIR_CACHE_DIR": blocked})
        self.assertEqual((result.code, result.json["dropped"], result.json["engine"]),
                         (OK, 28, "aot"))
        self.assertEqual(result.json["cache"]["outcome"], "unavailable")
        self.assertRegex(result.err, r"\Awarning: cache: .*blocked.*\[cache-unavailable\]\n")
        self.assertEqual(result.err.count("warning:"), 1)

    def test_cache_that_others_may_write_is_refused(self):
        os.mkdir(self.cache)
        os.chmod(self.cache, 0o777)
        result = self.filter()
        self.assertEqual((result.code, result.json["dropped"]), (OK, 28))
        self.assertEqual(result.json["cache"]["outcome"], "unavailable")
        self.assertIn("[cache-owner]", result.err)

    def test_unwritable_folder(self):
        os.mkdir(self.cache)
        options = {}
        if os.geteuid() == 0:  # root may write everywhere
            nobody = 65534
            os.chmod(self.folder, 0o755)
            os.chown(self.cache, nobody, nobody)
            options = {"user": nobody, "group": nobody, "extra_groups": []}
        os.chmod(self.cache, 0o500)
        program = self.file("pass.s", "r0 = 0\nexit\n")
        try:
            result = self.weir("filter", "--prog", program, CAPTURE, "--engine", "aot", "--json",
                               **options)
        except PermissionError:
            self.skipTest("another user may not run the weir of this build")
        self.assertEqual((result.code, result.json["packets"], result.json["engine"]),
                         (OK, 541, "aot"), result.err)
        self.assertEqual((result.json["cache"]["outcome"], result.json["cache"]["stored"]),
                         ("miss", False))
        self.assertRegex(result.err, r"\Awarning: cache: .*Permission denied "
                                     r"\[cache-unavailable\]\n")

    def test_auto_falls_back_to_the_interpreter(self):
        nothing = {"WEIR_COMPILER_LIBRARY": self.path("none.so")}
        result = self.weir("filter", "--prog", object_of("ip_dst"), CAPTURE, "--json", env=nothing)
        self.assertEqual((result.code, result.json["engine"], result.json["dropped"]),
                         (OK, "interp", 28))
        self.assertEqual(result.json["fallback"]["code"], "compiler-failed")
        self.assertRegex(result.err, r"warning: the interpreter runs the program: cannot load the "
                                     r"compiler: .*none\.so")
        result = self.filter(env=nothing)
        self.assertEqual(result.code, FAILED)
        self.assertEqual(result.json["error"]["code"], "compiler-failed")

    def test_wrong_library_is_refused(self):
        import ctypes.util
        library = ctypes.util.find_library("pcap")
        result = self.filter(env={"WEIR_COMPILER_LIBRARY": library})
        self.assertEqual(result.code, FAILED)
        self.assertIn("the library has no symbol weir_compiler_plugin", result.err)

    def test_rejected_program_has_no_fallback(self):
        result = self.fails(FAILED, "filter", "--prog", self.file("stray.s", STRAY), CAPTURE,
                            "--policy", "strict")
        self.assertIn("[program-rejected]", result.err)

    def test_installed_tree_works_where_it_lies(self):
        # As cmake --install lays it out: bin/weir and lib*/weir/libweir-compiler.so.
        import shutil
        build = os.path.dirname(os.path.dirname(WEIR))
        library = os.path.join(build, "codegen", "libweir-compiler.so")
        with open(WEIR, "rb") as file:
            folder = re.search(rb"\.\./lib[a-z0-9_/-]*/weir(?=\0)", file.read())
        self.assertTrue(folder)
        home = os.path.join(self.folder, "moved", "bin")
        plugin = os.path.normpath(os.path.join(home, folder.group(0).decode()))
        os.makedirs(home)
        os.makedirs(plugin)
        shutil.copy(WEIR, home)
        os.symlink(library, os.path.join(plugin, "libweir-compiler.so"))
        import subprocess
        done = subprocess.run([os.path.join(home, "weir"), "filter", "--prog", object_of("ip_dst"),
                               CAPTURE, "--engine", "aot"], env=self.environment,
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (OK, ""))
        self.assertIn("dropped   28\n", done.stdout)


if __name__ == "__main__":
    main()
