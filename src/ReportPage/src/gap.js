import * as Plot from "@observablehq/plot";
import { h, number, priceColumns, select, table } from "./dom.js";

const per = (row, key, digits) => (row[key] === null || row[key] === undefined ? "n/a" : number(row[key], digits));

const range = (low, high) => (low === null ? "" : ` [${number(low, 1)}, ${number(high, 1)}]`);

/** Measured open models beside published scores of closed ones. */
export function gap(data) {
  const pricesOf = (benchmark) => priceColumns(benchmark.rows.map((r) => r.price));
  const priced = pricesOf(data.benchmarks[0]).header;
  const header = ["Model", "Score", "Behind, points", ...priced, "GB", "Parameters, billions", "Points per billion", "Points per GB", "Source", "Setting"];
  const rows = (benchmark) => benchmark.rows.map((r) => {
    const cells = [
      r.model, `${r.printed ?? number(r.value, 2)}${range(r.low, r.high)}`, r.behind === null ? "" : `${number(r.behind, 1)}${range(r.behind_low, r.behind_high)}`,
      ...pricesOf(benchmark).cells(r.price), per(r, "gigabytes", 2), per(r, "billions", 3), per(r, "per_billion", 1), per(r, "per_gigabyte", 1), r.source, r.setting,
    ];
    cells.className = r.measured ? "" : "group";
    return cells;
  });
  const chart = (benchmark) => {
    const measured = benchmark.rows.filter((r) => r.measured), published = benchmark.rows.filter((r) => !r.measured);
    const axes = [["gigabytes", "Gigabytes on disk"], ["billions", "Billions of parameters"], ["cost", priced.find((title) => title.startsWith("Cost "))]].filter(([key]) => measured.some((r) => r[key] > 0));
    const holder = h("div", {});
    const draw = ([key, label]) => holder.replaceChildren(Plot.plot({
      width: Math.min(document.documentElement.clientWidth - 32, 900), height: 320, marginLeft: 50, marginRight: 140,
      inset: 16,
      x: { type: "log", label, grid: true, tickFormat: (value) => String(Number(value.toPrecision(3))) }, y: { label: "score", grid: true },
      marks: [
        Plot.ruleY(published, { y: "value", stroke: "var(--wrong)", strokeDasharray: "4,3" }),
        Plot.text(published, { y: "value", text: "model", frameAnchor: "right", dy: -7, dx: 4, fill: "var(--wrong)" }),
        Plot.ruleX(measured.filter((r) => r[key] > 0 && r.low !== null), { x: key, y1: "low", y2: "high", strokeWidth: 1.5 }),
        Plot.dot(measured.filter((r) => r[key] > 0), { x: key, y: "value", fill: "var(--chart)", r: 4, title: (r) => `${r.model}: ${r.value.toFixed(2)}` }),
        Plot.text(measured.filter((r) => r[key] > 0), { x: key, y: "value", text: "model", dy: -10, textAnchor: "start" }),
      ],
    }));
    if (axes.length) draw(axes[0]);
    return axes.length ? [h("p", { className: "controls" }, select("Against", axes.map(([, label], i) => [String(i), label]), (i) => draw(axes[Number(i)])).label), holder] : [];
  };
  return data.benchmarks.flatMap((benchmark) => [
    h("section", {}, h("h2", {}, benchmark.name), table(header, rows(benchmark), new Set(header.map((_, i) => i).slice(1, -2))), ...chart(benchmark), h("ul", { className: "notes" }, [benchmark.note, ...benchmark.price_notes, ...benchmark.differences].map((d) => h("li", {}, d)))),
  ]);
}
