# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of weir attach share: the process, a stock QEMU without a guest, and the ends of
wires.

A QEMU of `-M none` has two netdevs on a hub, and no machine: what is sent into one comes out of the
other, through whatever filter is in between. No guest, no tap, no privilege.
"""

import json
import os
import select
import shutil
import socket
import struct
import subprocess
import time
import unittest

from harness import CommandTest, WEIR

QEMU = shutil.which("qemu-system-x86_64")
needs_qemu = unittest.skipUnless(QEMU, "qemu-system-x86_64 is not installed")
LIMIT = 20  # seconds that something may take before it counts as never

# Programs as text, so that the tests need no clang. Byte 14 is the first one behind the header.
PASS = "r0 = 0\nexit\n"
DROP = "r0 = 1\nexit\n"
DROP_MARKED = "r0 = 0\nif r2 < 15 goto +1\nr0 = *(u8 *)(r1 + 14)\nexit\n"
# Reads behind the end of short frames: a trap.
STRAY = "r0 = *(u8 *)(r1 + 200)\nr0 = 0\nexit\n"


def stamp(value):
    """Writes a byte and counts itself: tells who has judged a frame, and how often."""
    return ("if r2 < 17 goto +4\n*(u8 *)(r1 + 15) = %d\nr3 = *(u8 *)(r1 + 16)\nr3 += 1\n"
            "*(u8 *)(r1 + 16) = r3\nr0 = 0\nexit\n" % value)


def frame(mark=0, number=0, size=60, kind=0x88b5):
    """A frame of a type for experiments: mark at 14, stamp at 15, count at 16, number at 20."""
    data = bytes(12) + struct.pack(">HBBB", kind, mark, 0, 0) + bytes(3) + struct.pack(">I", number)
    return data + bytes(max(0, size - len(data)))


def number_of(data):
    return struct.unpack_from(">I", data, 20)[0]


def wait_for(condition, what):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {LIMIT} s: {what}")


class Wire:
    """The end of a wire that speaks datagrams."""

    def __init__(self, local, remote):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(local)
        self.remote = remote
        self.socket.settimeout(LIMIT)

    def send(self, data):
        self.socket.sendto(data, self.remote)

    def receive(self, timeout=LIMIT):
        """The next frame, or None."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return None
        return self.socket.recv(70000)

    def close(self):
        self.socket.close()


class Stream:
    """The end of a wire that is a byte stream: a length, a frame."""

    def __init__(self, path=None, listener=None):
        if listener:
            self.socket, _ = listener.accept()
        else:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.connect(path)
        self.socket.settimeout(LIMIT)
        self.rest = b""

    def send(self, data):
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def receive(self, timeout=LIMIT):
        end = time.monotonic() + timeout
        while True:
            if len(self.rest) >= 4:
                size = struct.unpack_from(">I", self.rest)[0]
                if len(self.rest) >= 4 + size:
                    data, self.rest = self.rest[4:4 + size], self.rest[4 + size:]
                    return data
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            more = self.socket.recv(1 << 20)
            if not more:
                return None
            self.rest += more

    def close(self):
        self.socket.close()


class Qmp:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(LIMIT)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile("rw")
        json.loads(self.file.readline())
        self.run("qmp_capabilities")

    def run(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "event" in answer:
                continue
            if "error" in answer:
                raise AssertionError(f"{command}: {answer['error']['desc']}")
            return answer["return"]

    def close(self):
        self.file.close()
        self.socket.close()


class AttachTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.control = self.path("control")
        self.process = None

    def stop(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def attach(self, *arguments, wait=True, rules="--fail-closed"):
        """weir attach, ready."""
        log = open(self.path("attach.log"), "ab")
        process = subprocess.Popen(
            [WEIR, "attach", *([rules] if rules else []), "--control", self.control, *arguments],
            stdout=log, stderr=log, env=self.environment, cwd=self.folder)
        log.close()
        self.addCleanup(self.stop, process)
        self.process = process
        if wait:
            def is_ready():
                self.assertIsNone(process.poll(), self.log())
                return "ready:" in self.log()
            wait_for(is_ready, "weir attach is ready")
        return process

    def log(self):
        with open(self.path("attach.log"), encoding="utf-8") as file:
            return file.read()

    def program(self, name, text):
        return self.file(name + ".s", text)

    def control_command(self, *arguments, **options):
        return self.ok("filter", *arguments, "--control", self.control, **options)

    def stats(self, link="vm"):
        result = self.control_command("stats", "--json")
        return next(one for one in result.json["links"] if one["link"] == link)

    def wait_connected(self, link="vm"):
        def connected():
            now = self.stats(link)
            return now["guest"]["connected"] and now["net"]["connected"]
        wait_for(connected, "both ports are connected")

    def qemu(self, *arguments):
        process = subprocess.Popen(
            [QEMU, "-M", "none", "-nodefaults", "-display", "none",
             "-qmp", f"unix:{self.path('qmp')},server=on,wait=off", *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder)
        self.addCleanup(process.stderr.close)
        self.addCleanup(self.stop, process)

        def is_there():
            self.assertIsNone(process.poll(), "qemu has ended")
            try:
                return Qmp(self.path("qmp"))
            except (FileNotFoundError, ConnectionRefusedError):
                return None
        qmp = wait_for(is_there, "QEMU answers")
        self.addCleanup(qmp.close)
        return process, qmp

    def dgram_netdev(self, name, local, remote):
        return ["-netdev", f"dgram,id={name},local.type=unix,local.path={self.path(local)},"
                f"remote.type=unix,remote.path={self.path(remote)}",
                "-netdev", f"hubport,id=h{name},hubid=0,netdev={name}"]

    def stream_netdev(self, name, path):
        return ["-netdev", f"stream,id={name},server=off,addr.type=unix,addr.path={self.path(path)}",
                "-netdev", f"hubport,id=h{name},hubid=0,netdev={name}"]

    def wire(self, local, remote):
        made = Wire(self.path(local), self.path(remote))
        self.addCleanup(made.close)
        return made
