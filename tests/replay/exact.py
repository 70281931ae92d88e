#!/usr/bin/env python3
"""Every answer is made again from the log alone, however it came about and wherever that is done.

    exact.py VOLANT

Some weeks of a shop of the `ranking` template, through its API: events out of order and twice, answers with and
without an id, feedback, versions trained and promoted. The same requests go to a second workspace in other batches,
over other numbers of connections and threads, to a server in another time zone that uses the scalar kernels. Each is
then verified against its own log: as it was left, without its snapshots, in other time zones, by each instruction
set, and from a backup in another place.
"""
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "robust"))
from server import Workspace, check  # noqa: E402

START = 1_792_900_000  # a week before summer time ends in New York
DAY = 86_400
DAYS = 24
TRAINED_AFTER = (8, 16)
USERS, ITEMS = 80, 25
EVENTS, AGAIN = 150, 30    # a day
QUESTIONS, NAMED = 40, 10  # a day; those with an id are asked again
ZONES = ("Asia/Kathmandu", "America/New_York")
ISAS = ("scalar", "avx2", "avx512")

SETTINGS = """
time: simulated
server: {{ threads: {threads}, event_max: 64KiB }}
log: {{ segment_bytes: 1MiB, snapshot_every: 1000 records }}
"""


class Day:
    """What is sent on one day, to every workspace the same."""

    def __init__(self, source, number, earlier):
        self.random, self.number, self.now = source, number, START + number * DAY
        new = [self.event(i) for i in range(EVENTS)]
        earlier += new
        self.events = new + source.sample(earlier, AGAIN)
        source.shuffle(self.events)
        self.questions = [self.question(i) for i in range(QUESTIONS)]
        self.opened = [source.randrange(8) for _ in self.questions]  # a place; nothing, if there is none such

    def event(self, i):
        event = {"id": f"e{self.number}_{i}", "item": f"i{self.random.randrange(ITEMS)}"}
        kind = self.random.choice(["open"] * 7 + ["buy"] * 2 + ["$set"])
        if kind == "$set":
            return {**event, "event": kind, "properties": {"category": self.random.choice("abc"), "price": i / 7}}
        event.update(event=kind, user=self.user(), time=self.now - self.random.randrange(4 * DAY))
        return {**event, "properties": {"price": self.random.uniform(1, 99)}} if kind == "buy" else event

    def question(self, i):
        question = {"user": self.user(), "k": self.random.randrange(1, 6),
                    "input": {"device": self.random.choice(["phone", "desk"])}}
        if self.random.random() < 0.5:
            question["candidates"] = [f"i{n}" for n in self.random.sample(range(ITEMS), 8)]
        if i < NAMED:
            question["id"] = f"p{self.number}_{i}"
        return question

    def user(self):
        return f"u{self.random.randrange(USERS)}"


