import { h } from "./dom.js";
import { changesTable, judgeTable, runsTable, scoresTable } from "./summary.js";
import { bars, frontier } from "./charts.js";
import { browser } from "./samples.js";
import { open } from "./store.js";
import { history } from "./history.js";
import { gap } from "./gap.js";
import { receipt } from "./receipt.js";
import { arena } from "./arena.js";

const content = (id) => document.getElementById(id).textContent;
const page = document.getElementById("page");

const footer = (data) => h("footer", {}, h("p", {}, `EvalHarness${data.version ? ` ${data.version}` : ""}, ${data.made}`), h("details", {}, h("summary", {}, "Licences of the chart library"), h("pre", {}, content("licences"))));

function show() {
  const data = JSON.parse(content("summary"));
  const pages = { history, gap, receipt, arena };
  if (data.page === "report") return report(data);
  page.replaceChildren(h("h1", {}, data.title), ...pages[data.page](data), footer(data));
  document.documentElement.dataset.ready = "true";
}

async function report(data) {
  let samples = null;
  const flips = (score, candidate, which) => samples?.show(score, `${which}${candidate}`);
  const rest = [
    h("section", {}, h("h2", {}, "Manifest"), data.runs.map((run) => h("details", {}, h("summary", {}, run.name), h("pre", {}, JSON.stringify(run.manifest, null, 2))))),
    footer(data),
  ];
  page.replaceChildren(
    h("h1", {}, data.title),
    h("section", {}, runsTable(data), scoresTable(data), judgeTable(data), ...(data.runs.length > 1 ? changesTable(data, flips) : []), h("ul", { className: "notes" }, data.notes.map((n) => h("li", {}, n)))),
    h("section", {}, h("h2", {}, "By task"), bars(data)),
    data.runs.length > 1 ? h("section", {}, h("h2", {}, "What it costs, what it brings"), frontier(data)) : "",
    ...rest);
  // The numbers are there before the index of the samples is unpacked.
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  if (typeof DecompressionStream === "undefined") {
    rest[0].before(h("section", {}, h("h2", {}, "Samples"), "This browser cannot unpack the samples; one of 2023 or later can."));
    return;
  }

  samples = browser(data, await open());
  rest[0].before(samples.element);
  document.documentElement.dataset.ready = "true";
}

show();
