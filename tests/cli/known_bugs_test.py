# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bugs of other engines that need bytes no assembler writes, large programs, or broken objects.

tests/filetests/known_bugs has those that are a program, each with its thread.
"""

import struct
import time

from harness import CommandTest, FAILED, OK, main

ANSWER = struct.pack("<BBhi", 0xb7, 0, 0, 42) + struct.pack("<BBhi", 0x95, 0, 0, 0)
PROGBITS, SYMTAB, STRTAB, REL = 1, 2, 3, 9
FUNC, OBJECT, GLOBAL = 2, 1, 0x10


def instruction(opcode, registers=0, offset=0, immediate=0):
    return struct.pack("<BBhi", opcode, registers, offset, immediate)


EXIT = instruction(0x95)


def symbol(name, kind, section, value, size):
    return struct.pack("<IBBHQQ", name, GLOBAL | kind, 0, section, value, size)


def elf(sections, header=None):
    """An object for BPF of (name, type, flags, link, info, entry size, bytes); the table of
    sections follows what they hold. `header` replaces fields of the file's header."""
    names = b"\0"
    places = []
    for name, *_ in sections + [(".shstrtab",)]:
        places.append(len(names))
        names += name.encode() + b"\0"
    sections = sections + [(".shstrtab", STRTAB, 0, 0, 0, 0, names)]
    body, table = b"", bytes(64)
    for place, (_, kind, flags, link, info, entry, content) in zip(places, sections):
        table += struct.pack("<IIQQQQIIQQ", place, kind, flags, 0, 64 + len(body), len(content),
                             link, info, 8, entry)
        body += content + bytes(-len(content) % 8)
    fields = {"shoff": 64 + len(body), "phoff": 0, "phnum": 0, "shnum": len(sections) + 1,
              "shstrndx": len(sections)}
    fields.update(header or {})
    return (b"\x7fELF\2\1\1" + bytes(9) +
            struct.pack("<HHIQQQIHHHHHH", 1, 247, 1, 0, fields["phoff"], fields["shoff"], 0, 64, 56,
                        fields["phnum"], 64, fields["shnum"], fields["shstrndx"]) + body + table)


# Sections of an object with a program: 1 the code, 2 names, 3 symbols.
def program(code=ANSWER, value=0, size=None, more=(), section=1, name="xdp"):
    strings = b"\0prog\0map\0"
    symbols = bytes(24) + symbol(1, FUNC, section, value, len(code) if size is None else size)
    for other in more:
        symbols += other
    return [(name, PROGBITS, 6, 0, 0, 0, code), (".strtab", STRTAB, 0, 0, 0, 0, strings),
            (".symtab", SYMTAB, 0, 2, 1, 24, symbols)]


