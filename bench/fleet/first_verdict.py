#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How long a program takes until its first verdict, by where its native code comes from.

  first_verdict.py build/dev/tools/weir [OBJECT.bpf.o ...]

Rows are run in turns, each with a cache as it should be: what is shared by the machine (its load, its
clock) is shared by all rows. `load` is what weir reports: from the program in memory to code that can
run (key, lookup, check, mapping; or analysis and compilation); `process` is the whole command, with
loading the libraries it needs. The results of all rows are compared before anything is printed.

The last two rows are one `weir attach` with an empty cache between two datagram sockets: from its start
until the first frame comes out, judged by the interpreter, and until native code runs in its place,
while a frame a millisecond goes through.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
import build_trial  # noqa: E402
import servers  # noqa: E402

PACKET = "4500002c00000000401100000a0000010101010104d2003500180000" + "00" * 16  # IPv4, UDP


def run(weir, program, environment, *arguments):
    start = time.perf_counter()
    done = subprocess.run([weir, "run", program, "--json", *arguments],
                          env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"weir run {program}: {done.stderr}")
    return json.loads(done.stdout), seconds


def started_cold(weir, program, environment, folder):
    """Seconds until the first verdict of an attached program, and until it runs natively."""
    paths = {name: os.path.join(folder, name) for name in ("guest", "net", "a", "b", "control")}
    for path in paths.values():
        if os.path.exists(path):
            os.unlink(path)
    ends = []
    for name in ("guest", "net"):
        end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        end.bind(paths[name])
        end.settimeout(30)
        ends.append(end)
    guest, net = ends
    start = time.perf_counter()
    with open(os.path.join(folder, "log"), "wb+") as log:
        process = subprocess.Popen(
            [weir, "attach", "--fail-closed", "--control", paths["control"], "--link", "vm",
             f"dgram:{paths['a']},{paths['guest']}", f"dgram:{paths['b']},{paths['net']}", "--prog",
             program], env=environment, stdout=log, stderr=log)
        try:
            # To another address than the one that the example blocks: it comes out.
            frame = bytes(12) + b"\x08\x00" + bytes.fromhex(PACKET.replace("01010101", "09090909"))
            first, native = None, None
            while native is None and time.perf_counter() - start < 30 and process.poll() is None:
                try:
                    guest.sendto(frame, paths["a"])
                    net.settimeout(0.2 if first is None else 0.001)
                    net.recv(4096)
                    first = first or time.perf_counter() - start
                except OSError:
                    pass
                log.seek(0)
                text = log.read()
                if b"native code runs now" in text:
                    native = time.perf_counter() - start
                time.sleep(0.001)
            if first is None or native is None:
                raise SystemExit(f"weir attach: {text.decode()}")
            return first, native
        finally:
            process.terminate()
            process.wait()
            for end in ends:
                end.close()


def requests_per_second(server):
    """How many small requests a store answers, asked by several clients at once."""
    if isinstance(server, servers.Redis):
        done = subprocess.run(["redis-benchmark", "-p", str(server.port), "-n", "20000", "-c", "16",
                               "-d", "4096", "-t", "get", "--csv"], capture_output=True, text=True,
                              check=True)
        return float(done.stdout.splitlines()[-1].split(",")[1].strip('"'))
    # Eight curls, each with one connection.
    with open(os.path.join(server.files, "probe"), "wb") as file:
        file.write(bytes(4096))
    url = server.url + "probe?[1-1000]"
    start = time.perf_counter()
    clients = [subprocess.Popen(["curl", "-s", "-o", "/dev/null", url]) for _ in range(8)]
    for client in clients:
        client.wait()
    return 8000 / (time.perf_counter() - start)


