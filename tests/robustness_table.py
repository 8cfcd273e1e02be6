#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""robustness_table.py BUILD: what was tried to break weir, counted by running it.

  canaries      a bug for each oracle: how many are found
  escapes       attacks on the sandbox, by hand
  faults        calls that the system refused, one after the other
  known bugs    of other engines, as programs and as files

Each line has the command that anyone can run for it. Exit code 1: something is not as it must be.
--only NAME: that line; --json: for a program.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent


def ctest(build, *arguments):
    done = subprocess.run(["ctest", "--test-dir", str(build), *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    passed = len(re.findall(r"^\s*\d+/\d+ Test .*   Passed ", done.stdout, re.M))
    skipped = len(re.findall(r"^\s*\d+/\d+ Test .*\*\*\*(?:Skipped|Not Run) ", done.stdout, re.M))
    failed = len(re.findall(r"^\s*\d+/\d+ Test .*\*\*\*(?:Failed|Timeout|Exception)", done.stdout, re.M))
    return passed, skipped, failed, done.stdout


def shown(build, *arguments):
    return "ctest --test-dir " + os.path.relpath(build, SOURCE) + " " + " ".join(
        f"'{a}'" if re.search(r"[^\w.-]", a) else a for a in arguments)


def programs(folder):
    """Programs of filetests, and files: a file without `; program:` is one."""
    files = sorted((SOURCE / "tests/filetests" / folder).glob("*.s"))
    return sum(max(1, len(re.findall(r"^; program:", f.read_text(), re.M))) for f in files), len(files)


def canaries(build):
    arguments = ("-R", "^fuzz.canary")
    passed, skipped, failed, _ = ctest(build, *arguments)
    return {"tried": passed + failed + skipped, "as it must be": passed, "skipped": skipped, "wrong": failed,
            "what": "bugs put in, that their oracle finds", "command": shown(build, *arguments)}


def escapes(build):
    arguments = ("-R", r"^filetest\.escape|^faults\.(guarded|Escapes)", "-V")
    passed, skipped, failed, text = ctest(build, *arguments)
    tried, files = programs("escape")
    raw = sum(int(n) for n in re.findall(r"escapes: (\d+) byte sequences refused", text))
    return {"tried": tried + raw, "as it must be": tried + raw if failed == 0 and passed > files else 0,
            "skipped": skipped, "wrong": failed,
            "what": f"{tried} programs in {files} files, on each engine, refused or harmless; {raw} byte "
                    "sequences, refused; pages around the memory that nobody may touch",
            "command": shown(build, *arguments)}


def faults(build):
    arguments = ("-L", "faults", "-V")
    _, skipped, failed, text = ctest(build, *arguments)
    sums = [0, 0, 0]
    for line in re.findall(r"faults: .*: .*?(\d+) refused, (\d+) errors, (\d+) did without", text):
        sums = [a + int(b) for a, b in zip(sums, line)]
    return {"tried": sums[0], "as it must be": sums[0] if failed == 0 else 0, "skipped": skipped,
            "wrong": failed,
            "what": f"calls refused: {sums[1]} ended in an error, {sums[2]} did without; nothing left behind",
            "command": shown(build, *arguments)}


def known_bugs(build):
    arguments = ("-R", r"known_bugs")
    passed, skipped, failed, _ = ctest(build, *arguments)
    tried, files = programs("known_bugs")
    script = (SOURCE / "tests/cli/known_bugs_test.py").read_text()
    others = len(re.findall(r"^    def test_", script, re.M))
    return {"tried": tried + others,
            "as it must be": tried + others if failed == 0 and passed > files else 0,
            "skipped": skipped, "wrong": failed,
            "what": f"of other engines: {tried} programs in {files} files, {others} tests with broken files",
            "command": shown(build, *arguments)}


LINES = {"canaries": canaries, "escapes": escapes, "faults": faults, "known bugs": known_bugs}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", choices=LINES)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = {name: line(options.build.resolve()) for name, line in LINES.items()
             if options.only in (None, name)}
    if options.json:
        print(json.dumps(table, indent=2))
    else:
        print("| | tried | as it must be | tests skipped | tests that fail | what | command |")
        print("|---|---|---|---|---|---|---|")
        for name, row in table.items():
            print(f"| {name} | {row['tried']} | {row['as it must be']} | {row['skipped']} | {row['wrong']} "
                  f"| {row['what']} | `{row['command']}` |")
    return 1 if any(row["wrong"] or row["tried"] == 0 for row in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
