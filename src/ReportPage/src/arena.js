import * as Plot from "@observablehq/plot";
import { h, number, table } from "./dom.js";

const range = (interval, digits) => h("span", { className: "interval" }, ` [${number(interval.low, digits)}, ${number(interval.high, digits)}]`);
const numbers = (header, from) => new Set(header.map((_, i) => i).slice(from));
const ranks = (m) => (m.best_rank === m.worst_rank ? String(m.best_rank) : `${m.best_rank} to ${m.worst_rank}`);

function ratings({ models }) {
  const header = ["Model", "Ranks", "Rating", "Battles", "Wins", "Losses", "Ties", "Won"];
  return table(header, models.map((m) => [
    m.model, ranks(m), [number(m.rating, 0), range(m.rating_interval, 0)], ...[m.battles, m.wins, m.losses, m.ties].map(String), number(m.win_share, 4),
  ]), numbers(header, 1));
}

/** A dot for each model with its interval, the best at the top. */
function chart({ models }) {
  const width = Math.min(document.documentElement.clientWidth - 32, 900);
  return h("figure", {}, h("figcaption", {}, "Ratings with their 95% intervals"), Plot.plot({
    width, height: 50 + models.length * 20, marginLeft: Math.min(260, width / 3), marginRight: 20, inset: 8,
    x: { label: "rating", grid: true }, y: { label: null, domain: models.map((m) => m.model), tickFormat: (name) => (name.length > 36 ? `${name.slice(0, 35)}…` : name) },
    marks: [
      Plot.ruleY(models, { y: "model", x1: (m) => m.rating_interval.low, x2: (m) => m.rating_interval.high, strokeWidth: 1.5 }),
      Plot.dot(models, { y: "model", x: "rating", fill: "var(--chart)", r: 4, title: (m) => `${m.model}: ${number(m.rating, 0)} [${number(m.rating_interval.low, 0)}, ${number(m.rating_interval.high, 0)}]` }),
    ],
  }));
}

function effects({ effects: all }) {
  const header = ["Held equal", "Typical difference", "Points that it brings"];
  return table(header, all.map((e) => [e.control, number(e.difference, 4), [number(e.effect, 1), range(e.effect_interval, 1)]]), numbers(header, 1));
}

/** What the model of the row won against that of the column. */
function wins({ models, pairs }) {
  const cells = new Map(models.map((m) => [m.model, new Map()]));
  for (const p of pairs) {
    const share = (p.wins + p.ties / 2) / p.battles;
    cells.get(p.model).set(p.other, [number(share, 2), h("span", { className: "interval" }, ` of ${p.battles}`)]);
    cells.get(p.other).set(p.model, [number(1 - share, 2), h("span", { className: "interval" }, ` of ${p.battles}`)]);
  }

  const header = ["Won against", ...models.map((m) => m.model)];
  return table(header, models.map((row) => [row.model, ...models.map((column) => cells.get(row.model).get(column.model) ?? "")]), numbers(header, 1));
}

/** How far the judge can be trusted that compared the answers of runs. */
function card(judge) {
  const share = (value, interval) => (value === null ? "n/a" : [number(value, 3), interval === null ? "" : range(interval, 3)]);
  const { length } = judge;
  return table(["Judge's card", "Value", "Of"], [
    ["Same verdict in both orders", share(judge.same_share, judge.same_interval), `${judge.pairs} pairs`],
    ["Won by the answer that stood first", share(judge.first_share, judge.first_interval), `${judge.decided} decided battles`],
    ["Points that a longer answer gains", length === null ? "n/a" : [number(length.effect, 1), range(length.effect_interval, 1)], length === null ? "" : `a typical difference of ${number(length.difference, 2)}`],
  ], new Set([1]));
}

/** Whether the judge leans to a place or a length is said in words too. */
function judged(judge) {
  const left = [[judge.errored, "battles errored and are in no rating"], [judge.other_documents, "documents are not the same in two runs and were left out"],
    [judge.unanswered, "documents have an error or no answer in one of two runs and were left out"]].filter(([count]) => count > 0);
  return h("section", {}, h("h2", {}, `Judged by ${judge.judge}`), card(judge), h("ul", { className: "notes" }, [...left.map((l) => l.join(" ")), ...judge.notes].map((n) => h("li", {}, n))));
}

/** Ratings of models by battles of two. */
export function arena({ standings }) {
  const held = standings.effects.map((e) => e.control);
  const documents = standings.documents === null ? "" : ` on ${standings.documents} documents`;
  return [
    h("p", {}, `${standings.battles} battles${documents}, ${standings.ties} of them ties; ${held.length ? `with ${held.join(", ")} held equal` : "no controls"}.`),
    h("section", {}, chart(standings), ratings(standings)),
    held.length ? h("section", {}, h("h2", {}, "What was held equal"), effects(standings)) : "",
    h("section", {}, h("h2", {}, "Who won against whom"), h("p", {}, "The share of battles that the model of the row won against that of the column, a tie being half a win."), wins(standings)),
    standings.judge ? judged(standings.judge) : "",
    h("ul", { className: "notes" }, standings.notes.map((n) => h("li", {}, n))),
  ];
}
