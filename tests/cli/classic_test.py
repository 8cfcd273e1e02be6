# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Classic filters, as files and as expressions: every command takes them like other programs."""

import platform
import struct
import unittest

from harness import (CAPTURE, CommandTest, FAILED, RAW, USAGE, ethernet, ipv4, main, needs_compiler,
                     needs_dpdk, needs_kernel, pcap, read_pcap)

IP_DDD = "4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n"
IP_LINE = "4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0"
MARK = "2\n32 0 0 4294963220\n22 0 0 0\n"  # ld SKF_AD_MARK; ret a


def udp_packets():
    """Of the capture: frames of UDP over IPv4 without VLAN tags."""
    return [p for p in read_pcap(CAPTURE)[2]
            if p[2][12:14] == b"\x08\x00" and len(p[2]) >= 24 and p[2][23] == 17]


class ClassicFilters(CommandTest):
    def counts(self, *options):
        result = self.ok("filter", CAPTURE, "--json", "--engine", "interp", *options)
        self.assertEqual(result.json["trapped"], 0)
        return result.json["passed"]

    def test_expression_chooses_what_passes(self):
        udp = udp_packets()
        self.assertGreater(len(udp), 0)
        self.ok("filter", "--pcap-filter", "ip proto 17", CAPTURE, "-o", "udp.pcap", "--engine",
                "interp")
        self.assertEqual(read_pcap(self.path("udp.pcap"))[2], udp)

    def test_hooks_agree(self):
        for expression in ("ip proto 17", "tcp", "arp", "", "len > 100"):
            want = self.counts("--pcap-filter", expression)
            for at in ("frame", "xdp", "sched_cls", "sched_act"):
                self.assertEqual(self.counts("--pcap-filter", expression, "--at", at), want,
                                 (expression, at))

    def test_hooks_that_begin_at_ip(self):
        # Frames without IP are not judged at ip: they pass.
        without = self.ok("filter", "--pcap-filter", "udp", "--at", "ip", CAPTURE, "--json").json
        judged = without["passed"] - without["not_ip"]
        self.assertGreaterEqual(judged, len(udp_packets()))
        raw = self.file("raw.pcap", pcap([(1, 2, ipv4((1, 1, 1, i))) for i in (1, 2)], RAW))
        result = self.ok("filter", "--pcap-filter", "dst host 1.1.1.2", "--at", "ip", raw, "--json")
        self.assertEqual((result.json["passed"], result.json["dropped"]), (1, 1))

    def test_files_of_every_form(self):
        want = self.counts("--pcap-filter", "ip")
        code = struct.pack("<HBBIHBBIHBBIHBBI", 40, 0, 0, 12, 21, 0, 1, 2048, 6, 0, 0, 262144, 6, 0,
                           0, 0)
        braces = "{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000800 },\n" \
                 "{ 0x6, 0, 0, 0x00040000 },\n{ 0x6, 0, 0, 0x00000000 },\n"
        for name, content in (("ip.cbpf", IP_DDD), ("line.cbpf", IP_LINE), ("raw.cbpf", code),
                              ("braces.cbpf", braces), ("any_name", IP_DDD)):
            self.assertEqual(self.counts("--prog", self.file(name, content)), want, name)
        self.assertEqual(self.counts("--prog", "pcap:ip"), want)
        result = self.ok("verify", "-", "--policy", "strict", stdin=IP_DDD)
        self.assertIn("accepted", result.out)

    def test_run_gives_the_length_to_keep(self):
        packet = ethernet(0x800, ipv4((1, 1, 1, 1)))
        # A socket filter's packet begins at its IP header.
        for at, cases in (("memory", (("ip", 262144), ("arp", 0), ("len = 42", 262144))),
                          ("socket_filter", (("ip", 262144), ("ip6", 0), ("len = 28", 262144)))):
            for expression, want in cases:
                result = self.ok("run", "--pcap-filter", expression, "--at", at, "--mem-hex",
                                 packet.hex(), "--json", "--engine", "interp")
                self.assertEqual(result.json["r0"], want, (at, expression))

    def test_strict_takes_them_at_every_hook(self):
        for at in ("memory", "ip", "frame", "xdp", "socket_filter", "sched_cls", "sched_act",
                   "cgroup_skb", "lwt_in", "lwt_out", "lwt_xmit"):
            self.ok("verify", "--pcap-filter", "tcp[tcpflags] & tcp-syn != 0 and port 80",
                    "--policy", "strict", "--at", at)

    def test_disasm_shows_the_filter_beside_it(self):
        out = self.ok("disasm", "-S", self.file("ip.cbpf", IP_DDD)).out
        self.assertIn("ldh [12]", out)
        self.assertIn("jeq #0x800 jt 2 jf 3", out)
        self.assertIn("r0 = *(u16 *)(r1 + 12)", out)
        self.assertIn("r0 = *(u8 *)skb[0]",
                      self.ok("disasm", "--pcap-filter", "ip", "--at", "socket_filter").out)

    def test_refused(self):
        cases = (
            ("1\n0 0 0 0\n", "the last instruction returns"),
            ("2\n52 0 0 0\n6 0 0 0\n", "instruction 0: div #0x0: a division by zero"),
            ("2\n96 0 0 3\n6 0 0 0\n", "ld M[3]: not every way here has written it"),
            ("2\n21 9 0 0\n6 0 0 0\n", "jumps out of the program"),
            ("2\n21 9 0\n6 0 0 0\n", "is a number up to"),
        )
        for text, message in cases:
            result = self.fails(FAILED, "verify", self.file("bad.cbpf", text))
            self.assertIn(message, result.err)
            self.assertIn("bad.cbpf", result.err)
        mark = self.file("mark.cbpf", MARK)
        self.ok("verify", mark, "--at", "socket_filter")
        self.assertIn("SKF_AD_MARK", self.fails(FAILED, "verify", mark, "--at", "frame").err)
        kprobe = self.fails(FAILED, "verify", mark, "--at", "kprobe")
        self.assertIn("it can be had at memory, ip, frame", kprobe.err)

    def test_usage(self):
        self.assertIn("syntax error", self.fails(USAGE, "run", "--pcap-filter", "tcp port", "--at",
                                                 "memory").err)
        self.assertIn("no link type 'NONE'", self.fails(
            USAGE, "run", "--pcap-filter", "tcp", "--link-type", "NONE").err)
        self.fails(USAGE, "verify")
        self.fails(USAGE, "objdump", "a.o", "--pcap-filter", "tcp")
        self.fails(USAGE, "verify", "a.o", "--link-type", "RAW")
        # What stands for frames cannot be asked of IP packets.
        self.assertIn("RAW", self.fails(FAILED, "verify", "--pcap-filter", "ether host 1:2:3:4:5:6",
                                        "--at", "ip").err)

    def test_link_type(self):
        packet = struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 0x800) + ipv4((1, 1, 1, 1))
        for options, want in ((["--link-type", "LINUX_SLL"], 262144), ([], 0)):
            result = self.ok("run", "--pcap-filter", "ip host 1.1.1.1", "--at", "memory",
                             "--mem-hex", packet.hex(), "--json", "--engine", "interp", *options)
            self.assertEqual(result.json["r0"], want)

    @needs_compiler
    def test_native_object_and_cache(self):
        want = self.counts("--pcap-filter", "ip proto 17")
        self.ok("compile", "--pcap-filter", "ip proto 17", "--at", "frame", "-o", "udp.weir")
        for engine in ("aot", "jit", "interp"):
            result = self.ok("filter", "--prog", "udp.weir", CAPTURE, "--json", "--engine", engine)
            self.assertEqual(result.json["passed"], want)
        for outcome in ("miss", "hit"):
            result = self.ok("filter", "--pcap-filter", "ip proto 17", CAPTURE, "--json",
                             "--engine", "aot")
            self.assertEqual((result.json["passed"], result.json["cache"]["outcome"]),
                             (want, outcome))
        self.assertIn("ldh [12]", self.ok("objdump", "--pcap-filter", "ip proto 17").out)

    @needs_compiler
    @unittest.skipUnless(platform.machine() == "x86_64", "single steps are counted on x86-64 only")
    def test_compare_with_libpcap(self):
        for at in ("socket_filter", "frame"):
            result = self.ok("compare", "--pcap-filter", "tcp port 80", "--rounds", "3", "-j", "--at",
                             at, "--engines", "aot,interpreter,pcap", "--packets", CAPTURE)
            found = {v["id"]: v for v in result.json["programs"][0]["variants"]}
            self.assertNotIn("error", found["pcap"])
            self.assertGreater(found["pcap"]["ratio"]["median"], 0)
            self.assertNotIn("code", found["pcap"])
            self.assertEqual(found["aot-O2-x86-64-guard"]["guards"]["left"], 0)
        # No other program has such a variant.
        result = self.ok("compare", self.file("pass.s", "r0 = 0\nexit\n"), "--no-time", "-j",
                         "--engines", "aot,pcap")
        found = {v["id"]: v for v in result.json["programs"][0]["variants"]}
        self.assertIn("runs classic filters", found["pcap"]["error"]["message"])

    @needs_compiler
    @needs_kernel
    def test_compare_with_the_kernel(self):
        # A filter has no license, and the kernel wants a string all the same.
        result = self.ok("compare", "--pcap-filter", "tcp port 80", "--rounds", "3", "-j", "--at",
                         "socket_filter", "--engines", "aot,kernel,pcap", "--packets", CAPTURE)
        found = {v["id"]: v for v in result.json["programs"][0]["variants"]}
        self.assertNotIn("error", found["kernel"])
        self.assertGreater(found["kernel"]["ratio"]["median"], 0)

    @needs_compiler
    @needs_dpdk
    @unittest.skipUnless(platform.machine() == "x86_64", "single steps are counted on x86-64 only")
    def test_compare_with_dpdk(self):
        for at in ("frame", "ip", "socket_filter", "xdp"):
            result = self.ok("compare", "--pcap-filter", "tcp port 80", "-j", "--no-time", "--at", at,
                             "--engines", "aot,dpdk", "--packets", CAPTURE)
            found = {v["id"]: v for v in result.json["programs"][0]["variants"]}
            self.assertNotIn("error", found["dpdk"], at)
            self.assertGreater(found["dpdk"]["executed"]["loads"], 1)
            self.assertEqual(sum(i["size"] for i in found["dpdk"]["asm"]),
                             found["dpdk"]["code"]["bytes"])
        result = self.ok("compare", "--pcap-filter", "greater 100", "-j", "--no-time", "--engines",
                         "aot,dpdk", "--packets", CAPTURE)
        found = {v["id"]: v for v in result.json["programs"][0]["variants"]}
        self.assertIn("length", found["dpdk"]["error"]["message"])


if __name__ == "__main__":
    main()
