import { h, select } from "./dom.js";
import { details } from "./detail.js";

const PAGE = 50;

/** Samples travel as gzip in base64: a hundred megabytes of prompts would otherwise be parsed before anything is shown. */
export async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const { tasks } = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
  return tasks.flatMap((task) => task.documents.map((document, i) => ({ task, document, answers: task.answers.map((run) => run[i]) })));
}

const score = (sample, run, key) => {
  const at = Math.max(0, sample.task.keys.indexOf(key));
  return sample.answers[run]?.scores[at] ?? null;
};

/** What can be asked for, by name: [key, label, (sample, metric) => boolean]. */
function outcomes(runs) {
  const several = runs.length > 1;
  const of = (label, run) => (several ? `${label}: ${run.label}` : label);
  const completions = (a) => JSON.stringify(a?.completions ?? null);
  return [
    ["all", "all", () => true],
    ...runs.flatMap((run, i) => [
      [`right${i}`, of("right", run), (s, key) => score(s, i, key) === 1],
      [`wrong${i}`, of("wrong", run), (s, key) => score(s, i, key) === 0],
    ]),
    ...runs.slice(1).flatMap((run, i) => [
      [`lost${i + 1}`, of("lost", run), (s, key) => score(s, 0, key) === 1 && score(s, i + 1, key) === 0],
      [`won${i + 1}`, of("won", run), (s, key) => score(s, 0, key) === 0 && score(s, i + 1, key) === 1],
      [`other${i + 1}`, of("another completion", run), (s) => s.answers[0] && s.answers[i + 1] && completions(s.answers[0]) !== completions(s.answers[i + 1])],
    ]),
    ["errored", "errored", (s) => s.answers.some((a) => a?.error)],
  ];
}

const text = (sample) => [sample.document.prompt, sample.document.target, ...sample.answers.flatMap((a) => a?.completions ?? []), ...sample.answers.map((a) => a?.error ?? "")].join("\n").toLowerCase();

/** The browser: filters, a page of lines, a sample in full. */
export function browser(data, samples) {
  const all = outcomes(data.runs);
  const tasks = [...new Set(samples.map((s) => s.task.name))];
  const keys = [...new Set(samples.flatMap((s) => s.task.keys))];
  const state = { task: "", leaves: null, outcome: "all", key: "", words: "", page: 0 };
  let shown = samples;
  const set = (key, value) => { Object.assign(state, { [key]: value, page: 0, leaves: key === "task" ? null : state.leaves }); filter(); };
  const task = select("Task", [["", "all"], ...tasks.map((t) => [t, t])], (v) => set("task", v));
  const outcome = select("Show", all.map(([key, label]) => [key, label]), (v) => set("outcome", v));
  const metric = select("By", [["", "each task's first metric"], ...keys.map((k) => [k, k])], (v) => set("key", v));
  const search = h("input", { type: "search", placeholder: "text in prompt or answer", oninput: () => set("words", search.value.toLowerCase()), attributes: { "aria-label": "Search" } });
  const count = h("span", { id: "count", attributes: { role: "status" } });
  const lines = h("tbody", { id: "lines" });
  const turn = (by) => { state.page += by; draw(); };
  const back = h("button", { onclick: () => turn(-1) }, "‹ earlier");
  const on = h("button", { onclick: () => turn(1) }, "later ›");

  function filter() {
    const matches = all.find(([key]) => key === state.outcome)[2];
    shown = samples.filter((s) => (state.task === "" ? !state.leaves || state.leaves.includes(s.task.name) : s.task.name === state.task) && matches(s, state.key) && (state.words === "" || (s.text ??= text(s)).includes(state.words)));
    draw();
  }

  const verdict = (sample, run) => {
    const answer = sample.answers[run];
    if (!answer) return h("td", {}, "");
    if (answer.error) return h("td", { className: "errored" }, "errored");
    const value = score(sample, run, state.key);
    return value === 1 ? h("td", { className: "right" }, "right") : value === 0 ? h("td", { className: "wrong" }, "wrong") : h("td", {}, value === null ? "" : value.toFixed(3));
  };

  function draw() {
    const from = state.page * PAGE;
    count.textContent = `${shown.length} of ${samples.length} samples${shown.length > PAGE ? `, ${from + 1} to ${Math.min(from + PAGE, shown.length)}` : ""}`;
    back.disabled = from === 0;
    on.disabled = from + PAGE >= shown.length;
    lines.replaceChildren(...shown.slice(from, from + PAGE).map((sample, i) => h("tr", {},
      h("td", {}, h("button", { className: "link", onclick: () => open(from + i) }, `${sample.task.name} ${sample.document.id}`)),
      data.runs.map((_, run) => verdict(sample, run)),
      h("td", { className: "excerpt" }, sample.document.prompt.trim().slice(-160)))));
  }

  const open = (at) => details(data, shown, at, state.key);
  filter();
  const element = h("section", { id: "browser" },
    h("h2", {}, "Samples"),
    h("p", { className: "controls" }, task.label, outcome.label, keys.length > 1 ? metric.label : null, search),
    h("div", { className: "scroll" }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", {}, "Sample"), data.runs.map((r) => h("th", {}, r.label)), h("th", {}, "Prompt's end"))), lines)),
    h("p", { className: "controls" }, back, on, count));
  return {
    element,
    /** The samples of a score, a task's or a group's, with an outcome. */
    show({ task: name, tasks: leaves, metric: of, filter: under }, kind) {
      Object.assign(state, { task: tasks.includes(name) ? name : "", leaves, outcome: kind, key: keys.includes(`${of},${under}`) ? `${of},${under}` : "", page: 0 });
      [task.box.value, outcome.box.value, metric.box.value] = [state.task, state.outcome, state.key];
      filter();
      element.scrollIntoView();
    },
  };
}
