"""Prints the values of TokenDivergenceTests.Report_Blocks_EqualsScipy: python block_errors.py (numpy and scipy)."""
import numpy as np
from scipy import stats

CHUNKS, TOKENS, BLOCKS = 24, 3, 20
tokens = np.array([
    [[1, ((c * 7 + t * 3) % 11 + 1) / 100, (c * 3 + t) % 8 != 0, ((c * 5 + t) % 7) / 3,
      ((c * 5 + t) % 7) / 3 + ((c * 3 + t * 2) % 5 - 1) / 10] for t in range(TOKENS)]
    for c in range(CHUNKS)], dtype=float)
change = (np.exp(-tokens[..., 4]) - np.exp(-tokens[..., 3])) ** 2
sums = np.concatenate([tokens, change[..., None]], axis=-1).sum(axis=1)
blocks = np.array([sums[i * CHUNKS // BLOCKS:(i + 1) * CHUNKS // BLOCKS].sum(axis=0) for i in range(BLOCKS)])
without = blocks.sum(axis=0) - blocks
t = stats.t.ppf(0.975, BLOCKS - 1)


def jackknife(statistic):
    replicates = np.array([statistic(s / s[0]) for s in without])
    return statistic(blocks.sum(axis=0) / blocks.sum(axis=0)[0]), np.sqrt(
        (BLOCKS - 1) / BLOCKS * ((replicates - replicates.mean()) ** 2).sum())


def show(name, statistic, scale=lambda x: x, back=lambda x: x, finish=lambda x: x, of=None):
    inner, error = jackknife(lambda m: scale((of or statistic)(m)))
    low, high = sorted(finish(back(inner + sign * t * error)) for sign in (-1, 1))
    value, plain = jackknife(statistic)
    print(f"{name}: {value:.12g}, {plain:.12g}, {low:.12g}, {high:.12g}")


cube = dict(scale=lambda x: x ** (-1 / 3), back=lambda x: x ** -3.0)
show("divergence", lambda m: m[1], **cube)
show("change", lambda m: np.sqrt(m[5]), of=lambda m: m[5], finish=np.sqrt, **cube)
show("base perplexity", lambda m: np.exp(m[3]), of=lambda m: m[3], finish=np.exp)
show("candidate perplexity", lambda m: np.exp(m[4]), of=lambda m: m[4], finish=np.exp)
show("ratio", lambda m: m[4] - m[3])
share, error = jackknife(lambda m: m[2])
n = CHUNKS * TOKENS
size = min(n, share * (1 - share) / error ** 2 * (stats.t.ppf(0.975, n - 1) / t) ** 2)
low, high = stats.beta.ppf(0.025, share * size, size - share * size + 1), stats.beta.ppf(0.975, share * size + 1, size - share * size)
print(f"same: {share:.12g}, {error:.12g}, {low:.12g}, {high:.12g}")
