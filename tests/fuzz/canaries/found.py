#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""found.py REGEX COMMAND...: passes if the command fails, and says what the regex looks for."""
import re
import subprocess
import sys

regex, command = sys.argv[1], sys.argv[2:]
done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                      errors="replace")
print(done.stdout[-3000:])
if done.returncode == 0 and "[  SKIPPED ]" in done.stdout:
    print("skipped: the oracle cannot be asked here")
    sys.exit(77)
if done.returncode == 0:
    sys.exit("the bug was not found")
if not re.search(regex, done.stdout):
    sys.exit(f"it failed (exit code {done.returncode}), but not with '{regex}'")
