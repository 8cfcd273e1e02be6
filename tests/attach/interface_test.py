# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir attach between interfaces, without QEMU: two containers on veth pairs, and two tap devices.

Takes root, and the right to make network namespaces; skipped without.
"""

import json
import os
import shutil
import subprocess
import unittest

from harness import WEIR, main, needs_clang, object_of
from wire_harness import DROP, PASS, AttachTest, wait_for


def can_make_namespaces():
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    name = f"weir-try-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode != 0:
        return False
    made = subprocess.run(["ip", "-n", name, "link", "add", "v", "type", "veth", "peer", "name",
                           "w"], capture_output=True).returncode == 0
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return made


@unittest.skipUnless(can_make_namespaces(), "no right to make network namespaces")
class Interfaces(AttachTest):
    def setUp(self):
        super().setUp()
        self.names = {}
        for end in ("a", "b", "weir"):
            name = f"weir-{os.getpid()}-{end}"
            self.names[end] = name
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
            self.run_ip("netns", "add", name)
            self.addCleanup(subprocess.run, ["ip", "netns", "del", name], capture_output=True)

    def run_ip(self, *arguments):
        subprocess.run(["ip", *arguments], check=True)

    def inside(self, end, *command, **options):
        return subprocess.run(["ip", "netns", "exec", self.names[end], *command],
                              capture_output=True, text=True, **options)

    def attach_inside(self, *arguments):
        """weir attach in the namespace in the middle."""
        log = open(self.path("attach.log"), "ab")
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.names["weir"], WEIR, "attach", "--fail-closed",
             "--control", self.control, *arguments],
            stdout=log, stderr=log, env=self.environment, cwd=self.folder)
        log.close()
        self.addCleanup(self.stop, process)

        def is_ready():
            self.assertIsNone(process.poll(), self.log())
            return "ready:" in self.log()
        wait_for(is_ready, "weir attach is ready")
        self.process = process

    def give_address(self, end, interface, address):
        self.run_ip("-n", self.names[end], "addr", "add", address + "/24", "dev", interface)
        self.run_ip("-n", self.names[end], "link", "set", interface, "up")

    def pings(self):
        return self.inside("a", "ping", "-c", "2", "-i", "0.2", "-W", "2", "10.9.0.2").returncode == 0

    def veth(self, *arguments):
        for end in ("a", "b"):
            self.run_ip("-n", self.names["weir"], "link", "add", "to-" + end, "type", "veth",
                        "peer", "name", "eth0", "netns", self.names[end])
            self.run_ip("-n", self.names["weir"], "link", "set", "to-" + end, "up")
        self.give_address("a", "eth0", "10.9.0.1")
        self.give_address("b", "eth0", "10.9.0.2")
        self.attach_inside("--link", "vm", "interface:to-a", "interface:to-b", *arguments)

    def check_swap(self):
        self.assertTrue(self.pings())
        self.control_command("replace", self.program("other", DROP), "--name", "pass")
        self.assertFalse(self.pings())
        self.control_command("replace", self.path("pass.s"), "--name", "pass")
        self.assertTrue(self.pings())

    def test_veth(self):
        self.veth("--prog", self.program("pass", PASS))
        self.check_swap()

    @unittest.skipUnless(shutil.which("iperf3"), "iperf3 is not installed")
    def test_veth_carries_long_frames_with_unfinished_checksums(self):
        self.veth("--prog", self.program("pass", PASS))
        server = subprocess.Popen(["ip", "netns", "exec", self.names["b"], "iperf3", "-s", "-1"],
                                  stdout=subprocess.DEVNULL)
        self.addCleanup(self.stop, server)
        wait_for(lambda: "5201" in self.inside("b", "ss", "-ltn").stdout, "iperf3 listens")
        done = self.inside("a", "iperf3", "-J", "-c", "10.9.0.2", "-n", "20M", timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertGreaterEqual(json.loads(done.stdout)["end"]["sum_received"]["bytes"], 10_000_000)
        rx = self.stats()["rx"]
        self.assertGreater(rx["bytes"] / rx["frames"], 2000)

    def test_tags_stay(self):
        self.veth("--prog", self.program("pass", PASS))
        for end, address in (("a", "10.8.0.1"), ("b", "10.8.0.2")):
            made = subprocess.run(["ip", "-n", self.names[end], "link", "add", "link", "eth0",
                                   "name", "tagged", "type", "vlan", "id", "42"],
                                  capture_output=True, text=True)
            if made.returncode != 0:
                self.skipTest("this kernel has no VLAN devices: " + made.stderr.strip())
            self.give_address(end, "tagged", address)
        self.assertEqual(self.inside("a", "ping", "-c", "2", "-i", "0.2", "-W", "2",
                                     "10.8.0.2").returncode, 0)

    def check_taps(self, suffix):
        self.attach_inside("--link", "vm", "tap:t-a" + suffix, "tap:t-b" + suffix, "--prog",
                           self.program("pass", PASS))
        for end, address in (("a", "10.9.0.1"), ("b", "10.9.0.2")):
            self.run_ip("-n", self.names["weir"], "link", "set", "t-" + end, "netns",
                        self.names[end])
            self.give_address(end, "t-" + end, address)
        self.check_swap()

    @unittest.skipUnless(os.path.exists("/dev/net/tun"), "there is no /dev/net/tun")
    def test_tap(self):
        self.check_taps("")

    @unittest.skipUnless(os.path.exists("/dev/net/tun"), "there is no /dev/net/tun")
    def test_tap_with_long_frames(self):
        self.check_taps(",vnet")

    @needs_clang
    def test_an_ip_filter_lets_arp_pass(self):
        self.veth("--prog", object_of("ip_dst"))
        self.assertTrue(self.pings())
        self.assertGreater(self.stats()["programs"][0]["rx"]["not_taken"], 0)

    def test_an_interface_that_is_not_there(self):
        self.veth("--prog", self.program("pass", PASS))
        self.process.kill()
        self.process.wait()
        self.fails(1, "attach", "--fail-open", "--control", self.control, "--link", "vm",
                   "interface:absent0", "interface:absent1")


if __name__ == "__main__":
    main()
