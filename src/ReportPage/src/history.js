import * as Plot from "@observablehq/plot";
import { h, number, select, table } from "./dom.js";

const width = () => Math.min(document.documentElement.clientWidth - 32, 1160);
const percent = (s) => (s.points.every((p) => p.value >= 0 && p.value <= 1) ? 1 : null);

/** A line over time; `low` and `high` make a band. Marks are thin lines, steps bold ones. */
function line(series, { key, label, height, scale = 1, measure, band = false }) {
  const points = series.points.map((p, i) => ({ time: new Date(p.started), value: p[key] === null ? NaN : p[key] * scale, low: p.low, high: p.high, run: p.run, n: p.n, i }));
  if (points.every((p) => Number.isNaN(p.value))) return null;
  const at = (m) => ({ time: points[m.at].time, what: m.what });
  const steps = series.steps.filter((s) => s.measure === measure).map(at);
  const text = (p) => `${p.time.toISOString().slice(0, 16).replace("T", " ")}\n${label}: ${p.value.toPrecision(4)}${band && p.low !== null ? ` [${p.low.toFixed(3)}, ${p.high.toFixed(3)}], n ${p.n}` : ""}\n${p.run}`;
  return Plot.plot({
    width: width(), height, marginLeft: 60, marginTop: 22, marginBottom: 34,
    x: { type: "utc", label: null },
    y: { label, grid: true, nice: true, zero: key !== "value" },
    marks: [
      Plot.ruleX(series.marks.map(at), { x: "time", stroke: "currentColor", strokeOpacity: 0.25, strokeDasharray: "2,3", title: (m) => m.what }),
      band && points.some((p) => p.low !== null) ? Plot.areaY(points, { x: "time", y1: "low", y2: "high", fill: "var(--line)", fillOpacity: 0.6 }) : null,
      Plot.lineY(points, { x: "time", y: "value", stroke: "var(--chart)", strokeWidth: 1.2 }),
      points.length < 60 ? Plot.dot(points, { x: "time", y: "value", fill: "var(--chart)", r: 2.5 }) : null,
      Plot.ruleX(steps, { x: "time", stroke: "var(--wrong)", strokeWidth: 2, title: (m) => m.what }),
      Plot.tip(points, Plot.pointerX({ x: "time", y: "value", title: text })),
    ],
  });
}

function one(series) {
  const last = series.points.at(-1);
  const bounded = percent(series) !== null;
  return h("section", { className: "series" },
    h("h2", {}, `${series.model} on ${series.device}: ${series.task} ${series.metric}${series.filter === "none" ? "" : ` ${series.filter}`} ${series.higher_is_better ? "↑" : "↓"}`),
    h("p", { className: "interval" }, `last: ${number(last.value, 4)}${last.low === null ? "" : ` [${number(last.low, 3)}, ${number(last.high, 3)}]`}, n ${last.n}, ${series.points.length} runs`),
    series.steps.length ? h("ul", { className: "steps" }, series.steps.map((s) => h("li", { className: s.measure === "score" ? "wrong" : "" }, s.what))) : null,
    line(series, { key: "value", label: bounded ? "score" : series.metric, height: 240, measure: "score", band: true }),
    line(series, { key: "decode", label: "decode tokens/s", height: 130, measure: "decode" }),
    line(series, { key: "prefill", label: "prefill tokens/s", height: 130, measure: "prefill" }),
    line(series, { key: "peak_memory", label: "peak MiB", height: 130, scale: 1 / 2 ** 20, measure: "memory" }));
}

/** Charts are drawn when they come near the window: a page of many nights and tasks opens at once. */
function lazily(series) {
  const place = h("div", { className: "place" });
  place.style.minHeight = "40rem";
  const draw = () => {
    observer.disconnect();
    place.style.minHeight = "";
    place.replaceChildren(one(series));
  };
  const observer = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && draw(), { rootMargin: "600px" });
  observer.observe(place);
  addEventListener("beforeprint", draw, { once: true });
  return place;
}

/** Every step of every series, the latest first. */
function steps(all) {
  const rows = all.flatMap((series) => series.steps.map((s) => ({ started: series.points[s.at].started, cells: [series.model, series.device, s.measure === "score" ? `${series.task} ${series.metric}` : "speed and memory", s.what] })))
    .toSorted((a, b) => (a.started < b.started ? 1 : -1));
  // Speed and memory are the run's, and the same in each of its series.
  const shown = [...new Map(rows.map((r) => [r.cells.join("\n"), r.cells])).values()];
  return shown.length ? table(["Model", "Device", "Of", "Step"], shown.slice(0, 50), new Set()) : h("p", {}, "No steps.");
}

export function history(data) {
  const list = h("div", {});
  const chosen = { model: "", task: "" };
  const show = () => list.replaceChildren(...data.series.filter((s) => (chosen.model === "" || s.model === chosen.model) && (chosen.task === "" || s.task === chosen.task)).map(lazily));
  const choice = (key, label) => select(label, [["", "all"], ...[...new Set(data.series.map((s) => s[key]))].toSorted().map((v) => [v, v])], (value) => { chosen[key] = value; show(); });
  show();
  return [
    h("p", {}, data.runs === 0 ? "No finished runs." : `${data.runs} runs, ${data.from} to ${data.to}.`),
    h("h2", {}, "Steps"), h("div", { className: "allsteps" }, steps(data.series)),
    h("p", { className: "controls" }, choice("model", "Model").label, choice("task", "Task").label),
    list,
    h("p", { className: "interval" }, "Band: 95% interval. Thin lines: something that is recorded changed (point at them). Bold lines: steps."),
  ];
}
