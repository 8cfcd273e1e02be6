// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The code of one program in one or two variants: linked panes, the lines that cost most, remarks, ports.

const HOT_LINES = 10;
const REMARK_LIMIT = 100;
const NO_LINK = { bpf: new Set(), lines: new Set() };

class CodeView {
  // changed(): another program or variant was chosen
  constructor(model, changed) {
    this.model = model;
    this.changed = changed;
    this.cost = "executed";
    this.held = null;
    const handlers = {
      enter: (pane, row) => this.point(pane, row),
      leave: () => this.show(this.held?.link ?? NO_LINK, null, this.held),
      hold: (pane, row) => this.hold(pane, row),
      release: () => this.release(),
    };
    this.panes = {
      c: new Pane("c", "C", handlers),
      bpf: new Pane("bpf", "eBPF", handlers),
      ir: new Pane("ir", "LLVM IR", handlers),
      a: new Pane("a", "Machine code A", handlers),
      b: new Pane("b", "Machine code B", handlers),
    };
    byId("panes").append(...Object.values(this.panes).map((pane) => pane.root));
    byId("program").addEventListener("change", (event) => this.choose(model.programs[event.target.value]));
    byId("variant-a").addEventListener("change", (event) => this.open(this.variantOf(event.target.value), this.b));
    byId("variant-b").addEventListener("change", (event) => this.open(this.a, this.variantOf(event.target.value)));
    byId("cost").addEventListener("change", (event) => {
      this.cost = event.target.value;
      this.draw();
    });
    for (const id of ["remark-kind", "remark-pass"]) {
      byId(id).addEventListener("change", () => this.drawRemarks());
    }
    fillSelect(byId("cost"), COSTS.map(({ key, name }) => [key, name]), this.cost);
  }

  // ---- what is shown

  choose(program) {
    const a = preferred(program);
    this.open(a, a && counterpart(a), program);
  }

  open(a, b, program = a.program) {
    this.program = program;
    this.a = a;
    this.b = b === a ? undefined : b;
    if (this.b && this.b.program.id !== program.id) {
      this.b = undefined;
    }
    this.held = null;
    this.draw();
    this.changed();
  }

  // Values of the variant lists: "3" is the program's fourth, "before:3" that of the comparison before.
  variantOf(value) {
    const [, before, index] = value.match(/^(before:)?(\d+)$/) ?? [];
    return index === undefined ? undefined : (before ? this.oldProgram() : this.program).variants[index];
  }

  oldProgram() {
    return this.model.before?.programs.find(({ id }) => id === this.program.id);
  }

  valueOf(variant) {
    return variant ? `${variant.program === this.program ? "" : "before:"}${variant.index}` : "";
  }

  draw() {
    const { program, a, b } = this;
    this.flags = flagsOf(a);
    this.sameBpf = b && sameBpf(program, b.program) && hasBpf(b) && a && hasBpf(a);
    const origin = (variant, entry) => this.origin(variant, entry);
    this.costs = { a: costOf(a, this.cost, origin), b: costOf(b, this.cost, origin) };
    this.differs = this.costs.a && this.costs.b && [...this.costs.a.byLine.keys(), ...this.costs.b.byLine.keys()]
      .some((key) => Math.abs(this.delta("byLine", key)) >= 0.005);
    this.drawChoices();
    drawFacts(byId("facts"), a, b);
    this.drawSource();
    this.drawBpf();
    this.drawIr();
    this.drawAsm(this.panes.a, a, b);
    this.drawAsm(this.panes.b, b, a);
    byId("panes").classList.toggle("two", Boolean(b));
    this.panes.b.root.hidden = !b;
    this.drawHot();
    drawPorts(byId("ports"), byId("ports-hint"), [a, b]);
    this.fillRemarkFilters();
    this.drawRemarks();
    this.show(NO_LINK, null, null);
  }

