# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Several programs at one hook: weir test run, test files, weir filter. What libxdp's manual says of
XDP programs on one interface holds: lower priority numbers run first, 50 is the default, the next one has
its turn after the chain call actions of the one before, XDP_PASS by default."""

import os
import platform
import subprocess

from harness import (CLANG, HAS_COMPILER, CommandTest, FAILED, USAGE, ethernet, ipv4, main,
                     needs_clang, needs_compiler, pcap)

ENGINES = ["interp", "jit", "aot"] if HAS_COMPILER else ["interp"]

HEAD = """
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
#define RUN_CONFIG(f) _##f SEC(".xdp_run_config")
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4);
         __type(key, __u32); __type(value, __u64); } order SEC(".maps");
// How manieth it was, counted in entry 3.
static __always_inline void note(__u32 index) {
  __u32 last = 3;
  __u64 *n = bpf_map_lookup_elem(&order, &last), *own = bpf_map_lookup_elem(&order, &index);
  if (n && own) *own = ++*n;
}
"""
# `first` attached last and named last; `drops` lets the next one run after a drop.
XDP = HEAD + """
struct { __uint(priority, 10); __uint(XDP_PASS, 1); __uint(XDP_DROP, 1); } RUN_CONFIG(z_drops);
struct { __uint(priority, 60); } RUN_CONFIG(a_last);
SEC("xdp") int a_last(struct xdp_md *ctx) { note(0); return XDP_PASS; }
SEC("xdp") int b_plain(struct xdp_md *ctx) { note(1); return XDP_TX; }
SEC("xdp") int z_drops(struct xdp_md *ctx) { note(2); return XDP_DROP; }
"""
TC = HEAD + """
SEC("tc") int z_first(struct __sk_buff *skb) { note(0); return TC_ACT_UNSPEC; }
SEC("tc") int a_second(struct __sk_buff *skb) { note(1); return TC_ACT_OK; }
SEC("tc") int b_third(struct __sk_buff *skb) { note(2); return TC_ACT_SHOT; }
"""
OTHER = HEAD + """
SEC("xdp") int other(struct xdp_md *ctx) { note(1); return XDP_PASS; }
"""
FRAME = ethernet(0x0800, ipv4([10, 0, 0, 2]))


@needs_clang
class ChainTest(CommandTest):
    def build(self, name, text):
        source = self.file(name + ".bpf.c", text)
        subprocess.run([CLANG, "-target", "bpf", "-O2", "-g", "-mcpu=v3", "-c",
                        "-I/usr/include/" + platform.machine() + "-linux-gnu", source, "-o",
                        self.path(name + ".bpf.o")], check=True)
        return self.path(name + ".bpf.o")

    def run_chain(self, *arguments):
        return self.ok("test", "run", *arguments, "--packet", FRAME.hex(), "-j").json

    def ran(self, result, name="order"):
        """Which indexes of the map were noted, in that order."""
        noted = [(int.from_bytes(bytes.fromhex(value), "little"), int(key[:2]))
                 for key, value in result["maps"][name] if key[:2] != "03"]
        return [index for count, index in sorted(noted) if count]

    def programs(self, result):
        return [place["program"] for place in result["chain"]]


class RunConfig(ChainTest):
    ALL = ["--prog", "a_last", "--prog", "b_plain", "--prog", "z_drops"]

    def test_programs_say_themselves(self):
        path = self.build("x", XDP)
        for engine in ENGINES:
            result = self.run_chain(path, *self.ALL, "--engine", engine)
            self.assertEqual(self.programs(result), ["z_drops", "b_plain", "a_last"])
            # After a drop goes on, after XDP_TX does not.
            self.assertEqual(self.ran(result), [2, 1], engine)
            self.assertEqual(result["runs"][0]["verdict"], "XDP_TX")
            self.assertEqual(result["runs"][0]["decided"], "b_plain")
            self.assertEqual([(p["priority"], p["priority_from"], p["go_on"], p["go_on_from"])
                              for p in result["chain"]],
                             [(10, "XDP_RUN_CONFIG", "XDP_DROP, XDP_PASS", "XDP_RUN_CONFIG"),
                              (50, "default", "XDP_PASS", "default"),
                              (60, "XDP_RUN_CONFIG", "XDP_PASS", "XDP_RUN_CONFIG")])

    @needs_compiler
    def test_native_objects_say_it_too(self):
        self.ok("compile", self.build("x", XDP), "-o", "x.weir")
        programs = self.ok("objdump", "x.weir", "-j").json["manifest"]["programs"]
        self.assertEqual({p["name"]: p.get("run_config") for p in programs},
                         {"z_drops": {"priority": 10, "chain_call_actions": 6}, "b_plain": None,
                          "a_last": {"priority": 60, "chain_call_actions": 4}})
        self.assertIn("XDP_RUN_CONFIG: priority 10, the next one after XDP_DROP, XDP_PASS\n",
                      self.ok("objdump", "x.weir").out)
        result = self.run_chain(self.path("x.weir"), *self.ALL)
        self.assertEqual(self.programs(result), ["z_drops", "b_plain", "a_last"])
        self.assertEqual(result["engine"], "aot")
        self.assertEqual(result["chain"][0]["priority_from"], "XDP_RUN_CONFIG")

    def test_a_row_that_goes_through_passes(self):
        # xdp-dispatcher.c: XDP_PASS after the last one, whatever that one said.
        result = self.run_chain(self.build("x", XDP), "--prog", "z_drops", "--prog", "a_last",
                                "--priority", "a_last=1")
        self.assertEqual(self.programs(result), ["a_last", "z_drops"])
        self.assertEqual(result["runs"][0]["verdict"], "XDP_PASS")
        self.assertEqual(result["runs"][0]["decided"], "z_drops")

    def test_one_alone_is_as_the_kernel_runs_it(self):
        result = self.run_chain(self.build("x", XDP), "--prog", "z_drops")
        self.assertNotIn("chain", result)
        self.assertEqual(result["runs"][0]["verdict"], "XDP_DROP")

    def test_options_have_the_last_word(self):
        result = self.run_chain(self.build("x", XDP), *self.ALL, "--go-on", "z_drops=none",
                                "--priority", "z_drops=55")
        self.assertEqual(self.programs(result), ["b_plain", "z_drops", "a_last"])
        self.assertEqual(result["chain"][1]["priority_from"], "option")
        self.assertEqual(result["chain"][1]["go_on"], "none")
        result = self.run_chain(self.build("x", XDP), *self.ALL, "--go-on", "b_plain=XDP_TX")
        self.assertEqual(self.ran(result), [2, 1, 0])
        self.assertEqual(result["runs"][0]["verdict"], "XDP_PASS")

    def test_text(self):
        result = self.ok("test", "run", self.build("x", XDP), *self.ALL, "--packet", FRAME.hex())
        self.assertIn("chain     1. z_drops (xdp), priority 10 (XDP_RUN_CONFIG), the next one after "
                      "XDP_DROP, XDP_PASS (XDP_RUN_CONFIG)\n", result.out)
        self.assertIn("XDP_TX (3), unchanged, decided by b_plain\n", result.out)

    def test_equal_priorities_go_by_name(self):
        result = self.run_chain(self.build("x", XDP), "--prog", "b_plain", "--prog", "a_last",
                                "--priority", "a_last=50")
        self.assertEqual(self.programs(result), ["a_last", "b_plain"])

    def test_several_files(self):
        x, other = self.build("x", XDP), self.build("o", OTHER)
        result = self.run_chain(other, x, "--prog", "other", "--prog", "z_drops")
        self.assertEqual(self.programs(result), ["z_drops", "other"])
        # Each file has its maps.
        self.assertEqual(self.ran(result, "x/order"), [2])
        self.assertEqual(self.ran(result, "o/order"), [1])
        start = self.file("start.json", '[["03000000", "0500000000000000"]]')
        result = self.run_chain(other, x, "--prog", "other", "--prog", "z_drops", "--map",
                                "o/order=" + start)
        self.assertIn(["01000000", "0600000000000000"], result["maps"]["o/order"])
        twice = self.fails(USAGE, "test", "run", other, x, "--prog", "other", "--prog", "z_drops",
                           "--map", "order=" + start, "--packet", FRAME.hex())
        self.assertIn("two files have a map 'order'", twice.err)

    def test_what_is_wrong(self):
        x, tc = self.build("x", XDP), self.build("t", TC)
        packet = ["--packet", FRAME.hex()]
        for arguments, message in (
                ([x, "--prog", "nobody", "--prog", "b_plain"], "no file has a program 'nobody'"),
                ([x, "--prog", "b_plain", "--prog", "b_plain"], "'b_plain' is given twice"),
                ([x, tc, "--prog", "b_plain", "--prog", "z_first"], "are of one hook kind"),
                ([x, *self.ALL, "--priority", "me=3"], "no program 'me' runs"),
                ([x, *self.ALL, "--priority", "b_plain=early"], "'early' is no number"),
                ([x, *self.ALL, "--go-on", "b_plain=XDP_FAIL"], "'XDP_FAIL' is no result at 'xdp'"),
                ([x, *self.ALL, "--against-kernel"], "not a chain")):
            result = self.weir("test", "run", *arguments, *packet)
            self.assertNotEqual(result.code, 0, arguments)
            self.assertIn(message, result.err)


class OtherKinds(ChainTest):
    ALL = ["--prog", "z_first", "--prog", "a_second", "--prog", "b_third"]

    def test_in_the_order_given(self):
        path = self.build("t", TC)
        result = self.run_chain(path, *self.ALL)
        self.assertEqual(self.programs(result), ["z_first", "a_second", "b_third"])
        self.assertEqual(self.ran(result), [0, 1])
        self.assertEqual(result["runs"][0]["verdict"], "TC_ACT_OK")
        self.assertEqual(result["chain"][0]["go_on"], "TC_ACT_PIPE, TC_ACT_UNSPEC")
        result = self.run_chain(path, *self.ALL, "--go-on", "a_second=TC_ACT_OK",
                                "--priority", "b_third=1")
        self.assertEqual(self.programs(result), ["b_third", "z_first", "a_second"])
        self.assertEqual(self.ran(result), [2])


class TestFiles(ChainTest):
    def test_chains(self):
        self.build("x", XDP)
        self.build("o", OTHER)
        text = """
