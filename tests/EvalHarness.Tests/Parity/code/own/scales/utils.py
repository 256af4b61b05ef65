import math


def process_results(doc, results):
    likelihoods = [likelihood for likelihood, _ in results]
    right = float(likelihoods.index(max(likelihoods)) == doc["label"])
    greedy = sum(is_greedy for _, is_greedy in results)
    scores = {f"right_{kind}": (right if doc["kind"] == kind else math.nan, kind) for kind in ("heavy", "light", "unknown")}
    return {"right": right, **scores, "spread": (max(likelihoods) - min(likelihoods), greedy, {"thing": doc["thing"]})}


def mean_of_known(items):
    known = [value for value, _ in items if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def widest(items):
    return max(spread * (1 + greedy) for spread, greedy, _ in items)