  drawChoices() {
    fillSelect(byId("program"), this.model.programs.map((p) => [String(p.index), programName(p, this.model)]), String(this.program.index));
    const text = (variant) => `${variant.id}${variant.error ? " (failed)" : asmOf(variant).length ? "" : " (no code)"}`;
    const options = (before, variants) => variants.map((variant) => [`${before}${variant.index}`, text(variant)]);
    const engines = this.model.engines.map((engine) => ({ label: engineName(engine),
      options: options("", this.program.variants.filter((variant) => variant.engine === engine)) }));
    const own = engines.filter((group) => group.options.length);
    const old = this.oldProgram();
    fillSelect(byId("variant-a"), own, this.valueOf(this.a));
    fillSelect(byId("variant-b"), [["", "nothing"], ...own,
      ...(old ? [{ label: `Before: ${this.model.before.title || this.model.before.weir || "the other comparison"}`,
        options: options("before:", old.variants) }] : [])], this.valueOf(this.b));
  }

  delta(map, key) {
    const { a, b } = this.costs;
    return a && b ? (a[map].get(key) ?? 0) - (b[map].get(key) ?? 0) : undefined;
  }

  drawSource() {
    const sources = list(this.program.raw.sources).map(object);
    const rows = sources.flatMap((source, index) => {
      let previous;
      const lines = list(source.lines).filter((line) => Array.isArray(line)).flatMap(([at, text]) => {
        const key = lineKey(index, at);
        const gap = previous !== undefined && at > previous + 1 ? [{ text: "⋯", heading: true }] : [];
        previous = at;
        return [...gap, {
          text: textOf(text).replaceAll("\t", "    "), number: at, line: key, cost: this.costs.a?.byLine.get(key),
          delta: this.b ? this.delta("byLine", key) : undefined, ...this.flags.lines.get(key),
        }];
      });
      return sources.length > 1 ? [{ text: sourceNames(this.program)[index], heading: true }, ...lines] : lines;
    });
    this.panes.c.set(rows, {
      meta: sourceNames(this.program).join(", "), columns: this.columns("number", "cost", "delta"),
      empty: "No source lines: the object has no debug information (clang -g), or the files are not there.",
    });
  }

  columns(...names) {
    return names.filter((name) => (name !== "delta" || this.differs) && (name !== "cost" || this.costs.a));
  }

  drawBpf() {
    const rows = this.program.bpf.map((instruction, index) => ({
      text: textOf(instruction.text), number: finite(instruction.slot) ?? index, bpf: index,
      line: lineKeyOfBpf(this.program, index), cost: this.costs.a?.byBpf.get(index),
      delta: this.sameBpf ? this.delta("byBpf", index) : undefined, guards: this.flags.bpf.get(index),
    }));
    this.panes.bpf.set(rows, {
      meta: plural(rows.length, "instruction"), empty: "No eBPF instructions in this comparison.",
      columns: this.columns("number", "cost", "delta").filter((name) => name !== "delta" || this.sameBpf),
    });
  }

  // Machine code is known by its eBPF instruction, not by its line of IR: the cost of all that the instruction became
  // stands at its first line, once.
  drawIr() {
    const from = list(this.a?.raw.ir).length ? this.a : this.b;
    const cost = from === this.a ? this.costs.a : this.costs.b;
    const told = new Set();
    const rows = list(from?.raw.ir).map(object).map((entry) => {
      const bpf = finite(entry.bpf);
      const first = bpf !== undefined && !told.has(bpf);
      told.add(bpf);
      return { text: textOf(entry.text), ...this.origin(from, entry), heading: /^\S*:/.test(textOf(entry.text)),
        cost: first ? cost?.byBpf.get(this.origin(from, entry).bpf) : undefined };
    });
    const known = rows.some((row) => row.cost !== undefined);
    this.panes.ir.set(rows, {
      meta: [known ? "cost: of its whole eBPF instr." : "", rows.length && this.b ? from.id : plural(rows.length, "line")]
        .filter(Boolean).join(" · "),
      columns: known ? ["cost"] : [], empty: "No LLVM IR for this variant.",
    });
  }

