# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs that start in the interpreter and move to native code: weir attach and weir
compile-server, whole, slow, crashing and killed.

WEIR_KILL_ROUNDS: how often a compile server is killed (default 12).
"""

import os
import random
import signal
import socket
import struct
import subprocess
import time
import unittest

from harness import FAILED, USAGE, WEIR, main, needs_compiler
from wire_harness import DROP_MARKED, AttachTest, frame, number_of, wait_for

ROUNDS = int(os.environ.get("WEIR_KILL_ROUNDS", "12"))


def other_program(number):
    """Drops marked frames, and is not the same program for any two numbers."""
    return f"r5 = {number}\n" + DROP_MARKED


class ServerTest(AttachTest):
    def server(self, *arguments):
        log = open(self.path("server.log"), "ab")
        process = subprocess.Popen(
            [WEIR, "compile-server", "--socket", self.path("compile"), *arguments], stdout=log,
            stderr=log, env=self.environment, cwd=self.folder)
        log.close()
        self.addCleanup(self.stop, process)
        wait_for(lambda: self.answers(process), "the compile server listens")
        return process

    def answers(self, process):
        self.assertIsNone(process.poll(), self.server_log())
        try:
            self.connect().close()
            return True
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    def connect(self):
        made = socket.socket(socket.AF_UNIX)
        try:
            made.connect(self.path("compile"))
        except OSError:
            made.close()
            raise
        made.settimeout(20)
        return made

    def server_log(self):
        with open(self.path("server.log"), encoding="utf-8") as file:
            return file.read()


@needs_compiler
class MovingTest(ServerTest):
    def link(self, *arguments):
        guest, net = self.wire("g", "wg"), self.wire("n", "wn")
        self.attach("--link", "vm", f"dgram:{self.path('wg')},{self.path('g')}",
                    f"dgram:{self.path('wn')},{self.path('n')}", *arguments)
        return guest, net

    def replace(self, program):
        self.control_command("replace", program, "--link", "vm", "--name", "marked")

    def program_now(self):
        return self.stats()["programs"][0]

    def compiler_now(self):
        return self.control_command("stats", "--json").json["compiler"]

    def wait_native(self):
        wait_for(lambda: self.program_now()["engine"] == "aot", "native code runs")

    def check_frames(self, guest, net, first, count):
        """Every frame is judged, in order: every third is dropped."""
        for number in range(first, first + count):
            guest.send(frame(mark=number % 3 == 0, number=number))
            if number % 3:
                self.assertEqual(number_of(net.receive()), number)
        self.assertIsNone(net.receive(0.02))

    def test_a_server_of_its_own(self):
        guest, net = self.link("--prog", self.program("marked", DROP_MARKED))
        self.check_frames(guest, net, 0, 10)
        self.wait_native()
        self.check_frames(guest, net, 10, 10)
        self.assertEqual(self.program_now()["rx"]["runs"], 20)
        self.assertIn("marked: native code runs now", self.log())
        self.assertEqual((self.compiler_now()["compiled"], self.compiler_now()["died"]), (1, 0))
        self.assertEqual(len(self.entries()), 1)
        # It is in the cache: the next one starts native.
        self.replace(self.program("marked", DROP_MARKED))
        self.assertEqual(self.program_now()["engine"], "aot")
        self.assertEqual(self.compiler_now()["compiled"], 1)

    def test_its_server_ends_with_it(self):
        self.link("--prog", self.program("marked", DROP_MARKED))
        self.wait_native()
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True,
                                  text=True, check=False).stdout.split()
        self.assertEqual(len(children), 1)
        self.process.terminate()
        self.assertEqual(self.process.wait(20), 0)
        wait_for(lambda: not os.path.exists(f"/proc/{children[0]}"), "its server has ended")

    def test_frames_pass_while_it_is_compiled(self):
        server = self.server()
        os.kill(server.pid, signal.SIGSTOP)
        guest, net = self.link("--compiler", self.path("compile"), "--prog",
                               self.program("marked", DROP_MARKED))
        self.check_frames(guest, net, 0, 30)
        now = self.program_now()
        self.assertEqual((now["engine"], now["awaits_native"]), ("interp", True))
        os.kill(server.pid, signal.SIGCONT)
        # No frame is lost or judged twice while the code is exchanged.
        number = 30
        while self.program_now()["engine"] == "interp":
            self.check_frames(guest, net, number, 30)
            number += 30
        self.check_frames(guest, net, number, 30)
        now = self.program_now()
        self.assertEqual((now["rx"]["runs"], now["rx"]["dropped"], now["awaits_native"]),
                         (number + 30, (number + 30) // 3, False))

    def test_what_is_too_large_for_the_server_is_interpreted(self):
        self.server("--max-memory", "16Mi")
        guest, net = self.link("--compiler", self.path("compile"), "--prog",
                               self.program("marked", DROP_MARKED))
        wait_for(lambda: self.compiler_now()["failed"] == 1, "the compilation has died")
        self.assertEqual(self.compiler_now()["died"], 1)
        self.assertEqual(self.program_now()["engine"], "interp")
        self.assertIn("stays in the interpreter: the process that compiled", self.log())
        self.check_frames(guest, net, 0, 10)
        self.assertEqual(self.entries(), [])

    def test_no_server(self):
        guest, net = self.link("--compiler", self.path("compile"), "--prog",
                               self.program("marked", DROP_MARKED))
        wait_for(lambda: self.compiler_now()["failed"] == 1, "nobody compiles")
        self.assertIn("no compile server answers", self.log())
        self.check_frames(guest, net, 0, 10)
        # One that comes later is found.
        self.server()
        self.replace(self.program("marked", other_program(1)))
        self.wait_native()

    def test_servers_that_are_killed(self):
        """At random moments; no frame is lost, no damaged entry is left, the next one compiles."""
        guest, net = self.link("--compiler", self.path("compile"), "--prog",
                               self.program("marked", DROP_MARKED))
        chance = random.Random(7)
        number = 0
        for turn in range(ROUNDS):
            server = self.server()
            self.replace(self.program("marked", other_program(turn)))
            time.sleep(chance.random() * 0.15)
            self.check_frames(guest, net, number, 6)
            number += 6
            server.kill()
            server.wait()
        self.server()
        self.replace(self.program("marked", other_program(-1)))
        self.wait_native()
        self.check_frames(guest, net, number, 6)
        self.assertRegex(self.ok("cache", "verify").out, r"^\d+ whole, 0 damaged, 0 refused")
        now = self.compiler_now()
        self.assertEqual((now["waiting"], now["compiling"]), (0, 0))


@needs_compiler
class CompileServerTest(ServerTest):
    def test_says_what_is_wrong(self):
        self.fails(USAGE, "compile-server", "--socket", self.path("no/" + "x" * 200))
        self.fails(USAGE, "compile-server", "--jobs", "0")
        self.fails(USAGE, "compile-server", "--socket", self.path("s"), "--max-memory", "much")
        self.server()
        told = self.fails(FAILED, "compile-server", "--socket", self.path("compile"))
        self.assertIn("another process listens there", told.err)

    def test_ends_when_told(self):
        server = self.server()
        server.terminate()
        self.assertEqual(server.wait(20), 0)
        self.assertFalse(os.path.exists(self.path("compile")))
        self.assertIn("0 compiled, 0 refused, 0 died", self.server_log())

    def test_bytes_that_are_no_request(self):
        server = self.server()
        magic, request = 0x6d636577, 0
        for sent in (b"GET / HTTP/1.1\r\n\r\n", bytes(1000), b"",
                     struct.pack("<IIQ", magic, request, 1 << 62),
                     struct.pack("<IIQ", magic, 77, 0),
                     struct.pack("<IIQ", magic, request, 100) + bytes(1000)):
            with self.connect() as client:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(client.recv(100), b"", sent[:20])
        with self.connect() as client:
            client.sendall(struct.pack("<IIQ", magic, request, 2) + bytes(2))
            self.assertIn(b"this is no request to compile", client.recv(4096))
        chance = random.Random(3)
        for _ in range(100):
            body = chance.randbytes(chance.randrange(300))
            with self.connect() as client:
                client.sendall(struct.pack("<IIQ", magic, request, len(body)) + body)
                self.assertEqual(struct.unpack_from("<II", client.recv(4096))[0], magic)
        self.assertIsNone(server.poll())

    def test_who_goes_away_is_forgotten(self):
        server = self.server("--jobs", "1")
        magic = 0x6d636577
        for _ in range(30):
            client = self.connect()
            client.sendall(struct.pack("<IIQ", magic, 0, 2) + bytes(2))
            client.close()
        with self.connect() as client:
            client.sendall(struct.pack("<IIQ", magic, 0, 2) + bytes(2))
            self.assertIn(b"no request", client.recv(4096))
        self.assertIsNone(server.poll())


if __name__ == "__main__":
    main()
