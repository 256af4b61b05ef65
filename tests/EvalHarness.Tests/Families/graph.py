"""A family's graph as exporters for ONNX Runtime GenAI write it: GroupQueryAttention with rotary positions in it, and MoE for experts."""
import numpy as np

from onnx_file import FLOAT, INT32, INT64, Graph


def build(model):
    return Builder(model).build()


class Builder:
    def __init__(self, model):
        self.model, self.family, self.graph = model, model.family, Graph(model.family.type)

    def build(self):
        f, g = self.family, self.graph
        self.lengths()
        self.positions()
        embedding = self.model.embedding()
        g.weight("embedding", embedding)
        x = self.scaled(g.node("Gather", ["embedding", "input_ids"], ["embedded"]), f.embedding_scale)
        for layer in range(f.layers):
            x = self.half(layer, x, "attention", self.attention)
            x = self.half(layer, x, "feed_forward", self.experts if f.experts else self.feed_forward)
        x = self.norm(x, "final", "norm")
        if f.tied:
            classifier = g.node("Transpose", ["embedding"], ["classifier"], perm=[1, 0])
        else:
            classifier = g.weight("classifier", self.model.classifier(embedding).T)
        x = self.scaled(g.node("MatMul", [x, classifier], ["scores"]), f.logit_scale)
        if f.logit_cap:
            x = self.scaled(g.node("Tanh", [self.scaled(x, 1 / f.logit_cap)], ["tanh"]), f.logit_cap)
        g.node("Identity", [x], ["logits"])
        self.values()
        return g

    def lengths(self):
        g = self.graph
        one = g.weight("one", np.array([1], np.int64))
        g.node("Sub", [g.node("ReduceSum", ["attention_mask", one], ["tokens"], keepdims=0), one], ["last"])
        g.node("Cast", ["last"], ["seqlens_k"], to=INT32)
        axis = g.weight("axis", np.array(1, np.int64))
        g.node("Gather", [g.node("Shape", ["attention_mask"], ["mask_shape"]), axis], ["total"], axis=0)
        g.node("Cast", ["total"], ["total_sequence_length"], to=INT32)

    def caches(self, layer, long=False):
        f = self.family
        angles = np.outer(np.arange(f.context), f.frequencies(layer, long))
        return [(part(angles) * f.magnitude()).astype(np.float32) for part in (np.cos, np.sin)]

    def positions(self):
        """Cosines and sines: one pair, one more for layers with a window, or a choice by length."""
        f, g = self.family, self.graph
        if f.scaling == "longrope":
            limit = g.weight("original_context", np.array(f.original_context, np.int64))
            branches = {}
            for name, long in (("then_branch", True), ("else_branch", False)):
                branch = branches[name] = Graph(name)
                for part, values in zip(("cos", "sin"), self.caches(0, long)):
                    branch.node("Constant", [], [f"{name}.{part}"], value=values)
                    branch.value(12, f"{name}.{part}", FLOAT, values.shape)
            g.node("If", [g.node("Greater", ["total", limit], ["is_long"])], ["cos", "sin"], **branches)
            return
        full = [layer for layer in range(f.layers) if layer not in f.windowed]
        for name, layers in (("", full), (".window", [layer for layer in range(f.layers) if layer in f.windowed])):
            if layers:
                for part, values in zip(("cos", "sin"), self.caches(layers[0])):
                    g.weight(part + name, values)

    def norm(self, x, layer, part):
        name = f"{layer}.{part}"
        scale = self.graph.weight(f"{name}.weight", self.model.norm(layer, part))
        return self.graph.node("SimplifiedLayerNormalization", [x, scale], [name], axis=-1, epsilon=self.family.epsilon, stash_type=1)

    def scaled(self, x, scale):
        if scale == 1:
            return x
        return self.graph.node("Mul", [x, self.graph.weight(f"{x}.scale", np.array(scale, np.float32))], [f"{x}.scaled"])

    def half(self, layer, x, part, compute):
        y = x if self.family.norms == "after" else self.norm(x, layer, f"before_{part}")
        y = compute(layer, y)
        if self.family.norms != "before":
            y = self.norm(y, layer, f"after_{part}")
        y = self.scaled(y, self.family.residual_scale)
        return self.graph.node("Add", [x, y], [f"{layer}.{part}.sum"])

    def product(self, x, layer, part):
        weight = self.graph.weight(f"{layer}.{part}.weight", self.model.matrix(layer, part).T)
        return self.graph.node("MatMul", [x, weight], [f"{layer}.{part}"])

    def attention(self, layer, x):
        f, g = self.family, self.graph
        inputs = []
        for part in ("query", "key", "value"):
            y = self.product(x, layer, part)
            if f.biases:
                y = g.node("Add", [y, g.weight(f"{y}.bias", self.model.bias(layer, part))], [f"{y}.biased"])
            inputs.append(self.head_norm(y, layer, part) if f.query_norm and part != "value" else y)
        windowed = layer in f.windowed
        suffix = ".window" if windowed and f.scaling != "longrope" else ""
        rotated = layer not in f.unrotated
        attributes = {"sliding_window_cache": 1} if windowed and f.window_cache else {}
        g.node(
            "GroupQueryAttention",
            [*inputs, f"past_key_values.{layer}.key", f"past_key_values.{layer}.value", "seqlens_k", "total_sequence_length",
             *([f"cos{suffix}", f"sin{suffix}"] if rotated else [])],
            [f"{layer}.attended", f"present.{layer}.key", f"present.{layer}.value"],
            num_heads=f.heads, kv_num_heads=f.key_heads, scale=f.score_scale(), do_rotary=int(rotated), rotary_interleaved=0,
            local_window_size=f.window if windowed else -1, softcap=f.attention_cap, **attributes)
        return self.product(f"{layer}.attended", layer, "output")

    def head_norm(self, x, layer, part):
        f, g = self.family, self.graph
        if f.query_norm == "all":
            return self.norm(x, layer, f"{part}_norm")
        shape = g.weight(f"{x}.heads", np.array([0, 0, -1, f.head], np.int64))
        split = g.node("Reshape", [x, shape], [f"{x}.split"])
        joined = g.weight(f"{x}.joined", np.array([0, 0, -1], np.int64))
        return g.node("Reshape", [self.norm(split, layer, f"{part}_norm"), joined], [f"{x}.normed"])

    def feed_forward(self, layer, x):
        g = self.graph
        gate, up = self.product(x, layer, "gate"), self.product(x, layer, "up")
        if self.family.activation == "gelu":
            active = g.node("FastGelu", [gate], [f"{layer}.active"])
        else:
            active = g.node("Mul", [gate, g.node("Sigmoid", [gate], [f"{layer}.sigmoid"])], [f"{layer}.active"])
        return self.product(g.node("Mul", [active, up], [f"{layer}.gated"]), layer, "down")

    def experts(self, layer, x):
        f, g, model = self.family, self.graph, self.model
        router = self.product(x, layer, "router")
        rows = g.weight(f"{layer}.rows", np.array([-1, f.experts], np.int64))
        choices = g.node("Reshape", [router, rows], [f"{layer}.choices"])
        # Rows of the gate and rows of what it gates take turns.
        inner = [np.stack([model.matrix(layer, f"{part}.{e}") for part in ("gate", "up")], 1) for e in range(f.experts)]
        first = g.weight(f"{layer}.experts.in", np.stack(inner).reshape(f.experts, 2 * f.feed_forward, f.width))
        second = g.weight(f"{layer}.experts.out", np.stack([model.matrix(layer, f"down.{e}") for e in range(f.experts)]))
        return g.node("MoE", [x, choices, first, "", second], [f"{layer}.experts"], k=2, activation_type="swiglu", activation_alpha=1.0,
                      activation_beta=0.0, swiglu_fusion=1, normalize_routing_weights=1)

    def values(self):
        f, g = self.family, self.graph
        g.value(11, "input_ids", INT64, ["batch", "tokens"])
        g.value(11, "attention_mask", INT64, ["batch", "total"])
        g.value(12, "logits", FLOAT, ["batch", "tokens", self.model.vocabulary])
        for layer in range(f.layers):
            length = "window" if f.window_cache and layer in f.windowed else "length"
            for part in ("key", "value"):
                g.value(11, f"past_key_values.{layer}.{part}", FLOAT, ["batch", f.key_heads, f"past_{length}", f.head])
                g.value(12, f"present.{layer}.{part}", FLOAT, ["batch", f.key_heads, f"total_{length}", f.head])
