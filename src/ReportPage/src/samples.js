import { h, select } from "./dom.js";
import { details } from "./detail.js";
import { ERRORED, OTHER, THERE } from "./store.js";

const PAGE = 50;

/** A task's score of a row in a run, NaN for none; its first where it has none of that name. */
const score = (task, row, run, key) => task.scores[run][Math.max(0, task.keys.indexOf(key))]?.[row] ?? NaN;

/** What can be asked for, by name: [key, label, (task, row, metric) => boolean]. */
function outcomes(runs) {
  const several = runs.length > 1;
  const of = (label, run) => (several ? `${label}: ${run.label}` : label);
  return [
    ["all", "all", () => true],
    ...runs.flatMap((run, i) => [
      [`right${i}`, of("right", run), (t, row, key) => score(t, row, i, key) === 1],
      [`wrong${i}`, of("wrong", run), (t, row, key) => score(t, row, i, key) === 0],
    ]),
    ...runs.slice(1).flatMap((run, i) => [
      [`lost${i + 1}`, of("lost", run), (t, row, key) => score(t, row, 0, key) === 1 && score(t, row, i + 1, key) === 0],
      [`won${i + 1}`, of("won", run), (t, row, key) => score(t, row, 0, key) === 0 && score(t, row, i + 1, key) === 1],
      [`other${i + 1}`, of("another completion", run), (t, row) => (t.flags[i + 1][row] & OTHER) !== 0],
    ]),
    ["errored", "errored", (t, row) => t.flags.some((run) => run[row] & ERRORED)],
  ];
}

/** The prompt after the shots that all samples of the task share. */
const question = (sample) => sample.document.prompt.slice(sample.task.shots);
const text = (sample) => [question(sample), sample.document.target, ...sample.answers.flatMap((a) => a?.completions ?? []), ...sample.answers.map((a) => a?.error ?? "")].join("\n").toLowerCase();

/** The browser: filters, a page of lines, a sample in full. */
export function browser(data, store) {
  const all = outcomes(data.runs);
  const tasks = store.tasks.filter((t) => t.count > 0).map((t) => t.name);
  const keys = [...new Set(store.tasks.flatMap((t) => t.keys))];
  const state = { task: "", leaves: null, outcome: "all", key: "", words: "", id: "", page: 0 };
  /** Positions in the store. */
  let shown = [];
  /** The search that runs; null for none. Another one, or the button, takes its place, and it ends. */
  let searching = null;
  const set = (key, value) => { Object.assign(state, { [key]: value, page: 0, leaves: key === "task" ? null : state.leaves }); filter(); };
  const task = select("Task", [["", "all"], ...tasks.map((t) => [t, t])], (v) => set("task", v));
  const outcome = select("Show", all.map(([key, label]) => [key, label]), (v) => set("outcome", v));
  const metric = select("By", [["", "each task's first metric"], ...keys.map((k) => [k, k])], (v) => set("key", v));
  const search = h("input", { type: "search", placeholder: "text in prompt or answer", oninput: () => set("words", search.value.toLowerCase()), attributes: { "aria-label": "Search" } });
  const number = h("input", { type: "number", min: 0, placeholder: "document number", oninput: () => set("id", number.value), attributes: { "aria-label": "Document" } });
  const count = h("span", { id: "count", attributes: { role: "status" } });
  const stop = h("button", { id: "stop", hidden: true, onclick: () => { searching = null; draw(); } }, "stop the search");
  const lines = h("tbody", { id: "lines" });
  const turn = (by) => { state.page += by; draw(); };
  const back = h("button", { onclick: () => turn(-1) }, "‹ earlier");
  const on = h("button", { onclick: () => turn(1) }, "later ›");

  /** By the numbers alone; what a search for text looks through. */
  function filtered() {
    const matches = all.find(([key]) => key === state.outcome)[2], found = [];
    for (const t of store.tasks) {
      if (state.task === "" ? state.leaves && !state.leaves.includes(t.name) : t.name !== state.task) continue;
      for (let row = 0; row < t.count; row++) if ((state.id === "" || t.ids[row] === Number(state.id)) && matches(t, row, state.key)) found.push(t.start + row);
    }

    return found;
  }

  function filter() {
    shown = filtered();
    searching = null;
    if (state.words !== "") find(shown);
    draw();
  }

  /** Shows hits as they come. */
  async function find(positions) {
    const own = { words: state.words, share: 0 }, hits = [];
    [searching, shown] = [own, hits];
    for await (const { done, samples } of store.containing(positions, own.words)) {
      if (searching !== own) return;
      const before = hits.length;
      for (const [at, sample] of samples) if (text(sample).includes(own.words)) hits.push(at);
      own.share = done / positions.length;
      // Lines that are there stay: somebody may be reading them.
      draw(before >= (state.page + 1) * PAGE || before === hits.length);
    }

    if (searching === own) searching = null;
    draw(true);
  }

  const verdict = (t, row, run) => {
    const flags = t.flags[run][row];
    if (!(flags & THERE)) return h("td", {}, "");
    if (flags & ERRORED) return h("td", { className: "errored" }, "errored");
    const value = score(t, row, run, state.key);
    return value === 1 ? h("td", { className: "right" }, "right") : value === 0 ? h("td", { className: "wrong" }, "wrong") : h("td", {}, Number.isNaN(value) ? "" : value.toFixed(3));
  };

  function line(at) {
    const { task: t, row } = store.place(at);
    const excerpt = h("td", { className: "excerpt" });
    const element = h("tr", {},
      h("td", {}, h("button", { className: "link", onclick: () => details(data, store, shown, shown.indexOf(at)) }, `${t.name} ${t.ids[row]}`)),
      data.runs.map((_, run) => verdict(t, row, run)),
      excerpt);
    return { element, at, fill: async () => { excerpt.textContent = question(await store.sample(at)).trim().slice(-160); } };
  }

  let drawn = [];
  /** `same` where the lines are those of before. */
  async function draw(same = false) {
    const from = state.page * PAGE, [length, size] = [shown.length, store.size];
    const progress = searching ? `, searched ${Math.floor(100 * searching.share)}%` : "";
    count.textContent = `${length} of ${size} samples${length > PAGE ? `, ${from + 1} to ${Math.min(from + PAGE, length)}` : ""}${progress}`;
    stop.hidden = !searching;
    element.toggleAttribute("data-searching", searching !== null);
    back.disabled = from === 0;
    on.disabled = from + PAGE >= length;
    if (same) return;
    const before = new Map(drawn.map((l) => [l.at, l]));
    const now = shown.slice(from, from + PAGE).map((at) => (searching && before.get(at)) || line(at));
    const added = now.filter((l) => !before.has(l.at) || before.get(l.at) !== l);
    drawn = now;
    lines.replaceChildren(...now.map((l) => l.element));
    // Texts come after the lines; another page may be drawn meanwhile.
    for (const l of added) {
      if (!l.element.isConnected && element.isConnected) return;
      await l.fill();
    }
  }

  const element = h("section", { id: "browser" },
    h("h2", {}, "Samples"),
    h("p", { className: "controls" }, task.label, outcome.label, keys.length > 1 ? metric.label : null, number, search),
    h("div", { className: "scroll" }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", {}, "Sample"), data.runs.map((r) => h("th", {}, r.label)), h("th", {}, "Prompt's end"))), lines)),
    h("p", { className: "controls" }, back, on, count, stop));
  filter();
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
