# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Packets for the corpus: every header with right and wrong contents, cut at every boundary.

generate(seed) gives the same list of (name, bytes) for the same seed on every machine.
"""

import random
import struct

IPV4, IPV6, ARP, VLAN, QINQ = 0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58


def checksum(data, start=0):
    if len(data) % 2:
        data += b"\0"
    total = start + sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def address(last, network=(10, 0, 0)):
    return bytes((*network, last))


def address6(last, network=0xfd00):
    return struct.pack(">HHIII", network, 0, 0, 0, last)


def ethernet(kind, payload, source=1, destination=2):
    return bytes([2, 0, 0, 0, 0, destination]) + bytes([2, 0, 0, 0, 0, source]) + \
        struct.pack(">H", kind) + payload


def vlan(number, kind, payload, priority=0):
    return struct.pack(">HH", priority << 13 | number, kind) + payload


def ipv4(protocol, payload, source=address(1), destination=address(2), ttl=64, tos=0, number=7,
         fragment=0, options=b""):
    length = 20 + len(options)
    header = struct.pack(">BBHHHBBH4s4s", 0x40 | length // 4, tos, length + len(payload) & 0xffff,
                         number, fragment, ttl, protocol, 0, source, destination) + options
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def ipv6(following, payload, source=address6(1), destination=address6(2), hops=64, kind=0):
    return struct.pack(">IHBB", 6 << 28 | kind << 20, len(payload) & 0xffff, following, hops) + \
        source + destination + payload


def pseudo(source, destination, protocol, length):
    data = source + destination + struct.pack(">HH", protocol, length & 0xffff)
    return ~checksum(data) & 0xffff


def udp(payload, sport=10000, dport=53, source=address(1), destination=address(2)):
    header = struct.pack(">HHHH", sport, dport, 8 + len(payload) & 0xffff, 0)
    total = checksum(header + payload, pseudo(source, destination, UDP, 8 + len(payload))) or 0xffff
    return header[:6] + struct.pack(">H", total) + payload


def tcp(payload=b"", sport=10000, dport=80, flags=2, sequence=1, acknowledged=0, options=b"",
        source=address(1), destination=address(2)):
    header = struct.pack(">HHIIBBHHH", sport, dport, sequence, acknowledged,
                         5 + len(options) // 4 << 4, flags, 65535, 0, 0) + options
    total = checksum(header + payload, pseudo(source, destination, TCP, len(header + payload)))
    return header[:16] + struct.pack(">H", total) + header[18:] + payload


def icmp(kind=8, payload=b"ping", code=0):
    header = struct.pack(">BBHHH", kind, code, 0, 1, 1)
    return header[:2] + struct.pack(">H", checksum(header + payload)) + header[4:] + payload


def dns(name, flags=0x0100, kind=1):
    labels = b"".join(bytes([len(part)]) + part for part in name.encode().split(b".")) + b"\0"
    return struct.pack(">HHHHHH", 0x1234, flags, 1, 0, 0, 0) + labels + struct.pack(">HH", kind, 1)


MSS = bytes([2, 4, 5, 180])
SYN_OPTIONS = MSS + bytes([4, 2, 8, 10]) + bytes(8) + bytes([1, 3, 3, 7])


def flows(choose):
    """TCP and UDP between few addresses, so that tables fill, hit and run over."""
    for number in range(48):
        source = address(choose.randrange(1, 6), choose.choice([(10, 0, 0), (192, 168, 1)]))
        destination = address(choose.randrange(1, 4))
        if source > destination and choose.random() < 0.3:
            source, destination = destination, source
        sport, dport = choose.choice([1000, 2000, 10000]), choose.choice([22, 53, 80, 443, 5001, 20000])
        tos = choose.choice([0, 0, 0x28, 0xb8])
        if choose.random() < 0.6:
            flags = choose.choice([2, 2, 0x12, 0x10, 0x18, 0x11, 4, 0, 0x29, 3])
            inner = tcp(choose.randbytes(choose.choice([0, 5, 40])), sport, dport, flags,
                        choose.randrange(1 << 32), choose.randrange(1 << 32), source=source,
                        destination=destination)
            yield "flow tcp", ethernet(IPV4, ipv4(TCP, inner, source, destination, tos=tos))
        else:
            inner = udp(choose.randbytes(choose.choice([1, 12, 33, 300])), sport, dport, source,
                        destination)
            yield "flow udp", ethernet(IPV4, ipv4(UDP, inner, source, destination, tos=tos,
                                                  ttl=choose.choice([1, 2, 64])))


def applications():
    for method in (b"GET / HTTP/1.1\r\n", b"POST /x", b"HEAD", b"PUT ", b"HTTP/1.1 200", b"\x16\x03"):
        yield "http", ethernet(IPV4, ipv4(TCP, tcp(method, flags=0x18)))
    yield "evolve", ethernet(IPV4, ipv4(UDP, udp(b"x" * 30 + b"love" + b"evol")))
    for name in ("www.example.org", "WWW.example.ORG", "a.b", "x" * 63 + ".example", "."):
        yield "dns", ethernet(IPV4, ipv4(UDP, udp(dns(name))))
    yield "dns answer", ethernet(IPV4, ipv4(UDP, udp(dns("a.b", 0x8180))))
    yield "dns padded", ethernet(IPV4, ipv4(UDP, udp(dns("pad.example") + bytes(40))))
    yield "dns aaaa", ethernet(IPV4, ipv4(UDP, udp(dns("a.example", kind=28))))
    for version in (1, 0x6b3343cf, 0):
        yield "quic", ethernet(IPV4, ipv4(UDP, udp(struct.pack(">BI", 0xc3, version) + bytes(40),
                                                   dport=443)))
    yield "gtp", ethernet(IPV4, ipv4(UDP, udp(struct.pack(">BBHI", 0x32, 255, 8, 99) + bytes(20),
                                             dport=2152)))


def tcp_options():
    for options in (SYN_OPTIONS, bytes([1, 1, 1, 1]) + MSS, bytes([5, 1, 0, 0]), bytes([0] * 4),
                    bytes([2, 4, 1, 0]), bytes([1] * 36) + MSS, bytes([30, 4, 0, 0]) * 10):
        yield "tcp options", ethernet(IPV4, ipv4(TCP, tcp(options=options)))


def odd_ipv4():
    yield "options", ethernet(IPV4, ipv4(UDP, udp(b"opts"), options=bytes([7, 7, 4]) + bytes(5)))
    yield "most options", ethernet(IPV4, ipv4(TCP, tcp(), options=bytes([1] * 40)))
    good = ipv4(UDP, udp(b"bad"))
    yield "wrong checksum", ethernet(IPV4, good[:10] + b"\1\2" + good[12:])
    yield "header length 0", ethernet(IPV4, b"\x40" + good[1:])
    yield "version 6", ethernet(IPV4, b"\x65" + good[1:])
    yield "udp checksum 0", ethernet(IPV4, ipv4(UDP, udp(b"none")[:6] + b"\0\0none"))
    yield "udp checksum wrong", ethernet(IPV4, ipv4(UDP, udp(b"none")[:6] + b"\1\2none"))
    yield "udp odd length", ethernet(IPV4, ipv4(UDP, udp(b"odd", dport=123)))
    big = udp(bytes(range(200)), 700, 800)
    for start, more in ((0, 1), (8, 1), (16, 0)):
        yield "fragment", ethernet(IPV4, ipv4(UDP, big[start * 8:start * 8 + 64], number=500,
                                              fragment=more << 13 | start))
    yield "late fragment", ethernet(IPV4, ipv4(UDP, big[64:], number=501, fragment=8))
    yield "short first fragment", ethernet(IPV4, ipv4(UDP, big[:2], number=502, fragment=1 << 13))
    yield "ipip", ethernet(IPV4, ipv4(4, ipv4(UDP, udp(b"inner"))))
    yield "gre", ethernet(IPV4, ipv4(47, bytes(4) + ipv4(UDP, udp(b"inner"))))
    for kind in (0, 8, 3, 11):
        yield "icmp", ethernet(IPV4, ipv4(ICMP, icmp(kind)))
    yield "broadcast", b"\xff" * 6 + ethernet(IPV4, good)[6:]
    yield "multicast", b"\1\0\x5e\0\0\1" + ethernet(IPV4, good)[6:]
    yield "zero addresses", bytes(12) + ethernet(IPV4, good)[12:]


def odd_ipv6():
    for kind, hops in ((128, 64), (129, 64), (133, 255), (135, 255), (135, 64), (1, 64)):
        yield "icmpv6", ethernet(IPV6, ipv6(ICMPV6, icmp(kind), hops=hops))
    yield "tcp", ethernet(IPV6, ipv6(TCP, tcp(b"six"), kind=0xb8))
    yield "udp", ethernet(IPV6, ipv6(UDP, udp(b"six"), address6(9, 0x2001), hops=1))
    hop = bytes([UDP, 0]) + bytes(6)
    yield "hop by hop", ethernet(IPV6, ipv6(0, hop + udp(b"x")))
    yield "fragment", ethernet(IPV6, ipv6(44, bytes([UDP, 0, 0, 1, 0, 0, 0, 9]) + udp(b"x")))
    chain = bytes([60, 0] + [0] * 6) + bytes([43, 0] + [0] * 6) + bytes([UDP, 1] + [0] * 14)
    yield "chain", ethernet(IPV6, ipv6(0, chain + udp(b"x")))
    yield "too long a chain", ethernet(IPV6, ipv6(0, bytes([0, 0] + [0] * 6) * 9))
    yield "nothing follows", ethernet(IPV6, ipv6(59, b"\0"))
    yield "to the first", ethernet(IPV6, ipv6(UDP, udp(b"y"), address6(2), address6(1)))


def tagged():
    inner = ipv4(UDP, udp(b"tagged"))
    for number, priority in ((5, 0), (5, 7), (100, 3), (4095, 0)):
        yield "vlan", ethernet(VLAN, vlan(number, IPV4, inner, priority))
    yield "vlan ipv6", ethernet(VLAN, vlan(7, IPV6, ipv6(TCP, tcp())))
    yield "qinq", ethernet(QINQ, vlan(200, VLAN, vlan(5, IPV4, inner)))
    yield "qinq 8100", ethernet(VLAN, vlan(200, VLAN, vlan(5, IPV4, inner)))
    yield "three tags", ethernet(QINQ, vlan(1, VLAN, vlan(2, VLAN, vlan(3, IPV4, inner))))


def others():
    request = struct.pack(">HHBBH", 1, IPV4, 6, 4, 1) + bytes([2, 0, 0, 0, 0, 1]) + address(1) + \
        bytes(6)
    yield "arp", ethernet(ARP, request + address(2) + bytes(18))
    yield "arp to zero", ethernet(ARP, request + bytes(4))
    yield "arp reply", ethernet(ARP, request[:7] + b"\2" + request[8:] + address(2))
    yield "lldp", ethernet(0x88cc, bytes(46))
    yield "length field", ethernet(46, bytes(46))
    yield "mpls", ethernet(0x8847, struct.pack(">I", 16 << 12 | 1 << 8 | 64) + ipv4(UDP, udp(b"m")))


def truncated():
    """Cut at every boundary of a header, and a byte before and after it."""
    whole = {
        "tcp": (ethernet(VLAN, vlan(5, IPV4, ipv4(TCP, tcp(b"data", options=SYN_OPTIONS)))),
                (14, 18, 38, 42, 58, 78)),
        "udp": (ethernet(IPV4, ipv4(UDP, udp(dns("cut.example")))), (14, 34, 38, 42, 54)),
        "v6": (ethernet(IPV6, ipv6(0, bytes([UDP, 0] + [0] * 6) + udp(b"data"))), (14, 54, 62, 70)),
        "qinq": (ethernet(QINQ, vlan(1, VLAN, vlan(2, IPV4, ipv4(ICMP, icmp())))), (14, 18, 22, 42)),
        "arp": (ethernet(ARP, bytes(28)), (14, 22, 41)),
    }
    for name, (packet, ends) in whole.items():
        for end in ends:
            for length in (end - 1, end, end + 1):
                if length <= len(packet):
                    yield "cut %s at %d" % (name, length), packet[:length]
    yield "empty", b""
    yield "one byte", b"\2"


def sizes(choose):
    for size in (60, 64, 65, 127, 128, 255, 256, 590, 1024, 1280, 1500, 1514, 1515, 2000, 3000, 3519,
                 3520, 3521, 3700, 3712, 3713, 4096, 9000):
        body = choose.randbytes(size - 42)
        yield "size %d" % size, ethernet(IPV4, ipv4(UDP, udp(body, 4000, 20000)))


def generate(seed=1, long_ones=True):
    choose = random.Random(seed)
    packets = [*flows(choose), *applications(), *tcp_options(), *odd_ipv4(), *odd_ipv6(), *tagged(),
               *others(), *truncated(), *sizes(choose)]
    # What a bit in a header does.
    for _ in range(24):
        name, packet = choose.choice(packets)
        if len(packet) < 15:
            continue
        changed = bytearray(packet)
        at = choose.randrange(12, min(len(packet), 60))
        changed[at] ^= 1 << choose.randrange(8)
        packets.append((name + ", byte %d changed" % at, bytes(changed)))
    choose.shuffle(packets)
    return [p for p in packets if long_ones or len(p[1]) <= 3520]
