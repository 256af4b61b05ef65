"""Functions that the table lm_eval.json calls; the values it expects are lm-evaluation-harness's own."""
from lm_eval.api import metrics
from lm_eval.api.filter import Filter
from lm_eval.api.registry import register_filter
from lm_eval.filters.extraction import MultiChoiceRegexFilter, RegexFilter
from lm_eval.utils import general_detokenize, weighted_f1_score

FILTERS = {"RegexFilter": RegexFilter, "MultiChoiceRegexFilter": MultiChoiceRegexFilter}
UTILITIES = {"general_detokenize": general_detokenize, "weighted_f1_score": weighted_f1_score}


def utility(name, argument):
    return UTILITIES[name](argument)


def metric(name, argument):
    return getattr(metrics, name)(argument)


def metric_max(prediction, truths):
    return metrics.metric_max_over_ground_truths(lambda a, b: len(set(a) & set(b)), prediction, truths)


def apply(name, options, responses, docs):
    return [list(item) for item in FILTERS[name](**options).apply(responses, docs)]


@register_filter("last")
class Last(Filter):
    def apply(self, resps, docs):
        return [responses[-1] for responses in resps]


def own_filter(responses):
    return Last().apply(responses, [])
