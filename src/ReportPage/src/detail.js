import { h, number } from "./dom.js";

const dialog = h("dialog", { id: "sample" });
let whitespace = false;
/** The sample that was asked for last. */
let asked = null;

/** Spaces, tabs and line ends as signs, where asked for. */
const visible = (text) => (whitespace ? text.replaceAll(" ", "·").replaceAll("\t", "→\t").replaceAll("\r", "␍").replaceAll("\n", "↵\n") : text);
const pre = (text, className = "") => h("pre", { className }, visible(text));

function choices(task, document, answer) {
  const continuations = document.continuations ?? task.continuations;
  const best = Math.max(...answer.logLikelihoods);
  return h("table", {}, h("tbody", {}, continuations.map((continuation, i) => h("tr", { className: answer.logLikelihoods[i] === best ? "chosen" : "" },
    h("td", {}, pre(continuation)), h("td", { className: "number" }, number(answer.logLikelihoods[i], 4)), h("td", {}, answer.logLikelihoods[i] === best ? "likeliest" : "")))));
}

/** What the model wrote before its answer, folded away. */
const thoughts = (text) => (text ? h("details", {}, h("summary", {}, `reasoning, ${text.length} characters`), pre(text)) : null);

/** The reference answer is JSON: a text, the index of a choice, or something that is shown as it is. */
function expected({ task, document }) {
  const target = JSON.parse(document.target);
  const choice = Number.isInteger(target) ? (document.continuations ?? task.continuations)?.[target] : undefined;
  return typeof target === "string" ? target : choice === undefined ? document.target : `${target}: ${choice}`;
}

function column(run, sample, answer) {
  if (!answer) return h("div", {}, h("h3", {}, run.label), h("p", {}, "not in this run"));
  const { task, document } = sample;
  return h("div", {},
    h("h3", {}, run.label),
    h("p", {}, task.keys.map((key, i) => (answer.scores[i] === null ? null : h("span", { className: answer.scores[i] === 1 ? "right" : answer.scores[i] === 0 ? "wrong" : "" }, `${key} ${number(answer.scores[i], 4).replace(/\.0000$/, "")}  `)))),
    answer.error ? pre(answer.error, "errored") : null,
    answer.completions ? answer.completions.map((text, i) => [thoughts(answer.reasoning?.[i]), pre(text)]) : null,
    answer.logLikelihoods ? choices(task, document, answer) : null,
    answer.answers ? [h("h4", {}, "after the filters"), pre(answer.answers)] : null,
    answer.verdicts ? [h("h4", {}, "verdicts"), answer.verdicts.map((text) => pre(text))] : null,
    answer.detail ? [h("h4", {}, "grader"), pre(answer.detail)] : null);
}

/** One sample in full, its runs side by side, with a way to its neighbours among the positions that are shown. */
export async function details(data, store, shown, at) {
  const own = (asked = {});
  const sample = await store.sample(shown[at]);
  // Another sample was asked for while this one was unpacked.
  if (asked !== own) return;
  const move = (to) => details(data, store, shown, to);
  const signs = h("input", { type: "checkbox", checked: whitespace, onchange: () => { whitespace = signs.checked; move(at); } });
  dialog.replaceChildren(
    h("p", { className: "controls" },
      h("strong", {}, `${sample.task.name} ${sample.document.id}`),
      h("button", { disabled: at === 0, onclick: () => move(at - 1) }, "‹ earlier"),
      h("button", { disabled: at + 1 === shown.length, onclick: () => move(at + 1) }, "later ›"),
      h("label", {}, signs, " show whitespace"),
      h("button", { onclick: () => dialog.close() }, "close")),
    h("h3", {}, "Prompt"),
    pre(sample.document.prompt, "prompt"),
    h("h3", {}, "Expected"),
    pre(expected(sample)),
    h("div", { className: "sides" }, data.runs.map((run, i) => column(run, sample, sample.answers[i]))));
  if (!dialog.isConnected) document.body.append(dialog);
  if (!dialog.open) dialog.showModal();
  // The question stands at the end, after the shots.
  const prompt = dialog.querySelector(".prompt");
  prompt.scrollTop = prompt.scrollHeight;
}
