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
export const signed = (value, digits) => (value > 0 ? "+" : "") + number(value, digits);
