#!/usr/bin/env python3
"""SIGKILL under load: whatever the server acknowledged is there exactly once after it starts again.

    crash.py VOLANT [--rounds N] [--seed S] [--keep]

Each round starts `volant serve`, checks all that the round before was told, and retries what it was
not told; then 64 connections post events, predictions and feedback until the server is killed at a
random moment: while it commits, writes a snapshot, trains or registers a version. At the end it is
stopped in the regular way, and the numbers of syncs and of requests are compared: at least one sync,
and at most one for each eight requests.
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import wire

CONNECTIONS = 64
USERS, BOOKS = 200, 40
ROUND_REQUESTS_MAX = 6000
READY_SECONDS = 60

SPECIFICATION = """
name: crash
subject: user
entities: { user: {}, book: {} }
events:
  read: { user: id, book: id, n: int }
features:
  user.reads:  { count: read, by: user }
  user.recent: { last: read.book, by: user, n: 5 }
  book.reads:  { count: read, by: book, window: 1d }
models:
  shelf:      # closes often, so that versions are trained, gated and promoted while the server dies
    decide: { rank: book }
    outcome: { event: read, within: 1s, otherwise: 0 }
    features: [user.*, book.*]
    loop: { online: true, explore: 0.2, holdback: 0.2, retrain: { or_after: 300 outcomes }, gate: { outcomes: 300 } }
  spends:     # every feedback adds 1, so one that counts twice is seen
    decide: { regress: user }
    outcome: { within: 1h, otherwise: 0, aggregate: sum }
    features: [user.*]
