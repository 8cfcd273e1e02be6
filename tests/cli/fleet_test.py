# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir compile for many: lists, folders, CPUs, broken compilers; remote stores and shared work."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from harness import (CLANG, CommandTest, FAILED, OK, SOURCE, USAGE, WEIR, main, needs_clang,
                     needs_compiler, object_of)

sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
import servers  # noqa: E402

ANSWER = "r0 = 42\nexit\n"
needs_servers = unittest.skipIf(servers.missing(), servers.missing())


class FleetTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.environment["XDG_CONFIG_HOME"] = self.path("config")

    def machine(self, name, remote="off", key="fleet"):
        """The environment of a machine with a cache of its own and the fleet's keys."""
        if not os.path.exists(self.path("keys")):
            servers.fleet_keys(self.path("keys"))
        if remote != "off":
            # Patient, where the test says nothing else: the machine that runs it may be busy.
            url, bar, attributes = remote.partition("|")
            remote = f"{url}|connect-timeout=30s|timeout=30s{bar}{attributes}"
        return {"WEIR_CACHE_DIR": self.path("cache-" + name), "WEIR_REMOTE": remote,
                "WEIR_KEY_DIR": self.path("keys") if key else self.path("none"),
                "WEIR_SIGN_KEY": key}

    def answers(self, count, folder="in"):
        os.makedirs(self.path(folder), exist_ok=True)
        return [self.file(f"{folder}/a{i}.s", f"r0 = {i}\nexit\n") for i in range(count)]


@needs_compiler
class InputsTest(FleetTest):
    @needs_clang
    def test_folders_hold_objects(self):
        os.makedirs(self.path("in/edge/deep"))
        for name, place in (("ip_dst", ""), ("ip_dst", "edge/"), ("ip_dst", "edge/deep/")):
            shutil.copy(object_of(name), self.path(f"in/{place}{name}.bpf.o"))
        self.file("in/notes.o", "no object")
        self.file("in/readme", "text")
        got = self.ok("compile", "in", "-o", "out/", "--json").json
        outputs = ["out/edge/deep/ip_dst.weir", "out/edge/ip_dst.weir", "out/ip_dst.weir"]
        self.assertEqual([f["output"] for f in got["files"]], outputs)
        for output in outputs:
            self.assertTrue(os.path.exists(self.path(output)))
        self.assertEqual(got["summary"]["compiled"], 3)

    def test_empty_folder_is_an_error(self):
        os.mkdir(self.path("empty"))
        result = self.fails(FAILED, "compile", "empty")
        self.assertIn("no BPF object (*.o) in the folder or below it", result.err)

    def test_lists(self):
        files = self.answers(3)
        self.file("list", "# ours\n" + files[0] + "\n\n" + files[1] + "\r\n" + files[2])
        got = self.ok("compile", "@list", "--json").json
        self.assertEqual([f["file"] for f in got["files"]], files)
        got = self.ok("compile", "@-", "--json", stdin=files[1] + "\n").json
        self.assertEqual(got["files"][0]["programs"][0]["cache"]["outcome"], "hit")
        self.assertIn("[not-found]", self.fails(FAILED, "compile", "@nowhere").err)
        self.file("none", "# nothing\n")
        self.assertIn("the lists name no file", self.fails(FAILED, "compile", "@none").err)

    def test_summary(self):
        files = self.answers(3)
        out = self.ok("compile", *files).out.splitlines()
        self.assertRegex(out[3], r"\A3 programs: 0 found, 3 compiled, 0 failed, \d+\.\d s\Z")
        out = self.ok("compile", "-q", *files).out
        self.assertRegex(out, r"\A3 programs: 3 found, 0 compiled, 0 failed, \d+\.\d s\n\Z")

    def test_a_compiler_that_breaks_takes_one_file_with_it(self):
        files = self.answers(4)
        self.ok("compile", files[1], files[3])
        source = self.file("break.c", "#include <stdlib.h>\n"
                                      "__attribute__((constructor)) static void f(void) "
                                      "{ abort(); }\n")
        subprocess.run(["cc", "-shared", "-fPIC", source, "-o", self.path("break.so")], check=True)
        result = self.fails(FAILED, "compile", "-j2", *files, "--json",
                            env={"WEIR_COMPILER_LIBRARY": self.path("break.so")})
        files = result.json["files"]
        for index in (0, 2):
            self.assertEqual(files[index]["errors"][0]["code"], "compiler-failed")
            self.assertIn("signal 6", files[index]["errors"][0]["message"])
        for index in (1, 3):
            self.assertEqual(files[index]["programs"][0]["cache"]["outcome"], "hit")
        self.assertEqual((result.json["summary"]["found"], result.json["summary"]["failed"]), (2, 2))

    def test_resumes_where_it_was_ended(self):
        files = self.answers(60)
        process = self.start("compile", "-j2", *files)
        while len(self.entries()) < 5 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        got = self.ok("compile", *files, "--json").json["summary"]
        self.assertGreaterEqual(got["found"], 5)
        self.assertEqual(got["found"] + got["compiled"], 60)

    def test_processes_with_one_cache_compile_once(self):
        files = self.answers(30)
        running = [self.start("compile", "-j1", *files, "--json") for _ in range(4)]
        outputs = [process.communicate() for process in running]
        self.assertEqual([p.returncode for p in running], [OK] * 4, outputs)
        import json
        sums = [json.loads(out)["summary"] for out, _ in outputs]
        self.assertEqual(sum(s["compiled"] for s in sums), 30)
        self.assertEqual(sum(s["found"] for s in sums), 90)
        self.assertEqual(os.listdir(os.path.join(self.cache, "leases")), [])


