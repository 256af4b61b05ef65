import re


def entry(doc):
    return re.sub(r"\s+([.,;])", r"\1", f"Day {doc['day']}: {doc['entry']}").strip()


def process_results(doc, results):
    (likelihood,) = results
    text = doc["entry"]
    return {
        "word_perplexity": (likelihood, len(text.split()) + 1),
        "bits_per_byte": (likelihood, len(text.encode("utf-8")) + 1),
        "longest": max(map(len, text.split()), default=0),
    }


def longest(items):
    return max(items)
