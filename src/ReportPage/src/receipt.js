import * as Plot from "@observablehq/plot";
import { h, number, priceColumns, table } from "./dom.js";

/** A figure with its interval; pointing at it shows why there is none. */
const figure = (value, interval, digits, why) => (value === null || value === undefined ? h("span", { title: why ?? "" }, "n/a") : [
  number(value, digits), h("span", { className: "interval", title: interval ? "" : why ?? "" }, interval ? ` [${number(interval.low, digits)}, ${number(interval.high, digits)}]` : ""),
]);
const estimate = (e, digits, why) => figure(e.value, e.interval, digits, why);
const depth = (row) => h("span", { className: `depth${Math.min(row.depth, 3)}` }, row.task);
const columns = (header, from) => new Set(header.map((_, i) => i).slice(from));
const marked = (cells, isGroup) => Object.assign(cells, { className: isGroup ? "group" : "" });

function models({ base, candidates, measured }) {
  const priced = priceColumns(measured.runs.map((m) => m.price));
  const header = ["Model", "Device", "Weights", ...priced.header, "Disk MB", "Peak MiB", "Prefill tokens/s", "Decode tokens/s", "Seconds", "Seconds per right answer", "mJ/token"];
  const rows = [base, ...candidates.map((c) => c.run)].map((run, i) => {
    const m = measured.runs[i], bytes = (run.weights ?? []).reduce((sum, w) => sum + w.bytes, 0);
    return [
      i === 0 ? `${run.name} (base)` : run.name, run.device, run.weights ? run.weights.map((w) => `${w.storage} ${number((100 * w.bytes) / bytes, 0)}%`).join(", ") : h("span", { title: run.why_no_weights ?? "" }, "n/a"),
      ...priced.cells(m.price), run.disk_bytes === null ? "n/a" : number(run.disk_bytes / 1e6, 1), m.peak_memory === null ? "n/a" : number(m.peak_memory / 2 ** 20, 0), number(m.prefill, 0), number(m.decode, 0), number(m.seconds, 1), figure(m.seconds_per_right_answer, null, 4, m.why_no_seconds_per_right_answer),
      m.energy ? `${number(1000 * m.energy.joules_per_token, 2)} (${number(1000 * m.energy.lowest, 2)} to ${number(1000 * m.energy.highest, 2)})` : h("span", { title: m.why_no_energy ?? "" }, "n/a"),
    ];
  });
  return table(header, rows, columns(header, 3));
}

function scores(candidate) {
  const header = ["Task", "Metric", "n", "Base", "Candidate", "Lost", "Won", "p Holm", "Recovery"];
  return table(header, candidate.scores.map((s) => marked([
    depth(s), `${s.metric} ${s.higher_is_better ? "↑" : "↓"} ${s.filter === "none" ? "" : s.filter}`, String(s.count), figure(s.base, s.base_interval, 4), figure(s.candidate, s.candidate_interval, 4),
    String(s.lost ?? "n/a"), String(s.won ?? "n/a"), number(s.p_holm, 4), figure(s.recovery, s.recovery_interval, 4, s.why_no_interval),
  ], s.is_group)), columns(header, 2));
}

function growth(candidate) {
  const header = ["Completions of", "n", "Base tokens", "Candidate tokens", "Growth", "Base cut off", "Candidate cut off", "Difference"];
  return table(header, candidate.generation.map((g) => [
    g.task, String(g.documents), number(g.base_tokens, 1), number(g.candidate_tokens, 1), figure(g.growth, g.growth_interval, 4, g.why_no_interval),
    number(g.base_cut_off, 4), number(g.candidate_cut_off, 4), figure(g.candidate_cut_off - g.base_cut_off, g.cut_off_interval, 4, g.why_no_cut_off_interval),
  ]), columns(header, 1));
}

const figuresHeader = ["Documents", "Tokens", "KL, mean (nats)", "Median", "99%", "Largest", "Same top", "Base perplexity", "Candidate perplexity", "ln of their ratio"];
const figures = (f) => [
  String(f.documents), String(f.tokens), estimate(f.divergence, 6, f.why_no_interval), number(f.median, 6), number(f.percentile99, 4), number(f.largest, 4),
  ...[f.same_top, f.base_perplexity, f.candidate_perplexity].map((e) => estimate(e, 4, f.why_no_interval)), estimate(f.log_perplexity_ratio, 6, f.why_no_interval),
];

function byTask({ divergence }) {
  const header = ["Tokens of", "Part", ...figuresHeader];
  const rows = divergence.by_task.flatMap((t) => [["prompt", t.prompt], ["answer", t.answer]].filter(([, f]) => f).map(([part, f]) => marked([depth(t), part, ...figures(f)], t.is_group)));
  return table(header, [marked(["all tasks", "all", ...figures(divergence.all)], true), ...rows], columns(header, 2));
}

function byPosition({ divergence }) {
  const header = ["Position", ...figuresHeader];
  return table(header, divergence.by_position.map((p) => [`${p.from} to ${p.to}`, ...figures(p.figures)]), columns(header, 0));
}

/** A line for each candidate; a bar where there is an interval. */
function chart(candidates) {
  const points = candidates.flatMap((c) => (c.divergence?.by_position ?? []).filter((p) => p.figures.divergence.value > 0).map((p) => ({
    model: c.run.name, position: p.from, value: p.figures.divergence.value, low: p.figures.divergence.interval?.low, high: p.figures.divergence.interval?.high,
  })));
  if (points.length === 0) return null;
  return h("figure", {}, h("figcaption", {}, "KL by position, the number of tokens that the models had read; bars: 95% intervals"), Plot.plot({
    width: Math.min(document.documentElement.clientWidth - 32, 900), height: 320, marginLeft: 60, inset: 8,
    x: { type: "log", base: 2, label: "position", grid: true, tickFormat: (value) => String(value) }, y: { type: "log", label: "KL, nats", grid: true },
    color: { domain: candidates.map((c) => c.run.name), scheme: "observable10", legend: candidates.length > 1 },
    marks: [
      Plot.ruleX(points.filter((p) => p.low > 0), { x: "position", y1: "low", y2: "high", stroke: "model", strokeWidth: 1.5 }),
      Plot.lineY(points, { x: "position", y: "value", stroke: "model" }),
      Plot.dot(points, { x: "position", y: "value", fill: "model", r: 3, title: (p) => `${p.model} from ${p.position}: ${p.value.toPrecision(3)}` }),
    ],
  }));
}

const details = (title, value) => h("details", {}, h("summary", {}, title), h("pre", {}, JSON.stringify(value, null, 2)));

/** What a change of a model did: the file beside this page has the same figures. */
export function receipt({ receipt: data }) {
  const { base, candidates, frozen } = data;
  return [
    h("section", {}, models(data)),
    ...candidates.map((c) => h("section", {}, h("h2", {}, `${c.run.name} against ${base.name}`), scores(c), c.generation.length ? growth(c) : null,
      c.divergence ? [byTask(c), byPosition(c)] : h("p", {}, `No distributions: ${c.why_no_divergence}.`))),
    h("section", {}, chart(candidates)),
    h("ul", { className: "notes" }, [...data.notes, ...data.measured.notes].map((n) => h("li", {}, n))),
    h("section", {}, h("h2", {}, "What was compared"), details(`${base.name}: model, tasks, data, options, versions`, base), ...candidates.map((c) => details(`${c.run.name}: model, tasks, data, options, versions`, c.run)),
      frozen ? details(`frozen tokens, SHA-256 ${frozen.sha256}`, frozen) : null, details("when, where, how fast", data.measured)),
  ];
}
