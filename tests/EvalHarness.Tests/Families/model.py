"""The weights of a family by name, which the graph and the reference share."""
import numpy as np

from family import Weights

SEED = 19
LOGIT_DEVIATION = 2.5


class Model:
    def __init__(self, family, vocabulary):
        self.family, self.vocabulary, self.random = family, vocabulary, Weights(SEED)
        # Logits that differ by a few units: the largest of 100,000 is then likely, and not certain.
        self.embedding_deviation = LOGIT_DEVIATION / family.logit_scale * family.width ** -0.5 if family.tied else 1.0
        # Each half of a layer adds twice the embedding, so that a tied classifier does not only repeat the last token.
        self.added = 2 * self.embedding_deviation * family.embedding_scale / family.residual_scale

    def embedding(self):
        return self.random.normal("embedding", (self.vocabulary, self.family.width)) * np.float32(self.embedding_deviation)

    def classifier(self, embedding):
        f = self.family
        return embedding if f.tied else self.random.matrix("classifier", self.vocabulary, f.width, LOGIT_DEVIATION / f.logit_scale)

    def matrix(self, layer, part):
        f = self.family
        added = 1.0 if f.norms in ("after", "around") else 2 * self.added
        outputs, inputs, scale = {
            "query": (f.heads * f.head, f.width, 2.0), "key": (f.key_heads * f.head, f.width, 1.0),
            "value": (f.key_heads * f.head, f.width, 1.0),
            "output": (f.width, f.heads * f.head, added), "gate": (f.feed_forward, f.width, 1.0), "up": (f.feed_forward, f.width, 1.0),
            "down": (f.width, f.feed_forward, added), "router": (f.experts, f.width, 2.0),
        }[part.split(".")[0]]
        return self.random.matrix(f"{layer}.{part}", outputs, inputs, scale)

    def bias(self, layer, part):
        size = (self.family.heads if part == "query" else self.family.key_heads) * self.family.head
        return self.random.vector(f"{layer}.{part}.bias", size, 0.0) * np.float32(2)

    def norm(self, layer, part):
        """The scale of a norm as the graph multiplies by it; Gemma's files hold it less one."""
        f = self.family
        if part in ("query_norm", "key_norm"):
            heads = f.heads if part == "query_norm" else f.key_heads
            return self.random.vector(f"{layer}.{part}", f.head * (1 if f.query_norm == "head" else heads), 1.4)
        middle = self.added if part.startswith("after") else 1.0
        return self.random.vector(f"{layer}.{part}", f.width, 1.0) * np.float32(middle)