log: { segment_bytes: 8MiB, snapshot_every: 2000 records }
"""


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


class Server:
    def __init__(self, volant, workspace):
        self.volant, self.workspace = volant, workspace
        self.log = open(os.path.join(workspace, "server.log"), "ab")
        self.process = self.port = None

    def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [self.volant, "-w", self.workspace, "serve", "--port", str(self.port)],
            stdout=self.log, stderr=self.log)
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            check(self.process.poll() is None, f"the server ended with {self.process.returncode}")
            try:
                if wire.ask(self.port, "GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise Failure(f"not ready after {READY_SECONDS} s")

    def get(self, path):
        status, answer = wire.ask(self.port, "GET", path)
        check(status == 200, f"GET {path}: {status} {answer}")
        return answer

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        check(self.process.wait(timeout=60) == 0, f"SIGTERM ended with {self.process.returncode}")


class Ledger:
    """What was sent, and what the server said about it. Ids never come twice but in retries."""

    def __init__(self, random_source):
        self.random = random_source
        self.events = {}       # id -> body
        self.predictions = {}  # id -> (path, body)
        self.feedbacks = {}    # id -> body
        self.acked = {}        # id -> the answer
        self.given = {}        # prediction id of `spends` -> how many feedbacks name it
        self.asked_spends = []  # acknowledged prediction ids of `spends`
        self.next = 0

    def new_id(self, kind):
        self.next += 1
        return f"{kind}{self.next}"

    def event(self):
        body = {"event": "read", "id": self.new_id("e"), "user": f"u{self.random.randrange(USERS)}",
                "book": f"b{self.random.randrange(BOOKS)}", "properties": {"n": self.next}}
        self.events[body["id"]] = body
        return body

    def request(self):
        draw = self.random.random()
        if draw < 0.5:
            return wire.Request("POST", "/v1/events", self.event())
        if draw < 0.6:
            return wire.Request("POST", "/v1/events", [self.event() for _ in range(5)])
        if draw < 0.75 or not self.asked_spends:
            shelf = draw < 0.7
            body = {"id": self.new_id("p"), "user": f"u{self.random.randrange(USERS)}"}
            if shelf:
                body["candidates"] = [f"b{i}" for i in self.random.sample(range(BOOKS), 8)]
                body["k"] = 3
            path = "/v1/predict/" + ("shelf" if shelf else "spends")
            self.predictions[body["id"]] = (path, body)
            return wire.Request("POST", path, body)
        prediction = self.random.choice(self.asked_spends[-50:])
        body = {"prediction_id": prediction, "outcome": 1, "id": self.new_id("f")}
        self.feedbacks[body["id"]] = body
        self.given[prediction] = self.given.get(prediction, 0) + 1
        return wire.Request("POST", "/v1/feedback", body)

    def answered(self, request):
        check(request.status == 200, f"{request.path} {request.body}: {request.status} {request.answer}")
        bodies = request.body if isinstance(request.body, list) else [request.body]
        if isinstance(request.body, list):
            check(request.answer["accepted"] == len(bodies), f"a batch: {request.answer}")
        for body in bodies:
            self.acked[body["id"]] = request.answer
        if request.path == "/v1/predict/spends":
            self.asked_spends.append(request.answer["prediction_id"])


class Rounds:
    def __init__(self, server, ledger):
        self.server, self.ledger = server, ledger
        self.checked_lsn = 0   # events up to here were compared
        self.seen = {}         # event id -> lsn
        self.settled = set()   # ids whose round is over: acknowledged, or retried
        self.kills = 0

    def load_and_kill(self):
        ledger = self.ledger
        delay = ledger.random.choice([0.05, 0.2, 0.6, 1.2]) * ledger.random.random()
        timer = threading.Timer(delay, self.server.kill)
        timer.start()
        requests = (ledger.request() for _ in range(ROUND_REQUESTS_MAX))
        try:
            wire.drive(self.server.port, CONNECTIONS, requests, ledger.answered)
        finally:
            timer.join()
        self.kills += 1

    def ask_all(self, requests):
        done = []
        wire.drive(self.server.port, CONNECTIONS, requests, done.append)
        check(len(done) == len(requests), f"{len(requests) - len(done)} requests without an answer")
        return done

    def logged_events(self, through):
        """The events after `through`, newest first."""
        cursor, items = None, []
        while True:
            page = self.server.get("/v1/events?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            for item in page["items"]:
                if int(item["lsn"]) <= through:
                    return items
                items.append(item)
            cursor = page["next"]
            if not cursor:
                return items

    def compare_events(self):
        items = self.logged_events(self.checked_lsn)
        for item in items:
            sent = self.ledger.events.get(item["id"])
            check(sent is not None, f"an event that nobody sent: {item}")
            check(item["id"] not in self.seen, f"{item['id']} is there twice: {item}")
            check({k: item[k] for k in sent} == sent, f"sent {sent}, found {item}")
            self.seen[item["id"]] = int(item["lsn"])
        if items:
            self.checked_lsn = max(self.checked_lsn, int(items[0]["lsn"]))

    def new_ids(self, table):
        return [i for i in table if i not in self.settled]

    def check_acknowledged(self):
        """Before any retry: what the dead server had acknowledged."""
        ledger = self.ledger
        self.compare_events()
        for id in self.new_ids(ledger.events):
            check(id not in ledger.acked or id in self.seen, f"acknowledged and lost: event {id}")
        acked = [i for i in self.new_ids(ledger.predictions) if i in ledger.acked]
        gets = [wire.Request("GET", "/v1/predictions/" + ledger.acked[i]["prediction_id"]) for i in acked]
        self.ask_all(gets)
        for id, get in zip(acked, gets):
            first = ledger.acked[id]
            check(get.status == 200, f"acknowledged and lost: prediction {id}: {get.answer}")
            for key in ("model", "version", "arm", "time", "lsn", "ranking", "value"):
                check(get.answer.get(key) == first.get(key), f"{id}: {key} was {first}, is {get.answer}")

    def retry(self):
        """Everything once more, twice: acknowledged or not, it must be there once in the end."""
        ledger = self.ledger
        events, predictions, feedbacks = (
            self.new_ids(t) for t in (ledger.events, ledger.predictions, ledger.feedbacks))
        for attempt in (1, 2):
            posts = [wire.Request("POST", "/v1/events", ledger.events[i]) for i in events]
            self.ask_all(posts)
            for id, post in zip(events, posts):
                check(post.status == 200, f"{id}: {post.answer}")
                known = attempt == 2 or id in self.seen
                check(post.answer["status"] == ("duplicate" if known else "accepted"),
                      f"event {id}, attempt {attempt}, in the log: {id in self.seen}: {post.answer}")
            posts = [wire.Request("POST", *ledger.predictions[i]) for i in predictions]
            self.ask_all(posts)
            for id, post in zip(predictions, posts):
                check(post.status == 200, f"{id}: {post.answer}")
                first = ledger.acked.setdefault(id, post.answer)
                check(post.answer == first, f"prediction {id} was {first}, is {post.answer}")
            posts = [wire.Request("POST", "/v1/feedback", ledger.feedbacks[i]) for i in feedbacks]
            self.ask_all(posts)
            for id, post in zip(feedbacks, posts):
                check(post.status == 200, f"{id}: {post.answer}")
                known = attempt == 2 or id in ledger.acked
                check(post.answer["state"] == "duplicate" or not known,
                      f"feedback {id}, attempt {attempt}: {post.answer}")
        self.compare_events()
        self.settled.update(events, predictions, feedbacks)

    def check_counts(self):
        ledger = self.ledger
        missing = [i for i in ledger.events if i not in self.seen]
        check(not missing, f"events that are not there after the retries: {missing[:5]}")
        stages = self.server.get("/v1/status")["stages"]
        for found, expected, what in (
                (stages["collect"]["events"], len(ledger.events), "events"),
                (stages["deploy"]["predictions"], len(ledger.predictions), "predictions"),
                (stages["feedback"]["feedbacks"], len(ledger.feedbacks), "feedbacks"),
                (stages["log"]["unreadable"], 0, "unreadable records")):
            check(found == expected, f"{what}: {found} in the log, {expected} were sent")
        named = list(ledger.given)[-200:]
        gets = [wire.Request("GET", "/v1/predictions/" + i) for i in named]
        self.ask_all(gets)
        for id, get in zip(named, gets):
            value = get.answer["outcome"]["value"]
            check(value == ledger.given[id], f"{id}: {ledger.given[id]} feedbacks add up to {value}")

    def verify(self):
        self.check_acknowledged()
        self.retry()
        self.check_counts()


def metric(server, name):
    for line in server.get("/metrics").splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise Failure(f"no metric {name}")


def check_group_commit(server, ledger):
    requests = [wire.Request("POST", "/v1/events", ledger.event()) for _ in range(50 * CONNECTIONS)]
    before = metric(server, "volant_log_syncs_total")
    wire.waves(server.port, CONNECTIONS, requests)
    syncs = metric(server, "volant_log_syncs_total") - before
    for request in requests:
        ledger.answered(request)
    check(1 <= syncs <= len(requests) / 8, f"{syncs:.0f} syncs for {len(requests)} requests")
    return f"{len(requests)} requests on {CONNECTIONS} connections took {syncs:.0f} syncs"


def check_replay(volant, workspace):
    """Every logged prediction made again, where this build can."""
    if " replay " not in subprocess.run([volant, "--help"], capture_output=True, text=True).stdout:
        return "this build cannot replay"
    run = subprocess.run([volant, "-w", workspace, "replay", "--verify", "--json"],
                         capture_output=True, text=True)
    check(run.returncode == 0, f"replay --verify: {run.returncode} {run.stdout} {run.stderr}")
    report = json.loads(run.stdout)
    check(report["mismatched"] == 0 and report["exact"] > 0, f"replay --verify: {report}")
    return f"replay: {report['exact']} predictions exact"


def run(arguments, workspace):
    with open(os.path.join(workspace, "volant.yaml"), "w") as file:
        file.write(SPECIFICATION)
    ledger = Ledger(random.Random(arguments.seed))
    server = Server(os.path.abspath(arguments.volant), workspace)
    rounds = Rounds(server, ledger)
    try:
        for number in range(arguments.rounds):
            server.start()
            rounds.verify()
            rounds.load_and_kill()
            if sys.stderr.isatty():
                print(f"\r{number + 1} of {arguments.rounds} rounds", end="", file=sys.stderr)
        server.start()
        rounds.verify()
        syncs = check_group_commit(server, ledger)
        server.stop()
        server.start()  # after a regular stop, all of it from the beginning
        rounds.seen.clear()
        rounds.checked_lsn = 0
        rounds.compare_events()
        rounds.check_counts()
        versions = sum(len(m["versions"]) for m in server.get("/v1/models")["items"])
        server.stop()
        replay = check_replay(server.volant, workspace)
    finally:
        if server.process and server.process.poll() is None:
            server.process.kill()
            server.process.wait()
    print(f"{rounds.kills} kills: {len(ledger.events)} events, {len(ledger.predictions)} predictions and "
          f"{len(ledger.feedbacks)} feedbacks are there once; {versions} versions; {syncs}; {replay}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("volant")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("VOLANT_CRASH_ROUNDS", 10)))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("VOLANT_CRASH_SEED", 1)))
    parser.add_argument("--keep", action="store_true", help="leave the workspace there")
    arguments = parser.parse_args()
    workspace = tempfile.mkdtemp(prefix="volant_crash_")
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