def fleet_costs(weir, scratch, stores, count=200):
    """What one filter of a list costs a host, by where its code is: for fleet_simulation."""
    filters = build_trial.write_filters(os.path.join(scratch, "filters"), count)
    keys = servers.fleet_keys(os.path.join(scratch, "keys"))

    def compile_all(cache, remote, wanted):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("WEIR_")}
        environment |= {"WEIR_KEY_DIR": keys, "WEIR_SIGN_KEY": "fleet", "WEIR_REMOTE": remote,
                        "WEIR_CACHE_DIR": os.path.join(scratch, cache)}
        start = time.perf_counter()
        done = subprocess.run([weir, "compile", "-j1", "--at", "xdp", "@" + filters, "--json"],
                              env=environment, capture_output=True, text=True)
        seconds = (time.perf_counter() - start) / count
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        summary = json.loads(done.stdout)["summary"]
        if summary[wanted] != count:
            raise SystemExit(f"{cache}, {remote}: {summary}")
        return seconds, summary

    compiled, _ = compile_all("alone", "off", "compiled")
    local, _ = compile_all("alone", "off", "found")
    out = {"compile_s": compiled, "local_hit_s": local, "stores": {}}
    for name, server in stores.items():
        request = 1 / requests_per_second(server)
        cold, summary = compile_all(name + "-first", server.url, "compiled")
        hit, _ = compile_all(name + "-second", server.url, "found_remote")
        out["entry_bytes"] = summary["remotes"][0]["bytes_up"] / count
        # Beside compiling: a look, a lease, a second look; the upload is in the background.
        miss = max((cold - compiled) / 3, request)
        out["stores"][name] = {"hit_s": hit, "miss_s": miss, "upload_s": hit, "request_s": request}
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weir")
    parser.add_argument("objects", nargs="*")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="costs, for fleet_simulation")
    options = parser.parse_args()
    weir = os.path.abspath(options.weir)
    if reason := servers.missing():
        print(f"skipped: {reason}")
        raise SystemExit(77)
    scratch = tempfile.mkdtemp(prefix="weir_first_verdict_")
    redis, nginx = servers.Redis(), servers.Nginx()
    try:
        objects = options.objects
        if not objects:
            source = os.path.join(SOURCE, "tools/examples/filters/ip_dst.bpf.c")
            objects = [os.path.join(scratch, "ip_dst.bpf.o")]
            subprocess.run(["clang-19", "-target", "bpf", "-O2", "-g", "-mcpu=v3", "-c", source,
                            "-o", objects[0]], check=True)
        redis.start()
        nginx.start()
        if options.json:
            print(json.dumps(fleet_costs(weir, scratch, {"redis": redis, "nginx": nginx}), indent=1))
            return
        base = {key: value for key, value in os.environ.items() if not key.startswith("WEIR_")}
        base |= {"WEIR_KEY_DIR": servers.fleet_keys(os.path.join(scratch, "keys")),
                 "WEIR_SIGN_KEY": "fleet", "WEIR_REMOTE": "off",
                 "WEIR_CACHE_DIR": os.path.join(scratch, "warm")}
        fresh = os.path.join(scratch, "fresh")
        rows = {
            "interpreter": ("warm", "off", ["--engine", "interp"]),
            "local hit": ("warm", "off", ["--engine", "aot"]),
            "remote hit, Redis": ("fresh", redis.url, ["--engine", "aot"]),
            "remote hit, nginx": ("fresh", nginx.url, ["--engine", "aot"]),
            "compiled": ("fresh", "off", ["--engine", "aot"]),
        }
        loads, wholes = {n: [] for n in rows}, {n: [] for n in rows}
        firsts, natives = [], []
        for path in objects:
            for url in (redis.url, nginx.url):
                run(weir, path, dict(base, WEIR_REMOTE=url, WEIR_CACHE_DIR=fresh))
                shutil.rmtree(fresh)
            run(weir, path, base)
            for round_number in range(options.rounds):
                results = set()
                for name, (cache, remote, arguments) in rows.items():
                    shutil.rmtree(fresh, ignore_errors=True)
                    environment = dict(base, WEIR_REMOTE=remote)
                    if cache == "fresh":
                        environment["WEIR_CACHE_DIR"] = fresh
                    got, seconds = run(weir, path, environment, "--mem-hex", PACKET, *arguments)
                    results.add(got["r0"])
                    outcome = got["cache"]["outcome"]
                    wanted = {"interpreter": "not-used", "compiled": "miss"}.get(name, "hit")
                    if outcome != wanted or ("remote" in name) != ("from" in got["cache"]):
                        raise SystemExit(f"{path}: {name} was {got['cache']}")
                    loads[name].append(got["load_ns"] / 1e9)
                    wholes[name].append(seconds)
                shutil.rmtree(fresh, ignore_errors=True)
                first, native = started_cold(weir, path, dict(base, WEIR_CACHE_DIR=fresh), scratch)
                firsts.append(first)
                natives.append(native)
                if len(results) != 1:
                    raise SystemExit(f"{path}: the rows do not agree: {results}")
        median = {name: statistics.median(values) for name, values in loads.items()}
        print(f"time to the first verdict, {len(objects)} programs, {options.rounds} rounds, medians "
              f"(10 % to 90 %); {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
        print(f"{'native code':<20}{'load':>12}{'':>22}{'to compiling':>14}{'process':>12}")
        for name in rows:
            values = sorted(loads[name])
            low, high = values[len(values) // 10], values[len(values) * 9 // 10]
            ratio = median["compiled"] / median[name]
            print(f"{name:<20}{median[name] * 1e3:>9.2f} ms  ({low * 1e3:.2f} to {high * 1e3:.2f})"
                  f"{ratio:>14.1f} x{statistics.median(wholes[name]) * 1e3:>9.1f} ms")
        for name, values in (("cold: first frame out", firsts), ("cold: until native", natives)):
            values.sort()
            low, high = values[len(values) // 10], values[len(values) * 9 // 10]
            print(f"{name:<20}{'':>12}  ({low * 1e3:.1f} to {high * 1e3:.1f}){'':>16}"
                  f"{statistics.median(values) * 1e3:>9.1f} ms")
    finally:
        redis.remove()
        nginx.remove()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
