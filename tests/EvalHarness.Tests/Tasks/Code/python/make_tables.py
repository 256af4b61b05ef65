"""
Writes sklearn.json and lm_eval.json, by hand: make_tables.py FOLDER. The first needs scikit-learn. The second needs lm-evaluation-harness
on PYTHONPATH, as shared/tools/reference-run runs it.
"""
import json
import random
import sys
import warnings

import numpy
import sklearn
import sklearn.metrics as real

warnings.simplefilter("ignore")


def newer_f1(y_true, y_pred, labels=None, pos_label=1, average="binary", zero_division=0):
    """f1 as from scikit-learn 1.3 on, from the counts and with the average of whatever version is here."""
    labels = [pos_label] if average == "binary" else labels
    matrix = real.multilabel_confusion_matrix(y_true, y_pred, labels=labels)
    right, predicted, true = matrix[:, 1, 1], matrix[:, 1, 1] + matrix[:, 0, 1], matrix[:, 1, 1] + matrix[:, 1, 0]
    if average == "micro":
        right, predicted, true = (numpy.array([counts.sum()]) for counts in (right, predicted, true))
    below = (predicted + true).astype(float)
    scores = numpy.divide(2 * right.astype(float), below, out=numpy.full(len(below), float(zero_division)), where=below != 0)
    return scores if average is None else numpy.average(scores, weights=true if average == "weighted" else None)


def sklearn_calls():
    chance = random.Random(1)
    for classes, count in ((2, 1), (2, 7), (2, 40), (3, 3), (3, 9), (3, 30), (5, 20), (12, 40), (19, 60), (150, 300)):
        names = list(range(classes)) if chance.random() < 0.7 else [f"class {i}" for i in range(classes)]
        y_true, y_pred = ([chance.choice(names) for _ in range(count)] for _ in range(2))
        yield "accuracy_score", y_true, y_pred, {}
        averages = ["macro", "micro", "weighted", None] + (["binary"] if classes == 2 and names[0] == 0 else [])
        for average in averages:
            for name in ("precision_score", "recall_score", "f1_score"):
                yield name, y_true, y_pred, {"average": average}
    yield "f1_score", [0, 1, 2, 2], [0, 2, 1, 2], {"average": "macro", "labels": [0, 2]}
    yield "precision_score", [0, 0, 0], [1, 1, 0], {"average": "macro", "zero_division": 1}
    yield "recall_score", [0, 0, 0], [1, 1, 0], {"average": "macro", "zero_division": 1}
    yield "accuracy_score", [0, 1, 2], [1, 1, 2], {"normalize": True}
    yield "f1_score", ["b", "a", "b"], ["b", "b", "a"], {"average": "binary", "pos_label": "a"}
    yield "f1_score", [True, False, True], [True, True, False], {}


def sklearn_table():
    calls = []
    for name, y_true, y_pred, options in sklearn_calls():
        value = newer_f1(y_true, y_pred, **options) if name == "f1_score" else getattr(real, name)(y_true, y_pred, **options)
        calls.append(["score", [name, y_true, y_pred, options], value.tolist() if hasattr(value, "tolist") else float(value)])
    # By hand: of label 1 one is right, two are predicted and three are true.
    calls.append(["score", ["fbeta_score", [1, 1, 1, 0], [1, 0, 0, 1], {"beta": 2}], 5 / (4 * 3 + 2)])
    options = {"beta": 1, "labels": [0, 1, 2], "average": "macro"}
    calls.append(["score", ["fbeta_score", [0, 1, 2, 2], [0, 1, 1, 2], options], (1 + 2 / 3 * 2) / 3])
    source = f"scikit-learn {sklearn.__version__}; f1 by the formula of 1.3 and later, fbeta by hand"
    return {"source": source, "file": "sklearn_calls.py", "calls": calls}


def lm_eval_table():
    import lm_eval_calls as calls
    rows, chance = [], random.Random(2)
    for text in ('He did n\'t say " no " ( or so ) .', "a , b ' c", "", "do n't ( stop )"):
        rows.append(("utility", ["general_detokenize", text]))
    for name in ("mean", "median", "pop_stddev", "sample_stddev", "mean_stderr", "perplexity"):
        # Sums of quarters are exact, and so the same in each version of Python: sum compensates from 3.12 on.
        for count in (2, 4, 8):
            rows.append(("metric", [name, [chance.randint(-12, 12) / 4 for _ in range(count)]]))
    for name in ("weighted_mean", "weighted_perplexity", "bits_per_byte"):
        rows.append(("metric", [name, [[chance.randint(-120, 0) / 4, chance.randint(1, 20)] for _ in range(6)]]))
    rows.append(("metric_max", ["abc", ["xy", "bc", "cab"]]))
    for pattern, group, texts in (
            (r"#### (\-?[0-9\.\,]+)", 0, ["so #### 12", "nothing", "#### 1 #### 2 "]), (r"(\d)|([A-D])", -1, ["1 B", "C", "-"]),
            (r"answer is (\()?([A-D])(\))?", 0, ["The answer is (B)", "answer is C", "none"])):
        rows.append(("apply", ["RegexFilter", {"regex_pattern": pattern, "group_select": group}, [texts, texts[:1]], [{}, {}]]))
    docs = [{"choices": ["a red house", "Blue, sky!", "(C) none"]}, {"choices": ["1", "2"]}]
    texts = [["The answer is (B)", "i think a red house", "it is blue sky", "so: C"], ["2", "answer: B", "neither"]]
    for options in ({"regex_pattern": r"(\([A-Z]\))"}, {"regex_pattern": r"(\([A-Z]\))", "ignore_case": True, "ignore_punctuation": True},
                    {"regex_pattern": "x(y)?", "regexes_to_ignore": ["i "], "group_select": -1, "fallback": "?"}):
        rows.append(("apply", ["MultiChoiceRegexFilter", options, texts, docs]))
    rows.append(("own_filter", [[["a", "b"], ["c"]]]))
    made = [[name, arguments, getattr(calls, name)(*arguments)] for name, arguments in rows]
    items = [[chance.randint(0, 3), chance.randint(0, 3)] for _ in range(25)]
    made.append(["utility", ["weighted_f1_score", items], float(newer_f1(*zip(*items), average="weighted"))])
    return {"source": "lm-evaluation-harness at 4e7e0d4", "file": "lm_eval_calls.py", "calls": made}


for file, table in (("sklearn.json", sklearn_table), ("lm_eval.json", lm_eval_table)):
    with open(f"{sys.argv[1]}/{file}", "w", encoding="utf-8") as out:
        made = table()
        head = {key: value for key, value in made.items() if key != "calls"}
        rows = ",\n".join(json.dumps(row) for row in made["calls"])
        out.write(json.dumps(head)[:-1] + ', "calls": [\n' + rows + "\n]}\n")
