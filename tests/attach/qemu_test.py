# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir attach around a stock QEMU without a guest: every transport, a process that dies or is
stopped while QEMU must go on, and programs that are replaced under full load."""

import os
import signal
import socket
import threading
import time

from harness import main
from wire_harness import (DROP_MARKED, LIMIT, PASS, AttachTest, Stream, frame, needs_qemu, number_of,
                          stamp, wait_for)

REDIRECTOR_SOCKETS = ("rx-out", "rx-in", "tx-out", "tx-in")


@needs_qemu
class Transports(AttachTest):
    def start_dgram(self, *arguments):
        """The guest's side is QEMU's netdev B; what is sent into A comes out at B."""
        self.guest, self.net = self.wire("A.out", "A"), self.wire("n", "wn")
        _, self.qmp = self.qemu(*self.dgram_netdev("A", "A", "A.out"),
                                *self.dgram_netdev("B", "B", "wg"))
        self.attach("--link", "vm", f"dgram:{self.path('wg')},{self.path('B')}",
                    f"dgram:{self.path('wn')},{self.path('n')}", *arguments)
        self.wait_connected()

    def start_stream(self, *arguments):
        self.guest, self.net = self.wire("A.out", "A"), self.wire("n", "wn")
        self.attach("--link", "vm", f"stream:{self.path('s')}",
                    f"dgram:{self.path('wn')},{self.path('n')}", *arguments)
        _, self.qmp = self.qemu(*self.dgram_netdev("A", "A", "A.out"), *self.stream_netdev("B", "s"))
        self.wait_connected()

    def start_redirector(self, *arguments):
        """The filters are at A: tx is what is sent into A and leaves at B."""
        self.guest, self.net = self.wire("B.out", "B"), self.wire("A.out", "A")
        os.mkdir(self.path("r"))
        self.redirector_qemu()
        self.attach("--redirector", "vm", self.path("r"), *arguments)
        self.wait_connected()
        self.redirect()

    def redirector_qemu(self):
        chardevs = []
        for name in REDIRECTOR_SOCKETS:
            chardevs += ["-chardev",
                         f"socket,id={name},path={self.path('r/' + name)},server=on,wait=off"]
        _, self.qmp = self.qemu(*self.dgram_netdev("A", "A", "A.out"),
                                *self.dgram_netdev("B", "B", "B.out"), *chardevs)

    def redirect(self):
        for queue in ("rx", "tx"):
            self.qmp.run("object-add", **{
                "qom-type": "filter-redirector", "id": "r" + queue, "netdev": "A", "queue": queue,
                "outdev": queue + "-out", "indev": queue + "-in", "vnet_hdr_support": True})

    def check_verdicts(self):
        for source, sink in ((self.guest, self.net), (self.net, self.guest)):
            for mark, number in ((0, 1), (1, 2), (0, 3)):
                source.send(frame(mark=mark, number=number, size=1514))
            got = [sink.receive(), sink.receive()]
            self.assertEqual([(len(one), number_of(one)) for one in got], [(1514, 1), (1514, 3)])
            self.assertIsNone(sink.receive(0.05))
        now = self.stats()
        self.assertEqual([(now[way]["frames"], now[way]["dropped"]) for way in ("rx", "tx")],
                         [(3, 1), (3, 1)])

    def check_rewrite(self):
        self.control_command("replace", self.program("stamp", stamp(0x55)), "--name", "marked")
        for source, sink in ((self.guest, self.net), (self.net, self.guest)):
            source.send(frame(size=64))
            self.assertEqual(sink.receive()[15:17], b"\x55\x01")

    def test_dgram(self):
        self.start_dgram("--prog", self.program("marked", DROP_MARKED))
        self.check_verdicts()
        self.check_rewrite()

    def test_stream(self):
        self.start_stream("--prog", self.program("marked", DROP_MARKED))
        self.check_verdicts()
        self.check_rewrite()

    def test_redirector(self):
        self.start_redirector("--prog", self.program("marked", DROP_MARKED))
        self.check_verdicts()
        self.check_rewrite()

    def answers(self):
        """QMP does, within the limit of its socket."""
        self.assertTrue(self.qmp.run("query-status")["status"])

    def check_stop_and_kill(self, flood):
        self.process.send_signal(signal.SIGSTOP)
        flood()
        self.answers()
        self.process.send_signal(signal.SIGCONT)

        def passes():
            while self.guest.receive(0) is not None:
                pass
            self.net.send(frame(number=77))
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                got = self.guest.receive(0.05)
                if got and number_of(got) == 77:
                    return True
            return False
        wait_for(passes, "frames pass again after SIGCONT")
        self.process.kill()
        self.process.wait()
        flood()
        self.answers()
        os.unlink(self.path("attach.log"))
        return passes

    def flood_from_guest(self):
        self.guest.socket.setblocking(False)
        for number in range(2000):
            try:
                self.guest.send(frame(number=number, size=1514))
            except BlockingIOError:
                time.sleep(0.0005)
        self.guest.socket.settimeout(LIMIT)

    def test_dgram_survives_stop_and_kill(self):
        self.start_dgram("--prog", self.program("pass", PASS))
        passes = self.check_stop_and_kill(self.flood_from_guest)
        self.attach("--link", "vm", f"dgram:{self.path('wg')},{self.path('B')}",
                    f"dgram:{self.path('wn')},{self.path('n')}", "--prog", self.path("pass.s"))
        wait_for(passes, "frames pass again after a new start")

    def test_stream_survives_stop_and_kill(self):
        self.start_stream("--prog", self.program("pass", PASS))
        self.check_stop_and_kill(self.flood_from_guest)

    def test_redirector_stopped_and_killed_with_little_traffic(self):
        self.start_redirector("--prog", self.program("pass", PASS))

        def few():
            for number in range(20):
                self.net.send(frame(number=number))
            time.sleep(0.1)
        self.check_stop_and_kill(few)

    def test_redirector_is_never_blocked_by_its_own_writes(self):
        """QEMU, in write() to an outdev, reads no indev: whoever waits for that waits for ever."""
        self.start_redirector("--prog", self.program("pass", PASS))
        stop = threading.Event()

        def send():
            self.net.socket.setblocking(False)
            while not stop.is_set():
                try:
                    self.net.send(frame(size=1514))
                except BlockingIOError:
                    time.sleep(0.0002)
        sender = threading.Thread(target=send)
        sender.start()
        try:
            for _ in range(5):
                self.process.send_signal(signal.SIGSTOP)
                time.sleep(0.3)
                self.process.send_signal(signal.SIGCONT)
                self.answers()
        finally:
            self.process.send_signal(signal.SIGCONT)
            stop.set()
            sender.join()

    def test_ten_thousand_swaps_under_load(self):
        """Each frame is judged by exactly one of two programs, all come, and in order."""
        one, two = self.program("one", stamp(0xa1)), self.program("two", stamp(0xb2))
        # What leaves QEMU goes by a stream: its dgram loses what the reader's short queue of
        # datagrams does not take at once.
        self.net = self.wire("n", "wn")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(self.path("a"))
        listener.listen()
        self.qemu(*self.stream_netdev("A", "a"), *self.dgram_netdev("B", "B", "wg"))
        self.guest = Stream(listener=listener)
        self.addCleanup(self.guest.close)
        self.attach("--link", "vm", f"dgram:{self.path('wg')},{self.path('B')}",
                    f"dgram:{self.path('wn')},{self.path('n')}", "--prog", one, "--engine",
                    "interp", "--direction", "tx")
        self.wait_connected()
        swapped, failed = threading.Event(), []

        def swap():
            try:
                client = socket.socket(socket.AF_UNIX)
                client.settimeout(LIMIT)
                client.connect(self.control)
                answers = client.makefile("r")
                for i in range(10000):
                    question = '{"command": "replace", "program": {"link": "vm", "name": "one", ' \
                        '"engine": "interp", "direction": "tx", "file": "%s"}}\n'
                    client.sendall((question % (two if i % 2 == 0 else one)).encode())
                    answer = answers.readline()
                    if "error" in answer:
                        failed.append(answer)
                        break
                answers.close()
                client.close()
            except OSError as error:
                failed.append(str(error))
            finally:
                swapped.set()
        swapper = threading.Thread(target=swap)
        swapper.start()
        sent = received = 0
        stamps = {0xa1: 0, 0xb2: 0}
        while not swapped.is_set() or received < sent:
            while not swapped.is_set() and sent - received < 128:
                self.net.send(frame(number=sent))
                sent += 1
            got = self.guest.receive()
            self.assertIsNotNone(got, f"{received} of {sent} frames came")
            self.assertEqual((number_of(got), got[16]), (received, 1))
            stamps[got[15]] += 1
            received += 1
        swapper.join()
        self.assertEqual(failed, [])
        self.assertEqual(self.stats()["programs"][0]["generation"], 10001)
        self.assertEqual(sum(stamps.values()), sent)
        self.assertGreater(min(stamps.values()), 0)


if __name__ == "__main__":
    main()
