# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What weir drops from the real capture is what tshark finds, packet by packet, on every engine.

weir writes the packets that passed; tshark is asked for those that its display filter does NOT match. The
two captures must hold the same packets. The counts in expected.json are checked too, so that the test says
something where tshark is missing.
"""

import json
import os
import shutil
import subprocess
import time
import unittest

import harness

ENGINES = ["interp", "jit", "aot", "aot"]  # the second aot comes from the cache


def packet_lines(path, arguments=()):
    """One line a packet: time of day, length, and the bytes as tshark prints them."""
    done = subprocess.run(["tshark", "-r", path, *arguments, "-T", "fields", "-e", "frame.time_epoch",
                           "-e", "frame.len", "-e", "eth.src", "-e", "ip.id", "-e", "ipv6.flow",
                           "-e", "tcp.seq_raw", "-e", "udp.srcport", "-e", "icmp.seq"],
                          capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@harness.needs_clang
class TsharkAgrees(harness.CommandTest):
    def check(self, wanted):
        program = harness.object_of(wanted["object"])
        reference = None
        if shutil.which("tshark"):
            reference = packet_lines(harness.CAPTURE, wanted["tshark_options"] +
                                     ["-Y", "not (" + wanted["display_filter"] + ")"])
            matched = packet_lines(harness.CAPTURE, wanted["tshark_options"] + ["-Y", wanted["display_filter"]])
            self.assertEqual(len(matched), wanted["dropped"])
        seen = []
        for number, engine in enumerate(ENGINES):
            if engine != "interp" and not harness.HAS_COMPILER:
                continue
            with self.subTest(filter=wanted["object"], engine=engine, run=number):
                passed = os.path.join(self.folder, "passed.pcap")
                result = self.weir("filter", "--prog", program, "--at", wanted["at"], harness.CAPTURE,
                                   "-o", passed, "--engine", engine, "--json")
                self.assertEqual(result.code, harness.OK, result.err)
                self.assertEqual(result.json["dropped"], wanted["dropped"])
                self.assertEqual(result.json["trapped"], 0)
                self.assertEqual(result.json["engine"], engine)
                seen.append(result.json["cache"]["outcome"])
                if reference is not None:
                    self.assertEqual(packet_lines(passed, wanted["tshark_options"]), reference)
        if harness.HAS_COMPILER:
            self.assertEqual(seen[-2:], ["miss", "hit"])
        if reference is None:
            self.skipTest("tshark is not installed: only the counts were compared")

    def test_ip_dst(self):
        self.check(harness.expected()["filters"][0])

    def test_port_allow(self):
        self.check(harness.expected()["filters"][1])

    def test_tcp_flags(self):
        self.check(harness.expected()["filters"][2])

    def test_dns_block(self):
        self.check(harness.expected()["filters"][3])


@harness.needs_clang
class CountsOfAnXdpProgram(harness.CommandTest):
    """A program for the kernel, as it is: what it counts in its maps is what tshark finds."""

    def wanted(self):
        done = subprocess.run(["tshark", "-r", harness.CAPTURE, "-o", "ip.defragment:FALSE", "-Y",
                               "eth.type == 0x0800 and ip", "-T", "fields", "-E", "occurrence=f",
                               "-e", "ip.proto", "-e", "ip.src"], capture_output=True, text=True, check=True)
        kinds, sources = [0, 0, 0], {}
        for line in done.stdout.splitlines():
            protocol, source = line.split("\t")
            kinds[{"6": 0, "17": 1}.get(protocol, 2)] += 1
            key = bytes(int(part) for part in source.split(".")).hex()
            sources[key] = sources.get(key, 0) + 1
        number = lambda n, size: n.to_bytes(size, "little").hex()
        return {"protocols": [[number(i, 4), number(n, 8)] for i, n in enumerate(kinds)],
                "sources": sorted([key, number(n, 8)] for key, n in sources.items())}

    def test_count(self):
        program = harness.object_of("count", "kernel")
        wanted = self.wanted() if shutil.which("tshark") else None
        first = None
        for engine in ENGINES:
            if engine != "interp" and not harness.HAS_COMPILER:
                continue
            with self.subTest(engine=engine):
                result = self.weir("filter", "--prog", program, harness.CAPTURE, "--engine", engine,
                                   "--policy", "strict", "--maps", "--json")
                self.assertEqual(result.code, harness.OK, result.err)
                self.assertEqual((result.json["dropped"], result.json["trapped"]), (0, 0))
                self.assertEqual(result.json["proven"], result.json["accesses"])
                first = first or result.json["maps"]
                self.assertEqual(result.json["maps"], first)
                self.assertEqual(len(first["protocols"]), 3)
                if wanted:
                    self.assertEqual(first, wanted)
        if wanted is None:
            self.skipTest("tshark is not installed: the engines were only compared with each other")


@harness.needs_clang
class CountsReadLive(harness.CommandTest):
    """The example that eBPF was introduced with: a socket filter counts, another process reads its map meanwhile."""

    def counts(self, pins):
        entries = self.ok("map", "dump", "protocols", "--dir", pins, "-j").json
        return [entry["formatted"]["value"] for entry in entries]

    def wanted(self):
        done = subprocess.run(["tshark", "-r", harness.CAPTURE, "-o", "ip.defragment:FALSE", "-o",
                               "ipv6.defragment:FALSE", "-T", "fields", "-E", "occurrence=f", "-e", "eth.type",
                               "-e", "ip.proto", "-e", "ipv6.nxt"], capture_output=True, text=True, check=True)
        kinds = [0, 0, 0]
        for line in done.stdout.splitlines():
            kind, protocol, following = line.split("\t")
            carried = {"0x0800": protocol, "0x86dd": following}.get(kind, "")
            kinds[{"6": 0, "17": 1}.get(carried, 2)] += 1
        return kinds

    def test_sockex(self):
        program = harness.object_of("sockex", os.path.join("kernel", "sockex"))
        wanted = self.wanted() if shutil.which("tshark") else None
        _, _, packets = harness.read_pcap(harness.CAPTURE)
        capture = harness.pcap([(s, f, data) for s, f, data, _ in packets])
        first = None
        for engine in ENGINES:
            if engine != "interp" and not harness.HAS_COMPILER:
                continue
            with self.subTest(engine=engine):
                pins = os.path.join(self.folder, "pins-" + engine + str(first is not None))
                shutil.rmtree(pins, ignore_errors=True)
                filtering = subprocess.Popen([harness.WEIR, "filter", "--prog", program, "--pin", pins, "-", "--engine",
                                              engine, "--policy", "strict", "--json"], stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, env=self.environment, cwd=self.folder)
                # The capture, and then packets for as long as the counts are not there: the filter runs on.
                filtering.stdin.write(capture)
                filtering.stdin.flush()
                deadline, live = time.monotonic() + 60, [0]
                while sum(live) == 0 and time.monotonic() < deadline:
                    time.sleep(0.05)
                    if os.path.exists(os.path.join(pins, "protocols")):
                        live = self.counts(pins)
                    self.assertIsNone(filtering.poll())
                self.assertGreater(sum(live), 0, "nothing was seen while the filter ran")
                filtering.stdin.close()
                report = json.loads(filtering.stdout.read())
                filtering.stdout.close()
                self.assertEqual(filtering.wait(timeout=60), 0)
                self.assertEqual((report["engine"], report["packets"]), (engine, len(packets)))
                last = self.counts(pins)
                self.assertTrue(all(a <= b for a, b in zip(live, last)), (live, last))
                first = first or last
                self.assertEqual((last, sum(last)), (first, len(packets)))
                if wanted:
                    self.assertEqual(last, wanted)
        if wanted is None:
            self.skipTest("tshark is not installed: the engines were only compared with each other")


@harness.needs_compiler
@harness.needs_clang
class SecondRunNeedsNoLlvm(harness.CommandTest):
    """The loader's own trace of which libraries a process maps."""

    def libraries(self):
        self.environment["LD_DEBUG"] = "files"
        result = self.weir("filter", "--prog", harness.object_of("ip_dst"), harness.CAPTURE, "--engine", "aot",
                           "--json")
        self.assertEqual(result.code, harness.OK)
        self.assertEqual(result.json["dropped"], 28)
        return result.json["cache"]["outcome"], result.err

    def test_hit(self):
        outcome, trace = self.libraries()
        self.assertEqual(outcome, "miss")
        self.assertIn("libLLVM", trace)  # the trace can tell
        outcome, trace = self.libraries()
        self.assertEqual(outcome, "hit")
        self.assertIn("libpcap", trace)
        self.assertNotIn("libLLVM", trace)
        self.assertNotIn("weir-compiler", trace)


if __name__ == "__main__":
    unittest.main()
