#!/usr/bin/env python3
"""An event that was altered on the disk, with every checksum made right again, is found out by what was answered.

    altered.py VOLANT

Buyers and items, of whom two features know what was paid within a day and within a week. The test knows from its own
notes alone which answers rest on an event: the later ones to its user within the day, and those with its item among
the candidates within the week. Exactly so many must fail, and the first of them first: for several events one by
one, and for all of them together, where an answer that rests on two counts once. With the checksums left as they
were, the log itself is refused.
"""
import copy
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import time

from segments import Log

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "robust"))
from server import Workspace, check  # noqa: E402

START = 1_790_035_200  # midnight
HOUR = 3600
HOURS = 15 * 24
TRAINED_AFTER = 5 * 24  # hours; learned answers rest on the altered events no less and no more
USERS, ITEMS, CANDIDATES = 8, 30, 3
BUYS, QUESTIONS = 6, 3  # an hour
ALTERED = 8

SPECIFICATION = """
name: altered
subject: user
time: simulated
entities: { user: {}, item: {} }
events:
  buy: { user: id, item: id, price: double }
features:
  user.spent: { sum: buy.price, by: user, window: 1d }
  item.price: { mean: buy.price, by: item, window: 7d }
models:
  buy_item:
    decide: { rank: item }
    outcome: { event: buy, within: 30m, otherwise: 0 }
    features: [user.*, item.*]
    loop: { online: true, explore: 0.1, auto_promote: false }
server: { event_max: 64KiB }
log: { segment_bytes: 1MiB, snapshot_every: 1000 records }
"""


def in_window(happened, read_at, width, count):
    """docs/concepts/features.md: a window is `count` buckets of `width` seconds, the last one begun."""
    return read_at // width - count < happened // width <= read_at // width


class Question:
    def __init__(self, source, now):
        self.user, self.now = f"u{source.randrange(USERS)}", now
        self.candidates = [f"i{i}" for i in source.sample(range(ITEMS), CANDIDATES)]
        self.lsn = None  # of the answer

    def rests_on(self, buy):
        """If the answer is the later one."""
        return (self.user == buy.user and in_window(buy.time, self.now, HOUR // 2, 48)
                or buy.item in self.candidates and in_window(buy.time, self.now, 3 * HOUR, 56))


class Buy:
    def __init__(self, source, number, now, questions):
        self.user, self.item = f"u{source.randrange(USERS)}", f"i{source.randrange(ITEMS)}"
        self.time = now - source.choice([0, 0, source.randrange(12 * HOUR)])  # some come late
        if source.random() < 0.3:  # and some are outcomes
            question = source.choice(questions)
            self.user, self.item, self.time = question.user, question.candidates[0], now
        self.price = 10 + number / 1024  # that of no other
        self.body = {"event": "buy", "user": self.user, "item": self.item, "time": self.time,
                     "properties": {"price": self.price, "note": "x" * 600}}


def says(server, code, *words):
    ran = subprocess.run([server.volant, "-w", str(server.folder), *words], capture_output=True, text=True)
    check(ran.returncode == code, f"{words}: {ran.returncode}, expected {code}: {ran.stdout} {ran.stderr}")
    return ran.stdout + ran.stderr if code > 1 else ran.stdout


def live(server):
    """What was sent, in the order of the log: questions and buys."""
    def post(path, bodies, now):
        headers = {"Content-Type": "application/json",
                   "Volant-Time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))}
        return server.expect(200, None, "POST", path, bodies, headers)

    source, notes = random.Random(1), []
    for hour in range(HOURS):
        now = START + hour * HOUR
        questions = [Question(source, now) for _ in range(QUESTIONS)]
        buys = [Buy(source, hour * BUYS + i, now + 600, questions) for i in range(BUYS)]
        notes += questions + buys
        answers = post("/v1/predict/buy_item",
                       [{"user": each.user, "candidates": each.candidates} for each in questions], now)
        post("/v1/events", [each.body for each in buys], now + 600)
        for question, answer in zip(questions, answers):
            check(answer["version"] == (1 if hour > TRAINED_AFTER else 0), answer)
            question.lsn = int(server.expect(200, None, "GET", "/v1/predictions/" + answer["prediction_id"])["lsn"])
        if hour == TRAINED_AFTER:
            says(server, 0, "train", "buy_item")
            says(server, 0, "promote", "buy_item", "1", "--why", "the test says so")
    return notes


def price(number):
    """As it stands in an event's bytes: docs/formats/event.md."""
    return b"\x05price\x03" + struct.pack("<d", number)


def forge(log, buys):
    for buy in buys:
        log.replace(price(buy.price), price(buy.price + 1))
    log.seal()
    log.write()


def verify(server, notes, buys):
    """The later answers that rest on one of `buys` fail, and no other."""
    later = {(each, buy) for buy in buys for each in notes[notes.index(buy):] if isinstance(each, Question)}
    failing = {each.lsn for each, buy in later if each.rests_on(buy)}
    after = len({each for each, _ in later})
    check(0 < len(failing) < after, f"{len(failing)} of {after} later answers rest on it: that proves little")
    says(server, 0, "log", "verify")
    found = json.loads(says(server, 1, "replay", "--verify", "--json"))
    expected = (len(failing), HOURS * QUESTIONS - len(failing), min(failing))
    check((found["mismatched"], found["exact"], found["first_mismatch"]["lsn"]) == expected,
          f"expected so many mismatched and exact, and this first: {expected}: {found}")
    print(f"ok {len(failing)} of {after} later answers fail, first {found['first_mismatch']}", flush=True)


def main():
    with Workspace(os.path.abspath(sys.argv[1]), specification=SPECIFICATION) as server:
        server.start()
        notes = live(server)
        server.stop()
        check(json.loads(says(server, 0, "replay", "--verify", "--json"))["exact"] == HOURS * QUESTIONS, "not all exact")
        shutil.rmtree(server.folder / "data/snapshots")
        whole = Log(server.folder / "data/log")
        check(len(whole.paths) > 1, "an altered batch changes what later segments begin with")
        buys = random.Random(2).sample([each for each in notes if isinstance(each, Buy)][:-24 * BUYS], ALTERED)
        for some in [[buy] for buy in buys] + [buys]:
            forge(copy.deepcopy(whole), some)
            verify(server, notes, some)
        log = copy.deepcopy(whole)
        segment = log.replace(price(buys[0].price), price(buys[0].price + 1))
        log.write()
        for words in (("log", "verify"), ("replay", "--verify")):
            check(segment in says(server, 4, *words), "the segment is not named")
        print("ok a checksum that is wrong")


main()