class Shop(Workspace):
    """A workspace that lives through days: `batch` elements a request, over so many connections."""

    def __init__(self, volant, specification, batch, connections, threads):
        super().__init__(volant, specification=specification + SETTINGS.format(threads=threads))
        self.batch, self.pool = batch, ThreadPoolExecutor(connections)
        self.exact, self.answered_by = 0, set()

    def __exit__(self, *_):
        self.pool.shutdown()
        super().__exit__()

    def send(self, path, bodies, now):
        """An answer for each request, in the order of the bodies."""
        headers = {"Content-Type": "application/json",
                   "Volant-Time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))}
        batches = [bodies[i:i + self.batch] for i in range(0, len(bodies), self.batch)]
        return list(self.pool.map(lambda batch: self.expect(200, None, "POST", path, batch, headers), batches))

    def rank(self, questions, now):
        return sum(self.send("/v1/predict/open_item", questions, now), [])

    def live(self, day):
        counts = self.send("/v1/events", day.events, day.now)
        found = tuple(sum(count[key] for count in counts) for key in ("accepted", "duplicates"))
        check(found == (EVENTS, AGAIN), f"accepted and duplicates: {found}")
        answers = self.rank(day.questions, day.now)
        self.exact += len(answers)
        self.answered_by |= {(answer["arm"], answer["version"]) for answer in answers}
        again = self.rank(day.questions[:NAMED], day.now)
        check([a["prediction_id"] for a in again] == [a["prediction_id"] for a in answers[:NAMED]],
              "a question with an id was answered twice")
        self.send("/v1/feedback", [
            {"prediction_id": answer["prediction_id"], "item": answer["ranking"][place]["item"], "outcome": 1}
            for answer, place in zip(answers, day.opened) if place < len(answer["ranking"])], day.now + 60)

    def volant_says(self, *words, environment=None):
        ran = subprocess.run([self.volant, "-w", str(self.folder), *words], capture_output=True, text=True,
                             env={**os.environ, **(environment or {})})
        check(ran.returncode == 0, f"volant {' '.join(words)}: {ran.returncode} {ran.stdout} {ran.stderr}")
        return ran.stdout

    def train(self):
        version = json.loads(self.volant_says("train", "open_item", "--json"))["version"]
        self.volant_says("promote", "open_item", str(version), "--why", "the test says so")

    def verify(self, how, environment=None):
        found = json.loads(self.volant_says("replay", "--verify", "--json", environment=environment))
        expected = {"exact": self.exact, "beyond_horizon": 0, "erased": 0, "other_profile": 0, "mismatched": 0,
                    "first_mismatch": None}
        check(found == expected, f"{how}: {found}, expected {expected}")
        print("ok", how, flush=True)


def template(volant, folder):
    """Its specification, but that nothing is trained or promoted unless the test says so."""
    subprocess.run([volant, "new", "ranking", folder], check=True, capture_output=True)
    text = (pathlib.Path(folder) / "volant.yaml").read_text()
    text, count = re.subn(r"\n *retrain:.*", "\n      auto_promote: false", text)
    check(count == 1, "the template's loop has no line for retrain")
    return text


def lived(shop, days, environment=None):
    shop.start(environment)
    for day in days:
        shop.live(day)
        if day.number in TRAINED_AFTER:
            shop.train()
        if day.number == DAYS // 2:  # its folds go on from a snapshot
            shop.stop()
            shop.start(environment)
    shop.stop()
    expected = {("baseline", 0)} | {("learned", version) for version in range(len(TRAINED_AFTER) + 1)}
    check(shop.answered_by == expected, f"who answered: {shop.answered_by}")


def verify_everywhere(shop, folder):
    check(list((shop.folder / "data/snapshots").iterdir()), "no snapshot was taken")
    shop.verify("as it was left")
    shutil.rmtree(shop.folder / "data/snapshots")
    shop.verify("without snapshots")
    for zone in ZONES:
        shop.verify(f"TZ={zone}", {"TZ": zone})
    for isa in ISAS:
        environment = {"VOLANT_ISA": isa}
        if refusal := lacks(shop.volant, environment):
            print(f"SKIPPED VOLANT_ISA={isa}: {refusal}", flush=True)
        else:
            shop.verify(f"VOLANT_ISA={isa}", environment)
    shop.volant_says("backup", folder + "/backup")
    shutil.rmtree(shop.folder)
    shop.folder = pathlib.Path(folder) / "elsewhere"
    shop.volant_says("restore", folder + "/backup")
    shop.verify("from a backup in another place")


def lacks(volant, environment):
    """What the program says of an instruction set that this machine does not have."""
    said = subprocess.run([volant, "doctor"], capture_output=True, text=True, env={**os.environ, **environment}).stderr
    return said.strip() if "which this machine does not have" in said else None


def main():
    volant = os.path.abspath(sys.argv[1])
    source, sent = random.Random(1), []
    days = [Day(source, number, sent) for number in range(DAYS)]
    for batch, connections, threads, environment in ((50, 1, 1, {}),
                                                     (7, 12, 4, {"TZ": "Asia/Kathmandu", "VOLANT_ISA": "scalar"})):
        print(f"batches of {batch}, {connections} connections, {threads} threads, {environment}")
        with tempfile.TemporaryDirectory() as folder:
            specification = template(volant, folder + "/template")
            with Shop(volant, specification, batch, connections, threads) as shop:
                lived(shop, days, environment)
                verify_everywhere(shop, folder)


main()