@needs_compiler
class CpusTest(FleetTest):
    def cpu_of(self, *arguments):
        return self.ok("objdump", *arguments, "--json").json["manifest"]["cpu"]

    def test_entries_for_each_cpu(self):
        answer = self.file("answer.s", ANSWER)
        got = self.ok("compile", answer, "--cpu", "x86-64,x86-64-v2,+bmi,x86-64-v3", "--json").json
        self.assertEqual([p["cpu"] for p in got["files"][0]["programs"]],
                         ["x86-64", "x86-64-v2,+bmi", "x86-64-v3"])
        self.assertEqual(len(self.entries()), 3)
        self.assertIn("several CPUs",
                      self.fails(USAGE, "run", answer, "--cpu", "x86-64,x86-64-v2").err)

    def test_one_object_for_several_cpus(self):
        answer = self.file("answer.s", ANSWER)
        result = self.ok("compile", answer, "--cpu", "x86-64,native", "-o", "fat.weir")
        self.assertEqual(len(result.out.splitlines()), 3)
        self.ok("compile", answer, "--cpu", "native", "-o", "native.weir")
        self.assertEqual(self.cpu_of("fat.weir"), self.cpu_of("native.weir"))
        self.assertEqual(self.ok("run", "fat.weir", "--json").json["r0"], 42)
        self.assertEqual(self.ok("run", "fat.weir", "--json").json["engine"], "aot")
        # ar and whoever reads its archives know what it is.
        if shutil.which("ar"):
            done = subprocess.run(["ar", "t", self.path("fat.weir")], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(done.stdout.splitlines()), 2)
        # The same again is the same bytes.
        self.ok("compile", answer, "--cpu", "x86-64,native", "-o", "again.weir")
        with open(self.path("fat.weir"), "rb") as one, open(self.path("again.weir"), "rb") as two:
            self.assertEqual(one.read(), two.read())

    def test_each_variant_is_signed(self):
        answer = self.file("answer.s", ANSWER)
        env = self.machine("one")
        self.ok("compile", answer, "--cpu", "x86-64,native", "-o", "signed.weir", env=env)
        self.ok("compile", answer, "--cpu", "x86-64,native", "-o", "unsigned.weir",
                env=dict(env, WEIR_SIGN_KEY=""))
        os.makedirs(self.path("config/weir"))
        self.file("config/weir/policy.json", '{"require_signature": ["file"]}\n')
        got = self.ok("run", "signed.weir", "--json", env=env).json
        self.assertEqual((got["r0"], got["engine"]), (42, "aot"))
        self.assertIn("[cache-owner]", self.fails(FAILED, "run", "unsigned.weir", env=env).err)

    def test_what_no_variant_suits_is_interpreted(self):
        everything = ("x86-64-v4,+gfni,+vaes,+sha,+avx512vbmi,+avx512vbmi2,+avx512bitalg,"
                      "+avx512vpopcntdq,+avx512ifma,+avx512vnni")
        self.ok("compile", self.file("answer.s", ANSWER), "--cpu",
                everything + ",znver4,+adx,-sahf", "-o", "far.weir")
        got = self.weir("run", "far.weir", "--json")
        self.assertEqual((got.code, got.json["r0"]), (OK, 42))
        if got.json["engine"] == "aot":
            self.skipTest("this machine can run the largest variant")

    def test_damaged_files_are_refused(self):
        self.ok("compile", self.file("answer.s", ANSWER), "--cpu", "x86-64,x86-64-v2", "-o",
                "fat.weir")
        with open(self.path("fat.weir"), "rb") as file:
            whole = file.read()
        rng = random.Random(5)
        second = whole.index(b"`\n", 100) + 2
        cases = [whole[:n] for n in (8, 9, 67, 68, 69, 500, second - 1, second, len(whole) - 1)]
        cases += [whole + b"x", whole[:8], whole + whole[8:], whole[:8] + b" " * 60 + whole[68:]]
        for _ in range(40):
            at = rng.randrange(8, 68)
            cases.append(whole[:at] + bytes([rng.randrange(256)]) + whole[at + 1:])
        refused = 0
        for case in cases:
            self.file("bad.weir", case)
            result = self.weir("run", "bad.weir")
            self.assertIn(result.code, (OK, FAILED), result.err)
            refused += result.code == FAILED
        self.assertGreater(refused, 13)

    @needs_clang
    def test_names_mean_what_clang_means(self):
        macros = {"sahf": "__LAHF_SAHF__", "cx16": "__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16",
                  "sse4.1": "__SSE4_1__", "sse4.2": "__SSE4_2__"}
        features = """cx16 sse3 ssse3 sse4.1 sse4.2 popcnt sahf avx avx2 bmi bmi2 f16c fma lzcnt
            movbe xsave avx512f avx512bw avx512cd avx512dq avx512vl adx aes pclmul sha gfni vaes
            vpclmulqdq avx512vbmi avx512vbmi2 avx512vnni avx512bitalg avx512vpopcntdq
            avx512ifma""".split()
        answer = self.file("answer.s", ANSWER)
        for cpu in ("haswell", "broadwell", "skylake", "skylake-avx512", "cascadelake",
                    "icelake-server", "sapphirerapids", "graniterapids", "sierraforest", "znver1",
                    "znver2", "znver3", "znver4"):
            done = subprocess.run([CLANG, "-target", "x86_64-linux-gnu", "-march=" + cpu, "-dM",
                                   "-E", "-x", "c", "/dev/null"], capture_output=True, text=True,
                                  check=True)
            have = {line.split()[1] for line in done.stdout.splitlines()}
            wanted = "x86-64" + "".join(
                ",+" + f for f in features if macros.get(f, f"__{f.upper()}__") in have)
            self.ok("compile", answer, "--cpu", cpu, "-o", "named.weir")
            self.ok("compile", answer, "--cpu", wanted, "-o", "spelled.weir")
            self.assertEqual(self.cpu_of("named.weir"), self.cpu_of("spelled.weir"), cpu)


