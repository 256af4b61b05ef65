import * as Plot from "@observablehq/plot";
import { h, select } from "./dom.js";

const firstOfEach = (scores) => [...new Map(scores.toReversed().map((s) => [s.task, s])).values()].toReversed();

const points = (data, scores) => scores.flatMap((score) => score.values.flatMap((v, i) => (v === null || v.value === null ? [] : [{
  task: score.alias, run: data.runs[i].label, value: v.value, low: v.low, high: v.high, disk: data.runs[i].disk / 1e6,
  prefill: data.runs[i].prefill, decode: data.runs[i].decode, cost: data.runs[i].price?.cost,
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

/** The runs that no other beats in both, from left to right: `sign` is 1 where more of `key` is better, -1 where less is. */
const best = (shown, key, sign, higher) => shown
  .filter((p) => !shown.some((q) => sign * (q[key] - p[key]) >= 0 && higher * (q.value - p.value) >= 0 && (q[key] !== p[key] || q.value !== p.value)))
  .toSorted((p, q) => p[key] - q[key]);

/** What accuracy costs: each run's score against its size or its speed. */
export function frontier(data) {
  const scores = firstOfEach(data.scores);
  const holder = h("div", { className: "frontier" });
  const axes = [["disk", "Size on disk, MB", -1], ["decode", "Decode, tokens/s", 1], ["prefill", "Prefill, tokens/s", 1], ["cost", `Cost, ${data.runs[0].price?.currency}`, -1]];
  const draw = (index) => {
    const all = points(data, [scores[index]]);
    holder.replaceChildren(...axes.filter(([key]) => all.some((p) => p[key])).map(([key, label, sign]) => {
      const shown = all.filter((p) => p[key]);
      return Plot.plot({
        width: Math.min(document.documentElement.clientWidth - 32, 440),
        height: 260,
        inset: 24,
        x: { label, grid: true, zero: true },
        y: { label: scores[index].metric, grid: true },
        color: color(data),
        marks: [
          Plot.line(best(shown, key, sign, scores[index].higher ? 1 : -1), { x: key, y: "value", stroke: "currentColor", strokeDasharray: "3,3" }),
          Plot.ruleX(shown, { x: key, y1: "low", y2: "high", stroke: "run", strokeWidth: 2 }),
          Plot.dot(shown, { x: key, y: "value", fill: "run", r: 5, title: interval }),
        ],
      });
    }));
  };
  draw(0);
  const choice = select("Score", scores.map((s, i) => [String(i), `${s.alias} ${s.metric}`]), (value) => draw(Number(value)));
  return [h("p", { className: "controls" }, choice.label), holder, h("p", { className: "interval" }, "Dashed: the frontier of runs that no other beats in both. Bars: 95% intervals.")];
}
