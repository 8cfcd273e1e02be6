#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""alter.py FILE FROM TO OUT: a copy of a source file with a bug in it. FROM must be there once: a
canary whose place has moved stops the build instead of testing nothing."""
import pathlib
import sys

path, old, new, out = sys.argv[1:]
text = pathlib.Path(path).read_text()
if text.count(old) != 1:
    sys.exit(f"{path}: '{old}' is there {text.count(old)} times, expected once: say in "
             "tests/fuzz/canaries/CMakeLists.txt where the bug goes now")
out = pathlib.Path(out)
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(text.replace(old, new))
