"""Functions that the table session.json calls: what a task author's code may do to the loop that calls it."""
import datetime
import decimal
import json
import os
import random
import sys

import no_such_package
import session_helper
from no_such_package.inner import Thing

from . import session_helper as by_relative_name

NUMBERS = random.Random(7)


def echo(doc):
    return doc["value"]


def kind_of(doc):
    return type(doc["value"]).__name__


def values(doc):
    """One of each kind that JSON has no form for."""
    return [
        (1, 2), {3, 1, 2}, frozenset("ba"), float("nan"), float("inf"), -float("inf"), b"\x00\xff", decimal.Decimal("1.50"),
        datetime.datetime(2020, 1, 2, 3, 4, 5), datetime.date(2020, 1, 2), datetime.time(3, 4), 16 ** 3400, -(16 ** 3400), "\ud800",
        {1: "one", (2, 3): "two"}, {"$": "mine"}, True, None, {}, [], range(3),
    ]


class Text(str):
    def __str__(self):
        return "another"


def subclasses(doc):
    return [Text("text"), type("Number", (int,), {})(5), type("Map", (dict,), {})(a=1), type("List", (list,), {})([1])]


def sees(doc):
    """The functions of one call get the same document."""
    doc["seen"] = doc.get("seen", 0) + 1
    return doc["seen"]


def fails(doc):
    print("before the failure", file=sys.stderr)
    return doc["missing"]


def fails_in_lines(doc):
    raise ValueError("one\n  two\n")


def exits(doc):
    sys.exit(3)


def interrupts(doc):
    raise KeyboardInterrupt


def endless(doc):
    return endless(doc)


def returns_object(doc):
    return object()


def prints(doc):
    os.write(1, b"to the descriptor")
    print("x" * 5000 + "end")
    return 1


def breaks_the_loop(doc):
    """By accident: all of it is this function's own loss."""
    json.dumps = json.loads = None
    sys.stdout.close()
    sys.settrace(lambda *arguments: 1 / 0)
    os.read = os.write = None
    return 1


def forks(doc):
    return 1 if os.fork() else 2


def draws(doc):
    return random.random()


def uses_missing(doc):
    return Thing(doc)


def catches_missing(doc):
    try:
        return no_such_package.function()
    except ImportError as error:
        return str(error)


def helped(doc):
    return session_helper.NAME + by_relative_name.NAME + session_helper.data()


def results(doc, results):
    return {"acc": results[0][1], "pair": (doc["value"], results[0][0])}


def metric(references, predictions, factor=1):
    return factor * len(set(references) & set(predictions))


def listed(items):
    return {"metric": items[0] == items[1]}


class Suffix:
    def __init__(self, suffix="!"):
        self.suffix = suffix

    def apply(self, resps, docs):
        return map(lambda pair: [response + self.suffix + pair[1]["value"] for response in pair[0]], zip(resps, docs))


def first(resps, docs):
    return [responses[0] for responses in resps]


def too_few(resps, docs):
    return resps[1:]


def even(dataset):
    return dataset.filter(lambda doc: doc["n"] % 2 == 0)


def doubled(dataset):
    return dataset.map(lambda doc: {"n": 2 * doc["n"], "pair": (doc["n"], doc["n"])})


def listed_documents(dataset):
    return [{"n": doc["n"], "pair": (1, 2)} for doc in dataset if doc["n"] > 1]


def generated(dataset):
    yield from dataset


def nothing(dataset):
    pass


def numbers(dataset):
    return [1, 2]


def fails_at(dataset):
    return dataset.map(lambda doc: {"m": 1 // (doc["n"] - 2)})


def samples():
    return [{"n": 1, "text": "a"}, {"n": 2, "text": "b"}]


def aggregated(items):
    return sum(items) / len(items)
