#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Comparisons to look at: sample.py WEIR OBJECT... >comparison.json

comparison.json beside this file was made so, from the repository's folder and objects of bench/. Its code, source
lines and IR are real; how often instructions run comes from random walks through the program, and every time, estimate
and remark is made up. It shows what the report can show, and says nothing about weir. The functions below make others
from it: with a comparison before, with hostile names, large, or with next to nothing in it.
"""

import copy
import json
import os
import random
import re
import subprocess
import sys
import tempfile

CLANG = "clang-19"
OBJDUMP = "llvm-objdump-19"
PORTS = ["SKLDivider", "SKLFPDivider"] + [f"SKLPort{n}" for n in range(8)]

# id, arguments of weir, how its time compares with the reference's
BUILT = [
    ("aot-O2-x86-64-guard", dict(engine="aot", level="2", cpu="x86-64", policy="guard"), 1.09),
    ("aot-O2-x86-64-trusted", dict(engine="aot", level="2", cpu="x86-64", policy="trusted"), 1.01),
    ("aot-O3-x86-64-v3-guard", dict(engine="aot", level="3", cpu="x86-64-v3", policy="guard"), 1.04),
    ("aot-O0-x86-64-guard", dict(engine="aot", level="0", cpu="x86-64", policy="guard"), 2.6),
    ("jit-O2-x86-64-v3-guard", dict(engine="jit", level="2", cpu="x86-64-v3", policy="guard"), 1.07),
]
CODELESS = [("interpreter", "interpreter", 21.0), ("kernel", "kernel", 1.31)]


def dump(weir, path, variant):
    command = [weir, "objdump", "-j", "--source", "--bpf", "--opt-ir", "--asm", "-O", variant["level"],
               "--cpu", variant["cpu"], "--policy", variant["policy"], path]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["programs"][0]


def clean(text):
    return re.sub(r"\\x09|\s+", " ", text).strip()


def walk(instructions, rng, rounds=400):
    """How often each instruction runs, per run, by slot: branches are taken as a coin says."""
    runs = {i["instruction"]: 0 for i in instructions}
    texts = {i["instruction"]: i["bpf"] for i in instructions}
    slots = sorted(runs)
    following = dict(zip(slots, slots[1:]))
    for _ in range(rounds):
        at = slots[0]
        for _ in range(3 * len(slots)):
            if at not in runs:
                break
            runs[at] += 1
            target = re.search(r"goto ([+-]\d+)", texts[at])
            if texts[at] == "exit":
                break
            jumps = target and (texts[at].startswith("goto") or rng.random() < 0.3)
            at = at + 1 + int(target[1]) if jumps else following.get(at)
    return {slot: round(count / rounds, 3) for slot, count in runs.items()}


def kind_of(text):
    mnemonic, _, operands = text.partition(" ")
    if mnemonic.startswith("j"):
        return "branch"
    if mnemonic == "call":
        return "call"
    if "[" in operands and mnemonic in ("cmp", "test"):
        return "load"
    if "[" in operands and mnemonic != "lea":
        return "store" if operands.index("[") < (operands + ",").index(",") else "load"
    return None


def entry(at, size, text, runs, rng, **origin):
    made = {"at": at, "size": size, "text": text, **origin, "runs": runs, "cycles": rng.choice([0.25, 0.25, 0.33, 0.5, 1.0])}
    kind = kind_of(text)
    return {**made, "kind": kind} if kind else made


def asm_of(program, runs, rng):
    """The machine code in address order, from where objdump put it: beside its eBPF instruction, or beside none."""
    found = [(line.get("address", -1), None, line) for line in program.get("asm", [])]
    for instruction in program["instructions"]:
        found += [(line["address"], instruction["instruction"], line) for line in instruction.get("asm", [])]
    slots = list(runs)
    lines = []
    for address, bpf, line in sorted(found, key=lambda item: item[0]):
        text = clean(line["text"])
        if address < 0:
            lines.append({"label": True, "text": text})
        else:
            origin = {} if bpf is None else {"bpf": slots.index(bpf)}
            lines.append(entry(address, line["size"], text, 0.5 if bpf is None else runs[bpf], rng, **origin))
    return lines


def ir_of(program):
    lines = [{"text": clean(line["text"])} for line in program.get("opt_ir", [])[:1]]
    for index, instruction in enumerate(program["instructions"]):
        lines += [{"text": "  " + clean(line["text"]), "bpf": index} for line in instruction.get("opt_ir", [])]
    return lines


def clang_asm(source, sources, rng):
    """The C compiled for this machine, with its lines."""
    with tempfile.TemporaryDirectory() as folder:
        built = os.path.join(folder, "a.o")
        subprocess.run([CLANG, "-O2", "-g", "-std=gnu17", "-Itools/examples/filters", "-c", "-o", built, source], check=True)
        text = subprocess.run([OBJDUMP, "-d", "-l", "-M", "intel", "--no-show-raw-insn", built], check=True, capture_output=True, text=True).stdout
    lines, origin = [], {}
    for line in text.splitlines():
        place = re.match(r"; (.*):(\d+)$", line)
        code = re.match(r"\s*([0-9a-f]+):\s+(.*)$", line)
        if place:
            name = os.path.basename(place[1])
            known = [index for index, item in enumerate(sources) if item["name"] == name]
            origin = {"source": known[0], "line": int(place[2])} if known else {}
        elif code:
            lines.append(entry(int(code[1], 16), 3, clean(code[2].split("<")[0]), round(rng.uniform(0.1, 1), 2), rng, **origin))
    return lines


def spread(value, rng):
    low, high = value * rng.uniform(0.975, 0.995), value * rng.uniform(1.005, 1.04)
    return {"median": round(value, 4), "p10": round(low, 4), "p90": round(high, 4), "min": round(low * 0.98, 4), "max": round(high * 1.1, 4)}


def numbers(asm, rng):
    code = [line for line in asm if not line.get("label")]
    of = lambda kind: [line for line in code if line.get("kind") == kind]
    total = lambda lines: round(sum(line["runs"] for line in lines), 2)
    cycles = round(sum(line["runs"] * line["cycles"] for line in code), 2)
    return {
        "code": {"instructions": len(code), "bytes": sum(line["size"] for line in code), "stack": rng.choice([0, 24, 40]),
                 "spills": rng.choice([0, 0, 1, 3]), "reloads": rng.choice([0, 1, 2]), "loads": len(of("load")),
                 "stores": len(of("store")), "branches": len(of("branch")), "calls": len(of("call")), "blocks": len(of("branch")) + 2},
        "executed": {"instructions": total(code), "loads": total(of("load")), "stores": total(of("store")), "branches": total(of("branch"))},
        "estimate": {"model": "skylake", "cycles": cycles, "uops": round(total(code) * 1.1, 2),
                     "ports": {port: 0 if "Divider" in port else round(cycles * rng.uniform(0.3, 0.9), 2) for port in PORTS}},
    }


def remarks_of(bpf, rng):
    said = [("missed", "licm", "LoadWithLoopInvariantAddressInvalidated", "failed to move load with loop-invariant address because the loop may invalidate its value"),
            ("passed", "licm", "Hoisted", "hoisting load"),
            ("missed", "gvn", "LoadClobbered", "load of type i8 not eliminated because it is clobbered by store"),
            ("missed", "loop-vectorize", "UnsupportedUncountableLoop", "loop not vectorized: cannot determine the number of iterations"),
            ("passed", "inline", "Inlined", "the program inlined into its entry with (cost=-14985, threshold=337)"),
            ("analysis", "prologepilog", "StackSize", "40 stack bytes in function")]
    made = []
    for _ in range(min(18, len(bpf))):
        kind, name, what, text = rng.choice(said)
        at = rng.randrange(len(bpf))
        made.append({"kind": kind, "pass": name, "name": what, "bpf": at, "source": bpf[at]["source"], "line": bpf[at]["line"], "text": text})
    return made


def program_of(weir, path, rng):
    base = os.path.basename(path)
    dumps = {name: dump(weir, path, variant) for name, variant, _ in BUILT}
    instructions = dumps[BUILT[0][0]]["instructions"]
    runs = walk(instructions, rng)
    files = list(dict.fromkeys(i["source_file"] for i in instructions))
    files.sort(key=lambda name: name.endswith(".h"))
    sources = []
    for name in files:
        used = [i["source_line"] for i in instructions if i["source_file"] == name]
        with open(name, encoding="utf-8") as file:
            text = file.read().splitlines()
        near = sorted({line + by for line in used for by in (-1, 0, 1) if 0 < line + by <= len(text)})
        sources.append({"name": os.path.basename(name), "lines": [[line, text[line - 1]] for line in near]})
    bpf = [{"slot": i["instruction"], "text": i["bpf"], "source": files.index(i["source_file"]), "line": i["source_line"],
            "runs": runs[i["instruction"]]} for i in instructions]
    quick = rng.uniform(6, 60)
    own = rng.uniform(0.9, 1.12)
    accesses = sum("*(" in i["bpf"] for i in instructions)
    variants = []
    for name, variant, slower in BUILT:
        asm = asm_of(dumps[name], runs, rng)
        ratio = slower * own * rng.uniform(0.97, 1.03)
        loads = [index for index, i in enumerate(instructions) if "*(" in i["bpf"]]
        guarded = [] if variant["policy"] == "trusted" else sorted(rng.choices(loads, k=min(len(loads), rng.randint(1, 3))))
        made = {"id": name, **variant, "inline": True,
                "how": f"weir {variant['engine']}, -O{variant['level']} --cpu {variant['cpu']} --policy {variant['policy']}",
                **numbers(asm, rng), "guards": {"accesses": accesses, "proven": accesses - len(set(guarded)), "left": len(guarded), "left_at": guarded},
                "compile_ns": rng.randint(4, 30) * 1_000_000, "load_ns": rng.randint(15_000, 40_000),
                "ns": spread(quick * ratio, rng), "ratio": spread(ratio, rng)}
        if variant["level"] != "0":
            made["asm"] = asm
        if variant["level"] == "2" and variant["engine"] == "aot":
            made["ir"] = ir_of(dumps[name])
            made["remarks"] = remarks_of(bpf, rng)
        variants.append(made)
    for name, engine, slower in CODELESS:
        ratio = slower * own * rng.uniform(0.8, 1.2)
        variants.append({"id": name, "engine": engine, "how": name, "ns": spread(quick * ratio, rng), "ratio": spread(ratio, rng)})
    asm = clang_asm(files[0], sources, rng)
    variants.append({"id": "clang-O2", "engine": "clang", "level": "2", "how": f"{CLANG} -O2 of the same C, native", **numbers(asm, rng),
                     "ns": spread(quick, rng), "ratio": {"median": 1, "p10": 1, "p90": 1, "min": 1, "max": 1}, "asm": asm})
    variants.append({"id": "pcap", "engine": "pcap", "how": "libpcap's filter of the same expression",
                     "error": {"code": "unsupported", "message": "no expression of libpcap says what this program does"}})
    section = dumps[BUILT[0][0]]["section"]
    return {"id": f"{base}:{dumps[BUILT[0][0]]['name']}", "file": base, "name": dumps[BUILT[0][0]]["name"], "section": section,
            "hook": section.split("/")[-1], "set": "held-out" if len(instructions) > 100 else "tuned",
            "inputs": {"packets": 512, "what": "made up"}, "sources": sources, "bpf": bpf, "reference": "clang-O2", "variants": variants}


def make(weir, paths):
    return {"format": 1, "weir": "weir 0.1.0 (LLVM 19.1.7)", "title": "sample, numbers made up",
            "machine": {"cpu": "a made-up CPU", "kernel": "Linux 6.18", "cores": "2"}, "rounds": 31,
            "programs": [program_of(weir, path, random.Random(path)) for path in paths]}


# ---- others made from one


def with_guard_costs(comparison):
    """What the guards of each guarded variant cost: the same for each, and a loop that they kept from being vectorised."""
    made = copy.deepcopy(comparison)
    for program in made["programs"]:
        for variant in program["variants"]:
            at = sorted(set(variant.get("guards", {}).get("left_at", [])))
            if at:
                variant["guards"]["cost"] = {
                    "against": variant["id"].replace("guard", "trusted"), "instructions": 2.5, "cycles": 0.5,
                    "at": [{"bpf": bpf, "checks": 1, "instructions": 1.5, "cycles": 0.25} for bpf in at],
                    "prevented": [{"kind": "passed", "pass": "loop-vectorize", "name": "Vectorized", "bpf": at[0],
                                   "text": "vectorized loop (vectorization width: 4)"}]}
    return made


def with_before(comparison):
    """As if an older compiler had made every weir variant slower or quicker, and some no different."""
    rng = random.Random(7)
    old = copy.deepcopy(comparison)
    old["title"] = "the commit before"
    for program in old["programs"]:
        for variant in program["variants"]:
            if variant["engine"] not in ("aot", "jit") or "ratio" not in variant:
                continue
            factor = rng.choice([0.93, 1.0, 1.004, 1.08, 1.21, 1.4])
            for name in ("ratio", "ns"):
                variant[name] = {key: round(value * factor, 4) for key, value in variant[name].items()}
            variant["executed"]["instructions"] = round(variant["executed"]["instructions"] * factor, 2)
            if "asm" in variant:
                variant["asm"] = [line for index, line in enumerate(variant["asm"]) if index % 11 or line.get("label")]
    return {**copy.deepcopy(comparison), "title": "this commit", "before": old}


def with_other_before(comparison):
    """As with_before(), but the first program ran on other packets then, and the others had another reference."""
    made = with_before(comparison)
    first, *others = made["before"]["programs"]
    first["inputs"]["what"] = "others"
    for program in others:
        program["reference"] = "aot-O2-x86-64-guard"
    return made


def with_other_source(comparison):
    """As if the C had been changed in between: the program before has an instruction more, and other files first."""
    made = with_before(comparison)
    for program in made["before"]["programs"]:
        program["bpf"].insert(0, {"slot": 0, "text": "r9 = 9", "source": 0, "line": program["bpf"][0]["line"], "runs": 1})
        program["sources"].insert(0, {"name": "gone.h", "lines": [[1, "// gone"]]})
        for item in program["bpf"]:
            item["source"] += 1
        for variant in program["variants"]:
            for line in variant.get("asm", []) + variant.get("ir", []) + variant.get("remarks", []):
                if "bpf" in line:
                    line["bpf"] += 1
                if "source" in line:
                    line["source"] += 1
    return made


def hostile(comparison, name):
    """Everything that is text is called `name`."""
    made = with_before(comparison)
    made["title"] = made["weir"] = name
    made["machine"] = {name: name}
    for program in made["programs"] + made["before"]["programs"]:
        for key in ("id", "file", "name", "section", "hook", "set"):
            program[key] = name + program["id"] if key == "id" else name
        for source in program["sources"]:
            source["name"] = name
            source["lines"] = [[at, name] for at, _ in source["lines"]]
        for instruction in program["bpf"]:
            instruction["text"] = name
        program["reference"] = name + program["reference"]
        for variant in program["variants"]:
            variant["id"] = name + variant["id"]
            variant["how"] = variant["policy"] = variant["cpu"] = name
            variant["engine"] = variant["engine"] if variant["engine"] == "aot" else name
            if "error" in variant:
                variant["error"] = {"code": name, "message": name}
            if "estimate" in variant:
                variant["estimate"]["model"] = name
                variant["estimate"]["ports"] = {name: 1.5}
            for line in variant.get("asm", []) + variant.get("ir", []):
                line["text"] = name
            for remark in variant.get("remarks", []):
                remark.update({"kind": name, "pass": name, "name": name, "text": name})
    return made


def large(comparison, programs=20, instructions=5000, lines=8000):
    """Twenty programs of twelve variants, the first of them very long."""
    rng = random.Random(3)
    made = copy.deepcopy(comparison)
    made["programs"] = []
    for index in range(programs):
        program = copy.deepcopy(comparison["programs"][index % len(comparison["programs"])])
        program["name"] = f"program_{index:02}_{program['name']}"
        program["id"] = f"{program['file']}:{program['name']}"
        timed = [variant for variant in program["variants"] if "asm" in variant and variant["engine"] != "clang"]
        while len(program["variants"]) < 12:
            more = copy.deepcopy(rng.choice(timed))
            more["id"] += f"-{len(program['variants'])}"
            factor = rng.uniform(0.85, 1.3)
            more["ratio"] = {key: round(value * factor, 4) for key, value in more["ratio"].items()}
            program["variants"].append(more)
        made["programs"].append(program)
    long = made["programs"][0]
    long["bpf"] = [{"slot": n, "text": f"r{n % 10} += {n}", "source": 0, "line": 1 + n // 4, "runs": round(rng.random() * 3, 2)} for n in range(instructions)]
    long["sources"] = [{"name": "long.bpf.c", "lines": [[n + 1, f"  total += packet[{n}];"] for n in range(instructions // 4)]}]
    for variant in long["variants"]:
        if "asm" in variant:
            variant["asm"] = [entry(4 * n, 4, f"add rax, {n}", round(rng.random() * 3, 2), rng, bpf=n * instructions // lines) for n in range(lines)]
        if "ir" in variant:
            variant["ir"] = [{"text": f"  %{n} = add i64 %{n - 1}, {n}", "bpf": n} for n in range(instructions)]
    return made


def bare():
    """As little as the format allows, and members that are there but have the wrong type."""
    variants = [{"id": "a", "engine": "aot"}, {"id": "b", "engine": "no-such-engine", "error": {}},
                {"id": "c", "engine": "jit", "asm": [{"text": "ret"}, {}, None], "remarks": [{}, None]}, {}]
    strange = {"id": 7, "name": None, "bpf": [None, {"text": 5}], "sources": {"no": "list"}, "reference": "gone",
               "variants": [{"id": "x", "ratio": {"median": "fast"}, "estimate": [], "code": None, "asm": "none"}, None]}
    return {"format": 1, "programs": [{"id": "p", "name": "p", "variants": variants}, {"name": "nothing"}, strange]}


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    json.dump(make(sys.argv[1], sys.argv[2:]), sys.stdout, separators=(",", ":"))
    print()
