# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir test: runs as BPF_PROG_TEST_RUN makes them, requests in JSON, the kernel beside, test files."""

import json
import os
import platform
import subprocess
import unittest

from harness import (CAPTURE, CLANG, HAS_COMPILER, CommandTest, FAILED, OK, USAGE, ethernet, ipv4,
                     main, needs_clang, needs_kernel, object_of, pcap, read_pcap)

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
        got = self.ask(object=self.build("random", RANDOM), type="netfilter")
        self.assertEqual((got["verdict"], got["runs"], got["maps"]), ("unsupported", [], {}))
        self.assertIn("netfilter", got["why"])

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
            0 = 0
            1 = 2
map       ports: 2 entries
            1 = 3
            5 = 1
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


SERVICE = HEAD + """
struct address { __u8 bytes[4]; };
struct stats { __u64 packets; __u32 port; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32);
         __type(value, struct stats); } services SEC(".maps");
SEC("xdp") int service(struct xdp_md *ctx) {
  unsigned char *p = (void *)(long)ctx->data; unsigned char *end = (void *)(long)ctx->data_end;
  if (p + 42 > end || p[12] != 8 || p[23] != 17) return XDP_PASS;
  __u32 port = p[36] << 8 | p[37];
  struct stats *s = bpf_map_lookup_elem(&services, &port);
  if (!s) return XDP_DROP;
  s->packets++;
  p[36] = s->port >> 8; p[37] = s->port;
  return XDP_TX; }
"""
TESTS = """
program: service.bpf.o
start:
  services:
    - {key: 53, value: {port: 5353}}
tests:
  - name: a known service
    packets:
      - build: [ethernet, {ipv4: {dst: 10.0.0.9}}, {udp: {sport: 1000, dport: 53, checksum: 0}}, {payload: hello}]
        verdict: XDP_TX
        out:
          build: [ethernet, {ipv4: {dst: 10.0.0.9}}, {udp: {sport: 1000, dport: 5353, checksum: 0}}, {payload: hello}]
      - {pcap: in.pcap, index: 1, verdict: 2, unchanged: true}
    maps:
      services:
        - {key: 53, value: {packets: 1, port: 5353}}
        - {key: 54, value: null}
  - name: an unknown one
    packets:
      - {build: [ethernet, ipv4, {udp: {dport: 54}}], verdict: XDP_DROP, unchanged: true}
"""


