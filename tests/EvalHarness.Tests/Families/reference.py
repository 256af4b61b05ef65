"""A family's log-probabilities in plain numpy, double precision, the whole text at once and without a cache: none of the graph's operators.

    python3 reference.py FAMILY VOCABULARY REQUESTS

A line of the file REQUESTS is JSON, {"ids": [...], "from": N}. The line printed for it is the list of ln P(id | ids before it) for
the ids from the Nth on.
"""
import json
import sys

sys.dont_write_bytecode = True
import numpy as np

from family import FAMILIES
from model import Model


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Reference:
    def __init__(self, model):
        self.model, self.family = model, model.family
        self.embedding = model.embedding()
        self.classifier = model.classifier(self.embedding).astype(np.float64)
        self.cached = {}

    def weight(self, kind, layer, part):
        key = (kind, layer, part)
        if key not in self.cached:
            self.cached[key] = getattr(self.model, kind)(layer, part).astype(np.float64)
        return self.cached[key]

    def norm(self, x, layer, part):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.family.epsilon) * self.weight("norm", layer, part)

    def rotate(self, x, layer):
        """x: [tokens, heads, head]. The first half of what is rotated is turned against its second half."""
        f = self.family
        if layer in f.unrotated:
            return x
        angles = np.outer(np.arange(len(x)), f.frequencies(layer, len(x) > f.original_context))[:, None, :]
        cos, sin = np.cos(angles) * f.magnitude(), np.sin(angles) * f.magnitude()
        half = f.rotary // 2
        a, b, rest = x[..., :half], x[..., half:2 * half], x[..., 2 * half:]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin, rest], -1)

    def attention(self, layer, x):
        f = self.family
        heads = []
        for part in ("query", "key", "value"):
            y = x @ self.weight("matrix", layer, part).T
            if f.biases:
                y = y + self.weight("bias", layer, part)
            if f.query_norm == "all" and part != "value":
                y = self.norm(y, layer, f"{part}_norm")
            y = y.reshape(len(x), -1, f.head)
            if f.query_norm == "head" and part != "value":
                y = self.norm(y, layer, f"{part}_norm")
            heads.append(y if part == "value" else self.rotate(y, layer))
        query, key, value = heads
        distance = np.arange(len(x))[:, None] - np.arange(len(x))[None, :]
        hidden = (distance < 0) | (distance >= f.window if layer in f.windowed else False)
        attended = np.empty_like(query)
        for head in range(f.heads):
            shared = head // (f.heads // f.key_heads)
            scores = query[:, head] @ key[:, shared].T * f.score_scale()
            if f.attention_cap:
                scores = np.tanh(scores / f.attention_cap) * f.attention_cap
            attended[:, head] = softmax(np.where(hidden, -np.inf, scores)) @ value[:, shared]
        return attended.reshape(len(x), -1) @ self.weight("matrix", layer, "output").T

    def feed_forward(self, layer, x, expert=""):
        gate, up = (x @ self.weight("matrix", layer, part + expert).T for part in ("gate", "up"))
        if self.family.activation == "gelu":
            gate = gate / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (gate + 0.044715 * gate ** 3)))
        else:
            gate = gate / (1 + np.exp(-gate))
        return gate * up @ self.weight("matrix", layer, "down" + expert).T

    def experts(self, layer, x):
        choices = x @ self.weight("matrix", layer, "router").T
        out = np.zeros_like(x)
        for token, scores in enumerate(choices):
            best = np.argsort(-scores)[:2]
            for expert, share in zip(best, softmax(scores[best])):
                out[token] += share * self.feed_forward(layer, x[token], f".{expert}")
        return out

    def log_probabilities(self, ids, first):
        f = self.family
        x = self.embedding[ids].astype(np.float64) * f.embedding_scale
        for layer in range(f.layers):
            for part, compute in (("attention", self.attention), ("feed_forward", self.experts if f.experts else self.feed_forward)):
                y = compute(layer, x if f.norms == "after" else self.norm(x, layer, f"before_{part}"))
                if f.norms != "before":
                    y = self.norm(y, layer, f"after_{part}")
                x = x + y * f.residual_scale
        rows = self.norm(x[first - 1:-1], "final", "norm") @ self.classifier.T * f.logit_scale
        if f.logit_cap:
            rows = np.tanh(rows / f.logit_cap) * f.logit_cap
        largest = rows.max(-1)
        total = largest + np.log(np.exp(rows - largest[:, None]).sum(-1))
        return [float(row[i] - t) for row, i, t in zip(rows, ids[first:], total)]


def main(name, vocabulary, requests):
    reference = Reference(Model(FAMILIES[name], int(vocabulary)))
    with open(requests, encoding="utf-8") as file:
        for line in file:
            request = json.loads(line)
            print(json.dumps(reference.log_probabilities(request["ids"], request["from"])))


if __name__ == "__main__":
    main(*sys.argv[1:])
