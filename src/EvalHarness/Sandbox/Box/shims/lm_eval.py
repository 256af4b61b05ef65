"""
Stands in for what task files use of lm-evaluation-harness itself. Written from its documented behaviour.
"""
import abc
import logging
import math
import re
import unicodedata

from evalharness_shims import sklearn

FILTERS, METRICS, AGGREGATIONS = {}, {}, {}


def weighted_f1_score(items):
    golds, predictions = zip(*items)
    return sklearn.f1_score(golds, predictions, average="weighted")


def general_detokenize(string):
    """Takes back the spaces that a tokenizer put before and behind punctuation."""
    for spaced, joined in ((" n't", "n't"), (" )", ")"), ("( ", "("), ('" ', '"'), (' "', '"')):
        string = string.replace(spaced, joined)
    return re.sub(r" ([,.'])", r"\1", string)


def mean(arr):
    return sum(arr) / len(arr)


def median(arr):
    return sorted(arr)[len(arr) // 2]


def pop_stddev(arr):
    center = mean(arr)
    return math.sqrt(sum([(item - center) ** 2 for item in arr]) / len(arr))


def sample_stddev(arr):
    center = mean(arr)
    return math.sqrt(sum([(item - center) ** 2 for item in arr]) / (len(arr) - 1))


def mean_stderr(arr):
    return sample_stddev(arr) / math.sqrt(len(arr))


def weighted_mean(items):
    values, weights = zip(*items)
    return sum(values) / sum(weights)


def perplexity(items):
    return math.exp(-mean(items))


def weighted_perplexity(items):
    return math.exp(-weighted_mean(items))


def bits_per_byte(items):
    return -weighted_mean(items) / math.log(2)


def metric_max_over_ground_truths(metric_fn, prediction, ground_truths):
    return max([metric_fn(prediction, truth) for truth in ground_truths])


class Filter(abc.ABC):
    """Changes the responses of all documents, as one step of a task's pipeline."""

    def __init__(self, **kwargs):
        pass

    @abc.abstractmethod
    def apply(self, resps, docs):
        return resps


class RegexFilter(Filter):
    """Finds the answer in a response by a pattern."""

    def __init__(self, regex_pattern=r"#### (\-?[0-9\.\,]+)", group_select=0, fallback="[invalid]"):
        self.regex_pattern, self.regex = regex_pattern, re.compile(regex_pattern)
        self.group_select, self.fallback = group_select, fallback

    def _found(self, response):
        matches = self.regex.findall(response if isinstance(response, str) else "")
        if not matches:
            return self.fallback
        match = matches[self.group_select]
        if isinstance(match, tuple):
            match = next(filter(None, match), self.fallback)
        return match.strip()

    def apply(self, resps, docs):
        return [[self._found(response) for response in responses] for responses in resps]


class MultiChoiceRegexFilter(RegexFilter):
    """Finds the letter of a choice: by the pattern, else by the choice's text, else by a letter after a colon."""

    def __init__(self, regex_pattern=r"#### (\-?[0-9\.\,]+)", group_select=0, fallback="[invalid]", ignore_case=False,
                 ignore_punctuation=False, regexes_to_ignore=None):
        super().__init__(regex_pattern, group_select, fallback)
        self.ignore_case, self.ignore_punctuation, self.regexes_to_ignore = ignore_case, ignore_punctuation, regexes_to_ignore

    def _match(self, regex, response, letters):
        matches = regex.findall(response if isinstance(response, str) else "")
        if not matches:
            return None
        match = matches[self.group_select]
        if isinstance(match, tuple):
            match = next(filter(None, match), "")
        match = match.strip()
        return letters.get(match, match)

    def _simplified(self, text):
        for pattern in self.regexes_to_ignore or ():
            text = re.sub(pattern, "", text)
        if self.ignore_case:
            text = text.lower()
        if self.ignore_punctuation:
            text = "".join(c for c in text if not unicodedata.category(c).startswith("P"))
        return text

    def apply(self, resps, docs):
        return [[self._answer(response, doc["choices"]) for response in responses] for responses, doc in zip(resps, docs)]

    def _answer(self, response, choices):
        letters = [chr(ord("A") + i) for i in range(len(choices))]
        texts = [self._simplified(choice.strip()) for choice in choices]
        by_text = re.compile("|".join(map(re.escape, texts)))
        by_letter = re.compile(r":[\s]*(%s)" % "|".join(letters))
        return (
            self._match(self.regex, response, {})
            or self._match(by_text, self._simplified(response), {text: f"({letter})" for text, letter in zip(texts, letters)})
            or self._match(by_letter, response, {letter: f"({letter})" for letter in letters})
            or self.fallback)


class TakeFirstFilter(Filter):
    def apply(self, resps, docs):
        return [responses[0] for responses in resps]


class WhitespaceFilter(Filter):
    def apply(self, resps, docs):
        return [[response.strip() for response in responses] for responses in resps]


class LowercaseFilter(Filter):
    def apply(self, resps, docs):
        return [[response.lower() for response in responses] for responses in resps]


def registering(registry):
    """A decorator with a name that puts what it decorates into a registry."""
    def named(name=None, **options):
        def decorate(decorated):
            registry[name or options.get("metric")] = decorated
            return decorated
        return decorate
    return named


FILTERS.update(regex=RegexFilter, multi_choice_regex=MultiChoiceRegexFilter, take_first=TakeFirstFilter, remove_whitespace=WhitespaceFilter,
               lowercase=LowercaseFilter)
AGGREGATIONS.update(mean=mean, median=median, perplexity=perplexity, weighted_perplexity=weighted_perplexity, bits_per_byte=bits_per_byte)

MODULES = {
    "lm_eval": {},
    "lm_eval.utils": {
        "weighted_f1_score": weighted_f1_score, "general_detokenize": general_detokenize, "eval_logger": logging.getLogger("lm-eval"),
        "logging": logging,
    },
    "lm_eval.api": {},
    "lm_eval.api.filter": {"Filter": Filter},
    "lm_eval.api.metrics": {function.__name__: function for function in (
        mean, median, pop_stddev, sample_stddev, mean_stderr, weighted_mean, perplexity, weighted_perplexity, bits_per_byte,
        metric_max_over_ground_truths)},
    "lm_eval.api.registry": {
        "register_filter": registering(FILTERS), "register_metric": registering(METRICS),
        "register_aggregation": registering(AGGREGATIONS), "register_task": registering({}), "register_model": registering({}),
        "get_filter": lambda name: name if callable(name) else FILTERS[name],
        "get_metric": METRICS.get, "get_aggregation": AGGREGATIONS.get,
    },
    "lm_eval.filters": {},
    "lm_eval.filters.extraction": {
        "Filter": Filter, "RegexFilter": RegexFilter, "MultiChoiceRegexFilter": MultiChoiceRegexFilter,
        "WhitespaceFilter": WhitespaceFilter,
    },
    "lm_eval.filters.selection": {"TakeFirstFilter": TakeFirstFilter},
    "lm_eval.filters.transformation": {"LowercaseFilter": LowercaseFilter},
    "lm_eval.tasks": {},
}
