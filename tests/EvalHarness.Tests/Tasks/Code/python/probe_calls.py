"""Functions that a made-up row must be found for."""


def asks_for_much(doc):
    levels = {"easy": 0, "hard": 1}
    last = doc["turns"][-1]["content"].strip()
    number = int(doc["index"]) + levels[doc["difficulty"]]
    if doc["difficulty"] != "hard":
        raise ValueError("only hard ones")
    return f"{last} {number} {doc['meta']['source'].upper()} {doc['choices'].index('three')}"
