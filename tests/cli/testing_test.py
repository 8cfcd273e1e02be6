# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir test: runs as BPF_PROG_TEST_RUN makes them, requests in JSON, the kernel beside, test files."""

import json
import os
import platform
import subprocess
import unittest

from harness import (CAPTURE, CLANG, HAS_COMPILER, CommandTest, FAILED, OK, USAGE, ethernet, ipv4,
                     main, needs_clang, object_of, pcap, read_pcap)

ENGINES = ["interp", "jit", "aot"] if HAS_COMPILER else ["interp"]

HEAD = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
"""
XDP = HEAD + """
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2);
         __type(key, __u32); __type(value, __u32); } seen SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(pinning, LIBBPF_PIN_BY_NAME);
         __type(key, __u32); __type(value, __u64); } ports SEC(".maps");
SEC("xdp") int grow(struct xdp_md *ctx) {
  __u32 key = ctx->ingress_ifindex & 1, *n = bpf_map_lookup_elem(&seen, &key);
  if (n) *n += 1;
  __u64 queue = ctx->rx_queue_index;
  bpf_map_update_elem(&ports, &key, &queue, 0);
  return bpf_xdp_adjust_tail(ctx, 6) ? XDP_DROP : XDP_PASS;
}
"""
LENGTH = HEAD + 'SEC("%s") int length(struct __sk_buff *skb) { return skb->len + skb->mark; }'
RANDOM = HEAD + 'SEC("socket") int dice(void *ctx) { return bpf_get_prandom_u32(); }'
MISSING = HEAD + """SEC("xdp") int dump(void *ctx) {
  static int (*trace)(const char *, int, ...) = (void *)6; char text[] = "x";
  return trace(text, 2); }"""
UNSAFE = HEAD + """SEC("xdp") int peek(struct xdp_md *ctx) {
  return *(volatile char *)(long)ctx->data; }"""

FRAME = ethernet(0x0800, ipv4([10, 0, 0, 2]))


def kernel_takes_programs():
    """Loads `r0 = 0; exit` with bpf(2) itself."""
    import ctypes
    import struct
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


needs_kernel = unittest.skipUnless(kernel_takes_programs(), "the kernel takes no BPF program here")


class TestingTest(CommandTest):
    def build(self, name, text):
        source = self.file(name + ".bpf.c", text)
        subprocess.run([CLANG, "-target", "bpf", "-O2", "-g", "-mcpu=v3", "-c",
                        "-I/usr/include/" + platform.machine() + "-linux-gnu", source, "-o",
                        self.path(name + ".bpf.o")], check=True)
        return self.path(name + ".bpf.o")

    def ask(self, expect=OK, **request):
        result = self.weir("test", "run", "--request", "-", stdin=json.dumps(request))
        self.assertEqual(result.code, expect, result.err)
        self.assertEqual(result.out.count("\n"), 1)
        return result.json


@needs_clang
class Requests(TestingTest):
    def test_maps_packets_and_steps(self):
        program = self.build("grow", XDP)
        for engine in ENGINES:
            got = self.ask(object=program, program="grow", section="xdp", type="xdp", engine=engine,
                           setup=[{"op": "update", "map": "ports", "key": "09000000",
                                   "value": "0700000000000000"},
                                  {"op": "update", "map": "seen", "key": "01000000",
                                   "value": "0a000000", "after": 1},
                                  {"op": "array_u32_from_bytes", "map": "seen", "start": 0,
                                   "bytes": "05"},
                                  {"op": "update", "map": "absent", "key": "00", "value": "00"}],
                           packets=[{"data": FRAME.hex(), "mark": 0}, {"data": FRAME.hex()},
                                    {"data": "00"}])
            grown = {"retval": 2, "out": FRAME.hex() + "00" * 6}
            self.assertEqual((got["verdict"], got["why"], got["runs"][:2]),
                             ("accept", "", [grown, grown]))
            self.assertEqual(got["runs"][2]["retval"], -22)
            # max_entries 0 counts as 64, so the hash could be made.
            self.assertEqual(got["maps"], {
                "seen": [["00000000", "0500000000000000"], ["01000000", "0b00000000000000"]],
                "ports": [["01000000", "0000000000000000"], ["09000000", "0700000000000000"]]})

    def test_what_begins_at_the_ip_header(self):
        for kind, section, retval in (("socket_filter", "socket", 28), ("lwt_out", "lwt_out", 28),
                                      ("sched_cls", "tc", 42), ("sched_act", "action", 42)):
            program = self.build("length", LENGTH % section)
            got = self.ask(object=program, program="length", section="", type=kind, engine="interp",
                           packets=[{"data": FRAME.hex(), "mark": 100}, {"data": FRAME[:33].hex()},
                                    {"data": ethernet(0x86dd, bytes(39)).hex()}])
            header = FRAME[:14] if kind.startswith("sched") else bytes(14)
            self.assertEqual(got["runs"][0], {"retval": retval + 100,
                                              "out": (header + FRAME[14:]).hex()}, kind)
            self.assertEqual([run["retval"] for run in got["runs"][1:]], [-22, -22])

    def test_verdicts(self):
        packet = [{"data": FRAME.hex()}]
        self.assertEqual(self.ask(insns="b700000002000000 9500000000000000", type="xdp",
                                  packets=packet)["runs"], [{"retval": 2, "out": FRAME.hex()}])
        self.assertEqual(self.ask(insns="9500000000000000", type="xdp")["verdict"], "reject")
        self.assertEqual(self.ask(insns="00", type="xdp")["verdict"], "reject")
        peek = self.build("peek", UNSAFE)
        self.assertEqual(self.ask(object=peek, type="xdp")["verdict"], "reject")
        self.assertEqual(self.ask(object=peek, type="xdp", policy="guard", engine="interp",
                                  packets=packet)["verdict"], "accept")
        got = self.ask(object=self.build("random", RANDOM), type="flow_dissector")
        self.assertEqual((got["verdict"], got["runs"], got["maps"]), ("unsupported", [], {}))
        self.assertIn("flow_dissector", got["why"])

    def test_bad_requests(self):
        self.assertIn("error", self.ask(USAGE))
        self.assertIn("error", self.ask(USAGE, insns="95", packets=3))
        self.assertIn("error", self.ask(USAGE, insns="95", packets=[{"data": "0g"}]))
        self.assertIn("error", self.ask(USAGE, insns="95", setup=[{"op": "explode"}]))
        self.assertIn("error", self.ask(USAGE, insns="95", engine="steam"))
        self.assertIn("error", self.ask(FAILED, object=self.path("absent.o")))
        self.assertEqual(self.weir("test", "run", "--request", "-", stdin="{").code, USAGE)

    def test_an_xdp_packet_longer_than_a_page(self):
        # The program sees what lies in one piece; all of it comes out.
        frame = FRAME + bytes(range(256)) * 20
        program = self.build("span", HEAD + """SEC("xdp") int span(struct xdp_md *ctx) {
          return (void *)(long)ctx->data_end - (void *)(long)ctx->data; }""")
        got = self.ask(object=program, type="xdp", engine="interp", packets=[{"data": frame.hex()}])
        self.assertEqual(got["runs"], [{"retval": 3520, "out": frame.hex()}])


@needs_clang
class Runs(TestingTest):
    def test_text_and_pcap(self):
        program = self.build("grow", XDP)
        capture = self.file("in.pcap", pcap([(1, 0, FRAME), (2, 0, FRAME[:14])]))
        setup = self.file("ports.json", '[["0500 0000", "01 00000000000000"]]')
        result = self.ok("test", "run", program, "--packets", capture, "--engine", "interp",
                         "--ctx", "ingress_ifindex=1", "--ctx", "rx_queue_index=3",
                         "--map", "ports=" + setup, "--out", "after.pcap")
        self.assertEqual(result.out, f"""program   grow (xdp), at xdp
