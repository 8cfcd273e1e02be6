// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Before and after: the variants that two comparisons share, by how much they changed.

const HISTORY_LIMIT = 60;

// Why a quantity of a variant says nothing against what it was; undefined: it does.
function historyObstacle(variant, before, key) {
  const executes = ["ratio", "ns", "executed", "cycles"].includes(key);
  const inputs = ({ program }) => JSON.stringify([program.inputs.packets, program.inputs.what]);
  if (executes && inputs(variant) !== inputs(before)) {
    return "other packets";
  }
  if (key === "ratio" && variant.program.reference?.id !== before.program.reference?.id) {
    return "another reference";
  }
  return key === "cycles" && variant.model !== before.model ? "another CPU's model" : undefined;
}

// [{variant, before, from, to, change, noise}] of what both comparisons have, the largest change first. Why others are
// left out is added to `obstacles`.
function changesOf(model, wish, key, obstacles) {
  const old = new Map(model.before.programs.map((program) => [program.id, program]));
  const found = [];
  for (const program of visiblePrograms(model, wish)) {
    for (const variant of visibleVariants(program, wish)) {
      const before = old.get(program.id)?.variants.find(({ id }) => id === variant.id);
      const from = before && historyValue(before, key);
      const to = historyValue(variant, key);
      const obstacle = from && to && historyObstacle(variant, before, key);
      if (obstacle) {
        obstacles.push(obstacle);
      } else if (from && to && from.median > 0 && to.median > 0) {
        const noise = from.low <= to.high && to.low <= from.high;
        found.push({ variant, before, from, to, change: to.median / from.median - 1, noise });
      }
    }
  }
  return found.sort((a, b) => Math.abs(Math.log1p(b.change)) - Math.abs(Math.log1p(a.change)));
}

// Whether both comparisons have it, be it that it says nothing.
function isInHistory(model, wish, key) {
  const obstacles = [];
  return changesOf(model, wish, key, obstacles).length > 0 || obstacles.length > 0;
}

function historyValue(variant, key) {
  if (key === "ratio") {
    return variant.ratio;
  }
  const value = column(key).get(variant);
  return value === undefined ? undefined : { median: value, low: value, high: value };
}

function historyKind({ change, noise }) {
  return noise || change === 0 ? "same" : change < 0 ? "better" : "worse";
}

function drawHistory(container, hint, model, wish, key, open) {
  const obstacles = [];
  const all = changesOf(model, wish, key, obstacles);
  const count = (kind) => all.filter((entry) => historyKind(entry) === kind).length;
  const names = [model.before.title || model.before.weir || "before", model.title || model.weir || "after"];
  hint.textContent = `From ${names[0]} to ${names[1]}: ${count("better")} better, ${count("worse")} worse, ` +
    `${count("same")} the same within their spread.` +
    (obstacles.length ? ` ${plural(obstacles.length, "variant")} left out: ${[...new Set(obstacles)].join(", ")}.` : "");
  if (!all.length) {
    nothing(container, "Both comparisons have no variant with this quantity in common.");
    return;
  }
  const changed = all.filter((entry) => historyKind(entry) !== "same");
  const wanted = wish.unchanged || !changed.length ? all : changed;
  const shown = wanted.slice(0, HISTORY_LIMIT);
  const width = container.clientWidth;
  const narrow = width < 640;
  const left = narrow ? 6 : 330;
  const right = 76;
  const row = narrow ? 40 : 26;
  const top = 46;
  const bottom = top + shown.length * row;
  const values = shown.flatMap(({ from, to }) => [from.low, from.high, to.low, to.high]);
  const scale = logScale(values, left + 12, width - right);
  scale.from = left + 12;
  const picture = svg("svg", { width, height: bottom + 8, role: "group", "aria-label": "Changes, the largest first" });
  const isRatio = key === "ratio";
  drawAxis(picture, scale, top, bottom, isRatio ? "time, against the reference" : column(key).what ?? column(key).title, isRatio);
  const roving = shown.map((entry, index) => {
    const y = top + index * row;
    const { variant, from, to, change } = entry;
    const kind = historyKind(entry);
    const show = (value) => (isRatio ? times(value) : number(value));
    const text = [`${variant.program.name} · ${variant.id}`, `${show(from.median)} before, ${show(to.median)} after: ${percent(change)}`,
      kind === "same" ? "within the spread of both" : kind, variant.how];
    const node = svg("g", { class: `change ${kind}`, "aria-label": text.filter(Boolean).join(", ") },
      svg("rect", { class: "hit", x: 0, y, width, height: row, rx: 4 }));
    const name = svg("text", { x: 8, y: y + (narrow ? 14 : row / 2 + 4), class: narrow ? "name over" : "name" },
      svg("tspan", { text: shorten(programName(variant.program, model), narrow ? width * 0.4 : left * 0.42) }),
      svg("tspan", { class: narrow ? "note over" : "note", dx: 8, text: shorten(variant.id, narrow ? width * 0.5 : left * 0.55) }));
    const middle = narrow ? y + 28 : y + row / 2;
    const [x1, x2] = [scale(from.median), scale(to.median)];
    const line = svg("line", { class: "shift", x1, x2, y1: middle, y2: middle });
    node.append(name, line, svg("circle", { class: "from", cx: x1, cy: middle, r: 4 }));
    node.append(Math.abs(x2 - x1) > 7
      ? svg("path", { class: "to", d: x2 > x1 ? `M${x2 + 5} ${middle}l-9 -5v10z` : `M${x2 - 5} ${middle}l9 -5v10z` })
      : svg("circle", { class: "to", cx: x2, cy: middle, r: 4 }));
    node.append(label(width - 8, middle + 4, kind === "same" && change !== 0 ? `(${percent(change)})` : percent(change),
      { class: "amount", "text-anchor": "end" }));
    describe(node, () => text);
    picture.append(node);
    return [{ node, x: x2, open: () => open(variant, entry.before) }];
  });
  container.replaceChildren(picture);
  if (wanted.length > shown.length) {
    container.append(el("p", { class: "hint", text: `The ${shown.length} largest of ${wanted.length} are shown; filter to see others.` }));
  }
  if (wanted !== all) {
    container.append(el("button", { type: "button", class: "show-all", text: `Show the ${all.length - changed.length} that did not change`,
      click: () => {
        wish.unchanged = true;
        drawHistory(container, hint, model, wish, key, open);
      } }));
  }
  rove(roving);
}
