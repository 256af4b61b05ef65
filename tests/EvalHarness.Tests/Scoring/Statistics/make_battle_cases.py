"""Prints the expected numbers of BradleyTerryTests, computed without this program.

The strengths are those of scikit-learn's logistic regression without a penalty and without an intercept: a row of the design has 1 for
the first player and -1 for the second, and behind them the controls, divided by their root mean square. A tie is half a win and half a
loss. The sandwich is written down in numpy.

    python3 make_battle_cases.py    (made with scikit-learn 1.2.1 and numpy 1.24.2)
"""

import numpy as np
from sklearn.linear_model import LogisticRegression

# Battles of each two players: first, second, won by the first, won by the second, ties.
CELLS = [(0, 1, 9, 5, 3), (0, 2, 11, 4, 0), (0, 3, 8, 1, 2), (1, 2, 7, 6, 4), (1, 3, 10, 3, 1), (2, 3, 6, 5, 2)]

PLAYERS = 4


def rows():
    """48 battles of four players on 16 documents, with two controls: all made of small whole numbers."""
    for i in range(48):
        first = i % PLAYERS
        second = (first + 1 + i // PLAYERS % 3) % PLAYERS
        score = [1, 0, 1, 0.5, 0, 1, 1][i * i % 7] if first < second else [0, 1, 0.5, 0, 1][i * 3 % 5]
        yield first, second, score, (i * 37 % 11 - 5) / 8, (i * 23 % 13 - 6) / 16, i // 3


def expand(battles):
    design, won, weights = [], [], []
    for first, second, score, controls, weight in battles:
        row = np.zeros(PLAYERS + len(controls))
        row[first], row[second] = 1, -1
        row[PLAYERS:] = controls
        for label, share in ((1, score), (0, 1 - score)):
            if share > 0:
                design.append(row)
                won.append(label)
                weights.append(share * weight)
    return np.array(design), np.array(won), np.array(weights)


def fit(battles):
    design, won, weights = expand(battles)
    # The last player's strength is 0, so that the others are known; afterwards all of them sum to 0.
    kept = [i for i in range(design.shape[1]) if i != PLAYERS - 1]
    model = LogisticRegression(penalty=None, fit_intercept=False, tol=1e-10, max_iter=10000, solver="newton-cholesky")
    model.fit(design[:, kept], won, sample_weight=weights)
    found = np.zeros(design.shape[1])
    found[kept] = model.coef_[0]
    found[:PLAYERS] -= found[:PLAYERS].mean()
    return found


def sandwich(battles, clusters, found):
    design = np.array([row(first, second, controls) for first, second, _, controls, _ in battles])
    scores = np.array([score for _, _, score, _, _ in battles])
    shares = 1 / (1 + np.exp(-design @ found))
    bread = np.linalg.pinv((design * (shares * (1 - shares))[:, None]).T @ design)
    leverage = shares * (1 - shares) * np.einsum("ij,jk,ik->i", design, bread, design)
    gradients = design * ((scores - shares) / (1 - leverage))[:, None]
    names = sorted(set(clusters))
    sums = np.array([gradients[[c == name for c in clusters]].sum(axis=0) for name in names])
    meat = sums.T @ sums
    if len(names) < len(battles):
        meat *= len(names) / (len(names) - 1)
    return np.sqrt(np.diag(bread @ meat @ bread))


def row(first, second, controls):
    found = np.zeros(PLAYERS + len(controls))
    found[first], found[second] = 1, -1
    found[PLAYERS:] = controls
    return found


def show(name, battles, clusters):
    found = fit(battles)
    print(name, "parameters", ", ".join(f"{v:.10f}" for v in found))
    print(name, "errors", ", ".join(f"{v:.10f}" for v in sandwich(battles, clusters, found)))


def main():
    battles = [
        (first, second, score, [], 1)
        for first, second, won, lost, ties in CELLS
        for score, count in ((1, won), (0, lost), (0.5, ties))
        for _ in range(count)
    ]
    show("cells", battles, range(len(battles)))
    raw = list(rows())
    controls = np.array([r[3:5] for r in raw])
    controls = controls / np.sqrt((controls**2).mean(axis=0))
    battles = [(r[0], r[1], r[2], list(c), 1) for r, c in zip(raw, controls)]
    show("rows", battles, range(len(battles)))
    show("clusters", battles, [r[5] for r in raw])


if __name__ == "__main__":
    main()
