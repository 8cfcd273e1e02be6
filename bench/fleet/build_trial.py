#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Many processes, one list of filters, cold caches: how often is each compiled, and how long does it take?

  build_trial.py build/dev/tools/weir                        16 processes, 1,000 filters
  build_trial.py build/dev/tools/weir --trouble              servers are stopped and started meanwhile

Three ways to share the work: one cache folder; a folder for each process, as if each were a machine,
with Redis between them; the same with nginx. What every process ends with is checked: the trial fails
if a filter is missing, or if one was compiled twice while nothing was in the way.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests",
                                "support"))
import servers  # noqa: E402


def write_filters(folder, count):
    """Filters that drop packets to some of the addresses and ports, no two alike."""
    os.makedirs(folder)
    rng = random.Random(1)
    for number in range(count):
        lines = ["r6 = *(u32 *)(r1 + 0)", "r2 = *(u32 *)(r1 + 4)", "r0 = 2", "r3 = r6",
                 "r3 += 38", "if r3 > r2 goto out", "r4 = *(u32 *)(r6 + 30)",
                 "r5 = *(u16 *)(r6 + 36)"]
        for _ in range(rng.randrange(4, 12)):
            lines.append(f"if w4 == {rng.randrange(1 << 31)} goto drop")
        for _ in range(rng.randrange(2, 6)):
            lines.append(f"if r5 == {rng.randrange(1 << 16)} goto drop")
        lines += [f"r7 = {number}", "exit", "drop:", "r0 = 1", "out:", "exit"]
        with open(os.path.join(folder, f"f{number:04}.s"), "w") as file:
            file.write("\n".join(lines) + "\n")
    names = sorted(os.listdir(folder))
    with open(os.path.join(folder, "list"), "w") as file:
        file.write("".join(os.path.join(folder, name) + "\n" for name in names))
    return os.path.join(folder, "list")


class Trouble(threading.Thread):
    """Stops the server and starts it again, until it is told to end."""

    def __init__(self, server, pause):
        super().__init__()
        self.server, self.pause, self.times = server, pause, 0
        self.done = threading.Event()

    def run(self):
        while not self.done.wait(self.pause):
            self.server.stop()
            self.times += 1
            self.done.wait(self.pause / 2)
            self.server.start()


def trial(options, scratch, name, filters, server=None):
    folder = os.path.join(scratch, name)
    os.makedirs(folder)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WEIR_")}
    environment["WEIR_KEY_DIR"] = servers.fleet_keys(os.path.join(folder, "keys"))
    environment["WEIR_SIGN_KEY"] = "fleet"
    environment["WEIR_REMOTE"] = f"{server.url}|rest=200ms|connect-timeout=5s|timeout=5s" if server else "off"
    trouble = Trouble(server, options.pause) if server and options.trouble else None
    start = time.monotonic()
    processes = []
    for number in range(options.processes):
        cache = "cache" if server is None else f"cache{number}"
        environment["WEIR_CACHE_DIR"] = os.path.join(folder, cache)
        processes.append(subprocess.Popen(
            [options.weir, "compile", "-j1", "--at", "xdp", "@" + filters, "--json"],
            env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    if trouble:
        trouble.start()
    outputs = [None] * len(processes)

    def collect(number):
        outputs[number] = processes[number].communicate()

    readers = [threading.Thread(target=collect, args=(i,)) for i in range(len(processes))]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    seconds = time.monotonic() - start
    if trouble:
        trouble.done.set()
        trouble.join()

    summaries = []
    for process, (out, err) in zip(processes, outputs):
        if process.returncode != 0:
            raise SystemExit(f"{name}: a process ended with {process.returncode}\n{err[-3000:]}")
        summaries.append(json.loads(out)["summary"])
    total = {key: sum(s[key] for s in summaries)
             for key in ("programs", "found", "found_remote", "compiled", "failed")}
    remotes = [remote for s in summaries for remote in s["remotes"]]
    total |= {key: sum(remote[key] for remote in remotes)
              for key in ("uploads", "failures", "refused", "bytes_down", "bytes_up")}
    total["seconds"] = seconds
    total["stops"] = trouble.times if trouble else 0
    # Each process has all of them, whoever compiled them.
    if total["programs"] != options.processes * options.filters or total["failed"] != 0:
        raise SystemExit(f"{name}: not every process has every filter: {total}")
    if total["refused"] != 0:
        raise SystemExit(f"{name}: entries were refused: {total}")
    if total["stops"] == 0 and total["failures"] == 0 and total["compiled"] != options.filters:
        raise SystemExit(f"{name}: {total['compiled']} compilations of {options.filters} filters")
    if options.trouble and server and total["stops"] == 0:
        raise SystemExit(f"{name}: it was over before the server could be stopped")
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weir")
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--filters", type=int, default=1000)
    parser.add_argument("--trouble", action="store_true",
                        help="stop and start the servers meanwhile")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two stops")
    options = parser.parse_args()
    options.weir = os.path.abspath(options.weir)
    if reason := servers.missing():
        print(f"skipped: {reason}")
        raise SystemExit(77)
    scratch = tempfile.mkdtemp(prefix="weir_build_trial_")
    try:
        filters = write_filters(os.path.join(scratch, "filters"), options.filters)
        rows = [] if options.trouble else [("one folder", trial(options, scratch, "one", filters))]
        for kind in (servers.Redis, servers.Nginx):
            with kind() as server:
                name = kind.__name__
                rows.append((f"{name} between {options.processes} folders",
                             trial(options, scratch, name, filters, server)))
        print(f"{options.processes} processes, {options.filters} filters, cold caches, "
              f"{os.cpu_count()} CPUs")
        print(f"{'shared through':<30}{'time':>9}{'compiled':>10}{'found':>8}{'remote':>8}"
              f"{'up':>10}{'down':>10}{'failures':>10}{'stops':>7}")
        for name, row in rows:
            print(f"{name:<30}{row['seconds']:>7.1f} s{row['compiled']:>10}{row['found']:>8}"
                  f"{row['found_remote']:>8}{row['bytes_up'] / 2**20:>6.1f} MiB"
                  f"{row['bytes_down'] / 2**20:>6.1f} MiB{row['failures']:>10}{row['stops']:>7}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
