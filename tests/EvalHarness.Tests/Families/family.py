"""What each family of models has, at the smallest size, and its random weights."""
import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Family:
    type: str
    """The model type in genai_config.json."""
    width: int = 64
    heads: int = 4
    key_heads: int = 2
    head: int = 16
    feed_forward: int = 96
    layers: int = 2
    context: int = 2048
    epsilon: float = 1e-5
    tied: bool = False
    """Whether the classifier is the embedding."""
    biases: bool = False
    """Whether queries, keys and values have biases."""
    query_norm: str = ""
    """What the norm of queries and keys covers: each 'head', or 'all' heads together."""
    norms: str = "before"
    """Where the norms of a layer's two halves stand: 'before' each, 'after' each, or 'around' each."""
    activation: str = "silu"
    window: int = 0
    """The tokens that a layer with a sliding window attends to, itself included."""
    windowed: tuple = ()
    """Which layers have the window."""
    window_cache: bool = False
    """Whether the key-value cache of those layers holds the window alone."""
    attention_cap: float = 0.0
    logit_cap: float = 0.0
    experts: int = 0
    """Of these, two are chosen for each token."""
    theta: float = 10000.0
    window_theta: float = 0.0
    """The base of the rotary positions in layers with a window; 0 if it is that of the others."""
    rotary: int = 16
    """How many dimensions of a head are rotated."""
    scaling: str = ""
    """How rotary positions are stretched: 'llama3' or 'longrope'."""
    original_context: int = 4096
    """Up to so many tokens LongRoPE's short factors are used, and above them its long ones."""
    unrotated: tuple = ()
    """Layers without rotary positions."""
    embedding_scale: float = 1.0
    residual_scale: float = 1.0
    attention_scale: float = 0.0
    """What scores are multiplied by; 0 for one over the root of the head's size."""
    logit_scale: float = 1.0

    def frequencies(self, layer, long):
        """The angle between neighbouring positions, for each pair of rotated dimensions."""
        theta = self.window_theta if self.window_theta and layer in self.windowed else self.theta
        plain = theta ** (-np.arange(0, self.rotary, 2) / self.rotary)
        if self.scaling == "llama3":
            # Llama 3.1: wavelengths above the original context grow 8 times, those below a quarter of it stay, those between are mixed.
            turns = self.original_context * plain / (2 * np.pi)
            kept = np.clip((turns - 1) / (4 - 1), 0, 1)
            return plain * kept + plain / 8 * (1 - kept)
        if self.scaling == "longrope":
            steps = np.arange(self.rotary // 2)
            return plain / ((1 + steps) if long else (1 + steps / 8))
        return plain

    def magnitude(self):
        """LongRoPE also makes queries and keys longer; its authors' formula for a context 32 times the original."""
        return float(np.sqrt(1 + np.log(32) / np.log(self.original_context))) if self.scaling == "longrope" else 1.0

    def score_scale(self):
        return self.attention_scale or self.head ** -0.5


EVERY = tuple(range(8))

FAMILIES = {
    "llama-2": Family("llama", key_heads=4),
    "llama-3": Family("llama", tied=True, theta=500000.0, scaling="llama3", original_context=256),
    "mistral": Family("mistral", window=8, windowed=EVERY),
    "mixtral": Family("mistral", experts=8, theta=1e6),
    "qwen-2": Family("qwen2", tied=True, biases=True, theta=1e6, epsilon=1e-6),
    "qwen-3": Family("qwen3", tied=True, query_norm="head", theta=1e6, epsilon=1e-6),
    "deepseek-distill": Family("qwen2", biases=True, epsilon=1e-6),
    "phi-3": Family("phi3", key_heads=4, window=24, windowed=EVERY, window_cache=True),
    "phi-3-long": Family("phi3", key_heads=4, scaling="longrope", original_context=32),
    "phi-4-mini": Family("phi3", tied=True, heads=2, key_heads=1, head=64, rotary=48, scaling="longrope"),
    "gemma-2": Family("gemma2", tied=True, norms="around", activation="gelu", window=8, windowed=(0,), attention_cap=5.0,
                      logit_cap=6.0, embedding_scale=8.0, attention_scale=24 ** -0.5, epsilon=1e-6),
    "gemma-3": Family("gemma3_text", tied=True, norms="around", activation="gelu", window=8, windowed=(0, 1, 2, 3, 4), layers=6,
                      query_norm="head", theta=1e6, window_theta=1e4, embedding_scale=8.0, epsilon=1e-6),
    "gemma-3-window-cache": Family("gemma3_text", tied=True, norms="around", activation="gelu", window=8, windowed=(0, 1, 2, 3, 4),
                                   layers=6, query_norm="head", theta=1e6, window_theta=1e4, embedding_scale=8.0, epsilon=1e-6,
                                   window_cache=True),
    "olmo-2": Family("olmo", key_heads=4, norms="after", query_norm="all", theta=5e5, epsilon=1e-6),
    "granite": Family("granite", tied=True, embedding_scale=12.0, residual_scale=0.22, attention_scale=0.0625,
                      logit_scale=0.25),
    "smollm-3": Family("smollm3", tied=True, layers=4, unrotated=(3,), theta=5e6, epsilon=1e-6),
}


class Weights:
    """Random weights that depend on their names and on the seed alone, so that the graph and the reference need no file between them."""

    def __init__(self, seed):
        self.seed = seed

    def matrix(self, name, outputs, inputs, scale=1.0):
        """[outputs, inputs] whose product with a vector of unit variance has the variance of the scale."""
        return self.normal(name, (outputs, inputs)) * np.float32(scale * inputs ** -0.5)

    def vector(self, name, size, middle):
        return np.float32(middle) + np.float32(0.2) * self.normal(name, (size,))

    def normal(self, name, shape):
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())]).standard_normal(shape, np.float32)