  drawAsm(pane, variant, other) {
    const { of } = COSTS.find(({ key }) => key === this.cost);
    const extra = variant && other && asmOf(other).length ? extraLines(variant, other, (of, entry) => this.origin(of, entry)) : new Set();
    const letters = { load: "L", store: "S", branch: "B", call: "C" };
    const rows = asmOf(variant).map((entry, index) => ({
      text: textOf(entry.text).replaceAll("\t", " "), ...this.origin(variant, entry), heading: Boolean(entry.label),
      number: entry.label || finite(entry.at) === undefined ? "" : entry.at.toString(16),
      cost: entry.label ? undefined : of(entry), kind: letters[entry.kind] ?? "", extra: extra.has(index),
    }));
    const known = rows.some(({ cost }) => cost !== undefined);
    const without = variant?.error ? `It could not be had. ${errorText(variant)}` : "No machine code for this variant.";
    pane.set(rows, {
      meta: variant ? `${variant.id}${extra.size ? ` · ${extra.size} not in ${pane.name === "a" ? "B" : "A"}` : ""}` : "",
      columns: ["number", ...(known && this.cost !== "static" ? ["cost"] : []), "kind"], empty: without,
    });
  }

  // Of a line of code: the eBPF instruction and the C line in terms of the program that is shown.
  origin(variant, entry) {
    const origin = originOf(variant.program, entry);
    if (variant.program === this.program) {
      return origin;
    }
    return { bpf: this.sameBpf ? origin.bpf : undefined, line: this.lineHere(variant.program, origin.line) };
  }

  lineHere(program, key) {
    if (key === NO_LINE) {
      return key;
    }
    const [source, line] = key.split(":");
    const name = object(list(program.raw.sources)[source]).name;
    const here = list(this.program.raw.sources).findIndex((other) => object(other).name === name);
    return here < 0 ? NO_LINE : `${here}:${line}`;
  }

  // ---- linked lines

  linkOf(row) {
    if (row.bpf !== undefined) {
      return { bpf: new Set([row.bpf]), lines: new Set([lineKeyOfBpf(this.program, row.bpf)]) };
    }
    return row.line === undefined || row.line === NO_LINE ? NO_LINK : this.linkOfLine(row.line);
  }

  linkOfLine(key) {
    const bpf = this.program.bpf.flatMap((_, index) => (lineKeyOfBpf(this.program, index) === key ? [index] : []));
    return { bpf: new Set(bpf), lines: new Set([key]) };
  }

  point(pane, row) {
    if (!this.held) {
      this.show(this.linkOf(row), pane, { row });
    }
  }

  hold(pane, row) {
    if (this.held?.row === row) {
      this.release();
      this.show(this.linkOf(row), pane, { row });
      return;
    }
    const link = this.linkOf(row);
    this.held = link === NO_LINK ? null : { row, link };
    this.show(link, pane, this.held);
  }

  holdLine(key) {
    const link = this.linkOfLine(key);
    const again = this.held?.key === key;
    this.held = again ? null : { key, link };
    this.show(again ? NO_LINK : link, null, this.held);
  }

  release() {
    this.held = null;
    this.show(NO_LINK, null, null);
  }

  show(link, from, what) {
    for (const pane of Object.values(this.panes)) {
      pane.light(link, pane !== from);
    }
    byId("panes").classList.toggle("held", Boolean(this.held));
    this.drawDetail(link, what);
  }

