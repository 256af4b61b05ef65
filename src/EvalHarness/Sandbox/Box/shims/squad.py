"""
Stands in for transformers.data.metrics.squad_metrics: how answers of SQuAD are compared. Written from the metric's published definition.
"""
import collections
import re
import string

ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(s):
    """Without capitals, punctuation, English articles and needless spaces."""
    return " ".join(ARTICLES.sub(" ", s.lower().translate(PUNCTUATION)).split())


def get_tokens(s):
    return normalize_answer(s).split() if s else []


def compute_exact(a_gold, a_pred):
    return int(normalize_answer(a_gold) == normalize_answer(a_pred))


def compute_f1(a_gold, a_pred):
    """The harmonic mean of the shares of words that are in both."""
    gold, predicted = get_tokens(a_gold), get_tokens(a_pred)
    if not gold or not predicted:
        return int(gold == predicted)
    common = sum((collections.Counter(gold) & collections.Counter(predicted)).values())
    if common == 0:
        return 0
    precision, recall = 1.0 * common / len(predicted), 1.0 * common / len(gold)
    return (2 * precision * recall) / (precision + recall)


MODULES = {
    "transformers.data.metrics.squad_metrics": {
        "normalize_answer": normalize_answer, "get_tokens": get_tokens, "compute_exact": compute_exact, "compute_f1": compute_f1,
    },
}