class Encodings(CommandTest):
    def refused(self, code, *what):
        for engine in ("interp", "auto"):
            result = self.fails(FAILED, "run", "--hex", code.hex(), "--engine", engine)
            for text in what:
                self.assertIn(text, result.err)

    def test_opcode_255(self):
        """DPDK 28b2d3d112: the table of opcodes had 255 entries."""
        self.refused(instruction(0xff) + EXIT, "unknown opcode 0xff")

    def test_exchange_without_fetch(self):
        """uBPF thread 596: the interpreter let XCHG without the fetch bit leave the register,
        the JIT exchanged it."""
        for immediate in (0xe0, 0xf0):
            self.refused(instruction(0xdb, 0x21, 0, immediate) + EXIT, "insn-reserved-field")

    def test_wide_immediate_cut_in_half(self):
        """PREVAIL 2f26dc37, rbpf 174492f: a 64-bit immediate at the very end was read on past it."""
        self.refused(instruction(0x18), "insn-truncated")
        self.refused(ANSWER + instruction(0x18), "insn-truncated")

    def test_wide_immediate_with_a_second_half_of_something_else(self):
        """PREVAIL 2f26dc37: the second slot was not looked at."""
        self.refused(instruction(0x18) + EXIT, "second slot of a 64-bit immediate")

    def test_source_register_out_of_range(self):
        """solana rbpf 4261c25: the check of the source register looked at the other one."""
        for registers in (0xb0, 0xc0, 0xf0):
            self.refused(instruction(0xbf, registers) + EXIT, "insn-bad-register")

    def test_target_of_a_call_is_in_the_immediate(self):
        """solana rbpf 1988242: the verifier looked at the offset."""
        self.refused(instruction(0x85, 0x10, 0, 5) + EXIT, "call goes to slot 6")
        self.refused(instruction(0x85, 0x10, 1, 0) + EXIT, "offset field of CallLocal")

    def test_target_of_a_call_that_overflows(self):
        """rbpf thread 136: the sum of the position and the immediate wrapped."""
        for immediate in (2**31 - 1, -2**31):
            self.refused(instruction(0x85, 0x10, 0, immediate) + EXIT, "insn-bad-target")

    def test_division_by_a_register_with_an_immediate(self):
        """rbpf 58e50aa: whether a division is by a register was read off the immediate."""
        self.refused(instruction(0x3f, 0x12, 0, 5) + EXIT, "insn-reserved-field")

    def test_width_of_a_byte_swap(self):
        """solana rbpf thread 124: widths that there are not were compiled."""
        for width in (0, 8, 17, 128, -16):
            self.refused(instruction(0xdc, 0, 0, width) + EXIT, "insn-reserved-field")

    def test_jump_out_of_the_program(self):
        """uBPF 1fe33444, solana rbpf thread 124: targets of jumps were not checked."""
        for offset in (-32768, 32767, 1, -2):
            self.refused(instruction(0x05, 0, offset) + EXIT, "insn-bad-target")

    def test_empty_program(self):
        """rbpf b82d727: an empty program was told of in words that were wrong."""
        result = self.fails(FAILED, "run", self.file("empty.bin", b""))
        self.assertIn("the program has no instructions", result.err)

    def test_no_exit(self):
        """uBPF e935cd17: a program without an exit ran on past its end."""
        self.refused(ANSWER[:8], "can run past its last instruction")

    def test_disassembly_of_the_largest_offsets(self):
        """rbpf 48acd9f: the disassembler negated the smallest 16-bit number."""
        code = instruction(0x79, 0x10, -32768) + instruction(0x07, 0, 0, -2**31) + EXIT
        text = self.ok("disasm", "--hex", code.hex()).out
        self.assertIn("r0 = *(u64 *)(r1 - 32768)", text)
        self.assertIn("r0 += -2147483648", text)


