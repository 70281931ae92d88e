#!/usr/bin/env python3
"""Requests no honest client sends: each is refused by a documented answer, and the server goes on.

    inputs.py VOLANT
"""
import gzip
import json
import os
import socket
import sys
import threading
import time

from server import Workspace, check

EVENT = {"event": "open", "user": "u1", "item": "i1"}
JSON = {"Content-Type": "application/json"}
PREDICT = "/v1/predict/open_item"


def bodies(server):
    def refused(body, status, code, path="/v1/events", headers=None):
        server.expect(status, code, "POST", path, body, {**JSON, **(headers or {})})

    refused(json.dumps({**EVENT, "properties": {"s": "x" * (10 << 20)}}), 413, "too_large")
    refused(json.dumps({**EVENT, "user": "x" * (512 << 10)}), 400, "out_of_range")
    refused("[" * 100_000, 400, None)
    refused('{"properties":' * 40 + "1" + "}" * 40, 400, "too_deep")
    refused('{"event":"open","user":"u","item":"i","properties":{"a":' + "[" * 40 + "]" * 40 + "}}", 400, "too_deep")
    refused(b'{"event":"open","user":"\xff\xfe","item":"i"}', 400, "invalid_utf8")
    refused('{"event":"open","user":"\\ud800","item":"i"}', 400, None)
    refused('{"event":"open","user":"a","user":"b","item":"i"}', 400, "duplicate_key")
    refused('{"event":"open","user":"a","item":"i","properties":{"ms":1e999}}', 400, None)
    refused('{"event":"open","user":"a","item":"i","properties":{"ms":99999999999999999999}}', 400, "out_of_range")
    refused('{"event":"open","user":"a","item":"i","properties":{"ms":NaN}}', 400, "invalid_json")
    refused("", 400, None)
    refused("\0" * 1000, 400, None)
    refused("nonsense", 400, "invalid_json")
    refused('{"event":"open"', 400, "invalid_json")
    for moment in ("9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z", 1e300, -1e18, 99999999999, "2026-02-30T00:00:00Z",
                   "2026-11-24T10:00:00", "", "tomorrow", "9" * 400, True, [], {}):
        found, answer = server.ask("POST", "/v1/events", {**EVENT, "time": moment}, JSON)
        check(found == 400 and answer["error"].get("field") == "/time", f"time {moment!r}: {found} {answer}")
    refused({"user": "u", "candidates": [str(i) for i in range(200_000)]}, 413, None, PREDICT)
    refused({"user": "u", "candidates": ["a"], "k": -1}, 400, "out_of_range", PREDICT)
    refused({"user": "u", "candidates": ["a"], "k": 10**30}, 400, None, PREDICT)
    refused({"prediction_id": "x" * 100_000, "outcome": 1}, 404, "not_found", "/v1/feedback")
    refused("\n".join(["{}"] * 20_000), 413, "too_large", headers={"Content-Type": "application/x-ndjson"})


def encodings(server):
    def refused(body, status, encoding):
        server.expect(status, None, "POST", "/v1/events", body, {**JSON, "Content-Encoding": encoding})

    before = server.resident_mb()
    bomb = gzip.compress(b" " * (256 << 20), 9)
    refused(bomb, 413, "gzip")
    check(server.resident_mb() < before + 100, f"a bomb took {server.resident_mb() - before:.0f} MB")
    refused(os.urandom(1000), 400, "gzip")
    refused(gzip.compress(json.dumps(EVENT).encode())[:-5], 400, "gzip")
    refused(b"\x28\xb5\x2f\xfd" + os.urandom(1000), 400, "zstd")
    refused(os.urandom(1000), 400, "zstd")
    refused(b"x", 415, "br")
    server.expect(200, None, "POST", "/v1/events", gzip.compress(json.dumps(EVENT).encode()),
                  {**JSON, "Content-Encoding": "gzip"})


def wires(server):
    head = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    body = json.dumps(EVENT).encode()
    whole = b"".join(b"%x;name=value\r\n%c\r\n" % (1, byte) for byte in body) + b"0\r\nTrailer: x\r\n\r\n"
    check(b" 200 " in server.send_raw(chunked + whole)[:20], "chunks of one byte were refused")
    for data in (chunked + b"zz\r\n", chunked + b"-1\r\n\r\n", chunked + b"ffffffffffffffffffff\r\nx",
                 chunked + b"7fffffffffffffff\r\nx", head + b"Content-Length: -1\r\n\r\n",
                 head + b"Content-Length: 99999999999999999999\r\n\r\n", head + b"Content-Length: 5\r\n\r\n{",
                 head + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
                 head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                 b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 5000,
                 b"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"GET / HTTP/1.1\r\nX: " + b"y" * (1 << 20) + b"\r\n\r\n",
                 b"GET /" + b"y" * (1 << 20) + b" HTTP/1.1\r\n\r\n"):
        answer = server.send_raw(data)
        check(not answer or 400 <= int(answer.split(b" ", 2)[1]) < 500, f"{data[:120]}: {answer[:200]}")
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    for connection in slow:
        connection.sendall(head[:20])
    start = time.monotonic()
    server.expect(200, None, "POST", "/v1/events", EVENT)
    check(time.monotonic() - start < 5, "slow connections hold up the others")
    for connection in slow:
        connection.close()


def stopping(server):
    """SIGTERM under load: whatever was accepted is answered whole."""
    broken, answered = [], []

    def load():
        while True:
            try:
                status, answer = server.ask("POST", "/v1/events", [EVENT] * 500)
            except ConnectionRefusedError:
                return
            except OSError:
                return  # closed before the request was read
            except Exception as problem:  # a torn answer
                broken.append(problem)
                return
            if status == 200:
                answered.append(answer["accepted"])
            elif status != 503:
                broken.append((status, answer))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    before = server.expect(200, None, "GET", "/v1/status") and sum(answered)
    server.stop()
    for thread in threads:
        thread.join()
    check(not broken, f"{broken[:3]}")
    check(before > 0, "the load did not start")


def main():
    with Workspace(os.path.abspath(sys.argv[1])) as server:
        server.start()
        for part in (bodies, encodings, wires, stopping):
            part(server)
            print("ok", part.__name__, flush=True)
            check(part is stopping or server.ask("GET", "/readyz")[0] == 200, "the server is gone")


main()
