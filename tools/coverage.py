#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lines and branches that tests reach, of frontend, runtime and cache.

  tools/check.sh coverage        builds what is needed, and does this:
  python3 tools/coverage.py build/coverage [--no-run] [--least N] [--html FOLDER]

Runs the unit tests and the fuzz targets' corpora of a build folder of preset `coverage`, adds up what every process
of theirs counted, and prints a table by folder. Exit code 1: a test failed, or a part is below its floor in
coverage-floors.txt. Floors are for a build without the compiler half: what filetests, the kernel's programs and the
commands' tests reach on top of that is not counted.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PARTS = ("frontend", "runtime", "cache")
VERSION = "19"


def floors():
    """{part: (percent of lines, percent of branches)}"""
    found = {}
    for line in (HERE / "coverage-floors.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            found[words[0]] = (float(words[1]), float(words[2]))
    missing = set(PARTS) ^ set(found)
    if missing:
        sys.exit(f"error: coverage-floors.txt has to name {', '.join(PARTS)}, each once: "
                 f"see {', '.join(sorted(missing))}")
    return found


def tool(name):
    for one in (f"{name}-{VERSION}", name):
        if shutil.which(one):
            return one
    sys.exit(f"error: no {name}-{VERSION}\n  hint: install the package llvm-{VERSION}")


def run_tests(build, profiles):
    """Whether all pass. Each executable is one process, so that it writes its counts once."""
    shutil.rmtree(profiles, ignore_errors=True)
    profiles.mkdir(parents=True)
    # %m: an executable's runs are added up in eight files of its own, however often it runs.
    environment = {**os.environ, "LLVM_PROFILE_FILE": str(profiles / "%8m.profraw")}

    def run(test):
        # Random programs by the thousand take minutes and reach what the corpora reach.
        return subprocess.run([test, "--gtest_brief=1", "--gtest_filter=-InterpRandom.*"], cwd=profiles,
                              env=environment).returncode == 0

    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        passed = all(list(pool.map(run, sorted((build / "tests/unit").glob("*/*_test")))))
    targets = build / "tests/fuzz/targets"
    built = "|".join(path.name.removeprefix("fuzz_") for path in targets.glob("fuzz_*") if path.is_file())
    command = ["ctest", "--test-dir", targets, "--output-on-failure", "-j2", "-R", f"^fuzz.replay.({built})$"]
    return subprocess.run(command, env=environment).returncode == 0 and passed


def counted_objects(build):
    """What was linked with counters and run here."""
    yield from sorted((build / "tests/unit").glob("*/*_test"))
    yield from sorted(path for path in (build / "tests/fuzz/targets").glob("fuzz_*") if path.is_file())


def summaries(build, profiles, html):
    """{path in the tree: llvm-cov's summary}"""
    raw = sorted(profiles.glob("*.profraw"))
    if not raw:
        sys.exit(f"error: nothing was counted in {profiles}\n"
                 "  hint: is this a build folder of preset coverage?")
    merged = profiles / "all.profdata"
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "--failure-mode=all", "-o", merged, *raw],
                   check=True)
    objects = list(counted_objects(build))
    inputs = [str(objects[0]), *(f"-object={path}" for path in objects[1:]),
              f"-instr-profile={merged}", "-ignore-filename-regex=(^|/)(tests|tools|measure|build|usr)/"]
    out = subprocess.run([tool("llvm-cov"), "export", "-summary-only", *inputs],
                         check=True, capture_output=True, text=True).stdout
    if html:
        subprocess.run([tool("llvm-cov"), "show", "-format=html", f"-output-dir={html}",
                        f"-path-equivalence=.,{ROOT}", *inputs], check=True)
    found = {}
    for one in json.loads(out)["data"][0]["files"]:
        path = pathlib.PurePath(os.path.normpath(one["filename"]))
        if path.is_absolute() and path.is_relative_to(ROOT):
            path = path.relative_to(ROOT)
        if path.parts[0] in PARTS:
            found[str(path)] = one["summary"]
    return found


def percent(covered, count):
    return 100 * covered / count if count else 100.0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--no-run", action="store_true", help="the table of the last run")
    parser.add_argument("--least", metavar="N", type=int, default=0,
                        help="also the N files with the most lines not reached")
    parser.add_argument("--html", metavar="FOLDER", help="each line with its count, as pages")
    options = parser.parse_args()
    build = options.build.resolve()
    profiles = build / "profiles"
    least = floors()
    passed = options.no_run or run_tests(build, profiles)

    rows = collections.defaultdict(lambda: [0, 0, 0, 0])
    files = summaries(build, profiles, options.html)
    for path, summary in files.items():
        folders = pathlib.PurePath(path).parts
        numbers = [summary[kind][number] for kind in ("lines", "branches") for number in ("covered", "count")]
        for row in {folders[0], "/".join(folders[:2]) if len(folders) > 2 else folders[0]}:
            rows[row] = [a + b for a, b in zip(rows[row], numbers)]
    print(f"{'':22} {'lines':>8} {'reached':>8} {'branches':>9} {'reached':>8}   floors")
    below = []
    for row, (lines_hit, lines, branches_hit, branches) in sorted(rows.items()):
        text = f"{row if row in PARTS else '  ' + row:22} {lines:8} {percent(lines_hit, lines):7.1f}% " \
               f"{branches:9} {percent(branches_hit, branches):7.1f}%"
        if row in PARTS:
            text += f"   {least[row][0]:.1f}% {least[row][1]:.1f}%"
            if percent(lines_hit, lines) < least[row][0] or percent(branches_hit, branches) < least[row][1]:
                below.append(row)
        print(text)
    lacking = {path: one["lines"]["count"] - one["lines"]["covered"] for path, one in files.items()}
    for path in sorted(lacking, key=lambda path: (-lacking[path], path))[: options.least]:
        print(f"{lacking[path]:6} lines not reached: {path}")
    for part in PARTS:
        if part not in rows:
            below.append(part)
    if not passed:
        print("error: a test failed: see above")
    if below:
        print(f"error: below the floor: {', '.join(below)}\n"
              "  hint: test what is new; a floor is lowered only with what was tested")
    return 1 if not passed or below else 0


if __name__ == "__main__":
    sys.exit(main())
