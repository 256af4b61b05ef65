"""The model as an ONNX graph for ONNX Runtime GenAI: com.microsoft GroupQueryAttention with fused rotary positions, MatMulNBits for quantized weights."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

BLOCK = 32
ACCURACY_LEVEL = 4  # activations as int8: what people run


def quantize(weight, bits):
    """Rounds [N, K] to the nearest of 2^bits steps per block of 32 along K, symmetric about the middle step.

    Returns the layout of MatMulNBits: uint8 [N, blocks, 32 * bits / 8] with the even index in the low nibble, and float32 scales [N * blocks].
    The value of the largest magnitude in a block becomes its lowest step exactly.
    """
    rows, columns = weight.shape
    blocks = weight.reshape(rows, columns // BLOCK, BLOCK)
    middle, top = 1 << (bits - 1), (1 << bits) - 1
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(2)[:, :, None], 2)[:, :, 0]
    scales = (extreme / -middle).astype(np.float32)
    inverse = np.divide(1, scales, out=np.zeros_like(scales), where=scales != 0)
    steps = np.clip(np.rint(blocks * inverse[:, :, None]) + middle, 0, top).astype(np.uint8)
    if bits == 4:
        steps = steps[:, :, 0::2] | (steps[:, :, 1::2] << 4)
    return steps, scales.reshape(-1)


class Graph:
    """Nodes and weights as they are added; a node's output has its name."""

    def __init__(self, bits):
        self.bits, self.nodes, self.weights = bits, [], []

    def weight(self, name, values):
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operation, inputs, outputs, **attributes):
        domain = "com.microsoft" if operation in ("GroupQueryAttention", "MatMulNBits", "SkipSimplifiedLayerNormalization") else ""
        self.nodes.append(helper.make_node(operation, inputs, outputs, name=outputs[0], domain=domain, **attributes))
        return outputs[0]

    def matmul(self, x, weight, name, output=None):
        """By a weight [outputs, inputs]."""
        output = output or f"{name}/output"
        if self.bits is None:
            return self.node("MatMul", [x, self.weight(f"{name}.weight", weight.T)], [output])
        steps, scales = quantize(weight, self.bits)
        rows, columns = weight.shape
        return self.node("MatMulNBits", [x, self.weight(f"{name}.steps", steps), self.weight(f"{name}.scales", scales)], [output],
                         K=columns, N=rows, bits=self.bits, block_size=BLOCK, accuracy_level=ACCURACY_LEVEL)


def build(config, state, bits=None):
    """A graph with the weights of a state dictionary (numpy arrays); bits: None for float32, 8 or 4."""
    g = Graph(bits)
    one = g.weight("one", np.array([1], np.int64))
    g.node("ReduceSum", ["attention_mask", one], ["tokens_held"], keepdims=0)
    g.node("Sub", ["tokens_held", one], ["last_position"])
    g.node("Cast", ["last_position"], ["seqlens_k"], to=TensorProto.INT32)
    g.node("Shape", ["attention_mask"], ["mask_shape"])
    g.node("Gather", ["mask_shape", g.weight("axis", np.array(1, np.int64))], ["mask_length"], axis=0)
    g.node("Cast", ["mask_length"], ["total_sequence_length"], to=TensorProto.INT32)
    angles = np.outer(np.arange(config.context), config.theta ** (-np.arange(0, config.head, 2) / config.head))
    g.weight("cos_cache", np.cos(angles).astype(np.float32))
    g.weight("sin_cache", np.sin(angles).astype(np.float32))

    x = g.node("Gather", [g.weight("embedding.weight", state["embedding.weight"]), "input_ids"], ["embedded"])
    residual, update = x, None

    def norm(name, weight, last=False):
        nonlocal residual
        scale = g.weight(f"{name}.weight", weight)
        if update is None:
            return g.node("SimplifiedLayerNormalization", [residual, scale], [f"{name}/output"], axis=-1, epsilon=config.epsilon, stash_type=1)
        outputs = [f"{name}/output"] if last else [f"{name}/output", "", "", f"{name}/residual"]
        g.node("SkipSimplifiedLayerNormalization", [residual, update, scale], outputs, epsilon=config.epsilon)
        residual = outputs[-1]
        return outputs[0]

    for layer in range(config.layers):
        name = f"layers.{layer}"

        def weight(part):
            return state[f"blocks.{layer}.{part}.weight"]

        y = norm(f"{name}.attention_norm", weight("attention_norm"))
        query, key, value = (g.matmul(y, weight(part), f"{name}.{part}") for part in ("query", "key", "value"))
        attended = g.node("GroupQueryAttention",
                          [query, key, value, f"past_key_values.{layer}.key", f"past_key_values.{layer}.value", "seqlens_k", "total_sequence_length", "cos_cache", "sin_cache"],
                          [f"{name}.attention/output", f"present.{layer}.key", f"present.{layer}.value"],
                          num_heads=config.heads, kv_num_heads=config.key_heads, scale=float(config.head ** -.5), do_rotary=1, rotary_interleaved=0)
        update = g.matmul(attended, weight("output"), f"{name}.output")
        y = norm(f"{name}.hidden_norm", weight("hidden_norm"))
        gate, up = g.matmul(y, weight("gate"), f"{name}.gate"), g.matmul(y, weight("up"), f"{name}.up")
        g.node("Sigmoid", [gate], [f"{name}.sigmoid"])
        g.node("Mul", [gate, f"{name}.sigmoid"], [f"{name}.silu"])
        update = g.matmul(g.node("Mul", [f"{name}.silu", up], [f"{name}.gated"]), weight("down"), f"{name}.down")
    y = norm("final_norm", state["norm.weight"], last=True)
    g.matmul(y, state["head.weight"], "classifier", output="logits")

    def value(name, kind, shape):
        return helper.make_tensor_value_info(name, kind, shape)

    inputs = [value("input_ids", TensorProto.INT64, ["batch", "tokens"]), value("attention_mask", TensorProto.INT64, ["batch", "total"])]
    outputs = [value("logits", TensorProto.FLOAT, ["batch", "tokens", config.vocabulary])]
    for layer in range(config.layers):
        for part in ("key", "value"):
            inputs.append(value(f"past_key_values.{layer}.{part}", TensorProto.FLOAT, ["batch", config.key_heads, "past", config.head]))
            outputs.append(value(f"present.{layer}.{part}", TensorProto.FLOAT, ["batch", config.key_heads, "total", config.head]))
    model = helper.make_model(helper.make_graph(g.nodes, "tiny", inputs, outputs, g.weights),
                              opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)], producer_name="EvalHarness TinyModel")
    model.ir_version = 8
    return model
