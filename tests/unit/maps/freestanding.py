#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""freestanding.py NM OBJECT: the object must refer to no symbol outside itself."""

import subprocess
import sys


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    found = subprocess.run([arguments[1], "--undefined-only", "--format=posix", arguments[2]],
                           check=True, capture_output=True, text=True).stdout.split("\n")
    # What every position-independent object may name, and no code is called by.
    names = [line.split()[0] for line in found if line and "_GLOBAL_OFFSET_TABLE_" not in line]
    for name in names:
        print(f"{name}: inlined map operations call it, but compiled programs cannot resolve it; "
              "reach it through MapSlowPaths, or copy word by word (runtime/maps/words.h)")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
