#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""libweir.py PATH: the shared library that hosts link has no LLVM symbol and needs no LLVM library,
itself or through another one. Exit code 77 (skipped) where there is no library or no tool to look."""

import os
import re
import shutil
import subprocess
import sys

SKIPPED = 77
WHY = ("  rule libweir-without-llvm: LLVM stays out of the host process (DESIGN.md)\n"
       "  fix: move what needs LLVM behind the compiler's plugin interface")


def skip(why):
    print("skipped: " + why)
    return SKIPPED


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(arguments):
    path = arguments[1] if len(arguments) > 1 else ""
    if not path:
        return skip("no shared library libweir is configured")
    if not os.path.exists(path):
        return skip(f"{path} is not built")
    for tool in ("nm", "readelf", "ldd"):
        if not shutil.which(tool):
            return skip(f"no {tool} to look into the library with")

    wrong = []
    for options in (["-D"], []):
        for line in output("nm", *options, path).splitlines():
            # LLVM's C++ names hold the namespace, 4llvm; its C names start with LLVM.
            if re.search(r"4llvm|\bLLVM[A-Z]", line):
                wrong.append("symbol " + line.strip())
    for line in output("readelf", "-d", path).splitlines():
        if "(NEEDED)" in line and re.search(r"LLVM|clang", line):
            wrong.append("needs " + line.strip())
    for line in output("ldd", path).splitlines():
        if re.search(r"LLVM|clang", line):
            wrong.append("loads " + line.strip())
    for what in wrong[:20]:
        print(f"{path}: {what}")
    if wrong:
        print(WHY)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
