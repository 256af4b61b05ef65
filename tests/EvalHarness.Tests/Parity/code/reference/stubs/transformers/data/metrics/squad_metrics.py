"""The two functions of SQuAD's scores that task files use, with the values of transformers' own."""

import collections
import re
import string

_PUNCTUATION = str.maketrans("", "", string.punctuation)


def _words(text):
    return re.sub(r"\b(a|an|the)\b", " ", text.lower().translate(_PUNCTUATION)).split()


def compute_exact(gold, predicted):
    return int(_words(gold) == _words(predicted))


def compute_f1(gold, predicted):
    gold, predicted = _words(gold or ""), _words(predicted or "")
    if not gold or not predicted:
        return int(gold == predicted)
    same = sum((collections.Counter(gold) & collections.Counter(predicted)).values())
    if same == 0:
        return 0
    precision, recall = 1.0 * same / len(predicted), 1.0 * same / len(gold)
    return (2 * precision * recall) / (precision + recall)
