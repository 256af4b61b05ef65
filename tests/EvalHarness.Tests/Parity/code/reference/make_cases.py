"""
Runs lm-evaluation-harness itself on the rows of cases, and writes what it made of them into the same files.

    LMEVAL_DIR=CHECKOUT STUBS=../shared/tools/reference-run/stubs PYTHONHASHSEED=0 /usr/bin/python3 make_cases.py FOLDER [CASE...]

FOLDER has CASE.json; a case needs "task", "rows" (by split) and, for completions, "responses"; "prompts", "samples" and "results" are
written, and where the task file lies, what data it names, and whether its Python needs numpy. LMEVAL_DIR may be several folders of task
files and a checkout, divided by colons; the last is the checkout. Log-likelihoods are computed from the prompt, by the formula in
ParityTests.cs.
"""

import hashlib
import json
import os
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TASKS, CHECKOUT = os.environ["LMEVAL_DIR"].split(":")[:-1], os.environ["LMEVAL_DIR"].split(":")[-1]
sys.path[:0] = [os.path.join(HERE, "stubs"), CHECKOUT]
sys.path.append(os.environ["STUBS"])
os.environ.setdefault("GOLDEN_DATA", ".")
os.environ["PYTHONHASHSEED"] = "0"

import numpy  # noqa: E402
import sklearn.metrics  # noqa: E402, F401, because a task file names it after `import sklearn` alone

from lm_eval.api.model import LM  # noqa: E402
from lm_eval.evaluator import simple_evaluate  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402
from lm_eval.tasks._yaml_loader import load_yaml  # noqa: E402


def scored(context, continuation):
    digest = hashlib.sha256(f"{context}\0{continuation}".encode("utf-8")).digest()
    return -0.1 - 9.9 * (int.from_bytes(digest[:4], "big") / 2**32), (digest[4] & 1) == 1


class Oracle(LM):
    def __init__(self, responses):
        super().__init__()
        self.responses, self.log, self.asked = responses, [], 0

    def loglikelihood(self, requests):
        self.log += [(r, *r.args) for r in requests]
        return [scored(*r.args) for r in requests]

    def loglikelihood_rolling(self, requests):
        self.log += [(r, r.args[0], None) for r in requests]
        return [scored("", r.args[0])[0] for r in requests]

    def generate_until(self, requests):
        """The responses in turn; a document asks for all of its repeats one after the other."""
        self.log += [(r, *r.args) for r in requests]
        return [self.responses[i % len(self.responses)] for i in range(len(requests))]


def plain(value):
    """As JSON: numbers of numpy are numbers, tuples and arrays are lists, and what is no number is its name."""
    if isinstance(value, numpy.ndarray):
        value = value.tolist()
    elif isinstance(value, numpy.generic):
        value = value.item()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def prompts(log):
    by_document = {}
    for request, context, rest in log:
        entry = by_document.setdefault(request.doc_id, {"doc": request.doc_id, "contexts": []})
        if isinstance(rest, dict):
            entry["contexts"] = [context]
            until = rest.get("until", [])
            entry["until"] = [until] if isinstance(until, str) else until
        else:
            entry["contexts"].append(context)
            if rest is not None:
                entry.setdefault("continuations", []).append(rest)
    for entry in by_document.values():
        if len(set(entry["contexts"])) == 1:
            entry["contexts"] = entry["contexts"][:1]
    return list(by_document.values())


def functions(config):
    for value in config.values() if isinstance(config, dict) else config:
        if isinstance(value, (dict, list)):
            yield from functions(value)
        elif callable(getattr(value, "func", value)):
            yield getattr(value, "func", value)


def described(case, manager):
    """The case with what its task file says, in the order in which it is read best."""
    file = str(manager.task_index[case["task"]].yaml_path)
    config = load_yaml(file, resolve_func=True)
    modules = [sys.modules.get(f.__module__) or f for f in functions(config)]
    names = {m for module in modules for m in (getattr(v, "__name__", "") for v in vars(module).values() if isinstance(v, type(sys)))}
    files = {f.__code__.co_filename for f in functions(config) if hasattr(f, "__code__")}
    names |= {"numpy"} if any("numpy" in open(file, encoding="utf-8").read() for file in files) else set()
    root = next(r for r in [*TASKS, os.path.join(CHECKOUT, "lm_eval", "tasks")] if file.startswith(os.path.abspath(r)))
    told = {"task": case["task"], "file": os.path.relpath(file, root), "dataset": config["dataset_path"]}
    if config.get("dataset_name"):
        told["config"] = config["dataset_name"]
    if config.get("repeats", 1) > 1:
        told["repeats"] = config["repeats"]
    if "numpy" in names:
        told["needs"] = ["numpy"]
    return {**told, **{k: v for k, v in case.items() if k not in ("needs", *told)}}


def run(case, manager):
    with tempfile.TemporaryDirectory() as folder:
        for split, rows in case["rows"].items():
            with open(os.path.join(folder, f"{split}.jsonl"), "w", encoding="utf-8") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        os.environ["CASE_DATA"] = folder
        model = Oracle(case.get("responses"))
        found = simple_evaluate(
            model=model, tasks=[case["task"]], num_fewshot=case.get("shots"), log_samples=True, bootstrap_iters=1000,
            task_manager=manager, confirm_run_unsafe_code=True)
    case["prompts"] = prompts(model.log)
    case["samples"] = [
        {"doc": s["doc_id"], "filter": s["filter"], "target": str(s["target"]),
         "values": {m: plain(s[m]) for m in s["metrics"]},
         **({"answers": plain(s["filtered_resps"])} if case.get("responses") else {})}
        for s in found["samples"][case["task"]]]
    case["samples"].sort(key=lambda s: (s["filter"], s["doc"]))
    case["results"] = {k: plain(v) for k, v in found["results"][case["task"]].items() if "," in k}


def write(case, file):
    """One line for each row, prompt and sample, so that a change is seen."""
    def text(value):
        return json.dumps(value, ensure_ascii=False)

    def block(value, indent):
        pad = " " * indent
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "[\n" + ",\n".join(f"{pad}  {text(v)}" for v in value) + f"\n{pad}]"
        if isinstance(value, dict):
            return "{\n" + ",\n".join(f"{pad}  {text(k)}: {block(v, indent + 2)}" for k, v in value.items()) + f"\n{pad}}}"
        return text(value)

    with open(file, "w", encoding="utf-8") as out:
        out.write(block(case, 0) + "\n")


if __name__ == "__main__":
    folder, names = sys.argv[1], sys.argv[2:]
    names = names or sorted(f[:-5] for f in os.listdir(folder) if f.endswith(".json"))
    manager = TaskManager(include_path=TASKS or None)
    failed = []
    for name in names:
        file = os.path.join(folder, f"{name}.json")
        # Each in a process of its own, so that none sees the random state that another left.
        child = os.fork()
        if child == 0:
            try:
                case = json.load(open(file, encoding="utf-8"))
                case = described(case, manager)
                run(case, manager)
                write(case, file)
                print(name, json.dumps(case["results"])[:150], flush=True)
            except BaseException:
                print(name, "FAILED", flush=True)
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            failed.append(name)
    print(f"{len(names) - len(failed)} made; failed: {failed}")
