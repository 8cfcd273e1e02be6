# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir filter on captures of every kind: link types, formats, lengths, damage.

The programs are a few lines of text and run in the interpreter, so these tests need neither clang
nor LLVM.
"""

import os
import struct

from harness import (CAPTURE, ETHERNET, IEEE802_11, LINUX_SLL, LINUX_SLL2, LOOP, NULL, RAW,
                     CommandTest, FAILED, OK, ethernet, ipv4, main, pcap, pcapng, read_pcap)

PASS = "r0 = 0\nexit\n"
# Drops a packet unless it starts with the IPv4 or IPv6 version and has the length in the program.
LENGTH_IS = "r0 = 1\nif r2 != {} goto out\nr3 = *(u8 *)(r1 + 0)\nr3 >>= 4\n" \
            "if r3 == 4 goto good\nif r3 != 6 goto out\ngood:\nr0 = 0\nout:\nexit\n"
IP4 = ipv4([1, 1, 1, 1])
IP6 = struct.pack(">IHBB", 6 << 28, 8, 17, 64) + bytes(32) + b"payload!"
VLAN = {tag: struct.pack(">HH", 5, 0x0800) for tag in (0x8100, 0x88a8, 0x9100)}


class CaptureTest(CommandTest):
    def filter(self, program, capture, *options):
        path = self.file("program.s", program)
        return self.weir("filter", "--prog", path, "--engine", "interp", "--json", *options,
                         self.file("in.pcap", capture) if isinstance(capture, bytes) else capture)

    def test_ip_is_found_behind_every_link_header(self):
        tagged = ethernet(0x8100, struct.pack(">HH", 1, 0x88a8) + struct.pack(">HH", 2, 0x0800) +
                          IP4)
        cases = [
            (ETHERNET, ethernet(0x0800, IP4), len(IP4)),
            (ETHERNET, ethernet(0x86dd, IP6), len(IP6)),
            (ETHERNET, tagged, len(IP4)),
            (RAW, IP4, len(IP4)), (RAW, IP6, len(IP6)),
            (228, IP4, len(IP4)), (229, IP6, len(IP6)),
            (NULL, struct.pack("<I", 2) + IP4, len(IP4)),
            (NULL, struct.pack(">I", 2) + IP4, len(IP4)),
            (NULL, struct.pack("<I", 30) + IP6, len(IP6)),
            (LOOP, struct.pack(">I", 2) + IP4, len(IP4)),
            (LOOP, struct.pack(">I", 24) + IP6, len(IP6)),
            (LINUX_SLL, bytes(14) + b"\x08\x00" + IP4, len(IP4)),
            (LINUX_SLL, bytes(14) + b"\x81\x00" + VLAN[0x8100] + IP4, len(IP4)),
            (LINUX_SLL2, b"\x86\xdd" + bytes(18) + IP6, len(IP6)),
        ] + [(ETHERNET, ethernet(tag, header + IP4), len(IP4)) for tag, header in VLAN.items()]
        for link_type, frame, length in cases:
            result = self.filter(LENGTH_IS.format(length), pcap([(1, 2, frame)], link_type),
                                 "--at", "ip")
            self.assertEqual(result.code, OK, result.err)
            self.assertEqual((result.json["passed"], result.json["not_ip"]), (1, 0),
                             (link_type, frame))

    def test_what_carries_no_ip(self):
        frames = [(ETHERNET, ethernet(0x0806, bytes(28))), (ETHERNET, bytes(13)), (ETHERNET, b""),
                  (ETHERNET, ethernet(0x0800, b"")), (ETHERNET, ethernet(0x8100, b"\0\1\x08")),
                  (RAW, b"\x50"), (RAW, b""), (NULL, struct.pack("<I", 7) + IP4), (NULL, b"\2\0"),
                  (LOOP, struct.pack("<I", 2) + IP4), (LINUX_SLL, bytes(16) + IP4),
                  (LINUX_SLL2, bytes(19))]
        for link_type, frame in frames:
            for on_error, passed in (("pass", 1), ("drop", 0)):
                result = self.filter(PASS, pcap([(1, 2, frame)], link_type), "--at", "ip",
                                     "--on-error", on_error)
                self.assertEqual((result.json["not_ip"], result.json["passed"],
                                  result.json["runs"]), (1, passed, 0), (link_type, frame))

    def test_padding_is_not_the_packet(self):
        cases = [(ipv4([1, 1, 1, 1], b"abc"), b"\0" * 23, 23),         # Ethernet padding
                 (ipv4([1, 1, 1, 1], b"abc", 0), b"", 23),              # left to the network card
                 (ipv4([1, 1, 1, 1], b"abc", 9000), b"", 23),           # cut by the capture
                 (ipv4([1, 1, 1, 1], b"abc", 19), b"", 23),             # nonsense
                 (b"\x45", b"", 1),                                     # hardly there
                 (IP6, b"\0" * 10, 48),
                 (struct.pack(">IHBB", 6 << 28, 0, 17, 64) + bytes(32) + b"abc", b"", 43),
                 (struct.pack(">IHBB", 6 << 28, 0, 59, 64) + bytes(32), b"\0" * 6, 40)]
        for packet, padding, length in cases:
            kind = 0x0800 if packet[0] >> 4 == 4 else 0x86dd
            capture = pcap([(1, 2, ethernet(kind, packet + padding))])
            result = self.filter(LENGTH_IS.format(length), capture, "--at", "ip")
            self.assertEqual(result.json["passed"], 1, (packet, padding))

    def test_frames_are_given_whole(self):
        frame = ethernet(0x0800, IP4 + bytes(30))
        result = self.filter(f"r0 = 0\nif r2 == {len(frame)} goto +1\nr0 = 1\nexit\n",
                             pcap([(1, 2, frame)]))
        self.assertEqual((result.json["at"], result.json["passed"]), ("frame", 1))

    def test_other_link_types_are_named(self):
        result = self.filter(PASS, pcap([], IEEE802_11), "--at", "ip")
        self.assertEqual(result.code, FAILED)
        self.assertEqual(result.err,
                         f"error: {self.path('in.pcap')}: the capture has 802.11 (IEEE802_11), in "
                         "which weir does not look for IP packets [program-unsupported]\n"
                         "hint: known are Ethernet, raw IP, Linux cooked v1 and v2, BSD loopback "
                         "and OpenBSD loopback\n")
        result = self.filter(PASS, pcap([], RAW), "--at", "frame")
        self.assertEqual(result.code, FAILED)
        self.assertIn("--at frame needs Ethernet frames, but the capture has Raw IP (RAW)",
                      result.err)

    def test_empty_capture(self):
        result = self.filter(PASS, pcap([]), "-o", self.path("out.pcap"))
        self.assertEqual((result.code, result.json["packets"], result.json["ns_per_packet"]),
                         (OK, 0, 0))
        self.assertEqual(read_pcap(self.path("out.pcap"))[1:], (ETHERNET, []))

    def test_microseconds_stay_microseconds(self):
        packets = [(1, 999999, b"one" * 9), (2, 1, b"two" * 9)]
        self.filter(PASS, pcap(packets), "-o", self.path("out.pcap"))
        magic, _, written = read_pcap(self.path("out.pcap"))
        self.assertEqual((magic, [p[:3] for p in written]), (0xa1b2c3d4, packets))

    def test_nanoseconds_are_kept(self):
        packets = [(1, 999999999, b"one" * 9), (2, 1, b"two" * 9)]
        for capture in (pcap(packets, nanoseconds=True), pcapng(packets)):
            result = self.filter(PASS, capture, "-o", self.path("out.pcap"))
            self.assertEqual(result.code, OK, result.err)
            magic, _, written = read_pcap(self.path("out.pcap"))
            self.assertEqual((magic, [p[:3] for p in written]), (0xa1b23c4d, packets))

    def test_original_length_is_kept(self):
        self.filter(PASS, pcap([(1, 2, b"short" * 9, 1500)]), "-o", self.path("out.pcap"))
        self.assertEqual(read_pcap(self.path("out.pcap"))[2], [(1, 2, b"short" * 9, 1500)])

    def test_many_packets_fill_many_batches(self):
        packets = [(i, i, bytes([i & 255]) * (1 + i % 1500)) for i in range(3000)]
        program = "r0 = *(u8 *)(r1 + 0)\nr0 &= 1\nexit\n"
        result = self.filter(program, pcap(packets), "-o", self.path("out.pcap"))
        self.assertEqual((result.json["passed"], result.json["dropped"]), (1500, 1500))
        self.assertEqual([p[:3] for p in read_pcap(self.path("out.pcap"))[2]],
                         [p for p in packets if p[2][0] % 2 == 0])

    def test_cut_capture_is_processed_as_far_as_it_goes(self):
        whole = pcap([(i, 0, bytes(100)) for i in range(5)])
        for cut in (1, 50, 100, 115):
            result = self.filter(PASS, whole[:-cut], "-o", self.path("out.pcap"))
            self.assertEqual(result.code, FAILED)
            self.assertEqual((result.json["packets"], result.json["error"]["code"]),
                             (4, "capture-malformed"))
            self.assertRegex(result.err, r"truncated dump file.*\[capture-malformed\]\n"
                                         r"hint: the 4 packets before that were processed\n")
            self.assertEqual(len(read_pcap(self.path("out.pcap"))[2]), 4)

    def test_what_is_no_capture(self):
        for content in (b"", b"\xd4\xc3\xb2\xa1", b"hello, world" * 9, bytes(100),
                        pcap([])[:20]):
            result = self.filter(PASS, content, "-o", self.path("out.pcap"))
            self.assertEqual((result.code, result.json["error"]["code"]),
                             (FAILED, "capture-malformed"), content)
            self.assertFalse(os.path.exists(self.path("out.pcap")))

    def test_folder_is_no_capture(self):
        result = self.filter(PASS, self.folder)
        self.assertEqual((result.code, result.json["error"]["code"]), (FAILED, "io"))

    def test_standard_input(self):
        with open(CAPTURE, "rb") as file:
            data = file.read()
        path = self.file("program.s", PASS)
        result = self.weir("filter", "--prog", path, "-", "--engine", "interp", "--json",
                           stdin=data, text=False)
        self.assertEqual(result.code, OK, result.err)
        self.assertEqual(result.json["packets"], 541)

    def test_output_replaces_a_file_whole_or_not_at_all(self):
        out = self.file("out.pcap", "precious")
        result = self.filter(PASS, b"no capture", "-o", out)
        self.assertEqual(result.code, FAILED)
        with open(out) as file:
            self.assertEqual(file.read(), "precious")
        self.filter(PASS, pcap([(1, 2, b"x" * 20)]), "-o", out)
        self.assertEqual(len(read_pcap(out)[2]), 1)
        self.assertEqual([n for n in os.listdir(self.folder) if "tmp" in n], [])

    def test_output_may_be_the_input(self):
        capture = self.file("in.pcap", pcap([(1, 2, b"x" * 20), (2, 3, b"y" * 20)]))
        program = "r0 = *(u8 *)(r1 + 0)\nr0 -= 120\nexit\n"
        result = self.filter(program, capture, "-o", capture)
        self.assertEqual((result.code, result.json["passed"]), (OK, 1))
        self.assertEqual(read_pcap(capture)[2][0][2], b"x" * 20)

    def test_output_follows_links_and_keeps_modes(self):
        target = self.file("target.pcap", "old")
        os.chmod(target, 0o640)
        os.symlink("target.pcap", self.path("link.pcap"))
        self.filter(PASS, pcap([(1, 2, b"x" * 20)]), "-o", self.path("link.pcap"))
        self.assertTrue(os.path.islink(self.path("link.pcap")))
        self.assertEqual(len(read_pcap(target)[2]), 1)
        self.assertEqual(os.stat(target).st_mode & 0o777, 0o640)

    def test_output_that_cannot_be_written(self):
        capture = pcap([(1, 2, b"x" * 20)])
        for out, code in ((self.path("no/such/folder.pcap"), "io"), ("/dev/full", "io"),
                          (self.folder, "io")):
            result = self.filter(PASS, capture, "-o", out)
            self.assertEqual((result.code, result.json["error"]["code"]), (FAILED, code), out)


if __name__ == "__main__":
    main()