@needs_clang
class TestFiles(TestingTest):
    def setUp(self):
        super().setUp()
        self.build("service", SERVICE)
        self.file("in.pcap", pcap([(1, 0, FRAME), (2, 0, FRAME[:20])]))

    def test_tests_that_pass(self):
        self.file("tests.yaml", TESTS)
        for engine in ENGINES:
            self.assertEqual(self.ok("test", "tests.yaml", "--engine", engine).out,
                             "ok    tests.yaml: a known service\nok    tests.yaml: an unknown one\n"
                             "2 passed, 0 failed\n")
        # From another folder: paths are relative to the file.
        self.ok("test", self.path("tests.yaml"), "--engine", "interp", cwd="/")

    def test_json_is_as_good(self):
        self.file("tests.json", json.dumps({"program": "service.bpf.o", "tests": [
            {"packets": [{"hex": FRAME.hex(), "verdict": "XDP_DROP"}]}]}))
        got = self.ok("test", "tests.json", "--engine", "interp", "-j").json
        self.assertEqual((got["passed"], got["failed"], got["tests"][0]["name"]), (1, 0, "test 1"))

    def test_tests_that_fail(self):
        for old, new, message in (
                ("verdict: XDP_TX", "verdict: XDP_PASS", "packet 0: the program returned 3, the test 2"),
                ("dport: 5353", "dport: 5354", "packet 0: the packet after the program and the test: from byte 37: e9"),
                ("packets: 1, port", "packets: 2, port", "map services: key 35000000: the program has 0100"),
                ("{key: 54, value: null}", "{key: 54, value: {}}", "the program has no such entry"),
                ("value: null", "value: {}", "the program has no such entry"),
                ("{key: 54, value: null}", "{key: 53, value: null}", "the test has no such entry")):
            self.file("tests.yaml", TESTS.replace(old, new, 1))
            result = self.weir("test", "tests.yaml", "--engine", "interp")
            self.assertEqual(result.code, FAILED, new)
            self.assertIn("FAIL  tests.yaml: a known service\n      ", result.out)
            self.assertIn(message, result.out)
            self.assertTrue(result.out.endswith("1 passed, 1 failed\n"), result.out)

    def test_files_that_are_wrong(self):
        for old, new, message in (
                ("program:", "programme:", "'programme' is not known"), ("XDP_TX", "XDP_UP", "is no verdict"),
                ("services:", "servants:", "uses no map 'servants'"), ("key: 53", "key: -1", "map services: key"),
                ("port: 5353}", "gate: 1}", "no member 'gate'"), ("udp:", "utp:", "no header 'utp'"),
                ("dport: 53", "dport: 70000", "udp: 'dport' cannot be 70000"), ("[ethernet", "[[ethernet", "line "),
                ("index: 1", "index: 7", "no such packet"), ("10.0.0.9", "10.0.0", "'dst' cannot be"),
                ("service.bpf.o", "absent.bpf.o", "no such file"), ("tests:", "test:", "'test' is not known")):
            self.file("tests.yaml", TESTS.replace(old, new, 1))
            result = self.weir("test", "tests.yaml", "--engine", "interp")
            self.assertIn(result.code, (FAILED, USAGE), new)
            self.assertIn(message, result.err)
        self.fails(USAGE, "test")
        self.file("deep.yaml", "[" * 100000)
        self.fails(USAGE, "test", "deep.yaml")

    def test_init_writes_what_passes(self):
        setup = self.file("services.json", '[{"key": 53, "value": {"port": 5353}}]')
        for name in ("made.yaml", "made.json"):
            self.ok("test", "init", "service.bpf.o", "--packets", CAPTURE, "--map", "services=" + setup,
                    "--engine", "interp", "-o", name)
            self.assertIn("1 passed, 0 failed", self.ok("test", name, "--engine", "interp").out)
        text = self.ok("test", "init", "service.bpf.o", "--packet", FRAME.hex(), "--engine", "interp").out
        self.assertIn("program: service.bpf.o\n", text)
        self.assertIn("verdict: XDP_DROP\n", text)
        # A program that does something else is found out.
        self.build("service", SERVICE.replace("s->packets++", "s->packets += 2"))
        self.assertIn("1 failed", self.weir("test", "made.yaml", "--engine", "interp").out)

    @needs_kernel
    def test_in_the_kernel_too(self):
        self.file("tests.yaml", TESTS)
        self.assertIn("2 passed", self.ok("test", "tests.yaml", "--engine", "interp", "--against-kernel").out)


@needs_clang
class Redirects(TestingTest):
    def test_files_can_ask_for_them(self):
        self.build("away", HEAD + """
            struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 4); __type(key, __u32);
                     __type(value, __u32); } ports SEC(".maps");
            SEC("xdp") int away(struct xdp_md *ctx) {
              unsigned char *data = (void *)(long)ctx->data;
              if (data + 1 > (unsigned char *)(long)ctx->data_end) return XDP_DROP;
              return data[0] ? bpf_redirect_map(&ports, 3, 0) : bpf_redirect(7, 0); }""")
        text = """
program: away.bpf.o
start: {ports: [{key: 3, value: 9}]}
tests:
  - name: both
    packets:
      - {hex: "00%s", verdict: XDP_REDIRECT, redirect: {ifindex: %d}}
      - {hex: "02%s", verdict: XDP_REDIRECT, redirect: {map: ports, key: 3}}
"""
        rest = FRAME.hex()[2:]
        self.file("good.yaml", text % (rest, 7, rest))
        self.assertIn("1 passed", self.ok("test", "good.yaml", "--engine", "interp").out)
        self.file("bad.yaml", text % (rest, 8, rest))
        result = self.weir("test", "bad.yaml", "--engine", "interp")
        self.assertEqual(result.code, FAILED)
        self.assertIn("packet 0: the program redirects to interface 7, the test to interface 8", result.out)
        self.file("wrong.yaml", text.replace("ifindex", "device") % (rest, 7, rest))
        self.assertIn("redirect: 'device' is not known", self.weir("test", "wrong.yaml").err)
        made = self.ok("test", "init", "away.bpf.o", "--packet", "00" + rest).out
        self.assertIn("ifindex: 7", made)


