// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The comparison (docs/COMPARE.md) as the views want it. Every member may be absent: what is not there is undefined
// or an empty list from here on, and nobody asks again.

const ENGINES = [
  ["aot", "ahead of time"],
  ["jit", "JIT"],
  ["interpreter", "interpreter"],
  ["clang", "clang, native C"],
  ["kernel", "kernel"],
  ["dpdk", "DPDK"],
  ["pcap", "libpcap"],
];

function list(value) {
  return Array.isArray(value) ? value : [];
}

function object(value) {
  return value !== null && typeof value === "object" ? value : {};
}

function finite(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function textOf(value) {
  return value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

function distribution(value) {
  const median = finite(object(value).median);
  return median === undefined ? undefined
    : { median, low: finite(value.p10) ?? median, high: finite(value.p90) ?? median };
}

function readVariant(raw, index, program) {
  const how = [raw.policy, raw.level === undefined ? null : `-O${textOf(raw.level)}`, raw.cpu].map(textOf);
  return {
    index, program, raw,
    id: textOf(raw.id) || `variant ${index}`,
    engine: textOf(raw.engine),
    policy: textOf(raw.policy),
    level: textOf(raw.level),
    cpu: textOf(raw.cpu),
    how: textOf(raw.how) || how.filter(Boolean).join(" "),
    error: raw.error ? object(raw.error) : undefined,
    ratio: distribution(raw.ratio),
    ns: distribution(raw.ns),
    ports: Object.entries(object(object(raw.estimate).ports)).filter(([, value]) => finite(value) !== undefined),
    model: textOf(object(raw.estimate).model),
    remarks: [...guardRemarks(raw, program), ...list(raw.remarks).map(object)],
  };
}

// The guards that are left in the code, as remarks: one for each instruction whose access is checked, with what it
// costs, and one for each thing that LLVM did only without them.
function guardRemarks(raw, program) {
  const places = list(object(raw.guards).left_at).filter((bpf) => program.bpf[bpf]);
  const cost = object(object(raw.guards).cost);
  const against = textOf(cost.against);
  const guards = [...new Set(places)].map((bpf) => {
    const checks = places.filter((other) => other === bpf).length;
    const own = object(list(cost.at).find((at) => object(at).bpf === bpf));
    const more = finite(own.instructions);
    return { kind: "guard", pass: "verifier", bpf, checks, more,
      text: `${textOf(program.bpf[bpf].text)}: not proven safe, checked when it runs` +
        (checks > 1 ? `, in ${checks} copies of the code` : "") +
        (more === undefined ? "" : `; costs ${signed(more)} instructions` +
          (finite(own.cycles) === undefined ? "" : `, ${signed(own.cycles)} estimated cycles`) + ` a run, against ${against}`) };
  }).sort((a, b) => (b.more ?? 0) - (a.more ?? 0));
  const prevented = list(cost.prevented).map(object).map((remark) => ({ kind: "guard", pass: "prevented", bpf: finite(remark.bpf),
    source: remark.source, line: remark.line, text: `only in ${against}: ${textOf(remark.pass)}: ${textOf(remark.text)}` }));
  return [...guards, ...prevented];
}

function readProgram(raw, index) {
  const program = {
    index, raw,
    id: textOf(raw.id) || textOf(raw.name) || `program ${index}`,
    name: textOf(raw.name) || textOf(raw.id) || `program ${index}`,
    file: textOf(raw.file),
    section: textOf(raw.section),
    hook: textOf(raw.hook),
    set: textOf(raw.set),
    inputs: object(raw.inputs),
    bpf: list(raw.bpf).map(object),
  };
  program.variants = list(raw.variants).map((variant, at) => readVariant(object(variant), at, program));
  program.reference = program.variants.find((variant) => variant.id === raw.reference);
  return program;
}

function readComparison(raw) {
  const programs = list(raw.programs).map((program, index) => readProgram(object(program), index));
  const known = ENGINES.map(([engine]) => engine);
  const there = new Set(programs.flatMap((program) => program.variants.map((variant) => variant.engine)));
  return {
    title: textOf(raw.title),
    weir: textOf(raw.weir),
    machine: Object.entries(object(raw.machine)).map(([name, value]) => [name, textOf(value)]),
    rounds: finite(raw.rounds),
    programs,
    engines: [...known.filter((engine) => there.has(engine)), ...[...there].filter((name) => !known.includes(name))],
    before: raw.before ? readComparison(object(raw.before)) : undefined,
  };
}

function engineName(engine) {
  return ENGINES.find(([name]) => name === engine)?.[1] ?? (engine || "unknown engine");
}

// The class that colours it: only names from the table above become part of the page.
function engineClass(engine) {
  return ENGINES.some(([name]) => name === engine) ? `e-${engine}` : "e-other";
}

// Names are not unique when several files hold a program of the same name.
function programName(program, model) {
  return model.programs.some((other) => other !== program && other.name === program.name) ? program.id : program.name;
}

// ---- what is known about a variant

function member(group, name) {
  return (variant) => finite(object(variant.raw[group])[name]);
}

const COLUMNS = [
  { key: "ratio", group: "Time", title: "ratio", get: (v) => v.ratio?.median, text: times,
    what: "time divided by the reference's, median of pairs" },
  { key: "ns", group: "Time", title: "per run", get: (v) => v.ns?.median, text: duration, what: "time of one run" },
  { key: "executed", group: "Executed per run", title: "instr.", get: member("executed", "instructions"),
    what: "machine instructions executed per run" },
  { key: "executed-loads", group: "Executed per run", title: "loads", get: member("executed", "loads") },
  { key: "executed-stores", group: "Executed per run", title: "stores", get: member("executed", "stores") },
  { key: "executed-branches", group: "Executed per run", title: "branches", get: member("executed", "branches") },
  { key: "cycles", group: "Estimated", title: "cycles", get: member("estimate", "cycles"),
    what: "cycles per run, estimated by LLVM-MCA" },
  { key: "uops", group: "Estimated", title: "µops", get: member("estimate", "uops") },
  { key: "instructions", group: "Code", title: "instr.", get: member("code", "instructions"),
    what: "machine instructions in the code" },
  { key: "bytes", group: "Code", title: "bytes", get: member("code", "bytes"), what: "bytes of machine code" },
  { key: "blocks", group: "Code", title: "blocks", get: member("code", "blocks") },
  { key: "loads", group: "Code", title: "loads", get: member("code", "loads") },
  { key: "stores", group: "Code", title: "stores", get: member("code", "stores") },
  { key: "branches", group: "Code", title: "branches", get: member("code", "branches") },
  { key: "calls", group: "Code", title: "calls", get: member("code", "calls") },
  { key: "stack", group: "Code", title: "stack", get: member("code", "stack"), what: "bytes of stack" },
  { key: "spills", group: "Code", title: "spills", get: member("code", "spills") },
  { key: "reloads", group: "Code", title: "reloads", get: member("code", "reloads") },
  { key: "accesses", group: "Guards", title: "accesses", get: member("guards", "accesses"),
    what: "memory accesses of the program" },
  { key: "proven", group: "Guards", title: "proven", get: member("guards", "proven"), higher: true,
    what: "accesses that were proven safe" },
  { key: "guards", group: "Guards", title: "left", get: member("guards", "left"), what: "guards in the machine code" },
  { key: "guard-cost", group: "Guards", title: "cost", get: (v) => finite(object(object(v.raw.guards).cost).instructions),
    what: "instructions executed per run beyond those of the same without guards" },
  { key: "compile", group: "Building", title: "compile", get: (v) => finite(v.raw.compile_ns), text: duration },
  { key: "load", group: "Building", title: "load", get: (v) => finite(v.raw.load_ns), text: duration },
];

function column(key) {
  return COLUMNS.find((entry) => entry.key === key);
}

// ---- quantities that programs can be compared by: against the reference

const QUANTITIES = [
  { key: "ratio", name: "Time", axis: "time, against the reference" },
  { key: "executed", name: "Executed instructions", axis: "executed instructions, against the reference" },
  { key: "cycles", name: "Estimated cycles", axis: "estimated cycles, against the reference" },
  { key: "instructions", name: "Instructions in the code", axis: "instructions in the code, against the reference" },
  { key: "bytes", name: "Bytes of code", axis: "bytes of code, against the reference" },
];

// {median, low, high} of the variant, in multiples of its program's reference.
function relative(variant, key) {
  if (key === "ratio") {
    return variant.ratio?.median > 0 ? variant.ratio : undefined;
  }
  const reference = variant.program.reference;
  const own = column(key).get(variant);
  const other = reference && column(key).get(reference);
  if (!(own > 0) || !(other > 0)) {
    return undefined;
  }
  return { median: own / other, low: own / other, high: own / other };
}

function quantitiesOf(model) {
  const variants = model.programs.flatMap((program) => program.variants);
  return QUANTITIES.filter(({ key }) => variants.some((variant) => relative(variant, key)));
}

function geomean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

// For each variant (by id) of these programs: the geometric mean of the quantity over those that have it.
function meansOf(programs, key) {
  const found = new Map();
  for (const program of programs) {
    for (const variant of program.variants) {
      const value = relative(variant, key);
      if (value) {
        const entry = found.get(variant.id) ?? { id: variant.id, variant, values: [] };
        entry.values.push(value.median);
        found.set(variant.id, entry);
      }
    }
  }
  return [...found.values()].map((entry) => ({ ...entry, count: entry.values.length, mean: geomean(entry.values) }));
}

// ---- what was asked for: shared by the overview, before/after, the estimate and the table

function visiblePrograms(model, wish) {
  const words = wish.text.toLowerCase().split(/\s+/).filter(Boolean);
  const programs = model.programs.filter((program) => !wish.set || program.set === wish.set);
  const matches = (program) => words.every((word) =>
    [program.id, program.name, program.section, program.hook, ...program.variants.map((v) => v.id)]
      .some((text) => text.toLowerCase().includes(word)));
  const key = wish.quantity;
  const spread = (program) => visibleVariants(program, wish).map((v) => relative(v, key)?.median)
    .filter((value) => value !== undefined);
  const highest = (program) => Math.max(-Infinity, ...spread(program));
  const lowest = (program) => Math.min(Infinity, ...spread(program));
  const orders = {
    given: () => 0,
    name: (a, b) => a.name.localeCompare(b.name),
    worst: (a, b) => highest(b) - highest(a),
    best: (a, b) => lowest(a) - lowest(b),
  };
  return programs.filter(matches).sort((a, b) => orders[wish.order](a, b) || a.index - b.index);
}

// A word that names variants rather than programs narrows the variants as well.
function visibleVariants(program, wish) {
  const words = wish.text.toLowerCase().split(/\s+/).filter(Boolean);
  const ofProgram = [program.id, program.name, program.section, program.hook].map((text) => text.toLowerCase());
  const rest = words.filter((word) => !ofProgram.some((text) => text.includes(word)));
  return program.variants.filter((variant) => !wish.hidden.has(variant.engine) &&
    rest.every((word) => variant.id.toLowerCase().includes(word)));
}

// ---- code, line by line

function asmOf(variant) {
  return variant ? (variant.asm ??= list(variant.raw.asm).map(object)) : [];
}

const NO_LINE = "none";

function lineKey(source, line) {
  return finite(line) === undefined ? NO_LINE : `${finite(source) ?? 0}:${line}`;
}

function lineKeyOfBpf(program, index) {
  const instruction = program.bpf[index];
  return instruction ? lineKey(instruction.source, instruction.line) : NO_LINE;
}

// What files are called in few words: without their folders, where that tells them apart.
function sourceNames(program) {
  return program.sourceNames ??= (() => {
    const names = list(program.raw.sources).map((source) => textOf(object(source).name));
    const short = names.map((name) => name.split("/").at(-1) || name);
    return short.map((name, index) => (short.indexOf(name) === short.lastIndexOf(name) ? name : names[index]));
  })();
}

function lineName(program, key) {
  if (key === NO_LINE) {
    return "no line";
  }
  const [source, line] = key.split(":");
  return `${sourceNames(program)[source] ?? "source"}:${line}`;
}

// Where machine code comes from: {bpf, line} of an entry of "asm".
function originOf(program, entry) {
  const bpf = finite(entry.bpf);
  return bpf !== undefined && program.bpf[bpf]
    ? { bpf, line: lineKeyOfBpf(program, bpf) }
    : { bpf: undefined, line: lineKey(entry.source, entry.line) };
}

const COSTS = [
  { key: "executed", name: "executed instructions", of: (entry) => finite(entry.runs) },
  { key: "cycles", name: "estimated cycles",
    of: (entry) => finite(entry.runs) !== undefined && finite(entry.cycles) !== undefined
      ? entry.runs * entry.cycles : undefined },
  { key: "static", name: "instructions in the code", of: () => 1 },
];

// The cost of a variant by eBPF instruction and by line, and its sum; undefined if it is not known. `origin` gives
// {bpf, line} of an entry of its "asm".
function costOf(variant, key, origin) {
  const { of } = COSTS.find((cost) => cost.key === key);
  const byBpf = new Map();
  const byLine = new Map();
  let sum;
  for (const entry of asmOf(variant)) {
    const cost = entry.label ? undefined : of(entry);
    if (cost === undefined) {
      continue;
    }
    const { bpf, line } = origin(variant, entry);
    sum = (sum ?? 0) + cost;
    byLine.set(line, (byLine.get(line) ?? 0) + cost);
    if (bpf !== undefined) {
      byBpf.set(bpf, (byBpf.get(bpf) ?? 0) + cost);
    }
  }
  return sum === undefined ? undefined : { byBpf, byLine, sum };
}

function hasBpf(variant) {
  return asmOf(variant).some((entry) => finite(entry.bpf) !== undefined);
}

// Numbers of eBPF instructions mean the same in both: the program was not compiled anew between them.
function sameBpf(program, other) {
  return program === other || (program.bpf.length === other.bpf.length &&
    program.bpf.every((instruction, index) => instruction.text === other.bpf[index].text));
}

// The machine code lines of `variant` that `other` has not: for each eBPF instruction (or C line, where one of them
// knows only that), what is left when its mnemonics are taken away one by one.
function extraLines(variant, other, origin) {
  const byBpf = hasBpf(variant) && hasBpf(other) && sameBpf(variant.program, other.program);
  const nameOf = (entry, of) => {
    const { bpf, line } = origin(of, entry);
    return `${byBpf ? bpf : line} ${textOf(entry.text).split(/\s/)[0]}`;
  };
  const left = new Map();
  for (const entry of asmOf(other)) {
    const name = nameOf(entry, other);
    left.set(name, (left.get(name) ?? 0) + 1);
  }
  const extra = new Set();
  asmOf(variant).forEach((entry, index) => {
    const name = nameOf(entry, variant);
    const count = left.get(name) ?? 0;
    if (entry.label) {
      return;
    }
    if (count > 0) {
      left.set(name, count - 1);
    } else {
      extra.add(index);
    }
  });
  return extra;
}
