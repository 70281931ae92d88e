"""Makes measure.txt, the numbers that src/measure is held to, with scikit-learn, scipy and statsmodels.

usage: python -m venv v && v/bin/pip install scikit-learn scipy statsmodels && v/bin/python make_measure.py

One fact a line: a name, its inputs and, last, its value. A line `rows NAME numbers...` gives data that later lines name.
"""
import os

import numpy as np
import sklearn.metrics as metrics
import statsmodels.api as sm
from scipy import special, stats

OUT = []


def fact(*parts):
    OUT.append(" ".join(p if isinstance(p, str) else repr(float(p)) for p in parts))


def rows(name, values):
    OUT.append(f"rows {name} " + " ".join(repr(float(v)) for v in values))


def classification(rng, name, n, ties):
    labels = (rng.random(n) < 0.3).astype(float)
    p = 1 / (1 + np.exp(-(labels * 1.2 - 1 + rng.normal(size=n))))
    p = np.round(p, 2 if ties else 12)
    rows(f"{name}.p", p)
    rows(f"{name}.y", labels)
    area = metrics.roc_auc_score(labels, p)
    fpr, tpr, _ = metrics.roc_curve(labels, p, drop_intermediate=False)
    clipped = np.clip(p, 1e-15, 1 - 1e-15)
    values = {
        "auc": area,
        "gini": 2 * area - 1,
        "auc_pr": metrics.average_precision_score(labels, p),
        "ks": stats.ks_2samp(p[labels == 1], p[labels == 0]).statistic,
        "log_loss": metrics.log_loss(labels, clipped),
        "brier": metrics.brier_score_loss(labels, p),
        "accuracy": metrics.accuracy_score(labels, p >= 0.5),
        "f1": metrics.f1_score(labels, p >= 0.5),
    }
    bins = np.minimum((p * 10).astype(int), 9)
    values["ece"] = sum(abs((p - labels)[bins == b].sum()) for b in range(10)) / n
    for metric, value in values.items():
        fact(metric, f"{name}.p", f"{name}.y", value)


def regression(rng, name, n):
    y = rng.normal(size=n) * 3 + 10
    v = y + rng.normal(size=n)
    rows(f"{name}.v", v)
    rows(f"{name}.y", y)
    fact("rmse", f"{name}.v", f"{name}.y", metrics.mean_squared_error(y, v) ** 0.5)
    fact("mae", f"{name}.v", f"{name}.y", metrics.mean_absolute_error(y, v))
    fact("r2", f"{name}.v", f"{name}.y", metrics.r2_score(y, v))


def ranking(rng, name, n):
    relevance = rng.integers(0, 4, size=n).astype(float) * (rng.random(n) < 0.5)
    relevance[n // 2] = 1
    rows(name, relevance)
    score = -np.arange(n, dtype=float)  # the order in which they come
    for k in (1, 5, 10):
        fact("ndcg", name, k, metrics.ndcg_score([relevance], [score], k=k))
        hits = relevance > 0
        fact("recall", name, k, hits[:k].sum() / hits.sum())
        precision = [hits[: i + 1].mean() for i in range(min(k, n)) if hits[i]]
        fact("average_precision", name, k, sum(precision) / min(k, hits.sum()))


def distributions():
    for x in (-37, -8, -5, -3.0001, -2.9999, -1, -0.1, 0, 0.5, 1.96, 3, 6):
        fact("normal_cdf", x, stats.norm.cdf(x))
    for p in (1e-300, 1e-12, 1e-5, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999):
        fact("normal_quantile", p, stats.norm.ppf(p))
    for df in (1, 2, 3.7, 10, 59, 61, 300, 12345, 999999, 1000001, 1e9):
        for x in (-8, -2.5, -0.3, 0, 1, 4):
            fact("t_cdf", x, df, stats.t.cdf(x, df))
        for p in (1e-6, 0.025, 0.4, 0.9, 0.975, 0.9995):
            fact("t_quantile", p, df, stats.t.ppf(p, df))
    for x in (0.1, 0.5, 1, 1.5, 7.25, 20, 1234.5):
        fact("log_gamma", x, special.gammaln(x))
    for a, b, x in ((2, 3, 0.4), (0.5, 0.5, 0.1), (10, 2, 0.9), (100, 80, 0.55), (1, 1, 0.25)):
        fact("incomplete_beta", a, b, x, special.betainc(a, b, x))


def intervals(rng):
    n = 200
    clusters = np.sort(rng.integers(0, 37, size=n))
    values = rng.normal(size=n) + 0.8 * rng.normal(size=37)[clusters]
    other = values * 0.5 + rng.normal(size=n)
    rows("c.values", values)
    rows("c.other", other)
    rows("c.clusters", clusters)
    groups = len(set(clusters))

    def bounds(y):
        # Cluster-robust without the n-1/n-k factor of the small-sample correction: G/(G-1) alone.
        fit = sm.OLS(y, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": True})
        error = fit.bse[0] / np.sqrt((n - 1) / (n - 1))
        reach = stats.t.ppf(0.975, groups - 1) * error
        return y.mean() - reach, y.mean() + reach

    for name, y in (("clustered_mean", values), ("paired_difference", values - other)):
        low, high = bounds(y)
        fact(name, low, high)
    low, high = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    fact("mean_interval", low, high)
    for successes, trials in ((0, 10), (3, 10), (10, 10), (512, 1000)):
        bound = stats.binomtest(successes, trials).proportion_ci(0.95, "wilson")
        fact("wilson", successes, trials, bound.low, bound.high)


def main():
    rng = np.random.default_rng(20260101)
    classification(rng, "smooth", 150, False)
    classification(rng, "tied", 200, True)
    regression(rng, "line", 80)
    for i, n in enumerate((3, 12, 30)):
        ranking(rng, f"rank{i}", n)
    distributions()
    intervals(rng)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "measure.txt")
    with open(path, "w") as out:
        out.write("\n".join(OUT) + "\n")


main()