engine    interp
packet    0  {len(FRAME)} bytes: XDP_PASS (2), {len(FRAME)} -> {len(FRAME) + 6} bytes
packet    1  14 bytes: XDP_PASS (2), 14 -> 20 bytes
map       seen: 2 entries
            00000000 = 0000000000000000
            01000000 = 0200000000000000
map       ports: 2 entries
            01000000 = 0300000000000000
            05000000 = 0100000000000000
""")
        _, _, packets = read_pcap(self.path("after.pcap"))
        self.assertEqual([p[2] for p in packets], [FRAME + bytes(6), FRAME[:14] + bytes(6)])

    def test_json(self):
        got = self.ok("test", "run", self.build("length", LENGTH % "tc"), "--packet", FRAME.hex(),
                      "--ctx", "mark=3", "--engine", "interp", "-j").json
        self.assertEqual(list(got), ["program", "section", "at", "engine", "runs", "maps"])
        self.assertEqual(got["runs"], [{"retval": len(FRAME) + 3, "out": FRAME.hex()}])

    def test_usage(self):
        program = self.build("grow", XDP)
        for arguments in ([], [program], [program, "--packet", "0g"],
                          [program, "--packet", FRAME.hex(), "--ctx", "mark=1"],
                          [program, "--packet", FRAME.hex(), "--ctx", "ingress_ifindex=x"],
                          [program, "--packet", FRAME.hex(), "--map", "ports"],
                          [program, "--packet", FRAME.hex(), "--repeat", "0"]):
            self.fails(USAGE, "test", "run", *arguments)


@needs_clang
@needs_kernel
class AgainstTheKernel(TestingTest):
    def test_agreement(self):
        program = self.build("grow", XDP)
        for engine in ENGINES:
            got = self.ok("test", "run", program, "--packets", CAPTURE, "--engine", engine,
                          "--against-kernel", "-j").json
            self.assertEqual((got["differences"], len(got["runs"])), ([], 541))
        for kind in ("socket", "tc", "action", "lwt_in", "lwt_out", "lwt_xmit"):
            got = self.ok("test", "run", self.build("length", LENGTH % kind), "--packets", CAPTURE,
                          "--engine", "interp", "--against-kernel", "--ctx", "mark=5", "-j").json
            self.assertEqual(got["differences"], [], kind)

    def test_a_difference_is_found(self):
        result = self.weir("test", "run", self.build("dice", RANDOM), "--packet", FRAME.hex(),
                           "--engine", "interp", "--against-kernel", "-j")
        self.assertEqual((result.code, len(result.json["differences"])), (FAILED, 1))
        self.assertRegex(result.json["differences"][0],
                         r"packet 0: weir returned \d+, kernel \d+")
        # In a packet and in a map: what the clock says is never the same twice.
        clock = self.build("clock", HEAD + """
            struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1);
                     __type(key, __u32); __type(value, __u64); } at SEC(".maps");
            SEC("xdp") int clock(struct xdp_md *ctx) {
              __u64 now = bpf_ktime_get_ns(), *data = (void *)(long)ctx->data; __u32 zero = 0;
              bpf_map_update_elem(&at, &zero, &now, 0);
              if ((void *)(data + 1) <= (void *)(long)ctx->data_end) *data = now;
              return XDP_PASS; }""")
        result = self.weir("test", "run", clock, "--packet", FRAME.hex(), "--engine", "interp",
                           "--against-kernel")
        self.assertEqual(result.code, FAILED)
        self.assertRegex(result.out, r"kernel    2 differences\n"
                                     r" +packet 0: the packet after weir and kernel: from byte 0: "
                                     r"[0-9a-f]+ against [0-9a-f]+\n"
                                     r" +map at: key 00000000: weir has [0-9a-f]+, kernel has ")

    def test_what_the_kernel_rejects(self):
        result = self.weir("test", "run", self.build("peek", UNSAFE), "--packet", FRAME.hex(),
                           "--engine", "interp", "--against-kernel")
        self.assertEqual(result.code, FAILED)
        self.assertIn("invalid access to packet", result.err)


if __name__ == "__main__":
    main()