  // What is known about the line in question, in words.
  drawDetail(link, what) {
    const box = byId("detail");
    const key = what?.key ?? [...link.lines][0];
    if (!what || (key === undefined && !link.bpf.size)) {
      box.replaceChildren(el("span", { class: "quiet", text: "Nothing is pointed at." }));
      return;
    }
    const row = what.row ?? {};
    const facts = [];
    if (row.bpf !== undefined && link.bpf.size === 1) {
      const runs = finite(this.program.bpf[row.bpf]?.runs);
      facts.push(`eBPF instruction ${row.bpf}${runs === undefined ? "" : `, runs ${number(runs)} times per run`}`);
    } else if (link.bpf.size) {
      facts.push(plural(link.bpf.size, "eBPF instruction"));
    }
    const name = COSTS.find((cost) => cost.key === this.cost).name;
    for (const [side, costs] of Object.entries(this.costs)) {
      const cost = row.bpf !== undefined ? costs?.byBpf.get(row.bpf) : costs?.byLine.get(key);
      if (costs && (side === "a" || this.b) && (row.bpf === undefined || side === "a" || this.sameBpf)) {
        facts.push(`${side.toUpperCase()}: ${number(cost ?? 0)} ${name} (${number((100 * (cost ?? 0)) / (costs.sum || 1))} %)`);
      }
    }
    const remarks = remarksOf(this.a, link).slice(0, 4);
    box.replaceChildren(el("b", { text: key === undefined ? "" : lineName(this.program, key) }),
      el("span", { text: facts.join(" · ") }), ...(this.held ? [el("span", { class: "tag", text: "held" })] : []),
      ...remarks.map((remark) => el("div", { class: "remark" }, remarkKind(remark), el("span", { text: remarkText(remark) }))));
  }

  // ---- the lines that cost most, or differ most

  drawHot() {
    const { a, b } = this.costs;
    const name = COSTS.find((cost) => cost.key === this.cost).name;
    const differ = Boolean(a && b);
    byId("hot-title").textContent = differ ? "Where the difference is" : "Where it goes";
    if (!a) {
      byId("hot-hint").textContent = "";
      nothing(byId("hot"), this.a && asmOf(this.a).length
        ? `Not known for this variant: its machine code has no ${name}. Choose another cost above.`
        : "No machine code for variant A.");
      return;
    }
    const per = this.cost === "static" ? "" : " per run";
    byId("hot-hint").textContent = differ
      ? `${name}, line by line: A ${number(a.sum)}, B ${number(b.sum)}${per}. The largest differences first.`
      : `${name}, line by line; ${number(a.sum)}${per} in all. The largest first.`;
    const keys = [...new Set([...a.byLine.keys(), ...(b ? b.byLine.keys() : [])])];
    const weight = (key) => Math.abs(differ ? this.delta("byLine", key) : a.byLine.get(key) ?? 0);
    keys.sort((x, y) => weight(y) - weight(x) || (a.byLine.get(y) ?? 0) - (a.byLine.get(x) ?? 0));
    const texts = sourceTexts(this.program);
    const highest = Math.max(...keys.map(weight), 1e-9);
    const rows = keys.slice(0, HOT_LINES).filter((key) => weight(key) > 0.004).map((key) => {
      const bar = el("span", { class: `fill ${differ && this.delta("byLine", key) < 0 ? "less" : "more"}` });
      bar.style.setProperty("width", `${(100 * weight(key)) / highest}%`);
      const place = key === NO_LINE ? el("span", { text: lineName(this.program, key) })
        : el("button", { type: "button", class: "link", text: lineName(this.program, key), click: () => this.holdLine(key) });
      const cells = differ ? [a.byLine.get(key) ?? 0, b.byLine.get(key) ?? 0].map(number).concat(signed(this.delta("byLine", key)))
        : [number(a.byLine.get(key)), `${number((100 * a.byLine.get(key)) / a.sum)} %`];
      return el("tr", {}, el("th", { scope: "row" }, place, el("code", { text: texts.get(key) ?? "" })),
        ...cells.map((text) => el("td", { class: "num", text })), el("td", { class: "bar-cell" }, el("span", { class: "track" }, bar)));
    });
    if (!rows.length) {
      nothing(byId("hot"), "No line differs.");
      return;
    }
    const titles = differ ? ["Line", "A", "B", "A − B", ""] : ["Line", "Cost", "Share", ""];
    byId("hot").replaceChildren(el("table", { class: "hot" }, el("thead", {}, el("tr", {}, ...titles.map((text, index) =>
      el(text ? "th" : "td", { scope: text ? "col" : null, class: index ? "num" : null, text })))), el("tbody", {}, ...rows)));
  }