@needs_clang
class HooksOfHosts(TestingTest):
    def test_they_are_not_taken_for_memory(self):
        program = self.build("line", HEAD + 'SEC("custom/log_line") int line(void *ctx) { return 0; }')
        for command in (["verify", program], ["compile", program, "-o", "line.weir"], ["run", program],
                        ["test", "run", program, "--packet", FRAME.hex()]):
            self.assertIn("is for the hook 'custom/log_line' of a host, which is not registered",
                          self.fails(FAILED, *command).err)
        self.ok("run", program, "--at", "memory", "--engine", "interp")


@needs_clang
@needs_kernel
class AgainstTheKernel(TestingTest):
    def test_tail_calls_and_what_else_is_in_the_file(self):
        """Programs that cannot be loaded, maps that cannot be made and a missing function of the kernel stand
        beside the one that runs."""
        chain = """
            int second(struct xdp_md *);
            struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 3); __type(key, __u32);
                     __array(values, int(void *)); } next SEC(".maps") =
                { .values = { [2] = (void *)&second } };
            struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32);
                     __type(value, __u64); } seen SEC(".maps");
            struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1); __uint(key_size, 70000);
                     __uint(value_size, 8); __uint(map_flags, 1 << 30); } bad SEC(".maps");
            SEC("?xdp") int first(struct xdp_md *ctx) { bpf_tail_call(ctx, &next, 2); return XDP_DROP; }
            SEC("?xdp") int second(struct xdp_md *ctx) {
              __u32 zero = 0; __u64 *n = bpf_map_lookup_elem(&seen, &zero);
              if (n) *n += ctx->data_end - ctx->data;
              return XDP_TX; }
            SEC("xdp") int unsafe(struct xdp_md *ctx) {
              char key[4] = {}; bpf_map_lookup_elem(&bad, key);
              return *(volatile char *)(long)ctx->data; }
            """
        missing = """
            extern int no_such_function_of_the_kernel(void) __ksym;
            SEC("xdp") int third(struct xdp_md *ctx) { return no_such_function_of_the_kernel(); }
            """
        for name, text in (("chain", chain), ("missing", chain + missing)):
            program = self.build(name, HEAD + text)
            for engine in ENGINES:
                got = self.ok("test", "run", program, "--prog", "first", "--packet", FRAME.hex(), "--engine",
                              engine, "--against-kernel", "-j").json
                self.assertEqual((got["differences"], got["runs"][0]["verdict"]), ([], "XDP_TX"), name)

    def test_where_packets_go_is_told_but_not_compared(self):
        program = self.build("away", HEAD + """
            SEC("xdp") int away(struct xdp_md *ctx) { return bpf_redirect(7, 0); }""")
        got = self.ok("test", "run", program, "--packet", FRAME.hex(), "--engine", "interp",
                      "--against-kernel")
        self.assertIn("XDP_REDIRECT (4), unchanged, to interface 7\n", got.out)
        self.assertIn("kernel    agrees\n            not compared: where 1 packets are redirected to", got.out)
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

    def test_maps_of_old_files(self):
        # libbpf no longer opens such files: weir's linker stands in for it.
        program = self.build("old", """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            struct bpf_map_def { unsigned type, key_size, value_size, max_entries, flags; };
            struct bpf_map_def lengths __attribute__((section("maps"), used)) = {
              BPF_MAP_TYPE_HASH, 4, 8, 16, 0 };
            SEC("xdp") int old(struct xdp_md *ctx) {
              __u32 length = ctx->data_end - ctx->data; __u64 one = 1;
              __u64 *seen = bpf_map_lookup_elem(&lengths, &length);
              if (seen) __sync_fetch_and_add(seen, 1);
              else bpf_map_update_elem(&lengths, &length, &one, 0);
              return length & 1 ? XDP_DROP : XDP_PASS; }
            char _license[] SEC("license") = "GPL";""")
        for engine in ENGINES:
            got = self.ok("test", "run", program, "--packet", FRAME.hex(), "--packet",
                          FRAME.hex() + "00", "--packet", FRAME.hex(), "--engine", engine,
                          "--against-kernel", "-j").json
            self.assertEqual(got["differences"], [])
            self.assertEqual(len(got["maps"]["lengths"]), 2)

    def test_flow_dissectors(self):
        program = self.build("dissect", HEAD + """
            SEC("flow_dissector") int dissect(struct __sk_buff *skb) {
              void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
              struct bpf_flow_keys *keys = skb->flow_keys;
              unsigned char *ip = data + (keys->nhoff & 63);
              if (keys->n_proto != __builtin_bswap16(0x0800)) return 129;
              if ((void *)(ip + 20) > end) return BPF_DROP;
              keys->addr_proto = 0x0800;
              keys->ip_proto = ip[9];
              __builtin_memcpy(&keys->ipv4_src, ip + 12, 8);
              keys->thoff = keys->nhoff + (ip[0] & 15) * 4 + ip[8] * 256;  /* the kernel cuts it */
              return BPF_OK; }""")
        for engine in ENGINES:
            got = self.ok("test", "run", program, "--packets", CAPTURE, "--engine", engine,
                          "--policy", "strict", "--against-kernel", "-j").json
            self.assertEqual(got["differences"], [])
            self.assertEqual({len(run["out"]) for run in got["runs"] if "out" in run}, {112})
            self.assertGreaterEqual(len({run["retval"] for run in got["runs"]}), 2)

    def test_raw_tracepoints(self):
        program = self.build("args", HEAD + """
            SEC("raw_tp/sys_enter") int args(struct bpf_raw_tracepoint_args *ctx) {
              return ctx->args[0] + ctx->args[1] * 3; }""")
        context = "0500000000000000" "0700000000000000"
        for engine in ENGINES:
            got = self.ok("test", "run", program, "--packet", context, "--engine", engine,
                          "--policy", "strict", "--against-kernel", "-j").json
            self.assertEqual((got["differences"], got["runs"][0]["retval"]), ([], 26))

    def test_kinds_without_test_runs(self):
        program = self.build("probe", HEAD + """
            SEC("kprobe/nothing") int probe(unsigned long *regs) { return regs[14]; }""")
        result = self.fails(FAILED, "test", "run", program, "--packet", "00" * 112 + "2a" + "00" * 7,
                            "--engine", "interp", "--against-kernel")
        self.assertIn("the kernel has no test runs of hook kind 'kprobe'", result.err)
        got = self.ok("test", "run", program, "--packet", "00" * 112 + "2a" + "00" * 7, "--engine",
                      "interp", "-j").json
        self.assertEqual(got["runs"][0]["retval"], 42)

    def test_what_the_kernel_rejects(self):
        result = self.weir("test", "run", self.build("peek", UNSAFE), "--packet", FRAME.hex(),
                           "--engine", "interp", "--against-kernel")
        self.assertEqual(result.code, FAILED)
        self.assertIn("invalid access to packet", result.err)


@needs_clang
class WithoutTheKernel(TestingTest):
    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody without rights")
    def test_the_reason_is_told(self):
        program = self.build("dice", RANDOM)
        os.chmod(self.folder, 0o755)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        try:
            self.weir("--version", **nobody)
        except PermissionError:
            self.skipTest("the build folder is closed to others")
        run = ["test", "run", program, "--packet", FRAME.hex(), "--engine", "interp"]
        self.ok(*run, **nobody)
        result = self.fails(FAILED, *run, "--against-kernel", **nobody)
        self.assertIn("the kernel takes no BPF program", result.err)
        self.assertIn("CAP_BPF", result.err)


if __name__ == "__main__":
    main()
