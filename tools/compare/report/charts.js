// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The charts: ratios of programs and engines, measured against estimated, port pressure. Each is drawn anew for the
// width that it has.

// One shape an engine, so that colour is not needed to tell them apart.
const SHAPES = {
  aot: (r) => svg("circle", { r }),
  jit: (r) => svg("path", { d: `M0 ${-r * 1.3}L${r * 1.3} 0 0 ${r * 1.3} ${-r * 1.3} 0Z` }),
  interpreter: (r) => svg("path", { d: `M0 ${-r * 1.2}L${r * 1.2} ${r}H${-r * 1.2}Z` }),
  clang: (r) => svg("rect", { x: -r, y: -r, width: 2 * r, height: 2 * r }),
  kernel: (r) => svg("path", { d: `M0 ${r * 1.2}L${r * 1.2} ${-r}H${-r * 1.2}Z` }),
  dpdk: (r) => svg("path", { d: `M${-r} ${-r / 3}L0 ${-r * 1.2} ${r} ${-r / 3} ${r * 0.7} ${r}H${-r * 0.7}Z` }),
  pcap: (r) => svg("path", { d: `M${-r / 2.5} ${-r}H${r / 2.5}V${-r / 2.5}H${r}V${r / 2.5}H${r / 2.5}V${r}H${-r / 2.5}V${r / 2.5}H${-r}V${-r / 2.5}H${-r / 2.5}Z` }),
};

function mark(engine, x, y, radius = 4.5) {
  const shape = (SHAPES[engine] ?? SHAPES.aot)(radius);
  return svg("g", { class: `mark ${engineClass(engine)}`, transform: `translate(${x} ${y})` }, shape);
}

function engineBadge(engine) {
  const picture = svg("svg", { class: "badge", viewBox: "-8 -8 16 16", width: 14, height: 14, "aria-hidden": "true" });
  picture.append(mark(engine, 0, 0, 5));
  return picture;
}

function nothing(container, text) {
  container.replaceChildren(el("p", { class: "empty", text }));
}

function variantLines(variant, key) {
  const value = relative(variant, key);
  const spread = key === "ratio" && value ? `, 10th to 90th percentile ${times(value.low)} to ${times(value.high)}` : "";
  const quantity = QUANTITIES.find((entry) => entry.key === key);
  const own = key === "ratio" ? column("ns") : column(key);
  const absolute = own.get(variant);
  return [
    `${variant.program.name} · ${variant.id}`,
    value && `${quantity.name}: ${times(value.median)} the reference's${spread}`,
    absolute !== undefined && `${own.text ? own.text(absolute) : number(absolute)} ${own.what ? `(${own.what})` : ""}`,
    variant.how,
  ];
}

// Marks that the keyboard goes through with one tab stop: left and right in a row, up and down between rows.
// rows: [[{node, x, open}]]; the first of all is where Tab arrives.
function rove(rows) {
  rows = rows.map((row) => row.slice().sort((a, b) => a.x - b.x)).filter((row) => row.length);
  let current;
  const go = (entry) => {
    current?.node.setAttribute("tabindex", "-1");
    current = entry;
    entry.node.setAttribute("tabindex", "0");
  };
  rows.forEach((row, at) => row.forEach((entry, index) => {
    entry.node.setAttribute("tabindex", "-1");
    entry.node.setAttribute("role", "button");
    entry.node.addEventListener("click", entry.open);
    entry.node.addEventListener("keydown", (event) => {
      const nearest = (other) => other?.reduce((best, candidate) =>
        Math.abs(candidate.x - entry.x) < Math.abs(best.x - entry.x) ? candidate : best);
      const next = {
        ArrowLeft: () => row[index - 1], ArrowRight: () => row[index + 1],
        ArrowUp: () => nearest(rows[at - 1]), ArrowDown: () => nearest(rows[at + 1]),
        Home: () => row[0], End: () => row.at(-1),
      }[event.key];
      if (next) {
        event.preventDefault();
        const found = next();
        if (found) {
          go(found);
          found.node.focus();
        }
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        entry.open();
      }
    });
  }));
  if (rows.length) {
    go(rows[0][0]);
  }
}

function drawAxis(picture, scale, top, bottom, text, one) {
  for (const tick of scale.ticks(56)) {
    const x = scale(tick);
    picture.append(svg("line", { class: "grid", x1: x, x2: x, y1: top, y2: bottom }),
      label(x, top - 8, `${tickText(tick)}${one ? "×" : ""}`, { class: "tick", "text-anchor": "middle" }));
  }
  if (one && scale.low < 1 && scale.high > 1) {
    picture.append(svg("line", { class: "one", x1: scale(1), x2: scale(1), y1: top - 3, y2: bottom }));
  }
  picture.append(label(scale.from, top - 26, text, { class: "axis" }));
}

function shorten(text, pixels) {
  const room = Math.max(4, Math.floor(pixels / 7.2));
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}

// ---- the overview: a row a program, a lane an engine, a mark a variant