class LargePrograms(CommandTest):
    def result(self, text, *arguments):
        path = self.file("large.s", text)
        found = set()
        for engine in ("interp", "aot"):
            found.add(self.ok("run", path, "--engine", engine, "--json", *arguments).json["r0"])
        self.assertEqual(len(found), 1)
        return found.pop()

    def test_many_branches_that_meet(self):
        """DPDK a258eebdfb: the validator walked every path, of which there are 2 to the 150th here."""
        text = "r0 = 0\n"
        for i in range(150):
            text += f"r3 = *(u8 *)(r1 + {i % 8})\nif r3 == {i} goto l{i}\nr0 += 1\nl{i}:\n"
        began = time.monotonic()
        self.assertEqual(self.result(text + "exit\n", "--mem-hex", "00" * 8), 149)
        self.assertLess(time.monotonic() - began, 60)

    def test_code_larger_than_a_page(self):
        """rbpf e312815: the JIT wrote past the one page that it had."""
        text = "r0 = *(u8 *)(r1 + 0)\n"
        value = 5
        for i in range(1200):
            text += f"r0 *= {i + 3}\nr0 ^= {i}\nif r0 == 1 goto end\n"
            value = (value * (i + 3) ^ i) % 2**64
        self.assertEqual(self.result(text + "end:\nexit\n", "--mem-hex", "05"), value)

    def test_jump_farther_than_16_bits(self):
        """solana rbpf 773bff1: positions above 32767 were cut."""
        text = ("r0 = 0\nr3 = *(u8 *)(r1 + 0)\nif r3 == 0 goto near\nr0 = 2\nexit\nnear:\ngotol far\n" +
                "r0 += 1\n" * 33000 + "far:\nr0 += 7\nexit\n")
        path = self.file("far.s", text)
        got = self.ok("run", path, "--mem-hex", "00", "--engine", "interp", "--json").json
        self.assertEqual(got["r0"], 7)

    def test_conditional_jump_of_the_largest_offset(self):
        """Linux, CVE-2018-25020: offsets of jumps overflowed where code between grew."""
        text = ("r3 = *(u8 *)(r1 + 0)\nr0 = 1\nif r3 == 0 goto far\n" +
                "r0 = 2\n" * 32766 + "exit\nfar:\nr0 += 7\nexit\n")
        path = self.file("far.s", text)
        for data, expected in (("00", 8), ("01", 2)):
            got = self.ok("run", path, "--mem-hex", data, "--engine", "interp", "--json").json
            self.assertEqual(got["r0"], expected)

    def test_jumps_of_every_short_length(self):
        """Linux, CVE-2021-29154: the displacement of a branch at the border of its short form."""
        text = "r6 = *(u8 *)(r1 + 0)\nr0 = 0\nr7 = 0x1111111122222222 ll\n"
        expected = 0
        for i in range(60):
            text += f"if r6 == {i} goto l{i}\n" + "r0 ^= r7\nr0 += 1\n" * i + f"l{i}:\nr0 += {i}\n"
            for _ in range(0 if i == 30 else i):
                expected = ((expected ^ 0x1111111122222222) + 1) % 2**64
            expected = (expected + i) % 2**64
        self.assertEqual(self.result(text + "exit\n", "--mem-hex", "1e"), expected)

    def test_deeply_nested_loops(self):
        """PREVAIL 4cf8c60a: loops in loops, walked by recursion, ended the process."""
        depth = 250
        text = "r0 = 0\n"
        for i in range(depth):
            text += f"l{i}:\n"
        for i in reversed(range(depth)):
            text += f"r0 += 1\nr3 = *(u8 *)(r1 + 0)\nif r3 == {i + 1} goto l{i}\n"
        self.assertEqual(self.result(text + "exit\n", "--mem-hex", "00"), depth)


