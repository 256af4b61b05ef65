/** Chunks that stay unpacked: a few of the latest, so that looking at neighbours unpacks nothing again. */
const KEPT = 8;

/** A data element's text is gzip in base64: hundreds of megabytes of prompts would otherwise be parsed before anything is shown. */
async function unpack(element) {
  const text = atob(element.textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
}

/** A task's numbers, as ReportIndex.cs lays them out, in columns with a value for each document. */
function index(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = Math.ceil((4 + length) / 8) * 8;
  const column = (type) => { const values = new type(buffer, at, header.count); at += values.byteLength; return values; };
  const ids = column(Float64Array);
  for (let i = 1; i < ids.length; i++) ids[i] += ids[i - 1];
  const scores = Array.from({ length: header.runs }, () => header.keys.map(() => column(Float64Array)));
  const flags = Array.from({ length: header.runs }, () => column(Uint8Array));
  return { ...header, ids, scores, flags };
}

/** Every sample by its position: numbers at once, texts when they are asked for. */
export async function open() {
  const tasks = [];
  let size = 0;
  for (let i = 0, element; (element = document.getElementById(`task${i}`)); i++) {
    const task = { ...index(await (await unpack(element)).arrayBuffer()), start: size };
    element.remove();
    tasks.push(task);
    size += task.count;
  }

  const kept = new Map();
  const forget = () => { for (const number of kept.keys()) { if (kept.size <= KEPT) return; kept.delete(number); } };

  /** The chunk's text as it lies in the page. */
  const text = async (number) => (await unpack(document.getElementById(`chunk${number}`))).text();
  const parsed = (number) => {
    const chunk = kept.get(number) ?? text(number).then(JSON.parse);
    kept.delete(number);
    kept.set(number, chunk); // the latest is the last to be forgotten
    forget();
    return chunk;
  };

  const place = (at) => { const task = tasks.findLast((t) => t.start <= at && t.count > 0); return { task, row: at - task.start }; };
  /** The last chunk that begins at a row or before it. */
  const chunkOf = (task, row) => {
    let low = 0, high = task.chunks.length - 2;
    while (low < high) { const middle = (low + high + 1) >> 1; if (task.chunks[middle] <= row) low = middle; else high = middle - 1; }
    return low;
  };

  /** A sample of an unpacked chunk, with its scores. */
  const sample = (task, row, chunk, first) => {
    const i = row - first, { prompt, target, continuations } = chunk.documents[i];
    const scores = (run) => task.scores[run].map((column) => (Number.isNaN(column[row]) ? null : column[row]));
    return {
      task: { name: task.name, keys: task.keys, shots: task.prefix, continuations: chunk.continuations },
      document: { id: task.ids[row], prompt: chunk.prefix + prompt, target, continuations },
      answers: chunk.answers.map((answers, run) => (answers[i] ? { ...answers[i], scores: scores(run) } : null)),
    };
  };

  return {
    tasks,
    size,
    place,
    /** A number by which neighbours in one chunk are known. */
    chunk: (at) => { const { task, row } = place(at); return task.firstChunk + chunkOf(task, row); },
    async sample(at) {
      const { task, row } = place(at), own = chunkOf(task, row);
      return sample(task, row, await parsed(task.firstChunk + own), task.chunks[own]);
    },

    /**
     * Samples among the positions (ascending) whose chunk may have the words, chunk by chunk: a chunk whose text has none of them is not
     * parsed. Words of letters, digits and spaces alone are written in JSON as they are.
     */
    async *containing(positions, words) {
      const plain = /^[a-z0-9 ]+$/.test(words);
      for (let i = 0; i < positions.length;) {
        const { task, row } = place(positions[i]), own = chunkOf(task, row), number = task.firstChunk + own, end = task.start + task.chunks[own + 1];
        let to = i;
        while (to < positions.length && positions[to] < end) to++;
        const json = kept.has(number) ? null : await text(number);
        const maybe = !plain || json === null || json.toLowerCase().includes(words);
        const chunk = !maybe ? null : kept.has(number) ? await kept.get(number) : JSON.parse(json);
        const samples = [];
        if (chunk) for (; i < to; i++) samples.push([positions[i], sample(task, positions[i] - task.start, chunk, task.chunks[own])]);
        i = to;
        yield { done: to, samples };
      }
    },
  };
}

/** Of a document in a run: it is there; it has an error instead of scores; the first run has other completions. */
export const THERE = 1, ERRORED = 2, OTHER = 4;