function drawOverview(container, model, wish, open) {
  const width = container.clientWidth;
  const programs = visiblePrograms(model, wish);
  const rows = [];
  const means = meansOf(programs, wish.quantity)
    .filter(({ variant, count }) => !wish.hidden.has(variant.engine) && count === programs.length);
  for (const program of programs) {
    const points = visibleVariants(program, wish)
      .map((variant) => ({ variant, engine: variant.engine, value: relative(variant, wish.quantity) }))
      .filter(({ value }) => value);
    rows.push({ name: programName(program, model), note: program.set, program, points });
  }
  if (programs.length > 1 && means.length) {
    rows.unshift({
      name: "Geometric mean", note: plural(programs.length, "program"), mean: true,
      points: means.map(({ variant, mean }) =>
        ({ variant, engine: variant.engine, mean, value: { median: mean, low: mean, high: mean } })),
    });
  }
  const values = rows.flatMap((row) => row.points.flatMap(({ value }) => [value.low, value.high]));
  if (!values.length) {
    nothing(container, programs.length ? "None of these variants has this quantity." : "No program has this in its name.");
    return;
  }
  const narrow = width < 640;
  const left = narrow ? 6 : Math.min(210, 60 + 7.2 * Math.max(...rows.map((row) => row.name.length)));
  const top = 46;
  const lane = 11;
  const present = model.engines.filter((engine) => rows.some((row) => row.points.some((p) => p.engine === engine)));
  const heightOf = (row) => (narrow ? 22 : 10) + lane * Math.max(2, lanesOf(row, present).length) + 6;
  const bottom = top + rows.reduce((sum, row) => sum + heightOf(row), 0);
  const scale = logScale([...values, 1], left + 10, width - 14);
  scale.from = left + 10;
  const picture = svg("svg", { width, height: bottom + 8, role: "group", "aria-label": "Ratios of programs by engine" });
  const roving = [];
  let y = top;
  const stripes = svg("g");
  picture.append(stripes);
  drawAxis(picture, scale, top, bottom, QUANTITIES.find(({ key }) => key === wish.quantity).axis, true);
  rows.forEach((row, index) => {
    const height = heightOf(row);
    if (row.mean || index % 2 === (rows[0].mean ? 0 : 1)) {
      stripes.append(svg("rect", { class: row.mean ? "stripe mean" : "stripe", x: 0, y, width, height, rx: 4 }));
    }
    const nameY = narrow ? y + 15 : y + height / 2 + (row.note ? -1 : 4);
    picture.append(label(8, nameY, shorten(row.name, narrow ? width - 110 : left - 12), { class: `name${row.mean ? " strong" : ""}${narrow ? " over" : ""}` }));
    if (row.note) {
      picture.append(narrow ? label(width - 8, nameY, shorten(row.note, 90), { class: "note", "text-anchor": "end" })
        : label(8, nameY + 14, shorten(row.note, left - 12), { class: "note" }));
    }
    roving.push(drawRow(picture, row, y + (narrow ? 22 : 5) + lane / 2 + 2, lane, scale, present, wish, open));
    y += height;
  });
  container.replaceChildren(picture);
  rove(roving);
}

function lanesOf(row, present) {
  return present.filter((engine) => row.points.some((point) => point.engine === engine));
}

function drawRow(picture, row, top, lane, scale, present, wish, open) {
  const lanes = lanesOf(row, present);
  const entries = [];
  for (const { variant, engine, value, mean } of row.points) {
    const x = scale(value.median);
    const y = top + lane * lanes.indexOf(engine);
    const text = mean === undefined ? variantLines(variant, wish.quantity)
      : [`Geometric mean · ${variant.id}`, times(mean), variant.how];
    const node = svg("g", { class: `point ${engineClass(engine)}`, "aria-label": text.filter(Boolean).join(", ") });
    if (value.high > value.low) {
      node.append(svg("line", { class: "spread", x1: scale(value.low), x2: scale(value.high), y1: y, y2: y }));
    }
    node.append(svg("circle", { class: "halo", cx: x, cy: y, r: 9 }), mark(engine, x, y));
    describe(node, () => text);
    const same = (on) => picture.querySelectorAll(".point").forEach((point) =>
      point.classList.toggle("aside", on && point.dataset.variant !== node.dataset.variant));
    node.dataset.variant = variant.id;
    node.addEventListener("pointerenter", () => same(true));
    node.addEventListener("pointerleave", () => same(false));
    picture.append(node);
    entries.push({ node, x, open: () => open(variant) });
  }
  return entries;
}

// ---- measured against estimated: the line is what the estimate says at the best rate that was seen