  // ---- remarks

  fillRemarkFilters() {
    const remarks = this.a?.remarks ?? [];
    const choices = (name, all) => [["", all], ...[...new Set(remarks.map((remark) => textOf(remark[name])))].filter(Boolean).sort()
      .map((value) => [value, `${value} (${remarks.filter((remark) => textOf(remark[name]) === value).length})`])];
    const keep = (id, options) => {
      const before = byId(id).value;
      fillSelect(byId(id), options, options.some(([value]) => value === before) ? before : "");
    };
    keep("remark-kind", choices("kind", "all kinds"));
    keep("remark-pass", choices("pass", "all passes"));
  }

  drawRemarks(limit = REMARK_LIMIT) {
    const [kind, pass] = [byId("remark-kind").value, byId("remark-pass").value];
    const all = this.a?.remarks ?? [];
    const costAt = (remark) => this.costs.a?.byLine.get(remarkLine(this.program, remark)) ?? 0;
    const wanted = all.filter((remark) => (!kind || textOf(remark.kind) === kind) && (!pass || textOf(remark.pass) === pass))
      .sort((x, y) => costAt(y) - costAt(x));
    byId("remarks-hint").textContent = all.length
      ? `${this.a.id}: ${plural(wanted.length, "remark")}, those at the most expensive lines first.` : "";
    if (!wanted.length) {
      nothing(byId("remarks"), all.length ? "No remark of this kind." : "No remarks for variant A.");
      return;
    }
    const rows = wanted.slice(0, limit).map((remark) => {
      const key = remarkLine(this.program, remark);
      const place = key === NO_LINE ? el("span", { class: "place", text: "no line" })
        : el("button", { type: "button", class: "link place", text: lineName(this.program, key), click: () => this.holdLine(key) });
      return el("li", {}, remarkKind(remark), el("span", { class: "pass", text: textOf(remark.pass) }), place,
        el("span", { class: "what", text: textOf(remark.text) || textOf(remark.name) }));
    });
    byId("remarks").replaceChildren(el("ul", {}, ...rows));
    if (wanted.length > limit) {
      byId("remarks").append(el("button", { type: "button", class: "show-all", text: `Show all ${wanted.length}`,
        click: () => this.drawRemarks(Infinity) }));
    }
  }
}

// ---- which variants to begin with

function hasCode(variant) {
  return !variant.error && asmOf(variant).length > 0;
}

// How close to what most people run: ahead of time, guarded, the usual level.
function usual(variant) {
  return (variant.engine === "aot" ? 4 : 0) + (variant.policy === "guard" ? 2 : 0) + (variant.level === "2" ? 1 : 0);
}

function preferred(program) {
  const score = (variant) => (hasCode(variant) ? 8 : 0) + usual(variant) - (variant.error ? 16 : 0);
  return program.variants.reduce((best, variant) => (best && score(best) >= score(variant) ? best : variant), undefined);
}

// Against what: the same without guards, else the reference.
function counterpart(variant) {
  const same = (other) => other !== variant && hasCode(other) && ["engine", "level", "cpu"].every((name) => other[name] === variant[name]);
  const trusted = variant.policy === "trusted" ? undefined
    : variant.program.variants.find((other) => same(other) && other.policy === "trusted");
  const { reference } = variant.program;
  return trusted ?? (reference !== variant && reference && hasCode(reference) ? reference : undefined);
}

// ---- parts