program: x.bpf.o
chain:
  - {name: b_plain, priority: 70}
  - {program: o.bpf.o, name: other}
  - {name: z_drops, go_on: [XDP_DROP]}
tests:
  - name: all three
    packets:
      - {hex: "%s", verdict: XDP_TX, decided: %s, unchanged: true}
    maps:
      x/order: [{key: 3, value: 2}]
      o/order: [{key: 3, value: 1}]
"""
        good = self.file("good.yaml", text % (FRAME.hex(), "b_plain"))
        self.assertIn("ok", self.ok("test", good).out)
        bad = self.file("bad.yaml", text % (FRAME.hex(), "z_drops"))
        result = self.weir("test", bad)
        self.assertEqual(result.code, FAILED)
        self.assertIn("decided by b_plain", result.out)
        nobody = self.file("nobody.yaml", text % (FRAME.hex(), "nobody"))
        self.assertIn("the chain has no program", self.weir("test", nobody).err)

    def test_init_writes_what_passes(self):
        self.build("x", XDP)
        self.ok("test", "init", "x.bpf.o", *RunConfig.ALL, "--go-on", "b_plain=XDP_TX",
                "--packet", FRAME.hex(), "-o", "made.test.yaml")
        self.assertIn("1 passed", self.ok("test", "made.test.yaml").out)
        with open(self.path("made.test.yaml"), encoding="utf-8") as file:
            self.assertIn("decided", file.read())


class Filters(ChainTest):
    def test_captures(self):
        self.build("x", XDP.replace('SEC("xdp") int b_plain', "static int b_plain")
                   .replace('SEC("xdp") int a_last', "static __attribute__((unused)) int a_last"))
        self.build("o", OTHER)
        self.file("in.pcap", pcap([(1, 0, FRAME), (2, 0, FRAME)]))
        both = ["filter", "--prog", "o.bpf.o", "--prog", "x.bpf.o", "in.pcap"]
        result = self.ok(*both, "-j").json
        self.assertEqual([p["program"] for p in result["chain"]], ["z_drops", "other"])
        self.assertEqual((result["passed"], result["dropped"]), (2, 0))
        self.assertEqual([p["decided"] for p in result["chain"]], [0, 2])
        result = self.ok(*both, "-j", "--go-on", "z_drops=XDP_PASS").json
        self.assertEqual((result["passed"], result["dropped"]), (0, 2))
        self.assertEqual([p["decided"] for p in result["chain"]], [2, 0])
        self.assertIn("chain     1. z_drops", self.ok(*both).out)


if __name__ == "__main__":
    main()
