"""Makes vw.json: AUC and log loss of the `vowpalwabbit` package on samples that `linear` is held to.

usage: python -m venv v && v/bin/pip install vowpalwabbit scikit-learn && v/bin/python make_vw.py [DATA]

DATA (default ../shared/data beside the repository) holds criteo_{train,test}.tsv.gz. The second sample is made up: like
Avazu's clicks, twelve categories with heavy tails, from the generator that src/train/vw_reference_test.cpp repeats draw by
draw. Each case is trained on its training lines once and scored on its test lines.
"""
import gzip
import json
import math
import os
import sys

import sklearn.metrics as metrics
from vowpalwabbit import Workspace

HERE = os.path.dirname(os.path.abspath(__file__))
MASK = (1 << 64) - 1
SIZES = [7, 7, 240, 4000, 20, 5000, 30, 20000, 200000, 6000, 5, 4]
AVAZU_SEED, AVAZU_TRAIN, AVAZU_TEST = 20141021, 30000, 10000


def criteo_lines(path):
    with gzip.open(path, "rt") as rows:
        for row in rows:
            cells = row.rstrip("\n").split("\t")
            ints = " ".join(f"i{k}:{v}" for k, v in enumerate(cells[1:14], 1) if v != "")
            names = " ".join(f"c{k}={v}" for k, v in enumerate(cells[14:], 14) if v != "")
            yield int(cells[0]), f"|i {ints} |c {names}"


def splitmix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


class Random:
    """xoshiro256**, as src/core/random.h."""

    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed, word = splitmix(seed)
            self.s.append(word)

    def next(self):
        s = self.s
        rotl = lambda x, k: ((x << k) | (x >> (64 - k))) & MASK
        result = (rotl((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)
        return result

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53


def effect(key):
    """The log-odds of a category: a fixed number in [-1, 1)."""
    return (splitmix(key)[1] >> 11) * 2.0**-52 - 1


def avazu_lines(count):
    random = Random(AVAZU_SEED)
    for _ in range(count):
        ids, logit = [], -1.6
        for field, size in enumerate(SIZES):
            u = random.uniform()
            ids.append(int(size * (u * u * u)))
            logit += 0.6 * effect(field << 32 | ids[-1])
        logit += 1.2 * effect(1 << 48 | ids[0] << 16 | ids[4])  # a site's taste by hour
        label = random.uniform() < 1 / (1 + math.exp(-logit))
        yield int(label), " ".join(f"|{chr(97 + f)} {chr(97 + f)}{i}" for f, i in enumerate(ids))


def score(options, train, test):
    workspace = Workspace(f"--quiet {options}")
    for label, features in train:
        workspace.learn(f"{2 * label - 1} {features}")
    margins = [workspace.predict(features) for _, features in test]
    labels = [label for label, _ in test]
    predictions = [1 / (1 + math.exp(-m)) for m in margins]
    return {
        "auc": metrics.roc_auc_score(labels, margins),
        "log_loss": metrics.log_loss(labels, predictions),
        "rows": len(labels),
    }


def main():
    data = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "../../../shared/data")
    logistic = "-b 18 --loss_function logistic"
    criteo = [list(criteo_lines(os.path.join(data, f"criteo_{part}.tsv.gz"))) for part in ("train", "test")]
    made = list(avazu_lines(AVAZU_TRAIN + AVAZU_TEST))
    avazu = [made[:AVAZU_TRAIN], made[AVAZU_TRAIN:]]
    cases = {
        "criteo": score(logistic, *criteo),
        "criteo_wide": score("-b 24 --loss_function logistic", *criteo),
        "criteo_l2": score(logistic + " --l2 1e-5", *criteo),
        "criteo_l1": score(logistic + " --l1 1e-6", *criteo),
        "criteo_interaction": score(logistic + " -q cc", *criteo),
        "avazu": score(logistic, *avazu),
        "avazu_ftrl": score(logistic + " --ftrl --ftrl_alpha 0.1 --ftrl_beta 1 --l1 0.5 --l2 1", *avazu),
        "avazu_interaction": score(logistic + " -q ae", *avazu),
    }
    with open(os.path.join(HERE, "vw.json"), "w") as out:
        json.dump(cases, out, indent=1)
        out.write("\n")
    print(json.dumps(cases, indent=1))


main()
