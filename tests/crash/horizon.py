#!/usr/bin/env python3
"""Retention cuts the log, the specification changes, and the server is killed at any moment: what did not change goes on as if
the log were whole, and every prediction behind the horizon verifies.

    horizon.py VOLANT [--rounds N] [--seed S] [--keep]

Each round may change volant.yaml, validates it, starts `volant serve`, compares what is counted of each user with what was sent, and
posts batches of events and predictions, hours of simulated time, until the server is killed or stopped.
"""
import argparse
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from crash import Failure, Server, check

USERS, BOOKS = 40, 12
BATCH = 60
BATCHES_MAX = 25
START = 1_790_000_000  # simulated seconds
STEP = 240             # between batches

SPECIFICATION = """
name: horizon
subject: user
time: simulated
entities: {{ user: {{}}, book: {{ {attributes} }} }}
events:
  read: {{ user: id, book: id, n: int }}
features:
{features}
models:
  shelf:
    decide: {{ rank: book }}
    outcome: {{ event: read, within: 20m, otherwise: 0 }}
    features: [user.*, book.*]
    loop: {{ online: true, explore: {explore}, retrain: {{ or_after: 400 outcomes }}, gate: {{ outcomes: 200 }} }}
server: {{ event_max: 2KiB, entities_max: {entities_max} }}
log: {{ segment_bytes: 1MiB, snapshot_every: 1000 records, retention: 1h }}
"""


class Specification:
    """What may change. `user.reads` never does: its counts must survive everything."""

    def __init__(self, source):
        self.random = source
        self.window, self.explore, self.more, self.attributes, self.entities_max = "1d", 0.1, [], [], 1000

    def change(self):
        what = self.random.randrange(5)
        if what == 0:
            self.window = self.random.choice(["30m", "2h", "1d", "7d"])
        elif what == 1:
            self.explore = self.random.choice([0.05, 0.1, 0.3])
        elif what == 2:
            self.more = self.random.sample(
                ["user.recent: { last: read.book, by: user, n: 5 }", "book.mean: { mean: read.n, by: book }",
                 "user.hour: { count: read, by: user, window: 1h }"], self.random.randrange(4))
        elif what == 3:
            self.attributes = self.random.sample(["title: text", "year: int"], self.random.randrange(3))
        else:
            self.entities_max = self.random.choice([1000, 5000])

    def text(self):
        features = ["user.reads: { count: read, by: user }",
                    f"book.reads: {{ count: read, by: book, window: {self.window} }}"] + self.more
        self.random.shuffle(features)
        return SPECIFICATION.format(
            attributes=", ".join(self.attributes), features="\n".join("  " + f for f in features), explore=self.explore,
            entities_max=self.entities_max)


class Client:
    """Posts batches one after the other; a batch without an answer is kept to be posted again."""

    def __init__(self, source):
        self.random = source
        self.now, self.next, self.events = START, 0, 0
        self.reads = {}      # user -> events that are there for certain
        self.pending = None  # a batch whose fate is not known

    def batch(self):
        out = []
        for _ in range(BATCH):
            self.next += 1
            out.append({"event": "read", "id": f"e{self.next}", "user": f"u{self.random.randrange(USERS)}",
                        "book": f"b{self.random.randrange(BOOKS)}", "properties": {"n": self.next, "text": "x" * 900}})
        return out

    def ask(self, port, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", path, json.dumps(body), {
                "Content-Type": "application/json",
                "Volant-Time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now))})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        check(answer.status == 200, f"{path}: {answer.status} {text[:300]}")
        return json.loads(text)

    def settle(self, port):
        if self.pending is None:
            return
        answer = self.ask(port, "/v1/events", self.pending)
        check(answer["accepted"] + answer["duplicates"] == BATCH, f"a batch: {answer}")
        self.events += BATCH
        for event in self.pending:
            self.reads[event["user"]] = self.reads.get(event["user"], 0) + 1
        self.pending = None

    def load(self, port):
        for _ in range(self.random.randrange(1, BATCHES_MAX)):
            self.now += STEP
            self.pending = self.batch()
            self.settle(port)
            for _ in range(3):
                self.ask(port, "/v1/predict/shelf", {
                    "user": f"u{self.random.randrange(USERS)}",
                    "candidates": [f"b{i}" for i in range(BOOKS)], "k": 3})


def compare(server, client):
    stages = server.get("/v1/status")["stages"]
    check(stages["collect"]["events"] == client.events, f"{client.events} events were sent: {stages['collect']}")
    for user, expected in client.reads.items():
        found = server.get(f"/v1/features/user/{user}")["features"]["user.reads"]
        check(found == expected, f"{user} has read {expected} times, user.reads says {found}")
    return stages


def verify(server):
    """Every prediction that can still be proven, as the dead server left it."""
    done = subprocess.run([server.volant, "-w", server.workspace, "replay", "--verify", "--json"], capture_output=True, text=True)
    check(done.returncode == 0, f"replay --verify: {done.returncode} {done.stdout} {done.stderr}")
    return json.loads(done.stdout)


def run(arguments, workspace):
    source = random.Random(arguments.seed)
    specification, client = Specification(source), Client(source)
    server = Server(os.path.abspath(arguments.volant), workspace)
    path = os.path.join(workspace, "volant.yaml")
    kills = changes = begun = proven = 0
    try:
        for number in range(arguments.rounds):
            if number and source.random() < 0.5:
                specification.change()
                changes += 1
            with open(path, "w") as file:
                file.write(specification.text())
            valid = subprocess.run([server.volant, "-w", workspace, "validate"], capture_output=True, text=True)
            check(valid.returncode == 0, f"validate: {valid.returncode} {valid.stderr}")
            server.start()
            client.settle(server.port)
            begun = max(begun, len(compare(server, client)["features"]["begin_late"]))
            if source.random() < 0.7:
                killer = threading.Timer(source.random() * 0.6, server.kill)
                killer.start()
                try:
                    client.load(server.port)
                except (OSError, http.client.HTTPException):
                    pass
                killer.join()
                kills += 1
            else:
                client.load(server.port)
                server.stop()
            proven += verify(server)["exact"]
        server.start()
        client.settle(server.port)
        stages = compare(server, client)
        server.stop()
        check(stages["log"]["horizon"] > 0, f"nothing was cut: {stages['log']}")
        report = verify(server)
        check(report["exact"] > 0, f"replay --verify: {report}")
    finally:
        if server.process and server.process.poll() is None:
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
    print(f"{kills} kills, {changes} changes, at most {begun} features begun late: {client.events} events are counted once, the log "
          f"begins behind lsn {stages['log']['horizon']}; replay: {proven} times exact, at the end {report}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("volant")
    parser.add_argument("--rounds", type=int, default=max(25, int(os.environ.get("VOLANT_CRASH_ROUNDS", 25))))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("VOLANT_CRASH_SEED", 1)))
    parser.add_argument("--keep", action="store_true", help="leave the workspace there")
    arguments = parser.parse_args()
    workspace = tempfile.mkdtemp(prefix="volant_horizon_")
    try:
        run(arguments, workspace)
    except Failure as failure:
        with open(os.path.join(workspace, "server.log"), errors="replace") as file:
            sys.stderr.write("".join(file.readlines()[-20:]))
        print(f"FAILED (workspace {workspace} is kept): {failure}", file=sys.stderr)
        return 1
    if arguments.keep:
        print(workspace)
    else:
        shutil.rmtree(workspace)
    return 0


if __name__ == "__main__":
    sys.exit(main())