function drawFacts(container, a, b) {
  const keys = ["ratio", "ns", "executed", "cycles", "instructions", "bytes", "stack", "spills", "reloads", "proven", "guards", "guard-cost", "compile"];
  const names = { ratio: "time ratio", ns: "per run", executed: "executed instr.", cycles: "est. cycles",
    instructions: "instr. in the code", bytes: "bytes", stack: "stack bytes", spills: "spills", reloads: "reloads",
    proven: "accesses proven", guards: "guards left", "guard-cost": "instr. for guards", compile: "to compile" };
  const facts = keys.map(column).filter(({ get }) => [a, b].some((variant) => variant && get(variant) !== undefined));
  const cells = facts.map(({ key, get, text, higher }) => {
    const show = (variant) => (text ?? number)(get(variant)) + (key === "proven" && variant.raw.guards?.accesses !== undefined
      ? ` of ${number(finite(variant.raw.guards.accesses))}` : "");
    const [x, y] = [a, b].map((variant) => variant && get(variant));
    const change = x > 0 && y > 0 ? x / y - 1 : undefined;
    return el("div", { class: "fact" }, el("dt", { text: names[key] }),
      el("dd", {}, el("span", { class: "a", text: x === undefined ? "–" : show(a) }),
        b ? el("span", { class: "b", text: y === undefined ? "–" : show(b) }) : null,
        change ? el("span", { class: `delta ${(change > 0) === !higher ? "more" : "less"}`, text: percent(change) }) : null));
  });
  const notices = [a, b].filter((variant) => variant?.error).map((variant) =>
    el("p", { class: "notice", text: `${variant.id}: ${errorText(variant)}` }));
  if (a && b && b.program !== a.program && !sameBpf(a.program, b.program)) {
    notices.push(el("p", { class: "notice", text: "The eBPF of this program changed in between: B is linked by file and line number." }));
  }
  container.replaceChildren(...notices, cells.length ? el("dl", { class: "facts" }, ...cells) : "",
    b ? el("p", { class: "legend" }, el("span", {}, el("span", { class: "swatch a" }), `A ${a.how || a.id}`),
      el("span", {}, el("span", { class: "swatch b" }), `B ${b.how || b.id}`)) : el("p", { class: "legend", text: a?.how ?? "" }));
}

function sourceTexts(program) {
  return new Map(list(program.raw.sources).flatMap((source, index) =>
    list(object(source).lines).filter((line) => Array.isArray(line)).map(([at, text]) => [lineKey(index, at), textOf(text).trim()])));
}

function remarkLine(program, remark) {
  const bpf = finite(remark.bpf);
  return finite(remark.line) !== undefined ? lineKey(remark.source, remark.line)
    : bpf === undefined ? NO_LINE : lineKeyOfBpf(program, bpf);
}

// How many guards and remarks a line has: {guards, remarks} by C line, guards by eBPF instruction.
function flagsOf(variant) {
  const lines = new Map();
  const bpf = new Map();
  for (const remark of variant?.remarks ?? []) {
    const key = remarkLine(variant.program, remark);
    const line = lines.get(key) ?? lines.set(key, {}).get(key);
    if (remark.kind === "guard" && remark.checks) {
      line.guards = (line.guards ?? 0) + remark.checks;
      bpf.set(remark.bpf, remark.checks);
    } else {
      line.remarks = (line.remarks ?? 0) + 1;
    }
  }
  return { lines, bpf };
}

function remarksOf(variant, link) {
  const order = { guard: -1, missed: 0, analysis: 1, passed: 2 };
  return (variant?.remarks ?? []).filter((remark) => link.lines.has(remarkLine(variant.program, remark)) || link.bpf.has(remark.bpf))
    .sort((x, y) => (order[x.kind] ?? 3) - (order[y.kind] ?? 3));
}

function remarkKind(remark) {
  const kind = ["guard", "missed", "passed", "analysis"].includes(remark.kind) ? remark.kind : "";
  return el("span", { class: `tag kind-${kind || "other"}`, text: textOf(remark.kind) || "remark" });
}

function remarkText(remark) {
  return [textOf(remark.pass), textOf(remark.text) || textOf(remark.name)].filter(Boolean).join(": ");
}
