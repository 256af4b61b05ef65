"""A Llama: RMSNorm, rotary positions (halves), grouped keys and values, SwiGLU."""
import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Config:
    vocabulary: int = 1536
    width: int = 192
    hidden: int = 512
    layers: int = 6
    heads: int = 6
    key_heads: int = 3
    context: int = 1024
    epsilon: float = 1e-5
    theta: float = 10000.0

    @property
    def head(self):
        return self.width // self.heads


class Norm(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(config.width))
        self.epsilon = config.epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


def rotary(config):
    """Cosines and sines, each [context, head]."""
    frequencies = config.theta ** (-torch.arange(0, config.head, 2) / config.head)
    angles = torch.outer(torch.arange(config.context).float(), frequencies)
    return torch.cat([angles.cos()] * 2, -1), torch.cat([angles.sin()] * 2, -1)


def rotate(x, cos, sin):
    half = x.size(-1) // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.attention_norm, self.hidden_norm = Norm(c), Norm(c)
        self.query = nn.Linear(c.width, c.width, bias=False)
        self.key = nn.Linear(c.width, c.key_heads * c.head, bias=False)
        self.value = nn.Linear(c.width, c.key_heads * c.head, bias=False)
        self.output = nn.Linear(c.width, c.width, bias=False)
        self.gate = nn.Linear(c.width, c.hidden, bias=False)
        self.up = nn.Linear(c.width, c.hidden, bias=False)
        self.down = nn.Linear(c.hidden, c.width, bias=False)

    def forward(self, x, cos, sin, mask):
        batch, length, _ = x.shape
        y = self.attention_norm(x)

        def heads(t, n):
            return t.view(batch, length, n, self.c.head).transpose(1, 2)

        group = self.c.heads // self.c.key_heads
        q = rotate(heads(self.query(y), self.c.heads), cos, sin)
        k = rotate(heads(self.key(y), self.c.key_heads), cos, sin).repeat_interleave(group, 1)
        v = heads(self.value(y), self.c.key_heads).repeat_interleave(group, 1)
        weights = (q @ k.transpose(-1, -2) / math.sqrt(self.c.head) + mask).softmax(-1)
        x = x + self.output((weights @ v).transpose(1, 2).reshape(batch, length, self.c.width))
        y = self.hidden_norm(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = Norm(config)
        cos, sin = rotary(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        self.start()

    def start(self):
        """
        Queries and keys of a head begin equal, and its output as the transpose of its values: each token then attends to tokens like it and
        copies them, from which finding a choice again is a small step (mimetic initialization, Trockman and Kolter 2023, arXiv 2305.09828).
        """
        c = self.config
        group = c.heads // c.key_heads
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, 0, 1 / math.sqrt(parameter.size(1)))
        nn.init.normal_(self.embedding.weight, 0, 1)
        nn.init.zeros_(self.head.weight)
        with torch.no_grad():
            for block in self.blocks:
                nn.init.zeros_(block.down.weight)
                keys = block.key.weight.view(c.key_heads, c.head, c.width).repeat_interleave(group, 0)
                block.query.weight.copy_(keys.reshape(c.width, c.width))
                values = block.value.weight.view(c.key_heads, c.head, c.width).repeat_interleave(group, 0)
                block.output.weight.copy_(values.reshape(c.width, c.width).T / 2)

    def forward(self, tokens):
        """Logits [batch, tokens, vocabulary]."""
        length = tokens.size(1)
        mask = torch.full((length, length), -1e9, device=tokens.device).triu(1)
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cos[:length], self.sin[:length], mask)
        return self.head(self.norm(x))
