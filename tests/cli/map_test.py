# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pinned maps: what one process counts, another one reads, sets and deletes, whoever is killed when."""

import json
import os
import platform
import random
import signal
import struct
import subprocess
import threading
import time
import unittest

from harness import (CAPTURE, CLANG, WEIR, CommandTest, FAILED, USAGE, ethernet, ipv4, main,
                     needs_clang, object_of, pcap, read_pcap)

SOURCE = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
enum color { RED = 1, GREEN = 7 };
struct inner { __s16 low; __u8 raw[3]; };
struct value {
  __u64 packets; enum color color; unsigned short_bits : 3; int signed_bits : 5;
  char name[8]; struct inner inner; union { __u32 word; __u8 byte; };
};
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __uint(pinning, LIBBPF_PIN_BY_NAME);
         __type(key, __u32); __type(value, struct value); } table SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2);
         __type(key, __u32); __type(value, __u32); } each SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 4); __type(value, __u32); } queue SEC(".maps");
int total;
SEC("xdp") int count(struct xdp_md *ctx) {
  __u32 key = 5, zero = 0, *n = bpf_map_lookup_elem(&each, &zero);
  struct value *v = bpf_map_lookup_elem(&table, &key), fresh = {.packets = 1, .name = "first"};
  if (n) ++*n;
  if (v) __sync_fetch_and_add(&v->packets, 1); else bpf_map_update_elem(&table, &key, &fresh, BPF_NOEXIST);
  bpf_map_push_elem(&queue, &key, BPF_EXIST);
  total++;
  return XDP_PASS; }
