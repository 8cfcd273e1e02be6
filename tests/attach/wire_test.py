# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir attach between ends of wires, without QEMU: verdicts, framing, what goes and comes back."""

import os
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from harness import FAILED, HAS_COMPILER, OK, USAGE, WEIR, main
from wire_harness import (DROP, DROP_MARKED, PASS, STRAY, AttachTest, Stream, frame, number_of,
                          stamp, wait_for)


class Wires(AttachTest):
    def dgram_link(self, *arguments, **options):
        """guest end, net end: what the guest sends is rx."""
        guest, net = self.wire("g", "wg"), self.wire("n", "wn")
        self.attach("--link", "vm", f"dgram:{self.path('wg')},{self.path('g')}",
                    f"dgram:{self.path('wn')},{self.path('n')}", *arguments, **options)
        self.wait_connected()
        return guest, net

    def stream_link(self, *arguments, **options):
        self.attach("--link", "vm", "stream:" + self.path("sg"), "stream:" + self.path("sn"),
                    *arguments, **options)
        guest, net = Stream(self.path("sg")), Stream(self.path("sn"))
        self.addCleanup(guest.close)
        self.addCleanup(net.close)
        self.wait_connected()
        return guest, net

    def check_verdicts(self, guest, net):
        """With DROP_MARKED both ways."""
        for source, sink in ((guest, net), (net, guest)):
            for mark in (0, 1, 0):
                source.send(frame(mark=mark, number=7, size=100))
            self.assertEqual([sink.receive(), sink.receive()], [frame(number=7, size=100)] * 2)
            self.assertIsNone(sink.receive(0.05))
        now = self.stats()
        for way in ("rx", "tx"):
            self.assertEqual((now[way]["frames"], now[way]["passed"], now[way]["dropped"]),
                             (3, 2, 1))
        self.assertEqual(now["programs"][0]["rx"]["dropped"], 1)

    def test_dgram_drops_and_passes(self):
        self.check_verdicts(*self.dgram_link("--prog", self.program("marked", DROP_MARKED)))

    def test_stream_drops_and_passes(self):
        self.check_verdicts(*self.stream_link("--prog", self.program("marked", DROP_MARKED)))

    def test_rewrite(self):
        guest, net = self.dgram_link("--prog", self.program("stamp", stamp(0x77)))
        guest.send(frame())
        got = net.receive()
        self.assertEqual(got[15:17], b"\x77\x01")

    def test_direction(self):
        guest, net = self.dgram_link("--prog", self.program("drop", DROP), "--direction", "tx")
        guest.send(frame(number=1))
        self.assertEqual(number_of(net.receive()), 1)
        net.send(frame())
        self.assertIsNone(guest.receive(0.05))

    def test_stream_cut_into_single_bytes(self):
        guest, net = self.stream_link("--prog", self.program("marked", DROP_MARKED))
        for number in range(3):
            data = frame(number=number)
            for byte in struct.pack(">I", len(data)) + data:
                guest.socket.send(bytes([byte]))
        self.assertEqual([number_of(net.receive()) for _ in range(3)], [0, 1, 2])

    def test_oversized_length_ends_the_connection_and_nothing_else(self):
        guest, net = self.stream_link("--prog", self.program("pass", PASS))
        guest.send(frame(number=1))
        guest.socket.sendall(struct.pack(">I", 69633) + bytes(100))
        self.assertEqual(number_of(net.receive()), 1)
        self.assertEqual(guest.socket.recv(1), b"")
        again = Stream(self.path("sg"))
        self.addCleanup(again.close)
        again.send(frame(number=2))
        self.assertEqual(number_of(net.receive()), 2)
        self.assertEqual(self.stats()["guest"]["malformed"], 1)
        self.assertIn("a frame of 69633 bytes, but none has more than 69632", self.log())

    def test_short_frames_are_nobodys(self):
        guest, net = self.dgram_link("--prog", self.program("pass", PASS))
        guest.send(bytes(13))
        guest.send(frame(number=3))
        self.assertEqual(number_of(net.receive()), 3)
        self.assertEqual(self.stats()["guest"]["malformed"], 1)

    def test_traps_fail_open_and_closed(self):
        for rules, passes in (("--fail-open", True), ("--fail-closed", False)):
            with self.subTest(rules):
                guest, net = self.dgram_link("--prog", self.program("stray", STRAY), rules=rules)
                guest.send(frame(number=4))
                self.assertEqual(net.receive(10 if passes else 0.1) is not None, passes)
                program = self.stats()["programs"][0]
                self.assertEqual(program["rx"]["trapped"], 1)
                self.assertIn("access", program["last_trap"])
                self.process.terminate()
                self.assertEqual(self.process.wait(20), OK)
                guest.close()
                net.close()
                for name in ("g", "n", "attach.log"):
                    os.unlink(self.path(name))

    def test_without_a_program(self):
        guest, net = self.dgram_link()
        guest.send(frame())
        self.assertIsNone(net.receive(0.1))
        self.assertEqual(self.stats()["rx"]["dropped"], 1)
        self.control_command("load", self.program("pass", PASS), "--link", "vm")
        guest.send(frame(number=5))
        self.assertEqual(number_of(net.receive()), 5)

    def test_what_is_nothing_for_an_ip_filter(self):
        arp, other = frame(kind=0x0806), frame(kind=0x88b5)
        for rule, expected in (("arp", [arp]), ("pass", [arp, other]), ("drop", [])):
            with self.subTest(rule):
                guest, net = self.dgram_link("--prog", self.program("pass", PASS), "--at", "ip",
                                             "--not-taken", rule)
                guest.send(arp)
                guest.send(other)
                got = []
                while (one := net.receive(0.1)) is not None:
                    got.append(one)
                self.assertEqual(got, expected)
                self.assertEqual(self.stats()["programs"][0]["rx"]["not_taken"], 2)
                self.process.terminate()
                self.process.wait(20)
                guest.close()
                net.close()
                for name in ("g", "n", "attach.log"):
                    os.unlink(self.path(name))

    def test_the_other_side_goes_and_comes_back(self):
        guest, net = self.dgram_link("--prog", self.program("pass", PASS))
        net.close()
        os.unlink(self.path("n"))
        guest.send(frame(number=1))
        wait_for(lambda: self.stats()["net"]["lost"] == 1, "the frame counts as lost")
        net = self.wire("n", "wn")
        self.wait_connected()
        guest.send(frame(number=2))
        self.assertEqual(number_of(net.receive()), 2)

    def test_a_side_that_does_not_read_loses_nothing(self):
        guest, net = self.stream_link("--prog", self.program("pass", PASS), "--queue-bytes",
                                      "200000")
        count, size = 4000, 1500
        guest.socket.setblocking(False)
        data = b"".join(struct.pack(">I", size) + frame(number=i, size=size) for i in range(count))
        # The net's side does not read until the guest's cannot write any more.
        sent, blocked = 0, 0
        while blocked < 20:
            try:
                sent += guest.socket.send(data[sent:])
                blocked = 0
            except BlockingIOError:
                blocked += 1
                time.sleep(0.01)
        self.assertLess(sent, len(data))
        guest.socket.settimeout(20)
        rest = threading.Thread(target=guest.socket.sendall, args=(data[sent:],))
        rest.start()
        got = [number_of(net.receive()) for _ in range(count)]
        rest.join()
        self.assertEqual(got, list(range(count)))
        now = self.stats()
        self.assertEqual((now["net"]["queue_full"], now["net"]["lost"], now["net"]["sent"]),
                         (0, 0, count))

    def test_sigterm_sends_on_what_it_has_taken(self):
        guest, net = self.stream_link("--prog", self.program("pass", PASS))
        for number in range(500):
            guest.send(frame(number=number, size=1500))
        self.process.send_signal(signal.SIGTERM)
        got = []
        while (one := net.receive(5)) is not None:
            got.append(number_of(one))
        self.assertEqual(self.process.wait(20), OK, self.log())
        self.assertEqual(got, list(range(500)))
        for name in ("sg", "sn", "control"):
            self.assertFalse(os.path.exists(self.path(name)))

    def test_a_stall_is_noticed(self):
        self.dgram_link("--prog", self.program("pass", PASS))
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(1.6)
        self.process.send_signal(signal.SIGCONT)

        def noticed():
            thread = self.control_command("stats", "--json").json["threads"][0]
            return thread["stalls"] >= 1 and thread["longest_stall_ms"] > 1000
        wait_for(noticed, "the stall is counted")

    def test_sandbox(self):
        guest, net = self.dgram_link("--threads", "2")
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{thread}/status", encoding="ascii") as file:
                status = dict(line.split(":", 1) for line in file if ":" in line)
            self.assertEqual(status["NoNewPrivs"].strip(), "1")
            if status["Seccomp"].strip() == "0":
                self.skipTest("this build has no libseccomp")
            self.assertEqual(status["Seccomp"].strip(), "2")
        # Whatever it takes to load a program still works.
        for engine in ["interp", "jit", "aot"] if HAS_COMPILER else ["interp"]:
            self.control_command("load", self.program(engine, stamp(1)), "--engine", engine)
            guest.send(frame())
            self.assertEqual(net.receive()[15], 1)
            self.control_command("unload", engine)

    def test_passed_socket_and_readiness(self):
        """The protocols of a service manager: sd_listen_fds and sd_notify."""
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(told.close)
        told.bind(self.path("notify"))
        told.settimeout(20)
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(self.control)
        listener.listen()
        script = 'exec 3<&%d; LISTEN_PID=$$ exec "$0" "$@"' % listener.fileno()
        self.environment.update(LISTEN_FDS="1", NOTIFY_SOCKET=self.path("notify"),
                                WATCHDOG_USEC="200000")
        process = subprocess.Popen(
            ["sh", "-c", script, WEIR, "attach", "--fail-open", "--link", "vm",
             "stream:" + self.path("a"), "stream:" + self.path("b")],
            pass_fds=[listener.fileno()], env=self.environment, cwd=self.folder,
            stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop, process)
        heard = [told.recv(100), told.recv(100), told.recv(100)]
        self.assertEqual(heard.count(b"READY=1"), 1)
        self.assertGreaterEqual(heard.count(b"WATCHDOG=1"), 2)
        self.assertEqual(self.stats()["link"], "vm")
        process.terminate()
        self.assertEqual(process.wait(20), OK)
        self.assertTrue(os.path.exists(self.control))

    def test_many_links_in_one_process(self):
        wires, arguments = [], []
        for i in range(8):
            wires.append((self.wire(f"g{i}", f"wg{i}"), self.wire(f"n{i}", f"wn{i}")))
            arguments += ["--link", f"vm{i}", f"dgram:{self.path(f'wg{i}')},{self.path(f'g{i}')}",
                          f"dgram:{self.path(f'wn{i}')},{self.path(f'n{i}')}"]
        self.attach(*arguments, "--threads", "3", "--prog", self.program("pass", PASS))
        self.control_command("replace", self.program("drop", DROP), "--link", "vm3", "--name",
                             "pass")
        for i, (guest, net) in enumerate(wires):
            guest.send(frame(number=i))
            got = net.receive(0.1 if i == 3 else 10)
            self.assertEqual(got and number_of(got), None if i == 3 else i)


