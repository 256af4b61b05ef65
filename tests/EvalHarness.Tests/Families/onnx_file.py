"""Writes ONNX graphs without the onnx package. Source of the field numbers: onnx.proto (ONNX IR, version 8)."""
import struct

import numpy as np

FLOAT, INT32, INT64 = 1, 6, 7
TYPES = {np.dtype(np.float32): FLOAT, np.dtype(np.int32): INT32, np.dtype(np.int64): INT64}
MICROSOFT = {"FastGelu", "GroupQueryAttention", "MoE"}


def varint(value):
    value &= (1 << 64) - 1
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, *parts):
    """A message, a string or bytes: they are encoded alike."""
    parts = [part.encode() if isinstance(part, str) else part for part in parts]
    return varint(field << 3 | 2) + varint(sum(len(part) for part in parts)) + b"".join(parts)


def tensor(name, values):
    values = np.ascontiguousarray(values)
    sizes = b"".join(number(1, size) for size in values.shape)
    return sizes + number(2, TYPES[values.dtype]) + message(8, name) + message(9, values.tobytes())


def attribute(name, value):
    if isinstance(value, float):
        content = varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    elif isinstance(value, int):
        content = number(3, value) + number(20, 2)
    elif isinstance(value, str):
        content = message(4, value) + number(20, 3)
    elif isinstance(value, np.ndarray):
        content = message(5, tensor("", value)) + number(20, 4)
    elif isinstance(value, Graph):
        content = message(6, value.content()) + number(20, 5)
    else:
        content = b"".join(number(8, item) for item in value) + number(20, 7)
    return message(5, message(1, name), content)


class Graph:
    """Nodes, weights, inputs and outputs in the order in which they are added."""

    def __init__(self, name):
        self.name, self.parts = name, []

    def node(self, operation, inputs, outputs, **attributes):
        """Adds a node and returns the name of its first output."""
        domain = message(7, "com.microsoft") if operation in MICROSOFT else b""
        names = [*(message(1, name) for name in inputs), *(message(2, name) for name in outputs), message(3, outputs[0])]
        self.parts.append(message(1, *names, message(4, operation), *(attribute(*a) for a in attributes.items()), domain))
        return outputs[0]

    def weight(self, name, values):
        self.parts.append(message(5, tensor(name, values)))
        return name

    def value(self, field, name, element, shape):
        """An input (field 11) or an output (field 12); a dimension is a size or a name."""
        sizes = (message(1, number(1, d) if isinstance(d, int) else message(2, d)) for d in shape)
        self.parts.append(message(field, message(1, name), message(2, message(1, number(1, element), message(2, *sizes)))))

    def content(self):
        return b"".join([message(2, self.name), *self.parts])

    def save(self, path):
        versions = message(8, number(2, 17)) + message(8, message(1, "com.microsoft"), number(2, 1))
        with open(path, "wb") as file:
            file.write(number(1, 8) + message(2, "EvalHarness tests") + message(7, self.content()) + versions)
