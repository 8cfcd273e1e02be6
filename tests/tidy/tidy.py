#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rules of the house as tests: tidy.py RULE|self-test|all SOURCE_DIR

A rule looks at the text of the tree and gives (place, what is wrong). What it is good for and what to do
instead stand beside it, and are printed with every finding.
"""

import fnmatch
import os
import re
import sys
import tempfile

PRODUCT = ("frontend", "lifter", "codegen", "runtime", "cache")
TOP = PRODUCT + ("measure", "tools", "tests", "bench")
CODE = (".h", ".cpp", ".c", ".def", ".in")
TEXT = CODE + (".s", ".py", ".sh", ".cmake", "CMakeLists.txt", ".js", ".css", ".html")

# Longer than 800 lines, and why that is right.
LONG_FILES = {
    f"tests/filetests/escape/{topic}.s": "a list of short programs on one topic"
    for topic in ("helper_arguments", "offsets", "region_ends", "stale_packets", "types_at_joins")
}
LINES = 800

# Headers that may include LLVM's: internal to one library, included by its sources only.
LLVM_HEADERS = ("lifter/*_lifter.h", "lifter/debug_info.h", "codegen/emit_object.h",
                "codegen/llvm_error.h", "codegen/rebuild_switch.h", "codegen/version_loops.h")

# Who lets libbpf load objects into the kernel: what weir is compared with reads files by itself.
LIBBPF_LOADERS = ("bench/contenders/kernel_jit.cpp", "tools/compare/build_kernel.cpp", "bench/map_memory.cpp", "bench/maps/kernel.cpp",
                  "tools/testing/kernel_load.cpp", "tools/testing/run_kernel.cpp")

# Places where a fixed folder of the machine is meant.
PATH_EXCEPTIONS = {
    "tests/tidy/tidy.py": "names what it forbids",
}


class Tree:
    """The files of the source tree, as paths relative to it."""

    def __init__(self, root):
        self.root = root
        self.texts = {}

    def files(self, folders=TOP, suffixes=TEXT):
        for folder in folders:
            for where, names, files in os.walk(os.path.join(self.root, folder)):
                names[:] = sorted(n for n in names if not n.startswith(".") and n != "__pycache__")
                for name in sorted(files):
                    if name.endswith(tuple(suffixes)):
                        yield os.path.relpath(os.path.join(where, name), self.root)

    def text(self, path):
        if path not in self.texts:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self.texts[path] = file.read()
        return self.texts[path]

    def includes(self, folders, suffixes=CODE):
        """(place, header as written, True if in angle brackets)"""
        for path in self.files(folders, suffixes):
            for number, line in enumerate(self.text(path).splitlines(), 1):
                match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
                if match:
                    yield path, number, match[2], match[1] == "<"


TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'", re.S)


def code_only(text):
    """The text with comments and literals blanked; lines stay where they are."""
    return TOKENS.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def at(path, number):
    return f"{path}:{number}"


RULES = {}


def rule(name, why, fix):
    def keep(function):
        RULES[name] = (function, why, fix)
        return function

    return keep


@rule("llvm-stays-out",
      "a host links libweir without LLVM, and a cache hit needs none",
      "move what needs LLVM to lifter/ or codegen/")
def llvm_stays_out(tree):
    for path, number, header, _ in tree.includes(("frontend", "runtime", "cache")):
        if re.match(r"(llvm|llvm-c|clang)/", header):
            yield at(path, number), f"includes <{header}>"


@rule("libelf-stays-in",
      "one reader of untrusted ELF files, one place to check",
      "ask frontend/object for what you need")
def libelf_stays_in(tree):
    for path, number, header, _ in tree.includes(PRODUCT + ("measure", "tools", "bench")):
        if re.match(r"(libelf\.h|gelf\.h|elfutils/|libelf/|bpf/(?!bpf_helpers\.h))", header):
            if not path.startswith("frontend/object/") and not path.endswith(".bpf.c") and \
                    path not in LIBBPF_LOADERS:
                yield at(path, number), f"includes <{header}>"


def own(header, angled):
    return not angled and header.split("/")[0] in TOP


@rule("cache-stands-alone",
      "the cache takes bytes and gives bytes and knows nothing of BPF",
      "hand it bytes, or move the code to whoever calls it")
def cache_stands_alone(tree):
    for path, number, header, angled in tree.includes(("cache",)):
        if own(header, angled) and not header.startswith(("cache/", "frontend/support/")):
            yield at(path, number), f'includes "{header}"'


@rule("frontend-looks-down",
      "the frontend is used by everything and must not use what uses it",
      "what both need belongs to runtime/abi, the contract")
def frontend_looks_down(tree):
    for path, number, header, angled in tree.includes(("frontend",)):
        if own(header, angled) and not header.startswith(("frontend/", "runtime/abi/")):
            yield at(path, number), f'includes "{header}"'


@rule("runtime-without-compiler",
      "the runtime is linked where no compiler is",
      "what both need belongs to runtime/abi; a compiler is reached through codegen's plugin interface")
def runtime_without_compiler(tree):
    for path, number, header, angled in tree.includes(("runtime",)):
        if own(header, angled) and header.startswith(("lifter/", "codegen/")):
            yield at(path, number), f'includes "{header}"'


@rule("compiler-without-runtime",
      "compiler and runtime agree on runtime/abi and on nothing else",
      "put what both need into runtime/abi")
def compiler_without_runtime(tree):
    for path, number, header, angled in tree.includes(("lifter", "codegen")):
        if own(header, angled) and header.startswith("runtime/") and \
                not header.startswith("runtime/abi/"):
            yield at(path, number), f'includes "{header}"'


@rule("product-without-tests",
      "the libraries are built without tests, tools and benchmarks",
      "move the shared part into a library")
def product_without_tests(tree):
    for path, number, header, angled in tree.includes(PRODUCT):
        if own(header, angled) and header.startswith(("tests/", "tools/", "bench/", "measure/")):
            yield at(path, number), f'includes "{header}"'


@rule("llvm-in-sources-only",
      "LLVM's headers cost seconds in every file that gets them",
      "forward-declare in the header, include in the source")
def llvm_in_sources_only(tree):
    for path, number, header, _ in tree.includes(TOP, (".h",)):
        if re.match(r"(llvm|llvm-c|clang)/", header) and \
                not any(fnmatch.fnmatch(path, allowed) for allowed in LLVM_HEADERS):
            yield at(path, number), f"is a header and includes <{header}>"


BANNED = re.compile(
    r"(?<![\w.>])(?:std::)?(printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror"
    r"|exit|_exit|quick_exit|abort|terminate|assert)\s*\("
    r"|\b(?:std::)?(cout|cerr|clog)\b|\b(throw)\b(?!\s*\(\s*\)\s*;)")


@rule("quiet-libraries",
      "a library prints nothing and never ends its host; errors are values",
      "return an Error; print in tools/")
def quiet_libraries(tree):
    for path in tree.files(PRODUCT, (".h", ".cpp", ".c")):
        for number, line in enumerate(code_only(tree.text(path)).splitlines(), 1):
            for match in BANNED.finditer(line):
                yield at(path, number), f"uses {match[1] or match[2] or match[3]}"


@rule("licence-line",
      "every file says under which licence it is, also when it travels alone",
      "put 'SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception' in a comment at the top")
def licence_line(tree):
    for path in tree.files():
        head = "\n".join(tree.text(path).splitlines()[:3])
        if "SPDX-License-Identifier:" not in head:
            yield at(path, 1), "has no SPDX line"


@rule("file-size",
      "a file has one job; above 800 lines it can say why",
      "split it by topic, or list it with the reason in tests/tidy/tidy.py")
def file_size(tree):
    long = {path: tree.text(path).count("\n") for path in tree.files()}
    for path, lines in long.items():
        if lines > LINES and path not in LONG_FILES:
            yield at(path, lines), f"has {lines} lines"
    for path in LONG_FILES:
        if long.get(path, LINES + 1) <= LINES:
            yield path, f"is listed as long, but is not above {LINES} lines"


@rule("no-machine-paths",
      "nothing about the machine it was written on goes into the sources",
      "take folders from CMake, the environment or the user; tests use TempDir()")
def no_machine_paths(tree):
    private = re.compile(r"/(?:work|root)/\w")
    usual = re.compile(r"/(?:tmp|home)/\w")
    for path in tree.files():
        if path in PATH_EXCEPTIONS:
            continue
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if private.search(line):
                yield at(path, number), f"names a folder of one machine: {line.strip()}"
            # Tests may make up a folder, or name a file that is not there.
            elif usual.search(line) and not path.startswith("tests/"):
                yield at(path, number), f"names a fixed folder: {line.strip()}"


FORMS = {
    "WEIR_OP": ("",),
    "WEIR_ALU": ("64Imm", "64Reg", "32Imm", "32Reg"),
    "WEIR_JMP": ("64Imm", "64Reg", "32Imm", "32Reg"),
    "WEIR_ATOMIC": ("32", "64"),
}


@rule("opcode-names",
      "every instruction has a name of its own: it is an enumerator, a handler and a test",
      "rename the new row")
def opcode_names(tree):
    path = "frontend/isa/opcodes.def"
    seen = {}
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        match = re.match(r"(WEIR_\w+)\((\w+),", line)
        if not match:
            continue
        if match[1] not in FORMS:
            yield at(path, number), f"uses {match[1]}, which this rule does not know"
            continue
        for form in FORMS[match[1]]:
            name = match[2] + form
            if name in seen:
                yield at(path, number), f"{name} is there since line {seen[name]}"
            seen.setdefault(name, number)
    if len(seen) < 100:
        yield path, f"only {len(seen)} instructions found: is the table written in another way?"


def report(name, tree):
    function, why, fix = RULES[name]
    found = list(function(tree))
    for place, what in found:
        print(f"{place}: {what}\n  rule {name}: {why}\n  fix: {fix}")
    return not found


# What each rule must find, and what it must let pass: (file, text, number of findings).
CASES = {
    "llvm-stays-out": [("runtime/a.cpp", "#include <llvm/IR/Module.h>\n", 1),
                       ("lifter/a.cpp", "#include <llvm/IR/Module.h>\n", 0)],
    "libelf-stays-in": [("tools/a.cpp", "#include <gelf.h>\n", 1),
                        ("frontend/object/a.cpp", "#include <bpf/btf.h>\n", 0),
                        ("bench/programs/a.h", "#include <bpf/bpf_helpers.h>\n", 0),
                        ("bench/programs/a.h", "#include <bpf/btf.h>\n", 1)],
    "cache-stands-alone": [("cache/a.h", '#include "frontend/isa/program.h"\n', 1),
                           ("cache/b.h", '#include "frontend/support/bytes.h"\n', 0)],
    "frontend-looks-down": [("frontend/isa/a.h", '#include "runtime/interp/code.h"\n', 1),
                            ("frontend/isa/b.h", '#include "runtime/abi/trap.h"\n', 0)],
    "runtime-without-compiler": [("runtime/a.h", '#include "codegen/compiler.h"\n', 1)],
    "compiler-without-runtime": [("codegen/a.h", '#include "runtime/native/native_object.h"\n', 1),
                                 ("codegen/b.h", '#include "runtime/abi/trap.h"\n', 0)],
    "product-without-tests": [("cache/a.cpp", '#include "tests/support/engines.h"\n', 1)],
    "llvm-in-sources-only": [("lifter/lift.h", "#include <llvm/IR/Module.h>\n", 1),
                             ("lifter/program_lifter.h", "#include <llvm/IR/Module.h>\n", 0)],
    "quiet-libraries": [("cache/a.cpp", "void f() { std::cout << 1; }\n", 1),
                        ("cache/b.cpp", "void f() { fprintf(stderr, \"x\"); exit(1); }\n", 2),
                        ("cache/c.cpp", "void f() { assert(x); throw 1; }\n", 2),
                        ("cache/d.cpp", "// exit(1)\nstatic_assert(f(1'000'000));\n"
                                        "auto s = \"abort()\"; snprintf(b, 1, \"\"); job.exit();\n", 0)],
    "licence-line": [("cache/a.cpp", "int x;\n", 1),
                     ("cache/b.cpp", "// SPDX-License-Identifier: X\n", 0)],
    "file-size": [("cache/a.cpp", "\n" * 801, 1), ("cache/b.cpp", "\n" * 800, 0)],
    "no-machine-paths": [("cache/a.cpp", 'auto p = "/' + 'work/x";\n', 1),
                         ("cache/b.cpp", 'auto p = "/' + 'tmp/x";\n', 1),
                         ("tests/b.cpp", 'auto p = "/' + 'tmp/x";\n', 0)],
    "opcode-names": [("frontend/isa/opcodes.def",
                      "".join(f"WEIR_OP(A{i}, 1)\n" for i in range(100)) + "WEIR_OP(A7, 2)\n", 1)],
}


def self_test():
    good = True
    for name in RULES:
        for path, text, expected in CASES[name]:
            with tempfile.TemporaryDirectory() as root:
                os.makedirs(os.path.join(root, os.path.dirname(path)))
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
                found = list(RULES[name][0](Tree(root)))
            if len(found) != expected:
                print(f"{name}: {path} gives {found}, expected {expected} findings")
                good = False
    return good


def main(arguments):
    if len(arguments) != 3 or arguments[1] not in [*RULES, "self-test", "all"]:
        print(__doc__, file=sys.stderr)
        return 64
    if arguments[1] == "self-test":
        return 0 if self_test() else 1
    tree = Tree(arguments[2])
    names = RULES if arguments[1] == "all" else [arguments[1]]
    return 0 if all([report(name, tree) for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
