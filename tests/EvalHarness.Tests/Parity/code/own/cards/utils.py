import random


def mixed(doc):
    choices = [doc["right"], *doc["wrong"]]
    random.shuffle(choices)
    return {"choices": choices, "gold": choices.index(doc["right"]), "weight": round(random.random(), 6)}


def process_docs(dataset):
    return dataset.map(mixed)
