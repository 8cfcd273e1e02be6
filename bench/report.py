#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The report of weir compare for the programs of programs.def: one page with all of them.

  report.py WEIR OBJECTS OUT.html [--rounds N] [--quick] [--programs a,b] [--save OUT.json]

WEIR is the command, OBJECTS the folder with the build's BPF objects.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FILTERS = os.path.join(HERE, "..", "tools", "examples", "filters")
LINE = re.compile(r"WEIR_BENCH(_XDP)?\((\w+), ([^ ,]+), (\w+), k(\w+), k(\w+), k(\w+)\)")
SETS = {"Tuned": "tuned", "HeldOut": "held-out"}


def programs():
    with open(os.path.join(HERE, "programs.def"), encoding="utf-8") as table:
        for line in table:
            if match := LINE.match(line):
                xdp, name, source, function, inputs, which, _ = match.groups()
                if which in SETS:
                    yield name, os.path.normpath(os.path.join(HERE, "programs", source)), \
                        function, inputs.lower(), SETS[which], bool(xdp)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weir")
    parser.add_argument("objects")
    parser.add_argument("html")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--quick", action="store_true", help="no time, few variants")
    parser.add_argument("--programs", help="only these, separated by commas")
    parser.add_argument("--save", help="the comparison as JSON")
    parser.add_argument("--title", default="The programs of bench/")
    options = parser.parse_args()
    wanted = options.programs.split(",") if options.programs else None

    folder = tempfile.mkdtemp(prefix="weir_report_")
    merged, failed = None, []
    for name, source, function, inputs, which, has_maps in programs():
        if wanted and name not in wanted:
            continue
        saved = os.path.join(folder, name + ".json")
        command = [options.weir, "compare", os.path.join(options.objects, name + ".bpf.o"),
                   "--prog-name", function, "--source", source, "--clang-option", "-I" + FILTERS,
                   "--inputs", inputs, "--save", saved]
        if has_maps:
            command += ["--setup", "setup"]
        if options.quick:
            command += ["--no-time", "--engines", "clang,aot"]
        else:
            command += ["--rounds", str(options.rounds), "--with-profile", "--levels", "2,3",
                        "--cpus", "x86-64,native", "--engines", "clang,aot,jit,interpreter"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not os.path.exists(saved):
            failed.append(f"{name}: {done.stderr.strip()}")
            continue
        with open(saved, encoding="utf-8") as file:
            one = json.load(file)
        for program in one["programs"]:
            program["id"] = name
            program["name"] = name
            program["set"] = which
            for variant in program["variants"]:
                if "error" in variant:
                    failed.append(f"{name}: {variant['id']}: {variant['error']['message']}")
        if merged is None:
            merged = one
            merged["title"] = options.title
        else:
            merged["programs"] += one["programs"]
        print(f"{name}: {len(one['programs'][0]['variants'])} variants", flush=True)
    if merged is None:
        sys.exit("nothing was compared:\n" + "\n".join(failed))
    whole = options.save or os.path.join(folder, "all.json")
    with open(whole, "w", encoding="utf-8") as file:
        json.dump(merged, file)
    subprocess.run([options.weir, "compare", "--from", whole, "--html", options.html],
                   stdout=subprocess.DEVNULL, check=True)
    print(f"{options.html}: {len(merged['programs'])} programs")
    for problem in failed:
        print("problem: " + problem)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
