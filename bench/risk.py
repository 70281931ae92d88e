"""The job of `predict` and `latency`: a linear model with 28 inputs that come with the request."""
import json
import random
import sys
import time

import harness

EXAMPLES = 4000
ROWS = 1024


def train(port):
    """Examples as a user would give them: predictions and their feedback; then a version that serves."""
    random.seed(1)
    rows, labels = [], []
    for i in range(EXAMPLES):
        x = [round(random.random(), 4) for _ in range(28)]
        labels.append(int(sum(x[:14]) > sum(x[14:])))
        rows.append({"user": f"u{i % 500}", "input": {f"f{j}": value for j, value in enumerate(x)}})
    answers = []
    for path, elements in (
        ("/v1/predict/risk", rows),
        ("/v1/feedback", None),
    ):
        if elements is None:
            elements = [{"prediction_id": a["prediction_id"], "outcome": y} for a, y in zip(answers, labels)]
        status, text = harness.ask(port, "POST", path, json.dumps(elements))
        if status != 200 or any("error" in a for a in text):
            sys.exit(f"{path}: {status} {str(text)[:300]}")
        answers = text
    harness.ask(port, "POST", "/v1/models/risk/train", "{}")
    for _ in range(600):
        job = harness.ask(port, "GET", "/v1/jobs")[1]["items"][0]
        if job["ended_at"] is not None:
            break
        time.sleep(0.1)
    status, answer = harness.ask(port, "POST", "/v1/models/risk/promote", '{"version":1,"why":"benchmark"}')
    if status != 200:
        sys.exit(f"no version was trained: {job} {answer}")
    for _ in range(100):
        answer = harness.ask(port, "POST", "/v1/predict/risk", json.dumps(rows[0]))[1]
        if answer["version"] == 1:
            return
        time.sleep(0.05)
    sys.exit(f"version 1 does not serve: {answer}")


def write_requests(path, side):
    """Rows of 28 numbers, the same for both sides; Volant's name a subject too."""
    random.seed(1)
    with open(path, "w") as file:
        for i in range(ROWS):
            row = [f"{random.random():.4f}" for _ in range(28)]
            if side == "volant":
                named = ",".join(f'"f{j}":{number}' for j, number in enumerate(row))
                file.write(f'/v1/predict/risk {{"user":"u{i + 1}","input":{{{named}}}}}\n')
            else:
                file.write(f'/predict {{"x":[{",".join(row)}]}}\n')
