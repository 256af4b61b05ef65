"""Byte-level BPE as GPT-2 has it, learned from the corpus. Digits are never merged, so that a number is its digits."""
import collections
import functools
import json
import re

SPECIAL = ["<|begin|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", "<|pad|>"]
BEGIN, END, USER, ASSISTANT, SYSTEM, PAD = range(6)

# GPT-2's words, for the ASCII that the corpus has.
WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")
MARKS = re.compile("(" + "|".join(re.escape(s) for s in SPECIAL) + ")")


def byte_characters():
    """GPT-2's printable character for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = (256 + i for i in range(256))
    return {b: chr(b) if b in plain else chr(next(spare)) for b in range(256)}


BYTES = byte_characters()


def pieces(word):
    return [BYTES[b] for b in word.encode()]


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.tokens = SPECIAL + [BYTES[b] for b in range(256)] + ["".join(m) for m in self.merges]
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        self.ranks = {m: i for i, m in enumerate(self.merges)}
        self.word = functools.lru_cache(maxsize=200_000)(self.encode_word)

    def encode_word(self, word):
        parts = pieces(word)
        while len(parts) > 1:
            rank, at = min((self.ranks.get(pair, len(self.ranks)), i) for i, pair in enumerate(zip(parts, parts[1:])))
            if rank == len(self.ranks):
                break
            parts[at:at + 2] = [parts[at] + parts[at + 1]]
        return [self.ids[p] for p in parts]

    def encode(self, text):
        ids = []
        for part in MARKS.split(text):
            if part in SPECIAL:
                ids.append(SPECIAL.index(part))
            else:
                for word in WORDS.findall(part):
                    ids += self.word(word)
        return ids

    def decode(self, ids):
        back = {c: b for b, c in BYTES.items()}
        text = ""
        for i in ids:
            text += self.tokens[i] if i < len(SPECIAL) else bytes(back[c] for c in self.tokens[i]).decode("latin-1")
        return text

    def save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.merges, file, ensure_ascii=False)

    @staticmethod
    def load(path):
        with open(path, encoding="utf-8") as file:
            return Tokenizer(json.load(file))


def learn(text, size):
    """Merges for a vocabulary of the given size; the most frequent pair first, the first of equals by spelling."""
    counts = collections.Counter(w for part in MARKS.split(text) if part not in SPECIAL for w in WORDS.findall(part))
    words = {w: pieces(w) for w in counts if not any(c.isdigit() for c in w)}
    merges = []
    while len(SPECIAL) + 256 + len(merges) < size:
        pairs = collections.Counter()
        for word, parts in words.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += counts[word]
        if not pairs:
            break
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        for parts in words.values():
            i = 0
            while i < len(parts) - 1:
                if (parts[i], parts[i + 1]) == best:
                    parts[i:i + 2] = [parts[i] + parts[i + 1]]
                i += 1
    return merges
