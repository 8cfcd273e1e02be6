# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir qemu attach on a Linux guest that runs: the filter of the 2022 series, transfers of long
frames through it, programs replaced while it is used, and the plain path afterwards.

The guest comes from a rig that WEIR_SHARED names; without it the test is skipped.
"""

import functools
import importlib.machinery
import importlib.util
import json
import os
import shutil
import sys
import time
import unittest

from harness import main, needs_clang, object_of
from wire_harness import AttachTest, needs_qemu

SHARED = os.environ.get("WEIR_SHARED", "")
RIG = os.path.join(SHARED, "guest-rig", "guest-rig")
BLOCKED = "1.1.1.1"


@functools.cache
def load_rig():
    if not SHARED:
        raise unittest.SkipTest("WEIR_SHARED is not set: no guest to boot")
    if not os.path.exists(RIG):
        raise unittest.SkipTest(f"{RIG} is not there: no guest to boot")
    for tool in ("busybox", "ip", "iperf3", "unshare", "nsenter"):
        if not shutil.which(tool):
            raise unittest.SkipTest(f"{tool} is not installed")
    if os.geteuid() != 0:
        raise unittest.SkipTest("a guest's tap device takes root")
    loader = importlib.machinery.SourceFileLoader("guest_rig", RIG)
    rig = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(loader.name, loader))
    sys.modules["guest_rig"] = rig
    loader.exec_module(rig)
    try:
        rig.find_kernel(rig.default_cache())
    except Exception as error:
        raise unittest.SkipTest(f"no kernel for a guest: {error}")
    return rig


@needs_qemu
@needs_clang
class RunningGuest(AttachTest):
    def setUp(self):
        # Here and not once for the class: a class that is skipped has run no test, which the
        # harness takes for success.
        self.rig = load_rig()
        super().setUp()
        iperf3 = shutil.which("iperf3")
        os.makedirs(self.rig.default_cache(), exist_ok=True)
        self.guest = self.rig.Guest(
            accel="tcg", files=[(iperf3, "/usr/bin/iperf3")], gateway="192.0.2.1",
            host_ip=["192.0.2.1/24", "192.0.2.3/24", BLOCKED + "/32"],
            extra=["-qmp", "unix:{dir}/weir.qmp,server=on,wait=off"])
        self.addCleanup(self.guest.close)

    def qemu_command(self, command, *more):
        return self.ok("qemu", command, "--qmp", self.guest.path("weir.qmp"), "--netdev", "hn0",
                       "--control", self.control, "--dir", self.guest.path("weir"), *more)

    def guest_pings(self, address):
        return self.guest.run(f"ping -c 2 -W 1 {address}")[0] == 0

    def host_pings(self, address):
        return self.guest.host(f"ping -c 2 -W 1 {address}")[0] == 0

    def link(self):
        return self.stats("hn0")

    def move_blocked_to_guest(self):
        for command in (f"ip addr del {BLOCKED}/32 dev tap0", f"ip route add {BLOCKED} via 192.0.2.2"):
            rc, out = self.guest.host(command)
            self.assertEqual(rc, 0, out)
        rc, out = self.guest.run(f"ip addr add {BLOCKED}/32 dev eth0")
        self.assertEqual(rc, 0, out)

    def test_filter_of_the_series(self):
        for address in ("192.0.2.1", BLOCKED):
            self.assertTrue(self.guest_pings(address))
        self.attach("--quiet")
        self.qemu_command("attach", "--fail-closed", "--prog", object_of("ip_dst"))
        # From the guest.
        self.assertTrue(self.guest_pings("192.0.2.1"))
        self.assertFalse(self.guest_pings(BLOCKED))
        dropped = self.link()["programs"][0]["rx"]["dropped"]
        self.assertGreaterEqual(dropped, 2)
        # To the guest, which has the address now.
        self.move_blocked_to_guest()
        self.assertTrue(self.host_pings("192.0.2.2"))
        self.assertFalse(self.host_pings(BLOCKED))
        self.assertGreaterEqual(self.link()["programs"][0]["tx"]["dropped"], 2)
        # The plain path again.
        self.qemu_command("detach")
        self.assertTrue(self.host_pings(BLOCKED))
        self.assertTrue(self.host_pings("192.0.2.2"))

    def transfer(self, *options):
        """An iperf3 client beside the guest; its report when it ends."""
        return self.guest.background("iperf3 -J -c 192.0.2.2 -t 4 " + " ".join(options) +
                                     " > {dir}/iperf.json")

    def report(self, client):
        self.assertEqual(client.wait(60), 0)
        with open(self.guest.path("iperf.json"), encoding="utf-8") as file:
            return json.load(file)["end"]["sum_received"]["bytes"]

    def test_transfers_with_a_program_replaced_and_its_counters_read(self):
        count, ip_dst = object_of("count", "kernel"), object_of("ip_dst")
        pins = self.path("pins")
        self.attach("--quiet")
        self.qemu_command("attach", "--fail-closed", "--prog", count, "--name", "filter", "--pin",
                          pins)
        rc, out = self.guest.run("iperf3 -s -D && sleep 1")
        self.assertEqual(rc, 0, out)
        for options in ([], ["-R"]):
            client = self.transfer(*options)
            time.sleep(1)
            # Read from outside, typed, while it runs: more and more TCP packets.
            seen = []
            for _ in range(2):
                entries = self.ok("map", "dump", "protocols", "--dir", pins, "--json").json
                seen.append(entries)
                time.sleep(0.5)
            self.assertNotEqual(seen[0], seen[1])
            self.qemu_command("replace", "--prog", ip_dst, "--name", "filter")
            time.sleep(0.5)
            self.qemu_command("replace", "--prog", count, "--name", "filter", "--pin", pins)
            self.assertGreater(self.report(client), 1_000_000)
        link = self.link()
        for way in ("rx", "tx"):
            # Long frames went through: no transfer of frames of 1514 bytes has such a mean.
            self.assertGreater(link[way]["frames"], 0)
        longest = max(link[way]["bytes"] / link[way]["frames"] for way in ("rx", "tx"))
        self.assertGreater(longest, 2000)
        self.assertEqual([program["generation"] for program in link["programs"]], [5])
        self.assertEqual(self.ok("map", "list", "--dir", pins).code, 0)


if __name__ == "__main__":
    main()