class Objects(CommandTest):
    def refused(self, content, code="elf-"):
        path = self.file("broken.o", content)
        for command in (["verify"], ["run", "--engine", "interp"], ["objdump"]):
            result = self.weir(*command, path)
            self.assertEqual(result.code, FAILED, result.out)
            self.assertIn(code, result.err)

    def test_the_object_is_one_if_nothing_is_broken(self):
        path = self.file("good.o", elf(program()))
        self.assertEqual(self.ok("verify", path).code, OK)

    def test_table_of_sections_wraps(self):
        """uBPF 0afd6305: the place of a section's header was computed in 32 bits."""
        for offset in (2**64 - 64, 2**32 + 64, 2**63, 2**64 - 8):
            self.refused(elf(program(), {"shoff": offset}))

    def test_section_that_wraps(self):
        """solana rbpf 849c7c2: sums of offsets and sizes were not checked."""
        whole = bytearray(elf(program()))
        place = struct.unpack_from("<Q", whole, 40)[0] + 64 + 24
        for offset, size in ((2**64 - 8, 16), (64, 2**64 - 32), (2**63, 2**63)):
            struct.pack_into("<QQ", whole, place, offset, size)
            self.refused(bytes(whole))

    def test_function_that_is_not_aligned(self):
        """PREVAIL 1cc4ec5f: a function that starts inside an instruction."""
        self.refused(elf(program(ANSWER + ANSWER, value=4, size=16)))

    def test_function_larger_than_its_section(self):
        """PREVAIL 8f37018c: the size of a symbol reached past the section."""
        for size in (24, 2**32, 2**64 - 8):
            self.refused(elf(program(size=size)))
        self.refused(elf(program(value=2**64 - 8, size=16)))

    def test_function_in_a_section_that_there_is_not(self):
        """PREVAIL 71c63509: an index out of range."""
        self.refused(elf(program(section=77)))

    def test_code_that_is_no_multiple_of_an_instruction(self):
        """PREVAIL 0ff1b15e: found by fuzzing."""
        self.refused(elf(program(ANSWER + b"\x95", size=17)))

    def relocated(self, *relocations, more=()):
        code = instruction(0x18, 0x10) + instruction(0) + ANSWER
        return elf(program(code, more=more) +
                   [(".relxdp", REL, 0, 3, 1, 16, b"".join(relocations))])

    def test_relocation_past_the_end(self):
        """PREVAIL 22625ba3, uBPF 188b6651: relocations of places that there are not."""
        for offset in (32, 24, 4, 2**64 - 8, 2**64 - 16):
            self.refused(self.relocated(struct.pack("<QQ", offset, 1 << 32 | 1)))

    def test_relocation_by_a_symbol_that_there_is_not(self):
        """PREVAIL 22625ba3: symbols out of range."""
        self.refused(self.relocated(struct.pack("<QQ", 0, 77 << 32 | 1)))

    def test_relocations_cut_off(self):
        """PREVAIL 22625ba3: a table that is no multiple of an entry."""
        self.refused(self.relocated(struct.pack("<Q", 0)))

    def test_two_functions_of_one_name(self):
        """PREVAIL bdb509ab: a relocation of the larger of two functions of one name was carried out in
        the smaller one."""
        long = ANSWER[:8] * 5 + instruction(0x85, 0x10, 0, -1) + EXIT
        strings = b"\0same\0callee\0"
        symbols = (bytes(24) + symbol(1, FUNC, 1, 0, 16) + symbol(1, FUNC, 2, 0, len(long)) +
                   symbol(6, FUNC, 3, 0, 16))
        content = elf([("xdp", PROGBITS, 6, 0, 0, 0, ANSWER),
                       ("tc", PROGBITS, 6, 0, 0, 0, long),
                       (".text", PROGBITS, 6, 0, 0, 0, ANSWER),
                       (".strtab", STRTAB, 0, 0, 0, 0, strings),
                       (".symtab", SYMTAB, 0, 4, 1, 24, symbols),
                       (".reltc", REL, 0, 5, 2, 16, struct.pack("<QQ", 40, 3 << 32 | 10))])
        path = self.file("same.o", content)
        for section, expected in (("xdp", 42), ("tc", 42)):
            got = self.ok("run", path, "--section", section, "--engine", "interp", "--json",
                          "--mem-hex", "00" * 14)
            self.assertEqual(got.json["r0"], expected)

    def test_maps_that_are_cut_off(self):
        """PREVAIL 4790e819: a section of maps that is no multiple of one, read past its end."""
        more = [symbol(6, OBJECT, 4, 0, 20)]
        for size in (1, 19):
            self.refused(elf(program(more=more) + [("maps", PROGBITS, 3, 0, 0, 0, bytes(size))]),
                         f"does not fit into the section of {size} bytes")

    def test_program_headers_out_of_the_file(self):
        """solana rbpf 2b702ad: program headers overflowed in the reader; an object needs none."""
        path = self.file("headers.o", elf(program(), {"phoff": 2**64 - 8, "phnum": 0xffff}))
        self.assertIn("2 instructions", self.ok("verify", path).out)


if __name__ == "__main__":
    main()
