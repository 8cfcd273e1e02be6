// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements, numbers as text, the tooltip and the theme. Whatever comes from the comparison is untrusted: it goes
// into text nodes and ARIA labels, never into markup, addresses or style text.

function byId(id) {
  return document.getElementById(id);
}

// An attribute that is a function is a listener, one that is null or false is left out.
function setAll(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value);
    } else if (name === "text") {
      element.textContent = value;
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function el(tag, attributes = {}, ...children) {
  return setAll(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return setAll(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function label(x, y, text, attributes = {}) {
  return svg("text", { x, y, text, ...attributes });
}

// Fills a <select>: groups of [value, text], or one list of them.
function fillSelect(select, options, chosen) {
  const option = ([value, text]) => {
    const made = el("option", { value, text });
    made.selected = value === chosen;
    return made;
  };
  select.replaceChildren(...options.map((entry) =>
    Array.isArray(entry) ? option(entry) : el("optgroup", { label: entry.label }, ...entry.options.map(option))));
}

// ---- numbers

// 1 234 567, with narrow spaces that do not break.
function grouped(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

// Three digits that matter: 0.0312, 1.02, 31.5, 1 234.
function number(value) {
  if (value === undefined) {
    return "–";
  }
  const size = Math.abs(value);
  if (size === 0) {
    return "0";
  }
  if (size >= 1000) {
    return grouped(Math.round(value));
  }
  if (size < 0.1) {
    return String(Number(value.toPrecision(2)));
  }
  return Number.isInteger(value) ? String(value) : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function times(value) {
  return value === undefined ? "–" : `${value >= 10 ? value.toFixed(1) : value.toFixed(2)}×`;
}

function signed(value) {
  const text = number(Math.abs(value));
  return text === "0" || Number(text) === 0 ? "0" : (value > 0 ? "+" : "−") + text;
}

function percent(change) {
  const value = change * 100;
  const size = Math.abs(value);
  const text = size >= 10 ? size.toFixed(0) : size.toFixed(1);
  return Number(text) === 0 ? "±0 %" : `${value > 0 ? "+" : "−"}${text} %`;
}

function duration(ns) {
  if (ns === undefined) {
    return "–";
  }
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
    if (ns >= size) {
      return `${number(ns / size)} ${unit}`;
    }
  }
  return `${number(ns)} ns`;
}

function plural(count, one, many = one + "s") {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

// ---- scales

// Logarithmic from [low, high] to pixels, with round ticks.
function logScale(values, from, to) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (!(low > 0) || !Number.isFinite(high)) {
    low = 0.5;
    high = 2;
  }
  const room = Math.max((high / low) ** 0.04, 1.04);
  low /= room;
  high *= room;
  const scale = (value) => from + (Math.log(value / low) / Math.log(high / low)) * (to - from);
  scale.low = low;
  scale.high = high;
  scale.ticks = (space) => {
    const wanted = Math.max(2, Math.abs(to - from) / space);
    const decades = Math.log10(high / low);
    const steps = decades > wanted ? [1] : decades * 3 > wanted ? [1, 3] : [1, 2, 5];
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power) {
      ticks.push(...steps.map((step) => step * 10 ** power));
    }
    const inside = ticks.filter((tick) => tick >= low && tick <= high);
    return apart(inside.length >= 3 ? inside : linearTicks(low, high, wanted), scale, space * 0.75);
  };
  return scale;
}

// Those that leave room for each other's text; 1 stays, others give way to it.
function apart(ticks, scale, space) {
  const kept = ticks.includes(1) ? [1] : [];
  for (const tick of ticks) {
    if (kept.every((other) => Math.abs(scale(other) - scale(tick)) >= space)) {
      kept.push(tick);
    }
  }
  return kept;
}

function linearTicks(low, high, wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high; ++index) {
    ticks.push(index * step);
  }
  return ticks;
}

function tickText(value) {
  return String(Number(value.toPrecision(3)));
}

// ---- the tooltip

const tip = {
  // lines: what stands in it, the first as its heading
  show(lines, x, y) {
    const box = byId("tip");
    const [heading, ...rest] = lines.filter((line) => line);
    box.replaceChildren(el("b", { text: heading }), ...rest.map((text) => el("div", { text })));
    box.hidden = false;
    const { width, height } = box.getBoundingClientRect();
    const page = document.documentElement;
    const left = Math.max(8, Math.min(x + 14, page.clientWidth - width - 8));
    const top = y + height + 22 > page.clientHeight ? y - height - 14 : y + 14;
    box.style.setProperty("left", `${left}px`);
    box.style.setProperty("top", `${Math.max(8, top)}px`);
  },
  showAt(element, lines) {
    const box = element.getBoundingClientRect();
    tip.show(lines, box.right, box.top + box.height / 2);
  },
  hide() {
    byId("tip").hidden = true;
  },
};

// Lines that are drawn before they are looked at: pointing or moving the focus there shows `lines()`.
function describe(element, lines) {
  element.addEventListener("pointermove", (event) => tip.show(lines(), event.clientX, event.clientY));
  element.addEventListener("pointerleave", tip.hide);
  element.addEventListener("focus", () => tip.showAt(element, lines()));
  element.addEventListener("blur", tip.hide);
}

// ---- the theme: the system's, until it is chosen here

function startTheme() {
  const button = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  let chosen = null;
  try {
    chosen = localStorage.getItem("weir-theme");
  } catch {
    // A page without storage starts with the system's theme each time.
  }
  const isDark = () => (chosen ? chosen === "dark" : system.matches);
  const apply = () => {
    if (chosen === "dark" || chosen === "light") {
      root.dataset.theme = chosen;
    }
    button.textContent = isDark() ? "Light theme" : "Dark theme";
  };
  button.addEventListener("click", () => {
    chosen = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("weir-theme", chosen);
    } catch {
      // as above
    }
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}