function drawRoofline(container, hint, model, wish, open) {
  const points = visiblePrograms(model, wish).flatMap((program) => visibleVariants(program, wish))
    .map((variant) => ({ variant, cycles: column("cycles").get(variant), ns: variant.ns?.median }))
    .filter(({ cycles, ns }) => cycles > 0 && ns > 0);
  if (!points.length) {
    hint.textContent = "";
    nothing(container, "No variant here was both timed and estimated.");
    return;
  }
  const rates = points.map(({ cycles, ns }) => cycles / ns).sort((a, b) => a - b);
  const rate = rates[Math.floor((rates.length - 1) * 0.95)];
  hint.textContent = "Each mark is a variant. The lower line is the floor: the estimated cycles at " +
    `${rate.toFixed(2)} cycles a nanosecond, the best rate seen here (95th percentile). What stands above it spends ` +
    "time that the model does not know: caches, mispredicted branches, short loops.";
  const width = container.clientWidth;
  const height = Math.max(280, Math.min(440, width * 0.55));
  const x = logScale(points.map(({ cycles }) => cycles), 54, width - 16);
  const y = logScale([...points.map(({ ns }) => ns), ...points.map(({ cycles }) => cycles / rate)], height - 46, 14);
  const picture = svg("svg", { width, height, role: "group", "aria-label": "Measured time against estimated cycles" });
  for (const tick of x.ticks(70)) {
    picture.append(svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: 14, y2: height - 46 }),
      label(x(tick), height - 28, tickText(tick), { class: "tick", "text-anchor": "middle" }));
  }
  for (const tick of y.ticks(44)) {
    picture.append(svg("line", { class: "grid", x1: 54, x2: width - 16, y1: y(tick), y2: y(tick) }),
      label(46, y(tick) + 4, tickText(tick), { class: "tick", "text-anchor": "end" }));
  }
  picture.append(label(width - 16, height - 8, "estimated cycles per run", { class: "axis", "text-anchor": "end" }),
    label(60, 26, "measured ns per run", { class: "axis" }));
  const clip = svg("clipPath", { id: "roofline-clip" }, svg("rect", { x: 54, y: 14, width: width - 70, height: height - 60 }));
  const lines = svg("g", { "clip-path": "url(#roofline-clip)" });
  for (const factor of [1, 2, 4]) {
    const at = (cycles) => y((cycles * factor) / rate);
    lines.append(svg("line", { class: factor === 1 ? "roof" : "roof faint", x1: x(x.low), y1: at(x.low), x2: x(x.high), y2: at(x.high) }));
    const end = Math.min(x.high, (y.high * rate) / factor);
    lines.append(label(x(end) - 8, Math.max(26, at(end) + (factor === 1 ? 26 : 16)),
      factor === 1 ? "as estimated" : `${factor}×`, { class: "note", "text-anchor": "end" }));
  }
  picture.append(clip, lines);
  const entries = points.map(({ variant, cycles, ns }) => {
    const text = [`${variant.program.name} · ${variant.id}`,
      `${duration(ns)} measured, ${number(cycles)} cycles estimated (${variant.model || "unknown model"})`,
      `${times((ns * rate) / cycles)} the floor`, variant.how];
    const node = svg("g", { class: `point ${engineClass(variant.engine)}`, "aria-label": text.filter(Boolean).join(", ") },
      svg("circle", { class: "halo", cx: x(cycles), cy: y(ns), r: 9 }), mark(variant.engine, x(cycles), y(ns)));
    describe(node, () => text);
    picture.append(node);
    return { node, x: x(cycles), open: () => open(variant) };
  });
  container.replaceChildren(picture);
  rove([entries]);
}

// ---- port pressure of one or two variants

function drawPorts(container, hint, variants) {
  const known = variants.filter((variant) => variant && variant.ports.length);
  if (!known.length) {
    hint.textContent = "";
    nothing(container, "No estimate for these variants.");
    return;
  }
  const names = [...new Set(known.flatMap((variant) => variant.ports.map(([name]) => name)))];
  const values = known.map((variant) => new Map(variant.ports));
  const highest = Math.max(...values.flatMap((ports) => [...ports.values()]), 1e-9);
  hint.textContent = `Cycles per run that each port is busy (${[...new Set(known.map((v) => v.model))].filter(Boolean).join(", ")}). ` +
    "The longest bar is a bound: the code cannot run in fewer cycles.";
  const rows = names.filter((name) => values.some((ports) => ports.get(name) > 0)).map((name) => {
    const bars = known.map((variant, index) => {
      const value = values[index].get(name) ?? 0;
      const fill = el("span", { class: `fill ${variant === variants[0] ? "a" : "b"}` });
      fill.style.setProperty("width", `${(100 * value) / highest}%`);
      return el("div", { class: value >= highest * 0.999 ? "bar most" : "bar" },
        el("span", { class: "track" }, fill), el("span", { class: "value", text: number(value) }));
    });
    return el("div", { class: "port" }, el("span", { class: "port-name", text: name }), el("div", {}, ...bars));
  });
  const legend = known.length > 1
    ? el("p", { class: "legend" }, ...known.map((variant, index) =>
      el("span", {}, el("span", { class: `swatch ${index ? "b" : "a"}` }), `${index ? "B" : "A"} ${variant.id}`)))
    : null;
  container.replaceChildren(...[legend, ...rows].filter(Boolean));
}
