"""Writes clustered.json: differences of rows of tasks, and what statsmodels and scipy say of their mean.

Made with statsmodels 0.13.5, scipy 1.10.1 and numpy 1.24.2: python3 make_clustered_cases.py > clustered.json
"""
import json

import numpy as np
import statsmodels.api as sm
from scipy import stats

random = np.random.default_rng(20261126)


def jackknife(differences, tasks, weights):
    """The error of a mean of tasks by leaving out one after the other; weights are those of the tasks."""
    means = np.array([differences[tasks == t].mean() for t in np.unique(tasks)])
    whole = (weights * means).sum()
    left = np.array([(whole - w * m) / (1 - w) for w, m in zip(weights, means)])
    return np.sqrt((len(means) - 1) / len(means) * ((left - whole) ** 2).sum())


cases = []
for count, size, spread, binary in [(5, 40, 0.1, True), (10, 100, 0.03, True), (27, 30, 0.05, True), (57, 20, 0.1, False), (12, 25, 0.2, False)]:
    for equal in (True, False):
        sizes = [size if equal else size + 7 * (i % 4) for i in range(count)]
        tasks = np.repeat(np.arange(count), sizes)
        drift = random.normal(-0.02, spread, count)[tasks]
        if binary:
            draw = random.random(len(tasks))
            differences = np.where(draw < 0.1 - drift / 2, -1.0, np.where(draw > 0.9 - drift / 2, 1.0, 0.0))
        else:
            differences = np.round(np.clip(random.normal(drift, 0.2), -1, 1), 3)
        fit = sm.OLS(differences, np.ones(len(differences))).fit(cov_type="cluster", cov_kwds={"groups": tasks}, use_t=True)
        means = np.array([differences[tasks == t].mean() for t in range(count)])
        cases.append({
            "tasks": tasks.tolist(),
            "differences": differences.tolist(),
            "statsmodels": {"error": fit.bse[0], "p": fit.pvalues[0], "equal_sizes": equal},
            "jackknife": jackknife(differences, tasks, np.array(sizes) / len(tasks)),
            "macro": {"error": stats.sem(means), "p": stats.ttest_1samp(means, 0).pvalue},
        })
print(json.dumps(cases, separators=(",", ":")))
