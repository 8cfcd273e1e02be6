// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The page: reads the comparison, fills the filters, and draws every view again when something is chosen.

function start() {
  startTheme();
  const model = readComparison(object(JSON.parse(byId("comparison").textContent)));
  const quantities = quantitiesOf(model);
  const wish = { text: "", set: "", order: "given", quantity: quantities[0]?.key ?? "ratio", hidden: new Set() };
  drawLead(model, quantities);
  drawMachine(model);
  if (!model.programs.length) {
    nothing(byId("overview-chart"), "This comparison has no programs.");
    for (const id of ["filters", "code", "roofline", "variants", "history"]) {
      byId(id).hidden = true;
    }
    return;
  }

  const table = new VariantTable(byId("table"), byId("variants-hint"), (variant) => openCode(variant));
  const code = new CodeView(model, () => table.choose([code.a, code.b]));
  const openCode = (variant, other) => {
    tip.hide();
    code.open(variant, other ?? counterpart(variant));
    byId("code").scrollIntoView({ block: "start", behavior: reduced() ? "auto" : "smooth" });
    byId("program").focus({ preventScroll: true });
  };
  const drawTable = () => table.draw(model, wish, [code.a, code.b]);
  const historyKeys = ["ratio", "ns", "executed", "cycles", "instructions", "bytes", "guards"];
  const drawCharts = () => {
    if (!byId("overview-chart").clientWidth) {
      return;
    }
    drawOverview(byId("overview-chart"), model, wish, openCode);
    drawRoofline(byId("roofline-chart"), byId("roofline-hint"), model, wish, openCode);
    if (model.before) {
      drawHistory(byId("history-chart"), byId("history-hint"), model, wish, byId("history-quantity").value, openCode);
    }
  };
  const draw = () => {
    drawCharts();
    drawTable();
  };

  fillFilters(model, wish, quantities, draw);
  if (model.before) {
    startHistory(historyKeys.filter((key) => isInHistory(model, wish, key)), drawCharts);
  }
  code.choose(firstToLookAt(model, quantities[0]?.key));
  draw();
  let width = 0;
  new ResizeObserver(() => {
    const now = byId("overview-chart").clientWidth;
    if (now !== width) {
      width = now;
      drawCharts();
    }
  }).observe(byId("overview-chart"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => code.show(code.held?.link ?? NO_LINK, null, code.held));
  byId("theme").addEventListener("click", () => code.show(code.held?.link ?? NO_LINK, null, code.held));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      tip.hide();
    }
  });
}

// The program where what most people run is furthest behind what it is shown against, of those with code to look at.
function firstToLookAt(model, key) {
  const behind = (program) => {
    const variant = preferred(program);
    if (!variant || !hasCode(variant)) {
      return -1;
    }
    const other = counterpart(variant);
    const executed = column("executed").get;
    const against = other && executed(variant) / executed(other);
    return Number.isFinite(against) ? against : (key && relative(variant, key)?.median) ?? 0;
  };
  return model.programs.reduce((worst, program) => (behind(program) > behind(worst) ? program : worst));
}

function reduced() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function startHistory(keys, drawCharts) {
  byId("history").hidden = false;
  byId("nav-history").hidden = false;
  const select = byId("history-quantity");
  const names = { ratio: "Time against the reference", ns: "Time per run", executed: "Executed instructions", cycles: "Estimated cycles",
    instructions: "Instructions in the code", bytes: "Bytes of code", guards: "Guards left" };
  fillSelect(select, (keys.length ? keys : ["ratio"]).map((key) => [key, names[key]]), keys[0]);
  select.addEventListener("change", drawCharts);
}