char _license[] SEC("license") = "GPL";
"""
ROUNDS = int(os.environ.get("WEIR_KILL_ROUNDS", "100"))


@needs_clang
class MapTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.environment["WEIR_PIN_DIR"] = self.pins = self.path("pins")
        source = self.file("pinned.bpf.c", SOURCE)
        subprocess.run([CLANG, "-target", "bpf", "-O2", "-g", "-mcpu=v3", "-c",
                        "-I/usr/include/" + platform.machine() + "-linux-gnu", source, "-o",
                        self.path("pinned.bpf.o")], check=True)
        self.frame = ethernet(0x0800, ipv4([10, 0, 0, 2]))
        self.capture = self.file("in.pcap", pcap([(1, 0, self.frame)] * 10))

    def filter(self, *options, **rest):
        return self.ok("filter", "--prog", "pinned.bpf.o", self.capture, "--engine", "interp",
                       *options, **rest)

    def test_list_and_dump(self):
        self.filter()
        self.assertEqual(self.ok("map", "list").out,
                         "each: percpu_array, key 4 bytes, value 4 bytes, max_entries 2, flags 0x0, BTF\n"
                         "queue: queue, key 0 bytes, value 4 bytes, max_entries 4, flags 0x0, BTF\n"
                         "table: hash, key 4 bytes, value 32 bytes, max_entries 64, flags 0x0, BTF\n")
        got = {m["name"]: m for m in self.ok("map", "show", "-j").json}
        self.assertEqual((got["table"]["type"], got["table"]["bytes_key"], got["table"]["bytes_value"],
                          got["table"]["max_entries"], got["table"]["pinned"]),
                         ("hash", 4, 32, 64, [self.pins + "/table"]))
        self.assertEqual(self.ok("map", "dump", "table").out,
                         '5 = {"packets":10,"color":0,"short_bits":0,"signed_bits":0,"name":"first",'
                         '"inner":{"low":0,"raw":[0,0,0]},"word":0,"byte":0}\n1 entries\n')
        entry = self.ok("map", "dump", "table", "-j").json[0]
        self.assertEqual((entry["key"], len(entry["value"]), entry["value"][0]),
                         (["0x05", "0x00", "0x00", "0x00"], 32, "0x0a"))
        self.assertEqual((entry["formatted"]["key"], entry["formatted"]["value"]["packets"]), (5, 10))
        values = self.ok("map", "get", "each", "0", "-j").json["formatted"]["values"]
        self.assertEqual(sum(cpu["value"] for cpu in values), 10)
        # What is there goes on counting.
        self.filter()
        self.assertEqual(self.ok("map", "get", "table", "5", "-j").json["formatted"]["value"]["packets"], 20)

    def test_set_and_delete(self):
        self.filter()
        self.ok("map", "set", "table", "9", '{"packets": 7, "color": "GREEN", "short_bits": 5, '
                '"signed_bits": -3, "name": "by hand", "inner": {"low": -2, "raw": [1, 2]}, "word": 258}')
        got = self.ok("map", "get", "table", "9", "-j").json["formatted"]["value"]
        self.assertEqual(got, {"packets": 7, "color": "GREEN", "short_bits": 5, "signed_bits": -3,
                               "name": "by hand", "inner": {"low": -2, "raw": [1, 2, 0]}, "word": 258,
                               "byte": 2})
        # The same in bytes.
        raw = "".join(byte[2:] for byte in self.ok("map", "get", "table", "9", "-j").json["value"])
        self.ok("map", "set", "table", "hex:0a000000", "hex:" + raw)
        self.assertEqual(self.ok("map", "get", "table", "10", "-j").json["formatted"]["value"], got)
        self.ok("map", "set", "table", "10.0.0.1", '{"color": 300}')
        self.assertEqual(self.ok("map", "get", "table", "0x0100000a", "-j").json["formatted"]["value"]["color"], 300)
        self.ok("map", "delete", "table", "9")
        self.assertIn("no entry 9", self.fails(FAILED, "map", "get", "table", "9").err)
        self.fails(FAILED, "map", "delete", "table", "9")
        self.fails(FAILED, "map", "set", "table", "10", "{}", "--flags", "noexist")
        self.fails(FAILED, "map", "set", "table", "11", "{}", "--flags", "exist")
        self.ok("map", "set", "each", "1", "3")
        self.assertEqual({v["value"] for v in self.ok("map", "get", "each", "1", "-j").json["formatted"]["values"]}, {3})
        self.ok("map", "unpin", "each")
        self.fails(FAILED, "map", "unpin", "each")
        self.assertFalse(os.path.exists(self.pins + "/each"))

    def test_what_does_not_fit(self):
        self.filter()
        for key, value in (("x", "{}"), ("-1", "{}"), ("4294967296", "{}"), ("hex:00", "{}"), ("1", "5"),
                           ("1", '{"absent": 1}'), ("1", '{"name": "nine bytes"}'), ("1", '{"short_bits": 8}'),
                           ("1", '{"signed_bits": 16}'), ("1", '{"inner": {"raw": [1, 2, 3, 4]}}'),
                           ("1", '{"inner": {"low": 40000}}'), ("1", '{"color": "BLUE"}'), ("1", "{")):
            self.fails(USAGE, "map", "set", "table", key, value)
        self.fails(USAGE, "map", "get", "queue", "1")
        self.fails(FAILED, "map", "dump", "absent")
        self.fails(USAGE, "map", "dump", "../table")
        with open(self.pins + "/damaged", "wb") as file:
            file.write(b"\xff" * 5000)
        self.assertIn("no pinned map", self.fails(FAILED, "map", "list").err)

    def test_another_shape_is_refused(self):
        self.filter()
        with open(self.path("pinned.bpf.c"), encoding="utf-8") as file:
            changed = file.read().replace("max_entries, 64", "max_entries, 65")
        source = self.file("pinned.bpf.c", changed)
        subprocess.run([CLANG, "-target", "bpf", "-O2", "-g", "-c", "-I/usr/include/" +
                        platform.machine() + "-linux-gnu", source, "-o", self.path("pinned.bpf.o")], check=True)
        result = self.fails(FAILED, "filter", "--prog", "pinned.bpf.o", self.capture, "--engine", "interp")
        self.assertIn("max_entries 64, expected 65", result.err)

    def test_a_map_that_cannot_be_made_says_why(self):
        with open(self.path("pinned.bpf.c"), encoding="utf-8") as file:
            changed = file.read().replace("__uint(max_entries, 64); ", "")
        source = self.file("pinned.bpf.c", changed)
        subprocess.run([CLANG, "-target", "bpf", "-O2", "-g", "-c", "-I/usr/include/" +
                        platform.machine() + "-linux-gnu", source, "-o", self.path("pinned.bpf.o")], check=True)
        result = self.fails(FAILED, "filter", "--prog", "pinned.bpf.o", self.capture, "--engine", "interp")
        self.assertIn("cannot be created: max_entries is 0, expected at least 1", result.err)

    def test_only_maps_that_ask_for_it(self):
        # Without --pin: LIBBPF_PIN_BY_NAME, in the user's own folder.
        run = self.path("run")
        os.mkdir(run)
        del self.environment["WEIR_PIN_DIR"]
        self.filter(env={"XDG_RUNTIME_DIR": run})
        self.assertEqual(os.listdir(run + "/weir/maps"), ["table"])
        self.assertIn("table: hash", self.ok("map", "list", env={"XDG_RUNTIME_DIR": run}).out)
        self.environment.pop("XDG_RUNTIME_DIR", None)
        self.filter()
        self.fails(USAGE, "map", "list")

    def test_watch(self):
        self.filter()
        watch = self.start("map", "watch", "table", "--interval", "20", "-j")
        self.addCleanup(watch.stdout.close)
        self.addCleanup(watch.stderr.close)
        seen = [json.loads(watch.stdout.readline())]
        for command in (("set", "table", "6", "{}"), ("set", "table", "6", '{"packets": 3}'), ("delete", "table", "6")):
            self.ok("map", *command)
            seen.append(json.loads(watch.stdout.readline()))
        watch.send_signal(signal.SIGTERM)
        self.assertEqual(watch.wait(timeout=60), 0)
        self.assertEqual([(line["change"], line["formatted"]["key"]) for line in seen],
                         [("is", 5), ("new", 6), ("changed", 6), ("deleted", 6)])
        self.assertEqual(seen[2]["formatted"]["value"]["packets"], 3)

    def test_one_side_is_killed(self):
        """A filter counts while another process reads and writes; one of both is killed at any moment."""
        self.filter()
        choose = random.Random(1)
        for number in range(ROUNDS):
            filtering = self.start("filter", "--prog", "pinned.bpf.o", self.capture, "--engine", "interp",
                                   "--repeat", "100000000")
            editing = self.start("map", "set", "table", str(choose.randrange(64)), '{"packets": 1}')
            victim, other = (filtering, editing) if choose.random() < 0.5 else (editing, filtering)
            time.sleep(choose.random() * 0.03)
            victim.kill()
            victim.communicate()
            if other is editing:
                out, err = other.communicate(timeout=60)
                self.assertIn(other.returncode, (0, 1), err)
                if other.returncode == 1:
                    self.assertIn("Argument list too long", err)  # E2BIG: the map is full
            else:
                # The filter still counts, and its map can be read and changed.
                self.assertIsNone(other.poll(), "the filter ended")
                self.ok("map", "dump", "table")
                other.kill()
                other.communicate()
            entries = self.ok("map", "dump", "table", "-j").json
            self.assertLessEqual(len(entries), 64)
            self.assertEqual(len({e["formatted"]["key"] for e in entries}), len(entries))
            key = str(choose.randrange(64))
            if self.weir("map", "delete", "table", key).code == 0:
                self.ok("map", "set", "table", key, '{"packets": 2}')
        self.filter()


WITHOUT_KEYS = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct event { __u32 number; char name[4]; };
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 4); __type(value, __u32); } queue SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_STACK); __uint(max_entries, 4); __type(value, struct event); } stack SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 64); __type(value, __u32); } bloom SEC(".maps");
int packets;
SEC("xdp") int fill(struct xdp_md *ctx) {
  __u32 number = ++packets;
  struct event event = {.number = number, .name = "abc"};
  bpf_map_push_elem(&queue, &number, BPF_EXIST);
  bpf_map_push_elem(&stack, &event, BPF_EXIST);
  bpf_map_push_elem(&bloom, &number, 0);
  bpf_ringbuf_output(&ring, &number, sizeof number, 0);
  return XDP_PASS; }
char _license[] SEC("license") = "GPL";
"""


