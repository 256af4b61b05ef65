import * as Plot from "@observablehq/plot";
import { h, select } from "./dom.js";

const firstOfEach = (scores) => [...new Map(scores.toReversed().map((s) => [s.task, s])).values()].toReversed();

const points = (data, scores) => scores.flatMap((score) => score.values.flatMap((v, i) => (v === null || v.value === null ? [] : [{
  task: score.alias, run: data.runs[i].label, value: v.value, low: v.low, high: v.high, disk: data.runs[i].disk / 1e6,
  prefill: data.runs[i].prefill, decode: data.runs[i].decode,
}])));

const color = (data) => ({ domain: data.runs.map((r) => r.label), scheme: "observable10", legend: data.runs.length > 1 });
const interval = (p) => `${p.run}, ${p.task}: ${p.value.toFixed(4)} [${p.low.toFixed(3)}, ${p.high.toFixed(3)}]`;

const narrow = () => document.documentElement.clientWidth < 600;

/** A bar per task and run, with its 95% interval. */
export function bars(data) {
  const shown = points(data, firstOfEach(data.scores));
  const largest = Math.max(1, ...shown.map((p) => p.high));
  const chart = Plot.plot({
    width: Math.min(document.documentElement.clientWidth - 32, 900),
    height: 40 + shown.length * 13 + new Set(shown.map((p) => p.task)).size * 8,
    marginLeft: narrow() ? 90 : 150,
    marginRight: 20,
    x: { domain: [0, largest], grid: true, label: null, axis: "both" },
    y: { axis: null, domain: data.runs.map((r) => r.label) },
    fy: { label: null, domain: [...new Set(shown.map((p) => p.task))], axis: "left", padding: 0.25 },
    color: color(data),
    marks: [
      Plot.barX(shown, { fy: "task", y: "run", x: "value", fill: "run", fillOpacity: 0.75, title: interval }),
      Plot.ruleY(shown, { fy: "task", y: "run", x1: "low", x2: "high", strokeWidth: 1.5 }),
      Plot.ruleX([0]),
    ],
  });
  return h("figure", {}, h("figcaption", {}, "Each task's first score, with its 95% interval"), chart);
}

/** What accuracy costs: each run's score against its size or its speed. */
export function frontier(data) {
  const scores = firstOfEach(data.scores);
  const holder = h("div", { className: "frontier" });
  const axes = [["disk", "Size on disk, MB"], ["decode", "Decode, tokens/s"], ["prefill", "Prefill, tokens/s"]];
  const draw = (index) => {
    const all = points(data, [scores[index]]);
    holder.replaceChildren(...axes.filter(([key]) => all.some((p) => p[key])).map(([key, label]) => {
      const shown = all.filter((p) => p[key]);
      return Plot.plot({
        width: Math.min(document.documentElement.clientWidth - 32, 440),
        height: 260,
        inset: 24,
        x: { label, grid: true, zero: true },
        y: { label: scores[index].metric, grid: true },
        color: color(data),
        marks: [
          Plot.ruleX(shown, { x: key, y1: "low", y2: "high", stroke: "run", strokeWidth: 2 }),
          Plot.dot(shown, { x: key, y: "value", fill: "run", r: 5, title: interval }),
        ],
      });
    }));
  };
  draw(0);
  const choice = select("Score", scores.map((s, i) => [String(i), `${s.alias} ${s.metric}`]), (value) => draw(Number(value)));
  return [h("p", { className: "controls" }, choice.label), holder];
}
