#!/usr/bin/env python3
"""Many more ids than a workspace keeps: memory stops growing, by the rule in docs/concepts/limits.md.

    bounds.py VOLANT
"""
import json
import os
import sys

from server import Workspace, check

LIMITS = "server: { entities_max: 5000, dedup_max: 5000, open_max: 5000 }\nlog: { snapshot_every: 50000 records }\n"
BATCH = 5000
FULL = 30_000    # by then every bound is reached
TOTAL = 150_000  # 30 times what is kept of users, and of items
GROWTH_MB_MAX = 16
JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}


def lines(first):
    return "\n".join(json.dumps({"event": "open", "user": f"user-{i:012}", "item": f"item-{i:012}", "id": f"e{i}"})
                     for i in range(first, first + BATCH))


def questions(first):
    return [{"user": f"user-{i:012}", "candidates": [f"c{j}" for j in range(10)]}
            for i in range(first, first + BATCH // 10)]


def main():
    with Workspace(os.path.abspath(sys.argv[1]), more=LIMITS) as server:
        server.start()
        at_bound = 0.0
        for first in range(0, TOTAL, BATCH):
            answer = server.expect(200, None, "POST", "/v1/events", lines(first), NDJSON)
            check(answer["accepted"] == BATCH, answer)
            server.expect(200, None, "POST", "/v1/predict/open_item", questions(first), JSON)
            if first + BATCH == FULL:
                at_bound = server.resident_mb()
        grown = server.resident_mb() - at_bound
        print(f"{at_bound:.0f} MB at the bounds, {grown:+.1f} MB after {TOTAL // FULL} times as many ids")
        check(grown < GROWTH_MB_MAX, "memory grows past the bounds")
        old = server.expect(200, None, "GET", "/v1/features/user/user-000000000000")
        new = server.expect(200, None, "GET", f"/v1/features/user/user-{TOTAL - 1:012}")
        check(not old["known"] and new["known"], "not the longest unseen was dropped")
        # Ids that dedup still holds are told apart; the last `dedup_max` always are.
        answer = server.expect(200, None, "POST", "/v1/events", lines(TOTAL - BATCH), NDJSON)
        check(answer["duplicates"] == BATCH, answer)
        server.stop()
        server.start()
        check(server.resident_mb() < at_bound + GROWTH_MB_MAX, "a restart takes more memory")
        server.stop()


main()
