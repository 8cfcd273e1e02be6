// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A pane: lines of text of which only those in sight are elements, so that ten thousand are as quick as ten. A line
// is {text, number, bpf, line, cost, delta, kind, guards, remarks, heading, extra}; panes light up lines by eBPF instruction and C line.

const LINE_HEIGHT = 20;
const MARGIN_LINES = 12;

class Pane {
  // handlers: enter(pane, row), leave(), hold(pane, row), release()
  constructor(name, title, handlers) {
    this.name = name;
    this.title = title;
    this.handlers = handlers;
    this.rows = [];
    this.lit = new Set();
    this.active = -1;
    this.meta = el("span", { class: "meta" });
    this.lines = el("div", { class: "lines", role: "presentation" });
    this.scroll = el("div", { class: "scroll", tabindex: "0", role: "listbox", "aria-label": title }, this.lines);
    this.map = el("canvas", { class: "map", "aria-hidden": "true" });
    this.root = el("section", { class: `pane pane-${name}`, "data-pane": name, "aria-label": title },
      el("header", {}, el("h3", { text: title }), this.meta), el("div", { class: "body" }, this.scroll, this.map));
    this.listen();
  }

  listen() {
    const rowAt = (event) => {
      const element = event.target.closest?.(".line");
      return element ? Number(element.dataset.row) : -1;
    };
    let frame = 0;
    this.scroll.addEventListener("scroll", () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        this.render();
      });
    });
    this.scroll.addEventListener("pointermove", (event) => this.point(rowAt(event)));
    this.scroll.addEventListener("pointerleave", () => {
      this.pointed = -1;
      this.handlers.leave();
    });
    this.scroll.addEventListener("pointerdown", (event) => {
      this.active = rowAt(event);  // before the focus comes, and goes to the active line
    });
    this.scroll.addEventListener("click", (event) => {
      const row = rowAt(event);
      if (row >= 0 && !String(getSelection())) {
        this.active = row;
        this.handlers.hold(this, this.rows[row]);
        this.render();
      }
    });
    this.scroll.addEventListener("focus", () => this.activate(Math.max(0, this.active)));
    this.scroll.addEventListener("blur", () => this.handlers.leave());
    this.scroll.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.render()).observe(this.scroll);
  }

  point(row) {
    if (row !== this.pointed) {
      this.pointed = row;
      if (row >= 0) {
        this.handlers.enter(this, this.rows[row]);
      }
    }
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.scroll.clientHeight / LINE_HEIGHT) - 1);
    const last = this.rows.length - 1;
    const to = {
      ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page,
      Home: 0, End: last,
    }[event.key];
    if (to !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.activate(Math.max(0, Math.min(last, to)));
    } else if ((event.key === "Enter" || event.key === " ") && this.rows[this.active]) {
      this.handlers.hold(this, this.rows[this.active]);
    } else if (event.key === "Escape") {
      this.handlers.release();
    } else {
      return;
    }
    event.preventDefault();
  }

  activate(row) {
    if (!this.rows[row]) {
      return;
    }
    this.active = row;
    this.bringIntoSight(row);
    this.handlers.enter(this, this.rows[row]);
    this.render();
  }

  // columns: which cells a line has before its text: "number", "cost", "delta", "kind"
  set(rows, { meta, columns, empty }) {
    this.rows = rows;
    this.columns = columns;
    this.meta.textContent = meta;
    this.meta.title = meta;  // there is not always room for all of it
    this.lit = new Set();
    this.active = -1;
    this.pointed = -1;
    this.byBpf = new Map();
    this.byLine = new Map();
    const add = (map, key, index) => (map.get(key) ?? map.set(key, []).get(key)).push(index);
    rows.forEach((row, index) => {
      if (row.bpf !== undefined) {
        add(this.byBpf, row.bpf, index);
      } else if (row.line !== undefined && row.line !== NO_LINE) {
        add(this.byLine, row.line, index);
      }
    });
    this.highest = Math.max(0, ...this.costs());
    const longest = rows.reduce((most, { text }) => Math.max(most, text.length), 0);
    this.lines.style.setProperty("height", `${rows.length * LINE_HEIGHT}px`);
    this.lines.style.setProperty("min-width", `calc(${longest + 2}ch + ${40 + columns.length * 46}px)`);
    this.root.classList.toggle("is-empty", !rows.length);
    this.scroll.dataset.empty = rows.length ? "" : empty;
    const begin = rows.findIndex((row) => row.cost > 0);
    this.scroll.scrollTop = begin > 8 ? (begin - 2) * LINE_HEIGHT : 0;
    this.scroll.scrollLeft = 0;
    this.render();
    this.drawMap();
  }

  * costs() {
    for (const { cost } of this.rows) {
      if (cost !== undefined) {
        yield cost;
      }
    }
  }

  // Lights up what belongs to the link, and goes there if it is out of sight and `reveal`.
  light({ bpf, lines }, reveal) {
    this.lit = new Set([...bpf].flatMap((index) => this.byBpf.get(index) ?? [])
      .concat([...lines].flatMap((line) => this.byLine.get(line) ?? [])));
    if (reveal && this.lit.size) {
      const top = this.scroll.scrollTop / LINE_HEIGHT;
      const bottom = top + this.scroll.clientHeight / LINE_HEIGHT - 1;
      const inSight = [...this.lit].some((row) => row >= top && row <= bottom);
      if (!inSight) {
        const middle = (top + bottom) / 2;
        const nearest = [...this.lit].reduce((best, row) => (Math.abs(row - middle) < Math.abs(best - middle) ? row : best));
        this.scroll.scrollTop = Math.max(0, (nearest - (bottom - top) / 3) * LINE_HEIGHT);
      }
    }
    this.render();
    this.drawMap();
  }

  bringIntoSight(row) {
    const top = row * LINE_HEIGHT;
    const { scrollTop, clientHeight } = this.scroll;
    if (top < scrollTop) {
      this.scroll.scrollTop = top;
    } else if (top + LINE_HEIGHT > scrollTop + clientHeight) {
      this.scroll.scrollTop = top + LINE_HEIGHT - clientHeight;
    }
  }

  render() {
    if (!this.columns) {
      return;
    }
    const first = Math.max(0, Math.floor(this.scroll.scrollTop / LINE_HEIGHT) - MARGIN_LINES);
    const last = Math.min(this.rows.length,
      Math.ceil((this.scroll.scrollTop + this.scroll.clientHeight) / LINE_HEIGHT) + MARGIN_LINES);
    const kept = new Map();
    for (const element of [...this.lines.children]) {
      const row = Number(element.dataset.row);
      if (row >= first && row < last && element.source === this.rows[row]) {
        kept.set(row, element);
      } else {
        element.remove();
      }
    }
    for (let row = first; row < last; ++row) {
      let element = kept.get(row);
      if (!element) {
        element = this.element(row);
        this.lines.append(element);
      }
      const lit = this.lit.has(row);
      element.classList.toggle("lit", lit);
      element.classList.toggle("active", row === this.active);
      element.setAttribute("aria-selected", String(lit));
    }
    if (this.active >= first && this.active < last) {
      this.scroll.setAttribute("aria-activedescendant", `${this.name}-${this.active}`);
    } else {
      this.scroll.removeAttribute("aria-activedescendant");
    }
  }

  element(index) {
    const row = this.rows[index];
    const cell = {
      number: () => el("span", { class: "cell number", text: row.number ?? "" }),
      cost: () => {
        const made = el("span", { class: "cell cost", text: row.cost === undefined ? "" : number(row.cost) });
        if (row.cost > 0 && this.highest > 0) {
          made.style.setProperty("--warmth", String(Math.sqrt(row.cost / this.highest)));
        }
        return made;
      },
      delta: () => el("span", {
        class: `cell delta ${row.delta > 0 ? "more" : row.delta < 0 ? "less" : ""}`,
        text: row.delta === undefined || Math.abs(row.delta) < 0.005 ? "" : signed(row.delta),
      }),
      kind: () => el("span", { class: "cell kind", text: row.kind ?? "" }),
    };
    const element = el("div", {
      class: `line${row.heading ? " heading" : ""}${row.extra ? " extra" : ""}`, role: "option",
      id: `${this.name}-${index}`, "data-row": index,
    }, ...this.columns.map((name) => cell[name]()), el("span", { class: "text", text: row.text }),
    row.guards || row.remarks ? el("span", { class: "flags" },
      row.guards ? el("span", { class: "flag guard", text: row.guards === 1 ? "guard" : plural(row.guards, "guard") }) : null,
      row.remarks ? el("span", { class: "flag", text: plural(row.remarks, "remark") }) : null) : null);
    element.source = row;
    element.style.setProperty("top", `${index * LINE_HEIGHT}px`);
    return element;
  }

  // The whole pane in a narrow strip beside it: what is warm and what is lit.
  drawMap() {
    const { clientWidth: width, clientHeight: height } = this.map;
    if (!width || !height) {
      return;
    }
    this.map.width = width;
    this.map.height = height;
    const context = this.map.getContext("2d");
    const style = getComputedStyle(this.map);
    const perLine = Math.min(LINE_HEIGHT, height / Math.max(1, this.rows.length));
    context.fillStyle = style.getPropertyValue("border-left-color");
    this.rows.forEach((row, index) => {
      if (row.cost > 0) {
        context.globalAlpha = 0.12 + 0.88 * Math.sqrt(row.cost / this.highest);
        context.fillRect(4, index * perLine, width, Math.max(1, perLine));
      }
    });
    context.globalAlpha = 1;
    context.fillStyle = style.getPropertyValue("color");
    for (const row of this.lit) {
      context.fillRect(0, Math.floor(row * perLine), width, Math.max(2, perLine));
    }
  }
}