// The first screen: what was compared, and the answer in a sentence and one card an engine.
function drawLead(model, quantities) {
  byId("eyebrow").textContent = [model.title, model.weir].filter(Boolean).join(" · ");
  document.title = `${model.title ? `${model.title} · ` : ""}weir compare`;
  const key = quantities[0]?.key;
  const variants = model.programs.reduce((sum, program) => sum + program.variants.length, 0);
  const failed = model.programs.reduce((sum, program) => sum + program.variants.filter((v) => v.error).length, 0);
  byId("sub").textContent = [
    plural(model.programs.length, "program"), plural(variants, "variant"), failed && `${failed} without numbers`,
    model.rounds === 0 ? "not timed" : model.rounds && `${plural(model.rounds, "paired round")} each`,
    model.machine.find(([name]) => name === "cpu")?.[1],
  ].filter(Boolean).join(" · ");
  const best = key ? bestMeans(model, key) : [];
  const quantity = QUANTITIES.find((entry) => entry.key === key)?.name.toLowerCase();
  const references = [...new Set(model.programs.map((program) => program.reference?.id).filter(Boolean))];
  const mine = usualMean(model, key) ?? best[0];
  byId("headline").textContent = mine
    ? `${key === "ratio" ? `${mine.id} takes` : `${mine.id} has`} ${times(mine.mean)} the ${quantity} of ` +
      `${references.length === 1 ? references[0] : "the reference"}`
    : "Comparison of what programs became";
  byId("cards").replaceChildren(...best.map(({ engine, id, mean, count, of }) => el("li", { class: engineClass(engine) },
    el("span", { class: "card-name" }, engineBadge(engine), engineName(engine)), el("b", { text: times(mean) }),
    el("span", { class: "card-note", text: id }),
    el("span", { class: "card-note", text: of > 1 ? `lowest mean of ${of} variants` : plural(count, "program") }))));
  byId("overview-hint").textContent = references.length
    ? `Against ${references.length === 1 ? references[0] : "each program's reference"}; left is less. The thin lines are the ` +
      "10th to 90th percentile. A mark opens its code: click it, or Tab to the chart, arrow keys, Enter."
    : "";
}

// The variant that most people run, of those that every program has.
function usualMean(model, key) {
  const means = key ? meansOf(model.programs, key).filter(({ variant }) => variant.engine === "aot") : [];
  const most = Math.max(0, ...means.map(({ count }) => count));
  return means.filter(({ count }) => count === most)
    .sort((x, y) => usual(y.variant) - usual(x.variant))[0];
}

// An engine's variant with the lowest geometric mean, among those that most programs have.
function bestMeans(model, key) {
  const means = meansOf(model.programs, key);
  return model.engines.map((engine) => {
    const own = means.filter(({ variant }) => variant.engine === engine);
    const most = Math.max(0, ...own.map(({ count }) => count));
    const full = own.filter(({ count }) => count === most).sort((a, b) => a.mean - b.mean);
    const isReference = full.length === 1 && full[0].variant.program.reference === full[0].variant;
    return full.length && !isReference ? { engine, ...full[0], of: full.length } : undefined;
  }).filter(Boolean);
}

function drawMachine(model) {
  const facts = [...(model.machine.some(([name]) => name === "weir") ? [] : [["weir", model.weir]]), ...model.machine,
    ["rounds", model.rounds === undefined ? "" : model.rounds === 0 ? "none: nothing was timed" : String(model.rounds)],
    ["compared with", model.before ? model.before.title || model.before.weir : ""]];
  byId("machine").replaceChildren(...facts.filter(([, value]) => value).flatMap(([name, value]) =>
    [el("dt", { text: name }), el("dd", { text: value })]));
}

function fillFilters(model, wish, quantities, draw) {
  const listen = (id, name, kind = "change") => byId(id).addEventListener(kind, (event) => {
    wish[name] = event.target.value;
    draw();
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  const sets = [...new Set(model.programs.map((program) => program.set).filter(Boolean))];
  byId("set-field").hidden = sets.length < 2;
  fillSelect(byId("set"), [["", "all"], ...sets.map((set) => [set, set])], "");
  fillSelect(byId("order"), [["given", "as measured"], ["name", "by name"], ["worst", "highest first"], ["best", "lowest first"]], "given");
  byId("quantity-field").hidden = !quantities.length;
  fillSelect(byId("quantity"), quantities.map(({ key, name }) => [key, name]), wish.quantity);
  listen("filter", "text", "input");
  listen("set", "set");
  listen("order", "order");
  listen("quantity", "quantity");
  byId("engines").append(...model.engines.map((engine) => {
    const box = el("input", { type: "checkbox", checked: true, change: () => {
      wish.hidden[box.checked ? "delete" : "add"](engine);
      draw();
    } });
    return el("label", { class: "engine" }, box, engineBadge(engine), el("span", { text: engineName(engine) }));
  }));
}

start();
