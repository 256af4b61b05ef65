"""The functions that the study of task code times: what task files of the field do with a row, at about the same cost."""
import re

MARKS = re.compile(r"\[.*?\]")


def clean(text):
    return MARKS.sub("", text.strip().replace(" [title]", ". ")).replace("  ", " ")


def prepared(doc):
    return {
        "query": clean(f"{doc['subject']}: {doc['question']}"),
        "options": [clean(choice) for choice in doc["choices"]],
        "gold": int(doc["label"]),
    }


def keeps_one_subject(dataset):
    return dataset.filter(lambda doc: doc["subject"] == "history")


def maps_each(dataset):
    return dataset.map(prepared)


def filters_and_maps(dataset):
    return dataset.filter(lambda doc: doc["subject"] != "history").map(prepared)


def process_results(doc, results):
    likelihoods = [likelihood for likelihood, _ in results]
    lengths = [len(choice) for choice in doc["choices"]]
    gold = int(doc["label"])
    best = max(range(len(likelihoods)), key=likelihoods.__getitem__)
    normal = max(range(len(likelihoods)), key=lambda i: likelihoods[i] / lengths[i])
    return {"acc": float(best == gold), "acc_norm": float(normal == gold), "items": (gold, best)}
