import re

from lm_eval.api.filter import Filter


class LastWord(Filter):
    def apply(self, resps, docs):
        return [[(re.findall(r"\w+", answer) or ["[none]"])[-1] for answer in answers] for answers in resps]


def known_flags(resps, docs):
    return [[next((f for f in doc["flags"] if f.lower() in answer.lower()), "") for answer in answers]
            for answers, doc in zip(resps, docs)]
