// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All variants with all columns: a heading sorts, a row's name opens its code.

const TABLE_LIMIT = 120;

class VariantTable {
  constructor(container, hint, open) {
    this.container = container;
    this.hint = hint;
    this.open = open;
    this.sortKey = null;
    this.descending = false;
    this.limit = TABLE_LIMIT;
  }

  draw(model, wish, chosen) {
    this.model = model;
    this.wish = wish;
    this.chosen = chosen;
    const variants = visiblePrograms(model, wish).flatMap((program) => visibleVariants(program, wish));
    const columns = COLUMNS.filter(({ get }) =>
      model.programs.some((program) => program.variants.some((variant) => get(variant) !== undefined)));
    this.sort(variants);
    const shown = variants.slice(0, this.limit);
    this.hint.textContent = `${plural(variants.length, "variant")}. A heading sorts by its column; a name opens the code. ` +
      "What could not be measured has a dash.";
    const table = el("table", {}, this.head(columns), el("tbody", {}, ...shown.map((variant) => this.row(variant, columns))));
    this.container.replaceChildren(table);
    if (shown.length < variants.length) {
      this.container.append(el("button", { type: "button", class: "show-all", text: `Show all ${variants.length}`,
        click: () => { this.limit = Infinity; this.draw(model, wish, this.chosen); } }));
    }
  }

  // Marks the rows of the variants whose code is shown.
  choose(chosen) {
    this.chosen = chosen;
    for (const row of this.container.querySelectorAll("tbody tr")) {
      row.classList.toggle("chosen", chosen.includes(row.variant));
    }
  }

  sort(variants) {
    if (this.sortKey === null) {
      variants.sort((a, b) => Boolean(a.error) - Boolean(b.error));  // as given, but what is not there last
      return;
    }
    const { get } = this.sortKey === "variant" ? { get: (v) => v.id }
      : this.sortKey === "program" ? { get: (v) => v.program.name } : column(this.sortKey);
    const sign = this.descending ? -1 : 1;
    const missing = (value) => value === undefined;
    variants.sort((a, b) => {
      const [x, y] = [get(a), get(b)];
      if (missing(x) || missing(y)) {
        return missing(x) - missing(y);  // what is absent stands last in either order
      }
      return sign * (typeof x === "string" ? x.localeCompare(y) : x - y);
    });
  }

  sortBy(key) {
    if (this.sortKey === key) {
      this.descending = !this.descending;
    } else {
      this.sortKey = key;
      this.descending = false;
    }
    this.draw(this.model, this.wish, this.chosen);
    this.container.querySelector(`button[data-key="${key}"]`)?.focus();
  }

  head(columns) {
    const groups = [];
    for (const { group } of columns) {
      if (groups.at(-1)?.group === group) {
        ++groups.at(-1).span;
      } else {
        groups.push({ group, span: 1 });
      }
    }
    const heading = (key, title, what, attributes = {}) => {
      const sorted = this.sortKey === key;
      return el("th", { scope: "col", "aria-sort": sorted ? (this.descending ? "descending" : "ascending") : "none", ...attributes },
        el("button", { type: "button", "data-key": key, title: what, text: title, click: () => this.sortBy(key) }));
    };
    return el("thead", {},
      el("tr", { class: "groups" }, el("th", { class: "stick" }), el("th", {}),
        ...groups.map(({ group, span }) => el("th", { colspan: span, scope: "colgroup", text: group }))),
      el("tr", {}, heading("program", "Program", "by name", { class: "stick" }), heading("variant", "Variant", "by name"),
        ...columns.map(({ key, title, what }, index) =>
          heading(key, title, what, { class: startsGroup(columns, index) ? "num first" : "num" }))));
  }

  row(variant, columns) {
    const { program } = variant;
    const isReference = program.reference === variant;
    const name = el("button", { type: "button", class: "link", text: variant.id, title: variant.how,
      click: () => this.open(variant) });
    const cells = variant.error
      ? [el("td", { class: "error", colspan: columns.length, text: errorText(variant) })]
      : columns.map(({ key, get, text }, index) => {
        const value = get(variant);
        const cell = el("td", { class: startsGroup(columns, index) ? "num first" : "num",
          text: value === undefined ? "–" : (text ?? number)(value) });
        if (key === "ratio" && value !== undefined) {
          cell.title = `${times(variant.ratio.low)} to ${times(variant.ratio.high)}`;
          cell.classList.add(isReference ? "reference" : variant.ratio.high < 1 ? "better" : variant.ratio.low > 1 ? "worse" : "even");
        }
        return cell;
      });
    const row = el("tr", { class: this.chosen.includes(variant) ? "chosen" : null },
      el("th", { scope: "row", class: "stick", text: programName(program, this.model) }),
      el("td", { class: "variant" }, el("span", {}, engineBadge(variant.engine), name,
        isReference ? el("span", { class: "tag", text: "reference" }) : null)),
      ...cells);
    row.variant = variant;
    return row;
  }
}

function startsGroup(columns, index) {
  return index === 0 || columns[index - 1].group !== columns[index].group;
}

function errorText(variant) {
  const { code, message } = variant.error;
  const said = textOf(message).replace(/^error: /, "");
  return said.includes(textOf(code)) && said ? said : [textOf(code), said].filter(Boolean).join(": ") || "it could not be had";
}
