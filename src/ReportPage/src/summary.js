import { h, number, priceColumns, signed, table } from "./dom.js";

const interval = (low, high, format = number) => (low === null ? "" : ` [${format(low, 3)}, ${format(high, 3)}]`);
/** The score with its interval; of a run with errored samples also the interval that these could make. */
const value = (v) => (v === null || v.value === null ? "n/a" : [
  number(v.value, 4), h("span", { className: "interval" }, interval(v.low, v.high)),
  v.errored ? h("span", { className: "errored" }, ` ${v.errored} errored: ${interval(v.erroredLow, v.erroredHigh) || "no bounds"}`) : null,
]);

export function runsTable({ runs }) {
  const { header: priced, cells: prices } = priceColumns(runs.map((r) => r.price));
  const rows = runs.map((run, i) => [
    i === 0 && runs.length > 1 ? `${run.label} (base)` : run.label,
    run.device, ...prices(run.price), run.disk === null ? "n/a" : number(run.disk / 1e6, 1), run.peak === null ? "n/a" : number(run.peak / 2 ** 20, 0),
    number(run.prefill, 0), number(run.decode, 0), number(run.seconds, 1), String(run.errored),
  ]);
  const header = ["Model", "Device", ...priced, "Disk MB", "Peak MiB", "Prefill tokens/s", "Decode tokens/s", "Seconds", "Errored"];
  return table(header, rows, new Set(header.map((_, i) => i).slice(2)));
}

/** A line per score, a column per run. */
export function scoresTable({ runs, scores }) {
  const header = ["Task", "Metric", "n", ...runs.map((r) => r.label)];
  const rows = scores.map((score) => {
    const cells = [...name(score), String(Math.max(...score.values.map((v) => v?.n ?? 0))), ...score.values.map(value)];
    cells.className = score.group ? "group" : "";
    return cells;
  });
  return table(header, rows, new Set(header.map((_, i) => i).slice(2)));
}

const name = (score) => [
  h("span", { className: `depth${Math.min(score.depth, 3)}` }, score.alias),
  `${score.metric} ${score.higher ? "↑" : "↓"} ${score.filter === "none" ? "" : score.filter}`,
];

/** How far the grades of a model can be trusted; nothing where no model graded. */
export const judgeTable = ({ judges }) => (judges.length ? table(judges[0], judges.slice(1), new Set([3, 4, 5, 6, 7])) : "");

/** A line per score and candidate; `showFlips(task, candidate, "lost" | "won")` shows the samples that a count counts. */
export function changesTable({ runs, scores }, showFlips) {
  const header = ["Task", "Metric", "Candidate", "Difference", "Lost", "Won", "p", "p Holm", "Detectable", "Same text"];
  const flips = (score, candidate, which) => {
    const count = score.changes[candidate - 1][which];
    return count ? h("button", { className: "link", onclick: () => showFlips(score, candidate, which), title: `show the samples ${which}` }, String(count)) : String(count ?? "n/a");
  };
  // A group says already that nothing changed in its tasks.
  const silent = (score, change) => score.depth > 0 && change.lost === 0 && change.won === 0;
  const hidden = scores.flatMap((score) => score.changes.filter((change) => change !== null && silent(score, change))).length;
  const rows = scores.flatMap((score) => score.changes.flatMap((change, i) => (change === null || silent(score, change) ? [] : [[
    ...name(score), runs[i + 1].label, `${signed(change.difference, 4)}${interval(change.low, change.high, signed)}${change.fewTasks ? " few tasks" : ""}`, flips(score, i + 1, "lost"), flips(score, i + 1, "won"),
    number(change.p, 4), number(change.pHolm, 4), number(change.detectable, 4), change.same === null ? "n/a" : `${number(100 * change.same, 1)}%`,
  ]])));
  return [table(header, rows, new Set([3, 4, 5, 6, 7, 8, 9])), hidden ? h("p", { className: "interval" }, `${hidden} lines of groups' tasks are left out: no answer changed.`) : null];
}