@needs_clang
class WithoutKeys(CommandTest):
    """Queues, stacks, ring buffers and bloom filters."""

    def setUp(self):
        super().setUp()
        self.environment["WEIR_PIN_DIR"] = self.path("pins")
        source = self.file("fill.bpf.c", WITHOUT_KEYS)
        subprocess.run([CLANG, "-target", "bpf", "-O2", "-g", "-mcpu=v3", "-c",
                        "-I/usr/include/" + platform.machine() + "-linux-gnu", source, "-o",
                        self.path("fill.bpf.o")], check=True)
        frame = ethernet(0x0800, ipv4([10, 0, 0, 2]))
        self.capture = self.file("in.pcap", pcap([(1, 0, frame)] * 3))
        self.fill()

    def fill(self):
        self.ok("filter", "--prog", "fill.bpf.o", self.capture, "--engine", "interp", "--pin", "pins")

    def map(self, *arguments):
        return self.ok("map", *arguments).out

    def test_queue(self):
        self.assertEqual(self.map("dump", "queue"), "1\n2\n3\n3 values\n")
        self.assertEqual(self.map("peek", "queue"), "1\n")
        self.assertEqual(self.map("pop", "queue"), "1\n")
        self.map("push", "queue", "70")
        self.map("push", "queue", "80")
        self.assertIn("the map is full", self.fails(FAILED, "map", "push", "queue", "90").err)
        self.map("push", "queue", "90", "--flags", "exist")
        self.assertEqual(self.ok("map", "dump", "queue", "-j").json,
                         [{"value": ["0x%02x" % n, "0x00", "0x00", "0x00"], "formatted": {"value": n}}
                          for n in (3, 70, 80, 90)])
        for _ in range(4):
            self.map("pop", "queue")
        self.assertIn("the map is empty", self.fails(FAILED, "map", "pop", "queue").err)
        self.assertIn("the map is empty", self.fails(FAILED, "map", "peek", "queue").err)
        self.assertIn("dump, watch, peek, push and pop",
                      self.fails(USAGE, "map", "get", "queue", "1").err)

    def test_stack(self):
        shown = ['{"number":%d,"name":"abc"}' % n for n in (3, 2, 1)]
        self.assertEqual(self.map("dump", "stack").splitlines(), shown + ["3 values"])
        self.assertEqual(self.map("pop", "stack"), shown[0] + "\n")
        self.map("push", "stack", '{"number": 9, "name": "z"}')
        self.assertEqual(self.ok("map", "peek", "stack", "-j").json["formatted"]["value"],
                         {"number": 9, "name": "z"})

    def test_ring_buffer(self):
        records = ["%02x000000" % n for n in (1, 2, 3)]
        for _ in range(2):  # looking takes nothing
            self.assertEqual(self.map("dump", "ring").splitlines(), records + ["3 records"])
        self.assertEqual(self.map("peek", "ring"), records[0] + "\n")
        self.assertEqual(self.map("pop", "ring"), records[0] + "\n")
        self.assertEqual(self.ok("map", "dump", "ring", "-j").json[0]["value"],
                         ["0x02", "0x00", "0x00", "0x00"])
        self.map("pop", "ring")
        self.map("pop", "ring")
        self.assertIn("the map is empty", self.fails(FAILED, "map", "pop", "ring").err)
        self.fails(USAGE, "map", "push", "ring", "1")

    def test_bloom_filter(self):
        self.assertEqual(self.map("peek", "bloom", "2"), "perhaps\n")
        no = self.weir("map", "peek", "bloom", "70000", "-j")
        self.assertEqual((no.code, no.json["present"]), (FAILED, "no"))
        self.map("push", "bloom", "70000")
        self.assertEqual(self.map("peek", "bloom", "70000"), "perhaps\n")
        self.assertIn("cannot say what it holds", self.fails(USAGE, "map", "dump", "bloom").err)
        self.fails(USAGE, "map", "pop", "bloom")

    def test_watch(self):
        for name, first in (("queue", ["is      %d" % n for n in (1, 2, 3)]),
                            ("ring", ["is      %02x000000" % n for n in (1, 2, 3)])):
            watching = self.start("map", "watch", name, "--interval", "50")
            self.addCleanup(watching.stdout.close)
            self.addCleanup(watching.stderr.close)
            self.addCleanup(watching.kill)
            self.assertEqual([watching.stdout.readline().rstrip() for _ in range(3)], first)
            if name == "queue":
                self.map("push", "queue", "44")
                wanted = "new     44"
            else:
                self.fill()
                wanted = "new     01000000"
            self.assertEqual(watching.stdout.readline().rstrip(), wanted)
            watching.terminate()
            self.assertEqual(watching.wait(timeout=60), 0)

    def test_read_only_files(self):
        path = self.path("pins/ring")
        os.chmod(path, 0o400)
        self.assertIn("3 records", self.map("dump", "ring"))


if __name__ == "__main__":
    main()