@needs_compiler
@needs_servers
class RemoteTest(FleetTest):
    def test_one_machine_compiles_another_finds(self):
        files = self.answers(5)
        for kind in (servers.Redis, servers.Nginx):
            with kind() as server:
                one = self.machine("one-" + kind.__name__, server.url)
                two = self.machine("two-" + kind.__name__, server.url)
                first = self.ok("compile", *files, "--json", env=one).json["summary"]
                self.assertEqual((first["compiled"], first["remotes"][0]["uploads"]), (5, 5))
                got = self.ok("compile", *files, "--json", env=two).json
                self.assertEqual((got["summary"]["found_remote"], got["summary"]["compiled"]), (5, 0))
                cache = got["files"][0]["programs"][0]["cache"]
                self.assertEqual(cache["outcome"], "hit")
                self.assertEqual(cache["from"].rstrip("/"), server.url.rstrip("/"))
                # From now on it is here, also without the server.
                server.stop()
                third = self.ok("compile", *files, "--json",
                                env=dict(two, WEIR_REMOTE="off")).json["summary"]
                self.assertEqual((third["found"], third["found_remote"]), (5, 0))

    def test_programs_that_run_use_it_too(self):
        answer = self.file("answer.s", ANSWER)
        with servers.Redis() as server:
            got = self.ok("run", answer, "--json", env=self.machine("one", server.url)).json
            self.assertEqual((got["r0"], got["cache"]["outcome"]), (42, "miss"))
            got = self.ok("run", answer, "--json", env=self.machine("two", server.url)).json
            self.assertEqual((got["r0"], got["cache"]["outcome"], got["cache"]["from"]),
                             (42, "hit", server.url))
            shown = self.ok("compile", answer, env=self.machine("three", server.url)).out
            self.assertIn("from " + server.url, shown)

    def test_what_nobody_signed_is_not_used(self):
        answer = self.file("answer.s", ANSWER)
        with servers.Nginx() as server:
            self.ok("compile", answer, env=self.machine("unsigned", server.url, key=""))
            result = self.weir("run", answer, "--json", env=self.machine("other", server.url))
            self.assertEqual((result.code, result.json["r0"]), (OK, 42))
            self.assertEqual(result.json["cache"]["outcome"], "miss")
            self.assertIn("warning: cache: " + server.url, result.err)
            # The machine with a key has put a signed one in its place.
            got = self.ok("run", answer, "--json", env=self.machine("third", server.url)).json
            self.assertEqual(got["cache"]["outcome"], "hit")

    def test_altered_entries_are_not_used(self):
        answer = self.file("answer.s", ANSWER)
        with servers.Nginx() as server:
            self.ok("compile", answer, env=self.machine("one", server.url))
            found = [os.path.join(folder, name) for folder, _, names in os.walk(server.files)
                     for name in names if name.endswith(".entry")]
            self.assertEqual(len(found), 1)
            with open(found[0], "rb") as file:
                whole = file.read()
            for at in (0, 9, 20, len(whole) // 2, len(whole) - 40, len(whole) - 1):
                with open(found[0], "wb") as file:
                    file.write(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1:])
                env = dict(self.machine(f"at{at}", server.url + "|read-only"))
                result = self.weir("run", answer, "--json", env=env)
                self.assertEqual((result.code, result.json["r0"]), (OK, 42))
                self.assertEqual(result.json["cache"]["outcome"], "miss", at)

    def test_a_dead_server_is_told_once_and_costs_no_result(self):
        files = self.answers(8)
        nowhere = f"redis://127.0.0.1:{servers.free_port()}"
        result = self.weir("compile", "-j1", *files, env=self.machine("one", nowhere))
        self.assertEqual(result.code, OK, result.err)
        self.assertEqual(result.err.count("warning: cache: " + nowhere), 1, result.err)
        with servers.Redis() as server:
            server.freeze()
            result = self.weir("run", files[0], "--json",
                               env=self.machine("two", server.url + "|timeout=100ms"))
            self.assertEqual((result.code, result.json["r0"]), (OK, 0))

    def test_configuration(self):
        answer = self.file("answer.s", ANSWER)
        with servers.Redis() as server:
            env = self.machine("one", server.url)
            self.ok("compile", answer, env=env)
            del env["WEIR_REMOTE"]
            os.makedirs(self.path("config/weir"))
            self.file("config/weir/remotes", f"# the fleet's\n{server.url}|read-only\n")
            env["WEIR_CACHE_DIR"] = self.path("two")
            got = self.ok("compile", answer, "--json", env=env).json
            self.assertEqual(got["summary"]["found_remote"], 1)
            env["WEIR_CACHE_DIR"] = self.path("three")
            got = self.ok("compile", answer, "--json", "--remote", "off", env=env).json
            self.assertEqual(got["summary"]["compiled"], 1)
            os.chmod(self.path("config/weir/remotes"), 0o666)
            self.assertIn("nobody else may write", self.fails(FAILED, "compile", answer, env=env).err)

    def test_wrong_words(self):
        answer = self.file("answer.s", ANSWER)
        for remote in ("ftp://a/", "http://a/|timeout=1", "cache.example.org"):
            self.fails(USAGE, "compile", answer, "--remote", remote)
        result = self.fails(USAGE, "compile", answer, "--remote", "http://me:hunter2@a/")
        self.assertNotIn("hunter2", result.err + result.out)
        result = self.weir("run", answer, "--remote", "http://127.0.0.1:1/",
                           env={"WEIR_REMOTE_LIBRARY": "/nowhere.so"})
        self.assertEqual(result.code, OK)
        self.assertIn("cannot load the library of remote stores", result.err)

    def test_secrets_are_not_shown(self):
        answer = self.file("answer.s", ANSWER)
        with servers.Redis() as server:
            env = dict(self.machine("one", server.url + "|user=me|password-env=FLEET_PASSWORD"),
                       FLEET_PASSWORD="hunter2")
            result = self.weir("compile", answer, env=env)
            self.assertEqual(result.code, OK)
            self.assertIn("the server says", result.err)
            self.assertNotIn("hunter2", result.err + result.out)


@needs_compiler
@needs_servers
class TrialTest(FleetTest):
    """bench/fleet/build_trial.py, in small."""

    def trial(self, *arguments):
        script = os.path.join(SOURCE, "bench", "fleet", "build_trial.py")
        done = subprocess.run([sys.executable, "-B", script, WEIR, *arguments], capture_output=True,
                              text=True, timeout=500)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_each_filter_is_compiled_once(self):
        self.assertEqual(len(re.findall(r" s +24 ", self.trial("--processes", "4", "--filters",
                                                               "24"))), 3)

    def test_work_goes_on_while_servers_stop_and_start(self):
        self.trial("--processes", "3", "--filters", "60", "--trouble", "--pause", "0.1")


if __name__ == "__main__":
    main()
