from functools import partial


def text(doc, season):
    beds = ", ".join(f"{name} ({size})" for name, size in sorted(doc["beds"].items()))
    return f"In {season}, {doc['gardener'] or 'somebody'} looks after {beds}. The best plant is"


spring_text = partial(text, season="spring")


def choices(doc):
    doc["plants"].sort(key=str.casefold)
    return [f" {plant}" for plant in doc["plants"]]


def target(doc):
    return doc["plants"].index(doc["best"])
