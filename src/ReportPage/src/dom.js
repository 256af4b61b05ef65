// Elements are made of text nodes only: whatever a model or a dataset wrote is shown, never read as markup.

export function h(tag, { attributes = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.flat().filter((c) => c !== null && c !== undefined));
  return element;
}

export function select(label, options, onchange) {
  const box = h("select", { onchange: () => onchange(box.value) }, options.map(([value, text]) => h("option", { value }, text)));
  return { box, label: h("label", {}, label, " ", box) };
}

/** Rows of a table of cells; a cell is a text, an element or null. `right` names the columns that hold numbers. */
export function table(header, rows, right) {
  const side = (i) => (right.has(i) ? "number" : "");
  return h("div", { className: "scroll" }, h("table", {},
    h("thead", {}, h("tr", {}, header.map((text, i) => h("th", { className: side(i), attributes: { scope: "col" } }, text)))),
    h("tbody", {}, rows.map((cells) => h("tr", { className: cells.className ?? "" }, cells.map((cell, i) => h("td", { className: side(i) }, cell ?? "")))))));
}

export const number = (value, digits) => (value === null || value === undefined ? "n/a" : value.toFixed(digits));

/**
 * The numbers of a column have the same decimals, so that larger ones are longer, and enough of them that the smallest has three digits:
 * dollars may stand beside thousandths of one.
 */
const decimals = (column) => {
  const smallest = Math.min(...column.filter((n) => n > 0));
  return Number.isFinite(smallest) ? Math.min(Math.max(2 - Math.floor(Math.log10(smallest)), 2), 12) : 2;
};

/** Columns of tokens and prices; `prices` has one for each row, or null. No columns where no row has one. */
export function priceColumns(prices) {
  const all = prices.filter((p) => p);
  if (all.length === 0) return { header: [], cells: () => [] };
  const { currency } = all[0], keys = ["cost", "per_million_tokens", "per_right_answer"];
  const header = ["Prompt tokens", "Completion tokens", `Cost ${currency}`, `${currency} per million tokens`, `${currency} per right answer`];
  const digits = keys.map((key) => decimals(all.map((p) => p[key])));
  const cells = (p) => (p ? [String(p.tokens.prompt), String(p.tokens.completion), ...keys.map((key, i) => number(p[key], digits[i]))] : header.map(() => ""));
  return { header, cells };
}

export const signed = (value, digits) => (value > 0 ? "+" : "") + number(value, digits);
