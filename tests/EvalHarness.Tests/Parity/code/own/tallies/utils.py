import transformers.data.metrics.squad_metrics as squad_metrics
from sklearn.metrics import accuracy_score, f1_score

try:
    import a_module_that_nobody_has
except ImportError:
    a_module_that_nobody_has = None


def target(doc):
    return [doc["mood"], doc["mood"].upper()]


def process_results(doc, results):
    answer = results[0].strip()
    pair = (doc["mood"], next((mood for mood in ("good", "bad") if mood in answer.lower()), "none"))
    return {"words": squad_metrics.compute_f1(doc["mood"] + " day", answer), "macro": pair, "accuracy": pair}


def macro_f1(items):
    golds, found = zip(*items)
    return f1_score(golds, found, average="macro")


def accuracy(items):
    golds, found = zip(*items)
    return accuracy_score(golds, found)