class Control(AttachTest):
    def start(self):
        self.guest, self.net = self.wire("g", "wg"), self.wire("n", "wn")
        self.attach("--link", "vm", f"dgram:{self.path('wg')},{self.path('g')}",
                    f"dgram:{self.path('wn')},{self.path('n')}")
        self.wait_connected()

    def passes(self):
        self.guest.send(frame())
        return self.net.receive(0.2) is not None

    def test_load_replace_unload_list(self):
        self.start()
        one, two = self.program("one", PASS), self.program("two", DROP)
        self.control_command("load", one, "--link", "vm", "--name", "first")
        self.assertTrue(self.passes())
        listed = self.control_command("list", "--json").json
        self.assertEqual([(p["link"], p["name"], p["generation"]) for p in listed["programs"]],
                         [("vm", "first", 1)])
        self.control_command("replace", two, "--link", "vm", "--name", "first")
        self.assertFalse(self.passes())
        self.assertEqual(self.stats()["programs"][0]["generation"], 2)
        self.control_command("unload", "first", "--link", "vm")
        self.assertEqual(self.stats()["programs"], [])

    def test_order_and_results(self):
        self.start()
        self.control_command("load", self.program("last", stamp(1)), "--priority", "60")
        self.control_command("load", self.program("plain", stamp(2)))
        self.control_command("load", self.program("first", DROP), "--priority", "5", "--go-on", "0,1")
        listed = self.control_command("list", "--json").json["programs"]
        self.assertEqual([(p["name"], p["priority"], p["priority_from"], p["go_on"], p["go_on_from"])
                          for p in listed],
                         [("first", 5, "option", "0, 1", "option"),
                          ("plain", 50, "default", "0", "default"),
                          ("last", 60, "option", "0", "default")])
        self.assertIn("    priority 5 (option), the next one after 0, 1 (option)\n",
                      self.control_command("list").out)
        self.guest.send(frame())
        self.assertEqual(self.net.receive()[15:17], b"\x01\x02")  # the last one's stamp, two runs
        result = self.fails(USAGE, "filter", "load", self.program("odd", PASS), "--go-on", "XDP_PASS",
                            "--control", self.control)
        self.assertIn("'XDP_PASS' is no result at 'frame'", result.err)
        self.assertEqual(len(self.stats()["programs"]), 3)

    def test_a_program_that_does_not_load_changes_nothing(self):
        self.start()
        self.control_command("load", self.program("one", PASS), "--name", "p")
        bad = self.program("bad", "r0 = *(u8 *)(r1 + 14)\nexit\n")
        result = self.fails(FAILED, "filter", "replace", bad, "--name", "p", "--policy", "strict",
                            "--control", self.control)
        self.assertIn("[program-rejected]", result.err)
        self.assertTrue(self.passes())
        self.assertEqual(self.stats()["programs"][0]["generation"], 1)

    def test_errors(self):
        self.start()
        one = self.program("one", PASS)
        self.control_command("load", one)
        for code, arguments in ((USAGE, ["load", one]),
                                (FAILED, ["load", one, "--link", "none"]),
                                (FAILED, ["replace", one, "--name", "other"]),
                                (FAILED, ["unload", "other"]),
                                (FAILED, ["stats", "--link", "none"]),
                                (FAILED, ["load", self.path("absent.o")])):
            self.fails(code, "filter", *arguments, "--control", self.control)
        self.fails(FAILED, "filter", "list", "--control", self.path("nobody"))

    def test_strange_questions(self):
        self.start()
        for question in (b"\n", b"[]\n", b"{}\n", b'{"command": 5}\n', b"\xff\xfe\n",
                         b'{"command": "load", "program": {"file": 5}}\n',
                         b'{"command": "load", "program": {"file": "x", "budget": -1}}\n',
                         b'{"command": "unload"}\n', b'{"command": "stats", "link": 7}\n'):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(10)
            client.connect(self.control)
            client.sendall(question)
            self.assertTrue(client.recv(65536).startswith(b'{"'), question)
            client.close()
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(10)
        client.connect(self.control)
        try:
            client.sendall(b"x" * 200000)
            self.assertEqual(client.recv(1), b"")
        except (BrokenPipeError, ConnectionResetError):
            pass
        client.close()
        self.assertEqual(self.stats()["link"], "vm")

    def test_an_answer_without_end(self):
        path = self.path("endless")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)

        def talk():
            client, _ = listener.accept()
            try:
                while True:
                    client.sendall(b"x" * 1_000_000)
            except OSError:
                client.close()

        talker = threading.Thread(target=talk, daemon=True)
        talker.start()
        result = self.fails(FAILED, "filter", "list", "--control", path)
        self.assertIn("longer than", result.err)
        listener.close()
        talker.join(10)

    def test_watch(self):
        self.start()
        result = self.control_command("watch", "--interval", "10", "--rounds", "2")
        self.assertEqual(result.out.count("vm"), 2, result.out)

    def test_reload(self):
        self.start()
        self.process.kill()
        self.process.wait()
        os.unlink(self.path("attach.log"))
        program = self.program("p", PASS)

        def config(links):
            self.file("c.yaml", "fail: closed\nlinks:\n" + "".join(
                f"  {name}:\n    guest: 'dgram:{self.path('w' + g)},{self.path(g)}'\n"
                f"    net: 'dgram:{self.path('w' + n)},{self.path(n)}'\n"
                f"    programs: [{{file: '{program}', opt_level: 3}}]\n" for name, g, n in links))
        config([("vm", "g", "n")])
        self.attach("--config", self.path("c.yaml"), rules=None)
        self.wait_connected()
        self.assertTrue(self.passes())
        self.program("p", DROP)
        config([("vm", "g", "n"), ("second", "g2", "n2")])
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded: 2 links" in self.log(), "the configuration is read")
        self.assertFalse(self.passes())
        self.file("c.yaml", "links: 5\n")
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "what ran before goes on" in self.log(), "the error is told")
        self.program("p", PASS)
        config([("vm", "g", "n")])
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded: 1 links" in self.log(), "the configuration is read again")
        self.assertTrue(self.passes())

    def test_usage(self):
        for arguments in ([], ["--fail-open", "--fail-closed"],
                          ["--fail-open", "--link", "vm", "dgram:x", "tap:t"],
                          ["--fail-open", "--link", "vm", "carrier:x", "tap:t"],
                          ["--fail-open", "--link", "a b", "stream:x", "stream:y"],
                          ["--fail-open", "--link", "a", "stream:x", "tap:t,vnet"],
                          ["--fail-open", "--link", "a", "stream:x", "stream:y",
                           "--link", "a", "stream:z", "stream:u"],
                          ["--config", "c", "--fail-open"]):
            self.fails(USAGE, "attach", "--control", self.control, *arguments)


if __name__ == "__main__":
    main()
