#!/usr/bin/env python3
"""Does the wheel learn, and is it honest about it?

    learns.py VOLANT hidden    random < popularity < learned <= optimum; the reported clicks are in the log
    learns.py VOLANT none      readers without tastes: the summary's own interval of the lift covers none

Plays a small town against a server of its own in a temporary workspace. Also replays every answer.
"""

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

USERS = 500
DAYS = 6


def volant(binary, workspace, *arguments):
    result = subprocess.run([binary, "-w", workspace, *arguments], capture_output=True, text=True)
    assert result.returncode == 0, f"volant {' '.join(arguments)}: {result.returncode}\n{result.stderr}"
    return result.stdout


def small_bookshop(binary, folder):
    """The bookshop, retraining and judging on fewer outcomes: the town is small."""
    workspace = str(Path(folder) / "shop")
    subprocess.run([binary, "new", "bookshop", workspace], check=True, capture_output=True)
    spec = Path(workspace) / "volant.yaml"
    text = spec.read_text()
    for pattern, value in [(r"or_after: \d+ outcomes", "or_after: 15000 outcomes"),
                           (r"gate: \{[^}]*\}", "gate: { alpha: 0.05, outcomes: 3000, patience: 7d }"),
                           (r"holdback: [0-9.]+", "holdback: 0.3")]:
        text, count = re.subn(pattern, value, text)
        assert count == 1, f"the bookshop's volant.yaml has no {pattern}"
    spec.write_text(text)
    return workspace


class Server:
    def __init__(self, binary, workspace):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen([binary, "-w", workspace, "serve", "--port", str(self.port)],
                                        stderr=subprocess.DEVNULL)
        for _ in range(600):
            if self.ready():
                return
            assert self.process.poll() is None, "the server ended"
            time.sleep(0.1)
        raise AssertionError("the server did not become ready in a minute")

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return json.load(answer)

    def ready(self):
        try:
            return self.get("/readyz")["status"] == "ok"
        except (OSError, ValueError):
            return False

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0, "the server did not end well"


def open_rates(summary):
    return {arm["arm"]: arm["open_rate"] for arm in summary["total"]["arms"]}


def check_hidden(summary):
    rates = open_rates(summary)
    assert rates["random"]["high"] < rates["popularity"]["low"], rates
    assert rates["popularity"]["value"] < rates["learned"]["value"], rates
    assert rates["learned"]["value"] <= summary["total"]["optimum"], rates
    assert summary["total"]["lift"]["low"] > 1, summary["total"]["lift"]


def check_none(summary):
    rates = open_rates(summary)
    assert {"learned", "popularity", "random"} <= rates.keys(), rates
    # One town in twenty may miss it by chance. The same seed is the same town, and, as long as no decision changes
    # what serves, the same figures each time; here every later version is refused by far.
    lift = summary["total"]["lift"]
    assert lift["low"] < 1 < lift["high"], lift


def simulate(binary, workspace, tastes, days):
    return json.loads(volant(binary, workspace, "simulate", "--json", "--users", str(USERS), "--days", str(days),
                             "--tastes", tastes, "--seed", "3"))


def event_type(record):
    """From the clear part of an event's bytes: docs/formats/event.md."""
    clear = bytes.fromhex(record["clear"])
    return clear[3:3 + clear[2]].decode()


def check_clicks(server, binary, workspace, summary):
    """The open events in the raw log are the opens that the readers made and the server counted."""
    dump = volant(binary, workspace, "log", "dump", "--type", "event")
    opens = sum(event_type(json.loads(line)) == "open" for line in dump.splitlines())
    joined = server.get("/v1/status")["stages"]["feedback"]["joined"]
    assert summary["opens"] == opens == joined, (summary["opens"], opens, joined)


def main():
    binary, tastes = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        workspace = small_bookshop(binary, folder)
        server = Server(binary, workspace)
        try:
            if tastes == "hidden":
                summaries = [simulate(binary, workspace, tastes, DAYS)]
                check_hidden(summaries[0])
                check_clicks(server, binary, workspace, summaries[0])
            else:
                # The gate lets nothing through, so that the comparison needs a version promoted by hand.
                before = simulate(binary, workspace, tastes, DAYS // 2)
                if before["total"]["version"] == 0:
                    volant(binary, workspace, "promote", "open_book", "1", "--why", "to compare it")
                summaries = [before, simulate(binary, workspace, tastes, DAYS // 2)]
                check_none(summaries[1])
            print(json.dumps([summary["total"] for summary in summaries], indent=1))
        finally:
            server.stop()
        replayed = json.loads(volant(binary, workspace, "replay", "--verify", "--json"))
        visits = sum(summary["visits"] for summary in summaries)
        assert replayed["exact"] == visits and replayed["mismatched"] == 0, (replayed, visits)


if __name__ == "__main__":
    main()
