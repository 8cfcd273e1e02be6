# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the weir command share: running it, its cache, objects and captures.

Each test has a folder and a cache of its own. ctest gives the paths in the environment:
WEIR, WEIR_SOURCE, WEIR_CLANG (may be empty), WEIR_HAS_COMPILER (1 or 0).
"""

import atexit
import ctypes
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

WEIR = os.environ["WEIR"]
SOURCE = os.environ["WEIR_SOURCE"]
CLANG = os.environ.get("WEIR_CLANG", "")
HAS_COMPILER = os.environ.get("WEIR_HAS_COMPILER") == "1"
EXAMPLES = os.path.join(SOURCE, "tools", "examples")
CAPTURE = os.path.join(EXAMPLES, "captures", "mixed.pcap")

OK, FAILED, USAGE = 0, 1, 64

needs_compiler = unittest.skipUnless(HAS_COMPILER, "this build has no compiler")
needs_clang = unittest.skipUnless(CLANG and shutil.which(CLANG), "clang-19 is not installed")


def kernel_takes_programs():
    """Loads `r0 = 0; exit` with bpf(2) itself."""
    if platform.machine() != "x86_64":
        return False
    code = ctypes.create_string_buffer(bytes([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]))
    licence = ctypes.create_string_buffer(b"GPL")
    attributes = ctypes.create_string_buffer(struct.pack(
        "<IIQQ", 6, 2, ctypes.addressof(code), ctypes.addressof(licence)).ljust(128, b"\0"))
    fd = ctypes.CDLL(None).syscall(321, 5, attributes, 128)
    if fd >= 0:
        os.close(fd)
    return fd >= 0


def library_is_there(name):
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


needs_dpdk = unittest.skipUnless(library_is_there("librte_bpf.so.23"), "librte-bpf23 is not installed")
needs_kernel = unittest.skipUnless(kernel_takes_programs(), "the kernel takes no BPF program here")

_objects = None


def object_of(name, folder="filters"):
    """The BPF object of an example, compiled once a process."""
    global _objects
    if _objects is None:
        _objects = tempfile.mkdtemp(prefix="weir_cli_objects_")
        atexit.register(shutil.rmtree, _objects, ignore_errors=True)
    path = os.path.join(_objects, name + ".bpf.o")
    if not os.path.exists(path):
        source = os.path.join(EXAMPLES, folder, name + ".bpf.c")
        # Relative names: what the object says of its source is the same wherever it is built.
        subprocess.run([CLANG, "-target", "bpf", "-O2", "-g", "-mcpu=v3",
                        "-fdebug-compilation-dir=.", "-c",
                        # Where Debian has <asm/types.h>, for programs that use the kernel's headers.
                        "-I/usr/include/" + platform.machine() + "-linux-gnu",
                        os.path.basename(source), "-o", path],
                       cwd=os.path.dirname(source), check=True)
    return path


def expected():
    with open(os.path.join(EXAMPLES, "expected.json"), encoding="utf-8") as file:
        return json.load(file)


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self):
        return json.loads(self.out)


class CommandTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="weir_cli_")
        self.addCleanup(self._remove)
        self.cache = os.path.join(self.folder, "cache")
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("WEIR_")}
        self.environment["WEIR_CACHE_DIR"] = self.cache
        # Whoever runs the tests may have remote stores, keys and policies of his own.
        self.environment["XDG_CONFIG_HOME"] = os.path.join(self.folder, "config")
        # No keys and no policy of whoever runs the tests.
        self.environment["XDG_CONFIG_HOME"] = os.path.join(self.folder, "config")

    def _remove(self):
        for folder, _, _ in os.walk(self.folder):
            os.chmod(folder, 0o700)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, content):
        mode = "wb" if isinstance(content, bytes) else "w"
        with open(self.path(name), mode) as file:
            file.write(content)
        return self.path(name)

    def start(self, *arguments, **options):
        return subprocess.Popen([WEIR, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.environment, cwd=self.folder, text=True, **options)

    def weir(self, *arguments, stdin="", env=None, cwd=None, text=True, **options):
        environment = dict(self.environment, **(env or {}))
        if not text and isinstance(stdin, str):
            stdin = stdin.encode()
        return Result(subprocess.run([WEIR, *arguments], input=stdin, capture_output=True,
                                     env=environment, cwd=cwd or self.folder, text=text,
                                     timeout=300, **options))

    def ok(self, *arguments, **options):
        """Runs the command, which must succeed and be quiet on standard error."""
        result = self.weir(*arguments, **options)
        self.assertEqual((result.code, result.err), (OK, ""), result.out)
        return result

    def fails(self, code, *arguments, **options):
        result = self.weir(*arguments, **options)
        self.assertEqual(result.code, code, f"{result.out}\n{result.err}")
        self.assertNotEqual(result.err, "")
        return result

    def entries(self):
        """Paths of the entries in the cache."""
        found = []
        for folder, _, names in os.walk(self.cache):
            if os.path.basename(folder) != "damaged":
                found += [os.path.join(folder, n) for n in names if n.endswith(".entry")]
        return sorted(found)


# Captures.

ETHERNET, RAW, NULL, LOOP, LINUX_SLL, LINUX_SLL2, IEEE802_11 = 1, 101, 0, 108, 113, 276, 105


def pcap(packets, link_type=ETHERNET, nanoseconds=False, snap_length=65535):
    """A pcap file of (seconds, fraction, bytes[, original length])."""
    out = struct.pack("<IHHiIII", 0xa1b23c4d if nanoseconds else 0xa1b2c3d4, 2, 4, 0, 0,
                      snap_length, link_type)
    for seconds, fraction, data, *original in packets:
        out += struct.pack("<IIII", seconds, fraction, len(data),
                           original[0] if original else len(data)) + data
    return out


def pcapng(packets, link_type=ETHERNET):
    """A pcapng file with one interface that counts nanoseconds."""
    def block(kind, body):
        size = len(body) + 12
        return struct.pack("<II", kind, size) + body + struct.pack("<I", size)
    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    options = struct.pack("<HHB3x", 9, 1, 9) + struct.pack("<HH", 0, 0)
    out += block(1, struct.pack("<HHI", link_type, 0, 65535) + options)
    for seconds, fraction, data in packets:
        stamp = seconds * 10**9 + fraction
        padding = b"\0" * (-len(data) % 4)
        out += block(6, struct.pack("<IIIII", 0, stamp >> 32, stamp & 0xffffffff, len(data),
                                    len(data)) + data + padding)
    return out


def read_pcap(path):
    """(magic, link type, packets) of a little-endian pcap file."""
    with open(path, "rb") as file:
        data = file.read()
    magic, _, _, _, _, _, link_type = struct.unpack_from("<IHHiIII", data)
    packets, at = [], 24
    while at < len(data):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", data, at)
        packets.append((seconds, fraction, data[at + 16:at + 16 + captured], original))
        at += 16 + captured
    return magic, link_type, packets


def ipv4(destination, payload=b"payload!", total_length=None):
    length = 20 + len(payload) if total_length is None else total_length
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 17, 0, bytes([10, 0, 0, 1]),
                       bytes(destination)) + payload


def ethernet(kind, payload):
    return bytes(12) + struct.pack(">H", kind) + payload


def main():
    """Runs the module's tests; 77, which ctest shows as skipped, if none could run."""
    program = unittest.main(exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun > 0 and len(result.skipped) == result.testsRun else 0)
